//! What stands beside a candidate in its mapping, found in one look.

use crate::yaml::Cursor;

use crate::workload::pull_secrets::Form;

/// The entries of a mapping that matter to an image in it, by their position.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Siblings<'a> {
    pub(super) image: Option<usize>,
    pub(super) registry: Option<usize>,
    pub(super) repository: Option<usize>,
    pub(super) tag: Option<usize>,
    pub(super) version: Option<usize>,
    pub(super) digest: Option<usize>,
    /// The text under `name`.
    pub(super) name: Option<&'a str>,
    /// Whether this is an entry of kustomize's `images`, whose `name` is what to look for (Flux's Kustomization has them too).
    pub(super) is_override: bool,
    /// Whether the pull policy is `Never`.
    pub(super) never_pulled: bool,
    /// A field for pull Secrets: its position, its key, and how it names them.
    pub(super) pull_secrets: Option<(usize, &'a str, Form)>,
}

impl<'a> Siblings<'a> {
    pub(super) fn of(mapping: Cursor<'a>) -> Self {
        let mut found = Self::default();
        let entries = (0..mapping.len()).filter_map(|position| Some((position, mapping.entry(position)?)));
        for (position, (key, value)) in entries {
            let Some(key) = key.scalar() else { continue };
            let part = Some(position).filter(|_| value.scalar().is_some_and(|text| !text.is_empty()));
            match key {
                "image" => found.image = part,
                "registry" => found.registry = part,
                "repository" => found.repository = part,
                "tag" => found.tag = part,
                "version" => found.version = part,
                "digest" => found.digest = part,
                "name" => found.name = value.scalar(),
                "newName" | "newTag" => found.is_override = true,
                "imagePullPolicy" | "pullPolicy" => found.never_pulled = value.scalar() == Some("Never"),
                _ if names_pull_secrets(key) => found.pull_secrets = form(key, value).map(|form| (position, key, form)),
                _ => {}
            }
        }
        found
    }
}

/// Whether a key says that its value is an image: `image`, `sidecarImage`, `docker_image`, `db-image`.
pub(super) fn is_image_key(key: &str) -> bool {
    let Some(before) = key.strip_suffix("mage") else { return false };
    key == "image" || before.ends_with('I') || before.ends_with("_i") || before.ends_with("-i")
}

/// `imagePullSecrets`, `pullSecret`, `packagePullSecrets` …
fn names_pull_secrets(key: &str) -> bool {
    key.ends_with("ullSecrets") || key.ends_with("ullSecret") || key.ends_with("ullSecretName")
}

/// How an existing field names Secrets. For an empty one, its key decides.
fn form(key: &str, value: Cursor<'_>) -> Option<Form> {
    if value.is_sequence() {
        let has_names = value.item(0).is_some_and(|item| item.scalar().is_some());
        return Some(if has_names { Form::Names } else { Form::Objects });
    }
    if value.is_mapping() {
        return Some(Form::Object);
    }
    match key.ends_with('s') {
        true => Some(Form::Objects),
        false => value.text().map(|_| Form::Name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_images_end_in_the_word() {
        for key in ["image", "sidecarImage", "docker_image", "db-image", "Image"] {
            assert!(is_image_key(key), "{key}");
        }
        for key in ["images", "imageName", "mage", "pilgrimage", "Damage", "", "image2"] {
            assert!(!is_image_key(key), "{key}");
        }
    }
}
