//! Image fields: what each becomes, the edits for it, and its findings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::access::{Queries, Verdicts};
use crate::config::Detail;
use crate::image::Reference;
use crate::krm::{Code, Finding, Severity};
use crate::workload::{ImageField, Workload};

use super::decision::Decision;
use super::facts::Facts;
use super::reason::Reason;
use super::{Plan, ladder};

/// The references whose verdict is needed and not known: each question once, sorted.
#[must_use]
pub fn queries(facts: &Facts) -> Queries {
    ladder::queries(facts, references(facts))
}

/// What happens to each image, by its text in the manifests.
#[must_use]
pub fn decide(facts: &Facts, verdicts: &Verdicts) -> BTreeMap<String, Decision> {
    let unique: BTreeSet<&Reference> = references(facts).collect();
    let decide =
        |reference: &Reference| (reference.as_written().to_owned(), ladder::decide(facts, verdicts, reference));
    // A map of what is known beforehand takes no more room than it needs.
    let mut decisions = unique.into_iter().map(decide).collect();
    refuse_collisions(&mut decisions);
    decisions
}

pub(super) fn references(facts: &Facts) -> impl Iterator<Item = &Reference> {
    fields(&facts.items.workloads).map(|(_, field)| &field.reference)
}

pub(super) fn fields(workloads: &[Workload]) -> impl Iterator<Item = (&Workload, &ImageField)> {
    workloads.iter().flat_map(|workload| {
        workload.groups.iter().flat_map(move |group| group.images.iter().map(move |field| (workload, field)))
    })
}

/// Two images under one name would be the same image to whoever pulls it.
fn refuse_collisions(decisions: &mut BTreeMap<String, Decision>) {
    let mut sources: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for decision in decisions.values() {
        if let (Some(to), Some(source)) = (&decision.to, &decision.source) {
            sources.entry(to.name()).or_default().insert(source.clone());
        }
    }
    for decision in decisions.values_mut() {
        let Some(to) = &decision.to else { continue };
        let name = to.name();
        let Some(others) = sources.get(&name).filter(|others| others.len() > 1) else { continue };
        decision.reason = Reason::Collision { name, sources: others.iter().cloned().collect() };
        decision.code = Code::Collision;
        decision.severity = Severity::Error;
        decision.to = None;
    }
}

/// One finding for each reference, at its first place; with `results: all` one for each field.
pub(super) fn report(facts: &Facts, plan: &mut Plan) {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, field) in fields(&facts.items.workloads) {
        *places.entry(field.reference.as_written()).or_default() += 1;
    }
    let all = facts.config.results == Detail::All;
    // As many as there will be, for there may be one for each of thousands of images.
    let expected =
        if all { places.values().sum() } else { plan.decisions.values().filter(|it| !it.is_silent()).count() };
    plan.findings.reserve_exact(expected + expected / 8);
    // Many fields with one image have one sentence.
    let mut messages: BTreeMap<&str, Arc<str>> = BTreeMap::new();
    for (workload, field) in fields(&facts.items.workloads) {
        let text = field.reference.as_written();
        let Some(decision) = plan.decisions.get(text) else { continue };
        if !all && (decision.is_silent() || messages.contains_key(text)) {
            continue;
        }
        let message = messages.entry(text).or_insert_with(|| decision.reason.to_string().into());
        let mut finding = Finding::new(decision.severity, decision.code, Arc::clone(message))
            .about(&workload.object, workload.file.as_ref())
            .field(field.path.clone(), field.line)
            .values(text, decision.to.as_ref().map(|to| to.as_written().to_owned()));
        if let Some(verdict) = &decision.verdict {
            finding = finding
                .tag("access", verdict.access.as_str())
                .tag("evidence", verdict.evidence.to_string())
                .tag("source", verdict.source.as_str());
        }
        if !all {
            finding = finding.tag("places", places.get(text).copied().unwrap_or(1).to_string());
        }
        plan.findings.push(finding);
    }
}
