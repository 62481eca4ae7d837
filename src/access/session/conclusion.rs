//! How a pending request ends, and with it the pending requests that waited for it.

use std::collections::BTreeSet;

use super::learned::ApiCheck;
use super::pending::{Conclusion, Pending, Task};
use super::token::State;
use super::{Authenticator, Query, Session};
use crate::access::{Access, Cause, Evidence, Verdict};
use crate::image::DOCKER_HUB;

impl Session {
    /// A pending request is over: the pending requests that waited for it have this conclusion.
    pub(super) fn conclude(&mut self, pending: &Pending, conclusion: &Conclusion) {
        match pending.task {
            Task::Manifest(question) => {
                self.end_confirmation(pending);
                self.end_scouting(pending);
                self.weigh(&pending.freed(), question, conclusion);
            }
            Task::Token(token) => {
                for waiting in self.tokens.decide(token, State::Refused(conclusion.clone())) {
                    self.no_token(waiting, conclusion);
                }
            }
            Task::Challenge(origin) => {
                // It was not answered, so the next one who needs it asks again.
                for (waiting, _) in self.end_check(origin, ApiCheck::None) {
                    self.conclude(&waiting, conclusion);
                }
            }
        }
    }

    pub(super) fn settle(&mut self, question: usize, conclusion: &Conclusion) {
        let Some(asked) = self.questions.get_mut(question).filter(|question| question.verdict.is_none()) else {
            return;
        };
        let (access, cause) = on_docker_hub(&asked.query, conclusion);
        let evidence = Evidence { cause, ..conclusion.evidence.clone() };
        asked.verdict = Some(Verdict::probed(access, evidence));
        self.unanswered -= 1;
        if let Some(home) = asked.origin {
            if let Some(origin) = self.origins.get_mut(home) {
                origin.learned.open = origin.learned.open.saturating_sub(1);
            }
            self.end_of(home);
        }
    }

    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        let verdicts = self.asked.iter().filter_map(|&index| self.questions.get(index)?.verdict.clone());
        let mut verdicts: Vec<Verdict> = verdicts.collect();
        if self.limits.addresses.public_only {
            hide_internal_names(&mut verdicts);
        }
        name_what_all_share(verdicts, self.origins.iter().any(|origin| origin.answered))
    }
}

/// Where only public addresses may be contacted, a name that is not resolved looks like one that leads inside.
fn hide_internal_names(verdicts: &mut [Verdict]) {
    let is_without_network = verdicts.iter().any(|verdict| verdict.evidence.cause == Cause::NoNetwork);
    for verdict in verdicts {
        let evidence = &mut verdict.evidence;
        match evidence.cause {
            Cause::NameNotResolved | Cause::AddressForbidden | Cause::RealmForbidden | Cause::RedirectForbidden => {
                evidence.cause = Cause::NotPublic;
            }
            _ => continue,
        }
        // Without network the machine still knows names of its own.
        if is_without_network {
            *evidence = Evidence::of(Cause::NoNetwork);
        }
    }
}

/// What a refusal by Docker Hub means. It does not tell which repositories it has; but those under `library/` are its official images, which
/// are all public, and every other one has two segments.
fn on_docker_hub(query: &Query, conclusion: &Conclusion) -> (Access, Cause) {
    let hub = query.reference.registry() == DOCKER_HUB && query.authenticator == Authenticator::Anonymous;
    let repository = query.reference.repository();
    match conclusion.access {
        Access::Private if hub && repository.starts_with("library/") => (Access::NotFound, Cause::NoOfficialImage),
        Access::Private if hub && repository.split('/').count() > 2 => (Access::NotFound, Cause::TooManySegments),
        access => (access, conclusion.evidence.cause),
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
