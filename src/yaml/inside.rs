//! Parts of a scalar's text, found in the bytes that spell it.
//!
//! A scalar is not spelled as it reads: block scalars are indented, folded lines lose their breaks, quotes have escapes. But blanks apart,
//! the characters of the text stand in its spelling in the same order, one token each. Both are walked side by side and compared, so a
//! place is never guessed: where they differ, there is no place.

use std::ops::Range;

use super::node::{Span, Style};
use super::view::View;

/// Where `parts` of the text of a scalar are spelled: ranges of bytes of [`View::scalar`], sorted, that begin and end with no blank.
///
/// `None` where this is no scalar, an alias, or spelled so that a part can't be told from what is around it.
#[must_use]
pub fn locate(view: &View<'_>, parts: &[Range<usize>]) -> Option<Vec<Span>> {
    let spot = view.spot().filter(|spot| !spot.is_alias())?;
    let (style, value) = (view.style()?, view.scalar()?);
    let span = if style == Style::Block { view.span() } else { spot.span() };
    let spelled = Spelled { text: span.of(view.tree().text()), at: 0, base: span.start, style };
    let mut spelled = spelled.filter(|(char, _)| !char.is_whitespace());
    let mut parts = parts.iter();
    let mut part = parts.next();
    let mut found = Vec::with_capacity(parts.len() + 1);
    let mut start = None;
    for (at, char) in value.char_indices().filter(|(_, char)| !char.is_whitespace()) {
        let (same, token) = spelled.next()?;
        if same != char {
            return None;
        }
        let Some(wanted) = part else { break };
        if at == wanted.start {
            start = Some(token.start);
        }
        if at + char.len_utf8() == wanted.end {
            found.push(Span::new(start.take()?, token.end));
            part = parts.next();
        }
    }
    part.is_none().then_some(found)
}

/// The characters that a spelling stands for, each with its bytes. Line folding is not followed: it concerns blanks only.
struct Spelled<'a> {
    text: &'a str,
    at: usize,
    base: usize,
    style: Style,
}

impl Iterator for Spelled<'_> {
    type Item = (char, Span);

    fn next(&mut self) -> Option<(char, Span)> {
        let rest = self.text.get(self.at..)?;
        let quote = match self.style {
            Style::Single => Some('\''),
            Style::Double => Some('"'),
            Style::Plain | Style::Block => None,
        };
        let first = rest.chars().next()?;
        let is_edge = quote == Some(first) && (self.at == 0 || rest.len() == 1);
        let (char, length) = match (self.style, first) {
            // The quotes themselves are not part of the text, and count as spaces.
            _ if is_edge => (' ', 1),
            (Style::Single, '\'') => ('\'', 2),
            (Style::Double, '\\') => escape(rest)?,
            _ => (first, first.len_utf8()),
        };
        let start = self.at;
        self.at += length;
        Some((char, Span::new(self.base + start, self.base + self.at)))
    }
}

/// The character that an escape stands for, and its length (YAML 1.2.2, 5.7). An escaped line break is a blank here, for it is no character.
fn escape(text: &str) -> Option<(char, usize)> {
    let code = |digits: usize| {
        let hex = text.get(2..2 + digits)?;
        Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, 2 + digits))
    };
    let named = text.chars().nth(1)?;
    let char = match named {
        'x' => return code(2),
        'u' => return code(4),
        'U' => return code(8),
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' => '\u{1b}',
        't' | 'n' | 'v' | 'f' | 'r' | 'N' | '_' | 'L' | 'P' | ' ' | '\t' | '\n' | '\r' => ' ',
        other => other,
    };
    Some((char, 1 + named.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::super::Tree;
    use super::super::parse::{self, Split};
    use super::*;

    /// What spells the words of the scalar `a` of a document.
    fn words(text: &str) -> Option<Vec<String>> {
        let mut words = None;
        let look = |_, tree: Tree<'_>| {
            let view = tree.view().get("a").unwrap().unwrap();
            let value = view.scalar().unwrap();
            let mut parts = Vec::new();
            for word in value.split_whitespace() {
                let start = word.as_ptr().addr() - value.as_ptr().addr();
                parts.push(start..start + word.len());
            }
            words = locate(&view, &parts).map(|spans| spans.iter().map(|span| span.of(text).to_owned()).collect());
            Ok::<(), parse::Error>(())
        };
        parse::objects(text, |_| Split::Whole, look).unwrap();
        words
    }

    #[test]
    fn words_are_found_in_every_style() {
        for text in [
            "a: one two\n",
            "a: one\n  two # c\n",
            "a: 'one two'\n",
            "a: 'one\n\n  two'\n",
            "a: \"one two\"\n",
            "a: \"one\\ntwo\"\n",
            "a: \"one\\\n  \\ two\"\n",
            "a: |\n  one\n  two\n",
            "a: |2-\n    one\n    two\n",
            "a: >\n  one\n  two\n\n",
            "a: |\r\n  one\r\n  two\r\n",
        ] {
            assert_eq!(words(text), Some(vec!["one".into(), "two".into()]), "{text}");
        }
    }

    #[test]
    fn escapes_belong_to_their_word() {
        assert_eq!(words("a: 'it''s x'\n"), Some(vec!["it''s".into(), "x".into()]));
        assert_eq!(words("a: \"\\x41b \\u00e9\\\"c\"\n"), Some(vec!["\\x41b".into(), "\\u00e9\\\"c".into()]));
        assert_eq!(words("a: \"on\\\n  e two\"\n"), Some(vec!["on\\\n  e".into(), "two".into()]));
        assert_eq!(words("a: \"''\"\n"), Some(vec!["''".into()]));
        assert_eq!(words("a: ''''\n"), Some(vec!["''".into()]));
    }

    #[test]
    fn an_alias_is_spelled_elsewhere() {
        assert_eq!(words("b: &b one\na: *b\n"), None);
    }
}
