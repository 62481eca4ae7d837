//! `spec.images`: what is known about images beforehand.

use serde::Deserialize;

use super::field::ImageField;
use super::parsed;
use super::problems::Checks;
use crate::image::Glob;
#[cfg(feature = "schema")]
use crate::schema;
use crate::yaml::path::Segment::{Index, Key};

/// What is known about images in advance, and where custom resources hold them.
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

/// What to do with images that need a proxy but are in fields that are not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum OnUnread {
    /// They are kept, with a warning that says what to add to `fields`.
    #[default]
    Warn,
    /// Those under a key that is exactly `image` are rewritten as if `fields` listed them, with a pull Secret only if the key for one is
    /// beside it. The others are kept, with a warning.
    Rewrite,
    /// They are an error.
    Fail,
    /// They are kept without a message.
    Ignore,
}

/// What is known about images beforehand.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Declared {
    /// Images that can be pulled without credentials, such as `registry.k8s.io/**`. Their registries are never asked, and the images
    /// stay as they are.
    #[serde(deserialize_with = "parsed::globs")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Glob>"))]
    pub(super) public: Vec<Glob>,
    /// Images that need credentials, such as `ghcr.io/acme/**`. Their registries are never asked, and the images go through a proxy. Takes
    /// precedence over `public`; the same pattern in both is an error.
    #[serde(deserialize_with = "parsed::globs")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Glob>"))]
    pub(super) private: Vec<Glob>,
    /// Images to leave alone, such as `docker.io/library/auto`. Their registries are not asked, and pods get no pull Secret for them. Takes
    /// precedence over everything except the skip annotation and placeholders.
    #[serde(deserialize_with = "parsed::globs")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Glob>"))]
    pub(super) ignore: Vec<Glob>,
    /// What to do with images that need a proxy but are in fields that are not read: under a key `image` or one ending in `Image`, as
    /// `repository` beside `tag`, or, if `private` or an ImageLock lists them, in any other text.
    pub(super) unread: OnUnread,
}

impl Declared {
    pub(super) fn settle(self, fields: Vec<ImageField>, checks: &mut Checks<'_>) -> Images {
        for (index, glob) in self.private.iter().enumerate() {
            if self.public.contains(glob) {
                let message = format!("`{glob}` is declared public as well: remove it from one of the two lists");
                checks.refuse(&[Key("images"), Key("private"), Index(index)], &message);
            }
        }
        Images { public: self.public, private: self.private, ignore: self.ignore, fields, unread: self.unread }
    }
}
