//! Placeholders, as `check` shows them and as the guard judges them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::image::Placeholders;
use crate::krm::{Code, Finding, Severity};
use crate::plan::placeholders::{all, in_places};
use crate::plan::{Decision, Plan};
use crate::workload::Workload;
use crate::workload::templating::fills_in;

use super::Analysis;
use super::inspect::{Inspected, Place};

impl Analysis<'_> {
    /// The texts that hide which image they are, each with all its places.
    pub(super) fn hidden_images(&self) -> Vec<Inspected> {
        let mut images: BTreeMap<&str, Inspected> = BTreeMap::new();
        for (workload, hidden) in all(&self.facts.items.workloads) {
            let image = images.entry(&hidden.text).or_insert_with(|| Inspected {
                image: hidden.text.clone(),
                verdict: None,
                becomes: None,
                needs_secret: false,
                severity: Severity::Warning,
                code: Code::Placeholder,
                message: format!("{}, hides which image it is", hidden.placeholders).into(),
                brief: Some(format!("placeholder: {}", hidden.placeholders)),
                places: Vec::new(),
            });
            image.places.push(Place {
                object: Arc::clone(&workload.object),
                file: workload.file.clone(),
                field: hidden.path.clone(),
                line: hidden.line,
            });
        }
        images.into_values().collect()
    }

    /// Takes the place of what the function says about placeholders when the input is final output. What an object's own controller fills
    /// in is legitimate there, and a warning where it hides the image, for nothing here sees what it becomes. What nothing is left to fill in
    /// is an error, unless the name before it is public or left alone on purpose.
    pub(super) fn judge_placeholders(&self, plan: &Plan, findings: &mut Vec<Finding>) {
        findings.retain(|finding| finding.code != Code::Placeholder || finding.severity == Severity::Info);
        let mut judged: BTreeMap<(&str, Severity), Judged<'_>> = BTreeMap::new();
        for text in self.texts_with_placeholders(plan) {
            let severity = text.severity(plan);
            judged.entry((text.text, severity)).or_insert(Judged { first: text, places: 0 }).places += 1;
        }
        findings.extend(judged.into_iter().map(|((_, severity), judged)| judged.finding(severity)));
    }

    fn texts_with_placeholders<'f>(&'f self, plan: &'f Plan) -> impl Iterator<Item = Text<'f>> {
        let hidden = all(&self.facts.items.workloads).map(|(workload, hidden)| Text {
            workload,
            text: &hidden.text,
            placeholders: &hidden.placeholders,
            field: &hidden.path,
            line: hidden.line,
        });
        let images = self.facts.items.workloads.iter().flat_map(move |workload| {
            let fields = workload.groups.iter().flat_map(|group| &group.images);
            fields.filter_map(move |field| {
                let text = field.reference.as_written();
                let placeholders = field.reference.placeholders()?;
                plan.decisions.get(text).is_none_or(is_open).then_some(Text {
                    workload,
                    text,
                    placeholders,
                    field: &field.path,
                    line: field.line,
                })
            })
        });
        hidden.chain(images)
    }
}

/// Whether the name leaves open what is pulled. An image that is still to be rewritten is an error already.
fn is_open(decision: &Decision) -> bool {
    decision.to.is_none() && !decision.is_public() && !matches!(decision.code, Code::Ignored | Code::Excluded)
}

/// An image field with placeholders.
struct Text<'f> {
    workload: &'f Workload,
    text: &'f str,
    placeholders: &'f Placeholders,
    field: &'f str,
    line: usize,
}

impl Text<'_> {
    /// What an object's own controller fills in is legitimate; where the name is on the proxy already, nothing else can result.
    fn severity(&self, plan: &Plan) -> Severity {
        let is_at_home = || {
            let decision = plan.decisions.get(self.text);
            decision.is_some_and(|decision| matches!(decision.code, Code::OnProxy | Code::InPlace))
        };
        match fills_in(&self.workload.object, self.placeholders) {
            false => Severity::Error,
            true if is_at_home() => Severity::Info,
            true => Severity::Warning,
        }
    }
}

/// A text and how often it occurs.
struct Judged<'f> {
    first: Text<'f>,
    places: usize,
}

impl Judged<'_> {
    fn finding(&self, severity: Severity) -> Finding {
        let Text { workload, text, placeholders, field, line } = &self.first;
        let places = in_places(self.places);
        let message = if severity == Severity::Error {
            format!(
                "`{text}`{places} is not final: nothing fills in {placeholders}, after this is applied; check the \
                 output of the program that does (Flux: `flux build kustomization`)"
            )
        } else {
            format!(
                "`{text}`{places} could not be checked: {placeholders}, is filled in when the {} runs",
                workload.object.kind
            )
        };
        Finding::new(severity, Code::Placeholder, message)
            .about(&workload.object, workload.file.as_ref())
            .field(*field, *line)
            .values(*text, None)
            .tag("places", self.places.to_string())
    }
}
