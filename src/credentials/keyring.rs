//! Which keys of a docker config answer for an image: kubelet's rules, not docker's.
//!
//! Source: kubernetes/kubernetes `pkg/credentialprovider/keyring.go` (`Add`, `URLsMatch`, `Lookup`,
//! `isDefaultRegistryMatch`). Hosts are globs that are matched label by label, ports must be equal,
//! and a path is a prefix *of text*: `quay.io/team` answers for `quay.io/teammate/app`.
//! One thing differs: a key with a `%` in it answers for nothing here, because no image name has one.

use crate::image::wildcard;

/// The key that kubelet takes for Docker Hub, and for names that it believes to be on Docker Hub.
const DEFAULT_REGISTRY: &str = "index.docker.io";

/// The positions of the keys that answer for `image`, in the order in which kubelet tries them:
/// those that name it or, when none does, those for Docker Hub if kubelet takes it for a name there.
///
/// `image` is `host/repository` without tag and digest, `docker.io/library/nginx` for `nginx`.
pub(crate) fn answering<'k>(keys: impl IntoIterator<Item = &'k str>, image: &str) -> Vec<usize> {
    let known = sorted(keys);
    let named = positions(&known, |key| matches(key, image));
    if named.is_empty() && falls_to_docker_hub(image) {
        return positions(&known, |key| key == DEFAULT_REGISTRY);
    }
    named
}

/// The positions of the keys that name `target`, in kubelet's order, and nothing else.
pub(crate) fn naming<'k>(keys: impl IntoIterator<Item = &'k str>, target: &str) -> Vec<usize> {
    positions(&sorted(keys), |key| matches(key, target))
}

/// Would kubelet send the Docker Hub credential for this name when no key answers for it? It does
/// so for every name whose first part has neither a dot nor a port, `localhost/app` included.
pub(crate) fn falls_to_docker_hub(image: &str) -> bool {
    match image.split_once('/') {
        None => !image.is_empty(),
        Some((first, _)) => {
            matches!(first, "docker.io" | DEFAULT_REGISTRY) || (!first.is_empty() && !first.contains(['.', ':']))
        }
    }
}

/// Effective keys and their positions, in reverse byte order; keys with the same effective key as
/// they were given (kubelet leaves that to chance).
fn sorted<'k>(keys: impl IntoIterator<Item = &'k str>) -> Vec<(String, usize)> {
    let mut known: Vec<(String, usize)> =
        keys.into_iter().enumerate().filter_map(|(index, key)| Some((effective(key)?, index))).collect();
    known.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    known
}

fn positions(known: &[(String, usize)], answers: impl Fn(&str) -> bool) -> Vec<usize> {
    known.iter().filter(|(key, _)| answers(key)).map(|(_, index)| *index).collect()
}

/// Does `glob` (`*.azurecr.io`, `quay.io/team`, no scheme) answer for `target`?
pub(crate) fn matches(glob: &str, target: &str) -> bool {
    let (Some(glob), Some(target)) = (Location::parse(glob), Location::parse(target)) else {
        return false;
    };
    glob.port() == target.port()
        && target.path.starts_with(glob.path)
        && glob.labels().count() == target.labels().count()
        && glob.labels().zip(target.labels()).all(|(glob, label)| label_matches(glob, label))
}

/// The key without scheme, and without the version that old docker clients wrote after the host.
/// None for what is no URL: kubelet skips such a key.
fn effective(key: &str) -> Option<String> {
    let schemeless = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let Location { authority, path } = Location::parse(schemeless)?;
    let path = match path.strip_prefix("/v1").or_else(|| path.strip_prefix("/v2")) {
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    };
    Some(format!("{authority}{}", if path == "/" { "" } else { path }))
}

/// The path of a key as kubelet reads it.
pub(crate) fn path(key: &str) -> String {
    let effective = effective(key).unwrap_or_default();
    Location::parse(&effective).map_or_else(String::new, |location| location.path.to_owned())
}

/// A URL without its scheme, as far as kubelet looks at it.
struct Location<'t> {
    authority: &'t str,
    path: &'t str,
}

impl<'t> Location<'t> {
    /// Go's `url.Parse` of `https://<text>`; None where that is an error.
    fn parse(text: &'t str) -> Option<Location<'t>> {
        if text.contains(|c: char| c.is_ascii_control() || c == '%') {
            return None;
        }
        let (text, _fragment) = text.split_once('#').unwrap_or((text, ""));
        let (text, _query) = text.split_once('?').unwrap_or((text, ""));
        let (authority, path) = text.find('/').map_or((text, ""), |at| text.split_at(at));
        let authority = authority.rsplit_once('@').map_or(authority, |(_user, host)| host);
        valid_authority(authority).then_some(Location { authority, path })
    }

    /// Go's `net.SplitHostPort`, which leaves the brackets on an IPv6 address without a port.
    fn split(&self) -> (&'t str, &'t str) {
        match self.authority.rsplit_once(':') {
            Some((host, port)) => match host.strip_prefix('[') {
                Some(bare) => match bare.strip_suffix(']') {
                    Some(address) => (address, port),
                    None => (self.authority, ""),
                },
                None if host.contains(':') => (self.authority, ""),
                None => (host, port),
            },
            None => (self.authority, ""),
        }
    }

    fn port(&self) -> &'t str {
        self.split().1
    }

    fn labels(&self) -> impl Iterator<Item = &'t str> {
        self.split().0.split('.')
    }
}

/// Brackets only around an IPv6 address, a port of digits, and no character that a host can't have.
fn valid_authority(authority: &str) -> bool {
    let after_host = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((_, after)) => after,
            None => return false,
        },
        None => authority.rfind(':').and_then(|at| authority.get(at..)).unwrap_or(""),
    };
    let port_ok = match after_host.strip_prefix(':') {
        Some(port) => port.bytes().all(|byte| byte.is_ascii_digit()),
        None => after_host.is_empty(),
    };
    let brackets_ok = authority.starts_with('[') || !authority.contains(['[', ']']);
    port_ok && brackets_ok && !authority.contains([' ', '{', '}', '|', '\\', '^', '`'])
}

/// Shell globbing inside one label of a host. Only `*` is left of it: `?` would start a query, and
/// neither brackets nor backslashes get through a URL's host, except around an IPv6 address
/// without a port, which as a glob is a set of characters and so never its own address.
fn label_matches(glob: &str, label: &str) -> bool {
    !glob.starts_with('[') && wildcard(glob, label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_inside_its_label() {
        assert!(label_matches("*", ""));
        assert!(label_matches("a*c*e", "abcde"));
        assert!(!label_matches("a*a", "a"));
        assert!(!label_matches("a*bc*c", "abc"));
        assert!(!matches("*.io", "sub.quay.io"));
    }

    #[test]
    fn what_is_no_url_answers_for_nothing() {
        for key in ["a b.io", "quay.io:port", "[::1", "q[u]ay.io", "quay.io/%61", "a\nb"] {
            assert!(answering([key], "quay.io/a").is_empty(), "{key}");
        }
    }

    #[test]
    fn an_address_needs_its_port_to_be_recognized() {
        assert_eq!(answering(["[::1]:5000"], "[::1]:5000/a"), [0]);
        assert!(answering(["[::1]"], "[::1]/a").is_empty());
    }

    #[test]
    fn user_query_and_fragment_are_no_part_of_a_key() {
        assert_eq!(answering(["https://me@quay.io/a?b#c"], "quay.io/a"), [0]);
    }

    #[test]
    fn keys_of_one_effective_key_keep_their_order() {
        assert_eq!(answering(["https://q.io/v1/", "q.io", "q.io/v1"], "q.io/v1/x"), [2, 0, 1]);
    }
}
