//! Image fields: what each becomes, the edits for it, and its findings.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::decide::Sources;
use crate::access::{Access, ManifestKey, Queries, Verdict, Verdicts};
use crate::config::Detail;
use crate::image::Reference;
use crate::krm::{Code, Finding, Severity};
use crate::workload::{ImageField, Workload};

use super::Plan;
use super::decision::{self, Decision, Route};
use super::facts::Facts;

/// The references whose verdict is needed and not known: each question once, sorted.
#[must_use]
pub fn queries(facts: &Facts) -> Queries {
    asks_about(facts, references(facts))
}

/// The same for other references than those in manifests.
pub(super) fn asks_about<'r>(facts: &Facts, references: impl Iterator<Item = &'r Reference>) -> Queries {
    let mut queries = BTreeMap::new();
    for reference in references {
        if let Route::Depends { source, proxy, .. } = route(facts, reference) {
            let settled = decision::is_settled(proxy, &facts.config.access);
            if !settled
                && sources(facts).verdict(&source).is_none()
                && let Some(key) = ManifestKey::of(&source)
            {
                queries.insert(key, source);
            }
        }
    }
    queries
}

/// Where a reference stands. What the vendor excludes is left alone, unless it is on a proxy or the configuration declares it.
pub(super) fn route(facts: &Facts, reference: &Reference) -> Route {
    match facts.proxies.route(reference, &facts.config.images.ignore) {
        Route::Depends { .. }
            if facts.known.excluded.contains(reference.as_written()) && !is_declared(facts, reference) =>
        {
            Route::Settled(Decision::excluded(reference))
        }
        route => route,
    }
}

pub(super) fn is_declared(facts: &Facts, reference: &Reference) -> bool {
    let images = &facts.config.images;
    images.private.iter().chain(&images.public).any(|glob| glob.matches(reference))
}

/// What happens to each image, by its text in the manifests.
#[must_use]
pub fn decide(facts: &Facts, verdicts: &Verdicts) -> BTreeMap<String, Decision> {
    let mut decisions = BTreeMap::new();
    for reference in references(facts) {
        decisions.entry(reference.as_written().to_owned()).or_insert_with(|| decide_one(facts, verdicts, reference));
    }
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

pub(super) fn sources<'a>(facts: &'a Facts) -> Sources<'a> {
    Sources { images: &facts.config.images, lock: &facts.known.lock, known: &facts.known.images }
}

/// What happens to one image.
pub(super) fn decide_one(facts: &Facts, verdicts: &Verdicts, reference: &Reference) -> Decision {
    let (source, unwound, proxy) = match route(facts, reference) {
        Route::Settled(decision) => return decision,
        Route::Depends { source, unwound, proxy } => (source, unwound, proxy),
    };
    let policy = &facts.config.access;
    let decide = |verdict: Option<&Verdict>| {
        decision::decide(reference, (&source, unwound, proxy), verdict, policy, &facts.proxies)
    };
    if let Some(verdict) = sources(facts).verdict(&source) {
        return decide(Some(&verdict));
    }
    if decision::is_settled(proxy, policy) {
        return decide(None);
    }
    if let Some(verdict) = ManifestKey::of(&source).and_then(|key| verdicts.get(&key)) {
        return decide(Some(verdict));
    }
    if sources(facts).known_private(&source) == Some(true) {
        let decision = decide(Some(&Verdict::known(Access::Private)));
        let warning = "; KOTS records every failure of its probe as private, so check it or use an ImageLock";
        let severity = decision.severity.min(Severity::Warning);
        return Decision {
            severity,
            code: if severity == Severity::Error { decision.code } else { Code::KnownPrivate },
            message: format!("{}{warning}", decision.message).into(),
            ..decision
        };
    }
    match source.placeholders() {
        Some(placeholders) => decision::unanswerable(&source, placeholders),
        None => decision::undecided(&source),
    }
}

/// Two images under one name would be the same image to a kubelet.
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
        // Not all of many: each of them has this message.
        const SHOWN: usize = 3;
        let count = others.len();
        let mut others: Vec<String> = others.iter().take(SHOWN).map(|other| format!("`{other}`")).collect();
        match count.saturating_sub(SHOWN) {
            0 => {}
            1 => others.push("one other".to_owned()),
            more => others.push(format!("{more} others")),
        }
        decision.message = format!(
            "{} would all be named `{name}` on the proxy; give each upstream a proxy of its own, or a template with \
             {{registry}}",
            others.join(" and ")
        )
        .into();
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
    let mut reported = BTreeSet::new();
    for (workload, field) in fields(&facts.items.workloads) {
        let text = field.reference.as_written();
        let Some(decision) = plan.decisions.get(text) else { continue };
        if !all && (decision.is_silent() || !reported.insert(text)) {
            continue;
        }
        let mut finding = Finding::new(decision.severity, decision.code, decision.message.clone())
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
