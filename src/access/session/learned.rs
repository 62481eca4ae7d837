//! What a session learned about an origin from answers that concern more than one image.
//!
//! None of it changes a verdict by the order in which images were asked: what one repository's answers say about another is a shortcut
//! whose success is believed, and whose failure is looked at once more.

use std::collections::HashMap;

use super::pending::{Conclusion, Pending, Shape};
use crate::access::challenge::Challenge;

/// What the answers of an origin say about it.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// Whether its 404 to `HEAD` is believed. Nexus gives it for manifests that it serves to `GET` (crazy-max/diun#1614).
    pub(super) head_404: Trust<Missing>,
    /// Whether a 200 to `HEAD` without a sign of a registry is believed, by its media type.
    pub(super) bare_200: HashMap<String, Trust<Pending>>,
    /// What single repositories want to see, where that was asked for.
    pub(super) repositories: HashMap<String, Own>,
    /// A challenge whose token opened something.
    pub(super) proved: Option<Challenge>,
    /// The questions about its images that have no verdict yet.
    pub(super) open: usize,
    /// Those of them that are answered, but not with `public`, and wait for what the others show.
    pub(super) aside: Vec<(Pending, Conclusion)>,
}

impl Learned {
    /// The wait is over: the next pending request that needs the answer asks for it itself.
    pub(super) fn abandon(&mut self) {
        if matches!(self.head_404, Trust::Asked(_)) {
            self.head_404 = Trust::Unknown;
        }
        self.bare_200.retain(|_, trust| !matches!(trust, Trust::Asked(_)));
        self.repositories.retain(|_, own| !matches!(own, Own::Asked(_)));
        self.aside.clear();
    }
}

/// Whether an answer to `HEAD` is believed.
#[derive(Debug, Default)]
pub(super) enum Trust<T> {
    /// It was not confirmed yet.
    #[default]
    Unknown,
    /// One pending request confirms it; these wait.
    Asked(Vec<T>),
    /// It means what it says.
    Believed,
    /// It does not.
    Doubted,
}

/// A pending request that a `HEAD` answered with 404.
#[derive(Debug)]
pub(super) struct Missing {
    pub(super) pending: Pending,
    pub(super) shape: Shape,
    /// Whether the answer had the sign of a registry.
    pub(super) signed: bool,
}

/// What one repository wants to see.
#[derive(Debug)]
pub(super) enum Own {
    /// One pending request finds out; these wait.
    Asked(Vec<Pending>),
    /// The token that this challenge describes.
    Challenge(Challenge),
    /// No token that it would tell of.
    Nothing,
}

/// The API version check of an origin: `GET /v2/`, where a registry says that it is one, and what it wants to see (distribution
/// specification, "Determining Support").
#[derive(Debug)]
pub(super) enum ApiCheck {
    /// It was not needed.
    None,
    /// These pending requests wait for it.
    Open(Vec<(Pending, WaitsFor)>),
    /// Whether a registry answered, and its challenges.
    Done { is_registry: bool, challenges: Vec<Challenge> },
}

/// What a pending request waits for that an API version check may tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// The challenge that its 401 lacks. `signed`: the 401 had the sign of a registry.
    Challenge { signed: bool },
    /// Whether its 404 came from a registry.
    Registry,
}
