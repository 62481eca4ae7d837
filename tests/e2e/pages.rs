//! Pages whose examples are files that a test runs: what a reader copies is what was tried.

use pullthrough::yaml::de;
use pullthrough::yaml::parse::{self, Split};
use serde::de::DeserializeOwned;
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

/// Reads the one document of a text, with the reader that the function reads its configuration with.
#[track_caller]
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> T {
    let mut value = None;
    let read = parse::objects::<parse::Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            assert!(value.is_none(), "there is more than one document:\n{text}");
            value = Some(de::read(&tree.view()).unwrap_or_else(|problems| panic!("{problems:?}\n{text}")));
            Ok(())
        },
    );
    read.unwrap_or_else(|error| panic!("{error}\n{text}"));
    value.expect("there is a document")
}
