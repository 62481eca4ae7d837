//! Anchors whose aliases stand outside the node they are in: without the node, the aliases stand for nothing.

use super::parse::Leak;
use super::view::View;

impl View<'_> {
    /// The first anchor in this node that an alias outside of it stands for, and that alias.
    #[must_use]
    pub fn leak(&self) -> Option<Leak> {
        let tree = self.tree();
        let (start, end) = (self.start(), self.span().end);
        // A node is numbered before the nodes in it, and all of them before what stands behind it.
        tree.nodes_from(self).take_while(|(_, node)| node.span.start <= end).find_map(|(id, node)| {
            let anchor = node.anchor?;
            // In the order of the text: the ends tell whether one of them is outside.
            let uses = tree.uses.get(&id)?;
            let mut outermost = [uses.first(), uses.last()].into_iter().flatten();
            let alias = outermost.find(|alias| alias.start < start || alias.start >= end)?;
            Some(Leak { anchor: anchor.start, alias: alias.start })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::{self, Split};

    /// The anchor and the alias of the leak of each item, by the characters they begin with.
    fn leaks(text: &str) -> Vec<Option<(String, String)>> {
        let mut leaks = Vec::new();
        parse::objects::<parse::Error>(
            text,
            |_| Split::Whole,
            |_, tree| {
                let at = |byte: usize| text.get(byte..byte + 2).unwrap_or_default().to_owned();
                let items = tree.view().items().unwrap_or_default();
                leaks.extend(items.iter().map(|item| item.leak().map(|leak| (at(leak.anchor), at(leak.alias)))));
                Ok(())
            },
        )
        .unwrap();
        leaks
    }

    #[test]
    fn an_alias_outside_is_found_and_one_inside_is_not() {
        let leak = |name: &str| Some((format!("&{name}"), format!("*{name}")));
        for (text, expected) in [
            ("- {a: &a 1, b: *a}\n- 2\n", vec![None, None]),
            ("- {a: &a 1, b: *a}\n- *a\n", vec![leak("a"), None]),
            ("- a: &a\n- *a\n", vec![leak("a"), None]),
            ("- &a\n  b: 1\n- <<: *a\n", vec![leak("a"), None]),
            ("- &a {b: &b 1}\n- [*b, *a]\n- *b\n", vec![leak("a"), None, None]),
            // The name again is another anchor.
            ("- &a 1\n- &a 2\n- *a\n", vec![None, leak("a"), None]),
            ("- [&a 1, &a 2, *a]\n- 3\n", vec![None, None]),
        ] {
            assert_eq!(leaks(text), expected, "{text}");
        }
    }
}
