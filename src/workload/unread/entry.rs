//! The entry of `images.fields` that would have a field read.

use crate::image::Reference;
use crate::krm::ObjectRef;
use crate::yaml::{Value, write};

use crate::workload::pull_secrets::Form;

use super::mention::Mention;

/// What an entry says about the place; which kind of object it is in, [`Entry::show`] is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub(super) fields: Fields,
    pub(super) pull_secrets: Option<(String, &'static str)>,
}

/// The fields with the image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fields {
    /// One field with the whole reference, perhaps behind other text.
    Whole { path: String, prefix: Option<String>, split: Option<&'static str> },
    /// A field for each part that the object has.
    Parts { registry: Option<String>, repository: String, tag: Option<String>, digest: Option<String> },
}

impl Entry {
    /// The place that it names; what pull Secrets it names beside may differ from object to object.
    #[must_use]
    pub fn place(&self) -> impl Ord + use<'_> {
        &self.fields
    }

    /// Whether it says where pull Secrets are named.
    #[must_use]
    pub fn names_pull_secrets(&self) -> bool {
        self.pull_secrets.is_some()
    }

    /// The entry on one line, as an item of the list in YAML.
    #[must_use]
    pub fn show(&self, object: &ObjectRef) -> String {
        let mut entries: Vec<(String, Value)> = Vec::new();
        let mut put = |key: &str, value: Option<&str>| {
            entries.extend(value.map(|value| (key.to_owned(), Value::from(value))));
        };
        put("group", Some(object.group()).filter(|group| !group.is_empty()));
        put("kind", Some(&object.kind));
        match &self.fields {
            Fields::Whole { path, prefix, split } => {
                put("path", Some(path));
                put("prefix", prefix.as_deref());
                put("split", *split);
            }
            Fields::Parts { registry, repository, tag, digest } => {
                put("registry", registry.as_deref());
                put("repository", Some(repository));
                put("tag", tag.as_deref());
                put("digest", digest.as_deref());
            }
        }
        if let Some((path, form)) = &self.pull_secrets {
            let form = (*form != OBJECTS).then(|| ("form".to_owned(), Value::from(*form)));
            let path = ("path".to_owned(), Value::from(path.as_str()));
            entries.push(("pullSecrets".to_owned(), Value::Map([path].into_iter().chain(form).collect())));
        }
        write::flow(&Value::Map(entries), false)
    }
}

impl Fields {
    pub(super) fn whole(path: String) -> Self {
        Self::Whole { path, prefix: None, split: None }
    }

    /// The fields for a reference in a text: the whole of it, or what stands behind a prefix on its only line, or on each of its lines.
    pub(super) fn of_mention(path: String, text: &str, mention: &Mention<'_>) -> Option<Self> {
        match (mention.before, mention.after) {
            ("", "") => Some(Self::whole(path)),
            (prefix, "") if prefix.ends_with('=') && !prefix.contains(char::is_whitespace) => {
                Some(Self::Whole { path, prefix: Some(prefix.to_owned()), split: None })
            }
            _ => {
                let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                let is_version_list =
                    lines.all(|line| line.split_once('=').is_some_and(|(_, image)| Reference::parse(image).is_ok()));
                (is_version_list && text.contains('\n')).then(|| Self::Whole {
                    path,
                    prefix: Some("*=".to_owned()),
                    split: Some("lines"),
                })
            }
        }
    }
}

/// The form that need not be written.
const OBJECTS: &str = "objects";

/// The word of `images.fields` for a form.
pub(super) fn form_name(form: Form) -> &'static str {
    match form {
        Form::Objects => OBJECTS,
        Form::Names => "names",
        Form::Object => "object",
        Form::Name => "name",
    }
}
