//! `spec.images.fields`: where custom resources keep images, in the words of kustomize's FieldSpec.

use serde::Deserialize;

use super::parsed;
use super::problems::Checks;
use crate::krm::FieldSpec;
use crate::yaml::path::Segment::{self, Key};

/// A place in some kind of object where an image is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImageField {
    /// The API group; any when `None`, the core group when empty.
    pub group: Option<String>,
    /// The API version without the group; any when `None`.
    pub version: Option<String>,
    /// The kind; any when `None`.
    pub kind: Option<String>,
    /// In one field or in several.
    pub shape: ImageFieldShape,
    /// Where the object lists its pull secrets, if it does.
    pub pull_secrets: Option<PullSecretsField>,
}

/// How a reference is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ImageFieldShape {
    /// Whole, in one field.
    Whole(FieldSpec),
    /// In several fields. Those below the same list ([`FieldSpec::list`]) belong together item by item.
    Parts {
        /// The registry; Docker Hub, or part of the repository, when `None`.
        registry: Option<FieldSpec>,
        /// The repository.
        repository: FieldSpec,
        /// The tag.
        tag: Option<FieldSpec>,
        /// The digest.
        digest: Option<FieldSpec>,
    },
}

/// Where an object lists its pull secrets.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PullSecretsField {
    /// The path of the list, as in `spec/imagePullSecrets`.
    #[serde(deserialize_with = "parsed::path")]
    pub path: FieldSpec,
    /// What its items look like: `objects` (`- name: acme-registry`) or `names` (`- acme-registry`).
    #[serde(default)]
    pub form: PullSecretsForm,
}

/// What an item of a list of pull secrets looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PullSecretsForm {
    /// `- name: acme-registry`
    #[default]
    Objects,
    /// `- acme-registry`
    Names,
}

/// A place in some kind of object where an image is: either `path`, or `repository` and what goes with it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[derive(Default)]
pub(super) struct ImageFieldSpec {
    /// The API group of the objects; any without it, `""` for the core group.
    group: Option<String>,
    /// The API version of the objects, without the group; any without it.
    version: Option<String>,
    /// The kind of the objects; any without it.
    kind: Option<String>,
    /// The path of a field with a whole reference, as in `spec/template/spec/containers[]/image`.
    #[serde(deserialize_with = "parsed::optional_path")]
    path: Option<FieldSpec>,
    /// The path of a field with a registry, where a reference is in several fields.
    #[serde(deserialize_with = "parsed::optional_path")]
    registry: Option<FieldSpec>,
    /// The path of a field with a repository, where a reference is in several fields.
    #[serde(deserialize_with = "parsed::optional_path")]
    repository: Option<FieldSpec>,
    /// The path of a field with a tag, where a reference is in several fields.
    #[serde(deserialize_with = "parsed::optional_path")]
    tag: Option<FieldSpec>,
    /// The path of a field with a digest, where a reference is in several fields.
    #[serde(deserialize_with = "parsed::optional_path")]
    digest: Option<FieldSpec>,
    /// Where the objects list their pull secrets.
    pull_secrets: Option<PullSecretsField>,
}

impl ImageFieldSpec {
    /// The place, or `None` after its problems were noted.
    pub(super) fn settle(self, at: &[Segment<'static>], checks: &mut Checks<'_>) -> Option<ImageField> {
        let below = |keys: &[&'static str]| [at, &keys.iter().map(|key| Key(key)).collect::<Vec<_>>()].concat();
        if let Some(pull_secrets) = &self.pull_secrets
            && !pull_secrets.path.list().is_empty()
        {
            let message = format!(
                "`{}` leads into a list: expected the path of the list itself, without brackets",
                pull_secrets.path
            );
            checks.refuse(&below(&["pullSecrets", "path"]), &message);
        }
        let part = [("registry", &self.registry), ("tag", &self.tag), ("digest", &self.digest)];
        let mut parts = part.into_iter().filter_map(|(key, path)| Some((key, path.as_ref()?)));
        let shape = match (self.path, self.repository) {
            (Some(_), Some(_)) => {
                let message =
                    "`path` is for a reference in one field, `repository` for one in several: remove one of the two";
                checks.refuse(&below(&["repository"]), message);
                return None;
            }
            (Some(path), None) => {
                if let Some((key, _)) = parts.next() {
                    let message =
                        format!("`{key}` goes with `repository`, not with `path`: remove it, or write `repository`");
                    checks.refuse(&below(&[key]), &message);
                }
                ImageFieldShape::Whole(path)
            }
            (None, Some(repository)) => {
                for (key, path) in parts {
                    if !path.list().is_empty() && path.list() != repository.list() {
                        let message = format!(
                            "`{path}` is in another list than the repository, `{repository}`, so it is open which items \
                             belong together: expected the same list"
                        );
                        checks.refuse(&below(&[key]), &message);
                    }
                }
                let (registry, tag, digest) = (self.registry, self.tag, self.digest);
                ImageFieldShape::Parts { registry, repository, tag, digest }
            }
            (None, None) => {
                checks.refuse(
                    at,
                    "no field is named: expected `path`, or `repository` where a reference is in several fields",
                );
                return None;
            }
        };
        let (group, version, kind) = (self.group, self.version, self.kind);
        Some(ImageField { group, version, kind, shape, pull_secrets: self.pull_secrets })
    }
}
