//! Images in fields that are not read: which of them are probed, and what is reported about them.
//!
//! Only a private verdict speaks. No policy for the unknown applies, so that a field which is no image after all never stops a run.

use std::collections::BTreeMap;

use crate::access::{Access, ManifestKey, Queries, Verdict, Verdicts};
use crate::config::{OnUnmatched, OnUnread};
use crate::image::Reference;
use crate::krm::{Code, Finding, Severity};
use crate::workload::Workload;
use crate::workload::unread::{Claim, Entry, Unread};

use super::decision::{Candidate, ProxyId};
use super::facts::Facts;
use super::ladder::{Rung, climb};
use super::{Plan, rewrite};

/// An unread image that is private.
#[derive(Clone, Debug)]
pub struct Missed<'f> {
    /// The object.
    pub workload: &'f Workload,
    /// The image.
    pub unread: &'f Unread,
    /// Why it is private.
    pub verdict: Verdict,
    /// Its name on the proxy that serves it. `None` without one.
    pub becomes: Option<Reference>,
}

/// The references that are asked about beside those of image fields, `asked`.
///
/// Nothing is asked for them that opens a socket where there would be none: not when everything is known about the image fields.
#[must_use]
pub fn queries(facts: &Facts, asked: &Queries) -> Queries {
    let is_hermetic = asked.is_empty() && (rewrite::references(facts).next().is_some() || !facts.known.lock.is_empty());
    if is_hermetic {
        return BTreeMap::new();
    }
    let claimed = all(facts).filter(|(_, unread)| unread.claim == Claim::Field);
    let queries = claimed.filter_map(|(_, unread)| {
        let Rung::Ask(Candidate { source, .. }) = climb(facts, &unread.reference) else { return None };
        can_be_private(&source).then_some((ManifestKey::of(&source)?, source))
    });
    queries.collect()
}

/// One finding for each kind and path, at its first place.
pub fn report(facts: &Facts, verdicts: &Verdicts, plan: &mut Plan) {
    let mut groups: BTreeMap<_, Vec<Missed<'_>>> = BTreeMap::new();
    for missed in missed(facts, verdicts) {
        let object = &missed.workload.object;
        let entry = missed.unread.entry.as_ref().map(Entry::place);
        let group = (object.group(), object.kind.as_str(), missed.unread.pattern.as_str(), entry);
        groups.entry(group).or_default().push(missed);
    }
    for group in groups.values() {
        let Some(first) = group.first() else { continue };
        let finding = Finding::new(severity(facts, first), Code::ImageNotRead, message(group, first))
            .about(&first.workload.object, first.workload.file.as_ref())
            .field(first.unread.path.clone(), first.unread.line)
            .values(first.unread.reference.as_written(), None)
            .tag("access", first.verdict.access.as_str())
            .tag("evidence", first.verdict.evidence.to_string())
            .tag("source", first.verdict.source.as_str())
            .tag("places", group.len().to_string());
        plan.findings.push(finding);
    }
}

/// The unread images that are private, in the order of the input.
pub fn missed<'f>(facts: &'f Facts, verdicts: &Verdicts) -> Vec<Missed<'f>> {
    let found = all(facts).filter_map(|(workload, unread)| {
        let probed = |source| verdicts.get(&ManifestKey::of(source)?).filter(|_| unread.claim == Claim::Field).cloned();
        let (Candidate { source, proxy, .. }, verdict) = match climb(facts, &unread.reference) {
            Rung::Settled(_) => return None,
            Rung::Known(candidate, verdict) => (candidate, verdict),
            Rung::Indifferent(candidate) | Rung::Ask(candidate) => {
                let verdict = probed(&candidate.source)?;
                (candidate, verdict)
            }
        };
        let becomes = proxy.and_then(|proxy| target(facts, proxy, &source));
        (verdict.access == Access::Private).then_some(Missed { workload, unread, verdict, becomes })
    });
    found.collect()
}

/// The references of all unread images.
pub(super) fn references(facts: &Facts) -> impl Iterator<Item = &Reference> {
    all(facts).map(|(_, unread)| &unread.reference)
}

/// How much an unread image matters.
pub fn severity(facts: &Facts, missed: &Missed<'_>) -> Severity {
    let needs_proxy = missed.becomes.is_some() || facts.config.access.on_unmatched == OnUnmatched::Fail;
    if needs_proxy && facts.config.images.unread == OnUnread::Fail { Severity::Error } else { Severity::Warning }
}

/// The finding about equal fields, of which this is the first.
pub fn message(group: &[Missed<'_>], first: &Missed<'_>) -> String {
    let image = &first.unread.reference;
    let more = match group.len() {
        0 | 1 => String::new(),
        2 => ", as in 1 more place".to_owned(),
        count => format!(", as in {} more places", count - 1),
    };
    let alone = group.iter().all(|missed| missed.workload.object == first.workload.object);
    // Objects without pull Secrets of their own don't show how their kind names them.
    let entry =
        group.iter().filter_map(|missed| missed.unread.entry.as_ref()).max_by_key(|entry| entry.names_pull_secrets());
    let advice = match (&first.becomes, entry) {
        (None, _) => format!("; none of `proxies` serves it: add a proxy for {}", image.registry()),
        (Some(_), Some(entry)) => format!("; add to images.fields: {}", entry.show(&first.workload.object, alone)),
        (Some(becomes), None) => {
            format!("; images.fields can't name this place: write `{becomes}` there by hand")
        }
    };
    format!(
        "`{image}` is private ({}), and this field is not read, so it was left alone{more}{advice}",
        first.verdict.evidence
    )
}

fn all(facts: &Facts) -> impl Iterator<Item = (&Workload, &Unread)> {
    facts.items.workloads.iter().flat_map(|workload| workload.unread.iter().map(move |unread| (workload, unread)))
}

fn target(facts: &Facts, proxy: ProxyId, source: &Reference) -> Option<Reference> {
    facts.proxies.get(proxy)?.layout.target(source).ok()
}

/// Docker Hub refuses what does not exist as it refuses what is private; only in two segments can it be the latter.
fn can_be_private(reference: &Reference) -> bool {
    let repository = reference.repository();
    reference.registry() != crate::image::DOCKER_HUB
        || (!repository.starts_with("library/") && repository.matches('/').count() == 1)
}
