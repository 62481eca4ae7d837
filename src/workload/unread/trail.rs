//! The way from an object's root to where a walk is.

use crate::yaml::{Cursor, View};

use super::entry::is_image;
use super::siblings::Siblings;

/// The collections on the way, from the root.
pub(super) struct Trail<'a>(Vec<Frame<'a>>);

/// A collection on the way.
struct Frame<'a> {
    node: Cursor<'a>,
    /// The position of the next child; the walk is at the one before.
    next: usize,
    /// Its key, or that of the list that it is an item of.
    key: Option<&'a str>,
    /// Whether its values are texts for programs, regardless of their keys.
    is_text: bool,
    siblings: Option<Siblings<'a>>,
    holds_images: Option<bool>,
}

/// Where a walk goes on.
pub(super) enum Step<'a> {
    Entry(Cursor<'a>, Cursor<'a>),
    Item(Cursor<'a>),
}

impl<'a> Trail<'a> {
    pub(super) fn new(root: Cursor<'a>) -> Self {
        let mut trail = Self(Vec::new());
        trail.enter(None, root, false);
        trail
    }

    /// The next child of the innermost collection that has one.
    pub(super) fn next(&mut self) -> Option<Step<'a>> {
        while let Some(frame) = self.0.last_mut() {
            let position = frame.next;
            frame.next += 1;
            if let Some((key, value)) = frame.node.entry(position) {
                return Some(Step::Entry(key, value));
            }
            if let Some(item) = frame.node.item(position) {
                return Some(Step::Item(item));
            }
            self.0.pop();
        }
        None
    }

    pub(super) fn enter(&mut self, key: Option<&'a str>, node: Cursor<'a>, is_text: bool) {
        self.0.push(Frame { node, next: 0, key, is_text, siblings: None, holds_images: None });
    }

    /// How many collections the walk is in.
    pub(super) fn depth(&self) -> usize {
        self.0.len()
    }

    /// The key of the innermost collection.
    pub(super) fn key(&self) -> Option<&'a str> {
        self.0.last().and_then(|frame| frame.key)
    }

    /// Whether the walk is in kustomize's `images` of an Argo CD Application, where a name without another behind it overrides nothing.
    pub(super) fn is_in_overrides(&self) -> bool {
        let mut keys = self.0.iter().rev().map(|frame| frame.key);
        keys.next() == Some(Some("images")) && keys.next() == Some(Some("kustomize"))
    }

    pub(super) fn is_text(&self) -> bool {
        self.0.last().is_some_and(|frame| frame.is_text)
    }

    /// The position of the child that the walk is at.
    pub(super) fn position(&self) -> usize {
        self.0.last().map_or(0, |frame| frame.next.saturating_sub(1))
    }

    /// The value of the innermost mapping's entry at a position.
    pub(super) fn entry(&self, position: usize) -> Option<Cursor<'a>> {
        self.0.last()?.node.entry(position).map(|(_, value)| value)
    }

    /// The innermost list's item at a position.
    pub(super) fn item(&self, position: usize) -> Option<Cursor<'a>> {
        self.0.last()?.node.item(position)
    }

    /// Whether every item of the innermost list is an image. The list is looked at once.
    pub(super) fn holds_images(&mut self) -> bool {
        let Some(frame) = self.0.last_mut() else { return false };
        let node = frame.node;
        let mut items = (0..node.len()).filter_map(|position| node.item(position));
        *frame.holds_images.get_or_insert_with(|| items.all(|item| item.text().is_some_and(is_image)))
    }

    /// What stands in the innermost mapping. It is looked at once, however many candidates it holds.
    pub(super) fn siblings(&mut self) -> Siblings<'a> {
        let Some(frame) = self.0.last_mut() else { return Siblings::default() };
        *frame.siblings.get_or_insert_with(|| Siblings::of(frame.node))
    }

    /// The innermost collection.
    pub(super) fn holder(&self, root: &View<'a>) -> Option<View<'a>> {
        let (_, outer) = self.0.split_last()?;
        outer.iter().try_fold(root.clone(), |view, frame| child(&view, frame.next.saturating_sub(1)))
    }

    /// The path of the innermost collection's child, in the words of `images.fields`. `None` where they can't say it.
    ///
    /// Of a list of named values, as `env` and `params` are, it takes the one of that name.
    pub(super) fn path(&mut self, position: usize) -> Option<String> {
        let name = self.siblings().name;
        let last = self.0.len().checked_sub(1)?;
        let mut path = String::new();
        let mut in_list = false;
        for (depth, frame) in self.0.iter().enumerate() {
            let position = if depth == last { position } else { frame.next.saturating_sub(1) };
            let Some((key, _)) = frame.node.entry(position) else {
                if in_list || path.is_empty() {
                    return None;
                }
                in_list = true;
                let is_value = |node: Cursor<'_>, at| {
                    node.entry(at).is_some_and(|(key, _)| matches!(key.scalar(), Some("value" | "default")))
                };
                let inner = self
                    .0
                    .get(depth + 1)
                    .filter(|inner| depth + 1 == last && is_value(inner.node, inner.next.saturating_sub(1)));
                match (inner, name) {
                    (Some(_), Some(name)) => path.push_str(&format!("[name={}]", glob(name)?)),
                    _ => path.push_str("[]"),
                }
                continue;
            };
            let key = key.scalar().filter(|key| !key.is_empty() && *key != "*" && !key.contains(['[', ']', '\\']))?;
            in_list = false;
            if key == "<<" {
                continue;
            }
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(&key.replace('/', "\\/"));
        }
        // Dots in a single name are taken for a path with dots.
        (path.contains('/') || !path.contains('.')).then_some(path)
    }
}

fn child<'a>(view: &View<'a>, position: usize) -> Option<View<'a>> {
    view.entry(position).or_else(|| view.item(position))
}

/// The name of an item as a filter. OLM calls variables of images `RELATED_IMAGE_…`: one entry is about all of them.
fn glob(name: &str) -> Option<&str> {
    const RELATED: &str = "RELATED_IMAGE_";
    if name.starts_with(RELATED) {
        return Some("RELATED_IMAGE_*");
    }
    (!name.is_empty() && !name.contains([']', '*'])).then_some(name)
}
