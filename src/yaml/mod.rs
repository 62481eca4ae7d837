//! YAML as text with byte spans: read once, edited in place, never serialized again.
//!
//! - [`parse`] turns text into [`Tree`]s, one object at a time; it and its parts `load` and `refuse` are all that knows the YAML parser.
//! - [`View`] walks a tree by the names in it, and knows what it passed on the way: path, aliases, merge keys.
//! - [`Cursor`] is a node alone, for walks over everything.
//! - [`Edit`] is a span of the original text and its replacement; an [`EditSet`] is applied once.
//! - [`Slot`] is a place for a new entry, found while the tree is at hand and filled when the decisions are made.
//! - [`mod@write`] and [`scalar`] are the only places that spell YAML.

mod anchors;
pub mod cursor;
pub mod de;
pub mod edit;
mod error;
pub mod insert;
pub mod inside;
mod interest;
pub mod lines;
mod load;
mod marks;
pub mod node;
pub mod parse;
pub mod path;
mod refuse;
pub mod scalar;
mod slot;
mod trivia;
pub mod view;
pub mod write;

pub use cursor::Cursor;
pub use edit::{Edit, EditError, EditSet, Piece};
pub use error::Error;
pub use marks::Marks;
pub use node::{Kind, Node, Span, Style, Tree};
pub use parse::Document;
pub use path::FieldPath;
pub use scalar::Spot;
pub use slot::Slot;
pub use view::{Fault, View};
pub use write::Value;

/// The line of `text` that holds the byte `at`, counted from 1.
///
/// A line ends at `\n`, `\r\n` or a lone `\r`, as YAML counts them.
#[must_use]
pub fn line(text: &str, at: usize) -> usize {
    1 + node::line_ends(text, Span::new(0, at.min(text.len())))
}
