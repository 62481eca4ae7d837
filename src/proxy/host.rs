//! Hosts as a configuration and a reference write them.

use std::borrow::Cow;

use crate::image::{DOCKER_HUB, Reference, registry_of_web_site};

/// The host of a proxy, in lower case. What Kubernetes would not take for a host is refused with a
/// sentence, because `harbor/team/app` is an image of Docker Hub's organization `harbor`.
pub(super) fn proxy_host(text: &str) -> Result<String, String> {
    let host = registry(text)?;
    if host == DOCKER_HUB {
        return Err(format!("`{text}` is Docker Hub itself: expected the host of the proxy"));
    }
    Ok(host)
}

/// A registry, with every name of Docker Hub as `docker.io` and in lower case.
pub(crate) fn registry(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("is empty: expected a host, such as `registry.example.com`".to_owned());
    }
    no_web_site(text)?;
    if let Some((_, rest)) = text.split_once("://") {
        let host = rest.split('/').next().unwrap_or(rest);
        return Err(format!("`{text}` has a scheme: write `{host}`"));
    }
    if let Some((host, _)) = text.split_once('/') {
        return Err(format!("`{text}` has a path: write the host alone, `{host}`"));
    }
    let lower = text.to_ascii_lowercase();
    match registry_segment(&lower) {
        Some(registry) => Ok(registry),
        None => Err(format!(
            "Kubernetes would not recognize `{text}` as a host at the beginning of an image: expected one with a \
             dot or a port, such as `registry.example.com` or `registry:5000`"
        )),
    }
}

/// Refuses the address of a registry's website.
pub(super) fn no_web_site(text: &str) -> Result<(), String> {
    let address = text.split_once("://").map_or(text, |(_, address)| address);
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    match registry_of_web_site(host, path) {
        Some(registry) => Err(format!("`{text}` is an address of a website, not of a registry: write `{registry}`")),
        None => Ok(()),
    }
}

/// The registry that the first segment of a reference names; None when it is part of a path.
pub(super) fn registry_segment(segment: &str) -> Option<String> {
    if segment.contains('/') {
        return None;
    }
    let probe = Reference::parse(&format!("{segment}/a/b")).ok()?;
    (probe.repository() == "a/b").then(|| probe.registry().to_owned())
}

/// The same reference with its host in lower case: hosts are names of DNS, whose case means nothing.
/// A host without a dot or port stays, because `Foo/app` is on the host `Foo`, `foo/app` on Docker Hub.
pub(super) fn lower_cased(reference: &Reference) -> Cow<'_, Reference> {
    let name = reference.name_as_written();
    let lower = name.to_ascii_lowercase();
    let host = lower.split('/').next().unwrap_or_default();
    if lower == name || registry_segment(host).is_none() {
        return Cow::Borrowed(reference);
    }
    match reference.renamed(&lower) {
        Ok(lowered) => Cow::Owned(lowered),
        Err(_) => Cow::Borrowed(reference),
    }
}

/// Host and path of a name as they are written; no host where the reference has none.
pub(super) fn written(reference: &Reference) -> (Option<&str>, &str) {
    let name = reference.name_as_written();
    match name.split_once('/') {
        Some((host, path)) if registry_segment(host).is_some() => (Some(host), path),
        _ => (None, name),
    }
}

/// Can this host be a segment of a repository? No path has a port, a bracket or an upper-case letter.
pub(super) fn fits_a_path(host: &str) -> bool {
    !host.contains([':', '[', ']']) && !host.contains(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_proxies() {
        for (text, host) in [
            ("Harbor.corp.example", "harbor.corp.example"),
            ("localhost", "localhost"),
            ("registry:5000", "registry:5000"),
            ("[::1]:5000", "[::1]:5000"),
        ] {
            assert_eq!(proxy_host(text).as_deref(), Ok(host));
        }
        for (text, says) in [
            ("", "empty"),
            ("https://harbor.corp/v2", "write `harbor.corp`"),
            ("harbor.corp/hub", "write the host alone, `harbor.corp`"),
            ("harbor", "with a dot or a port"),
            ("har bor.corp", "not recognize"),
            ("index.docker.io", "Docker Hub itself"),
            ("hub.docker.com", "not of a registry: write `docker.io`"),
            ("https://hub.docker.com/r/acme/web", "not of a registry: write `docker.io`"),
            ("quay.io/repository/acme", "not of a registry: write `quay.io`"),
        ] {
            let problem = proxy_host(text).unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
    }

    #[test]
    fn every_name_of_docker_hub_is_one_registry() {
        for text in ["docker.io", "index.docker.io", "registry-1.docker.io", "Docker.io"] {
            assert_eq!(registry(text).as_deref(), Ok("docker.io"), "{text}");
        }
    }

    #[test]
    fn only_the_case_of_hosts_is_nothing() {
        for (text, same) in [
            ("QUAY.io/a/b:Tag", "quay.io/a/b:Tag"),
            ("Docker.io/nginx", "docker.io/nginx"),
            ("Foo/app", "Foo/app"),
            ("nginx", "nginx"),
        ] {
            let reference = Reference::parse(text).unwrap();
            assert_eq!(lower_cased(&reference).as_written(), same);
        }
    }
}
