//! What is known about a reference before any registry is asked, and in which order the sources count.

use std::collections::BTreeMap;

use crate::config::Images;
use crate::image::Reference;

use super::lock::Lock;
use super::verdict::{Access, Verdict};

/// The sources that need no network.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// What the configuration declares.
    pub images: &'a Images,
    /// What locks hold.
    pub lock: &'a Lock,
    /// What a KOTS Installation recorded: by the image as written, whether it is private.
    pub known: &'a BTreeMap<String, bool>,
}

impl Sources<'_> {
    /// The verdict on a reference without asking: `private`, `public`, ImageLock, and of `knownImages` what is public.
    ///
    /// KOTS records every failure of its own probe as private, so only its "public" is an answer.
    #[must_use]
    pub fn verdict(&self, reference: &Reference) -> Option<Verdict> {
        if self.images.private.iter().any(|glob| glob.matches(reference)) {
            return Some(Verdict::declared(Access::Private));
        }
        if self.images.public.iter().any(|glob| glob.matches(reference)) {
            return Some(Verdict::declared(Access::Public));
        }
        let locked = self.lock.verdict(reference);
        locked.or_else(|| (self.known_private(reference) == Some(false)).then(|| Verdict::known(Access::Public)))
    }

    /// Whether a KOTS Installation recorded the image as private; for when nothing can be asked.
    #[must_use]
    pub fn known_private(&self, reference: &Reference) -> Option<bool> {
        let by_text = self.known.get(reference.as_written());
        by_text.or_else(|| self.known.get(&reference.normalized())).copied()
    }
}
