//! `spec.images.fields`: where custom resources keep images, in the words of kustomize's FieldSpec.

use serde::Deserialize;

use super::parsed;
use super::prefix::Prefix;
use super::problems::Checks;
use crate::krm::FieldSpec;
#[cfg(feature = "schema")]
use crate::schema::{Path, Text};
use crate::yaml::path::Segment::{self, Key};

/// A place in some kind of object where images are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImageField {
    /// Which objects are meant.
    pub objects: Selector,
    /// What is there.
    pub shape: ImageFieldShape,
    /// Where the object names its pull Secrets, if it does.
    pub pull_secrets: Option<PullSecretsField>,
}

/// Which objects are meant. What is `None` doesn't matter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Selector {
    /// The API group; the core group when empty.
    pub group: Option<String>,
    /// The API version without the group.
    pub version: Option<String>,
    /// The kind.
    pub kind: Option<String>,
    /// The namespace, in which `*` stands for any text.
    pub namespace: Option<String>,
    /// The name, in which `*` stands for any text.
    pub name: Option<String>,
}

/// How images are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ImageFieldShape {
    /// A whole pod spec, with its containers, volumes, ServiceAccount and pull Secrets.
    PodSpec(FieldSpec),
    /// Whole references, in one field.
    Whole {
        /// The field.
        path: FieldSpec,
        /// What stands before each image.
        prefix: Option<Prefix>,
        /// What stands between several of them.
        split: Option<Separator>,
    },
    /// One reference, in several fields. Those below the same list ([`FieldSpec::list`]) belong together item by item.
    Parts(Box<PartPaths>),
}

/// The fields of a reference that is kept in parts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartPaths {
    /// The registry; Docker Hub, or part of the repository, when `None`.
    pub registry: Option<FieldSpec>,
    /// The name.
    pub name: NamePaths,
    /// The tag, or a digest.
    pub tag: Option<FieldSpec>,
    /// The digest.
    pub digest: Option<FieldSpec>,
}

/// The fields of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NamePaths {
    /// The repository is in one field.
    Repository(FieldSpec),
    /// Its last part is in a field of its own.
    Image {
        /// What stands before it.
        repository: Option<FieldSpec>,
        /// The last part.
        image: FieldSpec,
    },
}

impl NamePaths {
    /// The field that is present whenever the reference is.
    #[must_use]
    pub fn anchor(&self) -> &FieldSpec {
        match self {
            Self::Repository(path) | Self::Image { image: path, .. } => path,
        }
    }
}

/// What stands between several images in one field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum Separator {
    /// One image per line. Empty lines and those that begin with `#` are ignored.
    Lines,
    /// Commas.
    Commas,
    /// Spaces and line breaks.
    Spaces,
}

/// Where an object names its pull Secrets.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PullSecretsField {
    /// The path of the list itself, or of the field for one Secret, such as `spec/imagePullSecrets`. If the path goes through lists,
    /// as in `spec/nodeSets[]/podTemplate/spec/imagePullSecrets`, every item names the Secret.
    #[serde(deserialize_with = "parsed::path")]
    #[cfg_attr(feature = "schema", schemars(with = "Path"))]
    pub path: FieldSpec,
    /// How it names Secrets: several or one, as objects with a name or as names alone.
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

/// A place that holds images in some kind of object: `podSpec`, `path`, or the fields of a reference that is split into
/// parts.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = super::schema::one_shape))]
pub(super) struct ImageFieldSpec {
    /// The API group of the objects, such as `monitoring.coreos.com`; `""` is the core group. If omitted, any group.
    group: Option<String>,
    /// The API version of the objects without the group, such as `v1`. If omitted, any version.
    version: Option<String>,
    /// The kind of the objects, such as `Prometheus`. If omitted, any kind.
    kind: Option<String>,
    /// The namespace of the objects as written in their manifests, in which `*` matches any text. If omitted, any namespace
    /// or none.
    #[serde(deserialize_with = "parsed::optional_text")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Text>"))]
    namespace: Option<String>,
    /// The name of the objects, in which `*` matches any text. If omitted, any name.
    #[serde(deserialize_with = "parsed::optional_text")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Text>"))]
    name: Option<String>,
    /// The path of a whole pod spec, such as `spec/podTemplate/spec`: its containers, init containers and image volumes are read, and the Secret
    /// is added to its `imagePullSecrets`, or to the field in `pullSecrets`.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    pod_spec: Option<FieldSpec>,
    /// The path of a field that holds a whole reference, such as `spec/image`. A leading `oci://` or `docker://` is kept. In the `data` of a
    /// Secret it is read and written as base64.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    path: Option<FieldSpec>,
    /// The text before the image in the field at `path`, such as `--solver-image=`; `*` matches any text, as in `*=`. A value without this
    /// text holds no image. A flag's value is also found in the next item of the list: `["--solver-image", "acme/solver:1"]`.
    #[serde(deserialize_with = "parsed::optional_prefix")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Text>"))]
    prefix: Option<Prefix>,
    /// What separates the images in the field at `path`, if it holds several. `prefix` is then the text before each of them.
    split: Option<Separator>,
    /// The path of the field with the registry, if a reference is split into several fields. If omitted, the registry is part of the repository,
    /// or Docker Hub.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    registry: Option<FieldSpec>,
    /// The path of the field with the repository, if a reference is split into several fields, such as
    /// `spec/image/repository`.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    repository: Option<FieldSpec>,
    /// The path of the field with the last part of the name, if it has a field of its own: `repository: nvcr.io/nvidia`, `image: driver`.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    image: Option<FieldSpec>,
    /// The path of the field with the tag, or with a digest in its place, if a reference is split into several fields.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    tag: Option<FieldSpec>,
    /// The path of the field with the digest, if a reference is split into several fields.
    #[serde(deserialize_with = "parsed::optional_path")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Path>"))]
    digest: Option<FieldSpec>,
    /// Where these objects name pull Secrets. If omitted, their images that need one get a warning (`secret-not-attached`), unless they are in a
    /// pod spec.
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
                format!("`{}` points to the items: expected the path of the field itself, `{path}`", pull_secrets.path);
            checks.refuse(&below(&["pullSecrets", "path"]), &message);
        }
        for (key, value) in [("group", &self.group), ("version", &self.version)] {
            if let Some((group, version)) = value.as_deref().and_then(|value| value.split_once('/')) {
                let message =
                    format!("this is a group and a version: expected `group: {group}` and `version: {version}`");
                checks.refuse(&below(&[key]), &message);
            }
        }
        let refuse_others = |checks: &mut Checks<'_>, shape: &str, others: &[(&'static str, bool)]| {
            for (key, _) in others.iter().filter(|(_, is_there)| *is_there) {
                let message = format!("`{key}` can't be combined with `{shape}`: remove one of the two");
                checks.refuse(&below(&[key]), &message);
            }
        };
        let text = [("prefix", self.prefix.is_some()), ("split", self.split.is_some())];
        let part = [
            ("registry", &self.registry),
            ("repository", &self.repository),
            ("image", &self.image),
            ("tag", &self.tag),
            ("digest", &self.digest),
        ];
        let parts = part.map(|(key, path)| (key, path.is_some()));
        let shape = match (self.pod_spec, self.path) {
            (Some(pod_spec), path) => {
                refuse_others(checks, "podSpec", &[("path", path.is_some())]);
                refuse_others(checks, "podSpec", &text);
                refuse_others(checks, "podSpec", &parts);
                ImageFieldShape::PodSpec(pod_spec)
            }
            (None, Some(path)) => {
                refuse_others(checks, "path", &parts);
                ImageFieldShape::Whole { path, prefix: self.prefix, split: self.split }
            }
            (None, None) => {
                let Self { registry, repository, image, tag, digest, .. } = self;
                let name = match (repository, image) {
                    (repository, Some(image)) if registry.is_some() || repository.is_some() => {
                        NamePaths::Image { repository, image }
                    }
                    (Some(repository), _) => NamePaths::Repository(repository),
                    (None, image) => {
                        checks.refuse(at, &no_name(image.is_some(), parts.into_iter().chain(text)));
                        return None;
                    }
                };
                let anchor = name.anchor();
                let before = if let NamePaths::Image { repository, .. } = &name { repository.as_ref() } else { None };
                let others = [
                    ("registry", registry.as_ref()),
                    ("repository", before),
                    ("tag", tag.as_ref()),
                    ("digest", digest.as_ref()),
                ];
                for (key, path) in others.into_iter().filter_map(|(key, path)| Some((key, path?))) {
                    if !path.list().is_empty() && path.list() != anchor.list() {
                        let message = format!(
                            "`{path}` is in another list than `{anchor}`, so it is unclear which items belong \
                             together: expected the same list"
                        );
                        checks.refuse(&below(&[key]), &message);
                    }
                }
                refuse_others(checks, "repository", &text);
                ImageFieldShape::Parts(Box::new(PartPaths { registry, name, tag, digest }))
            }
        };
        let (group, version, kind, pull_secrets) = (self.group, self.version, self.kind, self.pull_secrets);
        let objects = Selector { group, version, kind, namespace: self.namespace, name: self.name };
        Some(ImageField { objects, shape, pull_secrets })
    }
}

/// What is wrong with an entry that says no name.
fn no_name(has_image: bool, fields: impl Iterator<Item = (&'static str, bool)>) -> String {
    if has_image {
        return "`image` is the last part of a name, with `repository` or `registry` beside it: expected one of them, or \
                `path` for a field with the whole reference"
            .to_owned();
    }
    match fields.filter(|(_, is_there)| *is_there).map(|(key, _)| key).next() {
        Some(key @ ("prefix" | "split")) => format!("`{key}` needs `path` beside it: add `path`"),
        Some(key) => format!("`{key}` is a part of a reference: expected `repository` beside it"),
        None => "no field is given: expected `path`, `podSpec`, or `repository` if the reference is split into \
            several fields"
            .to_owned(),
    }
}
