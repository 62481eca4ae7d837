//! `spec.images`: what is known about images beforehand.

use serde::Deserialize;

use super::field::ImageField;
use super::parsed;
use super::problems::Checks;
use crate::image::Glob;
#[cfg(feature = "schema")]
use crate::schema;
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
    /// What happens to images that nothing reads.
    pub unread: OnUnread,
}

/// What happens to images that need a proxy and stand in fields that nothing reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum OnUnread {
    /// They stay, with a warning that says what to add to `fields`.
    #[default]
    Warn,
    /// Those under a key that is exactly `image` are rewritten as if `fields` named them, with a pull Secret only where the key for one stands
    /// beside it. The others stay, with a warning.
    Rewrite,
    /// They are an error.
    Fail,
    /// They stay, and nothing is said.
    Ignore,
}

/// What is known about images beforehand.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Declared {
    /// Images that everybody can pull, such as `registry.k8s.io/**`. Their registries are never asked, and the images stay as they are.
    #[serde(deserialize_with = "parsed::globs")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Glob>"))]
    pub(super) public: Vec<Glob>,
    /// Images that nobody can pull without credentials, such as `ghcr.io/acme/**`. Their registries are never asked, and the images go through
    /// a proxy. It counts before `public`; the same pattern in both is an error.
    #[serde(deserialize_with = "parsed::globs")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Glob>"))]
    pub(super) private: Vec<Glob>,
    /// Images that are left alone, such as `docker.io/library/auto`. They are not asked about, and pods get no pull Secret for them. It counts
    /// before everything else but a skip annotation and placeholders.
    #[serde(deserialize_with = "parsed::globs")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Glob>"))]
    pub(super) ignore: Vec<Glob>,
    /// What happens to images that need a proxy and stand in fields that nothing reads: under a key `image` or one that ends so, as `repository` beside
    /// `tag`, or, where `private` or an ImageLock has them, in any other text.
    pub(super) unread: OnUnread,
}

impl Declared {
    pub(super) fn settle(self, fields: Vec<ImageField>, checks: &mut Checks<'_>) -> Images {
        for (index, glob) in self.private.iter().enumerate() {
            if self.public.contains(glob) {
                let message = format!("`{glob}` is declared public as well: remove it from one of the two");
                checks.refuse(&[Key("images"), Key("private"), Index(index)], &message);
            }
        }
        Images { public: self.public, private: self.private, ignore: self.ignore, fields, unread: self.unread }
    }
}
