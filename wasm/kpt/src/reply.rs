//! From the ResourceList that kpt gives to the one that it gets.

use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Output, Request};
use pullthrough::report;

/// The end of a run, as the process would show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What the process writes to standard output, if it writes anything.
    pub output: Option<String>,
    /// What it writes to standard error.
    pub said: String,
    /// Its exit code.
    pub exit: u8,
}

/// What kpt looks for in the text that it gets: without it nothing is taken for a ResourceList (kpt: pkg/lib/fnruntime/nodejs.go).
const MARK: &str = "kind: ResourceList";

/// The most that is read, as everything goes through a buffer that is allocated at the start.
pub const INPUT_LIMIT: usize = 64 << 20;

/// The most that is written.
pub const OUTPUT_LIMIT: usize = 128 << 20;

/// Runs the function on `input`; `now` is in seconds since 1970.
#[must_use]
pub fn reply(input: &str, now: i64) -> Reply {
    let answer = match Analysis::read(input, Request::default(), &Environment::bare(now)) {
        Ok(found) => found.answer_without_network(),
        Err(answer) => *answer,
    };
    let said = report::answer(&answer, input, report::Style::PLAIN);
    let (Output::Done(edits) | Output::Refused(edits)) = &answer.output else {
        return Reply { output: None, said, exit: answer.exit };
    };
    let output = edits.apply();
    if !output.contains(MARK) {
        return Reply::failed(&format!(
            "kpt takes back only text that says `{MARK}`, and this input is no ResourceList, or one that is written in another way (JSON); \
             give a ResourceList in YAML, as kpt does"
        ));
    }
    if output.len() > OUTPUT_LIMIT {
        return Reply::failed(&format!("the output is larger than {} MiB; split the package", OUTPUT_LIMIT >> 20));
    }
    Reply { output: Some(output), said, exit: answer.exit }
}

impl Reply {
    /// The end of a run whose input or output can't be passed on.
    #[must_use]
    pub fn failed(why: &str) -> Self {
        Self { output: None, said: format!("error: {why}\n"), exit: 2 }
    }

    /// The end of a run that was given `length` bytes.
    #[must_use]
    pub fn too_large(length: u64) -> Self {
        Self::failed(&format!(
            "the input has {length} bytes, and this build reads at most {} MiB; split the package, or use the container or the program",
            INPUT_LIMIT >> 20
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_kpt_would_not_take_back_is_an_error() {
        let items = r#"{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","functionConfig":{"apiVersion":"pullthrough.dev/v1alpha1","kind":"PullThrough","metadata":{"name":"a"},"spec":{"proxies":[{"replicated":{"app":"a"}}]}},"items":[]}"#;
        let reply = reply(items, 0);
        assert_eq!((reply.output, reply.exit), (None, 2));
        assert!(reply.said.contains("`kind: ResourceList`"), "{}", reply.said);
    }
}
