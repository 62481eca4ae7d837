//! What a session does when there is no answer: try again, wait as long as the server asks, or give up for all.
//!
//! A server that limits (429), or says when to come back, is waited for until the time of the round is up: only what could not be tried again
//! before then is given up. Trouble with a host (it can't be reached) concerns all errands: one errand's failure pauses the host for all, and
//! one more attempt is made by one errand. Trouble with an answer (a 5xx, a broken connection) is the errand's own: when several different
//! ones had it, the others are asked once and not again.

use std::collections::HashMap;
use std::time::Duration;

use url::Url;

use super::errand::{Errand, Finding, Task, host, unreachable};
use super::limiter::Sent;
use super::meaning::{self, Busy};
use super::origin::{Origin, OriginId};
use super::retry::back_off;
use super::wire::Failure;
use super::{Pause, Session};
use crate::access::addresses::Zone;
use crate::access::verdict::{Access, Cause, Evidence};

/// Budgets to propose, in seconds, up to the most that `access.budget` can be.
const ROUND_FIGURES: [u64; 14] = [5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800, 3600];

impl Session {
    /// A server said "later": as a limit, as an overload that tells how long it lasts, or as an error that may pass.
    pub(super) fn busy(&mut self, errand: Errand, busy: &Busy, status: u16, now: Duration) {
        if busy.limited {
            let finding = errand.answered(Access::RateLimited, Cause::TooManyRequests, status);
            return self.limited(errand, finding, busy.wait, now);
        }
        let finding = errand.answered(Access::Unreachable, Cause::ServerFailed, status);
        match busy.wait {
            Some(_) => self.limited(errand, finding, busy.wait, now),
            None => self.stumble(errand, &finding, now),
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
            Failure::TooManyOpenFiles => return self.out_of_files(errand, &finding, now),
            Failure::Broken => return self.stumble(errand, &finding, now),
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
        self.pause(&errand, &finding, until, now);
        // Another one goes next: what hangs or breaks may be this image alone.
        self.waiting.push_back(errand);
    }

    /// This process can't have as many connections as it wanted to: from now on there are no more than it has. That is no registry's
    /// failure unless it has none.
    fn out_of_files(&mut self, mut errand: Errand, finding: &Finding, now: Duration) {
        if !self.flying.is_empty() {
            self.keep_to(self.flying.len());
            return self.waiting.push_front(errand);
        }
        self.keep_to(1);
        errand.failures += 1;
        let until = now.saturating_add(back_off(errand.failures));
        if errand.failures >= self.limits.tries || self.is_too_late(until) {
            return self.conclude(&errand, finding);
        }
        self.remember(&errand, finding);
        self.waiting.push_first_later(errand, until);
    }

    /// A server wants to be left alone, with this errand or altogether.
    fn limited(&mut self, errand: Errand, mut finding: Finding, asked: Option<Duration>, now: Duration) {
        let subject = self.subject(&errand);
        let sent = Sent { subject: subject.as_deref(), at: errand.sent, abreast: errand.abreast };
        let Some(origin) = self.origins.get_mut(errand.origin) else { return };
        let until = origin.limiter.limited(sent, now, asked);
        let goes_first = origin.limiter.is_new(sent.subject);
        origin.refusal = Some(finding.clone());
        let subject = subject.filter(|_| !origin.limiter.is_limited());
        let (wait, origin) = (until.saturating_sub(now), origin.name.clone());
        self.pauses.push(Pause { wait, origin, subject, why: finding.evidence.clone() });
        self.remember(&errand, &finding);
        if self.is_too_late(until) {
            self.propose(&mut finding, until, now);
            return self.conclude(&errand, &finding);
        }
        // An errand that was refused more than once lets others go first: the limit may be its own.
        if goes_first {
            self.waiting.push_first_later(errand, until);
        } else {
            self.waiting.push_later(errand, until);
        }
    }

    /// What limits are about: a repository, or a token; nothing for a question about the host itself.
    pub(super) fn subject(&self, errand: &Errand) -> Option<String> {
        match errand.task {
            Task::Manifest(_) => Some(self.repository(errand)),
            Task::Token(_) => errand.url.query().map(str::to_owned),
            Task::Challenge(_) => None,
        }
    }

    /// What is known about everything at an origin, so that no request is needed there.
    pub(super) fn closed(&self, id: OriginId, now: Duration) -> Option<Finding> {
        let origin = self.origins.get(id)?;
        if let Some(finding) = origin.closed() {
            return Some(finding.clone());
        }
        let until = origin.limiter.until();
        (origin.limiter.is_limited() && self.is_too_late(until)).then(|| self.parked(id, until, now))
    }

    /// That an image is not asked for any more, because its host wants to be left alone until then.
    pub(super) fn parked(&self, id: OriginId, until: Duration, now: Duration) -> Finding {
        let origin = self.origins.get(id);
        let refusal = origin.and_then(|origin| origin.refusal.as_ref());
        let url = origin.map(|origin| origin.name.clone());
        let evidence = Evidence { url, ..Evidence::of(Cause::HostParked) };
        let mut finding = match refusal {
            Some(refusal) if refusal.access != Access::RateLimited => refusal.clone(),
            _ => Finding { access: Access::RateLimited, evidence },
        };
        self.propose(&mut finding, until, now);
        finding
    }

    /// Says which budget would have been enough for all that wait where a limit is; nothing when no budget would be.
    fn propose(&self, finding: &mut Finding, until: Duration, now: Duration) {
        if finding.access != Access::RateLimited {
            return;
        }
        let place = finding.evidence.url.as_ref().and_then(|url| Url::parse(url).ok());
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
        finding.evidence.budget = figures.filter(|figure| *figure > self.limits.budget).find(|figure| *figure >= whole);
    }

    /// An errand failed by itself, and tries again unless it did so often enough, or others did.
    fn stumble(&mut self, mut errand: Errand, finding: &Finding, now: Duration) {
        errand.failures += 1;
        let until = now.saturating_add(back_off(errand.failures));
        let origin = self.origins.get(errand.origin);
        let tries = if origin.is_some_and(Origin::is_failing) { 1 } else { self.limits.tries };
        if errand.failures >= tries || self.is_too_late(until) {
            return self.give_up(&errand, finding);
        }
        // Where nothing was ever answered, the others wait for how this one fares.
        if origin.is_some_and(|origin| !origin.answered) {
            self.pause(&errand, finding, until, now);
            return self.waiting.push_front(errand);
        }
        self.remember(&errand, finding);
        self.waiting.push_later(errand, until);
    }

    /// An errand failed for good, which is held against its host.
    fn give_up(&mut self, errand: &Errand, finding: &Finding) {
        if let Some(origin) = self.origins.get_mut(errand.origin) {
            origin.strike();
        }
        self.conclude(errand, finding);
    }

    fn pause(&mut self, errand: &Errand, finding: &Finding, until: Duration, now: Duration) {
        if let Some(origin) = self.origins.get_mut(errand.origin) {
            origin.pause(until);
            let (wait, origin) = (until.saturating_sub(now), origin.name.clone());
            self.pauses.push(Pause { wait, origin, subject: None, why: finding.evidence.clone() });
        }
        self.remember(errand, finding);
    }

    /// Keeps the last trouble for the errands that wait for this one, in case time is up.
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
            let finding = own.or_else(|| {
                let id = origin?;
                of_origins.entry(id).or_insert_with(|| self.why_late(id, now)).clone()
            });
            let host = || {
                let origin = origin.and_then(|id| self.origins.get(id))?;
                Some(if origin.plain { origin.name.replacen("https:", "http:", 1) } else { origin.name.clone() })
            };
            let mut finding = finding.unwrap_or_else(|| unreachable(Cause::BudgetSpent, host().unwrap_or_default()));
            self.propose(&mut finding, now, now);
            self.settle(index, &finding);
        }
        self.abandon();
    }

    fn why_late(&self, id: OriginId, now: Duration) -> Option<Finding> {
        let origin = self.origins.get(id)?;
        let trouble = || origin.why_late().cloned();
        self.closed(id, now).or_else(trouble).or_else(|| origin.limiter.is_slowed().then(|| self.parked(id, now, now)))
    }

    /// Forgets what is under way and what waits, none of which is needed any more.
    fn abandon(&mut self) {
        self.flying.clear();
        self.waiting.clear();
        self.tokens.abandon();
        self.origins.abandon();
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

/// Whose word led to an address that must not be contacted.
fn forbidden(errand: &Errand) -> Cause {
    match errand.task {
        _ if errand.redirects > 0 => Cause::RedirectForbidden,
        Task::Token(_) => Cause::RealmForbidden,
        _ => Cause::AddressForbidden,
    }
}
