//! Real manifests: every byte that is not meant to change stays, every image is found where an independent parser sees it.
//!
//! The manifests are not part of the repository: without them the tests are ignored, and `PULLTHROUGH_E2E=require` makes that a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

#[path = "../harness/mod.rs"]
#[macro_use]
mod harness;

mod custom;
mod function;
mod rewrite;
mod spans;
mod unread;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

fn main() -> ExitCode {
    let tests = [custom::tests(), function::tests(), rewrite::tests(), spans::tests(), unread::tests()];
    harness::run("tests/corpus", tests.into_iter().flatten().collect())
}

/// The folder of real manifests. Without it the test is ignored.
fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !folder.is_dir() {
        harness::ignore("the real manifests (../shared/corpus) are absent");
        return None;
    }
    Some(folder)
}

/// The entries of the index, with their texts. Without them the test is ignored.
fn entries() -> Option<Vec<(String, Value, String)>> {
    let folder = corpus()?;
    let index: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("index.json")).unwrap()).unwrap();
    let entries = index["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 56, "the corpus has changed");
    let read = |entry: &Value| {
        let file = entry["file"].as_str().unwrap().to_owned();
        let text = std::fs::read_to_string(folder.join(&file)).unwrap();
        (file, entry.clone(), text)
    };
    Some(entries.iter().map(read).collect())
}
