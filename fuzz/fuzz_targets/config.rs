//! Any text as a configuration: problems are on lines that are there, and printing them does not panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Request};
use pullthrough::access::{Verdicts, Verifications};
use pullthrough::report;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: nginx:1.25}]}\n";

fuzz_target!(|text: &str| {
    let request = Request { config: Some(("config.yaml", text)), ..Request::default() };
    let answer = match Analysis::read(POD, request, &Environment::bare(0)) {
        Ok(found) => found.answer(&Verdicts::new(), &Verifications::new()),
        Err(answer) => *answer,
    };
    let _ = report::lines(&answer);
    if let Some(problems) = &answer.problems {
        assert!(!report::config(problems, text).is_empty());
    }
});
