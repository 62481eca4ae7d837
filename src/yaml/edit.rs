//! Edits: ranges of the original text and what stands there afterwards.

use std::fmt;

use super::node::Span;

/// The text in `span` is replaced by `text`. An empty span is an insertion.
///
/// `Debug` shows how long the text is and not the text, which may be a Secret's.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// A range of the original text.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit").field("span", &self.span).field("length", &self.text.len()).finish()
    }
}

/// Edits of one text that can be applied together: sorted, on character boundaries, and no two touch the same byte.
///
/// Insertions at one place are allowed and keep the order in which they were made. The set holds the text that it was made for, so it
/// can't be applied to another one, and applying it can't lose text.
#[derive(Clone, PartialEq, Eq)]
pub struct EditSet<'t> {
    text: &'t str,
    edits: Vec<Edit>,
}

/// `Debug` shows nothing of the text, which may be a Secret's.
impl fmt::Debug for EditSet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EditSet").field("edits", &self.edits).finish_non_exhaustive()
    }
}

/// Edits that can't be applied. Always a fault of the planner, never of the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two edits want the same bytes.
    #[error("two edits touch the bytes {}..{} and {}..{}", first.start, first.end, second.start, second.end)]
    Overlap {
        /// The edit that starts earlier.
        first: Span,
        /// The edit that runs into it.
        second: Span,
    },
    /// An edit ends before it starts, or outside the text.
    #[error("an edit of the bytes {}..{} is outside the text of {length} bytes", span.start, span.end)]
    Outside {
        /// The edit.
        span: Span,
        /// How long the text is.
        length: usize,
    },
    /// An edit starts or ends inside a character.
    #[error("an edit of the bytes {}..{} cuts a character in two", span.start, span.end)]
    InsideCharacter {
        /// The edit.
        span: Span,
    },
}

impl EditError {
    /// The first byte that the edit wanted, for a message with a line.
    #[must_use]
    pub fn at(&self) -> usize {
        match self {
            Self::Overlap { second: span, .. } | Self::Outside { span, .. } | Self::InsideCharacter { span } => {
                span.start
            }
        }
    }
}

/// A stretch of the result, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes of the original.
    Kept(&'a str),
    /// Bytes that an edit took out and what it put in; either may be empty.
    Replaced {
        /// What stood there.
        old: &'a str,
        /// What stands there now.
        new: &'a str,
    },
}

impl<'t> EditSet<'t> {
    /// Sorts `edits` of `text` and makes sure that they can be applied together.
    ///
    /// # Errors
    /// [`EditError`] when two of them touch the same bytes, or one is not a range of the text.
    pub fn new(text: &'t str, mut edits: Vec<Edit>) -> Result<Self, EditError> {
        for Edit { span, .. } in &edits {
            if span.start > span.end || span.end > text.len() {
                return Err(EditError::Outside { span: *span, length: text.len() });
            }
            if !text.is_char_boundary(span.start) || !text.is_char_boundary(span.end) {
                return Err(EditError::InsideCharacter { span: *span });
            }
        }
        // Stable, and an insertion goes before a replacement that starts at the same byte.
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        for pair in edits.windows(2) {
            if let [first, second] = pair
                && second.span.start < first.span.end
            {
                return Err(EditError::Overlap { first: first.span, second: second.span });
            }
        }
        Ok(Self { text, edits })
    }

    /// No edits: the text stays as it is.
    #[must_use]
    pub fn none(text: &'t str) -> Self {
        Self { text, edits: Vec::new() }
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The edits, in the order of the text.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The text that they are edits of.
    #[must_use]
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The result as a sequence of kept and replaced stretches.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let mut rest = self.text;
        let mut at = 0;
        let replaced = self.edits.iter().flat_map(move |edit| {
            // `new` has seen that the spans are sorted, inside the text and on character boundaries.
            let (kept, behind) = rest.split_at(edit.span.start - at);
            let (old, behind) = behind.split_at(edit.span.end - edit.span.start);
            (rest, at) = (behind, edit.span.end);
            [Piece::Kept(kept), Piece::Replaced { old, new: &edit.text }]
        });
        let end = self.edits.last().map_or(0, |edit| edit.span.end);
        let last = std::iter::once_with(move || Piece::Kept(self.text.split_at(end).1));
        replaced.chain(last).filter(|piece| *piece != Piece::Kept(""))
    }

    /// The text after all edits.
    #[must_use]
    pub fn apply(&self) -> String {
        self.pieces()
            .map(|piece| match piece {
                Piece::Kept(kept) => kept,
                Piece::Replaced { new, .. } => new,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit { span: Span::new(start, end), text: text.into() }
    }

    #[test]
    fn applies_in_the_order_of_the_text_whatever_the_order_of_the_edits() {
        let set = EditSet::new("abcdef", vec![edit(4, 5, "E"), edit(0, 1, "A"), edit(2, 2, "-")]).unwrap();
        assert_eq!(set.apply(), "Ab-cdEf");
    }

    #[test]
    fn insertions_at_one_place_keep_their_order() {
        let set = EditSet::new("abc", vec![edit(1, 1, "x"), edit(1, 1, "y"), edit(1, 2, "B")]).unwrap();
        assert_eq!(set.apply(), "axyBc");
    }

    #[test]
    fn refuses_edits_that_would_lose_text() {
        for (edits, message) in [
            (vec![edit(0, 2, ""), edit(1, 3, "")], "two edits touch the bytes 0..2 and 1..3"),
            (vec![edit(0, 0, "x"), edit(4, 5, "")], "an edit of the bytes 4..5 cuts a character in two"),
            (vec![edit(3, 4, "")], "an edit of the bytes 3..4 cuts a character in two"),
            (vec![edit(1, 9, "x")], "an edit of the bytes 1..9 is outside the text of 7 bytes"),
            (vec![edit(9, 9, "x")], "an edit of the bytes 9..9 is outside the text of 7 bytes"),
            (vec![edit(2, 1, "x")], "an edit of the bytes 2..1 is outside the text of 7 bytes"),
        ] {
            assert_eq!(EditSet::new("a: é #", edits).unwrap_err().to_string(), message);
        }
        assert_eq!(EditSet::new("a: é #", vec![edit(3, 5, "e"), edit(7, 7, "!")]).unwrap().apply(), "a: e #!");
    }

    #[test]
    fn pieces_show_what_went_and_what_came() {
        let set = EditSet::new("abc", vec![edit(1, 2, "X")]).unwrap();
        let pieces: Vec<_> = set.pieces().collect();
        assert_eq!(pieces, [Piece::Kept("a"), Piece::Replaced { old: "b", new: "X" }, Piece::Kept("c")]);
    }

    #[test]
    fn debug_shows_no_text() {
        let edits = EditSet::new("sec", vec![Edit { span: Span::new(1, 2), text: "hunter2".to_owned() }]).unwrap();
        let shown = format!("{edits:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("sec"), "{shown}");
        let value = crate::yaml::Value::map([("hunter2", crate::yaml::Value::from("hunter2"))]);
        assert!(!format!("{value:?}").contains("hunter2"));
    }
}
