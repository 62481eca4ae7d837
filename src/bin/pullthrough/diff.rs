//! Edits as a unified diff, as `git apply` takes it.
//!
//! The edits say which lines change, so only those are compared, and the time is that of the text. The form is git's (git: `diff.c`, `quote.c`): names
//! with other than printable ASCII are quoted, one with a space ends in a tab, and a last line without a newline is marked. The header
//! omits `diff --git`: with it, names would start at the repository's root, and in a subfolder `git apply` would silently ignore them
//! (git: `apply.c`, `is_toplevel_relative`).

use pullthrough::yaml::EditSet;
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

/// The diff of the file that is called `name`, with slashes between its folders. Empty when nothing changes.
pub(crate) fn unified(name: &[u8], edits: &EditSet<'_>) -> String {
    let new = edits.apply();
    let old: Vec<&str> = edits.text().split_inclusive('\n').collect();
    let operations = operations(edits, &old, &new);
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let (from, to) = (quoted("a/", name), quoted("b/", name));
    let tab = if name.contains(&b' ') { "\t" } else { "" };
    let mut text = String::new();
    for hunk in group_diff_ops(operations, CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        if hunk.iter().all(|operation| operation.tag() == DiffTag::Equal) {
            continue;
        }
        if text.is_empty() {
            text = format!("--- {from}{tab}\n+++ {to}{tab}\n");
        }
        let removed = range(first.old_range().start, last.old_range().end);
        let added = range(first.new_range().start, last.new_range().end);
        text.push_str(&format!("@@ -{removed} +{added} @@\n"));
        for operation in &hunk {
            if operation.tag() == DiffTag::Equal {
                lines(&mut text, ' ', old.get(operation.old_range()));
            } else {
                lines(&mut text, '-', old.get(operation.old_range()));
                lines(&mut text, '+', new.get(operation.new_range()));
            }
        }
    }
    text
}

/// Git's form of a range of lines: the first one, counted from 1, and how many; of none the line before.
fn range(start: usize, end: usize) -> String {
    match end.saturating_sub(start) {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        length => format!("{},{length}", start + 1),
    }
}

fn lines(text: &mut String, mark: char, lines: Option<&[&str]>) {
    for line in lines.unwrap_or_default() {
        text.push(mark);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// How to get from the lines of the one text to those of the other. Lines that no edit touches are not compared.
fn operations(edits: &EditSet<'_>, old: &[&str], new_text: &str) -> Vec<DiffOp> {
    let text = edits.text();
    let new: Vec<&str> = new_text.split_inclusive('\n').collect();
    let mut operations = Operations::default();
    let mut edits = edits.edits().iter().peekable();
    // Where the last stretch ended, in bytes of the old text.
    let mut at = 0;
    while let Some(first) = edits.next() {
        let start = text.get(..first.span.start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        let start = start.max(at);
        let mut end = line_end(text, first.span.end);
        // The line behind an edit is part of it: the edit may have taken the newline before it.
        let mut inserted = newlines(&first.text);
        let mut removed = newlines(first.span.of(text));
        while let Some(next) = edits.next_if(|next| next.span.start < end) {
            end = end.max(line_end(text, next.span.end));
            inserted += newlines(&next.text);
            removed += newlines(next.span.of(text));
        }
        operations.equal(newlines(text.get(at..start).unwrap_or_default()));
        let (from, to) = (operations.old, operations.new);
        let length = text.get(start..end).unwrap_or_default().split_inclusive('\n').count();
        let changed = if end == text.len() { new.len() - to } else { (length + inserted).saturating_sub(removed) };
        let (old, new) = (old.get(from..from + length), new.get(to..to + changed));
        let found = capture_diff_slices(Algorithm::Myers, old.unwrap_or_default(), new.unwrap_or_default());
        found.into_iter().for_each(|operation| operations.add(from, to, operation));
        (operations.old, operations.new) = (from + length, to + changed);
        at = end;
    }
    operations.equal(old.len().saturating_sub(operations.old));
    operations.all
}

/// The byte behind the line that the byte `at` is on.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| at + newline + 1)
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Operations on whole texts, and how many lines they have come to in both.
#[derive(Default)]
struct Operations {
    all: Vec<DiffOp>,
    old: usize,
    new: usize,
}

impl Operations {
    /// Lines that are the same. Neighbors become one: the grouping counts the context of each by itself.
    fn equal(&mut self, more: usize) {
        match self.all.last_mut() {
            _ if more == 0 => {}
            Some(DiffOp::Equal { len, .. }) => *len += more,
            _ => self.all.push(DiffOp::Equal { old_index: self.old, new_index: self.new, len: more }),
        }
        self.old += more;
        self.new += more;
    }

    /// An operation on the lines from `from` and `to` on.
    fn add(&mut self, from: usize, to: usize, operation: DiffOp) {
        self.old = from + operation.old_range().start;
        self.new = to + operation.new_range().start;
        let (old_index, new_index) = (self.old, self.new);
        self.all.push(match operation {
            DiffOp::Equal { len, .. } => return self.equal(len),
            DiffOp::Delete { old_len, .. } => DiffOp::Delete { old_index, old_len, new_index },
            DiffOp::Insert { new_len, .. } => DiffOp::Insert { old_index, new_index, new_len },
            DiffOp::Replace { old_len, new_len, .. } => DiffOp::Replace { old_index, old_len, new_index, new_len },
        });
    }
}

/// A name behind `a/` or `b/`, in quotes where git needs them.
fn quoted(prefix: &str, name: &[u8]) -> String {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    let mut text = prefix.to_owned();
    if name.iter().all(plain) {
        text.extend(name.iter().map(|byte| char::from(*byte)));
        return text;
    }
    for byte in name {
        match byte {
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            byte if plain(byte) => text.push(char::from(*byte)),
            byte => text.push_str(&format!("\\{byte:03o}")),
        }
    }
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use pullthrough::yaml::{Edit, Span};

    use super::*;

    /// The diff of `old` with these replacements, in the form `(start, end, text)`, without its header.
    fn hunks(old: &str, edits: &[(usize, usize, &str)]) -> String {
        let edit = |(start, end, text): &(usize, usize, &str)| Edit {
            span: Span::new(*start, *end),
            text: (*text).to_owned(),
        };
        let set = EditSet::new(old, edits.iter().map(edit).collect()).unwrap();
        let diff = unified(b"f", &set);
        diff.split_once("+++ b/f\n").map_or(diff.clone(), |(_, hunks)| hunks.to_owned())
    }

    #[test]
    fn one_line_and_its_context() {
        let text = "1\n2\n3\n4\n5\n6\n7\n8\n";
        assert_eq!(hunks(text, &[(8, 9, "five")]), "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
    }

    #[test]
    fn insertions_and_removals_of_lines() {
        assert_eq!(hunks("a\nb\n", &[(2, 2, "x\n")]), "@@ -1,2 +1,3 @@\n a\n+x\n b\n");
        assert_eq!(hunks("a\nb\n", &[(4, 4, "x\n")]), "@@ -1,2 +1,3 @@\n a\n b\n+x\n");
        assert_eq!(hunks("a\nb\nc\n", &[(2, 4, "")]), "@@ -1,3 +1,2 @@\n a\n-b\n c\n");
        assert_eq!(hunks("a\nb\nc\n", &[(1, 2, "")]), "@@ -1,3 +1,2 @@\n-a\n-b\n+ab\n c\n");
        assert_eq!(hunks("", &[(0, 0, "x\n")]), "@@ -0,0 +1 @@\n+x\n");
        assert_eq!(hunks("x\n", &[(0, 2, "")]), "@@ -1 +0,0 @@\n-x\n");
        assert_eq!(hunks("a\nb\n", &[(0, 1, "a")]), "");
    }

    #[test]
    fn a_last_line_without_a_newline_says_so() {
        let end = "\n\\ No newline at end of file\n";
        assert_eq!(hunks("a\nb", &[(2, 3, "c")]), format!("@@ -1,2 +1,2 @@\n a\n-b{end}+c{end}"));
        assert_eq!(hunks("a\nb", &[(3, 3, "\nc")]), format!("@@ -1,2 +1,3 @@\n a\n-b{end}+b\n+c{end}"));
        assert_eq!(hunks("a\nb", &[(0, 1, "x")]), format!("@@ -1,2 +1,2 @@\n-a\n+x\n b{end}"));
        assert_eq!(hunks("a\r\nb\r", &[(0, 1, "x")]), format!("@@ -1,2 +1,2 @@\n-a\r\n+x\r\n b\r{end}"));
    }

    #[test]
    fn far_changes_have_hunks_of_their_own_and_near_ones_share_one() {
        let text: String = (0..30).map(|line| format!("{line:02}\n")).collect();
        let diff = hunks(&text, &[(3, 5, "x"), (18, 20, "y"), (60, 62, "z"), (60, 60, "before\n")]);
        let heads: Vec<&str> = diff.lines().filter(|line| line.starts_with("@@")).collect();
        assert_eq!(heads, ["@@ -1,10 +1,10 @@", "@@ -18,7 +18,8 @@"]);
    }

    #[test]
    fn names_are_quoted_as_git_does() {
        let set = EditSet::new("a", vec![Edit { span: Span::new(0, 1), text: "b".to_owned() }]).unwrap();
        for (name, head) in [
            ("d/f.yaml", "--- a/d/f.yaml\n+++ b/d/f.yaml\n"),
            ("my file", "--- a/my file\t\n+++ b/my file\t\n"),
            ("\u{e9}", "--- \"a/\\303\\251\"\n+++ \"b/\\303\\251\"\n"),
            ("q\"\\", "--- \"a/q\\\"\\\\\"\n+++ \"b/q\\\"\\\\\"\n"),
        ] {
            let diff = unified(name.as_bytes(), &set);
            assert!(diff.starts_with(head), "{diff}");
        }
    }
}
