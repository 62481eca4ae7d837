//! How an errand ends, and with it whatever waited for it.

use std::collections::BTreeSet;
use std::mem;

use super::Session;
use super::errand::{Errand, Finding, Task};
use super::origin::{Inquiry, OriginId};
use super::token::State;
use crate::access::verdict::{Cause, Evidence, Verdict};

impl Session {
    /// An errand is over: whoever waited for it has this finding.
    pub(super) fn conclude(&mut self, errand: &Errand, finding: &Finding) {
        match errand.task {
            Task::Manifest(question) => self.settle(question, finding),
            Task::Token(token) => {
                for waiting in self.tokens.decide(token, State::Refused(finding.clone())) {
                    self.conclude(&waiting, finding);
                }
            }
            Task::Challenge(origin) => {
                // It was not answered, so the next one who needs it asks again.
                for waiting in self.end_inquiry(origin, Inquiry::None) {
                    self.conclude(&waiting, finding);
                }
            }
        }
    }

    pub(super) fn settle(&mut self, question: usize, finding: &Finding) {
        if let Some(question) = self.questions.get_mut(question)
            && question.verdict.is_none()
        {
            question.verdict = Some(Verdict::probed(finding.access, finding.evidence.clone()));
            self.unanswered -= 1;
        }
    }

    pub(super) fn end_inquiry(&mut self, origin: OriginId, next: Inquiry) -> Vec<Errand> {
        let Some(origin) = self.origins.get_mut(origin) else { return Vec::new() };
        match mem::replace(&mut origin.inquiry, next) {
            Inquiry::Open(waiting) => waiting,
            _ => Vec::new(),
        }
    }

    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        let verdicts = self.asked.iter().filter_map(|&index| self.questions.get(index)?.verdict.clone());
        name_what_all_share(verdicts.collect(), self.origins.iter().any(|origin| origin.answered))
    }
}

/// When not one name was resolved and nothing answered, it is the network that is missing and not each host.
fn name_what_all_share(mut verdicts: Vec<Verdict>, answered: bool) -> Vec<Verdict> {
    let hosts: BTreeSet<_> = verdicts.iter().map(|verdict| &verdict.evidence.url).collect();
    let unresolved = verdicts.iter().all(|verdict| verdict.evidence.cause == Cause::NameNotResolved);
    if !answered && unresolved && hosts.len() > 1 {
        for verdict in &mut verdicts {
            verdict.evidence = Evidence::of(Cause::NoNetwork);
        }
    }
    verdicts
}
