//! Tables of other implementations (`tables`), row by row.
// Clippy knows by this that the helpers are tests as well.
#![cfg(test)]

#[cfg(feature = "probe")]
mod access;
mod collectors;
mod component;
mod golden;
mod image;
mod in_place;
mod keyring;
mod kinds;
mod proxy;
mod replicated;

use serde_json::Value;

/// A file of `tables`.
fn vectors(name: &str) -> Value {
    let path = format!("{}/tests/vectors/tables/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// The rows of one table, which are as many as they were when the test was written.
fn rows<'v>(file: &'v Value, table: &str, expected: usize) -> &'v [Value] {
    let tables = file["tables"].as_array().unwrap();
    let table = tables.iter().find(|found| found["name"] == table).unwrap();
    let rows = table["rows"].as_array().unwrap();
    assert_eq!(rows.len(), expected, "{}", table["name"]);
    rows
}

/// The text of a member.
fn text<'v>(row: &'v Value, pointer: &str) -> &'v str {
    row.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} of {row}"))
}
