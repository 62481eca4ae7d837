//! The forms in which objects arrive: a ResourceList, or a stream of documents; both may hold `List`s.

use std::fmt;

use super::resource::ItemsOf;
use super::unreadable::{explain, second_object};
use crate::yaml::lines::{self, Opening};
use crate::yaml::parse::{self, Document, Leak, Split};
use crate::yaml::{Edit, Fault, Slot, Span, Tree, Value, View, insert, write};

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
    room: Result<Room, NoRoom>,
}

/// Why an input takes no new object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// It is one JSON object.
    Json,
    /// It begins with a directive, such as `%TAG`, that is for its first document only.
    Directive,
    /// Its list of items is written so that no place can be told.
    Items,
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "the input is one JSON object; write the objects as a List",
            Self::Directive => {
                "the input begins with a YAML directive that applies to its first document only; \
                remove it"
            }
            Self::Items => "nothing can be added to `items` as it is written; write it with a line for each item",
        })
    }
}

/// Where a stream takes a new object.
#[derive(Clone, Debug)]
enum Room {
    /// As a document at this byte.
    Document {
        at: usize,
        /// Whether a line ends before it.
        before: bool,
        behind: Behind,
    },
    /// Among the items of the only document, a `List`.
    Items(Slot),
}

/// What parts a new document from the text behind it.
#[derive(Clone, Copy, Debug)]
enum Behind {
    /// An existing marker, or the end of the text.
    Nothing,
    /// A marker on the line of the existing content.
    Marker,
    /// A marker on a line of its own.
    MarkerLine,
}

/// Why an input can't be worked on at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// There is not a byte.
    #[error("the input is empty: expected a ResourceList or Kubernetes manifests on standard input")]
    Empty,
    /// It is not YAML.
    #[error("the input is not valid YAML: {0}")]
    Yaml(String),
    /// It is YAML, but no ResourceList that the specification knows.
    #[error("line {line}: {message}")]
    Form {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong, and what was expected.
        message: String,
    },
}

impl From<parse::Error> for InputError {
    fn from(error: parse::Error) -> Self {
        Self::Yaml(error.to_string())
    }
}

impl<'t> Input<'t> {
    /// The configuration that came with the objects.
    #[must_use]
    pub fn function_config(&self) -> Option<View<'_>> {
        match &self.form {
            // A duplicate key was refused when the list was read.
            Form::ResourceList(list) => {
                list.root.view().get("functionConfig").ok().flatten().filter(|config| !config.is_null())
            }
            Form::Stream(_) => None,
        }
    }

    /// Finds the form of `text` and the places of its objects.
    ///
    /// # Errors
    /// [`InputError`] when it is empty, not YAML, or a ResourceList that breaks the functions specification.
    pub fn read(text: &'t str) -> Result<Self, InputError> {
        if text.is_empty() {
            return Err(InputError::Empty);
        }
        let (mut splits, mut items_of) = (Vec::new(), Vec::new());
        let mut list = None;
        let mut extra = None;
        let mut only_list = None;
        let mut leak = None;
        let mut fault = None;
        let mut joined = None;
        let mut documents = 0;
        let mut json = false;
        let mut empty_behind = false;
        parse::outline(text, &["functionConfig"], |document: Document<'t>| {
            let kind = kind(&document);
            let split = match &kind {
                Ok(Some(kind)) if is_list(kind) && !document.entangled => items(&document),
                Ok(_) => Split::Whole,
                Err(error) => {
                    joined = joined.or_else(|| second_object(text, &document.root.view()));
                    fault.get_or_insert(error.clone());
                    Split::Whole
                }
            };
            let is_kind = |wanted| kind.as_ref().is_ok_and(|kind| *kind == Some(wanted));
            let (is_resource_list, is_plain_list) = (is_kind("ResourceList"), is_kind("List"));
            splits.push(split);
            // What can't be determined here is reported by the visitor of the items.
            items_of.push(ItemsOf::of(&document.root.view()).ok().flatten());
            if document.empty {
                empty_behind |= list.is_some();
                return;
            }
            documents += 1;
            let line = document.root.line(document.root.view().start());
            json = document.root.is_json();
            let is_plain_list = is_plain_list && split == Split::Items;
            only_list = (documents == 1 && is_plain_list).then(|| slot(&document)).flatten();
            if is_resource_list && documents == 1 {
                leak = document.leak;
                list = Some(document.root);
            } else if list.is_some() || is_resource_list {
                extra.get_or_insert(line);
            }
        })
        .map_err(|error| InputError::Yaml(explain(text, &error)))?;
        if let Some(line) = joined {
            let message = "a second object begins here without `---` before it; put one between the files".into();
            return Err(InputError::Form { line, message });
        }
        if let Some(fault) = fault {
            return Err(form_error(text, fault));
        }
        let Some(root) = list else {
            if let Some(line) = extra {
                let message = "a ResourceList after other documents; expected it to be the only document".into();
                return Err(InputError::Form { line, message });
            }
            let room = match only_list {
                Some(slot) => Ok(Room::Items(slot)),
                None if documents == 1 && json => Err(NoRoom::Json),
                None => document_room(text),
            };
            return Ok(Self { text, splits, items_of, form: Form::Stream(Stream { room }) });
        };
        if let Some(line) = extra {
            let message =
                "a second document after the ResourceList; expected the ResourceList to be the only one".into();
            return Err(InputError::Form { line, message });
        }
        check_items(text, &root)?;
        if let Some(Leak { anchor, alias }) = leak {
            let message = format!(
                "this alias refers to an anchor in `results` (line {}), which every function replaces; write out \
                 its value",
                crate::yaml::line(text, anchor)
            );
            return Err(InputError::Form { line: crate::yaml::line(text, alias), message });
        }
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
            if split(number) == Split::Items {
                check_item(&root)?;
            }
            visit_item(self.text, &mut visit, &root, items_of)
        })
    }

    /// The edit that adds `objects`.
    ///
    /// # Errors
    /// [`NoRoom`] when the input takes none.
    pub fn add(&self, objects: &[Value]) -> Result<Edit, NoRoom> {
        match &self.form {
            Form::ResourceList(list) => {
                let items = list.root.view().get("items").ok().flatten();
                let slot = items.and_then(|items| insert::prepend(&items)).ok_or(NoRoom::Items)?;
                Ok(slot.items(objects))
            }
            Form::Stream(Stream { room }) => match room.as_ref().map_err(|why| *why)? {
                Room::Items(slot) => Ok(slot.items(objects)),
                Room::Document { at, before, behind } => {
                    let newline = insert::newline(self.text, *at);
                    let mut text = if *before { newline.to_owned() } else { String::new() };
                    for (position, object) in objects.iter().enumerate() {
                        if position > 0 {
                            text.extend(["---", newline]);
                        }
                        text.push_str(&write::document(object, newline));
                    }
                    match behind {
                        Behind::Nothing => {}
                        Behind::Marker => text.push_str("---"),
                        Behind::MarkerLine => text.extend(["---", newline]),
                    }
                    Ok(Edit { span: Span::empty(*at), text })
                }
            },
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
    text: &str,
    visit: &mut impl FnMut(&View<'_>, Option<&ItemsOf>),
    view: &View<'_>,
    items_of: Option<&ItemsOf>,
) -> Result<(), InputError> {
    let error = |fault| form_error(text, fault);
    let is_nested = view.get("kind").ok().flatten().and_then(|kind| kind.text()).is_some_and(is_list);
    // What is in a list can't be told when it has two of them; of any other object, its visitor reports that.
    let items = if is_nested { view.get("items").map_err(error)? } else { None };
    match items.filter(View::is_sequence) {
        Some(items) => {
            let items_of = ItemsOf::of(view).map_err(error)?;
            items.items().map_err(error)?.iter().try_for_each(|item| {
                check_item(item)?;
                visit_item(text, visit, item, items_of.as_ref())
            })
        }
        None => {
            visit(&view.as_root(), items_of);
            Ok(())
        }
    }
}

/// An item of a list is an object. kustomize passes over one that is null and refuses all others (kubernetes-sigs/kustomize:
/// `api/resource/factory.go`, `dropBadNodes`).
fn check_item(item: &View<'_>) -> Result<(), InputError> {
    if item.is_mapping() || item.is_null() {
        return Ok(());
    }
    let message = format!("an item of the list is {}; expected an object", item.what());
    Err(InputError::Form { line: item.tree().line(item.start()), message })
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
                "the ResourceList has no `items`, which the functions specification requires; write `items: []` for \
                 none"
                    .into(),
        }),
    }
}

/// Where a document goes in front of all others: behind a byte order mark; a `---` that stands first serves as the separator.
fn document_room(text: &str) -> Result<Room, NoRoom> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let document = |at, before, behind| Ok(Room::Document { at, before, behind });
    match lines::opening(text, at) {
        Opening::Nothing | Opening::Marker => document(at, false, Behind::Nothing),
        Opening::Content => document(at, false, Behind::MarkerLine),
        // A directive belongs to the document behind it: the new one goes behind its marker.
        Opening::Directives { marker, only_version: true } => document(marker, true, Behind::Marker),
        Opening::Directives { only_version: false, .. } => Err(NoRoom::Directive),
    }
}

fn form_error(text: &str, fault: Fault) -> InputError {
    match fault {
        Fault::DuplicateKey { key, first, second } => InputError::Form {
            line: crate::yaml::line(text, second),
            message: format!("`{key}` appears twice, first on line {}; remove one", crate::yaml::line(text, first)),
        },
        Fault::TooManyAliases { at } => InputError::Form {
            line: crate::yaml::line(text, at),
            message: "nested aliases expand to too many nodes; write them out".into(),
        },
    }
}
