//! The plan itself, for output other than edits.

use std::collections::BTreeSet;

use crate::access::{Verdicts, Verifications};
use crate::config::Create;
use crate::krm::{Code, Finding, Input, Severity};
use crate::plan::Plan;
use crate::workload::Workload;

use super::Analysis;

/// The input, where its images are, and what the function would do about them.
#[derive(Debug)]
pub struct Planned<'t> {
    /// The input.
    pub input: Input<'t>,
    /// The configuration's name.
    pub name: Option<String>,
    /// The objects with images, in the order of the input.
    pub workloads: Vec<Workload>,
    /// Every decision.
    pub plan: Plan,
    /// The names of the Secrets in the input.
    pub secrets: BTreeSet<String>,
    /// How many objects the function would take out.
    pub dropped: usize,
}

impl<'t> Analysis<'t> {
    /// What the function would do, without an output. Pull Secrets are planned `with_secrets` only; else nothing is asked about credentials.
    #[must_use]
    pub fn plan(mut self, verdicts: &Verdicts, verifications: &Verifications, with_secrets: bool) -> Planned<'t> {
        if with_secrets {
            if self.facts.config.pull_secret.create == Create::Never {
                let message = "--with-secret writes the pull Secret, but pullSecret.create is never; remove one of \
                    the two";
                self.facts.findings.push(Finding::new(Severity::Error, Code::Config, message));
            }
            // A user who asks for a file with the Secret knows that it is written to disk.
            self.facts.items.in_package = false;
        } else {
            self.facts.config.pull_secret.create = Create::Never;
        }
        let not_built = self.not_built();
        self.facts.findings.extend(not_built);
        let plan = Plan::new(&self.facts, verdicts, verifications);
        Planned {
            input: self.input,
            name: self.facts.config.name,
            workloads: self.facts.items.workloads,
            secrets: self.facts.items.secrets.iter().map(|secret| secret.object.name.clone()).collect(),
            plan,
            dropped: self.removals.len(),
        }
    }
}
