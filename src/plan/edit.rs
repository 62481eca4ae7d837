//! The edits of image fields. An anchor may be used in several objects, so all uses of a scalar are seen together.

use std::collections::{BTreeMap, BTreeSet};

use crate::image::Reference;
use crate::krm::{Code, Finding, Severity};
use crate::workload::{ImageField, Target, Workload};
use crate::yaml::{Edit, Span, Spot};

use super::Plan;
use super::rewrite::fields;

/// A place that shows a scalar, with the images in it.
struct Use<'a> {
    spot: &'a Spot,
    /// Each with its new text, in the order of the scalar's.
    images: Vec<(&'a ImageField, Option<&'a Reference>)>,
}

/// The edits of all fields.
pub(super) fn plan(workloads: &[Workload], plan: &mut Plan) {
    // By the scalar, and the place that shows it.
    let mut uses: BTreeMap<(Span, Span), Use<'_>> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for (workload, field) in fields(workloads) {
        let to = plan.decisions.get(field.reference.as_written()).and_then(|decision| decision.to.as_ref());
        let spot = match (&field.target, field.shared) {
            // Once for the anchor, and not at each of its uses.
            (_, Some(lines)) => {
                if to.is_some() && anchors.insert((lines.0, field.line, field.reference.as_written())) {
                    plan.findings.push(shared_anchor(workload, field, lines));
                }
                continue;
            }
            (Target::Parts(parts), None) => {
                let Some(to) = to else { continue };
                match parts.edits(&field.reference, to) {
                    Some(edits) => plan.edits.extend(edits),
                    None => plan.findings.push(no_digest_field(workload, field, to)),
                }
                continue;
            }
            (Target::Whole(spot) | Target::Named(spot, _), None) => spot,
            (Target::Within(excerpt), None) => excerpt.text().spot(),
        };
        let found = uses.entry((spot.definition(), spot.span()));
        found.or_insert_with(|| Use { spot, images: Vec::new() }).images.push((field, to));
    }
    let mut uses = uses.into_iter().peekable();
    while let Some(((definition, _), first)) = uses.next() {
        let mut all = vec![first];
        while let Some((_, next)) = uses.next_if(|((other, _), _)| *other == definition) {
            all.push(next);
        }
        plan.edits.extend(edits(&all));
    }
}

/// The edits for all uses of one scalar: itself, and the aliases that stand for it.
///
/// When all of them are image fields with the same new text, the scalar is edited. Else each alias that must differ from it becomes a
/// literal, so that every place says what it should.
fn edits(uses: &[Use<'_>]) -> Vec<Edit> {
    let texts: Vec<Option<String>> = uses.iter().map(Use::new_value).collect();
    let definition = uses.iter().zip(&texts).find(|(found, _)| !found.spot.is_alias());
    let all = uses.first().map_or(0, |first| first.spot.aliases().len() + 1);
    if let Some((definition, Some(text))) = definition
        && uses.len() == all
        && texts.iter().all(|other| other.as_ref() == Some(text))
    {
        return definition.edits(text);
    }
    let mut edits = Vec::new();
    let mut done = BTreeSet::new();
    for (found, text) in uses.iter().zip(&texts) {
        if let Some(text) = text {
            done.insert(found.spot.span());
            edits.extend(found.edits(text));
        }
    }
    if let Some((definition, Some(_))) = definition {
        let others = definition.spot.aliases().iter().filter(|alias| !done.contains(alias));
        edits.extend(others.map(|alias| definition.spot.expand(*alias, definition.value())));
    }
    edits
}

impl Use<'_> {
    /// What the scalar says.
    fn value(&self) -> &str {
        self.images.first().map_or("", |(image, _)| match &image.target {
            Target::Within(excerpt) => excerpt.text().value(),
            Target::Whole(_) | Target::Named(..) | Target::Parts(_) => image.reference.as_written(),
        })
    }

    /// The parts of the text that change, in its order.
    fn changes(&self) -> Vec<(&crate::workload::text::Excerpt, &str)> {
        let changes = self.images.iter().filter_map(|(image, to)| match &image.target {
            Target::Within(excerpt) => Some((excerpt, to.as_ref()?.as_written())),
            Target::Whole(_) | Target::Named(..) | Target::Parts(_) => None,
        });
        let mut changes: Vec<_> = changes.collect();
        changes.sort_by_key(|(excerpt, _)| excerpt.start());
        changes
    }

    /// What the scalar is to say. `None` where that is what it says.
    fn new_value(&self) -> Option<String> {
        let (first, to) = self.images.first()?;
        match &first.target {
            Target::Within(excerpt) => {
                let changes = self.changes();
                (!changes.is_empty()).then(|| excerpt.text().with(changes.into_iter()))
            }
            Target::Whole(_) | Target::Named(..) | Target::Parts(_) => to.map(|to| to.as_written().to_owned()),
        }
    }

    /// The edits that make it say so: of the images alone where its style lets them be written so, else of the whole scalar.
    fn edits(&self, text: &str) -> Vec<Edit> {
        if let Some((ImageField { reference, target: Target::Named(spot, name), .. }, Some(to))) = self.images.first()
            && reference.suffix() == to.suffix()
            && let Some(edit) = spot.replace_part(*name, reference.name_as_written(), to.name_as_written())
        {
            return vec![edit];
        }
        let alone: Option<Vec<Edit>> = self.changes().into_iter().map(|(excerpt, new)| excerpt.replace(new)).collect();
        alone.filter(|edits| !edits.is_empty()).unwrap_or_else(|| vec![self.spot.replace(text)])
    }
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
        "`{to}` has a digest, but the object has no field for it; set one in images.fields and add it to the object \
         as an empty string"
    );
    Finding::new(Severity::Error, Code::NotPinned, message)
        .about(&workload.object, workload.file.as_ref())
        .field(field.path.clone(), field.line)
        .values(field.reference.as_written(), None)
}
