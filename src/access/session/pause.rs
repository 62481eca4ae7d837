//! The pauses that a session makes, for people who watch.

use std::fmt;
use std::time::Duration;

use crate::access::Evidence;

/// A pause, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// How long it is.
    pub wait: Duration,
    /// Whom it is about: an origin.
    pub origin: String,
    /// The repository or token that it is about; nothing when it is the whole origin.
    pub subject: Option<String>,
    /// What happened.
    pub why: Evidence,
}

impl fmt::Display for Pause {
    /// As "waiting 1.0 s for https://r.example: 429 from https://r.example/v2/acme/api/manifests/1".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "waiting {:.1} s for {}", self.wait.as_secs_f64(), self.origin)?;
        if let Some(subject) = &self.subject {
            write!(f, " ({subject})")?;
        }
        write!(f, ": {}", self.why)
    }
}
