//! What is wrong with a pattern that can match nothing, and what its author may have meant.

use std::fmt;

use super::grammar::{LONGEST_REPOSITORY, Tag, is_registry};
use super::reference_error::{blank, presentable};

/// Why a pattern can match no image, and what to write instead. What may be a password is not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GlobError {
    pattern: String,
    kind: Kind,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Empty,
    UserInfo,
    Scheme(String),
    WebSite(&'static str),
    Wildcard(char),
    Blank(char),
    NoRegistry(Vec<String>),
    Host(String),
    EmptySegment(String),
    SpanInSegment(String),
    UpperCase,
    Segment(String),
    LongRepository,
    Tag(String),
    Digest(String),
}

impl GlobError {
    pub(super) fn new(pattern: &str, kind: Kind) -> Self {
        GlobError { pattern: presentable(pattern), kind }
    }
}

/// The kinds that propose another pattern.
impl Kind {
    pub(super) fn scheme(rest: &str) -> Self {
        Kind::Scheme(presentable(rest))
    }

    pub(super) fn no_registry(text: &str, name: &str) -> Self {
        Kind::NoRegistry(with_registry(&presentable(text), name))
    }

    pub(super) fn empty_segment(text: &str) -> Self {
        Kind::EmptySegment(without_empty_segments(&presentable(text)))
    }

    pub(super) fn span_in_segment(text: &str) -> Self {
        Kind::SpanInSegment(presentable(&text.replace("**", "*")))
    }
}

impl std::error::Error for GlobError {}

impl fmt::Display for GlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` can't match any image: {}", self.pattern, self.kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Empty => f.write_str("it is empty; write `**` for every image"),
            Kind::UserInfo => {
                f.write_str("it has a user or password before the host; write the pattern beginning with the host")
            }
            Kind::WebSite(registry) => {
                write!(f, "it is an address of a website; write a pattern that begins with `{registry}/`")
            }
            Kind::Scheme(rest) => write!(f, "it has a scheme; write `{rest}`"),
            Kind::Wildcard(found) => write!(
                f,
                "`{found}` is not a wildcard; write `*` for any text inside a segment, or one pattern for each choice"
            ),
            Kind::Blank(found) => {
                write!(f, "it contains {}; remove it, or write several patterns as several entries", blank(*found))
            }
            Kind::NoRegistry(instead) => match instead.as_slice() {
                [docker_hub, any] => write!(
                    f,
                    "it does not begin with a registry; write `{docker_hub}` for Docker Hub, or `{any}` for every \
                     registry"
                ),
                other => write!(f, "it has no repository after the registry; write `{}`", other.join("`, `")),
            },
            Kind::Host(host) => {
                write!(
                    f,
                    "`{}` is not a host name or host:port; write a registry as in `ghcr.io/**`",
                    presentable(host)
                )
            }
            Kind::EmptySegment(instead) => {
                write!(f, "a segment is empty; write `{instead}`")
            }
            Kind::SpanInSegment(instead) => {
                write!(f, "`**` stands alone between slashes; write `{instead}`")
            }
            Kind::UpperCase => {
                f.write_str("repositories have no upper-case letters; write the repository in lower case")
            }
            Kind::Segment(segment) => write!(
                f,
                "`{}` is not a valid segment of a repository; write a-z and 0-9, single `.`, `_`, `__` or `-` \
                 between them, and `*`",
                presentable(segment)
            ),
            Kind::LongRepository => {
                write!(f, "a repository has at most {LONGEST_REPOSITORY} characters; write a shorter one")
            }
            Kind::Tag(tag) => write!(
                f,
                "`{}` is not a valid tag; write letters, digits, `_`, `.` and `-`, at most {}, or `:*` for every tag",
                presentable(tag),
                Tag::LONGEST
            ),
            Kind::Digest(digest) => write!(
                f,
                "`{}` is not a valid digest; write `@sha256:` and 64 of 0-9 and a-f, a `*` for some of them, or \
                 `@*` for every digest",
                presentable(digest)
            ),
        }
    }
}

/// What a pattern without a registry may mean: a registry alone, or Docker Hub, or any.
fn with_registry(text: &str, name: &str) -> Vec<String> {
    if name == "*" {
        vec![text.replacen('*', "**", 1)]
    } else if name.contains('/') {
        vec![format!("docker.io/{text}"), format!("**/{text}")]
    } else if is_registry(name) {
        vec![format!("{text}/**")]
    } else {
        vec![format!("docker.io/library/{text}"), format!("**/{text}")]
    }
}

fn without_empty_segments(text: &str) -> String {
    let segments: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    let joined = segments.join("/");
    match (text.starts_with('/'), text.ends_with('/')) {
        (_, true) if joined.is_empty() => "**".to_owned(),
        (true, true) => format!("**/{joined}/**"),
        (true, false) => format!("**/{joined}"),
        (false, true) => format!("{joined}/**"),
        (false, false) => joined,
    }
}
