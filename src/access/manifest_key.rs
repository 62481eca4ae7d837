//! Which manifest a reference stands for.

use std::borrow::Borrow;
use std::fmt;

use crate::image::Reference;

/// What a registry is asked for: a normalized name with a tag or a digest.
///
/// References with the same key have the same verdict. A name without either gets the tag `latest` (distribution/reference: `TagNameOnly`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ManifestKey(String);

impl ManifestKey {
    /// The key of a reference. `None` where another program fills in the tag: there is nothing to ask for yet, and the name alone decides.
    #[must_use]
    pub fn of(reference: &Reference) -> Option<Self> {
        if reference.placeholders().is_some() {
            return None;
        }
        let normalized = reference.normalized();
        let untagged = reference.tag().is_none() && reference.digest().is_none();
        Some(Self(if untagged { format!("{normalized}:latest") } else { normalized }))
    }

    /// Its text, which is that of a reference.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ManifestKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ManifestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
