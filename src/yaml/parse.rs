//! Text to trees: documents and their objects. How events become nodes is `load`.
//!
//! A document is read twice, so that no more than one object is in memory at a time: [`outline`] sees the whole text and keeps the
//! tops of documents (kpt puts functionConfig behind `items`, and JSON sorts `kind` behind it), [`objects`] then delivers object after
//! object. Everything that makes a text unusable is found by [`outline`], before anything is decided.

use granit_parser::{Event, StructureStyle};

use super::load::Loader;
use super::node::{Id, Kind, Style, Tree};
use super::refuse::Checker;

pub use super::error::Error;
pub use super::load::Leak;

/// The root key whose items are objects of their own, in a `List` and in a `ResourceList`.
const ITEMS: &str = "items";

/// The root key of a `ResourceList` whose value every function replaces.
const RESULTS: &str = "results";

/// The top of a document.
#[derive(Debug)]
pub struct Document<'t> {
    /// The root's entries. Collections below it are [`Kind::Elided`], but for the kept ones; of `items`, the first item is kept, elided.
    pub root: Tree<'t>,
    /// Whether an alias in one item stands for a node of another, so that the items can't be read one by one.
    pub entangled: bool,
    /// Whether there is nothing in it but comments: no anchor, tag or block scalar without text either.
    pub empty: bool,
    /// An anchor in the value of `results` that an alias outside of it refers to, and that alias.
    pub leak: Option<Leak>,
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
        let empty = loader.tree.node(loader.tree.root).is_none_or(|root| {
            let is_plain = matches!(root.kind, Kind::Scalar { style: Style::Plain, .. });
            is_plain && root.span.start == root.span.end && root.anchor.is_none() && root.tag.is_none()
        });
        let root = std::mem::replace(&mut loader.tree, Tree::new(text, &loader.lines));
        sink(Document { root, entangled: loader.entangled, empty, leak: loader.leak });
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

impl<'t> Loader<'t> {
    /// Goes to the next document's root; false at the end of the text.
    fn next_document(&mut self) -> Result<bool, Error> {
        loop {
            match self.next()?.0 {
                Event::DocumentStart(..) => {
                    self.anchors.clear();
                    self.flow = 0;
                    self.part = 0;
                    self.entangled = false;
                    self.leak = None;
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
        let column = self.column(&event, &span);
        let root = self.open(&event, &span, Kind::Mapping(Vec::new()))?;
        self.tree.root = root;
        let mut entries = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return self.close(root, &span, Kind::Mapping(entries));
            }
            let key = self.key(event, &span)?;
            let name = self.scalar_text(key);
            let (is_items, is_kept) = (name == Some(ITEMS), name.is_some_and(|name| keep.contains(&name)));
            self.in_results = name == Some(RESULTS);
            let (event, span) = self.next()?;
            let value = match event {
                Event::SequenceStart(..) if is_items => self.first_item(&event, &span)?,
                Event::SequenceStart(..) | Event::MappingStart(..) if !is_kept => self.skip(event, &span)?,
                _ => self.value(column, event, &span)?,
            };
            self.in_results = false;
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
            let flow = usize::from(matches!(event, Event::SequenceStart(StructureStyle::Flow, ..)));
            self.flow += flow;
            loop {
                let (event, span) = self.next()?;
                if matches!(event, Event::SequenceEnd) {
                    self.flow -= flow;
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
}
