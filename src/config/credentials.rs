//! Who may use which credential.
//!
//! Credentials belong to whoever runs the process, not to whoever writes the manifests: a source from outside the items opens only
//! hosts that its owner named, and the functionConfig names neither variables nor files. A value leaves in a docker config or in an
//! `Authorization` header, and is in no message and no `Debug`.

mod credential;
mod docker_secret;
mod license_file;
mod source;
mod variables;

use std::collections::BTreeSet;

use crate::krm::replicated::{License, ReplicatedObjects, choose_license};

use super::{Credentials as Wanted, SecretRef, Surroundings};
use source::{CredentialSource, Hosts};

pub use credential::{Credential, Refused};
pub use docker_secret::DockerSecret;

/// A path to a docker config.
pub const DOCKERCONFIG: &str = "PULLTHROUGH_DOCKERCONFIG";
/// A docker config, plain or in base64.
pub const DOCKERCONFIGJSON: &str = "PULLTHROUGH_DOCKERCONFIGJSON";
/// A licence ID.
pub const LICENSE_ID: &str = "PULLTHROUGH_LICENSE_ID";
/// A path to a licence.
pub const LICENSE_FILE: &str = "PULLTHROUGH_LICENSE_FILE";
/// The user name of an account for the hosts in [`HOSTS`].
pub const USERNAME: &str = "PULLTHROUGH_USERNAME";
/// Its password.
pub const PASSWORD: &str = "PULLTHROUGH_PASSWORD";
/// Hosts that a licence or an account may be sent to, with commas between them.
pub const HOSTS: &str = "PULLTHROUGH_HOSTS";

/// A variable that can't be used. No value is ever in here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {message}")]
pub struct CredentialProblem {
    /// The variable.
    pub variable: &'static str,
    /// What was found, what was expected.
    pub message: String,
}

/// What kind of proxy a credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product<'a> {
    /// Replicated's: a licence for that app opens it.
    Replicated {
        /// The app's slug.
        app: &'a str,
    },
    /// Any other: licences have no meaning there.
    Other,
}

/// Where a credential comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// From an item: whoever can read the manifests has it already.
    Items,
    /// From a variable or a file.
    Outside,
}

/// The credential for a proxy, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The proxy needs none.
    Anonymous,
    /// This one.
    Found(Credential, Origin),
    /// There is none. The sentence says where one could come from.
    Missing(String),
    /// There is one, which may not go to the proxy's host. The sentence says which variable to set.
    Refused(String),
}

/// Every credential that the process has.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    licenses: Vec<License>,
    secrets: Vec<DockerSecret>,
    outside: Vec<CredentialSource>,
    named: BTreeSet<String>,
}

impl Credentials {
    /// Takes in the licences and Secrets among the items, and what the variables hold. Each file is read once.
    ///
    /// # Errors
    /// All variables that can't be used.
    pub fn collect(
        surroundings: &Surroundings<'_>,
        replicated: &ReplicatedObjects,
        secrets: Vec<DockerSecret>,
    ) -> Result<Self, Vec<CredentialProblem>> {
        let mut problems = Vec::new();
        let variables = variables::read(surroundings, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self { licenses: replicated.licenses.clone(), secrets, outside: variables.sources, named: variables.hosts })
    }

    /// The credential for a proxy. The first of `hosts` is the proxy's own; the others (its default hosts, `inPlace`) are in the
    /// credential as far as their owner named them. A Secret that the configuration names is the only choice then; else a licence among
    /// the items comes before the variables.
    #[must_use]
    pub fn for_proxy(&self, product: Product<'_>, wanted: &Wanted, hosts: &[String]) -> Answer {
        match wanted {
            Wanted::Anonymous => Answer::Anonymous,
            Wanted::SecretRef(secret) => self.from_secret(secret, hosts),
            Wanted::Default => self.from_anywhere(product, hosts),
        }
    }

    fn from_secret(&self, SecretRef { name, namespace }: &SecretRef, hosts: &[String]) -> Answer {
        let mut fitting = self
            .secrets
            .iter()
            .filter(|secret| secret.name == *name && (namespace.is_none() || secret.namespace == *namespace));
        let place = namespace.as_ref().map_or_else(String::new, |namespace| format!(" in the namespace `{namespace}`"));
        let secret = match (fitting.next(), fitting.next()) {
            (Some(secret), None) => secret,
            (None, _) => {
                return Answer::Missing(format!(
                    "there is no Secret `{name}`{place} of type kubernetes.io/dockerconfigjson among the items: add it, \
                     or leave `credentials.secretRef` out"
                ));
            }
            (Some(_), Some(_)) => {
                return Answer::Missing(format!(
                    "there are several Secrets `{name}`{place} among the items: name the namespace of one in \
                     `credentials.secretRef`"
                ));
            }
        };
        match &secret.config {
            Ok(config) => {
                let name = format!("the Secret `{name}`");
                let source = CredentialSource::DockerConfig { name, config: config.clone() };
                match self.gather(&source, hosts) {
                    Ok(credential) => Answer::Found(credential, Origin::Items),
                    Err(refused) => Answer::Missing(refused.reason),
                }
            }
            Err(problem) => Answer::Missing(problem.clone()),
        }
    }

    fn from_anywhere(&self, product: Product<'_>, hosts: &[String]) -> Answer {
        let mut reasons = Vec::new();
        let mut bound = false;
        if let Product::Replicated { app } = product {
            match choose_license(&self.licenses, Some(app)) {
                Ok(Some(license)) => match self.gather(&among_items(license), hosts) {
                    Ok(credential) => return Answer::Found(credential, Origin::Items),
                    Err(refused) => reasons.push(refused.reason),
                },
                Ok(None) => reasons.extend(self.licenses.first().map(|other| {
                    format!("the License among the items is for the app `{}`, not for `{app}`", other.app)
                })),
                Err(problem) => return Answer::Missing(problem.to_string()),
            }
        }
        for source in &self.outside {
            match source.suits(product) {
                Ok(()) => match self.gather(source, hosts) {
                    Ok(credential) => return Answer::Found(credential, Origin::Outside),
                    Err(refused) => {
                        bound |= source.is_bound();
                        reasons.push(refused.reason);
                    }
                },
                Err(reason) => reasons.extend(reason),
            }
        }
        reasons.dedup();
        match (reasons.is_empty(), bound) {
            (true, _) => Answer::Missing(nothing(product, hosts)),
            (false, true) => Answer::Refused(reasons.join("; ")),
            (false, false) => Answer::Missing(reasons.join("; ")),
        }
    }

    fn gather(&self, source: &CredentialSource, hosts: &[String]) -> Result<Credential, Refused> {
        let credential = Credential::gather(hosts, &self.named, |host| source.account_for(host))?;
        Ok(credential.until(source.expires().cloned()))
    }
}

fn among_items(license: &License) -> CredentialSource {
    let name = "the License among the items".to_owned();
    let License { id, app, expires, .. } = license.clone();
    CredentialSource::License { id, app: Some(app), name, hosts: Hosts::Any, expires }
}

/// No source at all: what could be one.
fn nothing(product: Product<'_>, hosts: &[String]) -> String {
    let host = hosts.first().map_or("", String::as_str);
    match product {
        Product::Replicated { .. } => format!(
            "there is no credential for `{host}`: add the License to the items, or set {LICENSE_FILE}, {LICENSE_ID} or \
             {DOCKERCONFIG}"
        ),
        Product::Other => format!(
            "there is no credential for `{host}`: set {DOCKERCONFIG}, or {USERNAME}, {PASSWORD} and {HOSTS}, or name a Secret \
             among the items in `credentials.secretRef`, or say `credentials: {{anonymous: {{}}}}`"
        ),
    }
}
