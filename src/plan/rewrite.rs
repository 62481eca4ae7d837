//! Image fields: what each becomes, the edits for it, and what is said about it.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::decide::Sources;
use crate::access::{Access, Verdict, question};
use crate::config::Detail;
use crate::image::Reference;
use crate::krm::{Code, Finding, Severity};
use crate::workload::{ImageField, Target, Workload};
use crate::yaml::{Edit, Span, Spot};

use super::decision::{self, Decision, Route};
use super::facts::Facts;
use super::{Plan, Verdicts};

/// The references whose verdict is needed and not known: each question once, sorted.
#[must_use]
pub fn asks(facts: &Facts<'_>) -> BTreeMap<String, Reference> {
    asks_about(facts, references(facts))
}

/// The same for other references than those in manifests.
pub(super) fn asks_about<'r>(
    facts: &Facts<'_>,
    references: impl Iterator<Item = &'r Reference>,
) -> BTreeMap<String, Reference> {
    let mut asks = BTreeMap::new();
    for reference in references {
        if let Route::Depends { source, proxy, .. } = route(facts, reference) {
            let settled = decision::is_settled(proxy, &facts.config.access, facts.proxy_public);
            if !settled
                && sources(facts).verdict(&source).is_none()
                && let Some(question) = question(&source)
            {
                asks.insert(question, source);
            }
        }
    }
    asks
}

/// Where a reference stands. What the vendor excludes is left alone, unless it is on a proxy or the configuration declares it.
pub(super) fn route(facts: &Facts<'_>, reference: &Reference) -> Route {
    match facts.proxies.route(reference, &facts.config.images.ignore) {
        Route::Depends { .. } if facts.excluded.contains(reference.as_written()) && !is_declared(facts, reference) => {
            Route::Settled(Decision::excluded(reference))
        }
        route => route,
    }
}

pub(super) fn is_declared(facts: &Facts<'_>, reference: &Reference) -> bool {
    let images = &facts.config.images;
    images.private.iter().chain(&images.public).any(|glob| glob.matches(reference))
}

/// What becomes of each image, by its text in the manifests.
#[must_use]
pub fn decide(facts: &Facts<'_>, verdicts: &Verdicts) -> BTreeMap<String, Decision> {
    let mut decisions = BTreeMap::new();
    for reference in references(facts) {
        decisions.entry(reference.as_written().to_owned()).or_insert_with(|| decide_one(facts, verdicts, reference));
    }
    refuse_collisions(&mut decisions);
    decisions
}

/// The edits and findings of all image fields.
pub fn plan(facts: &Facts<'_>, plan: &mut Plan) {
    edit(facts.workloads, plan);
    report(facts, plan);
}

pub(super) fn references<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a Reference> {
    fields(facts.workloads).map(|(_, field)| &field.reference)
}

fn fields(workloads: &[Workload]) -> impl Iterator<Item = (&Workload, &ImageField)> {
    workloads.iter().flat_map(|workload| {
        workload.groups.iter().flat_map(move |group| group.images.iter().map(move |field| (workload, field)))
    })
}

pub(super) fn sources<'a>(facts: &Facts<'a>) -> Sources<'a> {
    Sources { images: &facts.config.images, lock: facts.lock, known: facts.known }
}

/// What becomes of one image.
pub(super) fn decide_one(facts: &Facts<'_>, verdicts: &Verdicts, reference: &Reference) -> Decision {
    let (source, unwound, proxy) = match route(facts, reference) {
        Route::Settled(decision) => return decision,
        Route::Depends { source, unwound, proxy } => (source, unwound, proxy),
    };
    let policy = &facts.config.access;
    let decide = |verdict: Option<&Verdict>| {
        decision::decide(reference, (&source, unwound, proxy), verdict, policy, facts.proxy_public, facts.proxies)
    };
    if let Some(verdict) = sources(facts).verdict(&source) {
        return decide(Some(&verdict));
    }
    if decision::is_settled(proxy, policy, facts.proxy_public) {
        return decide(None);
    }
    if let Some(verdict) = question(&source).and_then(|question| verdicts.get(&question)) {
        return decide(Some(verdict));
    }
    if sources(facts).known_private(&source) == Some(true) {
        let decision = decide(Some(&Verdict::known(Access::Private)));
        let warning = "; KOTS records every failure of its probe as private, so check it or give an ImageLock";
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
            "{} would all be called `{name}` on the proxy; give each upstream a proxy of its own, or a template with {{registry}}",
            others.join(" and ")
        )
        .into();
        decision.code = Code::Collision;
        decision.severity = Severity::Error;
        decision.to = None;
    }
}

/// A field and its new text.
struct Change<'a> {
    field: &'a ImageField,
    spot: &'a Spot,
    to: Option<&'a Reference>,
}

/// The edits of all fields. An anchor may be used in several objects, so all uses of a scalar are seen together.
fn edit(workloads: &[Workload], plan: &mut Plan) {
    let mut by_definition: BTreeMap<Span, Vec<Change<'_>>> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for (workload, field) in fields(workloads) {
        let to = plan.decisions.get(field.reference.as_written()).and_then(|decision| decision.to.as_ref());
        match (&field.target, field.shared) {
            (Target::Whole(spot), None) => {
                by_definition.entry(spot.definition()).or_default().push(Change { field, spot, to });
            }
            // Once for the anchor, and not at each of its uses.
            (_, Some(lines)) => {
                if to.is_some() && anchors.insert((lines.0, field.line, field.reference.as_written())) {
                    plan.findings.push(shared_anchor(workload, field, lines));
                }
            }
            (Target::Parts { .. }, None) => {
                let Some(to) = to else { continue };
                match field.edits(to) {
                    Some(edits) => plan.edits.extend(edits),
                    None => plan.findings.push(no_digest_field(workload, field, to)),
                }
            }
        }
    }
    for changes in by_definition.values() {
        plan.edits.extend(edit_uses(changes));
    }
}

/// The edits for all uses of one scalar: itself, and the aliases that stand for it.
///
/// When all of them are image fields with the same new text, the scalar is edited. Else each alias that must differ from it becomes a
/// literal, so that every place says what it should.
fn edit_uses(changes: &[Change<'_>]) -> Vec<Edit> {
    let Some(first) = changes.first() else { return Vec::new() };
    let definition = changes.iter().find(|change| !change.spot.is_alias());
    let uses = first.spot.aliases().len() + 1;
    let same = changes.iter().all(|change| change.to == first.to);
    if let (Some(definition), Some(to)) = (definition, first.to)
        && same
        && changes.len() == uses
    {
        return vec![definition.spot.replace(to.as_written())];
    }
    let rewritten = changes.iter().filter_map(|change| Some((change, change.to?)));
    let mut edits: Vec<Edit> = rewritten.map(|(change, to)| change.spot.replace(to.as_written())).collect();
    if let Some(Change { field, spot, to: Some(_) }) = definition {
        let done: BTreeSet<Span> =
            changes.iter().filter(|change| change.to.is_some()).map(|change| change.spot.span()).collect();
        let others = spot.aliases().iter().filter(|alias| !done.contains(alias));
        edits.extend(others.map(|alias| spot.expand(*alias, field.reference.as_written())));
    }
    edits
}

fn shared_anchor(workload: &Workload, field: &ImageField, (definition, usage): (usize, usize)) -> Finding {
    let message = format!(
        "the image on line {} is part of a YAML anchor on line {definition} that line {usage} uses as well, so it can't be changed alone; write it out in one of the places",
        field.line
    );
    Finding::new(Severity::Error, Code::SharedAnchor, message)
        .about(&workload.object, workload.file.as_ref())
        .field(field.path.clone(), field.line)
        .values(field.reference.as_written(), None)
}

fn no_digest_field(workload: &Workload, field: &ImageField, to: &Reference) -> Finding {
    let message = format!(
        "`{to}` has a digest, and the object has no field for it; name one in images.fields and write it with an empty string"
    );
    Finding::new(Severity::Error, Code::NotPinned, message)
        .about(&workload.object, workload.file.as_ref())
        .field(field.path.clone(), field.line)
        .values(field.reference.as_written(), None)
}

/// One finding for each reference, at its first place; with `results: all` one for each field.
fn report(facts: &Facts<'_>, plan: &mut Plan) {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, field) in fields(facts.workloads) {
        *places.entry(field.reference.as_written()).or_default() += 1;
    }
    let all = facts.config.results == Detail::All;
    let mut reported = BTreeSet::new();
    for (workload, field) in fields(facts.workloads) {
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
