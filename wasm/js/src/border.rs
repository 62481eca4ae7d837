//! What crosses the border to JavaScript, as JSON. `wasm/js/ts/border.ts` has the same types.

use std::collections::BTreeMap;

use pullthrough::access::session::{Capabilities, CheckedAddresses, Failure, VisibleHeaders, VisibleRedirects};
use serde::{Deserialize, Serialize};

/// What a call brings beside the input's text. It may hold credentials, so it has no `Debug`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Call {
    /// The configuration's name and text.
    pub(crate) config: Option<(String, String)>,
    /// The names and texts of ImageLocks.
    #[serde(default)]
    pub(crate) locks: Vec<(String, String)>,
    /// The `PULLTHROUGH_` variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// The files that variables name: their text, or why it can't be read.
    pub(crate) files: BTreeMap<String, File>,
    /// Seconds since 1970.
    pub(crate) now: i64,
    /// Whether the input is the final output of an orchestrator.
    #[serde(default)]
    pub(crate) rendered: bool,
    /// Whether no private address may be contacted.
    pub(crate) public_only: bool,
    /// What the transport can see; null when there is none, and no registry is asked.
    pub(crate) sight: Option<Sees>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum File {
    Text(String),
    Unreadable(String),
}

/// What a transport can see. None can check the addresses that it dials.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Sees {
    all_headers: bool,
    redirects: bool,
}

impl From<&Sees> for Capabilities {
    fn from(sees: &Sees) -> Self {
        Self {
            headers: if sees.all_headers { VisibleHeaders::All } else { VisibleHeaders::Safelisted },
            redirects: if sees.redirects { VisibleRedirects::Seen } else { VisibleRedirects::Hidden },
            addresses: CheckedAddresses::LiteralsOnly,
        }
    }
}

/// What to do next.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Step<'s> {
    /// Send this.
    Send {
        id: u32,
        method: &'static str,
        url: &'s str,
        accept: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        authorization: Option<&'s str>,
    },
    /// Nothing to do before so many milliseconds are over, or before the next answer.
    Wait(f64),
    /// Every question is answered.
    Done(()),
}

/// Why a request brought no answer, in the words of `ts/transport.ts`.
pub(crate) fn failure(name: &str) -> Failure {
    match name {
        "no-network" => Failure::NoNetwork,
        "name-not-resolved" => Failure::NameNotResolved,
        "connection-failed" => Failure::ConnectionFailed,
        "connect-timed-out" => Failure::ConnectTimedOut,
        "timed-out" => Failure::TimedOut,
        "tls-failed" => Failure::TlsFailed,
        "tls-not-spoken" => Failure::TlsNotSpoken,
        "forward-proxy" => Failure::ForwardProxy,
        "address-forbidden" => Failure::AddressForbidden,
        "hidden" => Failure::Hidden,
        _ => Failure::Broken,
    }
}
