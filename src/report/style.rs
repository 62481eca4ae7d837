//! How texts look where they are shown: the width, and colors that say what something means.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Ansi};

use crate::access::Access;
use crate::krm::Severity;

/// Where a text is shown, and to whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The columns of the terminal. `None`: nobody knows, as in a pipe.
    pub width: Option<usize>,
    /// Whether colors are understood and wanted.
    pub colors: bool,
    /// Whether equal diagnostics are shown one by one, and evidence in full.
    pub verbose: bool,
}

/// What a part of a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It stands in the way.
    Bad,
    /// It is to be looked at.
    Doubtful,
    /// Nothing has to be done.
    Good,
    /// Something is done about it.
    Changed,
    /// The name of a column.
    Heading,
    /// What few readers need.
    Aside,
    /// Text like any other.
    Plain,
}

impl Style {
    /// For what is read by programs, or kept in files.
    pub const PLAIN: Self = Self { width: None, colors: false, verbose: false };

    /// The text, in the color of its meaning.
    pub(super) fn paint(self, meaning: Meaning, text: &str) -> String {
        let ansi = meaning.ansi();
        if self.colors && !text.is_empty() && ansi != Ansi::new() {
            format!("{ansi}{text}{ansi:#}")
        } else {
            text.to_owned()
        }
    }
}

impl Meaning {
    fn ansi(self) -> Ansi {
        match self {
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Doubtful => AnsiColor::Yellow.on_default().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Changed => AnsiColor::Cyan.on_default(),
            Self::Heading => Ansi::new().bold(),
            Self::Aside => Ansi::new().dimmed(),
            Self::Plain => Ansi::new(),
        }
    }

    pub(super) fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Bad,
            Severity::Warning => Self::Doubtful,
            Severity::Info => Self::Plain,
        }
    }

    pub(super) fn of_access(access: Access) -> Self {
        match access {
            Access::Public => Self::Good,
            Access::Private => Self::Changed,
            Access::NotFound | Access::RateLimited | Access::Unreachable => Self::Doubtful,
        }
    }
}

/// The text in lines of at most `width` columns, broken at blanks; all but the first begin with `indent` blanks. A longer word has a line of its
/// own: half of a reference is of no use to anybody.
pub(super) fn wrapped(text: &str, width: Option<usize>, indent: usize) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut lines = String::with_capacity(text.len());
    let mut column = 0;
    for word in text.split(' ') {
        let columns = columns(word);
        if column > 0 && column + 1 + columns > width {
            let _ = write!(lines, "\n{:indent$}{word}", "");
            column = indent + columns;
        } else {
            let blank = if column > 0 { " " } else { "" };
            lines.push_str(blank);
            lines.push_str(word);
            column += blank.len() + columns;
        }
    }
    lines
}

/// The columns that a terminal needs for a text without control characters.
pub(super) fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// Line breaks become blanks; other characters that a terminal acts on are spelled.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => line.push(' '),
            _ if char.is_control() => line.extend(char.escape_default()),
            _ => line.push(char),
        }
    }
    line
}

/// A count of things: `1 image`, `2 images`.
pub(super) fn number(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_never_in_a_word() {
        assert_eq!(wrapped("one two three four", Some(9), 2), "one two\n  three\n  four");
        assert_eq!(wrapped("registry.example/a/b:1 is long", Some(10), 2), "registry.example/a/b:1\n  is long");
        assert_eq!(wrapped("one two three", None, 2), "one two three");
        assert_eq!(wrapped("", Some(10), 2), "");
    }

    #[test]
    fn colors_are_for_those_who_see_them() {
        let colors = Style { colors: true, ..Style::PLAIN };
        assert_eq!(Style::PLAIN.paint(Meaning::Bad, "no"), "no");
        assert_eq!(colors.paint(Meaning::Bad, "no"), "\u{1b}[1m\u{1b}[31mno\u{1b}[0m");
        assert_eq!(colors.paint(Meaning::Plain, "yes"), "yes");
        assert_eq!(colors.paint(Meaning::Good, ""), "");
    }

    #[test]
    fn wide_letters_need_two_columns() {
        assert_eq!(columns("設定.yaml"), 9);
    }
}
