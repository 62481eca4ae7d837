//! The text between two tokens, read forwards.
//!
//! What stands between two nodes is blanks, comments, indicators, anchors, tags and block scalar headers. Only a reader that goes
//! forwards from a known token can tell them apart: looking backwards for a dash finds the one in `- # head-of-deploy`.

use super::node::Span;

/// What can stand between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The end of a line, as `\n`, `\r\n` or `\r`.
    Newline(Span),
    /// From the `#` up to the end of the line.
    Comment(Span),
    /// One of `-?:,[]{}` at its byte.
    Indicator(u8, usize),
    /// `&anchor`, `!tag`, a block scalar's header, or a document marker.
    Word(Span),
}

/// An iterator over the tokens of a gap. Blanks are passed over.
pub(super) struct Trivia<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl<'t> Trivia<'t> {
    /// The gap between the bytes `from`, where a token ended, and `to`, where one begins.
    pub(super) fn new(text: &'t str, from: usize, to: usize) -> Self {
        Self { text, at: from, end: to.min(text.len()) }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        (at < self.end).then(|| self.text.as_bytes().get(at).copied()).flatten()
    }

    fn until(&self, from: usize, stop: impl Fn(u8) -> bool) -> usize {
        (from..self.end).find(|at| self.byte(*at).is_none_or(&stop)).unwrap_or(self.end)
    }
}

impl Iterator for Trivia<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.at = self.until(self.at, |byte| !matches!(byte, b' ' | b'\t'));
        let start = self.at;
        let token = match self.byte(start)? {
            b'\r' if self.byte(start + 1) == Some(b'\n') => Token::Newline(Span::new(start, start + 2)),
            b'\r' | b'\n' => Token::Newline(Span::new(start, start + 1)),
            b'#' => Token::Comment(Span::new(start, self.until(start, |byte| matches!(byte, b'\n' | b'\r')))),
            b'-' if self.text.get(start..start + 3) == Some("---") => {
                Token::Word(Span::new(start, (start + 3).min(self.end)))
            }
            byte @ (b'-' | b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}') => Token::Indicator(byte, start),
            _ => Token::Word(Span::new(
                start,
                self.until(start, |byte| {
                    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}')
                }),
            )),
        };
        self.at = match token {
            Token::Newline(span) | Token::Comment(span) | Token::Word(span) => span.end,
            Token::Indicator(_, at) => at + 1,
        };
        // A word of no length (a flow indicator is taken above) can't happen; never stand still all the same.
        self.at = self.at.max(start + 1);
        Some(token)
    }
}

/// The first byte from `from` on that `pass` does not hold for. It may be called with any byte: one behind the text comes back.
pub(super) fn skip(text: &str, from: usize, pass: impl Fn(u8) -> bool) -> usize {
    from + text.bytes().skip(from).take_while(|byte| pass(*byte)).count()
}

/// Where the line of the byte `at` begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let newline = text.as_bytes().iter().take(at).rposition(|byte| matches!(byte, b'\n' | b'\r'));
    newline.map_or(0, |newline| newline + 1)
}

/// Where the line of the byte `at` ends, before its line break, and the break.
pub(super) fn line_end(text: &str, at: usize) -> (usize, Option<&'static str>) {
    let end = skip(text, at, |byte| !matches!(byte, b'\n' | b'\r'));
    let newline = match (text.as_bytes().get(end), text.as_bytes().get(end + 1)) {
        (Some(b'\r'), Some(b'\n')) => Some("\r\n"),
        (Some(b'\r'), _) => Some("\r"),
        (Some(_), _) => Some("\n"),
        (None, _) => None,
    };
    (end, newline)
}

/// Behind the line of the byte `at`, with its line break.
pub(super) fn behind_line(text: &str, at: usize) -> usize {
    let (end, newline) = line_end(text, at);
    end + newline.map_or(0, str::len)
}

/// Behind the lines from the byte `at` on that have nothing but blanks.
pub(super) fn behind_blank_lines(text: &str, at: usize) -> usize {
    let mut at = at;
    loop {
        let (end, _) = line_end(text, at);
        let behind = behind_line(text, at);
        if behind == at || !Span::new(at, end).of(text).bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
            return at;
        }
        at = behind;
    }
}

/// The line break to insert at the byte `at`: that of its line, else that of the line before, else `\n`.
pub(super) fn newline(text: &str, at: usize) -> &'static str {
    let own = line_end(text, at).1;
    let previous = || {
        line_start(text, at).checked_sub(1).and_then(|before| {
            let start = if text.get(before.saturating_sub(1)..=before) == Some("\r\n") { before - 1 } else { before };
            line_end(text, start).1
        })
    };
    match own.or_else(previous) {
        Some("\r\n") => "\r\n",
        Some("\r") => "\r",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        Trivia::new(text, 0, text.len())
            .map(|token| match token {
                Token::Newline(_) => "newline".into(),
                Token::Indicator(byte, _) => (byte as char).to_string(),
                Token::Comment(span) | Token::Word(span) => span.of(text).to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_dash_in_a_comment_is_no_dash() {
        assert_eq!(
            tokens(": # head-of-deploy\r\n  - # - x\n"),
            [":", "# head-of-deploy", "newline", "-", "# - x", "newline"]
        );
    }

    #[test]
    fn properties_and_headers_are_words() {
        assert_eq!(tokens("- &a-b !!map ? >-2 # c"), ["-", "&a-b", "!!map", "?", ">-2", "# c"]);
    }

    #[test]
    fn a_line_has_its_ends_from_any_byte() {
        // The second byte of a character, and a place behind the text.
        assert_eq!((line_start("a\né\nb", 3), line_end("a\né\r\nb", 3)), (2, (4, Some("\r\n"))));
        assert_eq!((line_start("a\nb", 9), line_end("a\nb", 9)), (2, (9, None)));
    }

    #[test]
    fn the_newline_is_that_of_the_line() {
        assert_eq!(newline("a\r\nb\nc", 0), "\r\n");
        assert_eq!(newline("a\r\nb\nc", 3), "\n");
        assert_eq!(newline("a\r\nb", 3), "\r\n");
        assert_eq!(newline("a", 0), "\n");
    }
}
