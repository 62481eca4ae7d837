//! Any text, as a stream and as the items of a ResourceList: what is not edited stays, what comes out is YAML, and a second run has
//! nothing to do.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Output, Request};
use pullthrough::access::{Verdicts, Verifications};
use pullthrough::yaml::{Piece, parse};

const CONFIG: &str = "apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: fuzz}
spec:
  proxies:
  - template: {host: mirror.corp.example, pattern: \"{host}/m/{registry}/{repository}\"}
    credentials: {anonymous: {}}
  images: {private: [\"**\"]}
  pullSecret: {extra: [added]}
";

fn run<'t>(text: &'t str, config: Option<&str>) -> Output<'t> {
    let request = Request { config: config.map(|config| ("config.yaml", config)), ..Request::default() };
    match Analysis::read(text, request, &Environment::bare(0)) {
        Ok(found) => found.answer(&Verdicts::new(), &Verifications::new()).output,
        Err(answer) => answer.output,
    }
}

/// The text after a run that succeeded, or whose results alone were written.
fn applied(output: &Output<'_>, text: &str) -> Option<String> {
    let (Output::Done(edits) | Output::Refused(edits)) = output else { return None };
    let mut end = 0;
    for edit in edits.edits() {
        assert!(edit.span.start >= end && text.get(edit.span.start..edit.span.end).is_some(), "{edit:?}");
        end = edit.span.end;
    }
    let old: String = edits
        .pieces()
        .map(|piece| match piece {
            Piece::Kept(text) | Piece::Replaced { old: text, .. } => text,
        })
        .collect();
    assert_eq!(old, text);
    let new = edits.apply();
    parse::outline(&new, &[], |_| ()).unwrap_or_else(|error| panic!("{error} in\n{new}"));
    Some(new)
}

/// The items, without results, which differ from run to run.
fn twice(text: &str, config: Option<&str>) {
    let output = run(text, config);
    let Some(once) = applied(&output, text) else { return };
    let Output::Done(_) = output else { return };
    let again = run(&once, config);
    assert!(matches!(again, Output::Done(_)), "the second run fails on\n{once}");
    let again = applied(&again, &once).unwrap_or_default();
    if config.is_some() && !once.contains("ResourceList") {
        assert_eq!(again, once, "the second run changes something");
    }
}

fuzz_target!(|text: &str| {
    twice(text, Some(CONFIG));
    let indented = |text: &str| text.replace('\n', "\n  ");
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {}\nfunctionConfig:\n  {}\n",
        indented(text),
        indented(CONFIG)
    );
    twice(&list, None);
});
