//! Runs a program to its end.

use std::io::{Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// No program here has a reason to run longer; kpt's own limit for a function is five minutes.
const LIMIT: Duration = Duration::from_secs(120);

/// What a program said and how it ended.
pub(crate) struct Finished {
    /// The exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    /// All of its stdout.
    pub(crate) stdout: String,
    /// All of its stderr.
    pub(crate) stderr: String,
}

impl Finished {
    /// Its stdout, if it succeeded.
    ///
    /// # Panics
    /// With all that it said when it failed.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert!(self.code == Some(0), "it failed with {self}");
        self.stdout
    }

    /// Itself, if it failed.
    #[track_caller]
    pub(crate) fn failure(self) -> Finished {
        assert!(self.code.is_some_and(|code| code != 0), "it should have failed: {self}");
        self
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {:?}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// Runs a command with this text on its stdin and waits for its end.
///
/// # Panics
/// When it can't be started or is not done after two minutes.
#[track_caller]
pub(crate) fn run(command: &mut Command, stdin: &str) -> Finished {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (mut pipe, text) = (child.stdin.take().expect("it is piped"), stdin.to_owned());
    // A program may end without having read its input; that is no failure of the writer.
    let writer = thread::spawn(move || drop(pipe.write_all(text.as_bytes())));
    let stdout = collect(child.stdout.take().expect("it is piped"));
    let stderr = collect(child.stderr.take().expect("it is piped"));
    let code = wait(&mut child, command);
    writer.join().expect("writing does not panic");
    let text = |reader: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8(reader.join().expect("reading does not panic")).expect("programs here print UTF-8")
    };
    Finished { code, stdout: text(stdout), stderr: text(stderr) }
}

fn collect(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

fn wait(child: &mut Child, command: &Command) -> Option<i32> {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status.code();
        }
        if Instant::now() > end {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{command:?} was not done after {} seconds", LIMIT.as_secs());
        }
        thread::sleep(Duration::from_millis(5));
    }
}
