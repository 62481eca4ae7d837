//! `spec.images`: what is known about images beforehand.

use serde::Deserialize;

use super::field::ImageField;
use super::parsed;
use super::problems::Checks;
use crate::image::Glob;
use crate::yaml::path::Segment::{Index, Key};

/// What is known about images beforehand, and where custom resources keep them.
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

/// What is known about images beforehand.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Declared {
    /// Images that everybody can pull: globs, as in `registry.k8s.io/**`. Their registries are never asked.
    #[serde(deserialize_with = "parsed::globs")]
    pub(super) public: Vec<Glob>,
    /// Images that nobody can pull without credentials: globs, as in `ghcr.io/acme/**`. Their registries are never asked.
    #[serde(deserialize_with = "parsed::globs")]
    pub(super) private: Vec<Glob>,
    /// Images that are left alone: globs. They get no pull secret either.
    #[serde(deserialize_with = "parsed::globs")]
    pub(super) ignore: Vec<Glob>,
}

impl Declared {
    pub(super) fn settle(self, fields: Vec<ImageField>, checks: &mut Checks<'_>) -> Images {
        for (index, glob) in self.private.iter().enumerate() {
            if self.public.contains(glob) {
                let message = format!("`{glob}` is declared public as well: remove it from one of the two");
                checks.refuse(&[Key("images"), Key("private"), Index(index)], &message);
            }
        }
        Images { public: self.public, private: self.private, ignore: self.ignore, fields }
    }
}
