//! The walk that marks which parts of a tree are worth walking through.

use std::rc::Rc;

use super::marks::{Marks, State};
use super::node::{Id, Kind, Tree};

impl Tree<'_> {
    /// Marks the mappings that have a key of interest, and everything around them. `interest` is the name of what tells it: a tree with many
    /// objects is marked once for all of them.
    #[must_use]
    pub fn marks(&self, interest: &str, is_of_interest: impl Fn(&str) -> bool) -> Rc<Marks> {
        let mut known = self.marks.borrow_mut();
        if let Some(marks) = known.get(interest) {
            return Rc::clone(marks);
        }
        let mut marks = Marks::none(self.nodes.len());
        self.mark(self.root, &is_of_interest, &mut marks);
        let marks = Rc::new(marks);
        known.insert(interest.into(), Rc::clone(&marks));
        marks
    }

    /// Recursion is bounded by the parser's depth: the node that an alias stands for begins before it, and so was seen.
    fn mark(&self, id: Id, is_of_interest: &impl Fn(&str) -> bool, marks: &mut Marks) -> bool {
        let Some(node) = self.node(id) else { return false };
        match marks.state(id.0) {
            State::Unseen => {}
            known => return known == State::Marked,
        }
        if matches!(node.kind, Kind::Scalar { .. } | Kind::Elided) {
            return false;
        }
        marks.set(id.0, State::Open);
        let mut is_marked = false;
        match &node.kind {
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    is_marked |= matches!(&self.node(*key).map(|key| &key.kind), Some(Kind::Scalar { value, .. }) if is_of_interest(value));
                    is_marked |= self.mark(*value, is_of_interest, marks);
                }
            }
            Kind::Sequence(items) => {
                for item in items {
                    is_marked |= self.mark(*item, is_of_interest, marks);
                }
            }
            Kind::Alias(target) => is_marked = self.mark(*target, is_of_interest, marks),
            Kind::Scalar { .. } | Kind::Elided => {}
        }
        marks.set(id.0, if is_marked { State::Marked } else { State::Unmarked });
        is_marked
    }
}
