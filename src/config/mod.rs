//! The functionConfig: what a user asks for, read and checked once.
//!
//! Each part of it has a file. What can be read straight into the value that the other rooms work with is; where a combination of
//! fields must be checked first, the struct as it is written is apart (`…Spec`, `…Fields`). The doc comments of fields that can be
//! written are the reference page.

mod access;
mod field;
mod images;
mod names;
mod object;
mod parsed;
mod placement;
mod prefix;
mod problems;
mod proxies;
mod pull_secret;
#[cfg(feature = "schema")]
pub mod schema;
mod shorthand;
mod spec;

use crate::proxy::Preset;
use crate::proxy::preset::Replicated;
use crate::yaml::View;

pub use access::{AccessPolicy, OnUnknown, OnUnmatched};
pub use field::{
    ImageField, ImageFieldShape, NamePaths, PartPaths, PullSecretsField, PullSecretsForm, Selector, Separator,
};
pub use images::{Images, OnUnread};
pub use names::{GROUP, KIND, VERSION};
pub use prefix::Prefix;
pub use problems::Problems;
pub use proxies::{Credentials, Proxy, SecretRef};
pub use pull_secret::{Attach, Create, PullSecret, Scope};

pub use spec::{Detail, ReplicatedObjects};

/// The functionConfig, checked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Config {
    /// The object's `metadata.name`.
    pub name: Option<String>,
    /// The proxies, in the order in which they are tried.
    pub proxies: Vec<Proxy>,
    /// Whether no proxy was written, and the license's is meant.
    pub proxies_are_implied: bool,
    /// What is known about images beforehand.
    pub images: Images,
    /// How registries are asked.
    pub access: AccessPolicy,
    /// The pull Secret.
    pub pull_secret: PullSecret,
    /// What to do with Replicated's own objects.
    pub replicated_objects: ReplicatedObjects,
    /// Whether tags get a digest.
    pub pin: bool,
    /// Whether references on proxies are asked for with the credentials.
    pub verify: bool,
    /// Which results to report.
    pub results: Detail,
}

impl Config {
    /// Reads a functionConfig of any kind: its `spec`, or the short form in its `data`.
    ///
    /// `None`: there is nothing in it, as in the empty `ConfigMap` that kpt makes up.
    ///
    /// # Errors
    /// All [`Problems`] that it has.
    pub fn read(view: &View<'_>) -> Result<Option<Config>, Problems> {
        object::read(view)
    }

    /// Whether images are copied into a registry of the customer's, beside or in place of proxies.
    #[must_use]
    pub fn has_local_registry(&self) -> bool {
        self.proxies.iter().any(|proxy| matches!(proxy.preset, Preset::LocalRegistry(_)))
    }

    /// The configuration of somebody who wrote none: Replicated's proxy, as the license says.
    #[must_use]
    pub fn for_license() -> Config {
        let preset = Preset::Replicated(Replicated::default());
        let proxy = Proxy {
            preset,
            matches: Vec::new(),
            except: Vec::new(),
            formerly: Vec::new(),
            credentials: Credentials::default(),
            in_place: Vec::new(),
            aliases: std::collections::BTreeMap::new(),
        };
        Config { proxies: vec![proxy], proxies_are_implied: true, ..Config::default() }
    }
}
