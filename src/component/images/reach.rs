//! The image fields that kustomize's image transformer reads, in any object.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::krm::{Code, FieldSpec, File, Finding, Input, ObjectRef, Resource, Severity};
use crate::yaml::{Fault, View};

/// Image volumes, and the release of kustomize that reads them there.
const VOLUMES: [(&str, &str); 3] = [
    ("spec/volumes[]/image/reference", "5.7"),
    ("spec/template/spec/volumes[]/image/reference", "5.7"),
    ("spec/jobTemplate/spec/template/spec/volumes[]/image/reference", "5.8.2"),
];
/// The release that reads digests other than SHA-256.
const ANY_DIGEST: &str = "5.8.2";

/// A text where kustomize looks for an image.
pub(super) struct Reached {
    pub(super) object: Arc<ObjectRef>,
    pub(super) file: Option<File>,
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) text: String,
    /// The first release of kustomize that reads it. `None`: every one in use.
    since: Option<&'static str>,
}

impl Reached {
    pub(super) fn place(&self) -> super::Place<'_> {
        (&self.object, &self.path, self.line)
    }

    /// A warning where older releases leave the image as it is, once for each image.
    pub(super) fn only_since<'a>(
        &'a self,
        name: &str,
        told: &mut BTreeSet<(&'a str, &'static str)>,
    ) -> Option<Finding> {
        let since = self.since.filter(|since| told.insert((&self.text, since)))?;
        let message = format!(
            "kustomize before {since} does not rename `{name}` in `{}` there; make sure that every kustomize that \
             builds this is newer (Flux and kubectl have one built in), or guard the result with `pullthrough check \
             --rendered`",
            self.text
        );
        let finding = Finding::new(Severity::Warning, Code::NotExpressible, message);
        Some(
            finding
                .about(&self.object, self.file.as_ref())
                .field(self.path.clone(), self.line)
                .values(&*self.text, None),
        )
    }
}

/// All of them, in the order of the input, and objects that can't be read.
pub(super) fn reached(input: &Input<'_>) -> (Vec<Reached>, Vec<Finding>) {
    let (mut found, mut findings) = (Vec::new(), Vec::new());
    // Reading the input the first time has said what keeps it from being read.
    let _ = input.objects(|view, items_of| {
        let Ok(Some(resource)) = Resource::read_item(view.clone(), items_of) else { return };
        // What is local is dropped at the end of a build.
        if resource.object.kind == "CustomResourceDefinition" || resource.is_local_config().unwrap_or(false) {
            return;
        }
        if object(&resource, &mut found).is_err() {
            let message = format!("{} can't be searched for images; write out its YAML aliases", resource.object);
            let finding = Finding::new(Severity::Error, Code::TooManyAliases, message);
            findings.push(finding.about(&resource.object, resource.file.as_ref()));
        }
    });
    (found, findings)
}

fn object(resource: &Resource<'_>, found: &mut Vec<Reached>) -> Result<(), Fault> {
    containers(resource, &resource.view, found)?;
    for (path, since) in VOLUMES {
        // Every path of the table parses: see the test.
        let Ok(spec) = FieldSpec::parse(path) else { continue };
        for view in spec.find(&resource.view)? {
            field(resource, &view, Some(since), found);
        }
    }
    Ok(())
}

fn containers(resource: &Resource<'_>, view: &View<'_>, found: &mut Vec<Reached>) -> Result<(), Fault> {
    for item in view.items()? {
        containers(resource, &item, found)?;
    }
    for (key, value) in view.counted_entries()? {
        containers(resource, &value, found)?;
        if matches!(key.scalar(), Some("containers" | "initContainers")) {
            for container in value.items()? {
                if let Some(image) = container.get("image")? {
                    field(resource, &image, None, found);
                }
            }
        }
    }
    Ok(())
}

fn field(resource: &Resource<'_>, view: &View<'_>, since: Option<&'static str>, found: &mut Vec<Reached>) {
    let Some(text) = view.scalar() else { return };
    let other_digest = text.split_once('@').is_some_and(|(_, digest)| !digest.starts_with("sha256:"));
    found.push(Reached {
        object: Arc::clone(&resource.object),
        file: resource.file.clone(),
        path: view.path().to_string(),
        line: view.tree().line(view.start()),
        text: text.to_owned(),
        since: if other_digest { Some(ANY_DIGEST) } else { since },
    });
}

/// The text without its tag and digest.
pub(super) fn name(text: &str) -> &str {
    let text = text.split_once('@').map_or(text, |(name, _)| name);
    text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(text, |(name, _)| name)
}

/// Whether kustomize takes `text` for an image called `name`, which it does for some texts that are no references: `a:{TAG}`.
pub(super) fn is_named(text: &str, name: &str) -> bool {
    let Some(rest) = text.strip_prefix(name) else { return false };
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.{}-".contains(&byte));
    let (tag, digest) = rest.split_once('@').map_or((rest, None), |(tag, digest)| (tag, Some(digest)));
    let is_tag = tag.is_empty() || tag.strip_prefix(':').is_some_and(is_word);
    let is_digest = |digest: &str| {
        digest.split_once(':').is_some_and(|(algorithm, hash)| {
            let parts = || algorithm.split(['.', '+', '_', '-']);
            parts().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
                && is_word(hash)
        })
    };
    is_tag && digest.is_none_or(is_digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_matched_as_kustomize_matches_it() {
        for text in ["a/b", "a/b:1", "a/b:{T}", "a/b:1@sha256:ab", "a/b@multihash+base58:xY", "a/b:"] {
            assert!(is_named(text, "a/b"), "{text}");
        }
        for text in ["a/bc", "a/b/c", "a/b:$(T)", "a/b@sha256", "a/b@:1", "a/b@x+:1", "x/a/b", "a/b 1"] {
            assert!(!is_named(text, "a/b"), "{text}");
        }
    }

    #[test]
    fn a_port_is_no_tag() {
        assert_eq!(name("r:5000/a"), "r:5000/a");
        assert_eq!((name("r:5000/a:1@sha256:ab"), name("a@sha256:ab"), name("a:1")), ("r:5000/a", "a", "a"));
    }

    #[test]
    fn every_path_of_the_table_parses() {
        assert!(VOLUMES.iter().all(|(path, _)| FieldSpec::parse(path).is_ok()));
    }
}
