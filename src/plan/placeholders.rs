//! Image fields that another program fills in: what there is to say about those that hide their image.
//!
//! One whose name is known is decided like any other image: see [`super::rewrite`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::krm::{Code, Finding, Severity};
use crate::workload::templating::fills_in;
use crate::workload::{HiddenImage, Workload};

use super::Plan;
use super::facts::Facts;

/// A warning for each text, at its first place.
pub(super) fn report(facts: &Facts, plan: &mut Plan) {
    let mut texts: BTreeMap<&str, (&Workload, &HiddenImage, usize)> = BTreeMap::new();
    for (workload, hidden) in all(&facts.items.workloads) {
        match texts.entry(&hidden.text) {
            Entry::Vacant(entry) => drop(entry.insert((workload, hidden, 1))),
            Entry::Occupied(entry) => entry.into_mut().2 += 1,
        }
    }
    plan.findings.extend(texts.into_values().map(|(workload, hidden, places)| {
        let remedy = if fills_in(&workload.object, &hidden.placeholders) {
            "use an image on the proxy where its value is set"
        } else {
            "run pullthrough where it is filled in"
        };
        let message = format!(
            "`{}` was left alone{}: {}, hides which image it is; {remedy}, or give the object the annotation pullthrough.dev/skip",
            hidden.text,
            in_places(places),
            hidden.placeholders
        );
        finding(workload, hidden, Severity::Warning, message).tag("places", places.to_string())
    }));
}

/// Every field that hides its image, with its object.
pub fn all(workloads: &[Workload]) -> impl Iterator<Item = (&Workload, &HiddenImage)> {
    workloads.iter().flat_map(|workload| workload.hidden.iter().map(move |hidden| (workload, hidden)))
}

/// What there is to say about such a field.
pub fn finding(workload: &Workload, hidden: &HiddenImage, severity: Severity, message: String) -> Finding {
    Finding::new(severity, Code::Placeholder, message)
        .about(&workload.object, workload.file.as_ref())
        .field(hidden.path.clone(), hidden.line)
        .values(hidden.text.as_str(), None)
}

/// How many places have a text, where it is not the one that is named.
#[must_use]
pub fn in_places(places: usize) -> String {
    if places > 1 { format!(" in {places} places") } else { String::new() }
}
