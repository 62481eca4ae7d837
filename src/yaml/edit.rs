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

/// Edits that can be applied together: sorted, and no two touch the same byte.
///
/// Insertions at one place are allowed and keep the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditSet {
    edits: Vec<Edit>,
}

/// Two edits want the same bytes. Always a fault of the planner, never of the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two edits touch the bytes {}..{} and {}..{}", first.start, first.end, second.start, second.end)]
pub struct Overlap {
    /// The edit that starts earlier.
    pub first: Span,
    /// The edit that runs into it.
    pub second: Span,
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

impl EditSet {
    /// Sorts `edits` and makes sure that they are disjoint.
    ///
    /// # Errors
    /// [`Overlap`] when two of them touch the same bytes.
    pub fn new(mut edits: Vec<Edit>) -> Result<Self, Overlap> {
        // Stable, and an insertion goes before a replacement that starts at the same byte.
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        for pair in edits.windows(2) {
            if let [first, second] = pair
                && second.span.start < first.span.end
            {
                return Err(Overlap { first: first.span, second: second.span });
            }
        }
        Ok(Self { edits })
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

    /// The result as a sequence of kept and replaced stretches.
    ///
    /// `text` is the text that the edits were made for; their spans lie on character boundaries of it.
    pub fn pieces<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Piece<'a>> {
        let mut at = 0;
        let replaced = self.edits.iter().flat_map(move |edit| {
            let kept = text.get(at..edit.span.start).unwrap_or_default();
            at = edit.span.end;
            [Piece::Kept(kept), Piece::Replaced { old: edit.span.of(text), new: &edit.text }]
        });
        let end = self.edits.last().map_or(0, |edit| edit.span.end);
        let rest = std::iter::once(Piece::Kept(text.get(end..).unwrap_or_default()));
        replaced.chain(rest).filter(|piece| *piece != Piece::Kept(""))
    }

    /// The text after all edits.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        self.pieces(text)
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
        let set = EditSet::new(vec![edit(4, 5, "E"), edit(0, 1, "A"), edit(2, 2, "-")]).unwrap();
        assert_eq!(set.apply("abcdef"), "Ab-cdEf");
    }

    #[test]
    fn insertions_at_one_place_keep_their_order() {
        let set = EditSet::new(vec![edit(1, 1, "x"), edit(1, 1, "y"), edit(1, 2, "B")]).unwrap();
        assert_eq!(set.apply("abc"), "axyBc");
    }

    #[test]
    fn refuses_edits_of_the_same_bytes() {
        let overlap = EditSet::new(vec![edit(0, 3, ""), edit(2, 4, "")]).unwrap_err();
        assert_eq!(overlap.to_string(), "two edits touch the bytes 0..3 and 2..4");
    }

    #[test]
    fn pieces_show_what_went_and_what_came() {
        let set = EditSet::new(vec![edit(1, 2, "X")]).unwrap();
        let pieces: Vec<_> = set.pieces("abc").collect();
        assert_eq!(pieces, [Piece::Kept("a"), Piece::Replaced { old: "b", new: "X" }, Piece::Kept("c")]);
    }

    #[test]
    fn debug_shows_no_text() {
        let edits = EditSet::new(vec![Edit { span: Span::new(1, 2), text: "hunter2".to_owned() }]).unwrap();
        assert!(!format!("{edits:?}").contains("hunter2"));
        let value = crate::yaml::Value::map([("hunter2", crate::yaml::Value::from("hunter2"))]);
        assert!(!format!("{value:?}").contains("hunter2"));
    }
}
