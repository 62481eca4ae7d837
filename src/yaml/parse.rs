//! Text to trees. The only module that knows the YAML parser.
//!
//! A document is read twice, so that no more than one object is in memory at a time: [`outline`] sees the whole text and keeps the
//! tops of documents (kpt puts functionConfig behind `items`, and JSON sorts `kind` behind it), [`objects`] then delivers object after
//! object. Everything that makes a text unusable is found by [`outline`], before anything is decided.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, StructureStyle};

use super::gap::{Gap, Token};
use super::node::{Id, Kind, Lines, Node, Span, Style, Tree};
use super::refuse::Checker;

/// The root key whose items are objects of their own, in a `List` and in a `ResourceList`.
const ITEMS: &str = "items";

/// Why a text is no YAML that the orchestrators read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Error {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What was found, without the place.
    pub message: String,
}

/// The top of a document.
#[derive(Debug)]
pub struct Document<'t> {
    /// The root's entries. Collections below it are [`Kind::Elided`], but for the kept ones; of `items` the first item is there, elided.
    pub root: Tree<'t>,
    /// Whether an alias in one item stands for a node of another, so that the items can't be read one by one.
    pub entangled: bool,
    /// Whether there is nothing in it but comments.
    pub empty: bool,
}

/// How [`objects`] delivers a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// As one tree.
    Whole,
    /// Each item of its root's `items` as a tree of its own; the rest is left out.
    Items,
}

/// Reads the tops of all documents. `keep` names the root keys whose values are kept whole.
///
/// # Errors
/// Whatever go-yaml, the parser of kustomize and kpt, would refuse (as far as tests know: see `refuse`), and U+0085, U+2028 and U+2029 outside quotes: that parser sees a
/// line break there and this one does not, so the two would disagree about the document.
pub fn outline<'t>(text: &'t str, keep: &[&str], mut sink: impl FnMut(Document<'t>)) -> Result<(), Error> {
    let mut loader = Loader::new(text);
    loader.checker = Some(Checker::new(text));
    while loader.next_document()? {
        loader.top(keep)?;
        let empty = loader.tree.node(loader.tree.root).is_none_or(|root| root.span.start == root.span.end);
        let root = std::mem::replace(&mut loader.tree, Tree::new(text, &loader.lines));
        sink(Document { root, entangled: loader.entangled, empty });
    }
    if let Some(checker) = &mut loader.checker {
        checker.finish();
    }
    loader.refusal()
}

/// Delivers the objects of all documents, one tree at a time. `split` says for each document, counted from 0, how.
///
/// # Errors
/// Those of the sink, and a text that [`outline`] refuses.
pub fn objects<'t, E: From<Error>>(
    text: &'t str,
    split: impl Fn(usize) -> Split,
    mut sink: impl FnMut(usize, Tree<'t>) -> Result<(), E>,
) -> Result<(), E> {
    let mut loader = Loader::new(text);
    let mut number = 0;
    while loader.next_document()? {
        match split(number) {
            Split::Whole => {
                let (event, span) = loader.next()?;
                loader.tree.before = loader.end;
                loader.tree.root = loader.node(event, &span)?;
                let tree = std::mem::replace(&mut loader.tree, Tree::new(text, &loader.lines));
                sink(number, tree)?;
            }
            Split::Items => loader.items(|tree| sink(number, tree))?,
        }
        number += 1;
    }
    Ok(())
}

type Token0<'t> = (Event<'t>, granit_parser::Span);

struct Loader<'t> {
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    tree: Tree<'t>,
    lines: Rc<Lines>,
    /// By the parser's number: the part of the document that an anchor stands in, and its node where that is kept.
    anchors: HashMap<usize, (usize, Option<Id>)>,
    part: usize,
    entangled: bool,
    /// Only where the whole text is looked at.
    checker: Option<Checker<'t>>,
    /// Where the token before the next one ended.
    end: usize,
}

impl<'t> Loader<'t> {
    fn new(text: &'t str) -> Self {
        let lines = Lines::new();
        let options = granit_parser::options! {
            emit_comments: false,
            emit_anchor_events: true,
            block_scalar_eof_without_line_feed: true,
            bom_inside_document_as_content: true,
        };
        Self {
            text,
            parser: Parser::new_from_str_with_options(text, options),
            tree: Tree::new(text, &lines),
            lines,
            anchors: HashMap::new(),
            part: 0,
            entangled: false,
            checker: None,
            end: 0,
        }
    }

    fn next(&mut self) -> Result<Token0<'t>, Error> {
        match self.parser.next() {
            Some(Ok((event, span))) => {
                let range = self.range(&span);
                if let Some(checker) = &mut self.checker {
                    checker.event(&event, range);
                }
                Ok((event, span))
            }
            Some(Err(error)) => {
                // What go-yaml refuses further up may be why the parser is lost here.
                self.refusal()?;
                let (line, column) = (error.marker().line(), error.marker().col() + 1);
                Err(Error { line, column, message: error.info() })
            }
            None => Ok((Event::StreamEnd, granit_parser::Span::default())),
        }
    }

    fn refusal(&self) -> Result<(), Error> {
        match self.checker.as_ref().and_then(Checker::fault) {
            Some((at, message)) => Err(at_byte(self.text, at, message)),
            None => Ok(()),
        }
    }

    /// Goes to the next document's root; false at the end of the text.
    fn next_document(&mut self) -> Result<bool, Error> {
        loop {
            match self.next()?.0 {
                Event::DocumentStart(..) => {
                    self.anchors.clear();
                    self.part = 0;
                    self.entangled = false;
                    return Ok(true);
                }
                Event::StreamEnd => return Ok(false),
                _ => {}
            }
        }
    }

    /// The root with its entries; see [`Document::root`].
    fn top(&mut self, keep: &[&str]) -> Result<(), Error> {
        let (event, span) = self.next()?;
        if !matches!(event, Event::MappingStart(..)) {
            self.tree.root = self.skip(event, &span)?;
            return Ok(());
        }
        let root = self.open(&event, &span, Kind::Mapping(Vec::new()))?;
        self.tree.root = root;
        let mut entries = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return self.close(root, &span, Kind::Mapping(entries));
            }
            let key = self.node(event, &span)?;
            let name = self.scalar_text(key).unwrap_or_default().to_owned();
            let (event, span) = self.next()?;
            let value = match event {
                Event::SequenceStart(..) if name == ITEMS => self.first_item(&event, &span)?,
                _ if keep.contains(&name.as_str()) => self.node(event, &span)?,
                _ => self.skip(event, &span)?,
            };
            entries.push((key, value));
        }
    }

    /// The sequence of items with the first of them, elided.
    fn first_item(&mut self, event: &Event<'t>, span: &granit_parser::Span) -> Result<Id, Error> {
        let id = self.open(event, span, Kind::Elided)?;
        let mut first = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                self.part = 0;
                self.close(id, &span, Kind::Sequence(first))?;
                return Ok(id);
            }
            self.part += 1;
            let nodes = self.tree.nodes.len();
            let item = self.skip(event, &span)?;
            if first.is_empty() {
                first.push(item);
            } else {
                self.tree.nodes.truncate(nodes);
            }
        }
    }

    /// Each item as a tree. The other entries of the root are passed over.
    fn items<E: From<Error>>(&mut self, mut sink: impl FnMut(Tree<'t>) -> Result<(), E>) -> Result<(), E> {
        let (event, span) = self.next()?;
        if !matches!(event, Event::MappingStart(..)) {
            self.skip(event, &span)?;
            return Ok(());
        }
        self.open(&event, &span, Kind::Elided)?;
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                self.tree = Tree::new(self.text, &self.lines);
                return Ok(());
            }
            let key = self.node(event, &span)?;
            let is_items = self.scalar_text(key) == Some(ITEMS);
            let (event, span) = self.next()?;
            if !(is_items && matches!(event, Event::SequenceStart(..))) {
                self.skip(event, &span)?;
                continue;
            }
            self.anchor(&event)?;
            loop {
                let (event, span) = self.next()?;
                if matches!(event, Event::SequenceEnd) {
                    break;
                }
                self.part += 1;
                self.tree = Tree::new(self.text, &self.lines);
                self.tree.before = self.end;
                self.tree.root = self.item(event, &span)?;
                sink(std::mem::replace(&mut self.tree, Tree::new(self.text, &self.lines)))?;
            }
        }
    }

    /// A node with all that is below it. Recursion is bounded: the parser refuses more than 255 levels of each style.
    fn node(&mut self, event: Event<'t>, span: &granit_parser::Span) -> Result<Id, Error> {
        match event {
            Event::Scalar(value, style, number, _) => {
                let range = self.range(span);
                let (style, span_of) = match style {
                    ScalarStyle::Plain if range.start == range.end => (Style::Plain, Span::empty(self.end)),
                    ScalarStyle::Plain => (Style::Plain, range),
                    ScalarStyle::SingleQuoted => (Style::Single, range),
                    ScalarStyle::DoubleQuoted => (Style::Double, range),
                    // The parser counts a header that ends the text as content.
                    _ if value.is_empty() => (Style::Block, Span::empty(self.block_scalar(range).end)),
                    ScalarStyle::Literal | ScalarStyle::Folded => (Style::Block, self.block_scalar(range)),
                };
                let absent = span_of.start == span_of.end && style == Style::Plain;
                let value = if absent { "".into() } else { value };
                let anchor = self.anchor_span(number)?;
                let tag = tag(span, self.text);
                let mut node = Node {
                    span: span_of,
                    start: span_of.start,
                    anchor,
                    tag: tag.map(|tag| tag.of(self.text)),
                    flow: false,
                    kind: Kind::Scalar { style, value },
                };
                let properties = [anchor, tag];
                if absent {
                    let end = properties.iter().flatten().map(|property| property.end).max();
                    node.span = Span::empty(end.unwrap_or(self.end));
                }
                node.start =
                    properties.iter().flatten().map(|property| property.start).min().unwrap_or(node.span.start);
                self.end = node.span.end.max(self.end);
                let id = self.tree.push(node);
                self.register(number, Some(id));
                Ok(id)
            }
            Event::SequenceStart(..) => {
                let id = self.open(&event, span, Kind::Elided)?;
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::SequenceEnd) {
                        self.close(id, &span, Kind::Sequence(items))?;
                        return Ok(id);
                    }
                    items.push(self.item(event, &span)?);
                }
            }
            Event::MappingStart(..) => {
                let id = self.open(&event, span, Kind::Elided)?;
                let mut entries = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::MappingEnd) {
                        self.close(id, &span, Kind::Mapping(entries))?;
                        return Ok(id);
                    }
                    let key = self.node(event, &span)?;
                    let (event, span) = self.next()?;
                    entries.push((key, self.node(event, &span)?));
                }
            }
            Event::Alias(number) => {
                let range = self.range(span);
                self.end = range.end;
                let target = self.aliased(number);
                let kind = target.map_or(Kind::Elided, Kind::Alias);
                if let Some(target) = target {
                    Arc::make_mut(self.tree.uses.entry(target).or_default()).push(range);
                }
                Ok(self.tree.push(Node { span: range, start: range.start, anchor: None, tag: None, flow: false, kind }))
            }
            _ => Err(at_byte(self.text, self.end, "a node was expected here")),
        }
    }

    /// An item of a sequence. An absent one (`-` alone) ends behind its dash.
    fn item(&mut self, event: Event<'t>, span: &granit_parser::Span) -> Result<Id, Error> {
        let before = self.end;
        let limit = self.range(span).start.max(before);
        let id = self.node(event, span)?;
        if let Some(node) = self.tree.node_mut(id)
            && node.span == Span::empty(before)
            && matches!(node.kind, Kind::Scalar { style: Style::Plain, .. })
        {
            // The last: the list itself may stand behind the dash of an outer one.
            let dashes = Gap::new(self.text, before, limit).filter(|token| matches!(token, Token::Indicator(b'-', _)));
            let dash = dashes.last();
            if let Some(Token::Indicator(_, at)) = dash {
                node.span = Span::empty(at + 1);
                node.start = at + 1;
                self.end = at + 1;
            }
        }
        Ok(id)
    }

    /// A node without what is below it.
    fn skip(&mut self, event: Event<'t>, span: &granit_parser::Span) -> Result<Id, Error> {
        if !matches!(event, Event::SequenceStart(..) | Event::MappingStart(..)) {
            return self.node(event, span);
        }
        let id = self.open(&event, span, Kind::Elided)?;
        let mut depth = 1;
        loop {
            let (event, span) = self.next()?;
            let range = self.range(&span);
            match event {
                Event::SequenceStart(style, number, _) | Event::MappingStart(style, number, _) => {
                    depth += 1;
                    self.anchor_span(number)?;
                    self.register(number, None);
                    if style == StructureStyle::Flow {
                        self.end = range.end.max(self.end);
                    }
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    depth -= 1;
                    if depth == 0 {
                        self.close(id, &span, Kind::Elided)?;
                        return Ok(id);
                    }
                    if self.text.as_bytes().get(range.start).is_some_and(|byte| matches!(byte, b']' | b'}'))
                        && range.end > range.start
                    {
                        self.end = range.end.max(self.end);
                    }
                }
                Event::Scalar(_, style, number, _) => {
                    let range = if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                        self.block_scalar(range)
                    } else {
                        range
                    };
                    if range.end > range.start {
                        self.end = range.end.max(self.end);
                    }
                    self.anchor_span(number)?;
                    self.register(number, None);
                }
                Event::Alias(number) => {
                    self.end = range.end.max(self.end);
                    self.aliased(number);
                }
                _ => {}
            }
        }
    }

    /// Begins a collection; its anchor counts from here on, so that a node inside may refer to it.
    fn open(&mut self, event: &Event<'t>, span: &granit_parser::Span, kind: Kind<'t>) -> Result<Id, Error> {
        let (Event::SequenceStart(style, number, _) | Event::MappingStart(style, number, _)) = event else {
            return Err(at_byte(self.text, self.end, "a collection was expected here"));
        };
        let range = self.range(span);
        let flow = *style == StructureStyle::Flow;
        let anchor = self.anchor_span(*number)?;
        let tag = tag(span, self.text);
        let start = [anchor, tag].iter().flatten().map(|property| property.start).min();
        // A block collection begins where its first child does: see `close`.
        let node = Node {
            span: range,
            start: start.unwrap_or(if flow { range.start } else { usize::MAX }),
            anchor,
            tag: tag.map(|tag| tag.of(self.text)),
            flow,
            kind,
        };
        self.end = if flow {
            range.end
        } else {
            [anchor, tag].iter().flatten().map(|property| property.end).fold(self.end, usize::max)
        };
        let id = self.tree.push(node);
        self.register(*number, Some(id));
        Ok(id)
    }

    fn close(&mut self, id: Id, span: &granit_parser::Span, kind: Kind<'t>) -> Result<(), Error> {
        let first = match &kind {
            Kind::Mapping(entries) => entries.first().map(|(key, _)| *key),
            Kind::Sequence(items) => items.first().copied(),
            _ => None,
        };
        let first = first.and_then(|first| self.tree.node(first)).map(|node| node.start);
        let range = self.range(span);
        let end = self.end;
        let Some(node) = self.tree.node_mut(id) else {
            return Err(at_byte(self.text, end, "too many nodes in one object"));
        };
        if node.flow {
            node.span.end = range.end;
            self.end = range.end;
        } else {
            node.span = Span::new(first.unwrap_or(node.span.start).min(end), end);
            node.start = node.start.min(node.span.start);
        }
        node.kind = kind;
        Ok(())
    }

    fn range(&self, span: &granit_parser::Span) -> Span {
        span.byte_range().map_or(Span::empty(self.end), |range| Span::new(range.start, range.end))
    }

    /// The parser's span of a block scalar may run into the next line's indentation; its content ends with a line.
    fn block_scalar(&self, range: Span) -> Span {
        let content = range.of(self.text);
        let last_line = content.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let tail = content.get(last_line..).unwrap_or_default();
        let end = if tail.bytes().all(|byte| byte == b' ') { range.start + last_line } else { range.end };
        Span::new(range.start.min(end), end)
    }

    /// The token of the anchor that the last event had: the parser sends it next.
    fn anchor_span(&mut self, number: usize) -> Result<Option<Span>, Error> {
        if number == 0 {
            return Ok(None);
        }
        let (event, span) = self.next()?;
        debug_assert!(matches!(event, Event::Anchor(..)), "the parser sends the anchor behind its node");
        Ok(Some(self.range(&span)))
    }

    fn anchor(&mut self, event: &Event<'t>) -> Result<(), Error> {
        if let Event::SequenceStart(_, number, _) = event {
            self.anchor_span(*number)?;
            self.register(*number, None);
        }
        Ok(())
    }

    fn register(&mut self, number: usize, node: Option<Id>) {
        if number != 0 {
            self.anchors.insert(number, (self.part, node));
        }
    }

    fn aliased(&mut self, number: usize) -> Option<Id> {
        let (part, node) = self.anchors.get(&number).copied()?;
        self.entangled |= part != self.part;
        node.filter(|_| part == self.part)
    }

    fn scalar_text(&self, id: Id) -> Option<&str> {
        match self.tree.node(id).map(|node| &node.kind) {
            Some(Kind::Scalar { value, .. }) => Some(value),
            _ => None,
        }
    }
}

fn tag(span: &granit_parser::Span, text: &str) -> Option<Span> {
    let range = span.tag_span()?.byte_range()?;
    (range.end <= text.len()).then(|| Span::new(range.start, range.end))
}

fn at_byte(text: &str, at: usize, message: &str) -> Error {
    let before = text.get(..at).unwrap_or(text);
    let column = before.chars().rev().take_while(|char| !matches!(char, '\n' | '\r')).count() + 1;
    Error { line: super::line(text, at), column, message: message.to_owned() }
}
