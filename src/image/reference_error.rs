//! What is wrong with a text that is no reference, in a sentence.

use std::borrow::Cow;
use std::fmt;

use super::digest::DigestError;
use super::grammar::{LONGEST_REPOSITORY, Tag};

/// Why a text is no reference. What stands before an `@host/` is not kept: it may be a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReferenceError {
    text: String,
    kind: Kind,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Empty,
    Scheme,
    UserInfo,
    Blank(char),
    BareHex,
    UpperCase,
    EmptySegment,
    Segment(String),
    LongRepository(usize),
    Host(String),
    EmptyTag,
    LongTag(usize),
    Tag(String),
    Digest(DigestError),
}

impl ReferenceError {
    pub(super) fn new(text: &str, kind: Kind) -> Self {
        ReferenceError { text: presentable(text), kind }
    }
}

impl std::error::Error for ReferenceError {}

/// A blank by its name, or by its number where it has none that people know.
pub(super) fn blank(found: char) -> String {
    match found {
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        other => format!("the character U+{:04X}", u32::from(other)),
    }
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a valid image reference: {}", self.text, self.kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Empty => f.write_str("it is empty"),
            Kind::Scheme => f.write_str("it begins with a scheme"),
            Kind::UserInfo => {
                f.write_str("it has a user or password before the host; credentials belong in a pull secret")
            }
            Kind::Blank(found) => write!(f, "it contains {}", blank(*found)),
            Kind::BareHex => f.write_str("64 hex digits are an image ID; write a name before them"),
            Kind::UpperCase => f.write_str("the repository has upper-case letters"),
            Kind::EmptySegment => f.write_str("a segment of the repository, between slashes, is empty"),
            Kind::Segment(part) => write!(
                f,
                "the repository's segment `{}` must consist of a-z and 0-9, with single `.`, `_`, `__` or `-` \
                 between them",
                presentable(part)
            ),
            Kind::LongRepository(found) => {
                write!(f, "the repository has {found} characters; at most {LONGEST_REPOSITORY} are allowed")
            }
            Kind::Host(host) => write!(f, "the registry `{}` is not a host name or host:port", presentable(host)),
            Kind::EmptyTag => f.write_str("the tag after `:` is empty"),
            Kind::LongTag(found) => write!(f, "the tag has {found} characters; at most {} are allowed", Tag::LONGEST),
            Kind::Tag(tag) => write!(
                f,
                "the tag `{}` must consist of letters, digits, `_`, `.` and `-`, and not begin with `.` or `-`",
                presentable(tag)
            ),
            Kind::Digest(error) => error.fmt(f),
        }
    }
}

/// What stands before the host, up to and with its `@`. No digest has a slash, so an `@` before one is no digest's; in a
/// URL, whose password may have slashes, every `@` counts that no digest follows.
pub(super) fn user_info(text: &str) -> Option<&str> {
    let name = match text.rsplit_once('@') {
        Some((name, digest)) if digest.starts_with("sha") && !digest.contains('/') => name,
        _ => text,
    };
    let up_to_host = if text.contains("://") { name } else { name.rsplit_once('/')?.0 };
    text.split_at_checked(up_to_host.rfind('@')? + 1).map(|(before, _)| before)
}

/// The text without what stands before the host and may be a password.
#[must_use]
pub fn without_user_info(text: &str) -> Cow<'_, str> {
    match user_info(text) {
        Some(secret) => Cow::Owned(format!("…@{}", text.strip_prefix(secret).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

/// The text as an error shows it: on one line, not endless, and without what may be a password.
#[must_use]
pub fn presentable(text: &str) -> String {
    const LONGEST: usize = 300;
    let shown = without_user_info(text);
    let mut line = String::new();
    for (count, c) in shown.chars().enumerate() {
        if count == LONGEST {
            line.push('…');
            break;
        }
        if c.is_control() || (c.is_whitespace() && c != ' ') {
            line.extend(c.escape_unicode());
        } else {
            line.push(c);
        }
    }
    line
}
