//! Which parts of an object are worth walking through.

/// The nodes of a tree that are, or hold, a mapping of interest.
///
/// A walk that follows only these looks at each node of the rest once, however many aliases stand for it.
#[derive(Debug)]
pub struct Marks(Vec<State>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Unseen,
    /// Not known yet: an alias to a node around itself ends here.
    Open,
    Unmarked,
    Marked,
}

impl Marks {
    /// No node of a tree of `nodes` nodes was seen yet.
    pub(super) fn none(nodes: usize) -> Self {
        Self(vec![State::Unseen; nodes])
    }

    /// Whether the node with this index is marked.
    pub(super) fn has(&self, index: u32) -> bool {
        self.state(index) == State::Marked
    }

    pub(super) fn state(&self, index: u32) -> State {
        self.0.get(index as usize).copied().unwrap_or(State::Unmarked)
    }

    pub(super) fn set(&mut self, index: u32, state: State) {
        if let Some(known) = self.0.get_mut(index as usize) {
            *known = state;
        }
    }
}
