//! `spec.access`: how registries are asked, and what happens when they do not say.

use std::time::Duration;

use serde::Deserialize;

use super::parsed;
#[cfg(feature = "schema")]
use crate::schema::{Host, Time};

/// How registries are asked, and what to do when they do not say whether an image is public.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccessPolicy {
    /// Whether registries are asked. With `false`, the network is not used, and only declarations and locks count; an image about which
    /// nothing is known is then an error (`undecided`).
    pub probe: bool,
    /// Whether public images go through the proxy as well. With `true`, the registry of an image that a proxy serves is
    /// not asked.
    pub proxy_public: bool,
    /// What to do with an image that its registry says it does not have.
    pub on_not_found: OnUnknown,
    /// What to do with an image whose registry is limiting requests (status 429).
    pub on_rate_limited: OnUnknown,
    /// What to do with an image whose registry can't be reached, or gives no usable answer.
    pub on_unreachable: OnUnknown,
    /// What to do with an image that needs a proxy but that none serves.
    pub on_unmatched: OnUnmatched,
    /// The time for asking all registries together, retries included: a whole number and a unit (`ms`, `s` or `m`), at most an hour
    /// (`60m`). Registries that have not answered by then count as unreachable. One registry gets eight requests at a time, so 1,000
    /// repositories at 100 ms each take 25 s.
    #[serde(deserialize_with = "parsed::duration")]
    #[cfg_attr(feature = "schema", schemars(with = "Time", extend("default" = "20s")))]
    pub budget: Duration,
    /// Registries that use plain HTTP, such as `registry.corp:5000`. Plain HTTP is not used for any other registry, except on loopback
    /// when it refuses https.
    #[serde(rename = "plainHTTP", deserialize_with = "parsed::hosts")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Host>"))]
    pub plain_http: Vec<String>,
    /// Hosts of token services on private addresses that registries on public addresses may refer to, such as `auth.corp.example`. A
    /// registry that is itself on a private address does not need this.
    #[serde(deserialize_with = "parsed::url_hosts")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Host>"))]
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

/// What to do with an image whose access is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum OnUnknown {
    /// It is an error: nothing is changed.
    Fail,
    /// It is left as it is, with a warning.
    Keep,
    /// It goes through the proxy, as KOTS does.
    Proxy,
}

/// What to do with an image that needs a proxy but that none serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum OnUnmatched {
    /// It is an error: nothing is changed.
    Fail,
    /// It is left as it is, with a warning.
    Keep,
}
