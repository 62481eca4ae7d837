//! Every decision, as data: which text changes, which objects are added, and what is reported.
//!
//! Planning is pure: the same facts and verdicts give the same bytes. It sees no tree, only the spans and strings that reading left.

pub mod additional;
pub mod attach;
pub mod decision;
mod edit;
pub mod facts;
mod ladder;
pub mod locked;
pub mod placeholders;
mod policies;
pub mod reason;
pub mod rewrite;
pub mod secret;
pub mod unread;
mod unused;
pub mod verify;

pub use decision::{Decision, Proxies, Proxy};
pub use facts::{Account, AdditionalImage, Facts, Items, Known, PullSecretFacts, PullSecretObject};
pub use reason::Reason;
pub use verify::VerificationQuery;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::access::{Verdicts, Verifications};
use crate::krm::{Code, File, Finding, ObjectRef, Severity};
use crate::workload::PullSecrets;
use crate::yaml::{Edit, Value};

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// Changes to existing text.
    pub edits: Vec<Edit>,
    /// Where pull Secrets are named that were not.
    pub attachments: Vec<Attachment>,
    /// New objects.
    pub objects: Vec<Value>,
    /// What there is to say.
    pub findings: Vec<Finding>,
    /// Every image and what happens to it.
    pub decisions: BTreeMap<String, Decision>,
}

/// Names of pull Secrets that a list lacked.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The object with the list.
    pub object: Arc<ObjectRef>,
    /// Where the orchestrator read it.
    pub file: Option<File>,
    /// The list, as it was found.
    pub list: Arc<PullSecrets>,
    /// The names.
    pub names: Vec<String>,
}

impl Attachment {
    /// An error about the list.
    #[must_use]
    pub fn error(&self, code: Code, message: impl Into<Arc<str>>) -> Finding {
        Finding::new(Severity::Error, code, message)
            .about(&self.object, self.file.as_ref())
            .field(self.list.path.clone(), self.list.line)
    }
}

impl Plan {
    /// Decides everything.
    #[must_use]
    pub fn new(facts: &Facts, verdicts: &Verdicts, verifications: &Verifications) -> Self {
        let mut plan = Self { findings: facts.findings.clone(), ..Self::default() };
        plan.decisions = rewrite::decide(facts, verdicts);
        verify::apply(facts, &mut plan.decisions, verifications);
        edit::plan(&facts.items.workloads, &mut plan);
        rewrite::report(facts, &mut plan);
        placeholders::report(facts, &mut plan);
        additional::report(facts, verdicts, &mut plan);
        unread::report(facts, verdicts, &mut plan);
        policies::report(facts, &mut plan);
        let needs = attach::plan(facts, &mut plan);
        secret::plan(facts, &needs, &mut plan);
        locked::report_unused(facts, &mut plan);
        plan.findings.extend(unused::patterns(facts));
        plan.findings.sort_unstable_by(Finding::order);
        plan
    }

    /// Whether something stands in the way: then nothing is changed.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}
