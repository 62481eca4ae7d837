//! One place that a credential comes from, parsed.

use std::collections::BTreeSet;

use crate::credentials::docker_config::shown;
use crate::credentials::{Basic, DockerConfig};
use crate::replicated::LicenseId;

use super::credential::{Account, Refused};
use super::{HOSTS, PASSWORD, Product, USERNAME};

/// The user name that KOTS gives Replicated's registries; only the license ID counts there
/// (replicatedhq/kots `pkg/midstream/write.go`).
const LICENSE_USER: &str = "LICENSE_ID";

/// A source of credentials. `name` is what messages call it.
#[derive(Clone, Debug)]
pub(super) enum CredentialSource {
    /// A license, for one app where that is known, or the token of a service account.
    License { id: LicenseId, app: Option<String>, name: String, hosts: Hosts },
    /// A docker config: it names its hosts itself.
    DockerConfig { name: String, config: DockerConfig },
    /// `PULLTHROUGH_USERNAME` and `PULLTHROUGH_PASSWORD`.
    Account { account: Basic, hosts: BTreeSet<String> },
}

/// The hosts that the owner of a credential named.
#[derive(Clone, Debug)]
pub(super) enum Hosts {
    /// Those that are asked for: who put it among the items wrote the configuration too.
    Any,
    /// These, in lower case.
    Named(BTreeSet<String>),
}

impl CredentialSource {
    /// Whether this could open such a proxy at all; the sentence says why not.
    pub(super) fn suits(&self, product: Product<'_>) -> Result<(), Option<String>> {
        match (self, product) {
            (Self::License { app: Some(own), name, .. }, Product::Replicated { app }) if own != app => {
                Err(Some(format!("{name} is for the app `{own}`, not for `{app}`")))
            }
            (Self::License { .. }, Product::Other) => Err(None),
            _ => Ok(()),
        }
    }

    /// The account for `host`; `name` is the host with the path that all names there begin with.
    pub(super) fn account_for(&self, host: &str, name: &str) -> Result<Account, Refused> {
        match self {
            Self::License { hosts: Hosts::Named(hosts), name, .. } if !hosts.contains(host) => {
                Err(refused(host, format!("{name} must not be sent to `{host}`: add that host to {HOSTS}")))
            }
            Self::License { id, .. } => Basic::new(LICENSE_USER, id.reveal())
                .map(Account::from)
                .map_err(|problem| refused(host, format!("the license can't be used as a password: {problem}"))),
            Self::DockerConfig { name: source, config } => entry(config, name)
                .map_err(|problem| refused(host, format!("{source} has no account for `{host}`: {problem}"))),
            Self::Account { hosts, .. } if !hosts.contains(host) => Err(refused(
                host,
                format!("{USERNAME} and {PASSWORD} must not be sent to `{host}`: add that host to {HOSTS}"),
            )),
            Self::Account { account, .. } => Ok(account.clone().into()),
        }
    }

    /// Whether it holds a credential that is only not allowed to go to some hosts.
    pub(super) fn is_bound(&self) -> bool {
        !matches!(self, Self::DockerConfig { .. })
    }
}

/// The account that kubelet would choose for images on that host, or below that path of it.
fn entry(config: &DockerConfig, name: &str) -> Result<Account, String> {
    match config.entry_for_host(name) {
        Some((key, entry)) => {
            entry.basic().map(|basic| Account { basic, path: DockerConfig::path_of(key) }).ok_or_else(|| {
                let key = shown(key);
                format!(
                    "the entry for `{key}` has no user name and password; tokens and credential helpers are not used"
                )
            })
        }
        None if config.has_helpers() => Err("add one to its `auths` (credential helpers are never run)".to_owned()),
        None => Err("add one to its `auths`".to_owned()),
    }
}

fn refused(host: &str, reason: String) -> Refused {
    Refused { host: host.to_owned(), reason }
}
