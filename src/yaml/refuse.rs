//! What our parser reads and go-yaml, the parser of kustomize and kpt, does not.
//!
//! It is refused here, because those programs would refuse it later, with less to go by. The rules were found by reading generated
//! texts with both (`tests/oracle`): each is one of go-yaml's scanner (`go.yaml.in/yaml/v3`: `scannerc.go`).

use granit_parser::{Event, ScalarStyle, StructureStyle};

use super::node::Span;
use super::trivia::{self, Token, Trivia};

const TAB: &str = "a tab before the first word of the line, where YAML requires spaces; write spaces";
const KEY_LINES: &str = "a key that is not on the same line as its colon; write both on one line, or `? ` before \
    the key";
const NO_KEY: &str = "a colon without a key before it; write the key, or `? ` for one that is null";
const TAB_BEHIND: &str = "a tab after `-`, `?` or `:`, where YAML requires a space; write a space";
const QUESTION: &str = "a `?` in a word without quotes, inside brackets; quote it";
const NAME: &str =
    "the name of an anchor or alias has a character other than ASCII letters, digits, `-` and `_`; rename it";
const BREAK: &str = "a line separator (U+0085, U+2028 or U+2029) outside quotes, which kustomize and kpt read as a line break; remove it or quote the value";

/// Looks at every event of a text, in order.
pub(super) struct Checker<'t> {
    text: &'t str,
    /// Tabs in the blanks that lines begin with.
    tabs: Suspects,
    /// The line separators that YAML 1.1 knows and YAML 1.2 does not.
    breaks: Suspects,
    open: Vec<Frame>,
    flow: usize,
    /// Where the last token ended.
    end: usize,
    fault: Option<(usize, &'static str)>,
}

enum Frame {
    Sequence,
    Mapping { key_is_next: bool },
}

impl<'t> Checker<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let breaks = if text.is_ascii() {
            Vec::new()
        } else {
            text.match_indices(['\u{85}', '\u{2028}', '\u{2029}']).map(|(at, _)| at).collect()
        };
        Self {
            text,
            tabs: Suspects::new(leading_tabs(text)),
            breaks: Suspects::new(breaks),
            open: Vec::new(),
            flow: 0,
            end: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
            fault: None,
        }
    }

    /// The first place that go-yaml refuses, of the events up to now, and why it does.
    pub(super) fn fault(&self) -> Option<(usize, &'static str)> {
        self.fault
    }

    /// The text has ended.
    pub(super) fn finish(&mut self) {
        self.gap(self.text.len());
    }

    pub(super) fn event(&mut self, event: &Event<'_>, range: Span) {
        match event {
            Event::Scalar(_, style, anchor, tag) => {
                let is_key = self.node();
                if range.start == range.end {
                    // An anchor or a tag is enough of a key.
                    if is_key && *anchor == 0 && tag.is_none() {
                        self.absent_key(range.start);
                    }
                    return;
                }
                let before = self.end;
                self.gap(range.start);
                let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
                self.tabs.pass(range.end);
                match self.breaks.pass(range.end) {
                    Some(at) if !quoted => self.tell(at, BREAK),
                    _ => {}
                }
                if is_key {
                    self.key(before, range);
                }
                self.end = self.end.max(range.end);
                if *style == ScalarStyle::Plain {
                    if self.flow > 0 && range.of(self.text).contains('?') {
                        self.tell(range.start, QUESTION);
                    }
                    // go-yaml's plain scalar takes the blanks and empty lines behind it.
                    let is_blank = |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
                    self.tabs.pass(trivia::skip(self.text, self.end, is_blank));
                }
            }
            Event::Alias(_) => {
                self.node();
                self.gap(range.start);
                self.name(range);
                self.end = self.end.max(range.end);
            }
            Event::Anchor(..) => self.name(range),
            Event::SequenceStart(style, ..) | Event::MappingStart(style, ..) => {
                self.node();
                self.open.push(match event {
                    Event::SequenceStart(..) => Frame::Sequence,
                    _ => Frame::Mapping { key_is_next: true },
                });
                if *style == StructureStyle::Flow && range.start < range.end {
                    self.gap(range.start);
                    self.flow += 1;
                    self.end = self.end.max(range.end);
                }
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
                let closes = self.text.as_bytes().get(range.start).is_some_and(|byte| matches!(byte, b']' | b'}'));
                if closes && range.start < range.end && range.start >= self.end {
                    self.gap(range.start);
                    self.flow = self.flow.saturating_sub(1);
                    self.end = range.end;
                }
            }
            Event::DocumentStart(..) => self.flow = 0,
            _ => {}
        }
    }

    /// A node begins. Whether it is a key.
    fn node(&mut self) -> bool {
        match self.open.last_mut() {
            Some(Frame::Mapping { key_is_next }) => {
                *key_is_next = !*key_is_next;
                !*key_is_next
            }
            _ => false,
        }
    }

    /// Between the last token and the byte `to`.
    fn gap(&mut self, to: usize) {
        let tab = self.tabs.pass(to);
        if let (Some(at), 0) = (tab, self.flow) {
            self.tell(at, TAB);
        }
        if let Some(at) = self.breaks.pass(to) {
            self.tell(at, BREAK);
        }
        if self.flow == 0 && Span::new(self.end, to).of(self.text).contains('\t') {
            self.tab_behind_indicator(to);
        }
    }

    /// Where a new key could begin, go-yaml passes over no tab: behind a dash, a question mark, and the colon of a `? key`.
    fn tab_behind_indicator(&mut self, to: usize) {
        let mut on_line_of_key = true;
        for token in Trivia::new(self.text, self.end, to) {
            let at = match token {
                Token::Newline(_) => {
                    on_line_of_key = false;
                    continue;
                }
                Token::Indicator(b'-' | b'?', at) => at,
                Token::Indicator(b':', at) if !on_line_of_key => at,
                _ => continue,
            };
            let word = trivia::skip(self.text, at + 1, |byte| matches!(byte, b' ' | b'\t')).min(to);
            let is_comment =
                matches!(token, Token::Indicator(b':', _)) && self.text.as_bytes().get(word) == Some(&b'#');
            if !is_comment && Span::new(at + 1, word).of(self.text).contains('\t') {
                return self.tell(at + 1, TAB_BEHIND);
            }
        }
    }

    fn absent_key(&mut self, at: usize) {
        let last = Trivia::new(self.text, self.end, at)
            .filter(|token| !matches!(token, Token::Newline(_) | Token::Comment(_)))
            .last();
        if !matches!(last, Some(Token::Indicator(b'?', _))) {
            self.tell(at, NO_KEY);
        }
    }

    fn key(&mut self, before: usize, key: Span) {
        let explicit =
            Trivia::new(self.text, before, key.start).any(|token| matches!(token, Token::Indicator(b'?', _)));
        if explicit {
            return;
        }
        let colon = Trivia::new(self.text, key.end, self.text.len())
            .find(|token| !matches!(token, Token::Newline(_) | Token::Comment(_)));
        let Some(Token::Indicator(b':', colon)) = colon else { return };
        let written = Span::new(key.start, colon).of(self.text);
        if written.contains(['\n', '\r']) {
            self.tell(key.start, KEY_LINES);
        }
    }

    fn name(&mut self, token: Span) {
        // Behind the `&` or `*`.
        let mut name = token.of(self.text).bytes().skip(1);
        if !name.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            self.tell(token.start, NAME);
        }
    }

    fn tell(&mut self, at: usize, message: &'static str) {
        self.fault.get_or_insert((at, message));
    }
}

/// Places that are wrong unless a token excuses them, passed once from the first to the last.
struct Suspects {
    places: Vec<usize>,
    next: usize,
}

impl Suspects {
    fn new(places: Vec<usize>) -> Self {
        Self { places, next: 0 }
    }

    /// Passes those before the byte `to`; the first of them.
    fn pass(&mut self, to: usize) -> Option<usize> {
        let first = self.places.get(self.next).copied().filter(|at| *at < to);
        while self.places.get(self.next).is_some_and(|at| *at < to) {
            self.next += 1;
        }
        first
    }
}

/// The first tab of each line that has one among the blanks it begins with.
fn leading_tabs(text: &str) -> Vec<usize> {
    if !text.as_bytes().contains(&b'\t') {
        return Vec::new();
    }
    let mut tabs = Vec::new();
    let mut in_blanks = true;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\n' | b'\r' => in_blanks = true,
            b' ' => {}
            b'\t' if in_blanks => {
                tabs.push(at);
                in_blanks = false;
            }
            _ => in_blanks = false,
        }
    }
    tabs
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    /// Found with go-yaml v3.0.5, which refuses the upper and reads the lower ones.
    #[test]
    fn what_go_yaml_refuses_is_refused_with_its_line() {
        let refused = [
            ("a:\n \tb: c\n", 2, "a tab before"),
            ("a: b\n? c\n:\td\n", 3, "a tab after"),
            ("a:\n-\tb\n", 2, "a tab after"),
            ("a: b\n: c\n", 2, "a colon without a key"),
            ("a: {: c}\n", 1, "a colon without a key"),
            ("a:\n  : c\n", 2, "a colon without a key"),
            ("a:\n- b\n- : c\n", 3, "a colon without a key"),
            ("{a: b, c\n\nd: e}\n", 1, "a key that is not on the same line"),
            ("a: &b.c d\n", 1, "the name of an anchor"),
            ("a: &bé d\n", 1, "the name of an anchor"),
            ("a: {b: c?d}\n", 1, "a `?`"),
            ("a: b\nc: d\u{2028}\n", 2, "a line separator"),
        ];
        for (text, line, message) in refused {
            let error = parse::outline(text, &[], |_| ()).unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.message.starts_with(message), "{text:?}: {error}");
        }
        // By our parser itself.
        assert!(parse::outline(&format!("{}: b\n", "k".repeat(1025)), &[], |_| ()).is_err());
    }

    #[test]
    fn what_looks_like_it_is_read() {
        for text in [
            "a:\tb\n",
            "a: |\n \tb\n",
            "a: \"b\n \tc\"\n",
            "a: [\n \tb\n ]\n",
            "a: b\n \n \t\nc: d\n",
            "? a\n:\t# c\n  b\n",
            "? a\n\n: b\n",
            "?\n: b\n",
            "{a\n, b: c}\n",
            "\u{feff}? a\n: b\n",
            "a: b?c\n",
            "'\u{2028}': a\n",
            "a: b\n&c : null\n",
            "a:\n  &c : null\n",
            "a: {&c : d}\n",
            "&c : null\n",
            "a:\n- &c : null\n",
            "a: b\n!!str : c\n",
            "a: {b: c, &c : d}\n",
            "a:\n- &d\n  &c : null\n",
            "a:\n  ?\n  : b\n",
            "a:\n- ? # d\n  : b\n",
            "a: {? : b}\n",
            "a: b\n? &c\n: d\n",
        ] {
            parse::outline(text, &[], |_| ()).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        }
    }
}
