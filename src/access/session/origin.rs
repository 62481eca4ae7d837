//! What a session knows about one origin (scheme, host and port): what it wants to see, and whether to ask it now.

use std::collections::HashMap;
use std::mem;
use std::time::Duration;

use url::Url;

use super::learned::{ApiCheck, Learned};
use super::limiter::Limiter;
use super::pending::{Conclusion, Pending, host};
use crate::access::challenge::Challenge;

/// Names one origin of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct OriginId(usize);

/// How an origin authenticates (RFC 9110 section 11), before it serves a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AuthScheme {
    /// Not known yet: one request goes first, the others wait for what it learns.
    Unknown,
    /// Nothing, or something else for every repository.
    None,
    /// A token, which that challenge tells how to get for every repository.
    Bearer(Challenge),
    /// A user and password.
    Basic,
}

/// One origin.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) scheme: AuthScheme,
    pub(super) api_check: ApiCheck,
    pub(super) learned: Learned,
    /// It answers GET only.
    pub(super) refuses_head: bool,
    /// This machine's own registry, found to speak plain http.
    pub(super) plain: bool,
    /// Whether it ever answered anything that makes sense.
    pub(super) answered: bool,
    /// Pending requests with a token that were sent to the end of the queue.
    pub(super) kept: usize,
    /// The name to show for it.
    pub(super) name: String,
    /// What it said about how much may be asked.
    pub(super) limiter: Limiter,
    /// The last answer that said so.
    pub(super) refusal: Option<Conclusion>,
    is_changed: bool,
    closed: Option<Conclusion>,
    /// The last trouble with it.
    trouble: Option<Conclusion>,
    in_flight: usize,
    first_contacts: usize,
    rounds: u8,
    paused_until: Duration,
    consecutive_failures: u8,
}

/// Whether pending requests may go to an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Now.
    Open,
    /// Now, but for those that do not know yet what it wants to see.
    OpenToOthers,
    /// Not before then, or not before another one is back.
    Shut(Option<Duration>),
}

/// Which origins go first when not all of them can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The origin answers, or was not asked yet.
    First,
    /// It did not answer when it was asked.
    Last,
}

/// So many different references may fail for good, without one that succeeds between them, before the others have one try each. They are
/// asked, for their repositories may be sound where those asked first are not.
const FAILURE_THRESHOLD: u8 = 3;

impl Origin {
    /// Whether pending requests may go there now.
    pub(super) fn gate(&self, now: Duration, per_host: usize) -> Gate {
        let until = self.paused_until.max(self.limiter.until());
        if until > now {
            return Gate::Shut(Some(until));
        }
        // After trouble one goes ahead, and the others follow when it succeeds.
        let width = if self.rounds > 0 { 1 } else { self.limiter.width().min(per_host) };
        if self.in_flight >= width || self.limiter.is_probing() {
            return Gate::Shut(None);
        }
        let someone_learns = self.first_contacts > 0 || matches!(self.api_check, ApiCheck::Open(_));
        if self.scheme == AuthScheme::Unknown && someone_learns { Gate::OpenToOthers } else { Gate::Open }
    }

    /// Whether it goes before others.
    pub(super) fn rank(&self) -> Rank {
        if self.rounds > 0 && !self.answered { Rank::Last } else { Rank::First }
    }

    /// A pending request leaves for it. How many are under way now.
    pub(super) fn leave(&mut self, pending: &Pending) -> usize {
        self.in_flight += 1;
        self.first_contacts += usize::from(pending.is_first_contact());
        self.in_flight
    }

    /// A pending request is back from it, with any outcome.
    pub(super) fn land(&mut self, pending: &Pending) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.first_contacts = self.first_contacts.saturating_sub(usize::from(pending.is_first_contact()));
    }

    /// Forgets the requests in flight there.
    pub(super) fn abandon(&mut self) {
        self.in_flight = 0;
        self.first_contacts = 0;
        if matches!(self.api_check, ApiCheck::Open(_)) {
            self.api_check = ApiCheck::None;
        }
        self.learned.abandon();
        self.limiter.abandon();
    }

    /// It answered sensibly.
    pub(super) fn recover(&mut self) {
        self.answered = true;
        self.rounds = 0;
        self.consecutive_failures = 0;
        self.trouble = None;
    }

    /// A pending request had trouble that concerns all pending requests there. Those that were under way at the same time are one
    /// round, whose number is given back.
    pub(super) fn trouble(&mut self, sent: Duration, conclusion: &Conclusion) -> u8 {
        if self.rounds == 0 || sent >= self.paused_until {
            self.rounds = self.rounds.saturating_add(1);
        }
        self.trouble = Some(conclusion.clone());
        self.rounds
    }

    /// No request goes there before that time.
    pub(super) fn pause(&mut self, until: Duration) {
        self.paused_until = self.paused_until.max(until);
    }

    /// No more requests go there: this is the conclusion.
    pub(super) fn close(&mut self, conclusion: Conclusion) {
        self.closed.get_or_insert(conclusion);
    }

    /// One reference failed there for good.
    pub(super) fn count_failure(&mut self) {
        self.consecutive_failures = self.consecutive_failures.saturating_add(1);
    }

    /// Whether so many failed there that another try is not worth its time.
    pub(super) fn is_failing(&self) -> bool {
        self.consecutive_failures >= FAILURE_THRESHOLD
    }

    /// What is known of everything there.
    pub(super) fn closed(&self) -> Option<&Conclusion> {
        self.closed.as_ref()
    }

    /// What is known when time is up: the trouble that all pending requests waited for.
    pub(super) fn why_late(&self) -> Option<&Conclusion> {
        self.closed.as_ref().or(self.trouble.as_ref())
    }

    /// Whether a pending request waits for it.
    pub(super) fn is_busy(&self) -> bool {
        self.in_flight > 0 || self.limiter.is_limited() || (self.trouble.is_some() && self.closed.is_none())
    }
}

/// All origins of a session.
#[derive(Debug, Default)]
pub(super) struct Origins {
    all: Vec<Origin>,
    by_name: HashMap<String, OriginId>,
    changed: Vec<OriginId>,
}

impl Origins {
    /// The origin of a URL.
    pub(super) fn of(&mut self, url: &Url) -> OriginId {
        let name = host(url);
        if let Some(&known) = self.by_name.get(&name) {
            return known;
        }
        let id = OriginId(self.all.len());
        self.by_name.insert(name.clone(), id);
        self.all.push(Origin {
            scheme: AuthScheme::Unknown,
            api_check: ApiCheck::None,
            learned: Learned::default(),
            refuses_head: false,
            plain: false,
            answered: false,
            kept: 0,
            name,
            limiter: Limiter::default(),
            refusal: None,
            is_changed: false,
            closed: None,
            trouble: None,
            in_flight: 0,
            first_contacts: 0,
            rounds: 0,
            paused_until: Duration::ZERO,
            consecutive_failures: 0,
        });
        id
    }

    /// The origin of that name.
    pub(super) fn get(&self, id: OriginId) -> Option<&Origin> {
        self.all.get(id.0)
    }

    /// The origin of that name, to change it.
    pub(super) fn get_mut(&mut self, id: OriginId) -> Option<&mut Origin> {
        let origin = self.all.get_mut(id.0)?;
        if !mem::replace(&mut origin.is_changed, true) {
            self.changed.push(id);
        }
        Some(origin)
    }

    /// The origins that were changed since the last call.
    pub(super) fn take_changed(&mut self) -> Vec<OriginId> {
        let changed = mem::take(&mut self.changed);
        for id in &changed {
            if let Some(origin) = self.all.get_mut(id.0) {
                origin.is_changed = false;
            }
        }
        changed
    }

    /// Forgets the requests in flight.
    pub(super) fn abandon(&mut self) {
        self.changed.extend((0..self.all.len()).map(OriginId));
        self.all.iter_mut().for_each(Origin::abandon);
    }

    /// The origin with that scheme, host and port, if anything was ever asked there.
    pub(super) fn named(&self, name: &str) -> Option<OriginId> {
        self.by_name.get(name).copied()
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Origin> {
        self.all.iter()
    }
}
