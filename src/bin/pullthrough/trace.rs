//! The requests of a run, for `-v`: one line each when its answer arrives, and one line for each pause when it begins.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pullthrough::access::Cause;
use pullthrough::access::session::{Failure, Received, RequestId};
use pullthrough::registry::Event;

use super::say;

/// What was sent and is not answered yet.
pub(crate) struct Trace {
    started: Instant,
    /// Whether only public addresses may be contacted. Then the log does not tell which names resolve to other addresses,
    /// and which do not resolve.
    public_only: bool,
    flying: BTreeMap<RequestId, Sent>,
}

struct Sent {
    /// Method and URL, without anything secret: the URL is the one that evidence names.
    what: String,
    at: Duration,
}

impl Trace {
    /// Begins to listen.
    pub(crate) fn start(public_only: bool) -> Self {
        Self { started: Instant::now(), public_only, flying: BTreeMap::new() }
    }

    /// Logs the outcome of a request.
    pub(crate) fn hear(&mut self, event: &Event<'_>) {
        let now = self.started.elapsed();
        match event {
            Event::Sent(id, request) => {
                let who = if request.authorization.is_some() { " with authorization" } else { "" };
                let what = format!("{} {}{who}", request.method.as_str(), request.place());
                self.flying.insert(*id, Sent { what, at: now });
            }
            Event::Answered(id, answer) => {
                if let Some(sent) = self.flying.remove(id) {
                    let came = match answer {
                        Received::Response(response) => response.status.to_string(),
                        Received::Failed(Failure::NameNotResolved | Failure::AddressForbidden) if self.public_only => {
                            "no public address".to_owned()
                        }
                        Received::Failed(failure) => failure.to_string(),
                    };
                    say(&line(&sent, now, &came));
                }
            }
            Event::Paused(pause) if self.public_only && pause.why.cause == Cause::NameNotResolved => {}
            Event::Paused(pause) => say(&format!("{:>6} ms  {pause}\n", now.as_millis())),
            Event::Waiting(_) => {}
        }
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        let now = self.started.elapsed();
        for sent in self.flying.values() {
            say(&line(sent, now, "no answer in time"));
        }
    }
}

fn line(sent: &Sent, now: Duration, came: &str) -> String {
    let took = now.saturating_sub(sent.at).as_millis();
    format!("{:>6} ms  {}: {came} ({took} ms)\n", sent.at.as_millis(), sent.what)
}
