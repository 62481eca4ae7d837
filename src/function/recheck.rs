//! The last check before writing: the output is read again, and must say what was planned and otherwise what the input said.
//!
//! Finding a place in YAML for new text is where a mistake would break a manifest, so it is not trusted. Both texts are read into a short
//! form without what was planned: they must agree. What is new must stand where the plan wants it. A fault found here is one of pullthrough
//! and never of the input; the run ends with an error instead of a file.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::krm::{Form, Input};
use crate::plan::Attachment;
use crate::yaml::parse::{self, Split};
use crate::yaml::path::pointer_step;
use crate::yaml::{Cursor, Edit, EditSet, Error, Span};

/// Up to this size everything is compared. Of a larger text only the syntax is looked at, so that time and memory stay those of the run.
const COMPARED: usize = 1 << 20;

/// What the edits of a run are for.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// JSON pointers, from an object's root, of what pull Secrets are named in, and of all that it is in.
    paths: BTreeSet<String>,
    /// Those of the lists themselves.
    lists: BTreeSet<String>,
    /// The edits of fields.
    fields: BTreeSet<Span>,
}

/// Where the output is not what it should be.
#[derive(Debug)]
pub(super) struct Broken {
    /// The byte of the input where the document or the item begins in which it shows.
    pub(super) at: usize,
    /// What is wrong, as a sentence.
    pub(super) what: String,
}

impl Expected {
    /// What `edits` and `attachments` of a plan for `text` should lead to.
    pub(super) fn new(text: &str, edits: &[Edit], attachments: &[Attachment]) -> Self {
        let mut expected = Self::default();
        if text.len() > COMPARED {
            return expected;
        }
        for Attachment { list, .. } in attachments {
            let mut path = list.holder.clone();
            for key in list.keys() {
                path += &pointer_step(key);
                expected.paths.insert(path.clone());
            }
            // The only name in a mapping.
            expected.paths.insert(path.clone() + "/name");
            expected.lists.insert(path);
        }
        expected.fields = edits.iter().filter(|edit| !edit.text.trim().is_empty()).map(|edit| edit.span).collect();
        expected
    }

    fn takes_entry(&self, path: &str) -> bool {
        const METADATA: [&str; 2] = ["/metadata/labels", "/metadata/annotations"];
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        METADATA.iter().any(|field| path.ends_with(field) || parent.ends_with(field)) || ends_in(path, &self.paths)
    }

    fn takes_item(&self, path: &str) -> bool {
        path == "/items" || ends_in(path, &self.lists)
    }
}

/// Whether one of `paths`, each from an object's root, is the end of a path from a document's root.
fn ends_in(path: &str, paths: &BTreeSet<String>) -> bool {
    path.match_indices('/').any(|(at, _)| path.get(at..).is_some_and(|end| paths.contains(end)))
}

/// Reads the output again.
///
/// # Errors
/// [`Broken`] when it is not what was planned.
pub(super) fn recheck(input: &Input<'_>, edits: &EditSet<'_>, expected: &Expected) -> Result<(), Broken> {
    if edits.is_empty() {
        return Ok(());
    }
    let output = edits.apply();
    if output.is_empty() {
        return Ok(());
    }
    Input::read(&output).map_err(|error| Broken { at: 0, what: format!("the output can't be read: {error}") })?;
    if input.text().len() > COMPARED {
        return Ok(());
    }
    let is_list = matches!(input.form, Form::ResourceList(_));
    let mut reader = Reader::new(Side::Input, input.text(), edits, expected, is_list);
    let before = reader.read()?;
    let taken = reader.taken;
    let mut reader = Reader::new(Side::Output, &output, edits, expected, is_list);
    reader.taken = taken;
    let after = reader.read()?;
    let same = before.iter().zip(&after).take_while(|(old, new)| old.hash == new.hash).count();
    if same < before.len() || same < after.len() {
        let at = before.get(same).or(before.last()).map_or(0, |part| part.at);
        return Err(Broken { at, what: "the output would change more than what was planned".to_owned() });
    }
    let missed =
        edits.edits().iter().zip(&reader.met).find(|(edit, met)| !**met && expected.fields.contains(&edit.span));
    missed.map_or(Ok(()), |(edit, _)| {
        Err(Broken { at: edit.span.start, what: "a new value would not be read as a value".to_owned() })
    })
}

/// A document or an item of its root's `items`, in short.
struct Part {
    at: usize,
    hash: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Input,
    Output,
}

/// Reads one of the texts.
struct Reader<'r> {
    side: Side,
    text: &'r str,
    edits: &'r [Edit],
    expected: &'r Expected,
    /// What each edit takes out of the input, or puts into the output, in the order of the text.
    spans: Vec<Span>,
    /// The edits that replace an item.
    taken: Vec<bool>,
    /// The edits whose new text was read as a node.
    met: Vec<bool>,
    is_resource_list: bool,
    parts: Vec<Part>,
    hasher: DefaultHasher,
    path: String,
}

impl<'r> Reader<'r> {
    fn new(side: Side, text: &'r str, set: &'r EditSet<'_>, expected: &'r Expected, is_resource_list: bool) -> Self {
        let edits = set.edits();
        let spans = match side {
            Side::Input => edits.iter().map(|edit| edit.span).collect(),
            Side::Output => spans_of_new(edits),
        };
        let none = vec![false; edits.len()];
        let (parts, hasher, path) = (Vec::new(), DefaultHasher::new(), String::new());
        Self {
            side,
            text,
            edits,
            expected,
            spans,
            taken: none.clone(),
            met: none,
            is_resource_list,
            parts,
            hasher,
            path,
        }
    }

    fn read(&mut self) -> Result<Vec<Part>, Broken> {
        let mut broken = None;
        let read = parse::objects::<Error>(
            self.text,
            |_| Split::Whole,
            |_, tree| {
                if broken.is_none() {
                    broken = self.document(tree.view().cursor()).err();
                }
                Ok(())
            },
        );
        match (broken, read) {
            (Some(broken), _) => Err(broken),
            (None, Err(error)) => Err(Broken { at: 0, what: format!("the output can't be read: {error}") }),
            (None, Ok(())) => Ok(std::mem::take(&mut self.parts)),
        }
    }

    fn document(&mut self, root: Cursor<'_>) -> Result<(), Broken> {
        self.path.clear();
        // An empty document says nothing; one that was added, or taken out, is no part of both.
        if is_null(root) || self.is_dropped(root) || (self.side == Side::Output && self.is_inserted(root)) {
            return Ok(());
        }
        self.node(root)?;
        self.part(root.start());
        Ok(())
    }

    fn part(&mut self, at: usize) {
        let hash = std::mem::take(&mut self.hasher).finish();
        self.parts.push(Part { at, hash });
    }

    fn node(&mut self, node: Cursor<'_>) -> Result<(), Broken> {
        if let Some(edit) = self.replaced(node) {
            if self.side == Side::Output {
                self.check_scalar(node, edit)?;
            }
            'r'.hash(&mut self.hasher);
        } else if node.is_alias() {
            ('a', node.span().of(self.text)).hash(&mut self.hasher);
        } else if let Some(value) = node.scalar() {
            if is_null(node) {
                'r'.hash(&mut self.hasher);
            } else {
                ('s', node.text().is_some(), value).hash(&mut self.hasher);
            }
        } else if node.is_mapping() {
            self.mapping(node)?;
        } else {
            self.sequence(node)?;
        }
        Ok(())
    }

    fn mapping(&mut self, mapping: Cursor<'_>) -> Result<(), Broken> {
        let entries: Vec<_> = (0..mapping.len()).filter_map(|at| mapping.entry(at)).collect();
        let is_new = |reader: &Self, key: Cursor<'_>| reader.side == Side::Output && reader.is_inserted(key);
        let mut kept = 0;
        let length = self.path.len();
        for (key, value) in &entries {
            self.path += &pointer_step(key.scalar().unwrap_or("?"));
            if self.is_resource_list && self.path == "/results" {
                // Every run writes them anew.
            } else if is_new(self, *key) {
                let twice = entries.iter().filter(|(other, _)| other.scalar() == key.scalar()).count() > 1;
                if twice || !self.expected.takes_entry(&self.path) {
                    return Err(self.broken(*key, "a new key would stand where it was not planned"));
                }
                self.meet(key.start());
            } else {
                if kept == 0 {
                    '{'.hash(&mut self.hasher);
                }
                kept += 1;
                self.node(*key)?;
                self.value(*value)?;
            }
            self.path.truncate(length);
        }
        // An empty collection may be written anew.
        if kept == 0 { 'r' } else { '}' }.hash(&mut self.hasher);
        Ok(())
    }

    fn value(&mut self, value: Cursor<'_>) -> Result<(), Broken> {
        let is_new =
            self.side == Side::Output && value.scalar().is_none() && !value.is_alias() && self.is_inserted(value);
        if !is_new {
            return self.node(value);
        }
        let is_planned =
            value.is_empty() || self.expected.takes_entry(&self.path) || self.expected.takes_item(&self.path);
        if !is_planned {
            return Err(self.broken(value, "a new value would stand where it was not planned"));
        }
        self.meet(value.start());
        'r'.hash(&mut self.hasher);
        Ok(())
    }

    fn sequence(&mut self, sequence: Cursor<'_>) -> Result<(), Broken> {
        let is_items = self.path == "/items";
        let length = self.path.len();
        let mut kept = 0;
        for position in 0..sequence.len() {
            let Some(item) = sequence.item(position) else { continue };
            match self.side {
                Side::Input if self.is_dropped(item) => continue,
                Side::Input => {
                    if let Some(taken) = self.replaced(item).and_then(|edit| self.taken.get_mut(edit)) {
                        *taken = true;
                    }
                }
                Side::Output => {
                    let edit = self.within(item.start());
                    let is_new = edit.is_some_and(|edit| self.taken.get(edit) == Some(&false));
                    if is_new && self.is_inserted(item) {
                        if !self.expected.takes_item(&self.path) {
                            return Err(self.broken(item, "a new item would stand in a list where it was not planned"));
                        }
                        self.meet(item.start());
                        continue;
                    }
                }
            }
            if kept == 0 {
                '['.hash(&mut self.hasher);
            }
            kept += 1;
            self.path += &pointer_step(&position.to_string());
            self.node(item)?;
            self.path.truncate(length);
            if is_items {
                self.part(item.start());
            }
        }
        if kept == 0 { 'r' } else { ']' }.hash(&mut self.hasher);
        Ok(())
    }

    /// A replaced scalar says what its new text says alone.
    fn check_scalar(&mut self, node: Cursor<'_>, edit: usize) -> Result<(), Broken> {
        let span = node.span();
        let inside = self.spans.iter().skip(edit).take_while(|other| other.start < span.end).count();
        (edit..edit + inside).for_each(|edit| self.meet_edit(edit));
        let (Some(value), Some(written)) = (node.scalar(), self.edits.get(edit)) else {
            return Err(self.broken(node, "a new value would not be read as a value"));
        };
        let text = written.text.trim();
        if span.of(self.text).trim() != text {
            // Of a text with an image in it, and of a block scalar, only a part is new.
            let is_part = self.spans.get(edit).is_some_and(|new| span.start <= new.start && new.end <= span.end);
            return if is_part { Ok(()) } else { Err(self.broken(node, "a new value would be read as another one")) };
        }
        let mut says = value.trim() == text;
        if !says {
            // A text that can't be read alone says nothing, and nothing is what it is then compared with.
            let read = parse::objects::<Error>(
                text,
                |_| Split::Whole,
                |_, tree| {
                    says = tree.view().scalar() == Some(value);
                    Ok(())
                },
            );
            says &= read.is_ok();
        }
        if says && node.text().is_some() {
            Ok(())
        } else {
            Err(self.broken(node, "a new value would be read as another one"))
        }
    }

    /// The edit that takes, or gave, a scalar or an alias its text.
    fn replaced(&self, node: Cursor<'_>) -> Option<usize> {
        if !node.is_alias() && node.scalar().is_none() {
            return None;
        }
        let span = node.span();
        let edit = self.spans.partition_point(|other| other.end <= span.start);
        let found = self.spans.get(edit)?;
        // A block scalar ends with the line break that new lines behind it begin with.
        let common = Span::new(found.start.max(span.start), found.end.min(span.end).max(found.start.max(span.start)));
        (!common.of(self.text).trim().is_empty()).then_some(edit)
    }

    /// The edit whose text the byte is in.
    fn within(&self, at: usize) -> Option<usize> {
        let edit = self.spans.partition_point(|span| span.end <= at);
        self.spans.get(edit).filter(|span| span.start <= at).map(|_| edit)
    }

    /// Whether all of a node is new text. A block collection begins with its first child, which may be new alone; what is left out, before
    /// new text, is not new.
    fn is_inserted(&self, node: Cursor<'_>) -> bool {
        if node.span().start == node.span().end {
            return false;
        }
        // It may begin with a block scalar without text, which ends where the new text begins.
        let first = if node.is_alias() { None } else { node.item(0).or_else(|| Some(node.entry(0)?.0)) };
        if first.is_some_and(|first| !self.is_inserted(first)) {
            return false;
        }
        let Some(edit) = self.within(node.start()) else { return false };
        self.spans.get(edit).is_some_and(|span| node.span().end <= span.end)
    }

    /// Whether all of a node is taken out.
    fn is_dropped(&self, node: Cursor<'_>) -> bool {
        let Some(edit) = self.within(node.start()).filter(|_| self.side == Side::Input) else { return false };
        let is_gone = self.edits.get(edit).is_some_and(|edit| edit.text.is_empty());
        is_gone && self.spans.get(edit).is_some_and(|span| node.span().end <= span.end)
    }

    fn meet(&mut self, at: usize) {
        if let Some(edit) = self.within(at) {
            self.meet_edit(edit);
        }
    }

    fn meet_edit(&mut self, edit: usize) {
        // Edits without text in the output have none to be met.
        if let Some(met) = self.met.get_mut(edit) {
            *met = true;
        }
    }

    /// A fault at a node: the byte of the input that it comes from.
    fn broken(&self, node: Cursor<'_>, what: &str) -> Broken {
        let at = node.start();
        let edit = self.within(at).or_else(|| self.replaced(node));
        let at = match self.side {
            Side::Input => at,
            Side::Output => edit.and_then(|edit| self.edits.get(edit)).map_or(0, |edit| edit.span.start),
        };
        Broken { at, what: what.to_owned() }
    }
}

/// Where the new text of each edit stands in the output.
fn spans_of_new(edits: &[Edit]) -> Vec<Span> {
    let (mut at, mut end) = (0, 0);
    let place = |Edit { span, text }: &Edit| {
        at += span.start - end;
        let new = Span::new(at, at + text.len());
        (at, end) = (new.end, span.end);
        new
    };
    edits.iter().map(place).collect()
}

/// Nothing, written or left out.
fn is_null(node: Cursor<'_>) -> bool {
    node.scalar().is_some_and(|value| node.text().is_none() && matches!(value, "" | "~" | "null" | "Null" | "NULL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - image: a\n    args:\n    - x\n  imagePullSecrets:\n  - name: own\n";

    /// What the check says of the edit that puts `new` in the place of `old`, right behind `before`.
    fn checked(text: &str, before: &str, old: &str, new: &str) -> Option<String> {
        let start = text.find(&format!("{before}{old}")).unwrap() + before.len();
        let edit = Edit { span: Span::new(start, start + old.len()), text: new.to_owned() };
        let list = BTreeSet::from(["/spec/imagePullSecrets".to_owned()]);
        let expected = Expected { paths: list.clone(), lists: list, fields: BTreeSet::from([edit.span]) };
        let input = Input::read(text).unwrap();
        recheck(&input, &EditSet::new(text, vec![edit]).unwrap(), &expected).err().map(|broken| broken.what)
    }

    #[test]
    fn what_was_planned_passes() {
        const ITEM: &str = "\n  - name: added";
        let value = |value: &str| POD.replace("\n  - name: own", value);
        for (text, before, old, new) in [
            (POD.to_owned(), "image: ", "a", "b"),
            (POD.replace("image: a", "image: |\n     a"), "|\n     ", "a", "b"),
            (POD.to_owned(), "name: own", "", ITEM),
            (value("\n  - |"), "- |", "", ITEM),
            (value("\n  - name: |"), "name: |", "", ITEM),
            (value("\n  - |-\n    own").trim_end().to_owned(), "    own", "", ITEM),
            (value("\n  -"), "Secrets:\n  -", "", ITEM),
            (value(" null"), "Secrets: ", "null", "[{name: added}]"),
            (value(""), "Secrets:", "", ITEM),
            (value(" []"), "Secrets: [", "", "{name: added}"),
            (value(" []"), "Secrets: ", "[]", "[{name: added}]"),
            (
                POD.replace("  imagePullSecrets:\n  - name: own\n", ""),
                "spec:\n",
                "",
                "  imagePullSecrets:\n  - name: added\n",
            ),
        ] {
            assert_eq!(checked(&text, before, old, new), None, "{text}{old} to {new}");
        }
    }

    #[test]
    fn what_breaks_the_manifest_is_found() {
        const BESIDE: &str = "the output would change more than what was planned";
        const KEY: &str = "a new key would stand where it was not planned";
        const ITEM: &str = "a new item would stand in a list where it was not planned";
        const OTHER: &str = "a new value would be read as another one";
        const UNREAD: &str = "a new value would not be read as a value";
        let mut wrong = Vec::new();
        for (before, old, new, what) in [
            // In a list beside the one that is meant.
            ("- x\n", "", "    - name: added\n", ITEM),
            // A key a second time, or where none was planned.
            ("spec:\n", "", "  imagePullSecrets: []\n", KEY),
            ("name: web\n", "", "  namespace: x\n", KEY),
            // Text that hides what is behind it, or is hidden itself.
            ("containers:\n", "", "  # ", BESIDE),
            ("spec:\n", "", "  # imagePullSecrets\n", UNREAD),
            // Another value.
            ("image: ", "a", "[b]", "a new value would stand where it was not planned"),
            ("image: ", "a", "~", OTHER),
            ("image: ", "a", "*b", "the output can't be read"),
            ("image: ", "a", "'b", "the output can't be read"),
            ("image: ", "a", "b: c", "the output can't be read"),
            ("image: ", "a", "b #", OTHER),
            ("image: a", "", "\n    image: b", KEY),
        ] {
            let said = checked(POD, before, old, new).unwrap_or_default();
            if !said.starts_with(what) {
                wrong.push(format!("{new} behind {before}: {said}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
