//! A credential, with the hosts that it may go to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::credentials::{Basic, DockerConfig};

/// The accounts that open one proxy, by host. It goes to hosts that its owner named and nowhere else: [`Credential::authorization`]
/// and [`Credential::write_to`] are the only ways out. `Debug` shows the hosts; there is no `Display` and no `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    accounts: BTreeMap<String, Account>,
    /// The account of the proxy's own host, and the further hosts that its owner named: a token endpoint may be on one of them.
    own: Basic,
    named: BTreeSet<String>,
    refused: Vec<Refused>,
}

/// The account for a host.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) basic: Basic,
    /// The path that it is for, `/hub`; empty for the whole host.
    pub(super) path: String,
}

impl From<Basic> for Account {
    fn from(basic: Basic) -> Self {
        Self { basic, path: String::new() }
    }
}

/// A host that a credential may not go to. Display is a sentence that says what would change that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refused {
    /// The host.
    pub host: String,
    /// The sentence.
    pub reason: String,
}

impl Credential {
    /// `ask` is asked for the account of each host, given with the path that all names there begin with, if there is one; the first host
    /// is the proxy's own, and without its account there is no credential.
    pub(super) fn gather(
        names: &[String],
        named: &BTreeSet<String>,
        ask: impl Fn(&str, &str) -> Result<Account, Refused>,
    ) -> Result<Self, Refused> {
        let mut names = names.iter().map(|name| name.to_ascii_lowercase());
        let host = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
        let first = names.next().unwrap_or_default();
        let own = ask(&host(&first), &first)?;
        let mut accounts = BTreeMap::from([(host(&first), own.clone())]);
        let own = own.basic;
        let mut refused = Vec::new();
        for name in names {
            match ask(&host(&name), &name) {
                Ok(account) => {
                    accounts.insert(host(&name), account);
                }
                Err(reason) => refused.push(reason),
            }
        }
        Ok(Self { accounts, own, named: named.clone(), refused })
    }

    /// The value of an `Authorization` header for a registry or a token endpoint on `host`. None for a host that the owner did not name.
    #[must_use]
    pub fn authorization(&self, host: &str) -> Option<String> {
        let host = host.to_ascii_lowercase();
        let account = self.accounts.get(&host).map(|account| &account.basic);
        account.or_else(|| self.named.contains(&host).then_some(&self.own)).map(Basic::authorization)
    }

    /// Writes the accounts of `hosts`, each under the path that it is for, or nothing when one of them is refused. [`Credential::hosts`] are never refused.
    ///
    /// # Errors
    /// The first host that the owner did not name.
    pub fn write_to(&self, config: &mut DockerConfig, hosts: &[String]) -> Result<(), Refused> {
        let accounts = hosts.iter().map(|host| self.account(&host.to_ascii_lowercase()));
        for (host, account) in accounts.collect::<Result<Vec<_>, _>>()? {
            config.set(&format!("{host}{}", account.path), &account.basic);
        }
        Ok(())
    }

    /// The hosts of the proxy that there is an account for, sorted.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.accounts.keys().map(String::as_str)
    }

    /// The hosts of the proxy without one, and why. The proxy's own is never among them.
    #[must_use]
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    fn account(&self, host: &str) -> Result<(&str, &Account), Refused> {
        let account = self.accounts.get_key_value(host).map(|(host, account)| (host.as_str(), account));
        account.ok_or_else(|| {
            let known = self.refused.iter().find(|refused| refused.host == host).cloned();
            known.unwrap_or_else(|| Refused {
                host: host.to_owned(),
                reason: format!("`{host}` is not a host of this proxy: its credential must not be sent there"),
            })
        })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("hosts", &self.accounts.keys()).finish_non_exhaustive()
    }
}
