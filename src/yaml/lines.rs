//! The lines that a node takes: where its first one begins, and what stands behind its last one.

use super::node::{Span, Style};
use super::trivia::{self, Token, Trivia};
use super::view::View;

/// The lines of the entry `key` of a block mapping, or of a flow mapping its value: what goes when the entry is written anew.
#[must_use]
pub fn entry_span(key: &View<'_>, value: &View<'_>) -> Span {
    let text = key.tree().text();
    let start = key_start(text, key);
    match own_line(text, start) {
        Some(indent) if !value.tree().view().is_flow() => {
            let end = value.span().end.max(key.span().end);
            let (at, ..) = after_line(text, end, "", "");
            Span::new(start - indent.len(), at)
        }
        _ => value.span(),
    }
}

/// The node, from the beginning of its first line where nothing else stands there.
#[must_use]
pub fn lines_of(node: &View<'_>) -> Span {
    let (text, start) = (node.tree().text(), node.start());
    Span::new(own_line(text, start).map_or(start, |indent| start - indent.len()), node.span().end)
}

/// The lines of an object: of an item with its dash, of a document without its marker.
///
/// `None` where it shares a line with something else.
#[must_use]
pub fn object_lines(object: &View<'_>) -> Option<Span> {
    let text = object.tree().text();
    let dash = Trivia::new(text, object.before(), object.start()).filter_map(|token| match token {
        Token::Indicator(b'-', at) => Some(at),
        _ => None,
    });
    let start = dash.last().unwrap_or(object.start());
    if object.is_flow() || own_line(text, start).is_none() {
        return None;
    }
    let first_line = trivia::line_start(text, start);
    let (end, ..) = after_line(text, object.span().end, "", "");
    Some(Span::new(first_line, end))
}

/// What a stream begins with, comments aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Nothing.
    Nothing,
    /// `---`
    Marker,
    /// Directives, the byte behind the `---` that ends them, and whether they say no more than YAML's version.
    Directives {
        /// The byte behind the marker.
        marker: usize,
        /// Whether `%YAML` is the only one.
        only_version: bool,
    },
    /// A document without a marker.
    Content,
}

/// What the text begins with from the byte `from` on.
#[must_use]
pub fn opening(text: &str, from: usize) -> Opening {
    let mut only_version = true;
    let mut directives = false;
    let mut starts_line = true;
    for token in Trivia::new(text, from, text.len()) {
        match token {
            Token::Newline(_) => {
                starts_line = true;
                continue;
            }
            Token::Comment(_) => continue,
            Token::Word(span) if starts_line && span.of(text) == "---" => {
                let marker = span.end;
                return if directives { Opening::Directives { marker, only_version } } else { Opening::Marker };
            }
            Token::Word(span) if starts_line && span.of(text).starts_with('%') => {
                directives = true;
                only_version &= span.of(text) == "%YAML";
            }
            _ if directives && !starts_line => {}
            _ => return Opening::Content,
        }
        starts_line = false;
    }
    if directives { Opening::Content } else { Opening::Nothing }
}

/// From the first document marker behind the byte `from`, where a document's content ended, to the end of the text.
#[must_use]
pub fn next_document(text: &str, from: usize) -> Option<Span> {
    let marker = Trivia::new(text, from, text.len()).find_map(|token| match token {
        Token::Word(span) if span.of(text) == "---" => Some(span.start),
        _ => None,
    });
    marker.map(|start| Span::new(start, text.len()))
}

/// Behind the line that the byte `end` is on: the place, and what has to stand before and behind new lines there.
pub(super) fn after_line(text: &str, end: usize, newline: &str, indent: &str) -> (usize, String, String) {
    if end > 0 && trivia::line_start(text, end) == end {
        return (end, indent.to_owned(), newline.to_owned());
    }
    match trivia::line_end(text, end) {
        (at, Some(found)) => (at + found.len(), indent.to_owned(), newline.to_owned()),
        (at, None) => (at, format!("{newline}{indent}"), String::new()),
    }
}

/// Whether a line behind the node would change what it says: it ends in a block scalar that ends with the text, without a line break. Such a
/// break is part of the value unless the scalar is stripped (YAML 1.2.2, 8.1.1.2).
pub(super) fn would_gain_break(node: &View<'_>) -> bool {
    let text = node.tree().text();
    if text.ends_with(['\n', '\r']) || node.span().end < text.len() {
        return false;
    }
    let mut last = node.clone();
    while let Some(deeper) = last_inside(&last) {
        last = deeper;
    }
    let (Some(Style::Block), false) = (last.style(), last.cursor().is_alias()) else { return false };
    let header = Trivia::new(text, last.before(), text.len()).find_map(|token| match token {
        Token::Word(span) if span.of(text).starts_with(['|', '>']) => Some(span.of(text)),
        _ => None,
    });
    let has_text = last.scalar().is_some_and(|value| !value.trim_ascii().is_empty());
    header.is_none_or(|header| header.contains('+') || (has_text && !header.contains('-')))
}

/// The last of what a node holds.
fn last_inside<'a>(node: &View<'a>) -> Option<View<'a>> {
    if node.cursor().is_alias() {
        return None;
    }
    let last = node.cursor().len().checked_sub(1)?;
    if node.is_sequence() {
        return node.item(last);
    }
    let (key, value) = node.cursor().entry(last)?;
    // A `? key` without a value.
    let is_absent = value.span().end <= key.span().end;
    if is_absent { node.entries().pop().map(|(key, _)| key) } else { node.entry(last) }
}

/// Where a key begins, with its anchor, its tag, and the `? ` of an explicit key.
pub(super) fn key_start(text: &str, key: &View<'_>) -> usize {
    let question = Trivia::new(text, key.before(), key.start()).filter_map(|token| match token {
        Token::Indicator(b'?', at) => Some(at),
        _ => None,
    });
    question.last().unwrap_or(key.start())
}

/// The blanks before the byte `at`, when nothing else stands before it on its line.
pub(super) fn own_line(text: &str, at: usize) -> Option<&str> {
    // From `at` backwards over blanks only: a document of one line may be megabytes long.
    let before = text.get(..at)?;
    let start = before.trim_end_matches(' ').len();
    (start == 0 || before.as_bytes().get(start - 1).is_some_and(|byte| matches!(byte, b'\n' | b'\r')))
        .then(|| before.get(start..))
        .flatten()
}
