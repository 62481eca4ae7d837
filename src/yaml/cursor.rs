//! A node without the way to it, for walks over whole objects.
//!
//! A [`View`](super::View) knows its path, which costs an allocation a node. A [`Cursor`] is two numbers: a walk over everything costs next to nothing, and
//! makes views of the few nodes that matter ([`View::entry`](super::View::entry), [`View::item`](super::View::item)).

use super::node::{Id, Kind, Node, Span, Tree};
use super::scalar::text_of;

/// A node, and whether an alias stands in its place.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    tree: &'a Tree<'a>,
    site: Id,
    id: Id,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(tree: &'a Tree<'a>, site: Id) -> Self {
        Self { tree, site, id: tree.resolve(site) }
    }

    /// The key and the value of the entry at a position, merged ones not counted. `None` behind the last, and of anything but a mapping.
    #[must_use]
    pub fn entry(self, position: usize) -> Option<(Self, Self)> {
        let Kind::Mapping(entries) = &self.node()?.kind else { return None };
        entries.get(position).map(|(key, value)| (Self::new(self.tree, *key), Self::new(self.tree, *value)))
    }

    /// The item at a position. `None` behind the last, and of anything but a sequence.
    #[must_use]
    pub fn item(self, position: usize) -> Option<Self> {
        let Kind::Sequence(items) = &self.node()?.kind else { return None };
        items.get(position).map(|item| Self::new(self.tree, *item))
    }

    /// How many entries or items there are.
    #[must_use]
    pub fn len(self) -> usize {
        match self.node().map(|node| &node.kind) {
            Some(Kind::Mapping(entries)) => entries.len(),
            Some(Kind::Sequence(items)) => items.len(),
            _ => 0,
        }
    }

    /// Whether there is no entry and no item.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether this is a mapping.
    #[must_use]
    pub fn is_mapping(self) -> bool {
        matches!(self.node().map(|node| &node.kind), Some(Kind::Mapping(_)))
    }

    /// Whether this is a sequence.
    #[must_use]
    pub fn is_sequence(self) -> bool {
        matches!(self.node().map(|node| &node.kind), Some(Kind::Sequence(_)))
    }

    /// The value of any scalar; see [`View::scalar`](super::View::scalar).
    #[must_use]
    pub fn scalar(self) -> Option<&'a str> {
        match &self.node()?.kind {
            Kind::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The value of a scalar that Kubernetes reads as a string; see [`View::text`](super::View::text).
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        text_of(self.node()?)
    }

    /// Whether an alias stands in this place.
    #[must_use]
    pub fn is_alias(self) -> bool {
        self.site != self.id
    }

    /// Where the token in this place begins, with its anchor and tag.
    #[must_use]
    pub fn start(self) -> usize {
        self.tree.node(self.site).map_or(Span::NOWHERE.start, |node| node.start)
    }

    /// The bytes of the token in this place: of an alias, not of the node that it stands for.
    #[must_use]
    pub fn span(self) -> Span {
        self.tree.node(self.site).map_or(Span::NOWHERE, |node| node.span)
    }

    fn node(self) -> Option<&'a Node<'a>> {
        self.tree.node(self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::View;
    use super::super::parse::{self, Split};
    use super::*;

    /// Every scalar, as a cursor and as a view find it.
    fn both(at: Cursor<'_>, view: &View<'_>, found: &mut Vec<String>) {
        assert_eq!((at.scalar(), at.text(), at.start()), (view.scalar(), view.text(), view.start()));
        found.extend(at.scalar().map(|text| format!("{}={text}", view.path())));
        for position in 0..at.len() {
            if let (Some((key, value)), Some(entry)) = (at.entry(position), view.entry(position)) {
                let (name, whole) = &view.entries()[position];
                assert_eq!((key.scalar(), entry.before()), (name.scalar(), whole.before()));
                both(value, &entry, found);
            } else {
                let (item, entry) = (at.item(position).unwrap(), view.item(position).unwrap());
                assert_eq!(entry.before(), view.items().unwrap()[position].before());
                both(item, &entry, found);
            }
        }
    }

    #[test]
    fn it_sees_what_a_view_sees() {
        let text = "a: &a {b: [x, 'y'], c: }\nd: [*a, {e: 1}, [f: g], ]\n? h\n: |\n  i\nj: !!str 2\n";
        let mut found = Vec::new();
        parse::objects(
            text,
            |_| Split::Whole,
            |_, tree| {
                both(tree.view().cursor(), &tree.view(), &mut found);
                Ok::<(), parse::Error>(())
            },
        )
        .unwrap();
        assert_eq!(
            found,
            [
                "a.b[0]=x",
                "a.b[1]=y",
                "a.c=",
                "d[0].b[0]=x",
                "d[0].b[1]=y",
                "d[0].c=",
                "d[1].e=1",
                "d[2][0].f=g",
                "h=i\n",
                "j=2"
            ]
        );
    }
}
