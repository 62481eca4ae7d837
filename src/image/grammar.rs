//! The smallest pieces of the grammar in distribution's `regexp.go`, each as a machine that reads one byte at a time.
//!
//! They are machines and not loops because two readers need them: a reference asks whether a whole
//! text is accepted, a glob asks whether any text that it stands for could be.

use std::collections::BTreeSet;

/// The longest repository that distribution accepts (`RepositoryNameTotalLengthMax`).
pub(super) const LONGEST_REPOSITORY: usize = 255;

/// A machine over bytes: where it stands, where a byte takes it, and whether it may stop there.
pub(super) trait Machine: Copy + Ord {
    const START: Self;
    fn next(self, byte: u8) -> Option<Self>;
    fn accepts(self) -> bool;
}

/// Whether the machine accepts the whole of `text`.
pub(super) fn is<M: Machine>(text: &str) -> bool {
    text.bytes().try_fold(M::START, M::next).is_some_and(M::accepts)
}

/// Whether the machine accepts any of the texts that `pattern` stands for, where `*` is any text, also none.
pub(super) fn can_be<M: Machine>(pattern: &str) -> bool {
    let mut states = BTreeSet::from([M::START]);
    for byte in pattern.bytes() {
        states = match byte {
            b'*' => reachable(states),
            _ => states.into_iter().filter_map(|s| s.next(byte)).collect(),
        };
    }
    states.into_iter().any(M::accepts)
}

fn reachable<M: Machine>(states: BTreeSet<M>) -> BTreeSet<M> {
    let mut new: Vec<M> = states.iter().copied().collect();
    let mut all = states;
    while let Some(state) = new.pop() {
        for next in (0..=u8::MAX).filter_map(|byte| state.next(byte)) {
            if all.insert(next) {
                new.push(next);
            }
        }
    }
    all
}

/// One segment of a repository: runs of `a-z0-9`, between them one of `.`, `_`, `__` or any number of `-`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Segment {
    Start,
    Word,
    Dot,
    Underscore,
    Underscores,
    Dashes,
}

impl Machine for Segment {
    const START: Self = Segment::Start;

    fn next(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (_, b'a'..=b'z' | b'0'..=b'9') => Some(Segment::Word),
            (Segment::Word, b'.') => Some(Segment::Dot),
            (Segment::Word, b'_') => Some(Segment::Underscore),
            (Segment::Underscore, b'_') => Some(Segment::Underscores),
            (Segment::Word | Segment::Dashes, b'-') => Some(Segment::Dashes),
            _ => None,
        }
    }

    fn accepts(self) -> bool {
        self == Segment::Word
    }
}

/// A registry's host: labels of letters, digits and inner `-`, or an IPv6 address in brackets; then perhaps a port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Host {
    Start,
    Label,
    Dash,
    Dot,
    Bracket,
    Address,
    Closed,
    Colon,
    Port,
}

impl Machine for Host {
    const START: Self = Host::Start;

    fn next(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Host::Start, b'[') => Some(Host::Bracket),
            (Host::Bracket | Host::Address, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':') => Some(Host::Address),
            (Host::Address, b']') => Some(Host::Closed),
            (Host::Start | Host::Label | Host::Dash | Host::Dot, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => {
                Some(Host::Label)
            }
            (Host::Label | Host::Dash, b'-') => Some(Host::Dash),
            (Host::Label, b'.') => Some(Host::Dot),
            (Host::Label | Host::Closed, b':') => Some(Host::Colon),
            (Host::Colon | Host::Port, b'0'..=b'9') => Some(Host::Port),
            _ => None,
        }
    }

    fn accepts(self) -> bool {
        matches!(self, Host::Label | Host::Closed | Host::Port)
    }
}

/// A tag: a letter, digit or `_`, then up to 127 more of these, `.` or `-`.
///
/// The state is how many bytes were read. ASCII only: Go's `\w` is, other languages' often is not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tag(u8);

impl Tag {
    /// The longest tag that distribution accepts.
    pub(super) const LONGEST: usize = 128;
}

impl Machine for Tag {
    const START: Self = Tag(0);

    fn next(self, byte: u8) -> Option<Self> {
        let fits = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => true,
            b'.' | b'-' => self.0 > 0,
            _ => false,
        };
        (fits && usize::from(self.0) < Tag::LONGEST).then(|| Tag(self.0.saturating_add(1)))
    }

    fn accepts(self) -> bool {
        self.0 > 0
    }
}

/// A reference or a pattern of one, cut where the grammar can only cut it: `name[:tag][@digest]`.
///
/// A name has no `@` and its last segment no `:`, so the cuts need no look at what stands between them.
pub(super) struct Parts<'a> {
    pub(super) name: &'a str,
    pub(super) tag: Option<&'a str>,
    pub(super) digest: Option<&'a str>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (tagged, digest) = cut(text, '@', 0);
        let last_segment = tagged.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = cut(tagged, ':', last_segment);
        Parts { name, tag, digest }
    }
}

/// Cuts at the first `mark` that is at or after `from`.
fn cut(text: &str, mark: char, from: usize) -> (&str, Option<&str>) {
    let (head, tail) = text.split_at_checked(from).unwrap_or((text, ""));
    match tail.split_once(mark) {
        Some((before, after)) => (text.get(..head.len() + before.len()).unwrap_or(text), Some(after)),
        None => (text, None),
    }
}

/// The registry that a name begins with, as it is written there, and the rest; no registry means Docker Hub.
///
/// The first of several segments is a registry when it has a `.`, a `:` or an upper-case letter, or is
/// `localhost` (`splitDockerDomain` in distribution's `normalize.go`).
pub(super) fn split_registry(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, rest)) if is_registry(first) => (Some(first), rest),
        _ => (None, name),
    }
}

pub(super) fn is_registry(first: &str) -> bool {
    first == "localhost" || first.chars().any(|c| matches!(c, '.' | ':') || c.is_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted<M: Machine>(texts: &[&str]) {
        for text in texts {
            assert!(is::<M>(text) && can_be::<M>(text), "{text:?}");
        }
    }

    fn refused<M: Machine>(texts: &[&str]) {
        for text in texts {
            assert!(!is::<M>(text) && !can_be::<M>(text), "{text:?}");
        }
    }

    #[test]
    fn segments() {
        accepted::<Segment>(&["a", "0", "a.b", "a_b", "a__b", "a-b", "a---b", "a-b.c_d"]);
        refused::<Segment>(&["", "A", "a.", ".a", "a..b", "a___b", "a_.b", "a-.b", "é", "a/b"]);
    }

    #[test]
    fn hosts() {
        accepted::<Host>(&["a", "A.b", "a--b.c", "a:1", "10.0.0.1:75050", "[::1]", "[fd::]:5"]);
        refused::<Host>(&[
            "", "a.", ".a", "a..b", "-a", "a-", "a-.b", "a_b", "a:", "a:b", "a:1:2", "[]", "[::1", "[::1]2", "[g::]",
        ]);
    }

    #[test]
    fn tags() {
        accepted::<Tag>(&["a", "_", "1.0-BETA", "a..", &"a".repeat(128)]);
        refused::<Tag>(&["", ".a", "-a", "é", "a+b", &"a".repeat(129)]);
    }

    #[test]
    fn patterns_that_a_text_exists_for() {
        for pattern in ["*", "a*", "*a", "a.*", "*.a", "a*b", "a**b", "*-*"] {
            assert!(can_be::<Segment>(pattern), "{pattern}");
        }
        for pattern in ["*A", ".*", "*.", "*..*", "a___*", "/*"] {
            assert!(!can_be::<Segment>(pattern), "{pattern}");
        }
        for pattern in ["*.amazonaws.com", "corp:*", "*:5000", "[*", "[*]:5000", "*]"] {
            assert!(can_be::<Host>(pattern), "{pattern}");
        }
        for pattern in ["*..com", "-*", "corp:*a", "*_*", "a:1:*"] {
            assert!(!can_be::<Host>(pattern), "{pattern}");
        }
        let long = "a".repeat(128);
        assert!(can_be::<Tag>(&format!("{long}*")));
        assert!(!can_be::<Tag>(&format!("{long}*a")));
        assert!(can_be::<Tag>("*.1"));
    }

    #[test]
    fn cuts() {
        for (text, name, tag, digest) in [
            ("", "", None, None),
            ("a", "a", None, None),
            ("a:b", "a", Some("b"), None),
            ("a:5/b", "a:5/b", None, None),
            ("a:5/b:c", "a:5/b", Some("c"), None),
            ("a:5/b:c@d:e", "a:5/b", Some("c"), Some("d:e")),
            ("a@d:e/f", "a", None, Some("d:e/f")),
            ("a:b:c", "a", Some("b:c"), None),
            ("é/ü:ß", "é/ü", Some("ß"), None),
            (":@", "", Some(""), Some("")),
        ] {
            let parts = Parts::of(text);
            assert_eq!((parts.name, parts.tag, parts.digest), (name, tag, digest), "{text}");
        }
    }
}
