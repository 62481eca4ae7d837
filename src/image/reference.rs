//! Image references, read as distribution reads them.
//!
//! The rules are those of `ParseNormalizedNamed` in distribution/reference, which kubelet and containerd use. Two
//! things differ on purpose, and [`Reference::registry`] says which.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::digest::Digest;
use super::grammar::{self, Host, LONGEST_REPOSITORY, Parts, Segment, Tag, split_registry};
use super::placeholder::Placeholders;
use super::reference_error::{Kind, ReferenceError, user_info};

/// The registry of every reference that names none.
pub const DOCKER_HUB: &str = "docker.io";

/// Other names of Docker Hub's registry; `index.docker.io` is the one that distribution knows as well.
const DOCKER_INDEX: &str = "index.docker.io";
const DOCKER_HUB_HOSTS: [&str; 3] = [DOCKER_INDEX, "registry-1.docker.io", "registry.hub.docker.com"];

/// The organization of Docker Hub's repositories that are written without one.
const LIBRARY: &str = "library";

/// A reference as its author wrote it: `[registry/]repository[:tag][@digest]`.
///
/// In an image field, tag and digest may be left to another program ([`ImageText`](super::ImageText)): then they are text that is kept and
/// never read, and [`Reference::placeholders`] says so. [`Reference::parse`] gives no such reference.
///
/// Everything else is a function of the text, so two references are equal exactly when their texts are. Compare
/// [`Reference::normalized`] to learn whether they name the same image.
///
/// A copy is cheap: the text is held once.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference(Arc<Read>);

/// What a text says.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
struct Read {
    text: Box<str>,
    name_length: usize,
    registry: Cow<'static, str>,
    repository: Box<str>,
    version: Version,
}

/// What stands behind a name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
enum Version {
    /// Tag and digest, as far as they are written.
    Written { tag: Option<Box<str>>, digest: Option<Digest> },
    /// A text that another program fills in, up to its digest when that is written.
    Later { placeholders: Box<Placeholders>, digest: Option<Digest> },
}

impl Reference {
    /// Reads a reference; what distribution refuses is an error.
    pub fn parse(text: &str) -> Result<Reference, ReferenceError> {
        parse(text).map_err(|kind| ReferenceError::new(text, kind))
    }

    /// The reference with this name whose tag or digest another program fills in. `suffix` begins with `:` or `@`.
    pub(super) fn later(name: &str, suffix: &str, placeholders: Placeholders) -> Result<Reference, ReferenceError> {
        let named = parse(name).map_err(|kind| ReferenceError::new(name, kind))?;
        if !named.suffix().is_empty() {
            return Err(ReferenceError::new(name, Kind::Tag(named.suffix().to_owned())));
        }
        let digest = suffix.rsplit_once('@').and_then(|(_, digest)| Digest::parse(digest).ok());
        let text = format!("{name}{suffix}").into();
        let version = Version::Later { placeholders: placeholders.into(), digest };
        Ok(Reference(Arc::new(Read { text, version, ..Read::clone(&named.0) })))
    }

    /// The reference with another name and the same tag, digest or placeholders.
    ///
    /// # Errors
    /// When the name is invalid.
    pub fn renamed(&self, name: &str) -> Result<Reference, ReferenceError> {
        match &self.0.version {
            Version::Written { .. } => Reference::parse(&format!("{name}{}", self.suffix())),
            Version::Later { placeholders, .. } => Reference::later(name, self.suffix(), (**placeholders).clone()),
        }
    }

    /// The whole text, unchanged.
    pub fn as_written(&self) -> &str {
        &self.0.text
    }

    /// The text before tag and digest.
    pub fn name_as_written(&self) -> &str {
        self.0.text.split_at_checked(self.0.name_length).map_or("", |(name, _)| name)
    }

    /// Tag and digest with their marks, `:tag@digest`; empty when there is neither.
    pub fn suffix(&self) -> &str {
        self.0.text.split_at_checked(self.0.name_length).map_or("", |(_, suffix)| suffix)
    }

    /// The registry that the image comes from, with its port.
    ///
    /// It is `docker.io` for every name of Docker Hub, also for those that distribution takes for registries of their
    /// own: the images are the same. A first segment such as `foo_bar.com` is the registry as well: distribution's
    /// regular expression has no underscore in a host and counts it to the path, containerd asks that host.
    /// Upper-case letters stay: `Foo` and `foo` are one host to DNS, but `foo/app` is on Docker Hub.
    pub fn registry(&self) -> &str {
        &self.0.registry
    }

    /// The repository in its registry; on Docker Hub always with its organization, `library` when none is written.
    pub fn repository(&self) -> &str {
        &self.0.repository
    }

    /// `registry/repository`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.0.registry, self.0.repository)
    }

    /// `registry/repository[:tag][@digest]`: the same text for every spelling of the same image, and itself a reference
    /// that normalizes to itself. No `:latest` is added.
    pub fn normalized(&self) -> String {
        format!("{}{}", self.name(), self.suffix())
    }

    /// The registry as distribution sees it, whose quirks kubelet's keyring inherits: `registry-1.docker.io` is itself,
    /// and a host with an underscore is none at all (empty).
    pub fn domain(&self) -> &str {
        match split_registry(self.name_as_written()) {
            (None | Some(DOCKER_INDEX), _) => DOCKER_HUB,
            (Some(host), _) if grammar::is::<Host>(host) => host,
            _ => "",
        }
    }

    /// The name as distribution sees it, which is what kubelet looks for in its keyring.
    ///
    /// It differs from [`Reference::name`] for the names of Docker Hub that distribution does not know as such.
    pub fn keyring_name(&self) -> String {
        if self.0.registry == DOCKER_HUB && self.domain() != DOCKER_HUB {
            self.name_as_written().to_owned()
        } else {
            self.name()
        }
    }

    /// The tag, when one is written.
    pub fn tag(&self) -> Option<&str> {
        match &self.0.version {
            Version::Written { tag, .. } => tag.as_deref(),
            Version::Later { .. } => None,
        }
    }

    /// The digest, when one is written.
    pub fn digest(&self) -> Option<&Digest> {
        let (Version::Written { digest, .. } | Version::Later { digest, .. }) = &self.0.version;
        digest.as_ref()
    }

    /// What another program fills in behind the name. Only the name says which image this is then.
    pub fn placeholders(&self) -> Option<&Placeholders> {
        match &self.0.version {
            Version::Written { .. } => None,
            Version::Later { placeholders, .. } => Some(placeholders),
        }
    }

    /// What the registry is asked for: the digest, else the tag, else `latest`. None when another program fills it in.
    pub fn manifest_reference(&self) -> Option<&str> {
        match &self.0.version {
            Version::Written { digest: Some(digest), .. } => Some(digest.as_str()),
            Version::Written { tag: Some(tag), .. } => Some(tag),
            Version::Written { .. } => Some("latest"),
            Version::Later { .. } => None,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_written())
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn parse(text: &str) -> Result<Reference, Kind> {
    if text.is_empty() {
        return Err(Kind::Empty);
    }
    if text.contains("://") {
        return Err(Kind::Scheme);
    }
    if user_info(text).is_some() {
        return Err(Kind::UserInfo);
    }
    if let Some(found) = text.chars().find(|&c| c.is_whitespace() || c.is_control()) {
        return Err(Kind::Blank(found));
    }
    if text.len() == 64 && text.bytes().all(super::digest::is_hex) {
        return Err(Kind::BareHex);
    }
    let Parts { name, tag, digest } = Parts::of(text);
    let (host, path) = split_registry(name);
    check_repository(path)?;
    if let Some(host) = host {
        check_host(host, path)?;
    }
    if let Some(tag) = tag {
        check_tag(tag)?;
    }
    let digest = digest.map(Digest::parse).transpose().map_err(Kind::Digest)?;
    let (registry, repository) = normalize(host, path);
    // Distribution measures after `library/` is added.
    if repository.len() > LONGEST_REPOSITORY {
        return Err(Kind::LongRepository(repository.len()));
    }
    Ok(Reference(Arc::new(Read {
        text: text.into(),
        name_length: name.len(),
        registry: if registry == DOCKER_HUB { DOCKER_HUB.into() } else { registry.into() },
        repository: repository.into(),
        version: Version::Written { tag: tag.map(Box::from), digest },
    })))
}

/// A registry and a path as they are written, or patterns of them, in the spelling that all others are compared in.
pub(super) fn normalize(host: Option<&str>, path: &str) -> (String, String) {
    match host {
        Some(host) if !is_docker_hub(host) => (host.to_owned(), path.to_owned()),
        _ if path.contains('/') => (DOCKER_HUB.to_owned(), path.to_owned()),
        _ => (DOCKER_HUB.to_owned(), format!("{LIBRARY}/{path}")),
    }
}

fn is_docker_hub(host: &str) -> bool {
    host == DOCKER_HUB || DOCKER_HUB_HOSTS.contains(&host)
}

fn check_repository(path: &str) -> Result<(), Kind> {
    if path.chars().any(char::is_uppercase) {
        return Err(Kind::UpperCase);
    }
    match path.split('/').find(|part| !grammar::is::<Segment>(part)) {
        None => Ok(()),
        Some("") => Err(Kind::EmptySegment),
        Some(part) => Err(Kind::Segment(part.to_owned())),
    }
}

/// A host that distribution's expression refuses may still be a path segment to it; then the length limit of the path
/// counts it.
fn check_host(host: &str, path: &str) -> Result<(), Kind> {
    if grammar::is::<Host>(host) {
        return Ok(());
    }
    if !grammar::is::<Segment>(host) {
        return Err(Kind::Host(host.to_owned()));
    }
    match host.len() + 1 + path.len() {
        length if length > LONGEST_REPOSITORY => Err(Kind::LongRepository(length)),
        _ => Ok(()),
    }
}

fn check_tag(tag: &str) -> Result<(), Kind> {
    if grammar::is::<Tag>(tag) {
        return Ok(());
    }
    Err(match tag.len() {
        0 => Kind::EmptyTag,
        length if length > Tag::LONGEST && tag.is_ascii() => Kind::LongTag(length),
        _ => Kind::Tag(tag.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa";

    fn read(text: &str) -> Reference {
        Reference::parse(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn every_name_of_docker_hub_is_one_registry() {
        for (text, domain, keyring_name) in [
            ("nginx", "docker.io", "docker.io/library/nginx"),
            ("library/nginx", "docker.io", "docker.io/library/nginx"),
            ("docker.io/nginx", "docker.io", "docker.io/library/nginx"),
            ("index.docker.io/nginx", "docker.io", "docker.io/library/nginx"),
            ("registry-1.docker.io/nginx", "registry-1.docker.io", "registry-1.docker.io/nginx"),
            (
                "registry.hub.docker.com/library/nginx",
                "registry.hub.docker.com",
                "registry.hub.docker.com/library/nginx",
            ),
        ] {
            let reference = read(text);
            assert_eq!(reference.registry(), DOCKER_HUB, "{text}");
            assert_eq!(reference.repository(), "library/nginx", "{text}");
            assert_eq!(reference.normalized(), "docker.io/library/nginx", "{text}");
            assert_eq!(reference.domain(), domain, "{text}");
            assert_eq!(reference.keyring_name(), keyring_name, "{text}");
            assert_eq!(reference.to_string(), text);
        }
    }

    #[test]
    fn a_host_with_an_underscore_is_the_registry_but_no_domain() {
        let reference = read("foo_bar.com/x/y:1");
        assert_eq!(reference.registry(), "foo_bar.com");
        assert_eq!(reference.repository(), "x/y");
        assert_eq!(reference.domain(), "");
        assert_eq!(reference.keyring_name(), "foo_bar.com/x/y");
        assert_eq!(reference.normalized(), "foo_bar.com/x/y:1");
        // Distribution counts such a host to the path.
        assert!(Reference::parse(&format!("foo_bar.com/{}", "a".repeat(243))).is_ok());
        assert!(Reference::parse(&format!("foo_bar.com/{}", "a".repeat(244))).is_err());
        assert!(Reference::parse("foo_bar.com:80/x").is_err());
    }

    #[test]
    fn tag_and_digest_are_both_kept_and_the_digest_is_asked_for() {
        let text = format!("registry.corp:5000/app:1@sha256:{HEX}");
        let reference = read(&text);
        assert_eq!(reference.name_as_written(), "registry.corp:5000/app");
        assert_eq!(reference.suffix(), format!(":1@sha256:{HEX}"));
        assert_eq!(reference.tag(), Some("1"));
        assert_eq!(reference.digest().unwrap().as_str(), format!("sha256:{HEX}"));
        assert_eq!(reference.manifest_reference(), Some(format!("sha256:{HEX}").as_str()));
        assert_eq!(reference.normalized(), text);
        assert_eq!(read("nginx:1").manifest_reference(), Some("1"));
        assert_eq!(read("nginx").manifest_reference(), Some("latest"));
        assert_eq!(read("nginx").suffix(), "");
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let long = "a".repeat(256);
        for (text, problem) in [
            ("", "it is empty"),
            ("Foo/Bar", "the repository has upper-case letters"),
            ("oci://ghcr.io/acme/app", "it begins with a scheme"),
            ("nginx ", "it contains a space"),
            ("nginx\n", "it contains a line break"),
            (HEX, "64 hex digits are an image ID; write a name before them"),
            ("a//b", "a segment of the repository, between slashes, is empty"),
            ("docker.io/", "a segment of the repository, between slashes, is empty"),
            (
                "a/b..c",
                "the repository's segment `b..c` must consist of a-z and 0-9, with single `.`, `_`, `__` or `-` \
                 between them",
            ),
            (&format!("ghcr.io/{long}"), "the repository has 256 characters; at most 255 are allowed"),
            ("-a.io/b", "the registry `-a.io` is not a host name or host:port"),
            ("ghcr.io:http/b", "the registry `ghcr.io:http` is not a host name or host:port"),
            ("nginx:", "the tag after `:` is empty"),
            (&format!("nginx:{long}"), "the tag has 256 characters; at most 128 are allowed"),
            (
                "nginx:.1",
                "the tag `.1` must consist of letters, digits, `_`, `.` and `-`, and not begin with `.` or \
                `-`",
            ),
            ("nginx@sha256:abc", "a sha256 digest has 64 hex digits, not 3"),
            ("nginx@", "a digest is written algorithm:hex, as in sha256:9f86…"),
        ] {
            let error = Reference::parse(text).unwrap_err().to_string();
            let (_, found) = error.split_once(" is not a valid image reference: ").unwrap();
            assert_eq!(found, problem, "{text:?}");
        }
        assert_eq!(
            Reference::parse("Foo/Bar").unwrap_err().to_string(),
            "`Foo/Bar` is not a valid image reference: the repository has upper-case letters"
        );
    }

    #[test]
    fn an_error_is_one_line_of_bounded_length_without_passwords() {
        for text in [
            "https://user:hunter2@ghcr.io/app",
            "https://user:hunter2@ghcr.io",
            "user:hunter2@ghcr.io/app",
            "user:hunter2@ghcr.io/app@sha256:abc",
            "https://user:hunter2/@ghcr.io/app",
            "https://user:hunt/hunter2@ghcr.io",
            "https://user:hunter2@ghcr.io/app@sha256:abc",
        ] {
            let error = Reference::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        let kept = Reference::parse("oci://ghcr.io/app@sha256:abc").unwrap_err();
        assert!(kept.to_string().starts_with("`oci://ghcr.io/app@sha256:abc` "));
        let long = Reference::parse(&"A\n".repeat(10_000)).unwrap_err().to_string();
        assert!(!long.contains('\n') && long.len() < 4_000, "{}", long.len());
    }
}
