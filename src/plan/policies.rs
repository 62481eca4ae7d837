//! Policies that know images by their old names: after the rewrite they verify, allow or exempt something else.

use crate::image::Reference;
use crate::krm::{Code, Finding, Severity};

use super::Plan;
use super::facts::Facts;

/// One information for each list of patterns that takes a rewritten image's old name and not its new one.
pub(super) fn report(facts: &Facts, plan: &mut Plan) {
    if facts.items.policies.is_empty() {
        return;
    }
    let renamed = plan.decisions.iter().filter_map(|(old, decision)| Some((old, decision.to.as_ref()?)));
    let renamed: Vec<(Reference, &Reference)> =
        renamed.filter_map(|(old, new)| Some((Reference::parse(old).ok()?, new))).collect();
    let mut findings = Vec::new();
    for policy in &facts.items.policies {
        let mut lost = renamed.iter().filter_map(|(old, new)| Some((policy.lost(old, new)?, old, *new)));
        let Some((pattern, old, new)) = lost.next() else { continue };
        let more = match lost.count() {
            0 => String::new(),
            1 => ", as with one more image".to_owned(),
            more => format!(", as with {more} more images"),
        };
        let message = format!(
            "the pattern `{}` matches `{old}`, but not its new name `{new}`{more}; add a pattern for the new names if the policy is meant for them",
            pattern.text
        );
        let finding = Finding::new(Severity::Info, Code::PolicyPattern, message);
        let finding = finding.about(&policy.object, policy.file.as_ref()).field(pattern.path.clone(), pattern.line);
        findings.push(finding);
    }
    plan.findings.extend(findings);
}
