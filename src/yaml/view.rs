//! Walking a tree by name, with an eye on what the walk passes: the path, aliases, merge keys, duplicate keys.

use std::collections::BTreeSet;

use super::cursor::Cursor;
use super::marks::Marks;
use super::node::{Id, Kind, Node, Span, Style, Tree};
use super::path::FieldPath;
use super::scalar::{self, Spot};

/// The merge key of YAML 1.1, which go-yaml and so every orchestrator applies.
const MERGE: &str = "<<";
/// Merges inside merged mappings are followed this far.
const MERGE_DEPTH: usize = 32;

/// A node, and how it was reached.
#[derive(Clone, Debug)]
pub struct View<'a> {
    tree: &'a Tree<'a>,
    /// The node in this place: the one meant, or an alias for it.
    site: Id,
    /// The node meant.
    id: Id,
    path: FieldPath<'a>,
    before: usize,
    shared: Option<Shared>,
}

/// A node that other places of the object show as well: an edit of it would change them too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The byte where the shared node stands.
    pub definition: usize,
    /// The byte of an alias or merge key that refers to it.
    pub usage: usize,
}

/// Why the object can't be read any further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A mapping has a key twice, and what is looked for depends on which one counts.
    DuplicateKey {
        /// The key.
        key: String,
        /// The byte of the first.
        first: usize,
        /// The byte of the second.
        second: usize,
    },
    /// Aliases of aliases make more of the object than can be looked at.
    TooManyAliases {
        /// The byte where the walk was given up.
        at: usize,
    },
}

impl<'t> Tree<'t> {
    /// The root.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        let id = self.resolve(self.root);
        View { tree: self, site: self.root, id, path: FieldPath::default(), before: self.before, shared: None }
    }

    /// Whether the tree is written as JSON: a flow mapping with quoted keys.
    #[must_use]
    pub fn is_json(&self) -> bool {
        let Some(root) = self.node(self.root) else { return false };
        let Kind::Mapping(entries) = &root.kind else { return false };
        let key = entries.first().and_then(|(key, _)| self.node(*key));
        root.flow && key.is_none_or(|key| matches!(key.kind, Kind::Scalar { style: Style::Double, .. }))
    }

    /// The node that an alias, or an alias of an alias, stands for. Aliases point backwards, so this ends.
    pub(super) fn resolve(&self, id: Id) -> Id {
        let mut id = id;
        while let Some(Node { kind: Kind::Alias(target), .. }) = self.node(id) {
            if *target >= id {
                break;
            }
            id = *target;
        }
        id
    }

    fn alias_of(&self, id: Id) -> Option<Span> {
        self.uses.get(&id)?.first().copied()
    }

    /// The node that a view is of and all behind it, in the order of the text.
    pub(super) fn nodes_from(&self, view: &View<'_>) -> impl Iterator<Item = (Id, &Node<'t>)> {
        let ids = (view.site.0..).map(Id);
        ids.map_while(|id| Some((id, self.node(id)?)))
    }

    /// Counts nodes that a walk looks at a second time because of aliases and merge keys.
    ///
    /// # Errors
    /// [`Fault::TooManyAliases`] when they are more than the object could hold.
    fn step(&self, nodes: usize, at: usize) -> Result<(), Fault> {
        let steps = self.steps.get() + nodes;
        self.steps.set(steps);
        if steps > 64 * self.nodes.len() + 1024 { Err(Fault::TooManyAliases { at }) } else { Ok(()) }
    }
}

impl<'a> View<'a> {
    /// The value of the entry `key`, looked up in merged mappings (`<<`) as well. `None` if there is none or this is not a mapping.
    ///
    /// # Errors
    /// [`Fault::DuplicateKey`] when the mapping has it twice.
    pub fn get(&self, key: &str) -> Result<Option<View<'a>>, Fault> {
        self.find(key, MERGE_DEPTH)
    }

    /// The value below several keys, one after the other.
    ///
    /// # Errors
    /// Those of [`View::get`].
    pub fn at(&self, keys: &[&str]) -> Result<Option<View<'a>>, Fault> {
        let mut view = self.clone();
        for key in keys {
            match view.get(key)? {
                Some(next) => view = next,
                None => return Ok(None),
            }
        }
        Ok(Some(view))
    }

    /// The keys and values of a mapping in the order of the text, without merged ones. Empty for anything else.
    #[must_use]
    pub fn entries(&self) -> Vec<(View<'a>, View<'a>)> {
        let Some(Node { kind: Kind::Mapping(entries), .. }) = self.node() else {
            return Vec::new();
        };
        let mut before = self.inside();
        let mut views = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key_view = self.child(*key, self.path.clone(), before);
            before = self.end_of(*key, before);
            let path = key_view.scalar().map_or_else(|| self.path.clone(), |name| self.path.key(name));
            let value_view = self.child(*value, path, before);
            before = self.end_of(*value, before);
            views.push((key_view, value_view));
        }
        views
    }

    /// The value of the entry at a position of [`View::entries`].
    #[must_use]
    pub fn entry(&self, position: usize) -> Option<View<'a>> {
        let Kind::Mapping(entries) = &self.node()?.kind else { return None };
        let (key, value) = entries.get(position)?;
        let before = match position.checked_sub(1).and_then(|earlier| entries.get(earlier)) {
            Some((key, value)) => self.end_of(*value, self.end_of(*key, self.inside())),
            None => self.inside(),
        };
        let key = self.child(*key, self.path.clone(), before);
        let path = key.scalar().map_or_else(|| self.path.clone(), |name| self.path.key(name));
        Some(self.child(*value, path, self.end_of(key.site, before)))
    }

    /// The item at a position of [`View::items`].
    #[must_use]
    pub fn item(&self, position: usize) -> Option<View<'a>> {
        let Kind::Sequence(items) = &self.node()?.kind else { return None };
        let earlier = position.checked_sub(1).and_then(|earlier| items.get(earlier));
        let before = earlier.map_or_else(|| self.inside(), |earlier| self.end_of(*earlier, self.inside()));
        items.get(position).map(|item| self.child(*item, self.path.index(position), before))
    }

    /// [`View::entries`], for a walk over everything: it ends where aliases lead to more entries than the object could hold.
    ///
    /// # Errors
    /// [`Fault::TooManyAliases`].
    pub fn counted_entries(&self) -> Result<Vec<(View<'a>, View<'a>)>, Fault> {
        self.tree.step(self.len(), self.start())?;
        Ok(self.entries())
    }

    /// The items of a sequence. Empty for anything else.
    ///
    /// # Errors
    /// [`Fault::TooManyAliases`] when aliases of aliases have led to more items than the object could hold.
    pub fn items(&self) -> Result<Vec<View<'a>>, Fault> {
        let Some(Node { kind: Kind::Sequence(items), .. }) = self.node() else {
            return Ok(Vec::new());
        };
        self.tree.step(items.len(), self.start())?;
        let mut before = self.inside();
        let mut views = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            views.push(self.child(*item, self.path.index(index), before));
            before = self.end_of(*item, before);
        }
        Ok(views)
    }

    /// The keys and values of a mapping, those of merged mappings behind its own.
    ///
    /// # Errors
    /// Those of [`View::get`] for the merged ones.
    pub fn fields(&self) -> Result<Vec<(&'a str, View<'a>)>, Fault> {
        let mut fields = Vec::new();
        let mut merges = Vec::new();
        for (key, value) in self.entries() {
            match key.scalar() {
                Some(_) if key.is_merge() => merges.push(value),
                Some(name) => fields.push((name, value)),
                None => {}
            }
        }
        if merges.is_empty() {
            return Ok(fields);
        }
        let mut names: BTreeSet<&str> = fields.iter().map(|(name, _)| *name).collect();
        let mut depth = 0;
        while !merges.is_empty() && depth < MERGE_DEPTH {
            let mut next = Vec::new();
            for source in merges {
                let sources = if source.is_sequence() { source.items()? } else { vec![source] };
                for (key, value) in sources.iter().flat_map(View::entries) {
                    match key.scalar() {
                        Some(_) if key.is_merge() => next.push(value),
                        Some(name) if names.insert(name) => fields.extend(self.get(name)?.map(|value| (name, value))),
                        _ => {}
                    }
                }
            }
            merges = next;
            depth += 1;
        }
        Ok(fields)
    }

    /// Whether a walk over what is marked comes here. Each time counts, so that a walk over aliases of aliases ends.
    ///
    /// # Errors
    /// [`Fault::TooManyAliases`] when they have led to more nodes than the object could hold.
    pub fn is_marked(&self, marks: &Marks) -> Result<bool, Fault> {
        let is_marked = marks.has(self.site.0);
        if is_marked {
            self.tree.step(1, self.start())?;
        }
        Ok(is_marked)
    }

    /// The value of a scalar that Kubernetes reads as a string: quoted, block, tagged `!!str`, or plain and no null, boolean or number.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        scalar::text_of(self.node()?)
    }

    /// The value of any scalar, as text.
    #[must_use]
    pub fn scalar(&self) -> Option<&'a str> {
        match &self.node()?.kind {
            Kind::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Whether this is null, written or left out.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.node().is_some_and(|node| {
            node.tag.is_none_or(|tag| tag == "!!null")
                && matches!(&node.kind, Kind::Scalar { style: Style::Plain, value } if scalar::is_null(value))
        })
    }

    /// Whether this, a key, merges another mapping into its own.
    pub(super) fn is_merge(&self) -> bool {
        self.scalar() == Some(MERGE) && self.style() == Some(Style::Plain)
    }

    /// Whether this is a mapping.
    #[must_use]
    pub fn is_mapping(&self) -> bool {
        matches!(self.node().map(|node| &node.kind), Some(Kind::Mapping(_)))
    }

    /// Whether this is a sequence.
    #[must_use]
    pub fn is_sequence(&self) -> bool {
        matches!(self.node().map(|node| &node.kind), Some(Kind::Sequence(_)))
    }

    /// What the node is called in a message: "a mapping", "a number" …
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self.node().map(|node| &node.kind) {
            Some(Kind::Mapping(_)) => "a mapping",
            Some(Kind::Sequence(_)) => "a list",
            Some(Kind::Scalar { .. }) if self.text().is_some() => "a string",
            Some(Kind::Scalar { .. }) if self.is_null() => "nothing",
            Some(Kind::Scalar { value, .. }) if scalar::is_typed(value) => scalar::type_name(value),
            Some(Kind::Scalar { .. }) => "a value with a tag of its own",
            _ => "a collection",
        }
    }

    /// How the scalar was written.
    #[must_use]
    pub fn style(&self) -> Option<Style> {
        match self.node()?.kind {
            Kind::Scalar { style, .. } => Some(style),
            _ => None,
        }
    }

    /// The path from the object's root.
    #[must_use]
    pub fn path(&self) -> &FieldPath<'a> {
        &self.path
    }

    /// The same node as the root of an object of its own: paths begin here.
    #[must_use]
    pub fn as_root(&self) -> Self {
        Self { path: FieldPath::default(), ..self.clone() }
    }

    /// The node without the way to it.
    #[must_use]
    pub fn cursor(&self) -> Cursor<'a> {
        Cursor::new(self.tree, self.site)
    }

    /// The tree that this is a node of.
    #[must_use]
    pub fn tree(&self) -> &'a Tree<'a> {
        self.tree
    }

    /// The bytes of the token in this place: of an alias, not of the node that it stands for.
    #[must_use]
    pub fn span(&self) -> Span {
        self.tree.node(self.site).map_or(Span::NOWHERE, |node| node.span)
    }

    /// Where the token in this place begins, with its anchor and tag.
    #[must_use]
    pub fn start(&self) -> usize {
        self.tree.node(self.site).map_or(Span::NOWHERE.start, |node| node.start)
    }

    /// Where the token before this node ended.
    #[must_use]
    pub fn before(&self) -> usize {
        self.before
    }

    /// Whether the node is, or is in, a flow collection.
    #[must_use]
    pub fn is_flow(&self) -> bool {
        self.node().is_some_and(|node| node.flow)
    }

    /// Whether other places show this node too.
    #[must_use]
    pub fn shared(&self) -> Option<Shared> {
        self.shared
    }

    /// The place of a scalar, to be kept until its new text is known.
    ///
    /// `None` of what is not a scalar, and of one whose text can't be replaced by a string: an absent value without a colon of its own
    /// (`{list, z: 1}`), a block scalar without text, a scalar with a tag that is not a string's.
    #[must_use]
    pub fn spot(&self) -> Option<Spot> {
        let node = self.node()?;
        let Kind::Scalar { style, ref value } = node.kind else { return None };
        let is_here = self.site == self.id;
        let has_place = match style {
            _ if !is_here => true,
            Style::Plain => node.span.start < node.span.end || node.span.start > self.before,
            Style::Block => !value.trim_ascii().is_empty(),
            Style::Single | Style::Double => true,
        };
        if !has_place || (is_here && node.tag.is_some_and(|tag| !scalar::is_string(tag))) {
            return None;
        }
        let site = self.tree.node(self.site)?;
        let uses = node.anchor.and_then(|_| self.tree.uses.get(&self.id)).cloned();
        Some(Spot::new(self.tree.text, site.span, is_here.then_some(style), node.span, uses))
    }

    pub(super) fn node(&self) -> Option<&'a Node<'a>> {
        self.tree.node(self.id)
    }

    pub(super) fn node_of(&self, id: Id) -> Option<&'a Node<'a>> {
        self.tree.node(id)
    }

    /// Where the token before the first child ended.
    fn inside(&self) -> usize {
        let Some(node) = self.node() else { return self.before };
        if node.flow {
            // The mapping in `[key: value]` has no bracket of its own.
            let first = match &node.kind {
                Kind::Mapping(entries) => entries.first().and_then(|(key, _)| self.tree.node(*key)),
                _ => None,
            };
            first.map_or(usize::MAX, |first| first.start).min(node.span.start + 1)
        } else if self.site == self.id {
            let properties = node.anchor.map_or(0, |anchor| anchor.end);
            self.before.max(properties)
        } else {
            node.start
        }
    }

    fn end_of(&self, id: Id, before: usize) -> usize {
        self.tree.node(id).map_or(before, |node| node.span.end.max(before))
    }

    fn len(&self) -> usize {
        match self.node().map(|node| &node.kind) {
            Some(Kind::Mapping(entries)) => entries.len(),
            _ => 0,
        }
    }

    fn child(&self, site: Id, path: FieldPath<'a>, before: usize) -> Self {
        let id = self.tree.resolve(site);
        let mut shared = self.shared;
        if let (None, Some(node)) = (shared, self.tree.node(id))
            && match &node.kind {
                // Nothing, where a list may go. An alias for it can be replaced alone.
                Kind::Scalar { style: Style::Plain, value } => site == id && scalar::is_null(value),
                Kind::Scalar { .. } => false,
                _ => true,
            }
        {
            let usage = if site == id {
                node.anchor.and_then(|_| self.tree.alias_of(id)).map(|alias| alias.start)
            } else {
                self.tree.node(site).map(|alias| alias.start)
            };
            shared = usage.map(|usage| Shared { definition: node.start, usage });
        }
        Self { tree: self.tree, site, id, path, before, shared }
    }

    fn find(&self, key: &str, depth: usize) -> Result<Option<View<'a>>, Fault> {
        let mut found: Option<(usize, View<'a>)> = None;
        let mut merges = Vec::new();
        for (name, value) in self.entries() {
            match name.scalar() {
                Some(text) if text == key => {
                    if let Some((first, _)) = found {
                        return Err(Fault::DuplicateKey { key: key.to_owned(), first, second: name.start() });
                    }
                    found = Some((name.start(), value));
                }
                Some(_) if name.is_merge() => merges.push((name.start(), value)),
                _ => {}
            }
        }
        if let Some((_, view)) = found {
            return Ok(Some(view));
        }
        if depth == 0 {
            return merges.first().map_or(Ok(None), |(at, _)| Err(Fault::TooManyAliases { at: *at }));
        }
        for (usage, value) in merges {
            let sources = if value.is_sequence() { value.items()? } else { vec![value] };
            for mut source in sources {
                // A look-up is cheap next to a node that it leads to.
                self.tree.step(1 + source.len() / 16, usage)?;
                source.path = self.path.clone();
                source.shared = Some(Shared { definition: source.node().map_or(usage, |node| node.start), usage });
                if let Some(view) = source.find(key, depth - 1)? {
                    return Ok(Some(view));
                }
            }
        }
        Ok(None)
    }
}
