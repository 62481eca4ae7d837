//! Events of the YAML parser to nodes with byte spans.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, StructureStyle};

use super::gap::{Gap, Token};
use super::node::{Id, Kind, Lines, Node, Span, Style, Tree};
use super::parse::Error;
use super::refuse::Checker;

/// An event and where it stands.
pub(super) type Spanned<'t> = (Event<'t>, granit_parser::Span);

/// Builds trees from the events of one text.
pub(super) struct Loader<'t> {
    pub(super) text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    pub(super) tree: Tree<'t>,
    pub(super) lines: Rc<Lines>,
    /// By the parser's number: the part of the document that an anchor stands in, and its node where that is kept.
    pub(super) anchors: HashMap<usize, (usize, Option<Id>)>,
    pub(super) part: usize,
    pub(super) entangled: bool,
    /// Only where the whole text is looked at.
    pub(super) checker: Option<Checker<'t>>,
    /// Where the token before the next one ended.
    pub(super) end: usize,
}
impl<'t> Loader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
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

    pub(super) fn next(&mut self) -> Result<Spanned<'t>, Error> {
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

    pub(super) fn refusal(&self) -> Result<(), Error> {
        match self.checker.as_ref().and_then(Checker::fault) {
            Some((at, message)) => Err(at_byte(self.text, at, message)),
            None => Ok(()),
        }
    }

    /// A node with all that is below it. Recursion is bounded: the parser refuses more than 255 levels of each style.
    pub(super) fn node(&mut self, event: Event<'t>, span: &granit_parser::Span) -> Result<Id, Error> {
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
    pub(super) fn item(&mut self, event: Event<'t>, span: &granit_parser::Span) -> Result<Id, Error> {
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
    pub(super) fn skip(&mut self, event: Event<'t>, span: &granit_parser::Span) -> Result<Id, Error> {
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
    pub(super) fn open(&mut self, event: &Event<'t>, span: &granit_parser::Span, kind: Kind<'t>) -> Result<Id, Error> {
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

    pub(super) fn close(&mut self, id: Id, span: &granit_parser::Span, kind: Kind<'t>) -> Result<(), Error> {
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

    pub(super) fn anchor(&mut self, event: &Event<'t>) -> Result<(), Error> {
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

    pub(super) fn scalar_text(&self, id: Id) -> Option<&str> {
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
