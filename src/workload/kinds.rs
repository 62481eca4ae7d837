//! The table of kinds: where each keeps images, and where it names pull Secrets.
//!
//! The rows are in `kinds.table`, whose head says how to read and extend it. A group's rows are read when an object of it is first seen:
//! most runs need none but those of every group.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use crate::krm::ObjectRef;

use super::row::{Exception, Line, Place, Row, parse};

const TEXT: &str = include_str!("kinds.table");
/// The name of the rows that every group has.
const EVERY: &str = "*";

static GROUPS: LazyLock<HashMap<&'static str, Group>> = LazyLock::new(|| sections(TEXT).collect());

/// The rows of one API group.
pub struct Group {
    /// Where the facts about its kinds are from.
    pub source: &'static str,
    text: &'static str,
    lines: OnceLock<Vec<Line>>,
}

impl Group {
    /// Its lines. One that can't be read is not there: a test reads them all.
    pub fn lines(&self) -> &[Line] {
        self.lines.get_or_init(|| rows(self.text).filter_map(|line| parse(line).ok()).collect())
    }
}

/// Where an object of this kind has images, by the rows of its group. `is_local`: whether images are copied into a local registry.
pub fn places(object: &ObjectRef, is_local: bool) -> impl Iterator<Item = &'static Place> {
    places_in(object.group(), object, is_local)
}

/// Where an object has images by what every group calls so.
pub fn places_of_every_group(object: &ObjectRef) -> impl Iterator<Item = &'static Place> {
    places_in(EVERY, object, false)
}

fn places_in(group: &str, object: &ObjectRef, is_local: bool) -> impl Iterator<Item = &'static Place> {
    let rows = GROUPS.get(group).map_or(&[][..], Group::lines).iter().filter_map(|line| match line {
        Line::Row(row) => Some(row),
        Line::Exception(_) => None,
    });
    let counts = move |row: &&Row| is_local || !row.is_for_local_registries;
    rows.filter(move |row| counts(row) && row.selector.takes(&object.kind, object.version()))
        .flat_map(|row| &row.places)
}

/// What looks like an image in objects of this kind, but is not.
pub fn exceptions(object: &ObjectRef) -> impl Iterator<Item = &'static Exception> {
    let lines = GROUPS.get(object.group()).map_or(&[][..], Group::lines).iter().filter_map(|line| match line {
        Line::Row(_) => None,
        Line::Exception(exception) => Some(exception),
    });
    lines.filter(|exception| exception.selector.takes(&object.kind, object.version()))
}

/// Whether nothing in objects of this kind is an image: schemas, patterns of policies, function pipelines, our own objects.
pub fn is_never_looked_at(object: &ObjectRef) -> bool {
    exceptions(object).any(|exception| exception.paths.is_empty())
}

/// All groups with a row, by name.
pub fn groups() -> Vec<(&'static str, &'static Group)> {
    let mut groups: Vec<_> = GROUPS.iter().map(|(name, group)| (*name, group)).collect();
    groups.sort_unstable_by_key(|(name, _)| *name);
    groups
}

/// The text cut at its headings, `[group] source`.
fn sections(text: &'static str) -> impl Iterator<Item = (&'static str, Group)> {
    text.split("\n[").skip(1).filter_map(|section| {
        let (heading, text) = section.split_once('\n').unwrap_or((section, ""));
        let (name, source) = heading.split_once(']')?;
        Some((name, Group { source: source.trim(), text, lines: OnceLock::new() }))
    })
}

/// The lines of a section that are rows.
fn rows(section: &'static str) -> impl Iterator<Item = &'static str> {
    section.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_can_be_read() {
        let mut count = 0;
        for (name, group) in sections(TEXT) {
            assert!(!group.source.is_empty(), "[{name}] has no source");
            for line in rows(group.text) {
                parse(line).unwrap_or_else(|error| panic!("[{name}] {line}\n{error}"));
                count += 1;
            }
        }
        assert!(count > 250, "only {count} rows");
    }

    #[test]
    fn groups_are_sorted_and_appear_once() {
        let names: Vec<&str> = sections(TEXT).map(|(name, _)| name).collect();
        let sorted: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names, sorted.into_iter().collect::<Vec<_>>());
    }
}
