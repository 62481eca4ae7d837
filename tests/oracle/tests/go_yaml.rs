//! Generated manifests, and texts that are nearly manifests, read by us and by go-yaml: both refuse the same texts, and read the same
//! from all others.
//!
//! `PULLTHROUGH_TEXTS` says how many. Without Go, or without the module, the test is ignored.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

#[path = "../../harness/mod.rs"]
#[macro_use]
mod harness;

#[path = "../../properties/choices.rs"]
mod choices;
#[path = "../../properties/manifest.rs"]
mod manifest;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use choices::Choices;
use pullthrough::yaml::parse::{self, Split};
use pullthrough::yaml::{Error, View};
use serde::Deserialize;

tests![go_yaml_reads_the_same];

fn main() -> std::process::ExitCode {
    harness::run("tests/go_yaml.rs", tests())
}

/// What go-yaml made of a text.
#[derive(Deserialize)]
struct Answer {
    error: String,
    documents: Option<Vec<String>>,
}

fn go() -> Option<std::path::PathBuf> {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-yaml");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/go"))
        .output();
    match built {
        Ok(output) if output.status.success() => Some(program),
        Ok(output) => {
            harness::ignore(String::from_utf8_lossy(&output.stderr));
            None
        }
        Err(error) => {
            harness::ignore(format!("go can't be run: {error}"));
            None
        }
    }
}

/// What go-yaml makes of each text.
fn answers(program: &Path, texts: &[String]) -> Vec<Answer> {
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines: String = texts.iter().map(|text| serde_json::to_string(text).unwrap() + "\n").collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The trees of a text, spelled as the program in `go/` spells them.
fn ours(text: &str) -> Result<Vec<String>, Error> {
    parse::outline(text, &[], |_| ())?;
    let mut documents = Vec::new();
    parse::objects::<Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            let mut out = String::new();
            spell(&tree.view(), text, &mut out);
            documents.push(out);
            Ok(())
        },
    )?;
    Ok(documents)
}

fn spell(view: &View<'_>, text: &str, out: &mut String) {
    let token = view.span().of(text);
    if token.starts_with('*') && is_alias(view) {
        out.push_str(token);
    } else if view.is_mapping() {
        out.push('{');
        for (key, value) in view.entries() {
            spell(&key, text, out);
            out.push(' ');
            spell(&value, text, out);
            out.push(' ');
        }
        out.push('}');
    } else if view.is_sequence() {
        out.push('[');
        for item in view.items().unwrap_or_default() {
            spell(&item, text, out);
            out.push(' ');
        }
        out.push(']');
    } else {
        out.push_str(&format!("<{}>", view.scalar().unwrap_or_default()));
    }
}

/// A collection begins with its first child; an alias stands somewhere else than what it is an alias of.
fn is_alias(view: &View<'_>) -> bool {
    let first = match view.entries().into_iter().next() {
        Some((key, _)) => Some(key),
        None => view.items().unwrap_or_default().into_iter().next(),
    };
    view.spot().map_or_else(|| first.is_none_or(|first| first.start() != view.span().start), |spot| spot.is_alias())
}

/// A line break of YAML 1.1: outside quotes we refuse it, and in quotes the two disagree about lines.
fn has_odd_break(text: &str) -> bool {
    text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
}

/// Pseudo-random bytes, the same in each run.
fn tape(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| byte()).collect()
}

fn texts() -> Vec<String> {
    let number = std::env::var("PULLTHROUGH_TEXTS").ok().and_then(|number| number.parse().ok()).unwrap_or(4000);
    let text = |seed| {
        let text = manifest::manifest(&mut Choices::new(&tape(seed, 40 + (seed % 300) as usize)));
        if seed % 3 == 0 { text } else { manifest::mutated(&text, &mut Choices::new(&tape(!seed, 16))) }
    };
    (1..=number).map(text).collect()
}

fn go_yaml_reads_the_same() {
    let Some(program) = go() else { return };
    let texts = texts();
    let answers = answers(&program, &texts);
    assert_eq!(answers.len(), texts.len());
    let mut differences = Vec::new();
    let mut both = 0;
    for (text, answer) in texts.iter().zip(answers).filter(|(text, _)| !has_odd_break(text)) {
        let ours = ours(text);
        let difference = match (&ours, answer.error.as_str()) {
            (Ok(ours), "") if *ours != answer.documents.clone().unwrap_or_default() => {
                Some(format!("read\n{ours:?}\nby go-yaml\n{:?}", answer.documents))
            }
            (Ok(_), "") => {
                both += 1;
                None
            }
            (Ok(_), error) => Some(format!("refused by go-yaml alone: {error}")),
            (Err(error), "") => Some(format!("refused by us alone: {error}")),
            (Err(_), _) => None,
        };
        differences.extend(difference.map(|difference| (difference, text)));
    }
    let figures = format!("{both} of {} texts are read alike by both, {} differ", texts.len(), differences.len());
    let _ = writeln!(std::io::stderr(), "{figures}");
    if let Some(file) = std::env::var_os("PULLTHROUGH_DIFFERENCES") {
        let lines: String =
            differences.iter().map(|difference| serde_json::to_string(difference).unwrap() + "\n").collect();
        std::fs::write(file, lines).unwrap();
        return;
    }
    let shown = |wanted: &str| -> Vec<String> {
        let of_kind = differences.iter().filter(|(difference, _)| difference.starts_with(wanted));
        of_kind.map(|(difference, text)| format!("{difference}\n{text:?}")).collect()
    };
    let read = shown("read");
    assert!(read.is_empty(), "read differently:\n{}", read.join("\n"));
    // What is left is a byte order mark in the middle of a text, `...` before the first document, and the like.
    for kind in ["refused by go-yaml", "refused by us"] {
        let alone = shown(kind);
        assert!(alone.len() * 200 < texts.len(), "{}", alone.join("\n"));
    }
    assert!(both * 3 > texts.len(), "only {both} texts are read by both");
}
