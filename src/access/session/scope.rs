//! Which token opens a repository: the scope to ask for, and where.

use url::Url;

use crate::access::challenge::Challenge;

/// The scope to ask for `repository` when a registry gives this challenge.
///
/// The challenge's own scope is used when it names the repository, or a path above it as JetBrains Space does. One that
/// names something else is a placeholder (ghcr.io answers `repository:user/image:pull` to everybody) and is ignored.
pub(super) fn wanted(challenge: &Challenge, repository: &str) -> String {
    let offered = challenge.parameter("scope").into_iter().flat_map(str::split_ascii_whitespace);
    let mut usable = offered.filter(|scope| named(scope).is_some_and(|name| is_at_or_below(repository, name)));
    usable.next().map_or_else(|| format!("repository:{repository}:pull"), str::to_owned)
}

/// Whether the challenge that one repository got tells how to get a token for every other of that host as well.
pub(super) fn serves_all(challenge: &Challenge, repository: &str) -> bool {
    challenge.parameter("scope").is_none_or(|scope| named(scope) == Some(repository))
}

/// Where to ask for a token: the realm with the service and the scope added.
pub(super) fn token_url(mut realm: Url, challenge: &Challenge, scope: &str) -> Url {
    {
        let mut query = realm.query_pairs_mut();
        if let Some(service) = challenge.parameter("service") {
            query.append_pair("service", service);
        }
        query.append_pair("scope", scope);
    }
    realm.set_fragment(None);
    realm
}

/// The repository that a URL of a registry's API is about.
pub(super) fn repository_of(url: &Url) -> Option<&str> {
    let (repository, _) = url.path().strip_prefix("/v2/")?.rsplit_once("/manifests/")?;
    Some(repository)
}

/// The name in `repository:NAME:ACTIONS`.
fn named(scope: &str) -> Option<&str> {
    let (name, _) = scope.strip_prefix("repository:")?.rsplit_once(':')?;
    Some(name)
}

fn is_at_or_below(repository: &str, path: &str) -> bool {
    repository.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) && !path.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(scope: &str) -> Challenge {
        let header = format!("Bearer realm=\"https://a/t\",service=\"s\",scope=\"{scope}\"");
        Challenge::parse_all([header.as_str()]).remove(0)
    }

    #[test]
    fn the_scope_of_the_challenge_counts_when_it_is_about_the_repository() {
        let own = "repository:acme/api:pull";
        for (offered, expected) in [
            ("", own),
            ("repository:acme/api:pull", own),
            ("repository:acme/api:pull,push", "repository:acme/api:pull,push"),
            ("repository:acme:pull", "repository:acme:pull"),
            ("repository:user/image:pull", own),
            ("repository:acme/ap:pull", own),
            ("repository::pull", own),
            ("registry:catalog:*", own),
            ("registry:catalog:* repository:acme/api:pull", own),
        ] {
            assert_eq!(wanted(&challenge(offered), "acme/api"), expected, "{offered}");
        }
    }

    #[test]
    fn a_challenge_serves_all_unless_its_scope_is_about_something_else() {
        for (offered, expected) in [
            ("", true),
            ("repository:acme/api:pull", true),
            ("repository:acme:pull", false),
            ("repository:user/image:pull", false),
        ] {
            assert_eq!(serves_all(&challenge(offered), "acme/api"), expected, "{offered}");
        }
    }

    #[test]
    fn the_token_url_keeps_the_query_of_the_realm() {
        let realm = Url::parse("https://a/t?x=y#f").unwrap();
        let url = token_url(realm, &challenge(""), "repository:a b:pull");
        assert_eq!(url.as_str(), "https://a/t?x=y&service=s&scope=repository%3Aa+b%3Apull");
    }
}
