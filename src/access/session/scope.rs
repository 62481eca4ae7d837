//! Which token opens a repository: the scope to ask for, and where.

use url::Url;

use crate::access::challenge::Challenge;

/// The scope to ask for `repository` when a registry gives this challenge.
///
/// The challenge's own scope is used when it names the repository, or a path above it as JetBrains Space does. One that
/// names something else is a placeholder (ghcr.io answers `repository:user/image:pull` to every client) and is ignored.
/// Whatever actions it offers, `pull` is the one that is needed (SUSE/Portus#276: one that refuses `push` refuses both).
pub(super) fn wanted(challenge: &Challenge, repository: &str) -> String {
    let usable = names(challenge).filter(|name| is_at_or_below(repository, name));
    // The nearest one, where the challenge names the repository and a path above it.
    pull(usable.max_by_key(|name| name.len()).unwrap_or(repository))
}

/// The scope that a second challenge asks for, where it asks for a repository.
pub(super) fn insisted_on(challenge: &Challenge) -> Option<String> {
    names(challenge).next().map(pull)
}

/// The scope for pulling that repository.
pub(super) fn pull(repository: &str) -> String {
    format!("repository:{repository}:pull")
}

/// Whether the challenge that one repository got tells how to get a token for every other of that host as well. One whose scope names a
/// path above it stands for that path only; one that does not name it at all (`*`, `aws`, a placeholder) says nothing about scopes.
pub(super) fn serves_all(challenge: &Challenge, repository: &str) -> bool {
    wanted(challenge, repository) == pull(repository)
}

/// The token endpoint that a challenge names: an http or https URL, or a path on the server that gave the challenge.
pub(super) fn realm(challenge: &Challenge, base: &Url) -> Option<Url> {
    let text = challenge.parameter("realm")?;
    let url = if text.starts_with('/') { base.join(text) } else { Url::parse(text) }.ok()?;
    let usable = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    (usable && challenge.scheme() == "bearer").then_some(url)
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

/// The names in the challenge's scopes of the form `repository:NAME:ACTIONS`.
fn names(challenge: &Challenge) -> impl Iterator<Item = &str> {
    let scopes = challenge.parameter("scope").into_iter().flat_map(str::split_ascii_whitespace);
    let named = scopes.filter_map(|scope| scope.strip_prefix("repository:")?.rsplit_once(':'));
    named.map(|(name, _)| name).filter(|name| !name.is_empty())
}

fn is_at_or_below(repository: &str, path: &str) -> bool {
    repository.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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
            ("repository:acme/api:pull,push", own),
            ("repository:acme/api:*", own),
            ("repository:acme/base:pull repository:acme/api:pull", own),
            ("*", own),
            ("aws", own),
            ("repository:acme:pull", "repository:acme:pull"),
            ("repository:user/image:pull", own),
            ("repository:acme/ap:pull", own),
            ("repository::pull", own),
            ("registry:catalog:*", own),
            ("registry:catalog:* repository:acme/api:pull", own),
            ("repository:acme:pull repository:acme/api:pull", own),
        ] {
            assert_eq!(wanted(&challenge(offered), "acme/api"), expected, "{offered}");
        }
    }

    #[test]
    fn a_challenge_serves_all_unless_its_scope_is_about_a_path_above() {
        for (offered, expected) in [
            ("", true),
            ("repository:acme/api:pull,push", true),
            ("repository:acme:pull", false),
            ("repository:user/image:pull", true),
            ("*", true),
            ("aws", true),
        ] {
            assert_eq!(serves_all(&challenge(offered), "acme/api"), expected, "{offered}");
        }
    }

    #[test]
    fn a_second_challenge_insists_on_a_repository_or_on_nothing() {
        assert_eq!(
            insisted_on(&challenge("repository:mapped/acme/api:pull,push")).as_deref(),
            Some("repository:mapped/acme/api:pull")
        );
        for offered in ["", "*", "aws", "registry:catalog:*", "repository::pull"] {
            assert_eq!(insisted_on(&challenge(offered)), None, "{offered}");
        }
    }

    #[test]
    fn realms_that_can_be_used() {
        let base = Url::parse("https://r.example/v2/acme/api/manifests/1").unwrap();
        let of = |header: &str| {
            let challenge = Challenge::parse_all([header]).remove(0);
            realm(&challenge, &base).map(String::from)
        };
        assert_eq!(of("Bearer realm=\"https://a.example/t\"").as_deref(), Some("https://a.example/t"));
        assert_eq!(of("Bearer realm=\"/t\"").as_deref(), Some("https://r.example/t"));
        for header in [
            "Bearer",
            "Bearer service=\"r\"",
            "Bearer realm=\"\"",
            "Bearer realm=\"My Registry\"",
            "Bearer realm=\"a.example/token\"",
            "Bearer realm=\"https://[a.example/t\"",
            "Bearer realm=\"https://a.example/t",
            "Bearer realm=\"file:///etc/passwd\"",
            "Bearer realm=\"https://user:pw@a.example/t\"",
            "Bearer abc==",
            "Basic realm=\"https://a.example/\"",
        ] {
            assert_eq!(of(header), None, "{header}");
        }
    }

    #[test]
    fn the_token_url_keeps_the_query_of_the_realm() {
        let realm = Url::parse("https://a/t?x=y#f").unwrap();
        let url = token_url(realm, &challenge(""), "repository:a b:pull");
        assert_eq!(url.as_str(), "https://a/t?x=y&service=s&scope=repository%3Aa+b%3Apull");
    }
}
