//! What other programs fill in after kustomize: Flux's post-build substitution above all. kustomize sees the placeholders, and its `images`
//! match none of them, or only in some of its releases.

use std::collections::BTreeSet;

use crate::function::planned::Planned;
use crate::krm::{Code, Finding, Severity};
use crate::plan::Decision;
use crate::plan::placeholders::all;

/// An error for each image field with a placeholder, unless the image stays as it is for any tag.
pub(super) fn refused(planned: &Planned<'_>) -> Vec<Finding> {
    let hidden = all(&planned.workloads).map(|(workload, hidden)| {
        let message = format!(
            "`{}` is left as it is: {}, hides which image it is; write out the image in the base, or give the \
             object the annotation pullthrough.dev/skip: \"true\"",
            hidden.text, hidden.placeholders
        );
        (workload, hidden.text.as_str(), hidden.path.as_str(), hidden.line, message)
    });
    let images = planned.workloads.iter().flat_map(|workload| {
        workload.groups.iter().flat_map(|group| &group.images).filter_map(move |field| {
            let placeholders = field.reference.placeholders()?;
            let text = field.reference.as_written();
            let decision = planned.plan.decisions.get(text).filter(|decision| is_lost(decision))?;
            let message = match &decision.to {
                Some(to) => format!(
                    "`{text}` must become `{to}`, but kustomize's `images` does not match it: {placeholders}, is in \
                     its tag or digest; write the new name in the base"
                ),
                None => decision.reason.to_string(),
            };
            Some((workload, text, field.path.as_str(), field.line, message))
        })
    });
    let mut told = BTreeSet::new();
    let first = hidden.chain(images).filter(|(_, text, ..)| told.insert(*text));
    first
        .map(|(workload, text, path, line, message)| {
            Finding::new(Severity::Error, Code::NotExpressible, message)
                .about(&workload.object, workload.file.as_ref())
                .field(path, line)
                .values(text, None)
        })
        .collect()
}

/// Whether the Component would leave an image behind that the function does not, or that nothing is known of.
fn is_lost(decision: &Decision) -> bool {
    decision.to.is_some() || decision.code == Code::Placeholder
}
