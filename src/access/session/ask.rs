//! Who asks what.

use std::fmt;

use url::Url;

use crate::access::addresses::{Zone, is_exactly};
use crate::image::Reference;

/// One question: can this reference be pulled?
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ask {
    /// The image.
    pub reference: Reference,
    /// By whom.
    pub as_who: AsWho,
}

impl Ask {
    /// Can everybody pull it?
    pub fn anonymously(reference: Reference) -> Self {
        Self { reference, as_who: AsWho::Anonymous }
    }

    /// Can whoever has this credential pull it?
    pub fn with(reference: Reference, credential: HostCredential) -> Self {
        Self { reference, as_who: AsWho::Credential(credential) }
    }
}

/// Who asks. An anonymous question has no place for a credential.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AsWho {
    /// Everybody.
    Anonymous,
    /// Whoever has the credential.
    Credential(HostCredential),
}

/// A credential together with the hosts that its owner named for it: it is sent to no other.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HostCredential {
    hosts: Vec<String>,
    authorization: Authorization,
}

impl HostCredential {
    /// The value of an `Authorization` header (`Basic …`) for these hosts, each with its port where it is not the default.
    pub fn new(hosts: Vec<String>, authorization: String) -> Self {
        Self { hosts, authorization: Authorization(authorization) }
    }

    /// The header for a request to this URL: only to one of the hosts, and only over https or inside this machine.
    pub fn authorization(&self, url: &Url) -> Option<Authorization> {
        let private = url.scheme() == "https" || Zone::shown_by(url) == Some(Zone::Loopback);
        let meant = self.hosts.iter().any(|host| is_exactly(url, host) || is_docker_hub(host, url));
        (private && meant).then(|| self.authorization.clone())
    }
}

/// Docker Hub is one registry on three hosts: its name, its API and its token endpoint.
fn is_docker_hub(host: &str, url: &Url) -> bool {
    host.eq_ignore_ascii_case(crate::image::DOCKER_HUB)
        && matches!(url.host_str(), Some("registry-1.docker.io" | "auth.docker.io"))
}

impl fmt::Debug for HostCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostCredential").field("hosts", &self.hosts).finish_non_exhaustive()
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

    fn sent_to(hosts: &[&str], url: &str) -> bool {
        let hosts = hosts.iter().map(|&host| host.to_owned()).collect();
        let credential = HostCredential::new(hosts, "Basic c2VjcmV0".to_owned());
        credential.authorization(&Url::parse(url).unwrap()).is_some()
    }

    #[test]
    fn a_credential_goes_to_its_own_host_only() {
        assert!(sent_to(&["proxy.example"], "https://proxy.example/v2/a"));
        assert!(sent_to(&["proxy.example:8443"], "https://proxy.example:8443/v2/a"));
        assert!(sent_to(&["127.0.0.1:5000"], "http://127.0.0.1:5000/v2/a"));
        assert!(sent_to(&["docker.io"], "https://auth.docker.io/token"));
        assert!(!sent_to(&["proxy.example"], "http://proxy.example/v2/a"));
        assert!(!sent_to(&["proxy.example"], "https://proxy.example:8443/v2/a"));
        assert!(!sent_to(&["proxy.example"], "https://proxy.example.evil/v2/a"));
        assert!(!sent_to(&["proxy.example"], "https://a.proxy.example/v2/a"));
        assert!(!sent_to(&["example"], "https://auth.docker.io/token"));
    }

    #[test]
    fn debug_shows_no_secret() {
        let credential = HostCredential::new(vec!["proxy.example".to_owned()], "Basic c2VjcmV0".to_owned());
        let authorization = Authorization::bearer("secret");
        assert_eq!(format!("{credential:?}"), "HostCredential { hosts: [\"proxy.example\"], .. }");
        assert_eq!(format!("{authorization:?}"), "Authorization(…)");
    }
}
