//! `spec.images`: what is known about images beforehand, and where custom resources keep them.

use crate::image::Glob;
use crate::krm::FieldSpec;

/// What the user says about images.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Images {
    /// Declared public.
    pub public: Vec<Glob>,
    /// Declared private.
    pub private: Vec<Glob>,
    /// Left alone.
    pub ignore: Vec<Glob>,
    /// Further places of images.
    pub fields: Vec<ImageField>,
}

/// A place in some kind of object where an image is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImageField {
    /// The API group; any when `None`.
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
    /// In several fields. Fields that fan out over a list do it in step: items belong together.
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
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PullSecretsField {
    /// The list.
    pub path: FieldSpec,
    /// What its items look like.
    pub form: PullSecretsForm,
}

/// What an item of a list of pull secrets looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PullSecretsForm {
    /// `- name: acme-registry`
    #[default]
    Objects,
    /// `- acme-registry`
    Names,
}
