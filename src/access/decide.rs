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
        // Of a private tag among public ones, a tag that comes later may be that one.
        if self.images.private.iter().any(|glob| glob.may_match(reference)) {
            return None;
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
        if reference.placeholders().is_some() {
            return self.known_by_name(reference);
        }
        let by_text = self.known.get(reference.as_written());
        by_text.or_else(|| self.known.get(&reference.normalized())).copied()
    }

    /// What all recorded images of a name are, as it is written or normalized.
    fn known_by_name(&self, reference: &Reference) -> Option<bool> {
        let names = [reference.name_as_written().to_owned(), reference.name()];
        let prefixes = names.iter().flat_map(|name| [':', '@'].map(|mark| format!("{name}{mark}")));
        let mut known = prefixes.flat_map(|prefix| {
            let from = self.known.range(prefix.clone()..);
            from.take_while(move |(text, _)| text.starts_with(&prefix)).map(|(_, private)| *private)
        });
        let first = known.next()?;
        known.all(|other| other == first).then_some(first)
    }
}
