//! `pullthrough run -- COMMAND`: the manifests are what a command prints, for callers without a shell and thus without
//! pipes.
//!
//! It is stricter than a pipe: a command that fails, is ended by a signal or prints nothing is an error, and then nothing is written. Argo CD
//! would take half of an application for all of it, and prune the rest (argoproj/argo-cd: docs/operator-manual/config-management-plugins.md).
//!
//! The command stays in the process group that we are in, so a signal to the group, which is what Argo CD, `timeout` and a terminal send, ends
//! both. A signal to us alone leaves the command to find its output closed. There is no time limit here.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use super::{Failure, read_text};

/// All that a command prints on its standard output. Its standard error is ours.
///
/// It is found in `PATH`, not in the folder that it is run in, where the manifests may be untrusted; and it does not get our variables.
pub(crate) fn output_of(command: &[OsString]) -> Result<String, Failure> {
    let [program, arguments @ ..] = command else { return Err(Failure("no command to run".into())) };
    // Arguments may hold secrets; the program's name is enough to find it.
    let name = Path::new(program).file_name().unwrap_or(program).to_string_lossy();
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::piped());
    for variable in ours() {
        command.env_remove(variable);
    }
    let mut child = command.spawn().map_err(|error| Failure(not_started(&name, &error)))?;
    let text = match child.stdout.take() {
        Some(stdout) => read_text(stdout, &format!("the output of `{name}`")),
        None => Ok(String::new()),
    };
    if text.is_err() {
        // The rest is not read, because it may be endless.
        end(&mut child);
    }
    let status = child.wait().map_err(|error| Failure(format!("can't wait for `{name}`: {error}")))?;
    let text = text?;
    if !status.success() {
        return Err(Failure(format!("`{name}` {}; nothing was written", how(status))));
    }
    if is_blank(&text) {
        return Err(Failure(format!("`{name}` printed no manifests; expected some on its standard output")));
    }
    Ok(text)
}

/// The variables that are for us alone. Most are credentials.
fn ours() -> impl Iterator<Item = OsString> {
    std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("PULLTHROUGH_"))
}

/// Whether there is nothing but comments and document markers, as Helm prints for a chart without objects.
fn is_blank(text: &str) -> bool {
    text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#') || line == "---" || line == "...")
}

fn not_started(name: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("no program `{name}` in PATH; install it, or give its path"),
        _ => format!("can't start `{name}`: {error}"),
    }
}

/// A child that is over already needs no end.
fn end(child: &mut Child) {
    let _ = child.kill();
}

fn how(status: ExitStatus) -> String {
    status.code().map_or_else(|| format!("was killed ({status})"), |code| format!("failed with exit code {code}"))
}
