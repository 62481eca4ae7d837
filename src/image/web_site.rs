//! Websites whose addresses people copy in place of the registry's.

/// The registry whose website this address is, with the path of the page below the host. `None`: it is not known as one.
///
/// Docker Hub shows `hub.docker.com/r/acme/web`, Quay `quay.io/repository/acme/web`, GitHub `github.com/orgs/acme/packages`.
pub(crate) fn registry_of_web_site(host: &str, path: &str) -> Option<&'static str> {
    match host.to_ascii_lowercase().as_str() {
        "hub.docker.com" | "docker.com" | "www.docker.com" => Some("docker.io"),
        "github.com" | "www.github.com" => Some("ghcr.io"),
        "gitlab.com" | "www.gitlab.com" => Some("registry.gitlab.com"),
        "gallery.ecr.aws" => Some("public.ecr.aws"),
        "catalog.redhat.com" => Some("registry.redhat.io"),
        "quay.io" | "www.quay.io" if path == "repository" || path.starts_with("repository/") => Some("quay.io"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_not_a_web_site() {
        for (host, path) in [("docker.io", ""), ("quay.io", "repositories/a"), ("ghcr.io", "repository"), ("a.b", "")] {
            assert_eq!(registry_of_web_site(host, path), None, "{host}/{path}");
        }
        assert_eq!(registry_of_web_site("Hub.Docker.com", "r/acme/web"), Some("docker.io"));
        assert_eq!(registry_of_web_site("quay.io", "repository/acme/web"), Some("quay.io"));
    }
}
