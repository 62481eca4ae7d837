//! `spec.images.fields`: where custom resources keep images, in the words of kustomize's FieldSpec.

use serde::Deserialize;

use super::parsed;
use super::problems::Checks;
use crate::krm::FieldSpec;
#[cfg(feature = "schema")]
use crate::schema::Path;
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

/// Where an object names its pull Secrets.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PullSecretsField {
    /// The path of the list itself, or of the field for one Secret, such as `spec/imagePullSecrets`. Where lists are on the way, as in
    /// `spec/nodeSets[]/podTemplate/spec/imagePullSecrets`, every item of theirs names the Secret.
    #[serde(deserialize_with = "parsed::path")]
    #[cfg_attr(feature = "schema", schemars(with = "Path"))]
    pub path: FieldSpec,
    /// How it names Secrets: a list or one, as an object with a name or as the name alone.
    #[serde(default)]
    pub form: PullSecretsForm,
}

/// How a field names pull Secrets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum PullSecretsForm {
    /// A list of objects: `- name: acme-registry`
    #[default]
    Objects,
    /// A list of names: `- acme-registry`
    Names,
    /// One object: `{name: acme-registry}`
    Object,
    /// One name: `acme-registry`
    Name,
}

/// A place in some kind of object where an image is: either `path`, or `repository` and what goes with it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = super::schema::one_shape))]
pub(super) struct ImageFieldSpec {
    /// The API group of the objects, such as `monitoring.coreos.com`; `""` is the core group. Any group without it.
    group: Option<String>,
    /// The API version of the objects without the group, such as `v1`. Any version without it.
    version: Option<String>,
    /// The kind of the objects, such as `Prometheus`. Any kind without it.
    kind: Option<String>,
    /// The path of a field that holds a whole reference, such as `spec/image`.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    path: Option<FieldSpec>,
    /// The path of the field with the registry, where a reference is in several fields. Without it the registry is part of the repository, or Docker
    /// Hub.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    registry: Option<FieldSpec>,
    /// The path of the field with the repository, where a reference is in several fields, such as `spec/image/repository`.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    repository: Option<FieldSpec>,
    /// The path of the field with the tag, where a reference is in several fields.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    tag: Option<FieldSpec>,
    /// The path of the field with the digest, where a reference is in several fields.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    digest: Option<FieldSpec>,
    /// Where these objects name pull Secrets. Without it, images of theirs that need one get a warning (`secret-not-attached`).
    pull_secrets: Option<PullSecretsField>,
}

impl ImageFieldSpec {
    /// The place, or `None` after its problems were noted.
    pub(super) fn settle(self, at: &[Segment<'static>], checks: &mut Checks<'_>) -> Option<ImageField> {
        let below = |keys: &[&'static str]| [at, &keys.iter().map(|key| Key(key)).collect::<Vec<_>>()].concat();
        if let Some(pull_secrets) = &self.pull_secrets
            && let Some(path) = pull_secrets.path.without_items()
        {
            let message =
                format!("`{}` leads to the items: expected the path of the field itself, `{path}`", pull_secrets.path);
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
