//! What a session does when there is no answer: try again, wait as long as the server asks, or give up for all.
//!
//! Trouble with a host (it can't be reached, it limits) is everybody's: one errand's failure pauses the host for all,
//! and one more attempt is made by one errand. Trouble with an answer (a 5xx, a broken connection) is the errand's own,
//! until several different ones had it.

use std::time::Duration;

use super::Session;
use super::errand::{Errand, Finding, Task, unreachable};
use super::meaning::{self, Busy};
use super::retry::{back_off, back_off_from_limit};
use super::wire::Failure;
use crate::access::addresses::Zone;
use crate::access::verdict::{Access, Cause, Evidence};

/// How often a host may say 429 before it is left alone.
const LIMITED_ROUNDS: u8 = 3;

impl Session {
    /// A server said "later".
    pub(super) fn busy(&mut self, errand: Errand, busy: &Busy, status: u16, now: Duration) {
        if busy.limited {
            self.limited(errand, busy.wait, status, now);
        } else {
            let finding = errand.answered(Access::Unreachable, Cause::ServerFailed, status);
            self.stumble(errand, &finding, busy.wait, now);
        }
    }

    /// A request brought no answer.
    pub(super) fn failed(&mut self, mut errand: Errand, failure: Failure, now: Duration) {
        if self.is_plain_instead(&errand, failure) {
            if let Some(origin) = self.origins.get_mut(errand.origin) {
                origin.plain = true;
            }
            return self.go_plain(errand);
        }
        let mut finding = errand.unanswered(meaning::failure(failure));
        let rounds = match failure {
            Failure::AddressForbidden => {
                finding.evidence.cause = forbidden(&errand);
                return self.conclude(&errand, &finding);
            }
            Failure::Hidden => return self.give_up(&errand, &finding),
            Failure::Broken => return self.stumble(errand, &finding, None, now),
            Failure::NoNetwork | Failure::ConnectTimedOut | Failure::TlsFailed | Failure::TlsNotSpoken => 1,
            Failure::TimedOut => 2,
            Failure::NameNotResolved | Failure::ConnectionFailed | Failure::ForwardProxy => self.limits.tries,
        };
        let Some(origin) = self.origins.get_mut(errand.origin) else { return };
        // A host that was there a moment ago is given every chance.
        let rounds = if origin.answered { self.limits.tries } else { rounds };
        let round = origin.trouble(errand.sent, &finding);
        errand.failures += 1;
        let until = now.saturating_add(back_off(round));
        if round >= rounds || self.is_too_late(until) {
            if let Some(origin) = self.origins.get_mut(errand.origin) {
                origin.close(finding.clone());
            }
            return self.conclude(&errand, &finding);
        }
        if errand.failures >= self.limits.tries {
            return self.conclude(&errand, &finding);
        }
        self.pause(errand, &finding, until);
    }

    /// A 429: nobody asks this host before it wants to be asked again, and nobody at all when that is too late.
    fn limited(&mut self, mut errand: Errand, wait: Option<Duration>, status: u16, now: Duration) {
        let finding = errand.answered(Access::RateLimited, Cause::TooManyRequests, status);
        let Some(origin) = self.origins.get_mut(errand.origin) else { return };
        let round = origin.trouble(errand.sent, &finding);
        errand.limited += 1;
        let until = now.saturating_add(wait.unwrap_or_else(|| back_off_from_limit(round)));
        if round >= LIMITED_ROUNDS || self.is_too_late(until) {
            if let Some(origin) = self.origins.get_mut(errand.origin) {
                let evidence = Evidence { cause: Cause::HostParked, url: Some(origin.name.clone()), status: None };
                origin.close(Finding { access: Access::RateLimited, evidence });
            }
            return self.conclude(&errand, &finding);
        }
        if errand.limited >= LIMITED_ROUNDS {
            return self.conclude(&errand, &finding);
        }
        self.pause(errand, &finding, until);
    }

    /// An errand failed by itself, and tries again unless it did so often enough.
    fn stumble(&mut self, mut errand: Errand, finding: &Finding, wait: Option<Duration>, now: Duration) {
        errand.failures += 1;
        let until = now.saturating_add(wait.unwrap_or_else(|| back_off(errand.failures)));
        if errand.failures >= self.limits.tries || self.is_too_late(until) {
            return self.give_up(&errand, finding);
        }
        // Where nothing was ever answered, the others wait for how this one fares.
        if self.origins.get(errand.origin).is_some_and(|origin| !origin.answered) {
            return self.pause(errand, finding, until);
        }
        errand.not_before = until;
        self.remember(&errand, finding);
        self.waiting.push_back(errand);
    }

    /// An errand failed for good, which is held against its host.
    fn give_up(&mut self, errand: &Errand, finding: &Finding) {
        if let Some(origin) = self.origins.get_mut(errand.origin) {
            origin.strike(finding);
        }
        self.conclude(errand, finding);
    }

    fn pause(&mut self, errand: Errand, finding: &Finding, until: Duration) {
        if let Some(origin) = self.origins.get_mut(errand.origin) {
            origin.pause(until);
        }
        self.remember(&errand, finding);
        self.waiting.push_front(errand);
    }

    /// Keeps the last trouble of whoever waits for this errand, for the case that time is up.
    fn remember(&mut self, errand: &Errand, finding: &Finding) {
        let waiting = match errand.task {
            Task::Manifest(_) => std::slice::from_ref(errand),
            Task::Token(token) => self.tokens.waiting(token),
            Task::Challenge(_) => &[],
        };
        for waiting in waiting {
            if let Task::Manifest(question) = waiting.task
                && let Some(question) = self.questions.get_mut(question)
            {
                question.trouble = Some(finding.clone());
            }
        }
    }

    fn is_too_late(&self, until: Duration) -> bool {
        self.deadline.is_some_and(|deadline| until >= deadline)
    }

    /// Time is up: what has no answer has the trouble it met, or its host's.
    pub(super) fn run_out(&mut self) {
        for index in 0..self.questions.len() {
            let Some(question) = self.questions.get(index).filter(|question| question.verdict.is_none()) else {
                continue;
            };
            let url = self.manifest_url(&question.ask.reference);
            let own = question.trouble.clone();
            let host = || url.as_ref().map(super::errand::host).unwrap_or_default();
            let finding = own
                .or_else(|| self.origins.named(&host())?.why_late())
                .unwrap_or_else(|| unreachable(Cause::BudgetSpent, host()));
            self.settle(index, &finding);
        }
    }

    /// This machine's own registry may speak plain http (as docker and containerd have it), when https does not work.
    fn is_plain_instead(&self, errand: &Errand, failure: Failure) -> bool {
        errand.url.scheme() == "https"
            && errand.redirects == 0
            && matches!(errand.task, Task::Manifest(_))
            && Zone::shown_by(&errand.url) == Some(Zone::Loopback)
            && matches!(failure, Failure::TlsNotSpoken | Failure::ConnectionFailed | Failure::Broken)
            && !self.origins.get(errand.origin).is_some_and(|origin| origin.answered)
    }

    /// Sends an errand over plain http, on the port that the reference names.
    pub(super) fn go_plain(&mut self, mut errand: Errand) {
        let port = errand.url.port();
        let plain = errand.url.set_scheme("http").is_ok() && errand.url.set_port(port).is_ok();
        if !plain {
            let finding = errand.unanswered(Cause::ConnectionFailed);
            return self.conclude(&errand, &finding);
        }
        errand.first_url = errand.url.clone();
        errand.origin = self.origins.of(&errand.url);
        self.waiting.push_front(errand);
    }
}

/// Whose word led to an address that may not be contacted.
fn forbidden(errand: &Errand) -> Cause {
    match errand.task {
        _ if errand.redirects > 0 => Cause::RedirectForbidden,
        Task::Token(_) => Cause::RealmForbidden,
        _ => Cause::AddressForbidden,
    }
}
