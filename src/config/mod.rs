//! The functionConfig: what a user asks for, read and checked once.
//!
//! Each part of it has a file: the struct as it is written (`…Spec`, whose doc comments are the reference page) and the
//! value that the other rooms work with, in which nothing is left to check.

mod access;
pub mod credentials;
mod images;
mod proxies;
mod pull_secret;
mod surroundings;

use crate::yaml::View;

pub use access::{AccessPolicy, OnUnknown, OnUnmatched};
pub use images::{ImageField, ImageFieldShape, Images, PullSecretsField, PullSecretsForm};
pub use proxies::{Credentials, Proxy, SecretRef};
pub use pull_secret::{Attach, Create, PullSecret, Scope};
pub use surroundings::{Files, Surroundings, Variables};

use crate::yaml::de::Problem;

/// The functionConfig, checked.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// The object's `metadata.name`.
    pub name: Option<String>,
    /// The proxies, in the order in which they are tried.
    pub proxies: Vec<Proxy>,
    /// What is known about images beforehand.
    pub images: Images,
    /// How registries are asked.
    pub access: AccessPolicy,
    /// The pull Secret.
    pub pull_secret: PullSecret,
    /// What becomes of Replicated's own objects.
    pub replicated_objects: ReplicatedObjects,
    /// Whether tags get a digest.
    pub pin: bool,
    /// Whether references on proxies are asked for with the credentials.
    pub verify: bool,
    /// Which results are given.
    pub results: Detail,
}

/// What becomes of Replicated's own objects that are not local-config.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ReplicatedObjects {
    /// They stay, with a warning.
    #[default]
    Warn,
    /// They stay.
    Keep,
    /// They are taken out.
    Drop,
}

/// Which results are given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Detail {
    /// One per reference that changed or has a problem.
    #[default]
    Changed,
    /// One per image field.
    All,
}

/// All that is wrong with a functionConfig, in the order of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problems(pub Vec<Problem>);

impl Config {
    /// Reads a functionConfig of any kind. `None`: there is nothing in it.
    ///
    /// # Errors
    /// All [`Problems`] that it has.
    pub fn read(_view: &View<'_>) -> Result<Option<Config>, Problems> {
        Ok(None)
    }
}
