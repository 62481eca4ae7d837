//! The forms in which objects arrive: a ResourceList, or a stream of documents; both may hold `List`s.

use std::fmt;

use super::resource::ItemsOf;
use crate::yaml::parse::{self, Document, Split};
use crate::yaml::{Edit, Fault, Slot, Span, Tree, Value, View, insert, lines, write};

/// The text, and where its objects are. `Debug` shows nothing of the text: there may be Secrets in it.
pub struct Input<'t> {
    text: &'t str,
    splits: Vec<Split>,
    /// What the items of each document are, when it says so.
    items_of: Vec<Option<ItemsOf>>,
    /// Which form it has.
    pub form: Form<'t>,
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("length", &self.text.len()).finish_non_exhaustive()
    }
}

/// How the objects arrive.
#[derive(Debug)]
pub enum Form<'t> {
    /// As `items` of a ResourceList, with a configuration and a place for results.
    ResourceList(ResourceList<'t>),
    /// As documents.
    Stream(Stream),
}

/// A ResourceList without its items.
#[derive(Debug)]
pub struct ResourceList<'t> {
    /// Its root; of `items` only the first is known.
    pub root: Tree<'t>,
    /// What stands behind it from the next document marker on, where no object follows: kyaml takes a ResourceList with an empty document
    /// behind it for an ordinary object.
    pub tail: Option<Span>,
}

/// What is known of a stream as a whole.
#[derive(Debug)]
pub struct Stream {
    room: Option<Room>,
}

/// Where a stream takes a new object.
#[derive(Clone, Debug)]
enum Room {
    /// As a document at this byte; `separator` goes behind it.
    Document { at: usize, separator: bool },
    /// Among the items of the only document, a `List`.
    Items(Slot),
}

/// Why an input can't be worked on at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// There is not a byte.
    #[error("the input is empty: expected a ResourceList or Kubernetes manifests on standard input")]
    Empty,
    /// It is no YAML.
    #[error("the input is not valid YAML: {0}")]
    Yaml(#[from] parse::Error),
    /// It is YAML, but no ResourceList that the specification knows.
    #[error("line {line}: {message}")]
    Form {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong, and what was expected.
        message: String,
    },
}

impl<'t> Input<'t> {
    /// The configuration that came with the objects.
    #[must_use]
    pub fn function_config(&self) -> Option<View<'_>> {
        match &self.form {
            // A key that is there twice was refused when the list was read.
            Form::ResourceList(list) => {
                list.root.view().get("functionConfig").ok().flatten().filter(|config| !config.is_null())
            }
            Form::Stream(_) => None,
        }
    }

    /// Finds the form of `text` and the places of its objects.
    ///
    /// # Errors
    /// [`InputError`] when it is empty, no YAML, or a ResourceList that breaks the functions specification.
    pub fn read(text: &'t str) -> Result<Self, InputError> {
        if text.is_empty() {
            return Err(InputError::Empty);
        }
        let (mut splits, mut items_of) = (Vec::new(), Vec::new());
        let mut list = None;
        let mut extra = None;
        let mut only_list = None;
        let mut fault = None;
        let mut documents = 0;
        let mut json = false;
        let mut empty_behind = false;
        parse::outline(text, &["functionConfig"], |document: Document<'t>| {
            let kind = kind(&document);
            let split = match &kind {
                Ok(Some(kind)) if is_list(kind) && !document.entangled => items(&document),
                Ok(_) => Split::Whole,
                Err(error) => {
                    fault.get_or_insert(error.clone());
                    Split::Whole
                }
            };
            let is_resource_list = kind.is_ok_and(|kind| kind == Some("ResourceList"));
            splits.push(split);
            // What can't be told is for whoever visits the items to say.
            items_of.push(ItemsOf::of(&document.root.view()).ok().flatten());
            if document.empty {
                empty_behind |= list.is_some();
                return;
            }
            documents += 1;
            let line = document.root.line(document.root.view().start());
            json = document.root.is_json();
            only_list = (documents == 1 && split == Split::Items).then(|| slot(&document)).flatten();
            if is_resource_list && documents == 1 {
                list = Some(document.root);
            } else if list.is_some() || is_resource_list {
                extra.get_or_insert(line);
            }
        })?;
        if let Some(fault) = fault {
            return Err(form_error(text, fault));
        }
        let Some(root) = list else {
            if let Some(line) = extra {
                let message = "a ResourceList in the middle of a stream; expected it to be the only document".into();
                return Err(InputError::Form { line, message });
            }
            let room = match documents {
                0 => Some(Room::Document { at: 0, separator: false }),
                1 if only_list.is_some() => only_list.map(Room::Items),
                1 if json => None,
                _ => Some(document_room(text)),
            };
            return Ok(Self { text, splits, items_of, form: Form::Stream(Stream { room }) });
        };
        if let Some(line) = extra {
            let message =
                "a second document behind the ResourceList; expected the ResourceList to be the only one".into();
            return Err(InputError::Form { line, message });
        }
        check_items(text, &root)?;
        let tail = empty_behind.then(|| lines::next_document(text, root.view().span().end)).flatten();
        Ok(Self { text, splits, items_of, form: Form::ResourceList(ResourceList { root, tail }) })
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Calls `visit` with each object and what its list says about it, in the order of the text, one tree in memory at a time.
    ///
    /// # Errors
    /// The first fault of an object that keeps it from being read, with the text's line in it; `visit` decides about all others.
    pub fn objects(&self, mut visit: impl FnMut(&View<'_>, Option<&ItemsOf>)) -> Result<(), InputError> {
        let split = |number: usize| self.splits.get(number).copied().unwrap_or(Split::Whole);
        parse::objects::<InputError>(self.text, split, |number, tree| {
            let root = tree.view();
            let items_of = self.items_of.get(number).and_then(Option::as_ref);
            visit_item(&mut visit, &root, items_of).map_err(|fault| form_error(self.text, fault))
        })
    }

    /// The edit that adds `objects`, if the input has room for them.
    #[must_use]
    pub fn add(&self, objects: &[Value]) -> Option<Edit> {
        match &self.form {
            Form::ResourceList(list) => {
                let items = list.root.view().get("items").ok()??;
                Some(insert::prepend(&items)?.items(objects))
            }
            Form::Stream(Stream { room: Some(Room::Items(slot)) }) => Some(slot.items(objects)),
            Form::Stream(Stream { room: Some(Room::Document { at, separator }) }) => {
                let newline = insert::newline(self.text, *at);
                let documents = objects.iter().map(|object| {
                    let Value::Map(entries) = object else { return String::new() };
                    write::block_entries(entries).join(newline) + newline
                });
                let mut text = documents.collect::<Vec<_>>().join(&format!("---{newline}"));
                if *separator {
                    text = format!("{text}---{newline}");
                }
                Some(Edit { span: Span::empty(*at), text })
            }
            Form::Stream(Stream { room: None }) => None,
        }
    }

    /// The edit that keeps `items` of a ResourceList a list when `dropped` takes every item away: the functions specification knows no
    /// `items` that are null. `None` when something is left.
    #[must_use]
    pub fn emptied(&self, dropped: &[Edit]) -> Option<Edit> {
        let Form::ResourceList(list) = &self.form else { return None };
        let empty = insert::nothing_left(&list.root.view().get("items").ok()??)?;
        let has_content = |line: &&str| !matches!(line.trim_start().chars().next(), None | Some('#'));
        let (mut at, mut dropped) = (empty.span.end, dropped.iter().map(|edit| edit.span).collect::<Vec<_>>());
        dropped.sort();
        for span in dropped {
            // A list in the list, whose own items go, shows here.
            let between = self.text.get(at..span.start)?;
            if between.lines().any(|line| has_content(&line)) {
                return None;
            }
            at = span.end;
        }
        let rest = self.text.get(at..)?.lines().find(has_content);
        let is_left = |line: &str| line.starts_with(' ') || line.starts_with("- ") || line == "-";
        (!rest.is_some_and(is_left)).then_some(empty)
    }
}

/// A list in a list is looked into as well: kustomize inlines them all.
fn visit_item(
    visit: &mut impl FnMut(&View<'_>, Option<&ItemsOf>),
    view: &View<'_>,
    items_of: Option<&ItemsOf>,
) -> Result<(), Fault> {
    let is_nested = view.get("kind").ok().flatten().and_then(|kind| kind.text()).is_some_and(is_list);
    // What is in a list can't be told when it has two of them; of any other object it is for whoever visits it to say.
    let items = if is_nested { view.get("items")? } else { None };
    match items.filter(View::is_sequence) {
        Some(items) => {
            let items_of = ItemsOf::of(view)?;
            items.items()?.iter().try_for_each(|item| visit_item(visit, item, items_of.as_ref()))
        }
        None => {
            visit(&view.as_root(), items_of);
            Ok(())
        }
    }
}

/// `List`, `ConfigMapList`, `ResourceList`: what kustomize takes apart.
fn is_list(kind: &str) -> bool {
    kind.ends_with("List")
}

fn kind<'a>(document: &'a Document<'_>) -> Result<Option<&'a str>, Fault> {
    Ok(document.root.view().get("kind")?.and_then(|kind| kind.text()))
}

fn items(document: &Document<'_>) -> Split {
    let sequences = document
        .root
        .view()
        .entries()
        .iter()
        .filter(|(key, value)| key.scalar() == Some("items") && value.is_sequence())
        .count();
    if sequences == 1 { Split::Items } else { Split::Whole }
}

fn slot(document: &Document<'_>) -> Option<Slot> {
    insert::prepend(&document.root.view().get("items").ok()??)
}

fn check_items(text: &str, root: &Tree<'_>) -> Result<(), InputError> {
    for key in ["functionConfig", "results"] {
        root.view().get(key).map_err(|fault| form_error(text, fault))?;
    }
    let line = crate::yaml::line(text, root.view().start());
    match root.view().get("items").map_err(|fault| form_error(text, fault))? {
        Some(items) if items.is_sequence() || items.is_null() => Ok(()),
        Some(items) => Err(InputError::Form {
            line: crate::yaml::line(text, items.start()),
            message: format!("`items` of the ResourceList is {}; expected a list of objects", items.what()),
        }),
        None => Err(InputError::Form {
            line,
            message:
                "the ResourceList has no `items`; the functions specification requires it, if need be as `items: []`"
                    .into(),
        }),
    }
}

/// Where a document goes in front of all others: behind a byte order mark; a `---` that stands first serves as the separator.
fn document_room(text: &str) -> Room {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = text.get(at..).unwrap_or_default();
    let first = rest.lines().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let marked = first.is_some_and(|line| line == "---" || line.starts_with("--- ") || line.starts_with("---\t"));
    if first.is_some_and(|line| line.starts_with('%')) {
        // A directive belongs to the document behind it: the new one goes behind its marker.
        let marker = rest.find("\n---").map_or(0, |found| found + 1);
        let behind =
            rest.get(marker..).and_then(|tail| tail.find('\n')).map_or(rest.len(), |newline| marker + newline + 1);
        return Room::Document { at: at + behind, separator: true };
    }
    Room::Document { at, separator: !marked }
}

fn form_error(text: &str, fault: Fault) -> InputError {
    match fault {
        Fault::DuplicateKey { key, first, second } => InputError::Form {
            line: crate::yaml::line(text, second),
            message: format!("`{key}` is there twice, first on line {}; remove one", crate::yaml::line(text, first)),
        },
        Fault::TooManyAliases { at } => InputError::Form {
            line: crate::yaml::line(text, at),
            message: "aliases of aliases make too many nodes; write them out".into(),
        },
    }
}
