//! Nodes with byte spans: one object's worth of YAML.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

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
        }
    }

    /// The text that the spans refer to.
    #[must_use]
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The line that holds the byte `at`, counted from 1. Cheap when asked in the order of the text.
    #[must_use]
    pub fn line(&self, at: usize) -> usize {
        self.lines.at(self.text, at)
    }

    /// The bytes where nodes begin whose tag is none of YAML's JSON schema (YAML 1.2.2, 10.2): what they say is for the application to know.
    pub fn foreign_tags(&self) -> impl Iterator<Item = usize> {
        const KNOWN: [&str; 7] = ["str", "map", "seq", "int", "float", "bool", "null"];
        let is_foreign = |tag: &str| {
            let name = tag.strip_prefix("!!").or_else(|| tag.strip_prefix("!<tag:yaml.org,2002:")?.strip_suffix('>'));
            tag != "!" && !name.is_some_and(|name| KNOWN.contains(&name))
        };
        self.nodes.iter().filter(move |node| node.tag.is_some_and(is_foreign)).map(|node| node.start)
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

/// Where the last line was found: objects are read in the order of the text, so the next one is not far.
#[derive(Debug)]
pub(super) struct Lines(Cell<(usize, usize)>);

impl Lines {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self(Cell::new((0, 1))))
    }

    fn at(&self, text: &str, at: usize) -> usize {
        let (from, line) = self.0.get();
        let breaks = |span: Span| super::line(span.of(text), span.end) - 1;
        let line = if at >= from { line + breaks(Span::new(from, at)) } else { line - breaks(Span::new(at, from)) };
        // Between `\r` and `\n` a count would see two breaks.
        if !text.get(..at).is_some_and(|before| before.ends_with('\r')) {
            self.0.set((at, line));
        }
        line
    }
}
