//! Nodes with byte spans: one object's worth of YAML.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::marks::Marks;

/// A range of bytes of the text that a tree was read from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to, without, `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The place before the byte `at`.
    #[must_use]
    pub const fn empty(at: usize) -> Self {
        Self { start: at, end: at }
    }

    /// Behind the end of every text: the place of what has none. An edit there is a fault that stops the run.
    pub(super) const NOWHERE: Self = Self::empty(usize::MAX);

    /// The text in this range of `text`.
    ///
    /// A span of another text is a fault, which builds for tests report. What is written can't depend on it: see
    /// [`EditSet::new`](super::EditSet::new).
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        let found = text.get(self.start..self.end);
        debug_assert!(found.is_some(), "{self:?} is not a range of a text of {} bytes", text.len());
        found.unwrap_or("")
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// Names a node of one [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub(super) u32);

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; also the absent value of `key:`.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|` or `>`
    Block,
}

/// What a node is.
#[derive(Clone)]
pub enum Kind<'t> {
    /// Text. The value is what YAML makes of it, escapes and folding resolved.
    Scalar {
        /// How it was written.
        style: Style,
        /// What it says.
        value: Cow<'t, str>,
    },
    /// Keys and values, in the order of the text, duplicates included.
    Mapping(Vec<(Id, Id)>),
    /// Items, in the order of the text.
    Sequence(Vec<Id>),
    /// `*name`: stands for another node of the tree.
    Alias(Id),
    /// A collection whose children were not kept.
    Elided,
}

/// A node and where it stands.
#[derive(Clone)]
pub struct Node<'t> {
    /// From the first to the last character of the content, without anchor and tag.
    ///
    /// - A block scalar's span starts behind its header and ends behind its last line.
    /// - A block collection's span runs from its first child to the end of its last.
    /// - An absent value's span is empty.
    pub span: Span,
    /// Where the node begins with its anchor and tag.
    pub start: usize,
    /// The anchor's token, `&name`.
    pub anchor: Option<Span>,
    /// The tag's token, as written.
    pub tag: Option<&'t str>,
    /// Whether it stands in, or is, a flow collection.
    pub flow: bool,
    /// What it is.
    pub kind: Kind<'t>,
}

/// The nodes of one object, or of the top of a document. `Debug` shows nothing of the text: it may be a Secret's.
pub struct Tree<'t> {
    pub(super) text: &'t str,
    pub(super) nodes: Vec<Node<'t>>,
    pub(super) root: Id,
    /// By anchored node: the alias tokens that stand for it, in the order of the text.
    pub(super) uses: HashMap<Id, Arc<Vec<Span>>>,
    /// Where the token before the root ended.
    pub(super) before: usize,
    pub(super) lines: Rc<Lines>,
    /// Steps taken through sequences and merge keys. Ends walks over aliases of aliases.
    pub(super) steps: Cell<usize>,
    /// What was marked in it, by the name of the interest.
    pub(super) marks: RefCell<HashMap<Box<str>, Rc<Marks>>>,
}

impl fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

impl<'t> Tree<'t> {
    pub(super) fn new(text: &'t str, lines: &Rc<Lines>) -> Self {
        Self {
            text,
            lines: Rc::clone(lines),
            nodes: Vec::new(),
            root: Id(0),
            uses: HashMap::new(),
            before: 0,
            steps: Cell::new(0),
            marks: RefCell::default(),
        }
    }

    /// The text that the spans refer to.
    #[must_use]
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The line that holds the byte `at`, counted from 1.
    #[must_use]
    pub fn line(&self, at: usize) -> usize {
        self.lines.at(self.text, at)
    }

    /// The bytes where nodes begin whose tag is none of YAML's JSON schema (YAML 1.2.2, 10.2): only the application knows what they mean.
    pub fn foreign_tags(&self) -> impl Iterator<Item = usize> {
        const KNOWN: [&str; 7] = ["str", "map", "seq", "int", "float", "bool", "null"];
        let is_foreign = |tag: &str| {
            let name = tag.strip_prefix("!!").or_else(|| tag.strip_prefix("!<tag:yaml.org,2002:")?.strip_suffix('>'));
            tag != "!" && !name.is_some_and(|name| KNOWN.contains(&name))
        };
        self.nodes.iter().filter(move |node| node.tag.is_some_and(is_foreign)).map(|node| node.start)
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn push(&mut self, node: Node<'t>) -> Id {
        let id = Id(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    pub(super) fn node(&self, id: Id) -> Option<&Node<'t>> {
        self.nodes.get(id.0 as usize)
    }

    pub(super) fn node_mut(&mut self, id: Id) -> Option<&mut Node<'t>> {
        self.nodes.get_mut(id.0 as usize)
    }
}

/// How many lines end before every so many bytes of the text, as far as was asked. Finding a line takes the same time anywhere in the text.
#[derive(Debug)]
pub(super) struct Lines(RefCell<Vec<usize>>);

impl Lines {
    /// The bytes between two counts.
    const STEP: usize = 512;

    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self(RefCell::new(vec![0])))
    }

    fn at(&self, text: &str, at: usize) -> usize {
        let at = at.min(text.len());
        let mut counts = self.0.borrow_mut();
        let mut before = counts.get(at / Self::STEP).copied();
        while before.is_none() {
            let from = (counts.len() - 1) * Self::STEP;
            let next = counts.last().copied().unwrap_or(0) + line_ends(text, Span::new(from, from + Self::STEP));
            counts.push(next);
            before = counts.get(at / Self::STEP).copied();
        }
        1 + before.unwrap_or(0) + line_ends(text, Span::new(at / Self::STEP * Self::STEP, at))
    }
}

/// The ends of lines in a range of the text: `\n`, and a `\r` with no `\n` behind it.
pub(super) fn line_ends(text: &str, span: Span) -> usize {
    let bytes = text.as_bytes();
    let Some(range) = bytes.get(span.start..span.end) else { return 0 };
    let newlines = range.iter().filter(|byte| **byte == b'\n').count();
    if !range.contains(&b'\r') {
        return newlines;
    }
    let is_alone = |at: &usize| bytes.get(*at) == Some(&b'\r') && bytes.get(at + 1) != Some(&b'\n');
    newlines + (span.start..span.end).filter(is_alone).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_same_wherever_it_is_asked_for() {
        let text = "a\n\r\nb\rc\r\r\n".repeat(2000);
        let lines = Lines::new();
        for at in [0, 1, 2, 3, 4, 5, 6, 7, 9, 511, 512, 513, 15_000, 12, 9000, text.len()] {
            let before = text.get(..at).unwrap();
            let alone =
                before.bytes().zip(text.bytes().skip(1)).filter(|pair| pair.0 == b'\r' && pair.1 != b'\n').count();
            assert_eq!(lines.at(&text, at), 1 + before.matches('\n').count() + alone, "{at}");
        }
    }
}
