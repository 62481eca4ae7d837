//! Real manifests: every byte that is not meant to change stays, every image is found where an independent parser sees it.
//!
//! The manifests are not part of the package: without them the tests say so and pass.
#![cfg(test)]

mod function;
mod spans;

use serde_json::Value;

/// The folder of real manifests, or None where the package is tested without it.
fn corpus() -> Option<std::path::PathBuf> {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus"));
    if folder.is_dir() {
        return Some(folder.to_owned());
    }
    println!("skipped: there is no ../shared/corpus");
    None
}

/// The entries of the index, with their texts.
fn entries() -> Vec<(String, Value, String)> {
    let Some(folder) = corpus() else { return Vec::new() };
    let index: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("index.json")).unwrap()).unwrap();
    let entries = index["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 56, "the corpus has changed");
    let read = |entry: &Value| {
        let file = entry["file"].as_str().unwrap().to_owned();
        let text = std::fs::read_to_string(folder.join(&file)).unwrap();
        (file, entry.clone(), text)
    };
    entries.iter().map(read).collect()
}
