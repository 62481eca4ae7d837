//! Pages whose examples are files that a test runs: what a reader copies is what was tried.

use pullthrough::yaml::de;
use pullthrough::yaml::parse::{self, Split};
use serde::de::DeserializeOwned;
use std::fs;
use std::path::{Path, PathBuf};

tests![only_what_is_to_be_copied_is_a_block,];

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

/// Fails unless every block of YAML and of shell in this page is a file in one of these folders: a manifest as a whole, a script from the
/// first empty line on, where its commands begin.
#[track_caller]
pub(crate) fn assert_examples_are_files(page: &str, folders: &[&str]) {
    let text = read(page);
    let mut files = Vec::new();
    folders.iter().for_each(|folder| collect(&path(folder), &mut files));
    let blocks = blocks(&text);
    assert!(!blocks.is_empty(), "{page} shows nothing");
    for (language, block) in blocks {
        let shown = files.iter().any(|file| match language {
            "sh" => file.split_once("set -eu\n\n").is_some_and(|(_, commands)| commands == block),
            _ => *file == block,
        });
        assert!(shown, "{page}: no file of {folders:?} is\n{block}");
    }
}

/// The blocks of a page that are to be copied, with their language.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let fenced = page.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    fenced.filter(|(language, _)| ["yaml", "sh"].contains(language)).collect()
}

fn collect(folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let entry = entry.expect("the folder can be read").path();
        if entry.is_dir() {
            collect(&entry, files);
        } else {
            files.push(fs::read_to_string(&entry).unwrap_or_else(|error| panic!("{}: {error}", entry.display())));
        }
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

fn only_what_is_to_be_copied_is_a_block() {
    let page = "a\n```yaml\nb: 1\n```\n\n```text\nno\n```\n```sh\nc\n```\n";
    assert_eq!(blocks(page), [("yaml", "b: 1\n"), ("sh", "c\n")]);
}
