//! What a session does when there is no answer: try again, wait as long as the server asks, or give up for all.
//!
//! A server that limits (429), or says when to come back, is waited for until the time of the round is up: only what could not be tried again
//! before then is given up. Trouble with a host (it can't be reached) concerns all pending requests: one pending request's failure pauses the host for all, and
//! one more attempt is made by one pending request. Trouble with an answer (a 5xx, a broken connection) is the pending request's own: when several different
//! ones had it, the others are asked once and not again.

use std::collections::HashMap;
use std::time::Duration;

use url::Url;

use super::limiter::Sent;
use super::meaning::{self, Busy};
use super::origin::{Origin, OriginId};
use super::pending::{Conclusion, Pending, Task, host, unreachable};
use super::retry::back_off;
use super::wire::Failure;
use super::{Pause, Session};
use crate::access::addresses::AddressClass;
use crate::access::{Access, Cause, Evidence};

/// Budgets to propose, in seconds, up to the most that `access.budget` can be.
const ROUND_FIGURES: [u64; 14] = [5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800, 3600];

impl Session {
    /// A server said "later": as a limit, as an overload that tells how long it lasts, or as an error that may pass.
    pub(super) fn busy(&mut self, pending: Pending, busy: &Busy, status: u16, now: Duration) {
        if busy.limited {
            let conclusion = pending.answered(Access::RateLimited, Cause::TooManyRequests, status);
            return self.limited(pending, conclusion, busy.wait, now);
        }
        let conclusion = pending.answered(Access::Unreachable, Cause::ServerFailed, status);
        match busy.wait {
            Some(_) => self.limited(pending, conclusion, busy.wait, now),
            None => self.stumble(pending, &conclusion, now),
        }
    }

    /// A request brought no answer.
    pub(super) fn failed(&mut self, mut pending: Pending, failure: Failure, now: Duration) {
        if self.is_plain_instead(&pending, failure) {
            if let Some(origin) = self.origins.get_mut(pending.origin) {
                origin.plain = true;
            }
            return self.go_plain(pending);
        }
        let mut conclusion = pending.unanswered(meaning::failure(failure));
        let rounds = match failure {
            Failure::AddressForbidden => {
                conclusion.evidence.cause = forbidden(&pending);
                return self.conclude(&pending, &conclusion);
            }
            Failure::Hidden => return self.give_up(&pending, &conclusion),
            Failure::TooManyOpenFiles => return self.out_of_files(pending, &conclusion, now),
            Failure::Broken => return self.stumble(pending, &conclusion, now),
            Failure::NoNetwork | Failure::ConnectTimedOut | Failure::TlsFailed | Failure::TlsNotSpoken => 1,
            Failure::TimedOut => 2,
            Failure::NameNotResolved | Failure::ConnectionFailed | Failure::ForwardProxy => self.limits.tries,
        };
        let Some(origin) = self.origins.get_mut(pending.origin) else { return };
        // A host that was there a moment ago is given every chance.
        let rounds = if origin.answered { self.limits.tries } else { rounds };
        let round = origin.trouble(pending.sent, &conclusion);
        pending.failures += 1;
        let until = now.saturating_add(back_off(round));
        if round >= rounds || self.is_too_late(until) {
            if let Some(origin) = self.origins.get_mut(pending.origin) {
                origin.close(conclusion.clone());
            }
            return self.conclude(&pending, &conclusion);
        }
        if pending.failures >= self.limits.tries {
            return self.conclude(&pending, &conclusion);
        }
        self.pause(&pending, &conclusion, until, now);
        // Another one goes next: what hangs or breaks may be this image alone.
        self.waiting.push_back(pending);
    }

    /// This process can't open more connections: from now on it keeps to the number it has. The registry is not at fault, unless the process
    /// has no connection at all.
    fn out_of_files(&mut self, mut pending: Pending, conclusion: &Conclusion, now: Duration) {
        if !self.in_flight.is_empty() {
            self.keep_to(self.in_flight.len());
            return self.waiting.push_front(pending);
        }
        self.keep_to(1);
        pending.failures += 1;
        let until = now.saturating_add(back_off(pending.failures));
        if pending.failures >= self.limits.tries || self.is_too_late(until) {
            return self.conclude(&pending, conclusion);
        }
        self.remember(&pending, conclusion);
        self.waiting.push_first_later(pending, until);
    }

    /// A server wants to be left alone, with this pending request or altogether.
    fn limited(&mut self, pending: Pending, mut conclusion: Conclusion, asked: Option<Duration>, now: Duration) {
        let subject = self.subject(&pending);
        let sent = Sent { subject: subject.as_deref(), at: pending.sent, abreast: pending.abreast };
        let Some(origin) = self.origins.get_mut(pending.origin) else { return };
        let until = origin.limiter.limited(sent, now, asked);
        let goes_first = origin.limiter.is_new(sent.subject);
        origin.refusal = Some(conclusion.clone());
        let subject = subject.filter(|_| !origin.limiter.is_limited());
        let (wait, origin) = (until.saturating_sub(now), origin.name.clone());
        self.pauses.push(Pause { wait, origin, subject, why: conclusion.evidence.clone() });
        self.remember(&pending, &conclusion);
        if self.is_too_late(until) {
            self.propose(&mut conclusion, until, now);
            return self.conclude(&pending, &conclusion);
        }
        // A pending request that was refused more than once lets others go first: the limit may be its own.
        if goes_first {
            self.waiting.push_first_later(pending, until);
        } else {
            self.waiting.push_later(pending, until);
        }
    }

    /// What limits are about: a repository, or a token; nothing for a question about the host itself.
    pub(super) fn subject(&self, pending: &Pending) -> Option<String> {
        match pending.task {
            Task::Manifest(_) => Some(self.repository(pending)),
            Task::Token(_) => pending.url.query().map(str::to_owned),
            Task::Challenge(_) => None,
        }
    }

    /// What is known about everything at an origin, so that no request is needed there.
    pub(super) fn closed(&self, id: OriginId, now: Duration) -> Option<Conclusion> {
        let origin = self.origins.get(id)?;
        if let Some(conclusion) = origin.closed() {
            return Some(conclusion.clone());
        }
        let until = origin.limiter.until();
        (origin.limiter.is_limited() && self.is_too_late(until)).then(|| self.parked(id, until, now))
    }

    /// That an image is not asked for any more, because its host wants to be left alone until then.
    pub(super) fn parked(&self, id: OriginId, until: Duration, now: Duration) -> Conclusion {
        let origin = self.origins.get(id);
        let refusal = origin.and_then(|origin| origin.refusal.as_ref());
        let url = origin.map(|origin| origin.name.clone());
        let evidence = Evidence { url, ..Evidence::of(Cause::HostParked) };
        let mut conclusion = match refusal {
            Some(refusal) if refusal.access != Access::RateLimited => refusal.clone(),
            _ => Conclusion { access: Access::RateLimited, evidence },
        };
        self.propose(&mut conclusion, until, now);
        conclusion
    }

    /// Says which budget would have been enough for all that wait where a limit is; nothing when no budget would be.
    fn propose(&self, conclusion: &mut Conclusion, until: Duration, now: Duration) {
        if conclusion.access != Access::RateLimited {
            return;
        }
        let place = conclusion.evidence.url.as_ref().and_then(|url| Url::parse(url).ok());
        let id = place.and_then(|url| self.origins.named(&host(&url)));
        let Some((id, started)) = id.zip(self.started) else { return };
        let Some(origin) = self.origins.get(id) else { return };
        let needed = origin.limiter.needs(until.max(now), self.waiting.count(id) + 1, now).saturating_sub(started);
        // A tenth more, for nothing is exact here, and the part that is kept for a round to come.
        let mut whole = needed.saturating_add(needed / 10);
        if self.keeps_reserve && !self.limits.reserve.is_zero() {
            whole = whole.saturating_add(whole / 3);
        }
        let figures = ROUND_FIGURES.into_iter().map(Duration::from_secs);
        conclusion.evidence.budget =
            figures.filter(|figure| *figure > self.limits.budget).find(|figure| *figure >= whole);
    }

    /// A pending request failed by itself, and tries again unless it did so often enough, or others did.
    fn stumble(&mut self, mut pending: Pending, conclusion: &Conclusion, now: Duration) {
        pending.failures += 1;
        let until = now.saturating_add(back_off(pending.failures));
        let origin = self.origins.get(pending.origin);
        let tries = if origin.is_some_and(Origin::is_failing) { 1 } else { self.limits.tries };
        if pending.failures >= tries || self.is_too_late(until) {
            return self.give_up(&pending, conclusion);
        }
        // Where nothing was ever answered, the others wait for how this one fares.
        if origin.is_some_and(|origin| !origin.answered) {
            self.pause(&pending, conclusion, until, now);
            return self.waiting.push_front(pending);
        }
        self.remember(&pending, conclusion);
        self.waiting.push_later(pending, until);
    }

    /// A pending request failed for good, which is held against its host.
    fn give_up(&mut self, pending: &Pending, conclusion: &Conclusion) {
        if let Some(origin) = self.origins.get_mut(pending.origin) {
            origin.count_failure();
        }
        self.conclude(pending, conclusion);
    }

    fn pause(&mut self, pending: &Pending, conclusion: &Conclusion, until: Duration, now: Duration) {
        if let Some(origin) = self.origins.get_mut(pending.origin) {
            origin.pause(until);
            let (wait, origin) = (until.saturating_sub(now), origin.name.clone());
            self.pauses.push(Pause { wait, origin, subject: None, why: conclusion.evidence.clone() });
        }
        self.remember(pending, conclusion);
    }

    /// Keeps the last trouble for the pending requests that wait for this one, in case time is up.
    fn remember(&mut self, pending: &Pending, conclusion: &Conclusion) {
        let waiting = match pending.task {
            Task::Manifest(_) => std::slice::from_ref(pending),
            Task::Token(token) => self.tokens.waiting(token),
            Task::Challenge(_) => &[],
        };
        for waiting in waiting {
            if let Task::Manifest(question) = waiting.task
                && let Some(question) = self.questions.get_mut(question)
            {
                question.trouble = Some(conclusion.clone());
            }
        }
    }

    fn is_too_late(&self, until: Duration) -> bool {
        until >= self.deadline()
    }

    /// The time of this round is up: what has no answer has the trouble it met, or its host's, and nothing waits any more.
    pub(super) fn run_out(&mut self, now: Duration) {
        let mut of_origins = HashMap::new();
        for index in 0..self.questions.len() {
            let Some(question) = self.questions.get(index).filter(|question| question.verdict.is_none()) else {
                continue;
            };
            let origin = question.origin;
            let own = question.trouble.clone();
            let conclusion = own.or_else(|| {
                let id = origin?;
                of_origins.entry(id).or_insert_with(|| self.why_late(id, now)).clone()
            });
            let host = || {
                let origin = origin.and_then(|id| self.origins.get(id))?;
                Some(if origin.plain { origin.name.replacen("https:", "http:", 1) } else { origin.name.clone() })
            };
            let mut conclusion =
                conclusion.unwrap_or_else(|| unreachable(Cause::BudgetSpent, host().unwrap_or_default()));
            self.propose(&mut conclusion, now, now);
            self.settle(index, &conclusion);
        }
        self.abandon();
    }

    fn why_late(&self, id: OriginId, now: Duration) -> Option<Conclusion> {
        let origin = self.origins.get(id)?;
        let trouble = || origin.why_late().cloned();
        self.closed(id, now).or_else(trouble).or_else(|| origin.limiter.is_slowed().then(|| self.parked(id, now, now)))
    }

    /// Forgets what is under way and what waits, none of which is needed any more.
    fn abandon(&mut self) {
        self.in_flight.clear();
        self.waiting.clear();
        self.tokens.abandon();
        self.origins.abandon();
    }

    /// This machine's own registry may speak plain http (as docker and containerd have it), when https does not work.
    fn is_plain_instead(&self, pending: &Pending, failure: Failure) -> bool {
        pending.url.scheme() == "https"
            && pending.redirects == 0
            && matches!(pending.task, Task::Manifest(_))
            && AddressClass::shown_by(&pending.url) == Some(AddressClass::Loopback)
            && matches!(failure, Failure::TlsNotSpoken | Failure::ConnectionFailed | Failure::Broken)
            && !self.origins.get(pending.origin).is_some_and(|origin| origin.answered)
    }

    /// Sends a pending request over plain http, on the port that the reference names.
    pub(super) fn go_plain(&mut self, mut pending: Pending) {
        let port = pending.url.port();
        let plain = pending.url.set_scheme("http").is_ok() && pending.url.set_port(port).is_ok();
        if !plain {
            let conclusion = pending.unanswered(Cause::ConnectionFailed);
            return self.conclude(&pending, &conclusion);
        }
        pending.first_url = pending.url.clone();
        pending.origin = self.origins.of(&pending.url);
        self.waiting.push_front(pending);
    }
}

/// Whose word led to an address that must not be contacted.
fn forbidden(pending: &Pending) -> Cause {
    match pending.task {
        _ if pending.redirects > 0 => Cause::RedirectForbidden,
        Task::Token(_) => Cause::RealmForbidden,
        _ => Cause::AddressForbidden,
    }
}
