//! How many requests at a time a server that answered 429 gets, and from when on.
//!
//! After a limit one request goes ahead. Each that is served lets one more go at a time (slow start), up to the widest that passed
//! before; beyond that one more is tried now and then, for limits end. What was under way together when the limit was met is one round.

use std::time::Duration;

use super::retry::{back_off, back_off_from_limit};

/// A width that passed is left for a wider one after so many rounds of it; more when the wider one is refused.
const LEAST_PATIENCE: usize = 8;
const MOST_PATIENCE: usize = 512;

/// The pace of one origin, or of one repository on it.
#[derive(Debug)]
pub(super) struct Pace {
    width: usize,
    /// The widest that passed.
    ceiling: usize,
    /// Served since the width is at the ceiling.
    served: usize,
    patience: usize,
    /// Whether the width is one that never passed.
    trying: bool,
    /// Limits without a request that was served between them.
    rounds: u8,
    limited_at: Duration,
    until: Duration,
}

impl Default for Pace {
    /// No limit is known.
    fn default() -> Self {
        Self {
            width: usize::MAX,
            ceiling: usize::MAX,
            served: 0,
            patience: LEAST_PATIENCE,
            trying: false,
            rounds: 0,
            limited_at: Duration::ZERO,
            until: Duration::ZERO,
        }
    }
}

impl Pace {
    /// How many requests may be under way.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Nothing is sent before that.
    pub(super) fn until(&self) -> Duration {
        self.until
    }

    /// When the present round of limits began.
    pub(super) fn limited_at(&self) -> Duration {
        self.limited_at
    }

    /// A request was refused that was sent then, as one of so many at a time. `asked` is how long the server wants to be left alone: never
    /// shorter than the ordinary back-off, for `Retry-After: 0` would be no pause at all.
    pub(super) fn limited(&mut self, sent: Duration, abreast: usize, now: Duration, asked: Option<Duration>) {
        if self.rounds == 0 && self.limited_at <= sent || sent >= self.until {
            self.rounds = self.rounds.saturating_add(1);
            self.limited_at = now;
            if self.trying {
                self.patience = (self.patience * 2).min(MOST_PATIENCE);
            }
            self.trying = false;
            self.width = 1;
            self.served = 0;
        }
        self.ceiling = self.ceiling.min(abreast.saturating_sub(1)).max(1);
        let wait = asked.map_or_else(|| back_off_from_limit(self.rounds), |asked| asked.max(back_off(self.rounds)));
        self.until = self.until.max(now.saturating_add(wait));
    }

    /// A request was refused, as one of so many at a time, and it is not clear why. Where there was a limit before, it may be that so many are
    /// too many.
    pub(super) fn refused_abreast(&mut self, abreast: usize) {
        if self.width == usize::MAX || abreast < 2 || abreast > self.width {
            return;
        }
        if self.trying {
            self.patience = (self.patience * 2).min(MOST_PATIENCE);
            self.trying = false;
        }
        self.ceiling = self.ceiling.min(abreast - 1);
        self.width = self.width.min(self.ceiling);
        self.served = 0;
    }

    /// A request that was sent then was not refused. Whether it was sent after the last limit, so that it says something.
    pub(super) fn served(&mut self, sent: Duration) -> bool {
        if sent < self.limited_at {
            return false;
        }
        self.rounds = 0;
        if self.width < self.ceiling {
            self.width += 1;
            return true;
        }
        self.served += 1;
        if self.width != usize::MAX && self.served >= self.patience.saturating_mul(self.width) {
            if self.trying {
                self.patience = LEAST_PATIENCE;
            }
            self.trying = true;
            self.served = 0;
            self.ceiling += 1;
            self.width = self.ceiling;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_width_grows_by_one_for_each_that_is_served_up_to_the_widest_that_passed() {
        let mut pace = Pace::default();
        for abreast in [5, 6, 7, 8] {
            pace.limited(ms(0), abreast, ms(10), None);
        }
        assert_eq!((pace.width(), pace.until()), (1, ms(1010)));
        // What was under way when the limit was met says nothing.
        assert!(!pace.served(ms(0)));
        let widths: Vec<_> = (0..6).map(|_| (pace.served(ms(1010)), pace.width())).collect();
        assert_eq!(widths, [2, 3, 4, 4, 4, 4].map(|width| (true, width)));
    }

    #[test]
    fn a_wider_one_is_tried_later_and_later_while_it_is_refused() {
        let mut pace = Pace::default();
        pace.limited(ms(0), 3, ms(10), None);
        let mut tried = Vec::new();
        for round in 1..4 {
            let sent = ms(10_000 * round);
            let served = (1..).take_while(|_| pace.served(sent) && pace.width() < 3).count() + 1;
            pace.limited(sent, 3, sent + ms(10), None);
            tried.push(served);
        }
        // One for the slow start, then rounds of two.
        assert_eq!(tried, [1 + 2 * 8, 1 + 2 * 16, 1 + 2 * 32]);
    }

    #[test]
    fn a_limit_that_is_gone_is_forgotten() {
        let mut pace = Pace::default();
        pace.limited(ms(0), 1, ms(10), None);
        let needed = (0..1000).take_while(|_| pace.served(ms(2000)) && pace.width() < 8).count();
        assert!(needed < 250, "{needed}");
    }

    #[test]
    fn no_pause_is_shorter_than_the_ordinary_one() {
        let mut pace = Pace::default();
        let mut now = ms(0);
        let mut waits = Vec::new();
        for _ in 0..7 {
            pace.limited(now, 1, now, Some(Duration::ZERO));
            waits.push(pace.until().saturating_sub(now).as_millis());
            now = pace.until();
        }
        assert_eq!(waits, [200, 400, 800, 1600, 3200, 4000, 4000]);
        pace.limited(now, 1, now, Some(ms(60_000)));
        assert_eq!(pace.until(), now + ms(60_000));
    }
}
