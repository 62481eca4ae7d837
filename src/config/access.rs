//! `spec.access`: how registries are asked, and what happens when their answer is none.

use std::time::Duration;

/// What to do about the access of images, settled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessPolicy {
    /// Whether registries are asked at all.
    pub probe: bool,
    /// Whether public images go through the proxy as well.
    pub proxy_public: bool,
    /// For an image that its registry does not have.
    pub on_not_found: OnUnknown,
    /// For an image whose registry had no answer left for us.
    pub on_rate_limited: OnUnknown,
    /// For an image whose registry gave no answer.
    pub on_unreachable: OnUnknown,
    /// For an image that needs a proxy and matches none.
    pub on_unmatched: OnUnmatched,
    /// The time for all the asking, retries included.
    pub budget: Duration,
    /// Registries that are spoken to in plain http.
    pub plain_http: Vec<String>,
    /// Hosts of token services that may be on private addresses.
    pub trusted_realms: Vec<String>,
}

/// What becomes of an image whose access is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnUnknown {
    /// An error.
    #[default]
    Fail,
    /// It is left as it is, with a warning.
    Keep,
    /// It goes through the proxy, as with KOTS.
    Proxy,
}

/// What becomes of an image that needs a proxy and matches none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnUnmatched {
    /// An error.
    #[default]
    Fail,
    /// It is left as it is, with a warning.
    Keep,
}
