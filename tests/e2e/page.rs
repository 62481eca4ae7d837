//! Pages whose examples are files: what a reader copies is what a test runs.

use std::fs;
use std::path::{Path, PathBuf};

/// A file or folder of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Fails unless every block of YAML and of shell in this page is a file in one of these folders: a manifest as a whole, a script from the
/// first empty line on, where its commands begin.
#[track_caller]
pub(crate) fn assert_examples_are_files(page: &str, folders: &[&str]) {
    let text = fs::read_to_string(repository(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
    let mut files = Vec::new();
    folders.iter().for_each(|folder| collect(&repository(folder), &mut files));
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
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
        }
    }
}

#[test]
fn only_what_is_to_be_copied_is_a_block() {
    let page = "a\n```yaml\nb: 1\n```\n\n```text\nno\n```\n```sh\nc\n```\n";
    assert_eq!(blocks(page), [("yaml", "b: 1\n"), ("sh", "c\n")]);
}
