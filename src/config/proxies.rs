//! `spec.proxies`: the proxies, and which images go through which.

use std::collections::BTreeMap;

use crate::image::Glob;
use crate::proxy::Preset;

/// A proxy and the images that go through it.
#[derive(Clone, PartialEq, Debug)]
pub struct Proxy {
    /// How it lays out names. Replicated's may still lack what objects among the items say.
    pub preset: Preset,
    /// The images that may go through it; all that the preset serves when empty.
    pub matches: Vec<Glob>,
    /// The images that don't.
    pub except: Vec<Glob>,
    /// Layouts that are unwound before.
    pub formerly: Vec<Preset>,
    /// The account.
    pub credentials: Credentials,
    /// Hosts, as `host[:port]`, that the same account opens and that stay as they are.
    pub in_place: Vec<String>,
    /// Upstream host, as `host[:port]`, to the name that the proxy knows it by.
    pub aliases: BTreeMap<String, String>,
}

/// Which account opens a proxy.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Credentials {
    /// Whatever is found: the licence, or what the caller's variables give.
    #[default]
    Default,
    /// None is needed.
    Anonymous,
    /// That of a Secret among the items.
    SecretRef(SecretRef),
}

/// A Secret among the items.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecretRef {
    /// Its name.
    pub name: String,
    /// Its namespace; without one there must be one Secret of the name only.
    pub namespace: Option<String>,
}
