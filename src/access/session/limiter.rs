//! Whose limit a 429 is: the host's, or that of one repository.
//!
//! A server does not say. So the first 429 holds back the repository that got it, and one request about another one goes ahead: when that is
//! refused as well, the limit is the host's, and all its images wait. If that is confirmed twice, it is mostly taken for granted, which
//! saves a request, but for a repository that was refused again and again while others were served.

use std::collections::HashMap;
use std::time::Duration;

use super::pace::Pace;

/// The limits of one origin.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    state: State,
    host: Pace,
    /// How often in a row a limit turned out to be the host's, and how often that was taken for granted since.
    confirmed: u8,
    presumed: u8,
    /// What was limited: repositories, or tokens at a token endpoint.
    subjects: HashMap<String, Subject>,
    /// When the latest of the requests that were served was sent.
    last_served: Duration,
    /// The first limit, and what was served since.
    since: Option<Duration>,
    served: u32,
}

#[derive(Debug, Default)]
enum State {
    /// No limit is known, or it was not the host's.
    #[default]
    Free,
    /// One subject was refused. Whether a request that shows more is under way.
    Suspected { subject: String, at: Duration, probing: bool },
    /// The host refuses all requests.
    Limited,
    /// The host had a limit, and serves again.
    Recovering,
}

#[derive(Debug, Default)]
struct Subject {
    pace: Pace,
    /// Requests under way that were sent since it is known here.
    in_flight: usize,
    /// Refusals without a request that was served between them, and the last of them.
    refusals: u8,
    refused_at: Duration,
}

/// A request as the limiter sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<'s> {
    /// What it is about; nothing when it is about the host itself.
    pub(super) subject: Option<&'s str>,
    /// When it was sent.
    pub(super) at: Duration,
    /// How many requests were under way then, this one among them.
    pub(super) abreast: usize,
}

/// Whether a request about one subject may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Go,
    Wait(Duration),
    /// Not before another one of the same subject is back.
    Full,
}

/// A limit that was the host's so often is taken for the host's the next few times.
const CONFIRMED: u8 = 2;
const PRESUMED: u8 = 4;

/// So many refusals of one repository, with others served between them, are its own.
const OWN_REFUSALS: u8 = 3;

impl Limiter {
    /// How many requests the host takes at a time.
    pub(super) fn width(&self) -> usize {
        self.host.width()
    }

    /// Nothing is sent to the host before that.
    pub(super) fn until(&self) -> Duration {
        self.host.until()
    }

    /// Whether all images wait for one request that shows whose limit it is.
    pub(super) fn is_probing(&self) -> bool {
        matches!(self.state, State::Suspected { probing: true, .. })
    }

    /// Whether anything was ever limited.
    pub(super) fn has_limits(&self) -> bool {
        self.since.is_some()
    }

    /// Whether the host ever refused all requests, so that its images wait for one another.
    pub(super) fn is_slowed(&self) -> bool {
        self.host.width() != usize::MAX
    }

    /// Whether the host refuses all requests now.
    pub(super) fn is_limited(&self) -> bool {
        matches!(self.state, State::Limited)
    }

    /// Whether a request about that subject may go, as far as the subject matters.
    pub(super) fn turn(&self, subject: Option<&str>, now: Duration) -> Turn {
        let Some(subject) = subject.and_then(|subject| self.subjects.get(subject)) else { return Turn::Go };
        match subject.pace.until() {
            until if until > now => Turn::Wait(until),
            _ if subject.in_flight >= subject.pace.width() => Turn::Full,
            _ => Turn::Go,
        }
    }

    /// A request leaves. Whether it is counted for its subject.
    pub(super) fn leave(&mut self, subject: Option<&str>) -> bool {
        if let State::Suspected { probing, .. } = &mut self.state {
            *probing = true;
        }
        let Some(subject) = subject.and_then(|subject| self.subjects.get_mut(subject)) else { return false };
        subject.in_flight += 1;
        true
    }

    /// A request is back; `counted` is what [`Self::leave`] said.
    pub(super) fn land(&mut self, sent: Sent<'_>, counted: bool) {
        if let State::Suspected { at, probing, .. } = &mut self.state
            && sent.at >= *at
        {
            *probing = false;
        }
        if counted && let Some(subject) = sent.subject.and_then(|subject| self.subjects.get_mut(subject)) {
            subject.in_flight = subject.in_flight.saturating_sub(1);
        }
    }

    /// Forgets the requests in flight.
    pub(super) fn abandon(&mut self) {
        if let State::Suspected { probing, .. } = &mut self.state {
            *probing = false;
        }
        self.subjects.values_mut().for_each(|subject| subject.in_flight = 0);
    }

    /// A request was served, or refused for another reason than a limit.
    pub(super) fn served(&mut self, sent: Sent<'_>) {
        if self.since.is_none() {
            return;
        }
        self.served = self.served.saturating_add(1);
        self.last_served = self.last_served.max(sent.at);
        if let Some(subject) = sent.subject.and_then(|subject| self.subjects.get_mut(subject)) {
            subject.pace.served(sent.at);
            subject.refusals = 0;
        }
        let news = self.host.served(sent.at);
        match &self.state {
            State::Limited if news => self.state = State::Recovering,
            State::Suspected { at, .. } if sent.at >= *at => {
                self.state = State::Free;
                self.confirmed = 0;
            }
            _ => {}
        }
    }

    /// A request was refused. Gives the time before which its subject is not asked for again.
    pub(super) fn limited(&mut self, sent: Sent<'_>, now: Duration, asked: Option<Duration>) -> Duration {
        self.since.get_or_insert(now);
        if let Some(name) = sent.subject {
            let subject = self.subjects.entry(name.to_owned()).or_default();
            let others_served = self.last_served > subject.refused_at;
            subject.refusals = subject.refusals.saturating_add(1);
            subject.refused_at = now;
            let own = match &self.state {
                State::Free => true,
                State::Suspected { subject, .. } => subject == name,
                State::Limited => false,
                State::Recovering if sent.at < self.host.limited_at() => false,
                State::Recovering if subject.refusals >= OWN_REFUSALS && others_served => true,
                State::Recovering => self.confirmed < CONFIRMED || self.presumed >= PRESUMED,
            };
            if own {
                subject.pace.limited(sent.at, sent.abreast, now, asked);
                self.state = State::Suspected { subject: name.to_owned(), at: now, probing: false };
                self.host.refused_abreast(sent.abreast);
                return subject.pace.until();
            }
        }
        match &self.state {
            State::Suspected { subject, .. } => {
                (self.confirmed, self.presumed) = (self.confirmed.saturating_add(1), 0);
                // It was not its own.
                if let Some(subject) = self.subjects.get_mut(subject) {
                    subject.pace = Pace::default();
                }
            }
            State::Recovering => self.presumed = self.presumed.saturating_add(1),
            State::Free | State::Limited => {}
        }
        self.state = State::Limited;
        self.host.limited(sent.at, sent.abreast, now, asked);
        self.host.until()
    }

    /// Whether a subject was refused once only, so that it may go first when its time comes.
    pub(super) fn is_new(&self, subject: Option<&str>) -> bool {
        subject.and_then(|subject| self.subjects.get(subject)).is_none_or(|subject| subject.refusals <= 1)
    }

    /// How long, from the first limit on, `waiting` more requests need at the rate of those that were served since; at least until the next
    /// one may go.
    pub(super) fn needs(&self, next: Duration, waiting: usize, now: Duration) -> Duration {
        let since = self.since.unwrap_or(now);
        let each = now.saturating_sub(since).checked_div(self.served).unwrap_or_default();
        let more = each.saturating_mul(u32::try_from(waiting).unwrap_or(u32::MAX));
        next.saturating_add(more)
    }
}
