//! Events of the YAML parser to nodes with byte spans.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, StructureStyle};

use super::error::Error;
use super::node::{Id, Kind, Lines, Node, Span, Style, Tree};
use super::refuse::Checker;
use super::trivia::{self, Token, Trivia};

/// An anchor, and an alias of it where the anchor is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The byte of the anchor.
    pub anchor: usize,
    /// The byte of the alias.
    pub alias: usize,
}

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
    /// Whether the value of the root's `results` is being read.
    pub(super) in_results: bool,
    /// The anchors in it: where each stands.
    results: HashMap<usize, usize>,
    pub(super) leak: Option<Leak>,
    /// Only where the whole text is looked at.
    pub(super) checker: Option<Checker<'t>>,
    /// Where the token before the next one ended.
    pub(super) end: usize,
    /// How many flow collections are open.
    pub(super) flow: usize,
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
            in_results: false,
            results: HashMap::new(),
            leak: None,
            checker: None,
            end: 0,
            flow: 0,
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
                    ScalarStyle::Literal | ScalarStyle::Folded => (Style::Block, self.block_scalar(range, &value)),
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
                    flow: self.flow > 0,
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
                let column = self.column(&event, span);
                let id = self.open(&event, span, Kind::Elided)?;
                let mut entries = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::MappingEnd) {
                        self.close(id, &span, Kind::Mapping(entries))?;
                        return Ok(id);
                    }
                    let key = self.key(event, &span)?;
                    let (event, span) = self.next()?;
                    entries.push((key, self.value(column, event, &span)?));
                }
            }
            Event::Alias(number) => {
                let range = self.range(span);
                self.end = range.end;
                let target = self.aliased(number, range.start);
                let kind = target.map_or(Kind::Elided, Kind::Alias);
                if let Some(target) = target {
                    Arc::make_mut(self.tree.uses.entry(target).or_default()).push(range);
                }
                let flow = self.flow > 0;
                Ok(self.tree.push(Node { span: range, start: range.start, anchor: None, tag: None, flow, kind }))
            }
            _ => Err(at_byte(self.text, self.end, "a node was expected here")),
        }
    }

    /// An item of a sequence. An absent one (`-` alone) ends behind its dash.
    pub(super) fn item(&mut self, event: Event<'t>, span: &granit_parser::Span) -> Result<Id, Error> {
        let before = self.end;
        // The last: the list itself may stand behind the dash of an outer one.
        let dash = self.last_indicator(self.range(span).start);
        let id = self.node(event, span)?;
        self.end_absent(id, before, dash);
        Ok(id)
    }

    /// A key. An absent one ends behind its `?`.
    pub(super) fn key(&mut self, event: Event<'t>, span: &granit_parser::Span) -> Result<Id, Error> {
        let before = self.end;
        let indicator = self.last_indicator(self.range(span).start);
        let id = self.node(event, span)?;
        self.end_absent(id, before, indicator);
        Ok(id)
    }

    /// An absent node without anchor and tag has no place but behind the indicator that says it is absent.
    fn end_absent(&mut self, id: Id, before: usize, indicator: Option<usize>) {
        let Some(node) = self.tree.node_mut(id) else { return };
        if let (Some(at), Kind::Scalar { style: Style::Plain, .. }) = (indicator, &node.kind)
            && node.span == Span::empty(before)
        {
            node.span = Span::empty(at + 1);
            node.start = at + 1;
            self.end = at + 1;
        }
    }

    /// The last dash or question mark between the last token and the byte `to`.
    fn last_indicator(&self, to: usize) -> Option<usize> {
        let indicators = Trivia::new(self.text, self.end, to.max(self.end)).filter_map(|token| match token {
            Token::Indicator(b'-' | b'?', at) => Some(at),
            _ => None,
        });
        indicators.last()
    }

    /// The value of an entry of the mapping at `column`. An absent one ends behind the colon that says it is absent.
    ///
    /// The colon of a `? key` may stand on a line of its own, at the column of the mapping. One further left is that of a mapping around it:
    ///
    /// ```yaml
    /// ? ? key
    /// :
    /// ```
    pub(super) fn value(&mut self, column: usize, event: Event<'t>, span: &granit_parser::Span) -> Result<Id, Error> {
        let before = self.end;
        let at = self.range(span).start;
        let is_own = |at: &usize| {
            let line = trivia::line_start(self.text, *at);
            self.flow > 0 || line <= before || at - line == column
        };
        let colon = Some(at).filter(|at| self.is_colon(*at)).filter(is_own);
        let id = self.node(event, span)?;
        self.end_absent(id, before, colon);
        Ok(id)
    }

    /// The column of the byte where a block mapping begins: that of its keys. In a flow mapping it says nothing, and a line may be the whole
    /// text.
    pub(super) fn column(&self, event: &Event<'t>, span: &granit_parser::Span) -> usize {
        if !matches!(event, Event::MappingStart(StructureStyle::Block, ..)) {
            return 0;
        }
        let at = self.range(span).start;
        at - trivia::line_start(self.text, at)
    }

    fn is_colon(&self, at: usize) -> bool {
        let bytes = self.text.as_bytes();
        let ends_there = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']' | b'{' | b'}');
        bytes.get(at) == Some(&b':') && (self.flow > 0 || bytes.get(at + 1).is_none_or(ends_there))
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
                Event::Scalar(value, style, number, _) => {
                    let mut end = if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                        self.block_scalar(range, &value).end
                    } else {
                        range.end
                    };
                    let anchor = self.anchor_span(number)?;
                    if range.start == range.end && style == ScalarStyle::Plain {
                        let properties = [anchor, tag(&span, self.text)];
                        let properties = properties.iter().flatten().map(|property| property.end).max();
                        // Whose colon it is does not matter: it is one of the collection's.
                        let colon = self.is_colon(range.start).then_some(range.start + 1);
                        let indicator = || self.last_indicator(range.start).map(|at| at + 1);
                        end = properties.or(colon).or_else(indicator).unwrap_or(self.end);
                    }
                    self.end = end.max(self.end);
                    self.register(number, None);
                }
                Event::Alias(number) => {
                    self.end = range.end.max(self.end);
                    self.aliased(number, range.start);
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
        self.flow += usize::from(flow);
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
            self.flow = self.flow.saturating_sub(1);
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

    /// From behind the header of a block scalar to the end of its last line.
    ///
    /// The parser's range may run into the next line's indentation. Of a scalar without text it is that of the next token: the header is looked
    /// for, and takes the blank lines behind it.
    fn block_scalar(&self, range: Span, value: &str) -> Span {
        if value.trim_ascii().is_empty() {
            let header = Trivia::new(self.text, self.end, self.text.len()).find_map(|token| match token {
                Token::Word(span) if span.of(self.text).starts_with(['|', '>']) => Some(span.end),
                _ => None,
            });
            let start = trivia::behind_line(self.text, header.unwrap_or(self.end));
            return Span::new(start, trivia::behind_blank_lines(self.text, start));
        }
        let content = range.of(self.text);
        let last_line = content.rsplit(['\n', '\r']).next().unwrap_or(content);
        let is_blank = last_line.bytes().all(|byte| byte == b' ');
        let end = if is_blank { range.end - last_line.len() } else { range.end };
        Span::new(range.start.min(end), end)
    }

    /// The token of the anchor that the last event had: the parser sends it next.
    fn anchor_span(&mut self, number: usize) -> Result<Option<Span>, Error> {
        if number == 0 {
            return Ok(None);
        }
        let (event, span) = self.next()?;
        debug_assert!(matches!(event, Event::Anchor(..)), "the parser sends the anchor behind its node");
        let range = self.range(&span);
        if self.in_results {
            self.results.insert(number, range.start);
        }
        Ok(Some(range))
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

    fn aliased(&mut self, number: usize, at: usize) -> Option<Id> {
        if let (false, Some(anchor)) = (self.in_results, self.results.get(&number)) {
            self.leak.get_or_insert(Leak { anchor: *anchor, alias: at });
        }
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
