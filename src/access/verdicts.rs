//! What the registries answered, in two rounds that can't be taken for each other.

use std::collections::{BTreeMap, btree_map};

use crate::image::Reference;

use super::manifest_key::ManifestKey;
use super::verdict::Verdict;

/// The references that a registry has to be asked about, each once.
pub type Queries = BTreeMap<ManifestKey, Reference>;

/// The first round: whether anyone can pull an image.
///
/// A [`Verifications`] holds verdicts as well, on other questions. One can't stand for the other:
///
/// ```compile_fail,E0308
/// use pullthrough::access::{Verdicts, Verifications};
///
/// fn plan(_: &Verdicts, _: &Verifications) {}
/// plan(&Verifications::new(), &Verdicts::new());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts(BTreeMap<ManifestKey, Verdict>);

/// The second round: whether what is written can be pulled as the cluster will pull it. By the text that is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verifications(BTreeMap<String, Verdict>);

impl Verdicts {
    /// No verdict yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The verdict of a build without network on these.
    #[must_use]
    pub fn not_probed(queries: Queries) -> Self {
        queries.into_keys().map(|key| (key, Verdict::not_probed())).collect()
    }

    /// The verdict on the manifest of that key.
    #[must_use]
    pub fn get(&self, key: &ManifestKey) -> Option<&Verdict> {
        self.0.get(key)
    }

    /// All of them, sorted.
    pub fn iter(&self) -> btree_map::Iter<'_, ManifestKey, Verdict> {
        self.0.iter()
    }
}

impl Verifications {
    /// Nothing was verified.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The verdict on a reference that is written.
    #[must_use]
    pub fn get(&self, written: &str) -> Option<&Verdict> {
        self.0.get(written)
    }
}

impl FromIterator<(ManifestKey, Verdict)> for Verdicts {
    fn from_iter<T: IntoIterator<Item = (ManifestKey, Verdict)>>(verdicts: T) -> Self {
        Self(verdicts.into_iter().collect())
    }
}

impl Extend<(ManifestKey, Verdict)> for Verdicts {
    fn extend<T: IntoIterator<Item = (ManifestKey, Verdict)>>(&mut self, verdicts: T) {
        self.0.extend(verdicts);
    }
}

impl IntoIterator for Verdicts {
    type Item = (ManifestKey, Verdict);
    type IntoIter = btree_map::IntoIter<ManifestKey, Verdict>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'v> IntoIterator for &'v Verdicts {
    type Item = (&'v ManifestKey, &'v Verdict);
    type IntoIter = btree_map::Iter<'v, ManifestKey, Verdict>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<(String, Verdict)> for Verifications {
    fn from_iter<T: IntoIterator<Item = (String, Verdict)>>(verdicts: T) -> Self {
        Self(verdicts.into_iter().collect())
    }
}
