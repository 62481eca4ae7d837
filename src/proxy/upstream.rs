//! The one registry behind a proxy that drops its name.

use super::host;
use crate::image::{DOCKER_HUB, Reference};

/// A registry, or one part of it. A layout without the registry in its names serves nothing else:
/// `ghcr.io/acme/api` must not become `acme/api` of Docker Hub, which anyone may own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Upstream {
    registry: String,
    /// Only repositories below this path are served.
    namespace: Option<String>,
    /// Whether the proxy's names lack that path.
    stripped: bool,
}

impl Upstream {
    /// Docker Hub.
    pub(super) fn docker_hub() -> Upstream {
        Upstream { registry: DOCKER_HUB.to_owned(), namespace: None, stripped: false }
    }

    /// A whole registry.
    pub(super) fn registry(text: &str) -> Result<Upstream, String> {
        let registry = host::registry(text)?;
        Ok(Upstream { registry, namespace: None, stripped: false })
    }

    /// A registry or a path in it, such as `docker.io/library`; with `stripped` the proxy's names
    /// begin after the path.
    pub(super) fn part(text: &str, stripped: bool) -> Result<Upstream, String> {
        host::no_web_site(text)?;
        match text.split_once('/') {
            Some((registry, namespace)) if !text.contains("://") => {
                let registry = host::registry(registry)?;
                let namespace = repository_path(namespace)?;
                Ok(Upstream { registry, namespace: Some(namespace), stripped })
            }
            _ => Upstream::registry(text),
        }
    }

    pub(super) fn has_namespace(&self) -> bool {
        self.namespace.is_some()
    }

    pub(super) fn host(&self) -> &str {
        &self.registry
    }

    /// What the proxy calls this image, or None when it comes from elsewhere.
    pub(super) fn served<'r>(&self, reference: &'r Reference) -> Option<&'r str> {
        if reference.registry() != self.registry {
            return None;
        }
        let repository = reference.repository();
        match &self.namespace {
            None => Some(repository),
            Some(namespace) => {
                let below = repository.strip_prefix(namespace.as_str())?.strip_prefix('/')?;
                Some(if self.stripped { below } else { repository })
            }
        }
    }

    /// The image that the proxy calls so, with the tag and digest of `named`.
    pub(super) fn source(&self, repository: &str, named: &Reference) -> Option<Reference> {
        let registry = &self.registry;
        let source = match &self.namespace {
            Some(namespace) if self.stripped => named.renamed(&format!("{registry}/{namespace}/{repository}")),
            _ => named.renamed(&format!("{registry}/{repository}")),
        };
        source.ok().filter(|source| self.served(source).is_some())
    }
}

impl std::fmt::Display for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.registry)?;
        match &self.namespace {
            Some(namespace) => write!(f, "/{namespace}"),
            None => Ok(()),
        }
    }
}

/// One or more segments of a repository, as they are; what no registry could hold is refused.
pub(super) fn repository_path(text: &str) -> Result<String, String> {
    let expected = "expected lower-case letters and digits, with single `.`, `_` or `-` between them";
    if text.is_empty() {
        return Err(format!("is empty: {expected}"));
    }
    if text.contains(char::is_uppercase) {
        return Err(format!("`{text}` has upper-case letters: {expected}"));
    }
    match Reference::parse(&format!("registry.example/{text}/a")) {
        Ok(probe) if probe.suffix().is_empty() => Ok(text.to_owned()),
        _ => Err(format!("`{text}` can't be part of an image name: {expected}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_registry_ends_at_a_slash() {
        let upstream = Upstream::part("index.docker.io/library", true).unwrap();
        assert_eq!(upstream.to_string(), "docker.io/library");
        let served = |text: &str| {
            let reference = Reference::parse(text).unwrap();
            upstream.served(&reference).map(str::to_owned)
        };
        assert_eq!(served("nginx").as_deref(), Some("nginx"));
        assert_eq!(served("libraryx/nginx"), None);
        assert_eq!(served("quay.io/library/nginx"), None);
    }

    #[test]
    fn a_registry_is_a_host() {
        for text in ["acme", "acme/api", "https://quay.io", "", "github.com", "quay.io/repository/acme"] {
            assert!(Upstream::part(text, true).is_err(), "{text}");
        }
        assert!(Upstream::registry("docker.io/library").is_err());
    }

    #[test]
    fn paths_are_what_a_repository_may_hold() {
        assert_eq!(repository_path("example.com/p").as_deref(), Ok("example.com/p"));
        for text in ["", "Acme", "a//b", "/a", "a/", "a:1", "a b", "-a", "a@sha256"] {
            assert!(repository_path(text).is_err(), "{text}");
        }
    }
}
