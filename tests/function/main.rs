//! The function on small inputs, one rule in each: `cases/<rule>/` holds what goes in and what must come out, byte for byte.
//!
//! - `input.yaml` is standard input. `config.yaml` is given with `--config`. `env` has lines `NAME=VALUE`; there are no other variables.
//! - `output.yaml` is standard output; without the file, not a byte may be written.
//! - `stderr.txt` is standard error, nothing without the file. `exit` is the exit code, 0 without the file.
//!
//! Each case is a test of its own: `cargo test --test function -- field-tekton` runs those with that in their name.
//!
//! A run that succeeds is repeated on its own output, and the items must stay as they are. `BLESS=1` writes the files anew: read the
//! difference before it is committed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "../harness/mod.rs"]
#[macro_use]
mod harness;

mod builds;
mod kots;
mod secrets;
mod unread;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::Trial;

tests![no_case_vanished, the_guard_passes_what_the_function_left];

/// At least as many rules as there are folders in `cases`, so that a test that finds none fails.
const AT_LEAST: usize = 377;

/// What a run of the function left.
struct Run {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

fn main() -> ExitCode {
    let rules = cases().into_iter().map(|case| {
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(name, move || match check(&case).as_slice() {
            [] => Ok(()),
            failures => Err(failures.join("\n").into()),
        })
    });
    let others = [tests(), builds::tests(), kots::tests(), secrets::tests(), unread::tests()].into_iter().flatten();
    harness::run("tests/function", rules.chain(others).collect())
}

fn no_case_vanished() {
    let found = cases().len();
    assert!(found >= AT_LEAST, "only {found} cases were found");
}

/// What it may still fail for is in the input already, and not for the function to change.
fn the_guard_passes_what_the_function_left() {
    const NOT_OURS: [&str; 7] = [
        "image-not-read",
        "placeholder",
        "no-objects",
        "not-built",
        "unreadable",
        "lock-contradiction",
        "secret-not-attached",
    ];
    let mut failures = Vec::new();
    for case in cases() {
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(output) = fs::read(case.join("output.yaml")) else { continue };
        // In final output nothing takes local configuration out.
        if case.join("exit").exists() || !case.join("config.yaml").exists() || name == "untouched-local-config" {
            continue;
        }
        let arguments = ["check", "--rendered", "--config", "config.yaml", "-"];
        let run = program(&case, &arguments, variables(&case), &output);
        let said = visible(&run.stdout);
        let is_ours = |line: &&str| {
            line.starts_with("error[") && !NOT_OURS.iter().any(|code| line.starts_with(&format!("error[{code}]")))
        };
        failures.extend(said.lines().filter(is_ours).map(|line| format!("{name}: {line}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/function/cases");
    let entries = fs::read_dir(folder).expect("the cases are there");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    cases.sort();
    cases
}

/// What is wrong with a case, one text for each file that differs.
fn check(case: &Path) -> Vec<String> {
    let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let input = fs::read(case.join("input.yaml")).unwrap_or_else(|error| panic!("{name}/input.yaml: {error}"));
    let run = function(case, &input);
    let code = run.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
    let code = if code == "0" { String::new() } else { code + "\n" };
    let mut failures: Vec<String> =
        [("output.yaml", &run.stdout), ("stderr.txt", &run.stderr), ("exit", &code.into_bytes())]
            .into_iter()
            .filter_map(|(file, found)| {
                compare(&case.join(file), found).map(|difference| format!("{name}/{file}:\n{difference}"))
            })
            .collect();
    if run.code == Some(0) {
        let again = function(case, &run.stdout);
        if again.code != Some(0) {
            failures.push(format!("{name}: a second run fails:\n{}", visible(&again.stderr)));
        } else if without_results(&again.stdout) != without_results(&run.stdout) {
            let difference = difference(&run.stdout, &again.stdout);
            failures.push(format!("{name}: a second run changes items:\n{difference}"));
        }
    }
    failures
}

fn function(case: &Path, input: &[u8]) -> Run {
    program(case, arguments(case), variables(case), input)
}

fn arguments(case: &Path) -> &'static [&'static str] {
    if case.join("config.yaml").exists() { &["--config", "config.yaml"] } else { &[] }
}

fn variables(case: &Path) -> Vec<(String, String)> {
    let lines = fs::read_to_string(case.join("env")).unwrap_or_default();
    lines.lines().filter_map(|line| line.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}

fn program(folder: &Path, arguments: &[&str], variables: Vec<(String, String)>, input: &[u8]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pullthrough"));
    command.current_dir(folder).args(arguments).env_clear().envs(variables);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    // Inputs are smaller than a pipe's buffer, and nothing is written before all was read.
    child.stdin.take().expect("it is piped").write_all(input).expect("it reads its input");
    let output = child.wait_with_output().expect("it ends");
    Run { code: output.status.code(), stdout: output.stdout, stderr: output.stderr }
}

/// How a file differs from what was found; an empty file is none.
fn compare(file: &Path, found: &[u8]) -> Option<String> {
    if std::env::var_os("BLESS").is_some() {
        let written = if found.is_empty() { fs::remove_file(file).or(Ok(())) } else { fs::write(file, found) };
        written.unwrap_or_else(|error: std::io::Error| panic!("{}: {error}", file.display()));
    }
    let expected = fs::read(file).unwrap_or_default();
    (expected != found).then(|| difference(&expected, found))
}

/// The lines from the first to the last that differ, with white space that can be seen.
fn difference(expected: &[u8], found: &[u8]) -> String {
    let (expected, found) = (visible(expected), visible(found));
    let (mut expected, mut found): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let same = expected.iter().zip(&found).take_while(|(one, other)| one == other).count();
    expected.drain(..same);
    found.drain(..same);
    let same_end = expected.iter().rev().zip(found.iter().rev()).take_while(|(one, other)| one == other).count();
    expected.truncate(expected.len() - same_end);
    found.truncate(found.len() - same_end);
    let lines = |sign: &str, lines: &[&str]| lines.iter().map(|line| format!("{sign} {line}\n")).collect::<String>();
    format!("  (line {})\n{}{}", same + 1, lines("-", &expected), lines("+", &found))
}

fn visible(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let marked = text.replace(' ', "·").replace('\t', "→").replace('\r', "␍").replace('\u{feff}', "<BOM>");
    let open_end = if text.is_empty() || text.ends_with('\n') { "" } else { "<no newline>" };
    marked + open_end
}

/// A ResourceList without its results, which a second run may have fewer of. They are the last key above `items`, or behind it.
fn without_results(list: &[u8]) -> String {
    let text = String::from_utf8_lossy(list).into_owned();
    if text.trim_start().starts_with('{') {
        return text.find("\"items\":").map(|items| text[items..].to_owned()).unwrap_or(text);
    }
    let mut in_results = false;
    let keep = |line: &&str| {
        in_results = line.starts_with("results:") || (in_results && line.starts_with(['-', ' ']));
        !in_results
    };
    text.split_inclusive('\n').filter(keep).collect()
}
