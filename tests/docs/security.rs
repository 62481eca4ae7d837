//! The tests that docs/security.md names.

use std::fs;
use std::path::Path;

use crate::page::{Page, path};

/// Each is a function of a test, or a folder of tests/function/cases.
#[test]
fn every_line_is_held_by_a_test() {
    let page = Page::read("docs/security.md");
    let (_, table) = page.text.split_once("| line | test |\n|---|---|\n").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let mut sources = String::new();
    ["src", "tests"].iter().for_each(|folder| collect(&path(folder), &mut sources));
    let mut named = 0;
    for row in table.lines() {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        assert!(tests.contains('`'), "no test holds: {row}");
        for test in tests.split('`').skip(1).step_by(2) {
            let is_there =
                path("tests/function/cases").join(test).exists() || sources.contains(&format!("fn {test}() {{"));
            assert!(is_there, "there is no test `{test}`");
            named += 1;
        }
    }
    assert!(named > 20, "only {named}");
}

fn collect(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            if !entry.ends_with("cases") {
                collect(&entry, sources);
            }
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(entry).unwrap());
        }
    }
}
