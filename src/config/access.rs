//! `spec.access`: how registries are asked, and what happens when they do not say.

use std::time::Duration;

use serde::Deserialize;

use super::parsed;

/// How registries are asked, and what happens when they do not say whether an image is public.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AccessPolicy {
    /// Whether registries are asked. With `false` only what is declared or locked counts, and no network is used.
    pub probe: bool,
    /// Whether public images go through the proxy as well.
    pub proxy_public: bool,
    /// What becomes of an image that its registry does not have: `keep` (with a warning), `fail` or `proxy`.
    pub on_not_found: OnUnknown,
    /// What becomes of an image whose registry answers no more questions for now: `fail`, `keep` (with a warning) or `proxy`.
    pub on_rate_limited: OnUnknown,
    /// What becomes of an image whose registry can't be reached: `fail`, `keep` (with a warning) or `proxy`.
    pub on_unreachable: OnUnknown,
    /// What becomes of an image that needs a proxy and that no proxy serves: `fail` or `keep` (with a warning).
    pub on_unmatched: OnUnmatched,
    /// The time for all the asking, retries included, with its unit: `ms`, `s` or `m`.
    #[serde(deserialize_with = "parsed::duration")]
    pub budget: Duration,
    /// Registries, as `host[:port]`, that speak plain http. Only loopback is spoken to so without being named here.
    #[serde(rename = "plainHTTP", deserialize_with = "parsed::hosts")]
    pub plain_http: Vec<String>,
    /// Hosts of token services on private addresses that registries on public ones may send us to, as `host[:port]`.
    #[serde(deserialize_with = "parsed::url_hosts")]
    pub trusted_realms: Vec<String>,
}

impl Default for AccessPolicy {
    fn default() -> Self {
        Self {
            probe: true,
            proxy_public: false,
            on_not_found: OnUnknown::Keep,
            on_rate_limited: OnUnknown::Fail,
            on_unreachable: OnUnknown::Fail,
            on_unmatched: OnUnmatched::Fail,
            budget: Duration::from_secs(20),
            plain_http: Vec::new(),
            trusted_realms: Vec::new(),
        }
    }
}

/// What becomes of an image whose access is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnUnknown {
    /// An error.
    Fail,
    /// It is left as it is, with a warning.
    Keep,
    /// It goes through the proxy, as with KOTS.
    Proxy,
}

/// What becomes of an image that needs a proxy and that no proxy serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnUnmatched {
    /// An error.
    Fail,
    /// It is left as it is, with a warning.
    Keep,
}
