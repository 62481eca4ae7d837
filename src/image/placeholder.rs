//! Texts in an image field that another program fills in before a kubelet sees them.

use std::fmt;
use std::ops::Range;

/// What kind of placeholder a text is or has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Placeholder {
    /// Nothing, or blanks: a webhook or controller sets the image.
    Empty,
    /// `{{…}}`, `{%…%}`, `<%…%>`: Helm, KOTS, Argo Workflows, Jinja, ERB.
    Template,
    /// `$(NAME)`: kustomize vars, Tekton parameters, MSBuild-like tools.
    Parameter,
    /// `${NAME}`, `$NAME`: envsubst, Flux's post-build substitution.
    Variable,
    /// `ENC[…]`: a value that SOPS encrypted.
    Encrypted,
    /// `ko://…`: a Go import path that ko builds.
    Ko,
    /// `{NAME}`: Bazel's stamping, which kustomize allows in tags.
    Stamp,
}

/// The kinds of placeholders in one text: at least one, each once, sorted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Placeholders(Vec<Placeholder>);

impl Placeholders {
    /// The placeholders of `text`, when it has any. None of them can be in a reference, so no image is lost by this.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Some(Self(vec![Placeholder::Empty]));
        }
        if trimmed.starts_with("ko://") {
            return Some(Self(vec![Placeholder::Ko]));
        }
        Self::from_spans(&spans(trimmed))
    }

    pub(super) fn from_spans(spans: &[(Range<usize>, Placeholder)]) -> Option<Self> {
        let mut kinds: Vec<Placeholder> = spans.iter().map(|(_, kind)| *kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        (!kinds.is_empty()).then_some(Self(kinds))
    }

    /// Each kind, once.
    pub fn kinds(&self) -> impl Iterator<Item = Placeholder> {
        self.0.iter().copied()
    }

    /// Whether the field holds no text at all, which hides no image.
    #[must_use]
    pub fn is_empty_text(&self) -> bool {
        self.0 == [Placeholder::Empty]
    }
}

/// The first kind of placeholder in a text that is no image, such as a license ID.
#[must_use]
pub fn placeholder(text: &str) -> Option<Placeholder> {
    Placeholders::of(text)?.kinds().next()
}

/// As the object of a sentence: `a template, {{…}}, and a variable, ${…}`.
impl fmt::Display for Placeholders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, kind) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", and " };
            write!(f, "{separator}{kind}")?;
        }
        Ok(())
    }
}

/// How a placeholder begins, how it ends, and its kind. A longer beginning stands before one that it begins with.
const MARKS: [(&str, &str, Placeholder); 8] = [
    ("${{", "}}", Placeholder::Template),
    ("{{", "}}", Placeholder::Template),
    ("{%", "%}", Placeholder::Template),
    ("<%", "%>", Placeholder::Template),
    ("$(", ")", Placeholder::Parameter),
    ("${", "}", Placeholder::Variable),
    ("ENC[", "]", Placeholder::Encrypted),
    ("{", "}", Placeholder::Stamp),
];

/// A placeholder that has begun: where, and with which of [`MARKS`].
struct Open {
    start: usize,
    mark: usize,
}

/// The outermost placeholders of `text` and their places, in order. One pass: a placeholder in another one, as in
/// `${TAG:=${DEFAULT}}`, is a part of it, and a beginning without an end is ordinary text.
pub(super) fn spans(text: &str) -> Vec<(Range<usize>, Placeholder)> {
    let mut found: Vec<(Range<usize>, Placeholder)> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    // How many of each mark are open, so that an end without a beginning costs nothing.
    let mut pending = [0_usize; MARKS.len()];
    let mut record = |start: usize, end: usize, kind| {
        while found.last().is_some_and(|(inner, _)| inner.start >= start) {
            found.pop();
        }
        found.push((start..end, kind));
    };
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some((depth, length)) = closed_by(rest, &open, &pending) {
            at += length;
            while open.len() > depth {
                let Some(Open { start, mark }) = open.pop() else { break };
                if let Some(count) = pending.get_mut(mark) {
                    *count -= 1;
                }
                if open.len() == depth
                    && let Some((_, _, kind)) = MARKS.get(mark)
                {
                    record(start, at, *kind);
                }
            }
        } else if let Some((mark, (begin, _, _))) =
            MARKS.iter().enumerate().find(|(_, (begin, _, _))| rest.starts_with(begin))
        {
            open.push(Open { start: at, mark });
            if let Some(count) = pending.get_mut(mark) {
                *count += 1;
            }
            at += begin.len();
        } else if let Some(length) = bare_variable(rest) {
            record(at, at + length, Placeholder::Variable);
            at += length;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

/// What the text's beginning ends, when it ends something: the index of that in `open`, and the length of the end. What
/// was opened later and not closed is not counted.
fn closed_by(rest: &str, open: &[Open], pending: &[usize; MARKS.len()]) -> Option<(usize, usize)> {
    let ends = |mark: usize| MARKS.get(mark).map(|(_, end, _)| *end).filter(|end| rest.starts_with(end));
    if let Some(last) = open.last()
        && let Some(end) = ends(last.mark)
    {
        return Some((open.len() - 1, end.len()));
    }
    let is_open = |mark: usize| pending.get(mark).is_some_and(|count| *count > 0) && ends(mark).is_some();
    if !(0..MARKS.len()).any(is_open) {
        return None;
    }
    let (depth, end) = open.iter().enumerate().rev().find_map(|(depth, it)| Some((depth, ends(it.mark)?)))?;
    Some((depth, end.len()))
}

/// The length of `$NAME`, as shells write it, at the beginning of a text.
fn bare_variable(text: &str) -> Option<usize> {
    let name = text.strip_prefix('$')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = name.find(|c| !is_name(c)).unwrap_or(name.len());
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins.then_some(1 + length)
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Placeholder::Empty => "empty",
            Placeholder::Template => "a template, {{…}}",
            Placeholder::Parameter => "a parameter, $(…)",
            Placeholder::Variable => "a variable, ${…}",
            Placeholder::Encrypted => "an encrypted value, ENC[…]",
            Placeholder::Ko => "an import path for ko, ko://…",
            Placeholder::Stamp => "a build stamp, {…}",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Reference;

    fn only_kind(text: &str) -> Option<Placeholder> {
        let placeholders = Placeholders::of(text)?;
        let mut kinds = placeholders.kinds();
        let first = kinds.next();
        assert_eq!(kinds.next(), None, "{text:?}");
        first
    }

    #[test]
    fn every_kind_is_known() {
        for (text, kind) in [
            ("", Placeholder::Empty),
            (" \t", Placeholder::Empty),
            ("{{ .Values.image }}", Placeholder::Template),
            ("repo/app:{{ .Values.tag }}", Placeholder::Template),
            ("repl{{ ConfigOption \"image\" }}", Placeholder::Template),
            ("{{repl LocalRegistryHost }}/app:1", Placeholder::Template),
            ("{{inputs.parameters.image}}", Placeholder::Template),
            ("{{=sprig.trim(inputs.parameters.image)}}", Placeholder::Template),
            ("{{{ mustache }}}", Placeholder::Template),
            ("{% image %}", Placeholder::Template),
            ("<%= image %>", Placeholder::Template),
            ("${{ github.sha }}", Placeholder::Template),
            ("$(IMAGE)", Placeholder::Parameter),
            ("$(params.image):1", Placeholder::Parameter),
            ("$(params[\"image\"])", Placeholder::Parameter),
            ("${IMAGE}", Placeholder::Variable),
            ("$${IMAGE}", Placeholder::Variable),
            ("ghcr.io/acme/app:${TAG:=latest}", Placeholder::Variable),
            ("$IMAGE", Placeholder::Variable),
            ("nginx:$TAG", Placeholder::Variable),
            ("ENC[AES256_GCM,data:abc]", Placeholder::Encrypted),
            ("ko://github.com/acme/app/cmd/api", Placeholder::Ko),
            ("ghcr.io/acme/app:{STABLE_COMMIT}", Placeholder::Stamp),
            ("#{Image}#", Placeholder::Stamp),
        ] {
            assert_eq!(only_kind(text), Some(kind), "{text:?}");
            assert!(Reference::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn mistakes_and_references_are_no_placeholders() {
        for text in [
            "nginx",
            "ghcr.io/acme/app:1.0@sha256:abc",
            "auto",
            "IMAGE",
            "${IMAGE",
            "{{ .Values.image",
            "$(IMAGE",
            "price$",
            "$1",
            "ENC[",
            "docker://nginx",
            "a}}b)c}",
            "$(${{{",
        ] {
            assert_eq!(Placeholders::of(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_placeholder_in_another_is_a_part_of_it() {
        for (text, parts) in [
            ("a:${TAG:=${OTHER:-1}}-x", &["${TAG:=${OTHER:-1}}"][..]),
            ("$(a $(b))", &["$(a $(b))"]),
            ("{{ printf \"$(\" }}:1", &["{{ printf \"$(\" }}"]),
            ("${A}:$(b){{c}}", &["${A}", "$(b)", "{{c}}"]),
            ("${A:$B", &["$B"]),
            ("{{{x}}}y", &["{{{x}}}"]),
            ("ü${ä}ö", &["${ä}"]),
            ("$A-$B_C.d", &["$A", "$B_C"]),
        ] {
            let found: Vec<&str> = spans(text).into_iter().map(|(span, _)| text.get(span).unwrap()).collect();
            assert_eq!(found, parts, "{text:?}");
        }
    }

    #[test]
    fn several_kinds_are_named_once_each() {
        let placeholders = Placeholders::of("{{a}}-${B}-{{c}}").unwrap();
        assert_eq!(placeholders.to_string(), "a template, {{…}}, and a variable, ${…}");
        assert_eq!(Placeholders::of("$(a)").unwrap().to_string(), "a parameter, $(…)");
    }

    #[test]
    fn beginnings_without_ends_cost_no_more_than_their_length() {
        for unit in ["${", "$(", "{{", "${ }} ", "$( {{ )", "{{ ${ }"] {
            let text = unit.repeat(200_000);
            let _ = spans(&text);
        }
    }
}
