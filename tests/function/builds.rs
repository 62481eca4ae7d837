//! The same cases in the builds for WASM, which must give the same bytes as the program.
//!
//! `PULLTHROUGH_WASM` is the folder that `wasm/build.sh` made, `wasm/dist` if nothing else was said to it; without the variable the builds are
//! skipped, because nobody could tell whether what lies there is of this source. Each build is run by a script of `builds/` in one process
//! of Node.js, for all cases, with the protocol that `builds/runs.mjs` tells.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Run, arguments, cases, difference, harness, program, variables};

tests![the_module_for_kpt_gives_the_same, the_build_for_wasi_gives_the_same,];

/// A build, and how it is run.
struct Build {
    /// The file that `wasm/build.sh` makes.
    artifact: &'static str,
    /// The script of `builds/` that runs it.
    driver: &'static str,
    /// What of a case can be asked of it, and what must come out. `None`: nothing.
    asked: fn(&Path) -> Option<Asked>,
}

/// One run of a build.
struct Asked {
    folder: PathBuf,
    arguments: &'static [&'static str],
    variables: Vec<(String, String)>,
    input: Vec<u8>,
    expected: Run,
}

const KPT: Build = Build { artifact: "pullthrough-kpt.wasm", driver: "kpt.mjs", asked: as_resource_list };
const WASI: Build = Build { artifact: "pullthrough-wasi.wasm", driver: "wasi.mjs", asked: as_command_line };

fn the_module_for_kpt_gives_the_same() {
    // Two are not UTF-8, which nothing can be that kpt gives.
    KPT.holds(cases().len() - 2);
}

fn the_build_for_wasi_gives_the_same() {
    WASI.holds(cases().len());
}

impl Build {
    /// Fails unless this many cases can be asked of it, and all give what they must.
    fn holds(&self, count: usize) {
        let Some(artifact) = self.artifact() else { return };
        let asked: Vec<(String, Asked)> = cases()
            .into_iter()
            .filter_map(|case| Some((case.file_name()?.to_string_lossy().into_owned(), (self.asked)(&case)?)))
            .collect();
        let found = self.run(&artifact, asked.iter().map(|(_, asked)| asked));
        let faults: Vec<String> =
            asked.iter().zip(&found).flat_map(|((name, asked), found)| compare(name, &asked.expected, found)).collect();
        assert!(faults.is_empty(), "{}\n{} faults", faults.join("\n"), faults.len());
        assert_eq!((asked.len(), found.len()), (count, count), "a case was added or lost");
    }

    /// The file of the build. Without it the test is ignored.
    fn artifact(&self) -> Option<PathBuf> {
        let Some(folder) = env::var_os("PULLTHROUGH_WASM") else {
            harness::ignore(format!(
                "PULLTHROUGH_WASM names no folder with {} (wasm/build.sh makes it)",
                self.artifact
            ));
            return None;
        };
        let artifact = Path::new(&folder).join(self.artifact);
        let artifact = Path::new(env!("CARGO_MANIFEST_DIR")).join(artifact);
        assert!(artifact.exists(), "{} is not there; wasm/build.sh makes it", artifact.display());
        Some(artifact)
    }

    fn run<'a>(&self, artifact: &Path, asked: impl Iterator<Item = &'a Asked>) -> Vec<Run> {
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/function/builds").join(self.driver);
        let lines: Vec<String> = asked.map(line).collect();
        let mut node = Command::new("node")
            .arg("--no-warnings")
            .args([&driver, artifact])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node.js is installed");
        let mut input = node.stdin.take().expect("it is piped");
        let writer = thread::spawn(move || drop(input.write_all(lines.concat().as_bytes())));
        let found = answers(&mut node);
        writer.join().expect("writing does not panic");
        assert!(node.wait().expect("it ends").success(), "{} failed after {} runs", self.driver, found.len());
        found
    }
}

fn line(asked: &Asked) -> String {
    let variables: serde_json::Map<String, Value> =
        asked.variables.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let line = json!({
        "arguments": asked.arguments,
        "variables": variables,
        "folder": asked.folder,
        "input": STANDARD.encode(&asked.input),
    });
    format!("{line}\n")
}

fn answers(node: &mut Child) -> Vec<Run> {
    let lines = BufReader::new(node.stdout.take().expect("it is piped")).lines();
    let answer = |line: std::io::Result<String>| {
        let answer: Value = serde_json::from_str(&line.expect("a pipe can be read")).expect("it prints JSON");
        let bytes =
            |name: &str| STANDARD.decode(answer[name].as_str().expect("every answer has it")).expect("it is in base64");
        let code = answer["exit"].as_i64().and_then(|code| i32::try_from(code).ok());
        Run { code, stdout: bytes("stdout"), stderr: bytes("stderr") }
    };
    lines.map(answer).collect()
}

fn compare(name: &str, expected: &Run, found: &Run) -> Vec<String> {
    let mut faults = Vec::new();
    if expected.code != found.code {
        faults.push(format!("{name}: exit code {:?} instead of {:?}", found.code, expected.code));
    }
    for (stream, expected, found) in
        [("stdout", &expected.stdout, &found.stdout), ("stderr", &expected.stderr, &found.stderr)]
    {
        if expected != found {
            faults.push(format!("{name}: {stream}:\n{}", difference(expected, found)));
        }
    }
    faults
}

/// The command line of the case, and what its files expect.
fn as_command_line(case: &Path) -> Option<Asked> {
    let read = |name: &str| fs::read(case.join(name)).unwrap_or_default();
    let code = String::from_utf8(read("exit")).expect("it is a number");
    let code = if code.is_empty() { Some(0) } else { code.trim().parse().ok() };
    Some(Asked {
        folder: case.to_owned(),
        arguments: arguments(case),
        variables: variables(case),
        input: read("input.yaml"),
        expected: Run { code, stdout: read("output.yaml"), stderr: read("stderr.txt") },
    })
}

/// The case as kpt would ask it, without arguments and variables: a stream becomes a ResourceList with its configuration. What must come out is
/// what the program gives for that.
fn as_resource_list(case: &Path) -> Option<Asked> {
    let input = String::from_utf8(fs::read(case.join("input.yaml")).expect("every case has it")).ok()?;
    let config = fs::read_to_string(case.join("config.yaml")).unwrap_or_default();
    let input = if input.contains("ResourceList") { input } else { resource_list(&config, &input) };
    let mut expected = program(case, &[], Vec::new(), input.as_bytes());
    // kpt's hosts look for this text; without it they take nothing for a ResourceList.
    let is_taken = String::from_utf8_lossy(&expected.stdout).contains("kind: ResourceList");
    if !is_taken && !expected.stdout.is_empty() {
        let stderr = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/function/builds/not-taken.txt"));
        expected = Run { code: Some(2), stdout: Vec::new(), stderr: stderr.expect("it is there") };
    }
    Some(Asked { folder: case.to_owned(), arguments: &[], variables: Vec::new(), input: input.into(), expected })
}

/// A stream as kpt would give it. Only indented: what is not YAML in the stream is not in the list.
fn resource_list(config: &str, stream: &str) -> String {
    let indented = |text: &str| text.split_inclusive('\n').map(|line| format!("  {line}")).collect::<String>();
    let mut list = String::from("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n");
    if !config.is_empty() {
        list.push_str(&format!("functionConfig:\n{}", indented(config)));
    }
    let stream = stream.trim_start_matches('\u{feff}');
    let mut documents = vec![String::new()];
    for line in stream.split_inclusive('\n') {
        match (line.trim_end(), documents.last_mut()) {
            ("---", _) => documents.push(String::new()),
            (_, Some(document)) => document.push_str(line),
            (_, None) => {}
        }
    }
    documents.retain(|document| !document.trim().is_empty());
    list.push_str(if documents.is_empty() { "items: []\n" } else { "items:\n" });
    for document in documents {
        list.push_str(&indented(&document).replacen("  ", "- ", 1));
        if !document.ends_with('\n') {
            list.push('\n');
        }
    }
    list
}
