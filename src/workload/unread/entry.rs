//! The entry of `images.fields` that would have a field read.

use crate::image::Reference;
use crate::krm::ObjectRef;
use crate::yaml::{Value, write};

use crate::workload::pull_secrets::Form;

use super::mention::{Mention, SCHEMES};

/// What an entry says about the place; the kind of object is an argument of [`Entry::show`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub(super) fields: Fields,
    pub(super) pull_secrets: Option<(String, &'static str)>,
}

/// The fields with the image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fields {
    /// One field with the whole reference, perhaps behind other text.
    Text { path: String, prefix: Option<String>, split: Option<&'static str> },
    /// A field for each part that the object has.
    Parts(Box<Parts>),
}

/// The paths of a reference in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Parts {
    pub(super) registry: Option<String>,
    pub(super) repository: Option<String>,
    /// The last part of the name, where it has a field of its own.
    pub(super) image: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) digest: Option<String>,
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

    /// The entry on one line, as an item of the list in YAML. Kinds that everything is made of keep texts of their own in each object: the entry
    /// names the object there, where it is `alone` with the place.
    #[must_use]
    pub fn show(&self, object: &ObjectRef, alone: bool) -> String {
        let has_own_texts = matches!(object.group(), "" | "apps" | "batch") && !object.name.is_empty();
        let mut entries: Vec<(String, Value)> = Vec::new();
        let mut put = |key: &str, value: Option<&str>| {
            entries.extend(value.map(|value| (key.to_owned(), Value::from(value))));
        };
        put("group", Some(object.group()).filter(|group| !group.is_empty()));
        put("kind", Some(&object.kind));
        put("name", Some(object.name.as_str()).filter(|_| alone && has_own_texts));
        match &self.fields {
            Fields::Text { path, prefix, split } => {
                put("path", Some(path));
                put("prefix", prefix.as_deref());
                put("split", *split);
            }
            Fields::Parts(parts) => {
                put("registry", parts.registry.as_deref());
                put("repository", parts.repository.as_deref());
                put("image", parts.image.as_deref());
                put("tag", parts.tag.as_deref());
                put("digest", parts.digest.as_deref());
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
        Self::Text { path, prefix: None, split: None }
    }

    /// The value of an argument that is a flag: `--image=` also has the item behind `--image` read.
    pub(super) fn behind_flag(path: String, flag: &str) -> Option<Self> {
        Self::behind(path, format!("{flag}="), None)
    }

    /// The fields for an image in a text: the whole of it, what stands behind other text, or one of several.
    pub(super) fn of_mention(path: String, text: &str, mention: &Mention<'_>) -> Option<Self> {
        if mention.before.is_empty() && mention.after.is_empty() {
            return Some(Self::whole(path));
        }
        let before = mention.before.rsplit('\n').next().unwrap_or_default();
        let ends_line = mention.after.is_empty() || mention.after.starts_with(['\n', '\r']);
        if text.contains('\n') {
            let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            return match before.trim_start() {
                _ if !ends_line => None,
                "" => lines().all(is_image).then(|| Self::split(path, "lines")),
                _ if lines().all(|line| line.split_once('=').is_some_and(|(_, image)| is_image(image))) => {
                    Self::behind(path, "*=".to_owned(), Some("lines"))
                }
                before => Self::behind(path, format!("*{}", last_word(before)?), Some("lines")),
            };
        }
        if ends_line && !before.contains(char::is_whitespace) && before.ends_with(['=', ':']) {
            return Self::behind(path, before.to_owned(), None);
        }
        if text.split(',').map(str::trim).all(is_image) {
            return Some(Self::split(path, "commas"));
        }
        if text.split_whitespace().all(is_image) {
            return Some(Self::split(path, "spaces"));
        }
        if ends_line { Self::behind(path, format!("*{}", last_word(before)?), None) } else { None }
    }

    fn split(path: String, split: &'static str) -> Self {
        Self::Text { path, prefix: None, split: Some(split) }
    }

    /// A star in the text before the image would stand for any text.
    fn behind(path: String, prefix: String, split: Option<&'static str>) -> Option<Self> {
        let text = prefix.strip_prefix('*').unwrap_or(&prefix);
        let is_clear = !text.is_empty() && !text.contains('*');
        is_clear.then_some(Self::Text { path, prefix: Some(prefix), split })
    }
}

/// A key or a flag at the end of a text: `image: ` of `- image: `.
fn last_word(before: &str) -> Option<&str> {
    let key = before.trim_end();
    let word = key.rsplit(char::is_whitespace).next().filter(|word| word.len() > 1 && word.ends_with([':', '=']))?;
    before.get(key.len() - word.len()..)
}

/// Whether a text is an image without doubt, with a slash and tag or digest.
pub(super) fn is_image(text: &str) -> bool {
    let text = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    text.contains('/') && Reference::parse(text).is_ok()
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

#[cfg(test)]
mod tests {
    use super::super::mention::mentions;
    use super::*;

    /// Prefix and split for the last image in a text; both empty: the whole field.
    fn fields(text: &str) -> Option<(String, &'static str)> {
        let mention = mentions(text).last().unwrap();
        match Fields::of_mention("spec/text".into(), text, &mention)? {
            Fields::Text { prefix, split, .. } => Some((prefix.unwrap_or_default(), split.unwrap_or_default())),
            Fields::Parts(_) => panic!("{text}"),
        }
    }

    #[test]
    fn what_stands_around_an_image_becomes_prefix_and_split() {
        for (text, expected) in [
            ("ghcr.io/acme/a:1", Some(("", ""))),
            ("oci://ghcr.io/acme/a:1", Some(("", ""))),
            ("--solver-image=ghcr.io/acme/a:1", Some(("--solver-image=", ""))),
            ("web=ghcr.io/acme/a:1", Some(("web=", ""))),
            ("image: ghcr.io/acme/a:1", Some(("*image: ", ""))),
            ("run with --image=ghcr.io/acme/a:1", Some(("*--image=", ""))),
            ("1.0=ghcr.io/acme/a:1.0\n1.1=ghcr.io/acme/a:1.1\n", Some(("*=", "lines"))),
            ("ghcr.io/acme/a:1\n", Some(("", "lines"))),
            ("# images\nghcr.io/acme/a:1\n\nghcr.io/acme/b:1", Some(("", "lines"))),
            ("ghcr.io/acme/a:1,ghcr.io/acme/b:1", Some(("", "commas"))),
            ("ghcr.io/acme/a:1 ghcr.io/acme/b:1", Some(("", "spaces"))),
            ("spec:\n- image: ghcr.io/acme/a:1\n  name: a\n", Some(("*image: ", "lines"))),
            ("\"image\": \"ghcr.io/acme/a:1\"", None),
            ("pull ghcr.io/acme/a:1 first", None),
            ("pull ghcr.io/acme/a:1", None),
            ("text\nghcr.io/acme/a:1\n", None),
            ("*=ghcr.io/acme/a:1", Some(("*=", ""))),
            ("a*=ghcr.io/acme/a:1", None),
        ] {
            let expected = expected.map(|(prefix, split)| (prefix.to_owned(), split));
            assert_eq!(fields(text), expected, "{text}");
        }
    }

    #[test]
    fn an_entry_is_one_line_of_yaml() {
        let object =
            ObjectRef { api_version: "v1".into(), kind: "ConfigMap".into(), name: "c".into(), ..ObjectRef::default() };
        let fields = Fields::behind("data/a\\/b".into(), "*=".into(), Some("lines")).unwrap();
        let entry = Entry { fields, pull_secrets: Some(("spec/x".into(), "name")) };
        assert_eq!(
            entry.show(&object, true),
            r#"{kind: ConfigMap, name: c, path: "data/a\\/b", prefix: "*=", split: lines, pullSecrets: {path: spec/x, form: name}}"#
        );
        let object = ObjectRef { api_version: "example.com/v1".into(), kind: "Widget".into(), ..ObjectRef::default() };
        let entry = Entry { fields: Fields::whole("spec/image".into()), pull_secrets: None };
        assert_eq!(entry.show(&object, true), "{group: example.com, kind: Widget, path: spec/image}");
    }
}
