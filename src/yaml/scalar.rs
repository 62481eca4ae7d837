//! Scalars: which words YAML takes for something else than text, how a text is spelled, and how one is replaced in its own style.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use super::edit::Edit;
use super::node::{Kind, Node, Span, Style};

/// The place of a scalar in the text, and the style in which its replacement is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The bytes to replace: the token's content, of an alias the alias token.
    span: Span,
    /// `None`: an alias stands here.
    style: Option<Style>,
    definition: Span,
    /// Shared by all places that show the scalar. `None`: it has no anchor.
    aliases: Option<Arc<Vec<Span>>>,
}

impl Spot {
    pub(super) fn new(
        text: &str,
        span: Span,
        style: Option<Style>,
        definition: Span,
        aliases: Option<Arc<Vec<Span>>>,
    ) -> Self {
        let span = if style == Some(Style::Block) { one_line(text, span) } else { span };
        Self { span, style, definition, aliases }
    }

    /// The bytes that a replacement takes the place of.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// Whether an alias stands here.
    #[must_use]
    pub fn is_alias(&self) -> bool {
        self.style.is_none()
    }

    /// Which scalar is shown here: the same for the anchored scalar and all aliases of it.
    #[must_use]
    pub fn definition(&self) -> Span {
        self.definition
    }

    /// The alias tokens that show the same scalar.
    #[must_use]
    pub fn aliases(&self) -> &[Span] {
        self.aliases.as_ref().map_or(&[], |aliases| aliases.as_slice())
    }

    /// The edit that makes this scalar say `new`, written as it was: plain, quoted, in its block. An alias becomes a literal.
    ///
    /// `new` is one line. Where the style can't hold it, it is double-quoted.
    #[must_use]
    pub fn replace(&self, new: &str) -> Edit {
        let text = match self.style {
            Some(Style::Single) if !new.contains('\'') => format!("'{new}'"),
            Some(Style::Single | Style::Double) => double_quoted(new),
            Some(Style::Block) => new.to_owned(),
            Some(Style::Plain) | None => spell(new).into_owned(),
        };
        let text = if self.span.start == self.span.end { format!(" {text}") } else { text };
        Edit { span: self.span, text }
    }

    /// The edit that replaces a part of the scalar's spelling: `part`, which spells `old`. `None` where the style can't hold `new` there.
    #[must_use]
    pub fn replace_part(&self, part: Span, old: &str, new: &str) -> Option<Edit> {
        let holds = |char: char| match self.style {
            None => false,
            Some(Style::Block) => true,
            Some(Style::Single) => char != '\'',
            Some(Style::Double) => !matches!(char, '"' | '\\'),
            // What stood in the middle of a plain scalar may stand there again.
            Some(Style::Plain) => {
                char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-' | '/' | ':' | '@') || old.contains(char)
            }
        };
        new.chars().all(|char| holds(char) && !char.is_control()).then(|| Edit { span: part, text: new.to_owned() })
    }

    /// The edit that writes `text` in the place of the alias token at `alias`.
    #[must_use]
    pub fn expand(&self, alias: Span, text: &str) -> Edit {
        Edit { span: alias, text: spell(text).into_owned() }
    }
}

/// The one line of a block scalar, without the indentation before it and the line break behind it.
fn one_line(text: &str, span: Span) -> Span {
    let content = span.of(text);
    let start = span.start + (content.len() - content.trim_start().len());
    let end = span.start + content.trim_end().len();
    Span::new(start.min(end), end)
}

/// Writes `text` so that YAML 1.1 and 1.2 readers take it for a string: plain where both do, else double-quoted.
#[must_use]
pub fn spell(text: &str) -> Cow<'_, str> {
    if is_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(double_quoted(text)) }
}

/// Writes `text` between double quotes, as JSON does; YAML reads it the same way.
#[must_use]
pub fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                // Writing to a String can't fail.
                let _ = write!(quoted, "\\u{:04x}", char as u32);
            }
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// Deliberately narrow: a text that no reader could take for anything else.
fn is_plain(text: &str) -> bool {
    let first = text.bytes().next();
    let starts_well = first.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'.'));
    let safe = text.bytes().all(|byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'.' | b'/' | b':' | b'@' | b'+' | b'-' | b'=' | b' ' | b'(' | b')' | b'$')
    });
    let ends_well = !text.ends_with([':', ' ']);
    starts_well && safe && ends_well && !text.contains(": ") && !text.contains(" #") && !is_ambiguous(text)
}

/// Whether some YAML reader takes the plain word for something else than text.
///
/// Kept wide on purpose: YAML 1.1 has sexagesimal numbers, dates, and `y` and `n` (facts: `args: ["1e3"]` became 1000 in kustomize).
fn is_ambiguous(text: &str) -> bool {
    const WORDS: [&str; 13] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ".nan", ".inf", "nan"];
    let lower = text.to_ascii_lowercase();
    let number_like = text.starts_with(|char: char| char.is_ascii_digit() || matches!(char, '+' | '-' | '.'))
        && text.bytes().all(|byte| {
            byte.is_ascii_hexdigit()
                || matches!(
                    byte,
                    b'x' | b'X' | b'o' | b'O' | b'_' | b'.' | b':' | b'+' | b'-' | b't' | b'T' | b'z' | b'Z' | b' '
                )
        });
    text.is_empty() || text.starts_with('=') || number_like || WORDS.contains(&lower.as_str()) || lower == "<<"
}

/// Whether a plain scalar is null in YAML 1.2's core schema.
pub(super) fn is_null(plain: &str) -> bool {
    matches!(plain, "" | "~" | "null" | "Null" | "NULL")
}

/// Whether a plain scalar is null, a boolean or a number, as Kubernetes reads manifests.
pub(super) fn is_typed(plain: &str) -> bool {
    is_null(plain) || is_bool(plain) || is_number(plain)
}

/// What a plain scalar that is no text is called.
pub(super) fn type_name(plain: &str) -> &'static str {
    if is_null(plain) {
        "nothing"
    } else if is_bool(plain) {
        "a boolean"
    } else {
        "a number"
    }
}

pub(super) fn is_bool(plain: &str) -> bool {
    matches!(plain, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

fn is_number(plain: &str) -> bool {
    let digits = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    if let Some(hex) = digits.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(octal) = digits.strip_prefix("0o") {
        return !octal.is_empty() && octal.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    }
    let special = matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(plain, ".nan" | ".NaN" | ".NAN");
    let decimal = digits.starts_with(|char: char| char.is_ascii_digit() || char == '.')
        && digits.contains(|char: char| char.is_ascii_digit());
    special || (decimal && digits.parse::<f64>().is_ok())
}

/// See [`View::text`](super::View::text).
pub(super) fn text_of<'a>(node: &'a Node<'a>) -> Option<&'a str> {
    let Kind::Scalar { style, value } = &node.kind else { return None };
    let is_text = match node.tag {
        Some(tag) => is_string(tag),
        None => *style != Style::Plain || !is_typed(value),
    };
    is_text.then_some(value.as_ref())
}

/// Whether a tag says that the scalar is a string.
pub(super) fn is_string(tag: &str) -> bool {
    matches!(tag, "!" | "!!str" | "!<tag:yaml.org,2002:str>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_some_reader_takes_for_something_else() {
        for text in [
            "yes",
            "on",
            "y",
            "null",
            "~",
            "010",
            "0x1F",
            "1e3",
            "1_000",
            "12:30",
            ".5",
            "2001-01-01",
            "=x",
            "",
            "a: b",
            "a #b",
            "- a",
            "a:",
            "é",
            "190:20:30",
            "<<",
        ] {
            assert_eq!(spell(text), double_quoted(text), "{text}");
        }
    }

    #[test]
    fn leaves_names_and_references_plain() {
        for text in [
            "acme-registry",
            "docker.io/library/nginx:1.25@sha256:0a",
            "registry:5000/a/b:1",
            "1.25-alpine",
            "eyJhdXRocyI6e30=",
        ] {
            assert_eq!(spell(text), text);
        }
        assert_eq!(spell("[::1]:5000/a"), "\"[::1]:5000/a\"");
    }

    #[test]
    fn quoting_escapes_what_would_end_or_bend_the_string() {
        assert_eq!(double_quoted("a\"\\\n\u{85}\u{2028}é"), r#""a\"\\\n\u0085\u2028é""#);
    }

    #[test]
    fn knows_numbers_and_booleans() {
        for text in ["1", "-1.5", "1e3", "0x1f", "0o17", ".inf", "true", "FALSE", "null", "~", ""] {
            assert!(is_typed(text), "{text}");
        }
        for text in ["nginx", "1.2.3", "yes", "inf", "nan", "0x", "1a", "."] {
            assert!(!is_typed(text), "{text}");
        }
    }
}
