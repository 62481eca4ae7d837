//! Where new entries go, and how they have to be spelled there.
//!
//! The rules were measured against kpt, which pairs comments with fields by position: a key put *at* its successor is split from the
//! comment above it, and kpt then copies the user's comment onto the new key; an entry put before the first of a list gets that entry's
//! comment. So a new key goes above the comment lines that stand directly over its successor at the same column, and a new list entry
//! goes behind the line of the last one. (An object of a `List` goes behind the line of `items:`, where comments belong to the list.)

use super::edit::Edit;
use super::lines::{after_line, key_start, own_line, would_gain_break};
use super::node::{Kind, Node, Span};
use super::slot::{Slot, Spelling};
use super::trivia::{self, Token, Trivia};
use super::view::View;

/// The line break to write at the byte `at`: that of the line it touches.
#[must_use]
pub fn newline(text: &str, at: usize) -> &'static str {
    trivia::newline(text, at)
}

/// A slot for a new key of `mapping`, before the key `successor` where there is one, else before the first.
///
/// `None` where `mapping` is no mapping, or is written so that no place can be told (a tab before its only key).
#[must_use]
pub fn new_key(mapping: &View<'_>, successor: &str) -> Option<Slot> {
    let entries = mapping.entries();
    let text = mapping.tree().text();
    let json = mapping.tree().is_json();
    let wanted = entries.iter().position(|(key, _)| key.scalar() == Some(successor)).unwrap_or(0);
    if mapping.is_flow() {
        let Some((key, _)) = entries.get(wanted) else {
            let at = mapping.node()?.span.start + 1;
            return Some(Slot {
                span: Span::empty(at),
                open: String::new(),
                close: String::new(),
                spelling: Spelling::Flow { json, separator: ", ".into() },
            });
        };
        let at = key_start(text, key);
        let separator =
            own_line(text, at).map_or_else(|| ", ".into(), |indent| format!(",{}{indent}", trivia::newline(text, at)));
        return Some(Slot {
            span: Span::empty(at),
            open: String::new(),
            close: separator.clone(),
            spelling: Spelling::Flow { json, separator },
        });
    }
    let placed = |index: usize| entries.get(index).map(|(key, _)| (key, key_start(text, key)));
    let on_own_line =
        [wanted, wanted + 1, 0, 1].into_iter().filter_map(placed).find(|(_, at)| own_line(text, *at).is_some());
    if let Some((key, start)) = on_own_line {
        let indent = own_line(text, start)?;
        let line_break = format!("{}{indent}", trivia::newline(text, start));
        let at = above_comments(text, key.before(), start, indent.len());
        return Some(Slot {
            span: Span::empty(at),
            open: indent.to_owned(),
            close: trivia::newline(text, start).into(),
            spelling: Spelling::Block { line_break },
        });
    }
    // The only key shares its line with a dash: `- containers:`.
    let (_, start) = placed(wanted)?;
    let line_break = format!("{}{}", trivia::newline(text, start), column(text, start)?);
    Some(Slot {
        span: Span::empty(start),
        open: String::new(),
        close: line_break.clone(),
        spelling: Spelling::Block { line_break },
    })
}

/// A slot for new items behind the last one of `list`; where `list` is null, for the whole list.
///
/// `None` where `list` is neither a sequence nor null, or ends in a block scalar that another line would change.
#[must_use]
pub fn append(list: &View<'_>) -> Option<Slot> {
    let text = list.tree().text();
    let json = list.tree().is_json();
    if list.is_null() {
        return in_place_of_null(list, json, Below::Allowed);
    }
    let node = list.node()?;
    let Kind::Sequence(items) = &node.kind else { return None };
    if node.flow {
        return Some(append_flow(list, node, items.last().and_then(|last| list.node_of(*last)), json));
    }
    let last = items.last().and_then(|last| list.node_of(*last))?;
    if would_gain_break(list) {
        return None;
    }
    let indent = dash_indent(list)?;
    let newline = trivia::newline(text, last.span.start);
    let (at, open, close) = after_line(text, node.span.end, newline, &indent);
    let line_break = format!("{newline}{indent}");
    let flow_items = last.flow && matches!(last.kind, Kind::Mapping(_));
    let spelling = if flow_items { Spelling::FlowItemsOfBlock { line_break } } else { Spelling::Block { line_break } };
    Some(Slot { span: Span::empty(at), open, close, spelling })
}

/// A slot for new items before the first one of `list`, on the line behind its key.
#[must_use]
pub fn prepend(list: &View<'_>) -> Option<Slot> {
    let text = list.tree().text();
    let json = list.tree().is_json();
    let node = list.node()?;
    let Kind::Sequence(items) = &node.kind else {
        return list.is_null().then(|| in_place_of_null(list, json, Below::Allowed)).flatten();
    };
    let Some(first) = items.first().and_then(|first| list.node_of(*first)) else { return append(list) };
    if node.flow {
        let separator = own_line(text, first.start)
            .map_or_else(|| ", ".into(), |indent| format!(",{}{indent}", trivia::newline(text, first.start)));
        return Some(Slot {
            span: Span::empty(first.start),
            open: String::new(),
            close: separator.clone(),
            spelling: Spelling::Flow { json, separator },
        });
    }
    let indent = dash_indent(list)?;
    let (_, dash) = first_dash(list)?;
    let from = behind_key(list)?;
    let newline = Trivia::new(text, from, dash).find_map(|token| match token {
        Token::Newline(span) => Some(span),
        _ => None,
    })?;
    let line_break = format!("{}{indent}", newline.of(text));
    Some(Slot {
        span: Span::empty(newline.end),
        open: indent,
        close: newline.of(text).into(),
        spelling: Spelling::Block { line_break },
    })
}

/// A slot for a whole collection in the place of `null`, on the lines below its key where they are free: [`Slot::value`].
///
/// `None` where `null` is something, or is written so that nothing can take its place.
#[must_use]
pub fn fill(null: &View<'_>) -> Option<Slot> {
    null.is_null().then(|| in_place_of_null(null, null.tree().is_json(), Below::Allowed)).flatten()
}

/// The same for a value on the line of its key, which a scalar has to be.
#[must_use]
pub fn fill_inline(null: &View<'_>) -> Option<Slot> {
    null.is_null().then(|| in_place_of_null(null, null.tree().is_json(), Below::Never)).flatten()
}

/// The empty sequence behind the key of a block sequence whose items all go: nothing at all would be null.
#[must_use]
pub fn nothing_left(list: &View<'_>) -> Option<Edit> {
    Some(Edit { span: Span::empty(behind_key(list)?), text: " []".to_owned() })
}

fn append_flow(list: &View<'_>, node: &Node<'_>, last: Option<&Node<'_>>, json: bool) -> Slot {
    let text = list.tree().text();
    let inside = |at, open: String, separator: String| Slot {
        span: Span::empty(at),
        open,
        close: String::new(),
        spelling: Spelling::Flow { json, separator },
    };
    let Some(last) = last else { return inside(node.span.start + 1, String::new(), ", ".into()) };
    let space = own_line(text, last.start)
        .map_or_else(|| " ".to_owned(), |indent| format!("{}{indent}", trivia::newline(text, last.start)));
    let trailing_comma = Trivia::new(text, last.span.end, node.span.end).find_map(|token| match token {
        Token::Indicator(b',', at) => Some(at + 1),
        _ => None,
    });
    match trailing_comma {
        Some(at) => inside(at, space.clone(), format!(",{space}")),
        None => inside(last.span.end, format!(",{space}"), format!(",{space}")),
    }
}

/// Whether what takes the place of nothing may stand on the lines below its key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    Allowed,
    Never,
}

fn in_place_of_null(value: &View<'_>, json: bool, below: Below) -> Option<Slot> {
    if value.node()?.tag.is_some() {
        return None;
    }
    let text = value.tree().text();
    let span = value.span();
    let whole = |span, open: &str| Slot {
        span,
        open: open.into(),
        close: String::new(),
        spelling: Spelling::FlowValue { json },
    };
    if span.start < span.end {
        return Some(whole(span, ""));
    }
    // Behind no indicator, anchor or tag there is no place: `{list, z: 1}`, a document without content.
    if span.start <= value.before() {
        return None;
    }
    let colon = span.start;
    if below == Below::Never || value.is_flow() || !text.get(..colon).is_some_and(|before| before.ends_with(':')) {
        return Some(whole(span, " "));
    }
    let (line_end, _) = trivia::line_end(text, colon);
    let start = trivia::line_start(text, value.before());
    let indent: String = text.get(start..)?.chars().take_while(|char| *char == ' ').collect();
    let key_starts_line = text
        .get(start + indent.len()..colon)
        .is_some_and(|key| !key.starts_with(['-', '?', '{', '[', '&', '!']) && !key.contains([' ', '{', '[']));
    let bare = Trivia::new(text, colon, line_end).all(|token| matches!(token, Token::Comment(_)));
    if !key_starts_line || !bare {
        return Some(whole(span, " "));
    }
    let newline = trivia::newline(text, colon);
    let (at, open, close) = after_line(text, colon, newline, &indent);
    Some(Slot {
        span: Span::empty(at),
        open,
        close,
        spelling: Spelling::Block { line_break: format!("{newline}{indent}") },
    })
}

/// As many blanks as there are characters before the byte `at` on its line. A tab has no width that could be told.
fn column(text: &str, at: usize) -> Option<String> {
    let before = text.get(trivia::line_start(text, at)..at)?;
    (!before.contains('\t')).then(|| " ".repeat(before.chars().count()))
}

/// The blanks before the dashes of a block sequence. The first dash may share its line with another one, or with the colon of a `? key`.
fn dash_indent(list: &View<'_>) -> Option<String> {
    let (_, dash) = first_dash(list)?;
    column(list.tree().text(), dash)
}

/// The dash of the first item of a block sequence, and where the gap before it begins: behind the dash that the sequence itself stands
/// behind, where there is one.
fn first_dash(list: &View<'_>) -> Option<(usize, usize)> {
    let mut first = list.node()?;
    // A sequence that is a first item, or is in the key of one, has its dash behind ours.
    let mut inner = 0;
    while !first.flow {
        first = match &first.kind {
            Kind::Sequence(items) => {
                inner += 1;
                list.node_of(*items.first()?)?
            }
            Kind::Mapping(entries) => list.node_of(entries.first()?.0)?,
            _ => break,
        };
    }
    let limit = if first.span.start == first.span.end { first.start } else { first.span.start.max(first.start) };
    let dashes: Vec<usize> = Trivia::new(list.tree().text(), list.before(), limit)
        .filter_map(|token| match token {
            Token::Indicator(b'-', at) => Some(at),
            _ => None,
        })
        .collect();
    let own = dashes.len().checked_sub(inner)?;
    let from = own.checked_sub(1).and_then(|outer| dashes.get(outer)).map_or(list.before(), |outer| outer + 1);
    Some((from, *dashes.get(own)?))
}

/// Behind what leads to a block sequence: the colon of its key, of a `? key` too, and an anchor or tag.
fn behind_key(list: &View<'_>) -> Option<usize> {
    let (from, dash) = first_dash(list)?;
    Some(Trivia::new(list.tree().text(), from, dash).fold(from, |from, token| match token {
        Token::Word(span) => span.end,
        Token::Indicator(b':', at) => at + 1,
        _ => from,
    }))
}

/// Where the comment lines begin that stand directly over the line of `key` at the same column; else where that line begins.
fn above_comments(text: &str, from: usize, key: usize, indent: usize) -> usize {
    let mut top = key - indent;
    let comments = Trivia::new(text, from, key).filter_map(|token| match token {
        Token::Comment(span) if own_line(text, span.start).is_some_and(|blanks| blanks.len() == indent) => Some(span),
        _ => None,
    });
    for comment in comments.collect::<Vec<_>>().into_iter().rev() {
        let (end, newline) = trivia::line_end(text, comment.end);
        if end + newline.map_or(0, str::len) != top {
            break;
        }
        top = comment.start - indent;
    }
    top
}

#[cfg(test)]
mod tests {
    use super::super::edit::{Edit, EditSet};
    use super::super::parse::{self, Split};
    use super::super::write::Value;
    use super::*;

    /// Edits the first document of `text`; shows every line break and trailing blank of the result.
    fn edited(text: &str, edit: impl Fn(&View<'_>) -> Option<Edit>) -> String {
        let mut edits = Vec::new();
        parse::objects::<parse::Error>(
            text,
            |_| Split::Whole,
            |_, tree| {
                edits.extend(edit(&tree.view()));
                Ok(())
            },
        )
        .unwrap();
        let result = EditSet::new(text, edits).unwrap().apply();
        parse::outline(&result, &[], |_| ()).unwrap_or_else(|error| panic!("{error} in\n{result}"));
        result.replace('\r', "␍").replace(" \n", "·\n")
    }

    fn secret() -> Value {
        Value::map([("name", Value::from("x"))])
    }

    #[test]
    fn a_list_in_a_list_has_its_own_dash() {
        let inner = |text: &str, edit: fn(&View<'_>) -> Option<Slot>| {
            edited(text, |root| {
                let list = root.get("list").unwrap().unwrap().items().unwrap().remove(0);
                Some(edit(&list)?.items(&["x".into()]))
            })
        };
        assert_eq!(inner("list:\n-\n  - a\n", append), "list:\n-\n  - a\n  - x\n");
        assert_eq!(inner("list:\n-\n  - - a\n", append), "list:\n-\n  - - a\n  - x\n");
        assert_eq!(inner("list:\n-\n  - a\n", prepend), "list:\n-\n  - x\n  - a\n");
        assert_eq!(inner("list:\n-\n  !t\n  - a\n", prepend), "list:\n-\n  !t\n  - x\n  - a\n");
        assert_eq!(inner("list:\n-\n  -\n  - a\n", append), "list:\n-\n  -\n  - a\n  - x\n");
        assert_eq!(inner("list:\n-\n- a\n", append), "list:\n- [x]\n- a\n");
    }

    #[test]
    fn an_absent_value_ends_behind_its_colon() {
        assert_eq!(with_item("list:\n- a:\n  ? data\n  :\n"), "list:\n- a:\n  ? data\n  :\n- name: x\n");
        assert_eq!(
            with_item("list:\n- ? a\n  # c\n  : # d\nz: 1\n"),
            "list:\n- ? a\n  # c\n  : # d\n- name: x\nz: 1\n"
        );
        assert_eq!(with_item("list:\n- ? - ? a\n      :\n  :\n"), "list:\n- ? - ? a\n      :\n  :\n- name: x\n");
        assert_eq!(with_item("list:\n  ? k\n  :\n"), "list:\n  ? k\n  :\n");
    }

    #[test]
    fn a_colon_of_the_key_around_is_no_part_of_the_list() {
        let in_key = |text: &str| edited(text, |root| Some(append(&root.entries().remove(0).0)?.items(&["x".into()])));
        assert_eq!(in_key("? - a\n: b\n"), "? - a\n  - x\n: b\n");
        assert_eq!(in_key("? - a\n:\n"), "? - a\n  - x\n:\n");
    }

    fn with_key(text: &str) -> String {
        edited(text, |root| {
            let spec = root.get("spec").unwrap().unwrap();
            Some(new_key(&spec, "containers")?.entry("imagePullSecrets", &Value::List(vec![secret()])))
        })
    }

    fn with_item(text: &str) -> String {
        edited(text, |root| Some(append(&root.get("list").unwrap().unwrap())?.items(&[secret()])))
    }

    #[test]
    fn a_block_scalar_at_the_end_of_the_text_takes_no_line_break() {
        for (text, appended) in [
            ("list:\n- |\n  a", false),
            ("list:\n- >\n  a", false),
            ("list:\n- |+\n  a", false),
            ("list:\n- |2\n  a", false),
            ("list:\n- |+\n  ", false),
            ("list:\n- a: b\n  c: [d]\n  e:\n  - |\n   f", false),
            ("list:\n- &a !!str | # c\n  a", false),
            ("list:\n- ? |\n   a", false),
            ("list:\n- |-\n  a", true),
            ("list:\n- |2-\n  a", true),
            ("list:\n- |", true),
            ("list:\n- |\n  ", true),
            ("list:\n- |\n  a\n", true),
            ("list:\n- |+\n  a\n", true),
            ("list:\n- a: |\n   b\n  c: d", true),
            ("list:\n- |\n  a\nb: c", true),
            ("a: &a |\n  b\nlist:\n- *a", true),
        ] {
            let before = values(text);
            let mut after = values(&with_item(text).replace('·', " "));
            // What was added is left out of the comparison.
            if appended {
                let added = after.iter().position(|value| value == "name").unwrap();
                after.drain(added..added + 2);
            }
            assert_eq!(after, before, "{text:?}");
            assert_eq!(with_item(text).contains("name: x"), appended, "{text:?}");
        }
    }

    /// What the scalars of a text say, in its order.
    fn values(text: &str) -> Vec<String> {
        let mut values = Vec::new();
        parse::objects::<parse::Error>(
            text,
            |_| Split::Whole,
            |_, tree| {
                let mut open = vec![tree.view().cursor()];
                while let Some(node) = open.pop() {
                    values.extend(node.scalar().filter(|_| !node.is_alias()).map(str::to_owned));
                    let entries = (0..node.len()).filter_map(|at| node.entry(at)).flat_map(|(key, value)| [key, value]);
                    let inside: Vec<_> = entries.chain((0..node.len()).filter_map(|at| node.item(at))).collect();
                    open.extend(inside.into_iter().rev());
                }
                Ok(())
            },
        )
        .unwrap();
        values
    }

    fn with_first(text: &str) -> String {
        edited(text, |root| {
            Some(
                prepend(&root.get("items").unwrap().unwrap())?
                    .items(&[Value::map([("kind", Value::from("Secret")), ("type", Value::from("t"))])]),
            )
        })
    }

    #[test]
    fn a_new_key_goes_above_the_comments_over_its_successor() {
        insta::assert_snapshot!(with_key("spec:\n  a: 1\n\n  # far\n\n  # near\n  # nearer\n  containers:\n  - b\n"), @r"
        spec:
          a: 1

          # far

          imagePullSecrets:
          - name: x
          # near
          # nearer
          containers:
          - b
        ");
    }

    #[test]
    fn a_comment_at_another_column_or_behind_a_value_stays_where_it_is() {
        insta::assert_snapshot!(with_key("spec:\n  a: 1 # a\n # odd\n  containers: [b]"), @r"
        spec:
          a: 1 # a
         # odd
          imagePullSecrets:
          - name: x
          containers: [b]
        ");
    }

    #[test]
    fn a_block_scalar_before_the_key_keeps_its_lines() {
        insta::assert_snapshot!(with_key("spec:\n  a: |\n    # text\n    more\n  # comment\n  containers: []\n"), @r"
        spec:
          a: |
            # text
            more
          imagePullSecrets:
          - name: x
          # comment
          containers: []
        ");
    }

    #[test]
    fn a_key_behind_a_dash_or_with_properties() {
        let on_dash = "spec:\n  &a !!map\n  ? containers\n  : b\n";
        insta::assert_snapshot!(with_key(on_dash), @r"
        spec:
          &a !!map
          imagePullSecrets:
          - name: x
          ? containers
          : b
        ");
        let item = edited("spec:\n- &m\n  &k containers: b # c\n- containers: b\n", |root| {
            let items = root.get("spec").unwrap().unwrap().items().unwrap();
            Some(new_key(items.last().unwrap(), "containers")?.entry("k", &Value::from("v")))
        });
        insta::assert_snapshot!(item, @r"
        spec:
        - &m
          &k containers: b # c
        - k: v
          containers: b
        ");
    }

    #[test]
    fn windows_line_ends_stay() {
        insta::assert_snapshot!(with_key("spec:\r\n  containers: []\r\n"), @r"
        spec:␍
          imagePullSecrets:␍
          - name: x␍
          containers: []␍
        ");
    }

    #[test]
    fn flow_and_json_stay_what_they_are() {
        assert_eq!(with_key("spec: {containers: []}\n"), "spec: {imagePullSecrets: [{name: x}], containers: []}\n");
        assert_eq!(with_key("spec: {}"), "spec: {imagePullSecrets: [{name: x}]}");
        assert_eq!(
            with_key(r#"{"spec": {"containers": []}}"#),
            r#"{"spec": {"imagePullSecrets": [{"name": "x"}], "containers": []}}"#
        );
        insta::assert_snapshot!(with_key("{\n  \"spec\": {\n    \"containers\": []\n  }\n}"), @r#"
        {
          "spec": {
            "imagePullSecrets": [{"name": "x"}],
            "containers": []
          }
        }
        "#);
    }

    #[test]
    fn an_item_goes_behind_the_line_of_the_last() {
        insta::assert_snapshot!(with_item("list:\n  - name: a # first\n  # after\nother: 1\n"), @r"
        list:
          - name: a # first
          - name: x
          # after
        other: 1
        ");
        assert_eq!(with_item("list:\n- name: a"), "list:\n- name: a\n- name: x");
        assert_eq!(
            with_item("list: # - c\n- # head-of\n  name: |-\n    a\n\nz: 1\n"),
            "list: # - c\n- # head-of\n  name: |-\n    a\n\n- name: x\nz: 1\n"
        );
        assert_eq!(with_item("list:\n- {name: a}\n"), "list:\n- {name: a}\n- {name: x}\n");
        assert_eq!(with_item("list:\n- &a\n  name: a\n-\nz: 1\n"), "list:\n- &a\n  name: a\n-\n- name: x\nz: 1\n");
        assert_eq!(with_item("list:\n- name:\n"), "list:\n- name:\n- name: x\n");
    }

    #[test]
    fn flow_lists_with_and_without_trailing_commas() {
        assert_eq!(with_item("list: [{name: a}] # c\n"), "list: [{name: a}, {name: x}] # c\n");
        assert_eq!(with_item("list: [{name: a},]\n"), "list: [{name: a}, {name: x}]\n");
        assert_eq!(with_item("list: []\n"), "list: [{name: x}]\n");
        assert_eq!(with_item("list: [ ] # none\n"), "list: [{name: x} ] # none\n");
        insta::assert_snapshot!(with_item("{\"list\": [\n    {\"name\": \"a\"}\n  ]\n}"), @r#"
        {"list": [
            {"name": "a"},
            {"name": "x"}
          ]
        }
        "#);
    }

    #[test]
    fn a_list_that_is_null_becomes_one() {
        assert_eq!(with_item("list:\n"), "list:\n- name: x\n");
        assert_eq!(with_item("list:"), "list:\n- name: x");
        assert_eq!(with_item("list: # none yet\nz: 1\n"), "list: # none yet\n- name: x\nz: 1\n");
        assert_eq!(with_item("list: ~ # none\n"), "list: [{name: x}] # none\n");
        assert_eq!(with_item("? list # a\n\n:\nz: 1\n"), "? list # a\n\n: [{name: x}]\nz: 1\n");
        assert_eq!(with_item("? list\n? z\n: 1\n"), "? list\n? z\n: 1\n", "no colon to put it behind");
        assert_eq!(with_item("{list: , z: 1}"), "{list: [{name: x}] , z: 1}");
        assert_eq!(with_item("{\"list\": null}"), "{\"list\": [{\"name\": \"x\"}]}");
        assert_eq!(with_item("list: !!null\nz: 1\n"), "list: !!null\nz: 1\n", "a tagged null can't become a list");
    }

    #[test]
    fn a_null_that_aliases_show_is_shared() {
        for (text, shared) in [("list: &a null\nz: *a\n", true), ("list: &a\n", false), ("z: &a\nlist: *a\n", false)] {
            let look = |root: &View<'_>| {
                assert_eq!(root.get("list").unwrap().unwrap().shared().is_some(), shared, "{text}");
                None
            };
            edited(text, look);
        }
    }

    #[test]
    fn a_document_without_content_has_no_place() {
        let text = "list:\n---\n---\na: 1\n";
        let root = |root: &View<'_>| root.is_null().then(|| append(root)).flatten().map(|slot| slot.items(&[secret()]));
        assert_eq!(edited(text, root), text);
    }

    #[test]
    fn the_first_object_goes_on_the_line_after_items() {
        insta::assert_snapshot!(with_first("items: # all\n# one\n- kind: A\n"), @r"
        items: # all
        - kind: Secret
          type: t
        # one
        - kind: A
        ");
        assert_eq!(with_first("items: []\n"), "items: [{kind: Secret, type: t}]\n");
        assert_eq!(
            with_first("{\"items\": [{\"kind\": \"A\"}]}"),
            "{\"items\": [{\"kind\": \"Secret\", \"type\": \"t\"}, {\"kind\": \"A\"}]}"
        );
    }
}
