//! The progress of asking registries, for a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use pullthrough::access::session;

/// Work that is over before this needs no progress.
const PATIENCE: Duration = Duration::from_secs(1);

/// One line on standard error that is written over, and taken away at the end.
pub(crate) struct Progress {
    started: Instant,
    terminal: bool,
    shown: bool,
}

impl Progress {
    /// Begins to wait. Nothing is shown unless standard error is a terminal.
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), terminal: stderr().is_terminal(), shown: false }
    }

    /// Shows how far it is, once it lasts.
    pub(crate) fn show(&mut self, now: &session::Progress) {
        if !self.terminal || self.started.elapsed() < PATIENCE {
            return;
        }
        self.shown = true;
        let mut hosts = now.waiting_for.join(", ");
        if !hosts.is_empty() {
            hosts = format!("; waiting for {hosts}");
        }
        let _ = write!(stderr(), "\r\u{1b}[K{} of {} images checked{hosts}", now.done, now.known);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(stderr(), "\r\u{1b}[K");
        }
    }
}
