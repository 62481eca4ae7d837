//! Who asks what.

use std::fmt;

use url::Url;

use crate::access::addresses::AddressClass;
use crate::credentials::Credential;
use crate::image::{DOCKER_HUB, Reference};

/// One question: can this reference be pulled?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The image.
    pub reference: Reference,
    /// By whom.
    pub authenticator: Authenticator,
    /// Whether its digest is worth reading the manifest, where the registry does not tell it.
    pub reads_digest: bool,
}

impl Query {
    /// Can anyone pull it?
    #[must_use]
    pub fn anonymously(reference: Reference) -> Self {
        Self { reference, authenticator: Authenticator::Anonymous, reads_digest: false }
    }

    /// Can it be pulled with this credential?
    #[must_use]
    pub fn with(reference: Reference, credential: Credential) -> Self {
        Self { reference, authenticator: Authenticator::Credential(credential), reads_digest: false }
    }
}

/// Who asks. An anonymous question has no place for a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authenticator {
    /// Everybody.
    Anonymous,
    /// The holder of the credential, which goes only where its owner allows.
    Credential(Credential),
}

impl Authenticator {
    /// What to show to this URL's server: a credential only to the hosts that its owner named, and only over https or
    /// inside this machine.
    pub(super) fn authorization(&self, url: &Url) -> Option<Authorization> {
        let Self::Credential(credential) = self else { return None };
        if url.scheme() != "https" && AddressClass::shown_by(url) != Some(AddressClass::Loopback) {
            return None;
        }
        let host = url.host_str()?;
        let named = match (url.port(), host) {
            // Docker Hub is one registry on three hosts: its name, its API and its token endpoint.
            (None, "registry-1.docker.io" | "auth.docker.io") => DOCKER_HUB.to_owned(),
            (None, host) => host.to_owned(),
            (Some(port), host) => format!("{host}:{port}"),
        };
        credential.authorization(&named).map(Authorization)
    }
}

/// The value of an `Authorization` header. It has no Display, and its Debug shows nothing of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Authorization(String);

impl Authorization {
    /// The header for a token that an endpoint gave.
    pub(super) fn bearer(token: &str) -> Self {
        Self(format!("Bearer {token}"))
    }

    /// The text to send; for transports only.
    pub fn header_value(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorization(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", Authorization::bearer("secret")), "Authorization(…)");
    }
}
