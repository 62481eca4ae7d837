//! Pages whose examples are files that a test runs: what a reader copies is what was tried.

use std::fs;
use std::path::{Path, PathBuf};

/// A file or folder of the repository.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Its text.
#[track_caller]
pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Fails unless the page shows each of these files of the folder whole; of a shell script, the commands below its head.
#[track_caller]
pub(crate) fn assert_shows(page: &str, folder: &str, files: &[&str]) {
    let text = read(page);
    for file in files {
        let shown = read(&format!("{folder}/{file}"));
        let shown =
            if file.ends_with(".sh") { shown.split_once("\n\n").expect("a script has a head").1 } else { &shown };
        assert!(text.contains(shown), "{page} does not show {folder}/{file}:\n{shown}");
    }
}
