//! What an ImageLock answers for, and which of its entries the images here rest on.

use std::collections::BTreeSet;

use crate::access::{Access, Lock, ManifestKey, Queries};
use crate::image::{Glob, Reference};
use crate::krm::{Code, Finding, Severity};

use super::facts::Facts;
use super::ladder::{is_declared, source};
use super::rewrite::references;
use super::{Plan, unread};

/// The references that a lock answers for: all whose outcome depends on their access, and the sources of what is on a proxy already.
/// `additionalImages` are among them.
#[must_use]
pub fn queries(facts: &Facts) -> Queries {
    let sources = all_references(facts).filter_map(|reference| source(facts, reference));
    let undeclared = sources.filter(|source| !is_declared(facts, source));
    undeclared.filter_map(|source| Some((ManifestKey::of(&source)?, source))).collect()
}

/// The entries of `lock` that the images here rest on.
#[must_use]
pub fn uses(facts: &Facts, lock: &Lock) -> BTreeSet<ManifestKey> {
    let references = all_references(facts).chain(unread::references(facts));
    let sources = references.filter_map(|reference| source(facts, reference));
    sources.flat_map(|source| lock.used_by(&source)).cloned().collect()
}

/// Says which entries of the lock nothing asked for.
pub fn report_unused(facts: &Facts, plan: &mut Plan) {
    let used = uses(facts, &facts.known.lock);
    let unused: Vec<&str> =
        facts.known.lock.entries().map(|(key, _)| key.as_str()).filter(|key| !used.contains(*key)).collect();
    if !unused.is_empty() {
        let message = format!("no image among the items uses these entries of the ImageLock: {}", unused.join(", "));
        plan.findings.push(Finding::new(Severity::Info, Code::LockUnused, message));
    }
    for (key, entry) in facts.known.lock.entries() {
        let Ok(reference) = Reference::parse(key.as_str()) else { continue };
        let contradicts = |globs: &[Glob], declared: Access| {
            declared != entry.access && globs.iter().any(|glob| glob.matches(&reference))
        };
        let images = &facts.config.images;
        let declared = if contradicts(&images.private, Access::Private) {
            "images.private"
        } else if contradicts(&images.public, Access::Public) {
            "images.public"
        } else {
            continue;
        };
        let message = format!(
            "{} says that `{key}` is {}, but {declared} says otherwise; remove one of the two",
            entry.lock(),
            entry.access
        );
        plan.findings.push(Finding::new(Severity::Error, Code::LockContradiction, message));
    }
}

/// With those that no manifest holds.
pub(super) fn all_references(facts: &Facts) -> impl Iterator<Item = &Reference> {
    references(facts).chain(facts.known.additional.iter().map(|image| &image.reference))
}
