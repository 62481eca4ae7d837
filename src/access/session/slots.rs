//! How many requests may be under way: so many at a time, without those that a silent host keeps waiting.
//!
//! A host that never answered has its slot for a moment. After that the request stays under way until it times out, but another request
//! may have the slot: otherwise as many silent hosts as there are slots would keep all others from being asked, for seconds. Each such
//! request still has a socket, so there are at most twice as many in all.

use std::time::Duration;

use super::Session;
use super::errand::Errand;

/// How long a host that never answered keeps a slot. A connection over TLS to the other end of the world takes less.
const PATIENCE: Duration = Duration::from_secs(1);

/// The most requests under way, as a multiple of those at a time.
const WITH_SILENT: usize = 2;

impl Session {
    /// The most requests under way where so many go at a time.
    pub(super) fn most_flying(at_once: usize) -> usize {
        at_once.saturating_mul(WITH_SILENT)
    }

    /// Whether one more request may leave.
    pub(super) fn has_slot(&self, now: Duration) -> bool {
        let flying = self.flying.len();
        if flying < self.limits.at_once {
            return true;
        }
        let silent = || self.flying.values().filter(|errand| self.gives_way(errand).is_some_and(|time| time <= now));
        flying < self.most_flying && flying - silent().count() < self.limits.at_once
    }

    /// When the next slot becomes free without an answer, if something could leave then.
    pub(super) fn next_slot(&self, now: Duration) -> Option<Duration> {
        if self.flying.len() >= self.most_flying || !self.waiting.has_turn() {
            return None;
        }
        self.flying.values().filter_map(|errand| self.gives_way(errand)).filter(|time| *time > now).min()
    }

    /// Allows no more requests in flight than `flying`, for all hosts together.
    pub(super) fn keep_to(&mut self, flying: usize) {
        self.limits.at_once = self.limits.at_once.min(flying);
        self.most_flying = self.most_flying.min(flying);
    }

    /// When the slot of a request is released to another; never where its host is known to answer.
    fn gives_way(&self, errand: &Errand) -> Option<Duration> {
        let is_silent = self.origins.get(errand.origin).is_some_and(|origin| !origin.answered);
        is_silent.then(|| errand.sent.saturating_add(PATIENCE))
    }
}
