//! A page of Markdown, as lines: its headings, its fenced blocks, its prose.

use std::fs;
use std::path::{Path, PathBuf};

/// A page.
pub(crate) struct Page {
    /// Its path in the repository.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

/// A fenced block.
#[derive(Debug, PartialEq)]
pub(crate) struct Block<'a> {
    /// The first word after the fence.
    pub(crate) language: &'a str,
    /// What is between the fences.
    pub(crate) text: String,
    /// The line of the first fence, from 1.
    pub(crate) line: usize,
    /// The HTML comment on the line above the fence, without its delimiters: readers don't see it.
    pub(crate) mark: Option<&'a str>,
}

/// A file or folder of the repository.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

impl Page {
    /// Every page of the repository.
    pub(crate) fn all() -> Vec<Page> {
        let mut names = Vec::new();
        collect(Path::new(""), &mut names);
        names.sort();
        names.iter().map(|name| Page::read(name)).collect()
    }

    /// The page with this path.
    pub(crate) fn read(name: &str) -> Page {
        Page { text: fs::read_to_string(path(name)).unwrap(), name: name.to_owned() }
    }

    /// Its fenced blocks, in order.
    pub(crate) fn blocks(&self) -> Vec<Block<'_>> {
        let (mut blocks, mut open, mut above) = (Vec::new(), None::<Block<'_>>, "");
        for (number, line) in self.text.lines().enumerate() {
            match (open.as_mut(), line.trim_start().strip_prefix("```")) {
                (None, Some(info)) => {
                    let mark = above.strip_prefix("<!-- ").and_then(|mark| mark.strip_suffix(" -->"));
                    let language = info.split_whitespace().next().unwrap_or_default();
                    open = Some(Block { language, text: String::new(), line: number + 1, mark });
                }
                (Some(_), Some("")) => blocks.extend(open.take()),
                (Some(block), _) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => {}
            }
            above = line;
        }
        assert!(open.is_none(), "{}: a fence is not closed", self.name);
        blocks
    }

    /// Its lines outside of fenced blocks, with their numbers.
    pub(crate) fn prose(&self) -> Vec<(usize, &str)> {
        let mut inside = false;
        let mut lines = Vec::new();
        for (number, line) in self.text.lines().enumerate() {
            let is_fence = line.trim_start().starts_with("```");
            if !is_fence && !inside {
                lines.push((number + 1, line));
            }
            inside ^= is_fence;
        }
        lines
    }

    /// The anchors of its headings, as GitHub makes them, and those it sets itself.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let headings = self.prose().into_iter().filter(|(_, line)| line.starts_with('#'));
        let mut anchors: Vec<String> = headings.map(|(_, line)| anchor(line.trim_start_matches('#').trim())).collect();
        anchors.extend(self.text.split("<a id=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        anchors
    }
}

/// Lower case, words joined by dashes, all other punctuation dropped.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|char| char.is_alphanumeric() || [' ', '-', '_'].contains(char));
    kept.flat_map(char::to_lowercase).map(|char| if char == ' ' { '-' } else { char }).collect()
}

fn collect(folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let below = folder.join(&name);
        if entry.file_type().unwrap().is_dir() {
            // What is built, installed or fetched is not ours.
            if !["target", "node_modules", "dist", ".git", "cases"].contains(&name.as_str()) {
                collect(&below, names);
            }
        } else if Path::new(&name).extension().is_some_and(|extension| extension == "md") {
            names.push(below.to_str().unwrap().replace('\\', "/"));
        }
    }
}

#[test]
fn blocks_have_their_language_line_and_mark() {
    let text = "# A `b`-c\n<!-- run in x -->\n```sh\na\n\n```\n\n```\nb\n```\n".to_owned();
    let page = Page { name: "page".to_owned(), text };
    let [first, second] = &page.blocks()[..] else { panic!("two blocks") };
    assert_eq!(first, &Block { language: "sh", text: "a\n\n".to_owned(), line: 3, mark: Some("run in x") });
    assert_eq!(second, &Block { language: "", text: "b\n".to_owned(), line: 8, mark: None });
    assert_eq!(page.anchors(), ["a-b-c"]);
    assert_eq!(page.prose().len(), 3);
}
