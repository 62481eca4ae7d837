//! Images that no manifest holds: `additionalImages` of the vendor's Application.
//!
//! KOTS puts them into airgap bundles, and into the customer's registry from there; who starts them is an operator, or a vendor's template.
//! The function can't rewrite what no manifest contains. It reports the name of each on the proxy, for the author of the code that starts
//! it, where that is known without asking; `check` and `lock` ask. Nothing about them ever fails a run.

use std::collections::BTreeMap;

use crate::access::{Queries, Verdicts};
use crate::config::Detail;
use crate::krm::{Code, Finding, Severity};

use super::decision::Decision;
use super::facts::{AdditionalImage, Facts};
use super::{Plan, ladder};

/// The field that lists them.
pub const FIELD: &str = "spec.additionalImages";

/// Those whose verdict is not known: each question once, sorted.
#[must_use]
pub fn queries(facts: &Facts) -> Queries {
    ladder::queries(facts, facts.known.additional.iter().map(|image| &image.reference))
}

/// What would happen to each in a manifest; an error is a warning here. Those that a manifest holds as well are left out.
#[must_use]
pub fn decide<'a>(
    facts: &'a Facts,
    verdicts: &Verdicts,
    decisions: &BTreeMap<String, Decision>,
) -> Vec<(&'a AdditionalImage, Decision)> {
    let images = facts.known.additional.iter().filter(|image| !decisions.contains_key(image.reference.as_written()));
    let decide = |image: &'a AdditionalImage| {
        let mut decision = ladder::decide(facts, verdicts, &image.reference);
        decision.severity = decision.severity.max(Severity::Warning);
        (image, decision)
    };
    images.map(decide).collect()
}

/// Says of each what to write where it is started. Those that stay as they are are silent, like those in manifests.
pub fn report(facts: &Facts, verdicts: &Verdicts, plan: &mut Plan) {
    for (image, decision) in decide(facts, verdicts, &plan.decisions) {
        if decision.is_silent() && facts.config.results != Detail::All {
            continue;
        }
        let reference = &image.reference;
        let becomes = match (&decision.to, decision.code) {
            (Some(to), _) => {
                let why = decision.verdict.as_ref().map(|verdict| format!(" ({}: {})", verdict.access, verdict.evidence));
                format!("whatever starts it has to pull `{to}`{}", why.unwrap_or_default())
            }
            (None, Code::Undecided) => {
                "nothing says whether it can be pulled without credentials; `pullthrough check` and `pullthrough lock` ask"
                    .to_owned()
            }
            (None, _) => decision.reason.to_string(),
        };
        let message = format!("`{reference}` is in additionalImages and in no manifest here: {becomes}");
        let finding = Finding::new(Severity::Info, Code::AdditionalImage, message)
            .about(&image.object, image.file.as_ref())
            .field(FIELD, image.line)
            .values(reference.as_written(), decision.to.as_ref().map(|to| to.as_written().to_owned()));
        plan.findings.push(finding);
    }
}
