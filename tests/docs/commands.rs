//! The commands of the pages. Each block of them is one of these:
//!
//! - the commands of a script in `examples`, which `tests/e2e` runs in the programs that they need;
//! - below `<!-- run in FOLDER -->`: run here, in a copy of that folder, with the program in `PATH`. Blocks of one page and folder share the copy. A
//!   block below `<!-- output -->` is what the block before it printed; `exit 1` in the mark, after a comma, is the exit code that is expected;
//!   An `imagelock.yaml` of the folder stands for the registries (`PULLTHROUGH_LOCK`): there is no network here;
//! - on a page that another test runs ([`RUN_ELSEWHERE`]);
//! - below `<!-- not run: WHY -->`.

use std::fs;
use std::path::Path;

use crate::page::{Block, Page, path};

/// Pages whose commands are run by a test of their own.
const RUN_ELSEWHERE: [(&str, &str); 4] = [
    ("examples/license-proxy/README.md", "tests/e2e/license_proxy.rs"),
    ("examples/pullthrough-simple/README.md", "tests/e2e/catalog.rs"),
    ("examples/pullthrough-advanced/README.md", "tests/e2e/catalog.rs"),
    ("examples/pullthrough-imperative/README.md", "tests/e2e/catalog.rs"),
];

/// What a mark says about the block below it.
#[derive(Debug, PartialEq)]
enum Mark<'a> {
    Run { folder: &'a str, exit: i32 },
    Output,
    NotRun,
}

fn mark<'a>(block: &Block<'a>) -> Option<Mark<'a>> {
    let mark = block.mark?;
    if let Some(run) = mark.strip_prefix("run in ") {
        let (folder, exit) = run.split_once(", exit ").unwrap_or((run, "0"));
        return Some(Mark::Run { folder, exit: exit.parse().ok()? });
    }
    match mark.strip_prefix("not run: ") {
        Some(why) => (!why.is_empty()).then_some(Mark::NotRun),
        None => (mark == "output").then_some(Mark::Output),
    }
}

fn is_command(block: &Block<'_>) -> bool {
    ["sh", "shell", "bash", "console", "powershell"].contains(&block.language)
}

/// A block without a language could hide one from this test.
#[test]
fn every_block_has_a_language() {
    let pages = Page::all();
    let without = pages.iter().flat_map(|page| {
        let without = page.blocks().into_iter().filter(|block| block.language.is_empty());
        without.map(|block| format!("{}:{}", page.name, block.line))
    });
    assert_eq!(without.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_command_is_run_or_says_why_not() {
    let scripts = scripts();
    assert!(scripts.len() > 10, "{}", scripts.len());
    let (mut unknown, mut commands) = (Vec::new(), 0);
    for page in Page::all() {
        let elsewhere = RUN_ELSEWHERE.iter().any(|(name, _)| *name == page.name);
        for block in page.blocks().iter().filter(|block| is_command(block)) {
            commands += 1;
            let is_known = elsewhere || mark(block).is_some() || scripts.contains(&block.text);
            if !is_known {
                unknown.push(format!("{}:{}\n{}", page.name, block.line, block.text));
            }
        }
    }
    assert!(commands > 30, "only {commands}");
    assert!(unknown.is_empty(), "neither run nor marked with `<!-- not run: WHY -->`:\n{}", unknown.join("\n"));
}

/// What the other tests run is still run by them.
#[test]
fn the_other_tests_know_their_pages() {
    for (page, test) in RUN_ELSEWHERE {
        let folder = page.rsplit('/').nth(1).unwrap();
        assert!(fs::read_to_string(path(test)).unwrap().contains(folder), "{test} does not name {folder}");
    }
}

/// The commands of the scripts that a test of `tests/e2e` names, each without the lines above them that set the shell up.
fn scripts() -> Vec<String> {
    let tests: String = fs::read_dir(path("tests/e2e"))
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok())
        .collect();
    let mut scripts = Vec::new();
    for folder in
        fs::read_dir(path("examples")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.file_name().unwrap().to_str().unwrap();
            if Path::new(name).extension().is_some_and(|extension| extension == "sh") {
                assert!(tests.contains(&format!("\"{name}\"")), "no test runs {}", file.display());
                let text = fs::read_to_string(&file).unwrap();
                scripts.push(text.split_once("set -eu\n\n").map_or(text.as_str(), |(_, commands)| commands).to_owned());
            }
        }
    }
    scripts
}

#[test]
fn marks_are_read() {
    let block = |mark| Block { language: "sh", text: String::new(), line: 1, mark: Some(mark) };
    assert_eq!(mark(&block("run in examples/x, exit 1")), Some(Mark::Run { folder: "examples/x", exit: 1 }));
    assert_eq!(mark(&block("run in .")), Some(Mark::Run { folder: ".", exit: 0 }));
    assert_eq!(mark(&block("output")), Some(Mark::Output));
    assert_eq!(mark(&block("not run: it needs a cluster")), Some(Mark::NotRun));
    assert_eq!(mark(&block("not run: ")), None);
    assert_eq!(mark(&block("run in x, exit one")), None);
}

/// A shell with the tools of a POSIX system.
#[cfg(unix)]
mod shell {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    use super::{Mark, mark};
    use crate::page::{Page, path};

    #[test]
    fn what_is_to_be_run_works() {
        let mut runs = 0;
        for page in Page::all() {
            let mut copies = BTreeMap::new();
            let mut printed = None;
            for block in page.blocks() {
                let place = format!("{}:{}", page.name, block.line);
                match mark(&block) {
                    Some(Mark::Run { folder, exit }) => {
                        runs += 1;
                        let copy = copies
                            .entry(folder)
                            .or_insert_with(|| Copy::new(&format!("{}-{}", page.name, block.line), folder));
                        let output = copy.run(&block.text);
                        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
                        let errors = String::from_utf8_lossy(&output.stderr);
                        assert_eq!(output.status.code(), Some(exit), "{place}\n{}{shown}{errors}", block.text);
                        printed = Some(shown);
                    }
                    Some(Mark::Output) => {
                        let printed = printed.take().unwrap_or_else(|| panic!("{place}: nothing was run above it"));
                        assert!(printed.contains(&block.text), "{place}\n{}was expected in\n{printed}", block.text);
                    }
                    Some(Mark::NotRun) | None => {}
                }
            }
        }
        assert!(runs > 0);
    }

    /// A copy of a folder of the repository, removed when it is dropped.
    struct Copy(PathBuf);

    impl Copy {
        fn new(name: &str, folder: &str) -> Copy {
            let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("docs-{}", name.replace('/', "-")));
            let _ = fs::remove_dir_all(&to);
            match folder {
                // Of the repository's root what a reader of the page is told about.
                "." => ["examples", "fn-config"].iter().for_each(|folder| copy(&path(folder), &to.join(folder))),
                folder => copy(&path(folder), &to),
            }
            Copy(to)
        }

        fn run(&self, commands: &str) -> Output {
            let program = Path::new(env!("CARGO_BIN_EXE_pullthrough")).parent().unwrap().display().to_string();
            let system = std::env::var("PATH").unwrap_or_default();
            let mut shell = Command::new("bash");
            shell.args(["-eu", "-o", "pipefail", "-c", commands]).current_dir(&self.0).env_clear();
            let lock = self.0.join("imagelock.yaml");
            if lock.exists() {
                shell.env("PULLTHROUGH_LOCK", lock);
            }
            shell.env("PATH", format!("{program}:{system}")).env("HOME", &self.0).env("LC_ALL", "C");
            shell.output().unwrap_or_else(|error| panic!("bash: {error}"))
        }
    }

    impl Drop for Copy {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let to = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &to);
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }
}
