//! Labels and annotations: a mapping of strings in an object's `metadata`, and the places to write more of them.

use std::collections::BTreeMap;

use crate::yaml::{Edit, Fault, Slot, Spot, Style, Value, View, insert};

/// The labels or the annotations of an object.
#[derive(Clone, Debug)]
pub struct StringMap {
    field: &'static str,
    entries: BTreeMap<String, Entry>,
    room: Room,
}

/// An existing value.
#[derive(Clone, Debug)]
struct Entry {
    /// What it says, when it is a scalar.
    value: Option<String>,
    /// Where to write something else, or why that is not possible, as the end of a sentence.
    place: Result<Spot, &'static str>,
}

/// Where new entries go.
#[derive(Clone, Debug)]
enum Room {
    /// Into the mapping.
    Entries(Slot),
    /// Into `metadata`, with the mapping.
    Field(Slot),
    /// In the place of null: the mapping.
    Value(Slot),
    /// Nowhere, and why: the end of a sentence.
    Nowhere(&'static str),
}

const SHARED: &str = "is part of a YAML anchor that is used elsewhere as well";
const NO_PLACE: &str = "is written in a way that nothing can be added to";

impl StringMap {
    /// The field `labels` or `annotations` of the object's `metadata`.
    ///
    /// # Errors
    /// When a key that leads there is in its mapping twice.
    pub fn read(object: &View<'_>, field: &'static str) -> Result<Self, Fault> {
        let mut map = Self { field, entries: BTreeMap::new(), room: Room::Nowhere("has no `metadata`") };
        let Some(metadata) = object.get("metadata")? else { return Ok(map) };
        let Some(found) = metadata.get(field)? else {
            map.room = room(&metadata, insert::new_key(&metadata, "name").map(Room::Field));
            return Ok(map);
        };
        if found.is_mapping() {
            map.room = room(&found, insert::new_key(&found, "").map(Room::Entries));
            for (key, value) in found.entries() {
                let Some(name) = key.scalar() else { continue };
                let entry = Entry { value: value.scalar().map(str::to_owned), place: place(&value) };
                let twice = map.entries.insert(name.to_owned(), entry);
                if let (Some(_), Some(entry)) = (twice, map.entries.get_mut(name)) {
                    *entry = Entry { value: None, place: Err("appears twice") };
                }
            }
        } else if found.is_null() {
            map.room = room(&found, insert::fill(&found).map(Room::Value));
        } else {
            map.room = Room::Nowhere(if found.is_sequence() { "is a list" } else { "is not a mapping" });
        }
        Ok(map)
    }

    /// The edits that make it say all that is `wanted`. Entries that it has beside them stay.
    ///
    /// # Errors
    /// Why it can't be made to, as a sentence.
    pub fn edits(&self, wanted: &BTreeMap<String, String>) -> Result<Vec<Edit>, String> {
        let mut edits = Vec::new();
        let mut missing = Vec::new();
        for (name, value) in wanted {
            match self.entries.get(name) {
                Some(entry) if entry.value.as_ref() == Some(value) => {}
                Some(Entry { place: Ok(spot), .. }) => edits.push(spot.replace(value)),
                Some(Entry { place: Err(why), .. }) => {
                    return Err(format!("`{name}` of `metadata.{}` {why}", self.field));
                }
                None => missing.push((name.clone(), Value::from(value.clone()))),
            }
        }
        if missing.is_empty() {
            return Ok(edits);
        }
        edits.push(match &self.room {
            Room::Entries(slot) => slot.entries(&missing),
            Room::Field(slot) => slot.entry(self.field, &Value::Map(missing)),
            Room::Value(slot) => slot.value(&Value::Map(missing)),
            Room::Nowhere(why) => return Err(format!("`metadata.{}` {why}", self.field)),
        });
        Ok(edits)
    }
}

fn room(view: &View<'_>, room: Option<Room>) -> Room {
    if view.shared().is_some() { Room::Nowhere(SHARED) } else { room.unwrap_or(Room::Nowhere(NO_PLACE)) }
}

fn place(value: &View<'_>) -> Result<Spot, &'static str> {
    let spot = value.spot().ok_or("is not a string")?;
    let is_shown_elsewhere = !spot.is_alias() && !spot.aliases().is_empty();
    if is_shown_elsewhere || value.shared().is_some() {
        Err(SHARED)
    } else if value.style() == Some(Style::Block) && !spot.is_alias() {
        Err("is text of several lines")
    } else {
        Ok(spot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::EditSet;
    use crate::yaml::parse::{self, Split};

    fn with_labels(text: &str, wanted: &[(&str, &str)]) -> Result<String, String> {
        let wanted = wanted.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut edits = Ok(Vec::new());
        parse::objects::<parse::Error>(
            text,
            |_| Split::Whole,
            |_, tree| {
                edits = StringMap::read(&tree.view(), "labels").unwrap().edits(&wanted);
                Ok(())
            },
        )
        .unwrap();
        let output = EditSet::new(text, edits?).unwrap().apply();
        parse::outline(&output, &[], |_| ()).unwrap();
        Ok(output)
    }

    #[test]
    fn what_is_missing_is_written_where_it_belongs() {
        let two = [("a", "1"), ("b", "x")];
        for (text, output) in [
            ("metadata: {name: n}\n", "metadata: {labels: {a: \"1\", b: x}, name: n}\n"),
            ("metadata:\n  name: n\n", "metadata:\n  labels:\n    a: \"1\"\n    b: x\n  name: n\n"),
            ("metadata:\n  labels:\n  name: n\n", "metadata:\n  labels:\n    a: \"1\"\n    b: x\n  name: n\n"),
            ("metadata:\n  labels: ~ # none\n", "metadata:\n  labels: {a: \"1\", b: x} # none\n"),
            ("metadata:\n  labels: &l\n  name: n\n", "metadata:\n  labels: &l {a: \"1\", b: x}\n  name: n\n"),
            ("metadata:\n  labels: {}\n", "metadata:\n  labels: {a: \"1\", b: x}\n"),
            ("metadata: {labels: , name: n}\n", "metadata: {labels: {a: \"1\", b: x} , name: n}\n"),
            ("metadata:\n  labels:\n    a: \"1\"\n", "metadata:\n  labels:\n    b: x\n    a: \"1\"\n"),
            ("metadata:\n  labels:\n    a:\n    b: x\n", "metadata:\n  labels:\n    a: \"1\"\n    b: x\n"),
            ("metadata: {labels: {b: y}}\n", "metadata: {labels: {a: \"1\", b: x}}\n"),
        ] {
            assert_eq!(with_labels(text, &two).as_deref(), Ok(output), "{text}");
        }
        assert_eq!(with_labels("metadata:\n  labels: []\n", &[]).as_deref(), Ok("metadata:\n  labels: []\n"));
    }

    #[test]
    fn what_can_not_be_written_is_said() {
        for (text, why) in [
            ("spec: {}\n", "`metadata.labels` has no `metadata`"),
            ("metadata:\n  labels: []\n", "`metadata.labels` is a list"),
            ("metadata:\n  labels: \"\"\n", "`metadata.labels` is not a mapping"),
            ("metadata:\n  labels: !!null\n", "`metadata.labels` is written in a way that nothing can be added to"),
            ("metadata: {labels}\n", "`metadata.labels` is written in a way that nothing can be added to"),
            ("metadata:\n  labels: &l\nother: *l\n", SHARED),
            ("x: &l {b: c}\nmetadata:\n  labels: *l\n", SHARED),
            ("x: &m {name: n}\nmetadata:\n  <<: *m\n  labels: {a: &v y}\n  annotations: {c: *v}\n", SHARED),
            ("metadata:\n  labels: {a: {}}\n", "`a` of `metadata.labels` is not a string"),
            ("metadata:\n  labels: {a: y, a: z}\n", "`a` of `metadata.labels` appears twice"),
            ("metadata:\n  labels:\n    a: |\n      x\n", "`a` of `metadata.labels` is text of several lines"),
            ("metadata:\n  labels:\n    a: |\n", "`a` of `metadata.labels` is not a string"),
        ] {
            let said = with_labels(text, &[("a", "1")]).unwrap_err();
            assert!(said.ends_with(why), "{text}: {said}");
        }
    }

    #[test]
    fn an_alias_becomes_a_literal_and_an_own_key_beats_a_merged_one() {
        let text = "x: &v y\nmetadata:\n  labels: {a: *v}\n";
        assert_eq!(with_labels(text, &[("a", "1")]).unwrap(), "x: &v y\nmetadata:\n  labels: {a: \"1\"}\n");
        let text = "x: &m {a: y}\nmetadata:\n  labels:\n    <<: *m\n";
        let output = "x: &m {a: y}\nmetadata:\n  labels:\n    a: \"1\"\n    <<: *m\n";
        assert_eq!(with_labels(text, &[("a", "1")]).unwrap(), output);
    }
}
