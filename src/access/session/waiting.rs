//! What waits to be sent, in one line for each origin.
//!
//! An origin has a turn when it takes a request now. Turns and times are kept sorted, so that a request is found without a look at those that
//! can't go: the work for all requests grows as their number does.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::mem;
use std::time::Duration;

use super::origin::{Gate, OriginId, Rank};
use super::pending::Pending;

/// All pending requests that wait to be sent.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    lines: HashMap<OriginId, Line>,
    /// The place of the next pending request that goes before all others, and of the next one that goes behind them.
    front: i64,
    back: i64,
    /// The origins that take a request now, by their rank and the place of the pending request that would go.
    turns: BTreeSet<((Rank, i64), OriginId)>,
    /// When to look at an origin again.
    times: BTreeSet<(Duration, OriginId)>,
    /// Origins whose line was changed.
    changed: Vec<OriginId>,
}

/// Pending requests with their places, which grow from the first to the last.
type Row = VecDeque<(i64, Pending)>;

/// Those that wait for one origin.
#[derive(Debug, Default)]
struct Line {
    /// Those that go out without knowing what the origin wants to see.
    strangers: Row,
    others: Row,
    /// Those that go not before a time.
    later: BTreeMap<(Duration, i64), Pending>,
    /// Those of a repository that takes no more at a time.
    held: HashMap<String, VecDeque<Pending>>,
    held_count: usize,
    turn: Option<(Rank, i64)>,
    time: Option<Duration>,
    is_changed: bool,
}

impl Waiting {
    /// A pending request goes before all others.
    pub(super) fn push_front(&mut self, pending: Pending) {
        self.front -= 1;
        self.put(self.front, pending, VecDeque::push_front);
    }

    /// A pending request goes behind all others.
    pub(super) fn push_back(&mut self, pending: Pending) {
        self.back += 1;
        self.put(self.back, pending, VecDeque::push_back);
    }

    /// A pending request goes behind all others, but not before that time.
    pub(super) fn push_later(&mut self, pending: Pending, time: Duration) {
        self.back += 1;
        let place = self.back;
        self.change(pending.origin).later.insert((time, place), pending);
    }

    /// A pending request goes before all others, but not before that time.
    pub(super) fn push_first_later(&mut self, pending: Pending, time: Duration) {
        self.front -= 1;
        let place = self.front;
        self.change(pending.origin).later.insert((time, place), pending);
    }

    /// A pending request waits until another one of its subject is back.
    pub(super) fn hold(&mut self, subject: String, pending: Pending) {
        let line = self.change(pending.origin);
        line.held.entry(subject).or_default().push_back(pending);
        line.held_count += 1;
    }

    /// So many of those that were held for that subject go on.
    pub(super) fn release(&mut self, origin: OriginId, subject: &str, count: usize) {
        for _ in 0..count {
            let Some(line) = self.lines.get_mut(&origin) else { return };
            let Some(pending) = line.held.get_mut(subject).and_then(VecDeque::pop_front) else { return };
            line.held_count -= 1;
            self.push_back(pending);
        }
    }

    /// How many wait for that origin.
    pub(super) fn count(&self, origin: OriginId) -> usize {
        let count = |line: &Line| line.strangers.len() + line.others.len() + line.later.len() + line.held_count;
        self.lines.get(&origin).map_or(0, count)
    }

    /// The origins whose lines were changed since the last call.
    pub(super) fn take_changed(&mut self) -> Vec<OriginId> {
        mem::take(&mut self.changed)
    }

    /// An origin whose time has come.
    pub(super) fn due(&self, now: Duration) -> Option<OriginId> {
        self.times.first().filter(|(time, _)| *time <= now).map(|(_, origin)| *origin)
    }

    /// When the next time comes.
    pub(super) fn next_time(&self) -> Option<Duration> {
        self.times.first().map(|(time, _)| *time)
    }

    /// Gives an origin its turn, or takes it away, by what it takes now.
    pub(super) fn arrange(&mut self, origin: OriginId, gate: Gate, rank: Rank, now: Duration) {
        self.bring_forward(origin, now);
        let Some(line) = self.lines.get_mut(&origin) else { return };
        line.is_changed = false;
        let (turn, time) = match gate {
            Gate::Open => (line.first(), None),
            Gate::OpenToOthers => (line.others.front().map(|(place, _)| *place), None),
            Gate::Shut(until) => (None, line.first().and(until)),
        };
        let turn = turn.map(|place| (rank, place));
        let later = line.later.first_key_value().map(|((time, _), _)| *time);
        let time = time.into_iter().chain(later).min();
        let (old_turn, old_time) = (mem::replace(&mut line.turn, turn), mem::replace(&mut line.time, time));
        replace(&mut self.turns, origin, old_turn, turn);
        replace(&mut self.times, origin, old_time, time);
    }

    /// Whether a pending request could go now.
    pub(super) fn has_turn(&self) -> bool {
        !self.turns.is_empty()
    }

    /// The pending request whose turn it is.
    pub(super) fn next(&mut self) -> Option<Pending> {
        let &((_, place), origin) = self.turns.first()?;
        let line = self.change(origin);
        let has = |line: &Row| line.front().is_some_and(|(first, _)| *first == place);
        let line = if has(&line.others) { &mut line.others } else { &mut line.strangers };
        line.pop_front().map(|(_, pending)| pending)
    }

    /// Everything that waits for an origin.
    pub(super) fn drain(&mut self, origin: OriginId) -> Vec<Pending> {
        let Some(line) = self.lines.get_mut(&origin) else { return Vec::new() };
        let now =
            mem::take(&mut line.strangers).into_iter().chain(mem::take(&mut line.others)).map(|(_, pending)| pending);
        let held = mem::take(&mut line.held).into_values().flatten();
        line.held_count = 0;
        now.chain(mem::take(&mut line.later).into_values()).chain(held).collect()
    }

    /// Nothing waits any more.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Puts those in line whose time has come.
    fn bring_forward(&mut self, origin: OriginId, now: Duration) {
        loop {
            let line = self.lines.get_mut(&origin);
            let Some(first) = line.and_then(|line| line.later.first_entry()) else { return };
            let (time, place) = *first.key();
            if time > now {
                return;
            }
            let pending = first.remove();
            if place < 0 { self.push_front(pending) } else { self.push_back(pending) }
        }
    }

    fn put(&mut self, place: i64, pending: Pending, push: fn(&mut Row, (i64, Pending))) {
        let line = self.change(pending.origin);
        push(if pending.is_first_contact() { &mut line.strangers } else { &mut line.others }, (place, pending));
    }

    fn change(&mut self, origin: OriginId) -> &mut Line {
        let line = self.lines.entry(origin).or_default();
        if !line.is_changed {
            line.is_changed = true;
            self.changed.push(origin);
        }
        line
    }
}

impl Line {
    /// The place of the first.
    fn first(&self) -> Option<i64> {
        let fronts = [&self.strangers, &self.others].into_iter().filter_map(VecDeque::front);
        fronts.map(|(place, _)| *place).min()
    }
}

fn replace<K: Ord + Copy>(set: &mut BTreeSet<(K, OriginId)>, origin: OriginId, old: Option<K>, new: Option<K>) {
    if old == new {
        return;
    }
    if let Some(old) = old {
        set.remove(&(old, origin));
    }
    if let Some(new) = new {
        set.insert((new, origin));
    }
}
