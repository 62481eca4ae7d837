//! Any text: spans are on character boundaries, both readers agree, and entries put in leave YAML behind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pullthrough::yaml::parse::{self, Split};
use pullthrough::yaml::{Edit, EditSet, Error, Value, View, insert};

fn walk(view: &View<'_>, text: &str, depth: usize, edits: &mut Vec<Edit>) {
    let span = view.span();
    assert!(text.get(span.start..span.end).is_some() && view.start() <= span.start, "{}: {span:?}", view.path());
    if depth == 0 || view.shared().is_some() {
        return;
    }
    let item = Value::map([("name", Value::from("x"))]);
    if view.is_mapping() {
        edits.extend(insert::new_key(view, "image").map(|slot| slot.entry("added", &Value::List(vec![item]))));
    } else {
        edits.extend(insert::append(view).map(|slot| slot.items(std::slice::from_ref(&item))));
        edits.extend(insert::prepend(view).map(|slot| slot.items(&[item])));
    }
    for (key, value) in view.entries() {
        let span = key.span();
        assert!(text.get(span.start..span.end).is_some(), "{}: {span:?}", key.path());
        walk(&value, text, depth - 1, edits);
    }
    view.items().unwrap_or_default().iter().for_each(|item| walk(item, text, depth - 1, edits));
}

fuzz_target!(|text: &str| {
    let accepted = parse::outline(text, &["spec"], |document| drop(document.root.view().get("items"))).is_ok();
    let mut edits = Vec::new();
    let whole = parse::objects::<Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            walk(&tree.view(), text, 16, &mut edits);
            Ok(())
        },
    );
    let items = parse::objects::<Error>(
        text,
        |_| Split::Items,
        |_, tree| {
            walk(&tree.view(), text, 16, &mut Vec::new());
            Ok(())
        },
    );
    assert!(!accepted || (whole.is_ok() && items.is_ok()), "{whole:?} {items:?}");
    if accepted {
        for edit in edits.into_iter().take(24) {
            let said = format!("{edit:?}");
            let Ok(edits) = EditSet::new(text, vec![edit]) else { panic!("an edit that can't be applied") };
            let output = edits.apply();
            parse::outline(&output, &[], |_| ()).unwrap_or_else(|error| panic!("{error} after {said} in\n{output}"));
        }
    }
});
