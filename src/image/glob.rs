//! Patterns of image references: what a user writes to say which images are meant.

use std::fmt;

use super::digest::{Algorithm, Digest, is_hex};
use super::glob_error::{GlobError, Kind};
use super::grammar::{self, Host, LONGEST_REPOSITORY, Parts, Segment, Tag, is_registry};
use super::reference::{Reference, normalize};
use super::reference_error::user_info;
use super::web_site::registry_of_web_site;
use super::wildcard::{spanning, wildcard};

/// A pattern over `registry/repository`, and over tag and digest where it has one.
///
/// - `*` is any text inside one segment, also none; `**` is any number of segments. As in `.gitignore`, `a/**/b` has
///   `a/b` among its matches, and `a/**` has everything below `a` but not `a`.
/// - It begins with a registry, in which `*` may stand too (`*.gcr.io/**`, `registry.corp:*/app`), or with `**/`, which
///   is any registry and anything below it. `**` alone is every image.
/// - Every name of Docker Hub is `docker.io`, and `docker.io/nginx` is `docker.io/library/nginx`, as in references; so
///   `docker.io/*` is `docker.io/library/*`, the only images that it could mean.
/// - Hosts are compared without regard to case, everything else with.
/// - `:tag` is compared when the pattern has one, and a reference without tag and digest has the tag `latest`. One with
///   only a digest has none. `@digest` is compared when the pattern has one.
///
/// A pattern that no reference can match is an error: it is a mistake, and one that would otherwise go unseen.
/// Matching costs at most the pattern's length times the reference's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glob {
    text: String,
    registry: String,
    path: Vec<Piece>,
    tag: Option<String>,
    digest: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Segment(String),
    Segments,
}

impl Glob {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Glob, GlobError> {
        parse(text).map_err(|kind| GlobError::new(text, kind))
    }

    /// Whether the pattern means this reference, however it is spelled. Of one whose tag another program fills in, it does
    /// when it means every tag.
    pub fn matches(&self, reference: &Reference) -> bool {
        if !self.matches_name(reference) {
            return false;
        }
        if reference.placeholders().is_some() {
            return [&self.tag, &self.digest].into_iter().flatten().all(|pattern| pattern == "*");
        }
        let tag = match (reference.tag(), reference.digest()) {
            (None, None) => Some("latest"),
            (tag, _) => tag,
        };
        matches_if_given(self.tag.as_deref(), tag)
            && matches_if_given(self.digest.as_deref(), reference.digest().map(Digest::as_str))
    }

    /// Whether the pattern may mean what this reference becomes when another program has filled it in.
    pub fn may_match(&self, reference: &Reference) -> bool {
        if reference.placeholders().is_some() { self.matches_name(reference) } else { self.matches(reference) }
    }

    fn matches_name(&self, reference: &Reference) -> bool {
        let segments: Vec<&str> = reference.repository().split('/').collect();
        wildcard(&self.registry, &reference.registry().to_ascii_lowercase())
            && spanning(
                &self.path,
                &segments,
                |piece| *piece == Piece::Segments,
                |piece, segment| matches!(piece, Piece::Segment(pattern) if wildcard(pattern, segment)),
            )
    }

    /// Whether it says which registry it means, all of it.
    pub fn names_registry(&self) -> bool {
        !self.registry.contains('*')
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn matches_if_given(pattern: Option<&str>, text: Option<&str>) -> bool {
    pattern.is_none_or(|pattern| text.is_some_and(|text| wildcard(pattern, text)))
}

fn parse(text: &str) -> Result<Glob, Kind> {
    if text.is_empty() {
        return Err(Kind::Empty);
    }
    if user_info(text).is_some() {
        return Err(Kind::UserInfo);
    }
    if let Some(found) = text.chars().find(|&c| c.is_whitespace() || c.is_control()) {
        return Err(Kind::Blank(found));
    }
    let address = text.split_once("://").map_or(text, |(_, address)| address);
    if let Some((host, path)) = address.split_once('/')
        && let Some(registry) = registry_of_web_site(host, path)
    {
        return Err(Kind::WebSite(registry));
    }
    if let Some((_, rest)) = text.split_once("://") {
        return Err(Kind::scheme(rest));
    }
    if let Some(found) = text.chars().find(|c| "?{}!^".contains(*c)) {
        return Err(Kind::Wildcard(found));
    }
    let Parts { name, tag, digest } = Parts::of(text);
    let (registry, path) = if name == "**" || name.starts_with("**/") {
        ("*".to_owned(), name.to_owned())
    } else {
        registry_and_path(text, name)?
    };
    let path = pieces(text, &path)?;
    check_tag(tag)?;
    check_digest(digest)?;
    Ok(Glob { text: text.to_owned(), registry, path, tag: tag.map(str::to_owned), digest: digest.map(str::to_owned) })
}

fn registry_and_path(text: &str, name: &str) -> Result<(String, String), Kind> {
    let (registry, path) = match name.split_once('/') {
        Some(("", _)) => return Err(Kind::empty_segment(text)),
        Some((registry, path)) if registry.contains('*') || is_registry(registry) => (registry, path),
        _ => return Err(Kind::no_registry(text, name)),
    };
    if registry.contains("**") {
        return Err(Kind::span_in_segment(text));
    }
    // A segment may be a host as well: see `Reference::registry` on underscores.
    if !grammar::can_be::<Host>(registry) && !grammar::can_be::<Segment>(registry) {
        return Err(Kind::Host(registry.to_owned()));
    }
    let registry = registry.to_ascii_lowercase();
    let (normal, normal_path) = normalize(Some(&registry), path);
    match path {
        "" | "**" => Ok((normal, path.to_owned())),
        _ => Ok((normal, normal_path)),
    }
}

fn pieces(text: &str, path: &str) -> Result<Vec<Piece>, Kind> {
    let mut pieces = Vec::new();
    let mut length = 0;
    for segment in path.split('/') {
        pieces.push(match segment {
            "**" => Piece::Segments,
            "" => return Err(Kind::empty_segment(text)),
            _ if segment.contains("**") => {
                return Err(Kind::span_in_segment(text));
            }
            _ if segment.chars().any(char::is_uppercase) => return Err(Kind::UpperCase),
            _ if grammar::can_be::<Segment>(segment) => {
                length += 1 + segment.bytes().filter(|byte| *byte != b'*').count().max(1);
                Piece::Segment(segment.to_owned())
            }
            _ => return Err(Kind::Segment(segment.to_owned())),
        });
    }
    if length > LONGEST_REPOSITORY + 1 {
        return Err(Kind::LongRepository);
    }
    if pieces.last() == Some(&Piece::Segments) {
        pieces.insert(pieces.len() - 1, Piece::Segment("*".to_owned()));
    }
    Ok(pieces)
}

fn check_tag(tag: Option<&str>) -> Result<(), Kind> {
    match tag {
        Some(tag) if tag.contains("**") || !grammar::can_be::<Tag>(tag) => Err(Kind::Tag(tag.to_owned())),
        _ => Ok(()),
    }
}

fn check_digest(digest: Option<&str>) -> Result<(), Kind> {
    match digest {
        Some(digest) if digest != "*" && !can_be_digest(digest) => Err(Kind::Digest(digest.to_owned())),
        _ => Ok(()),
    }
}

fn can_be_digest(pattern: &str) -> bool {
    let Some((algorithm, hex)) = pattern.split_once(':') else {
        return false;
    };
    let Some(algorithm) = Algorithm::named(algorithm) else {
        return false;
    };
    let digits = hex.bytes().filter(|byte| *byte != b'*').count();
    let fits = if hex.contains('*') { digits <= algorithm.hex_digits() } else { digits == algorithm.hex_digits() };
    fits && hex.bytes().all(|byte| byte == b'*' || is_hex(byte))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn glob(pattern: &str) -> Glob {
        Glob::parse(pattern).unwrap_or_else(|error| panic!("{error}"))
    }

    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let glob = glob(pattern);
        assert_eq!(glob.to_string(), pattern);
        for (texts, expected) in [(matching, true), (others, false)] {
            for text in texts {
                let reference = Reference::parse(text).unwrap();
                assert_eq!(glob.matches(&reference), expected, "{pattern} on {text}");
            }
        }
    }

    const HEX: &str = "7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa";

    #[test]
    fn a_tag_that_comes_later_is_any_tag() {
        let later = |text: &str| crate::image::ImageText::parse(text).unwrap().image().unwrap();
        let reference = later("ghcr.io/acme/api:${TAG}");
        for (pattern, matches, may_match) in [
            ("ghcr.io/acme/**", true, true),
            ("ghcr.io/acme/api:*", true, true),
            ("ghcr.io/acme/api:latest", false, true),
            ("ghcr.io/acme/api:1*", false, true),
            ("ghcr.io/acme/api:1*@*", false, true),
            ("ghcr.io/acme/web:*", false, false),
        ] {
            let found = (glob(pattern).matches(&reference), glob(pattern).may_match(&reference));
            assert_eq!(found, (matches, may_match), "{pattern}");
        }
        let written = Reference::parse("ghcr.io/acme/api:2").unwrap();
        assert!(!glob("ghcr.io/acme/api:1*").may_match(&written));
    }

    #[test]
    fn two_stars_alone_are_every_image() {
        check("**", &["nginx", "a/b/c:1", "ghcr.io/a", "localhost:5000/a/b/c/d"], &[]);
        check("**/**", &["nginx", "ghcr.io/a", "ghcr.io/a/b"], &[]);
    }

    #[test]
    fn a_pattern_without_stars_is_one_repository_with_any_tag_and_digest() {
        check(
            "ghcr.io/acme/api",
            &["ghcr.io/acme/api", "ghcr.io/acme/api:1", &format!("ghcr.io/acme/api:1@sha256:{HEX}")],
            &["ghcr.io/acme/api2", "ghcr.io/acme/api/x", "quay.io/acme/api", "ghcr.io/acme", "acme/api"],
        );
    }

    #[test]
    fn one_star_stays_inside_a_segment() {
        check(
            "ghcr.io/acme/*",
            &["ghcr.io/acme/api", "ghcr.io/acme/web:1"],
            &["ghcr.io/acme/a/b", "ghcr.io/acme", "ghcr.io/acme2/api"],
        );
        check(
            "ghcr.io/*/api-*-v*",
            &["ghcr.io/a/api-x-v1", "ghcr.io/a/api-x-v2-v"],
            &["ghcr.io/a/api-v1", "ghcr.io/a/api-x/y-v1", "ghcr.io/a/b/api-x-v1"],
        );
        check("ghcr.io/a*b", &["ghcr.io/ab", "ghcr.io/axb"], &["ghcr.io/abc"]);
    }

    #[test]
    fn two_stars_span_segments() {
        check(
            "ghcr.io/acme/**",
            &["ghcr.io/acme/api", "ghcr.io/acme/a/b/c"],
            &["ghcr.io/acme", "ghcr.io/acme2/x", "quay.io/acme/x"],
        );
        check("ghcr.io/**", &["ghcr.io/a", "ghcr.io/a/b"], &["a", "x.ghcr.io/a"]);
        check(
            "ghcr.io/a/**/z",
            &["ghcr.io/a/z", "ghcr.io/a/b/z", "ghcr.io/a/z/c/z"],
            &["ghcr.io/a", "ghcr.io/a/z/c", "ghcr.io/az"],
        );
        check("ghcr.io/**/b/**/c", &["ghcr.io/b/c", "ghcr.io/a/b/x/b/y/c"], &["ghcr.io/c/b", "ghcr.io/b/c/d"]);
    }

    #[test]
    fn two_stars_at_the_start_are_any_registry_and_path() {
        check(
            "**/nginx",
            &["nginx", "ghcr.io/nginx", "quay.io/a/b/nginx:1", "docker.io/nginx"],
            &["nginx/nginx-ingress", "ghcr.io/nginx2", "nginx.io/a"],
        );
        check(
            "**/acme/*",
            &["acme/api", "quay.io/acme/api", "quay.io/mirror/acme/api"],
            &["acme.io/api", "acme.io/acme/api/x"],
        );
        check("**/docker.io/**", &["proxy.io/x/docker.io/library/nginx"], &["nginx"]);
    }

    #[test]
    fn a_star_may_stand_in_the_registry() {
        check(
            "*.dkr.ecr.*.amazonaws.com/**",
            &["123.dkr.ecr.eu-west-1.amazonaws.com/a/b"],
            &["public.ecr.aws/a/b", "123.dkr.ecr.eu-west-1.amazonaws.com.cn/a"],
        );
        check("registry.corp:*/app", &["registry.corp:5000/app"], &["registry.corp/app"]);
        check("*/app", &["quay.io/app", "localhost:5000/app"], &["app", "quay.io/a/app"]);
        check("[::1]:*/**", &["[::1]:5000/a"], &["[::2]:5000/a"]);
        check("foo_bar.com/*", &["foo_bar.com/x"], &["foobar.com/x"]);
    }

    #[test]
    fn docker_hub_has_one_spelling() {
        for pattern in [
            "docker.io/nginx",
            "docker.io/library/nginx",
            "index.docker.io/nginx",
            "index.docker.io/library/nginx",
            "registry-1.docker.io/library/nginx",
            "registry.hub.docker.com/nginx",
            "Docker.IO/nginx",
        ] {
            check(
                pattern,
                &[
                    "nginx",
                    "library/nginx",
                    "docker.io/nginx:1",
                    "index.docker.io/library/nginx",
                    "registry-1.docker.io/nginx",
                ],
                &["nginx/nginx", "ghcr.io/nginx", "ghcr.io/library/nginx"],
            );
        }
        check("docker.io/*", &["nginx", "library/redis"], &["acme/api"]);
        check("docker.io/ngin*", &["nginx"], &["redis", "acme/nginx"]);
        check("docker.io/**", &["nginx", "acme/api", "a/b/c"], &["ghcr.io/a"]);
        check("docker.io/**/nginx", &["nginx", "acme/nginx"], &["acme/nginx/x"]);
    }

    #[test]
    fn hosts_have_no_case_and_tags_have() {
        check("GHCR.io/acme/*", &["ghcr.io/acme/a", "Ghcr.IO/acme/a"], &[]);
        check("FOO/bar", &["Foo/bar"], &["foo/bar"]);
        check("ghcr.io/a:V1", &["ghcr.io/a:V1"], &["ghcr.io/a:v1"]);
    }

    #[test]
    fn a_tag_is_compared_when_the_pattern_has_one() {
        check(
            "docker.io/nginx:1.*",
            &["nginx:1.2", "nginx:1.", &format!("nginx:1.2@sha256:{HEX}")],
            &["nginx", "nginx:2", "nginx:latest", &format!("nginx@sha256:{HEX}")],
        );
        check("**:latest", &["nginx", "nginx:latest", "ghcr.io/a/b"], &["nginx:1", &format!("nginx@sha256:{HEX}")]);
        check("**/nginx:*", &["nginx", "nginx:1"], &[&format!("nginx@sha256:{HEX}")]);
    }

    #[test]
    fn a_digest_is_compared_when_the_pattern_has_one() {
        let digested = format!("nginx@sha256:{HEX}");
        let both = format!("nginx:1@sha256:{HEX}");
        check("**@*", &[&digested, &both], &["nginx", "nginx:1"]);
        check("**@sha256:7cc4*", &[&digested, &both], &["nginx"]);
        check("**@sha256:*", &[&digested], &[]);
        check("**@sha512:*", &[], &[&digested]);
        check(&format!("**@sha256:{HEX}"), &[&digested], &["nginx"]);
        check("docker.io/nginx:1@*", &[&both], &[&digested, "nginx:1"]);
    }

    #[test]
    fn a_pattern_that_matches_nothing_says_what_to_write() {
        let long = "a".repeat(256);
        for (pattern, instead) in [
            ("", "`**`"),
            ("nginx", "`docker.io/library/nginx`"),
            ("nginx", "`**/nginx`"),
            ("nginx:1.*", "`**/nginx:1.*`"),
            ("acme/*", "`docker.io/acme/*`"),
            ("acme/*", "`**/acme/*`"),
            ("acme/**", "`**/acme/**`"),
            ("*", "`**`"),
            ("*:latest", "`**:latest`"),
            ("ghcr.io", "`ghcr.io/**`"),
            ("localhost:5000", "`localhost:5000/**`"),
            ("ghcr.io/", "`ghcr.io/**`"),
            ("ghcr.io/acme/", "`ghcr.io/acme/**`"),
            ("ghcr.io//acme", "`ghcr.io/acme`"),
            ("/acme", "`**/acme`"),
            ("/", "`**`"),
            ("**/", "`**/**`"),
            ("ghcr.io/acme**", "`ghcr.io/acme*`"),
            ("ghcr.io/a**b/c", "`ghcr.io/a*b/c`"),
            ("**.io/acme", "`*.io/acme`"),
            ("https://ghcr.io/acme", "`ghcr.io/acme`"),
            ("-x.io/acme", "`ghcr.io/**`"),
            ("ghcr.io:http/acme", "`ghcr.io/**`"),
            ("ghcr.io/Acme/*", "lower case"),
            ("**/Acme", "lower case"),
            ("ghcr.io/acme-", "`*`"),
            ("ghcr.io/a..*", "`*`"),
            ("ghcr.io/[a-z]", "`*`"),
            ("ghcr.io/{a,b}", "`*`"),
            ("ghcr.io/a?", "`*`"),
            ("!ghcr.io/a", "one pattern for each choice"),
            ("ghcr.io/a b", "contains a space; remove it"),
            ("ghcr.io/a, ghcr.io/b", "contains a space; remove it"),
            ("https://ghcr.io/a\n", "contains a line break; remove it"),
            ("hub.docker.com/r/acme/**", "`docker.io/`"),
            ("https://github.com/orgs/acme/packages", "`ghcr.io/`"),
            ("quay.io/repository/acme/*", "`quay.io/`"),
            ("user:hunter2@ghcr.io/a", "write the pattern beginning with the host"),
            (&format!("ghcr.io/{long}"), "shorter"),
            ("ghcr.io/a:", "`:*`"),
            ("ghcr.io/a:-*", "`:*`"),
            ("ghcr.io/a:é", "`:*`"),
            ("ghcr.io/a:**", "`:*`"),
            (&format!("ghcr.io/a:{long}"), "`:*`"),
            ("ghcr.io/a@", "`@*`"),
            ("ghcr.io/a@sha256:abc", "`@*`"),
            ("ghcr.io/a@sha256:ABC*", "`@*`"),
            ("ghcr.io/a@md5:*", "`@*`"),
            (&format!("ghcr.io/a@sha256:{HEX}0*"), "`@*`"),
        ] {
            let error = Glob::parse(pattern).unwrap_err().to_string();
            assert!(error.contains("can't match any image: "), "{error}");
            assert!(error.contains("write ") && !error.contains("hunter2"), "{error}");
            assert!(error.contains(instead), "{pattern}: {error}");
            // What it says to write is itself a pattern.
            let written = instead.trim_matches('`');
            if written.contains('/') && !written.ends_with('/') {
                glob(written);
            }
        }
    }

    #[test]
    fn errors_are_sentences() {
        insta::assert_snapshot!(
            Glob::parse("acme/*").unwrap_err(),
            @"`acme/*` can't match any image: it does not begin with a registry; write `docker.io/acme/*` for Docker Hub, or `**/acme/*` for every registry"
        );
        insta::assert_snapshot!(
            Glob::parse("https://user:secret@ghcr.io/x").unwrap_err(),
            @"`…@ghcr.io/x` can't match any image: it has a user or password before the host; write the pattern beginning with the host"
        );
    }

    #[test]
    fn matching_costs_no_more_than_the_lengths_multiplied() {
        let stars = format!("ghcr.io/{}b", "a*".repeat(100));
        let spans = format!("ghcr.io/{}b", "**/a/".repeat(60));
        let segment = Reference::parse(&format!("ghcr.io/{}", "a".repeat(250))).unwrap();
        let segments = Reference::parse(&format!("ghcr.io{}", "/a".repeat(120))).unwrap();
        let start = Instant::now();
        for pattern in [&stars, &spans] {
            let glob = glob(pattern);
            assert!(!glob.matches(&segment) && !glob.matches(&segments));
        }
        assert!(start.elapsed() < Duration::from_secs(2));
    }
}
