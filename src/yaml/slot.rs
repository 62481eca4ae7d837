//! A place for new text: found while the tree is at hand, filled after the decisions are made.

use super::edit::Edit;
use super::node::Span;
use super::write::{self, Value};

/// A place for new text, kept until it is known what goes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub(super) span: Span,
    pub(super) open: String,
    pub(super) close: String,
    pub(super) spelling: Spelling,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Entries of a block mapping or items of a block sequence, each line behind `line_break`.
    Block { line_break: String },
    /// Items of a block sequence, each on one line in flow style.
    FlowItemsOfBlock { line_break: String },
    /// Entries or items of a flow collection, with `separator` between them.
    Flow { json: bool, separator: String },
    /// A whole flow collection, or scalar, in the place of nothing.
    FlowValue { json: bool },
}

impl Slot {
    /// Where in the text it is.
    #[must_use]
    pub fn at(&self) -> usize {
        self.span.start
    }

    /// The edit that puts `items` into the sequence that this slot was made for.
    #[must_use]
    pub fn items(&self, items: &[Value]) -> Edit {
        let text = match &self.spelling {
            Spelling::Block { line_break } => write::block_items(items).join(line_break),
            Spelling::FlowItemsOfBlock { line_break } => {
                items.iter().map(|item| format!("- {}", write::flow(item, false))).collect::<Vec<_>>().join(line_break)
            }
            Spelling::Flow { json, separator } => {
                items.iter().map(|item| write::flow(item, *json)).collect::<Vec<_>>().join(separator)
            }
            Spelling::FlowValue { json } => write::flow(&Value::List(items.to_vec()), *json),
        };
        self.edit(&text)
    }

    /// The edit that puts `value` in the place of the null that this slot was made for.
    #[must_use]
    pub fn value(&self, value: &Value) -> Edit {
        let text = match (&self.spelling, value) {
            (Spelling::Block { line_break }, Value::Map(entries)) if !entries.is_empty() => {
                let lines = write::block_entries(entries);
                lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join(line_break)
            }
            (Spelling::Block { line_break }, Value::List(items)) if !items.is_empty() => {
                write::block_items(items).join(line_break)
            }
            (Spelling::Block { .. } | Spelling::FlowItemsOfBlock { .. }, _) => write::flow(value, false),
            (Spelling::Flow { json, .. } | Spelling::FlowValue { json }, _) => write::flow(value, *json),
        };
        self.edit(&text)
    }

    /// The edit that puts the entry `key: value` into the mapping that this slot was made for.
    #[must_use]
    pub fn entry(&self, key: &str, value: &Value) -> Edit {
        self.entries(&[(key.to_owned(), value.clone())])
    }

    /// The edit that puts entries into the mapping that this slot was made for: all of them at once, for an empty mapping has room for one
    /// edit only.
    #[must_use]
    pub fn entries(&self, entries: &[(String, Value)]) -> Edit {
        let text = match &self.spelling {
            Spelling::Block { line_break } | Spelling::FlowItemsOfBlock { line_break } => {
                write::block_entries(entries).join(line_break)
            }
            Spelling::Flow { json, separator } => write::flow_entries(entries, *json).join(separator),
            Spelling::FlowValue { json } => write::flow(&Value::Map(entries.to_vec()), *json),
        };
        self.edit(&text)
    }

    /// The edit that puts the entry `key` into the mapping, with a list of these items. Only one of them is in memory at a time.
    #[must_use]
    pub fn list(&self, key: &str, items: impl Iterator<Item = Value>) -> Edit {
        let mut text = self.open.clone();
        match &self.spelling {
            Spelling::Block { line_break } | Spelling::FlowItemsOfBlock { line_break } => {
                text.push_str(key);
                text.push(':');
                for item in items {
                    for line in write::block_items(&[item]) {
                        text.push_str(line_break);
                        text.push_str(&line);
                    }
                }
            }
            Spelling::Flow { json, .. } | Spelling::FlowValue { json } => {
                text.push_str(&write::flow(&Value::from(key), *json));
                text.push_str(": ");
                text.push_str(&write::flow_list(items, *json));
            }
        }
        text.push_str(&self.close);
        Edit { span: self.span, text }
    }

    fn edit(&self, text: &str) -> Edit {
        Edit { span: self.span, text: format!("{}{text}{}", self.open, self.close) }
    }
}
