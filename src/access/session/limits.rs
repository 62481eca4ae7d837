//! How much a session may ask, where, and what its transport can see.

use std::time::Duration;

use crate::access::addresses::AddressPolicy;
use crate::config::Config;

/// The bounds of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For all questions together, retries included; from the first step on.
    pub budget: Duration,
    /// The part of the budget that is reserved for the last round, whatever the first one uses.
    pub reserve: Duration,
    /// Requests to one host at a time.
    pub per_host: usize,
    /// Requests at a time.
    pub at_once: usize,
    /// How often a request that failed for a moment is sent in all.
    pub tries: u8,
    /// Which addresses may be contacted.
    pub addresses: AddressPolicy,
}

impl Limits {
    /// The limits that a configuration sets; `public_only` is the environment's word (`PULLTHROUGH_PUBLIC_ONLY`). Where what is written is
    /// asked for in a second round, that has a quarter of the budget, whatever the first one uses.
    pub fn of(config: &Config, public_only: bool) -> Self {
        let policy = &config.access;
        let addresses = AddressPolicy {
            public_only,
            plain_http: policy.plain_http.clone(),
            trusted_realms: policy.trusted_realms.clone(),
        };
        let reserve = if config.verify || config.pin { policy.budget / 4 } else { Duration::ZERO };
        Self { budget: policy.budget, reserve, addresses, ..Self::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            budget: Duration::from_secs(20),
            reserve: Duration::ZERO,
            per_host: 8,
            at_once: 64,
            tries: 3,
            addresses: AddressPolicy::default(),
        }
    }
}

/// What a transport can see and check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Of the headers.
    pub headers: VisibleHeaders,
    /// Of redirects.
    pub redirects: VisibleRedirects,
    /// Of addresses.
    pub addresses: CheckedAddresses,
}

impl Capabilities {
    /// That of a client with sockets of its own.
    pub const FULL: Self =
        Self { headers: VisibleHeaders::All, redirects: VisibleRedirects::Seen, addresses: CheckedAddresses::Checked };

    /// That of a browser's `fetch`.
    pub const BROWSER: Self = Self {
        headers: VisibleHeaders::Safelisted,
        redirects: VisibleRedirects::Hidden,
        addresses: CheckedAddresses::LiteralsOnly,
    };
}

/// Which headers of an answer a transport can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisibleHeaders {
    /// All of them.
    All,
    /// Those that CORS lets a page see; a challenge is not among them unless the server exposes it.
    Safelisted,
}

/// Whether redirects come back as answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisibleRedirects {
    /// They do.
    Seen,
    /// The platform follows them before anything can look.
    Hidden,
}

/// Which addresses the transport checks before it dials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckedAddresses {
    /// Every address, also those that a name resolved to.
    Checked,
    /// None: only what a URL itself shows can be checked, which the session does.
    LiteralsOnly,
}
