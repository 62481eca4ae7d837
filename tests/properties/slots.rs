//! New entries in any mapping and any list: all other data stays.

use proptest::prelude::*;
use pullthrough::yaml::parse::{self, Split};
use pullthrough::yaml::{EditSet, Error, Slot, Value, View, insert};

use super::data::{self, Data};
use super::{cases, manifests};

/// A way into the data: indices of entries and items.
type Way = Vec<usize>;

struct Place {
    document: usize,
    way: Way,
    insertion: Insertion,
    slot: Slot,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Insertion {
    Key,
    Append,
    Prepend,
}

/// All places of one document. Nodes that other places show are left out: an insertion would show there, too.
fn places(view: &View<'_>, document: usize, way: &[usize], found: &mut Vec<Place>) {
    if way.len() > 12 || view.shared().is_some() {
        return;
    }
    let mut add = |insertion, slot: Option<Slot>| {
        found.extend(slot.map(|slot| Place { document, way: way.to_vec(), insertion, slot }));
    };
    if view.is_mapping() {
        let entries = view.entries();
        let last = entries.last().and_then(|(key, _)| key.scalar()).unwrap_or_default();
        add(Insertion::Key, insert::new_key(view, ""));
        add(Insertion::Key, insert::new_key(view, last));
        for (number, (_, value)) in entries.iter().enumerate() {
            places(value, document, &[way, &[number]].concat(), found);
        }
    } else {
        add(Insertion::Append, insert::append(view));
        add(Insertion::Prepend, insert::prepend(view));
        for (number, item) in view.items().unwrap_or_default().iter().enumerate() {
            places(item, document, &[way, &[number]].concat(), found);
        }
    }
}

/// The data in the order of the text, so that a way leads somewhere.
fn ordered(view: &View<'_>, way: &[usize], insertion: Insertion) -> Data {
    let here = way.is_empty().then_some(insertion);
    let below = |number: usize| match way.split_first() {
        Some((first, rest)) if *first == number => Some(rest),
        _ => None,
    };
    if view.is_mapping() {
        let child = |(number, (key, value)): (usize, &(View<'_>, View<'_>))| {
            (Data::plain(key), below(number).map_or_else(|| Data::plain(value), |way| ordered(value, way, insertion)))
        };
        let mut entries: Vec<_> = view.entries().iter().enumerate().map(child).collect();
        if here == Some(Insertion::Key) {
            entries.push((Data::text("added"), Data::List(vec![added()])));
        }
        return Data::map(entries);
    }
    let child = |(number, item): (usize, &View<'_>)| {
        below(number).map_or_else(|| Data::plain(item), |way| ordered(item, way, insertion))
    };
    let mut items: Vec<_> = view.items().unwrap_or_default().iter().enumerate().map(child).collect();
    match here {
        Some(Insertion::Append) => items.push(added()),
        Some(Insertion::Prepend) => items.insert(0, added()),
        _ => {}
    }
    Data::List(items)
}

fn added() -> Data {
    Data::map(vec![(Data::text("name"), Data::text("x: y"))])
}

fn holds(text: &str, choice: usize) -> Result<(), TestCaseError> {
    let mut found = Vec::new();
    let mut document = 0;
    let read = parse::objects::<Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            places(&tree.view(), document, &[], &mut found);
            document += 1;
            Ok(())
        },
    );
    if read.is_err() || found.is_empty() {
        return Ok(());
    }
    let place = found.swap_remove(choice % found.len());
    let mut expected = Vec::new();
    let _ = parse::objects::<Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            let view = tree.view();
            let here = expected.len() == place.document;
            expected.push(if here { ordered(&view, &place.way, place.insertion) } else { Data::plain(&view) });
            Ok(())
        },
    );
    let item = Value::map([("name", Value::from("x: y"))]);
    let edit = match place.insertion {
        Insertion::Key => place.slot.entry("added", &Value::List(vec![item])),
        _ => place.slot.items(&[item]),
    };
    let output = EditSet::new(text, vec![edit]).map_err(|error| TestCaseError::fail(error.to_string()))?.apply();
    let what = place.insertion;
    let found = data::read(&output).map_err(|error| TestCaseError::fail(format!("{what:?}: {error} in\n{output}")))?;
    prop_assert!(found == expected, "{what:?}: {text}\nbecame\n{output}\nwhich says {found:?}\nand not   {expected:?}");
    Ok(())
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn what_is_put_in_is_all_that_changes(text in manifests(), choice in any::<usize>()) {
        holds(&text, choice)?;
    }
}
