//! How many requests may be under way: so many at a time, without those that a silent host keeps waiting.
//!
//! A host that never answered has its slot for a moment. After that the request stays under way until it times out, but another request
//! may have the slot: otherwise as many silent hosts as there are slots would keep all others from being asked, for seconds. Each such
//! request still has a socket, so there are at most twice as many in all.

use std::time::Duration;

use super::Session;
use super::pending::Pending;

/// How long a host that never answered keeps a slot. A connection over TLS to the other end of the world takes less.
const PATIENCE: Duration = Duration::from_secs(1);

/// The most requests under way, as a multiple of those at a time.
const WITH_SILENT: usize = 2;

impl Session {
    /// The most requests under way where so many go at a time.
    pub(super) fn most_in_flight(at_once: usize) -> usize {
        at_once.saturating_mul(WITH_SILENT)
    }

    /// Whether one more request may leave.
    pub(super) fn has_slot(&self, now: Duration) -> bool {
        let in_flight = self.in_flight.len();
        if in_flight < self.limits.at_once {
            return true;
        }
        let silent =
            || self.in_flight.values().filter(|pending| self.gives_way(pending).is_some_and(|time| time <= now));
        in_flight < self.most_in_flight && in_flight - silent().count() < self.limits.at_once
    }

    /// When the next slot becomes free without an answer, if something could leave then.
    pub(super) fn next_slot(&self, now: Duration) -> Option<Duration> {
        if self.in_flight.len() >= self.most_in_flight || !self.waiting.has_turn() {
            return None;
        }
        self.in_flight.values().filter_map(|pending| self.gives_way(pending)).filter(|time| *time > now).min()
    }

    /// Allows no more requests in flight than `in_flight`, for all hosts together.
    pub(super) fn keep_to(&mut self, in_flight: usize) {
        self.limits.at_once = self.limits.at_once.min(in_flight);
        self.most_in_flight = self.most_in_flight.min(in_flight);
    }

    /// When the slot of a request is released to another; never where its host is known to answer.
    fn gives_way(&self, pending: &Pending) -> Option<Duration> {
        let is_silent = self.origins.get(pending.origin).is_some_and(|origin| !origin.answered);
        is_silent.then(|| pending.sent.saturating_add(PATIENCE))
    }
}
