//! The process: standard input and output, variables, files, the clock, exit codes.
#![forbid(unsafe_code)]

mod asking;
mod changes;
mod cli;
mod commands;
mod component_files;
mod diff;
mod files;
mod given;
mod init;
mod log;
#[cfg(feature = "net")]
mod progress;
mod rewrite;
mod run;
mod screen;
mod sources;
mod stdout;
#[cfg(feature = "net")]
mod trace;
mod updaters;
mod variables;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use pullthrough::access::{Queries, Verdicts, Verifications};
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Answer, Output};
use pullthrough::report::{self, Style};
use pullthrough::yaml::Piece;

use cli::Arguments;
use given::{Caller, Given};

/// The most that is read. A cluster's worth of manifests is a few megabytes.
const INPUT_LIMIT: u64 = 256 << 20;

/// The configuration's JSON schema. A test keeps it equal to what the types say.
const SCHEMA: &str = include_str!("../../../fn-config/schema.json");

/// The same in a KRMFunctionDefinition.
const DEFINITION: &str = include_str!("../../../fn-config/KRMFunctionDefinition.yaml");

/// The JSON schema of what `check -o json` prints.
const CHECK_SCHEMA: &str = include_str!("../../../fn-config/check.schema.json");

/// Exit code for what is wrong with the call, the configuration, or input and output.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    // The default hook would print the panic's payload, which may contain secrets.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        say(&format!(
            "internal error in pullthrough at {place}; nothing was written. Please report this with the \
            input\n"
        ));
    }));
    match run(std::env::args_os().collect()) {
        Ok(code) => code,
        Err(Failure(message)) => {
            say(&format!("error: {message}\n"));
            ExitCode::from(USAGE)
        }
    }
}

/// What ends the process before there is an answer.
struct Failure(String);

fn run(arguments: Vec<OsString>) -> Result<ExitCode, Failure> {
    for (name, meant) in variables::misspelled(std::env::vars_os().map(|(name, _)| name)) {
        say(&format!("warning: the variable {name} means nothing to pullthrough; did you mean {meant}?\n"));
    }
    if let Some(config) = legacy_plugin(&arguments) {
        let options = cli::Options { config: Some(config), ..cli::Options::default() };
        return function(&options, Origin::Input, read_input);
    }
    match cli::parse(arguments) {
        Ok(Arguments { command: Some(command), .. }) => commands::dispatch(command),
        Ok(Arguments { doc: true, .. }) => print_text(&doc()),
        Ok(Arguments { options, .. }) => function(&options, Origin::Input, read_input),
        Err(error) if error.use_stderr() => Err(Failure(cli::explain(&error))),
        Err(help) => print_text(&help.to_string()),
    }
}

/// Where the manifests come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Standard input.
    Input,
    /// A command that is to print manifests, and nothing else.
    Command,
}

fn function(
    options: &cli::Options,
    origin: Origin,
    read: impl FnOnce() -> Result<String, Failure>,
) -> Result<ExitCode, Failure> {
    let caller = if origin == Origin::Command { Caller::Command } else { Caller::Function };
    let given = Given::read(options, caller)?;
    let input = read()?;
    inject_panic();
    let answer = match Analysis::read(&input, given.request(), &environment()?) {
        Ok(found) => {
            if let Some(lack) = found.without_objects().filter(|_| origin == Origin::Command) {
                return Err(Failure(format!("the command printed no manifests: {}", lack.message)));
            }
            let (verdicts, verifications) = ask(&found, BTreeMap::new(), options.verbose)?;
            found.answer(&verdicts, &verifications)
        }
        // The command printed something other than manifests, or the configuration can't be used.
        Err(answer) if origin == Origin::Command => Answer { exit: USAGE, ..*answer },
        Err(answer) => *answer,
    };
    finish(&answer, given.config_text(answer.problems.as_ref(), &input), options.verbose)
}

/// Asks registries in two rounds: whether images are public, and whether what is written can be pulled.
///
/// Nothing is opened, and no certificate read, when there is nothing to ask. The first round has `more` beside what the function needs.
fn ask(found: &Analysis<'_>, more: Queries, verbose: bool) -> Result<(Verdicts, Verifications), Failure> {
    let mut asking = asking::Asking::new(found.config(), verbose);
    let mut queries = more;
    queries.extend(found.queries());
    let verdicts = asking.anonymously(queries)?;
    let verifications = asking.prove(found.verification_queries(&verdicts))?;
    Ok((verdicts, verifications))
}

/// Standard error first, so that a watching user sees why; then standard output, whole.
fn finish(answer: &Answer<'_>, config_text: &str, verbose: bool) -> Result<ExitCode, Failure> {
    report(verbose, |style| report::answer(answer, config_text, style));
    if let Output::Done(edits) | Output::Refused(edits) = &answer.output {
        stdout::check()?;
        let write = || -> io::Result<()> {
            let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            for piece in edits.pieces() {
                let (Piece::Kept(text) | Piece::Replaced { new: text, .. }) = piece;
                out.write_all(text.as_bytes())?;
            }
            out.flush()
        };
        write().map_err(|error| Failure(format!("can't write to standard output: {error}")))?;
    }
    Ok(ExitCode::from(answer.exit))
}

/// A legacy exec plugin of kustomize is called with the path of its configuration as the first argument
/// (kubernetes-sigs/kustomize: api/internal/plugins/execplugin/execplugin.go).
fn legacy_plugin(arguments: &[OsString]) -> Option<PathBuf> {
    std::env::var_os("KUSTOMIZE_PLUGIN_CONFIG_STRING")?;
    arguments.get(1).map(PathBuf::from)
}

/// `--doc` as the functions SDK prints it (GoogleContainerTools/kpt-functions-sdk: go/fn/run.go).
fn doc() -> String {
    let doc = serde_json::json!({
        "short": cli::SHORT,
        "long": cli::LONG,
        "examples": cli::EXAMPLES,
        "image": cli::IMAGE,
        "tags": cli::TAGS,
        "examplePackageURLs": [concat!(env!("CARGO_PKG_REPOSITORY"), "/tree/main/examples/quickstart")],
        "license": env!("CARGO_PKG_LICENSE"),
        "sourceURL": env!("CARGO_PKG_REPOSITORY"),
    });
    format!("{doc:#}\n")
}

fn read_input() -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        say("reading manifests from the terminal; end them with Ctrl-D, or see `pullthrough --help`\n");
    }
    read_text(io::stdin().lock(), "the input")
}

/// Reads text to its end; `what` it is begins the sentences about what is wrong with it.
fn read_text(from: impl Read, what: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = from.take(INPUT_LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure(format!("can't read {what}: {error}")))?;
    if bytes.len() as u64 > INPUT_LIMIT {
        return Err(Failure(format!("{what} is larger than {} MiB; split it", INPUT_LIMIT >> 20)));
    }
    // It is kept to the end of the run, and was read into twice the room at times.
    bytes.shrink_to_fit();
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes().get(..valid).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure(format!("{what} is not UTF-8: line {line} has an invalid byte (byte {valid}); save it as UTF-8"))
    })
}

fn read_file(path: &Path) -> Result<String, String> {
    let name = path.display();
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(INPUT_LIMIT + 1).read_to_string(&mut text));
    match read {
        Ok(length) if length as u64 <= INPUT_LIMIT => Ok(text),
        Ok(_) => Err(format!("{name} is larger than {} MiB; split it", INPUT_LIMIT >> 20)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(format!("{name} is not UTF-8; save it as UTF-8, or remove it"))
        }
        Err(error) => Err(format!("can't read {name}: {error}")),
    }
}

fn environment() -> Result<Environment<'static>, Failure> {
    let now =
        SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| Failure("the clock is set before 1970".into()))?;
    Ok(Environment {
        now: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
        var: Box::new(|name| std::env::var(name).ok()),
        file: Box::new(|path| read_file(Path::new(path))),
    })
}

/// Prints what is for people. A reader that has seen enough, as `head` has, is not an error to report; the exit code still tells.
fn print(text: &str) -> Result<ExitCode, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::from(USAGE)),
        Err(error) => Err(Failure(format!("can't write to standard output: {error}"))),
    }
}

/// Prints what the program says of itself.
fn print_text(text: &str) -> Result<ExitCode, Failure> {
    stdout::check().and_then(|()| print(text))
}

/// Standard error is for people; if it is closed, there is nothing to do about it.
fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
    log::keep(text);
}

/// The same for diagnostics: on standard error in the style of the terminal, in the log each of them.
fn report(verbose: bool, render: impl Fn(Style) -> String) {
    let _ = io::stderr().lock().write_all(render(screen::of_stderr(verbose)).as_bytes());
    if log::is_kept() {
        log::keep(&render(Style { verbose: true, ..Style::PLAIN }));
    }
}

/// Lets a test see that a panic writes nothing. Only in builds with debug assertions.
#[expect(clippy::panic, reason = "a test looks at what a panic leaves behind")]
fn inject_panic() {
    if cfg!(debug_assertions) && std::env::var_os("PULLTHROUGH_INJECT_PANIC").is_some() {
        panic!("injected");
    }
}
