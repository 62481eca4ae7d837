//! The function: what is not planned does not change, and what is planned does.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use pullthrough::access::{Verdicts, Verifications};
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Output, Request};
use pullthrough::yaml::{EditSet, Piece};

use super::planned::{self, CONFIG};
use super::{cases, data, manifests, mutants};

fn run<'t>(text: &'t str, config: &str) -> Output<'t> {
    let request = Request { config: Some(("config.yaml", config)), ..Request::default() };
    match Analysis::read(text, request, &Environment::bare(0)) {
        Ok(found) => found.answer(&Verdicts::new(), &Verifications::new()).output,
        Err(answer) => answer.output,
    }
}

/// Applies the edits, having checked that nothing else changes.
fn applied(edits: &EditSet<'_>, text: &str) -> Result<String, TestCaseError> {
    let mut end = 0;
    for edit in edits.edits() {
        prop_assert!(edit.span.start >= end && text.get(edit.span.start..edit.span.end).is_some(), "{:?}", edit);
        end = edit.span.end;
    }
    let (mut old, mut new) = (String::new(), String::new());
    for piece in edits.pieces() {
        let (was, is) = match piece {
            Piece::Kept(kept) => (kept, kept),
            Piece::Replaced { old, new } => (old, new),
        };
        old.push_str(was);
        new.push_str(is);
    }
    prop_assert_eq!(old, text);
    prop_assert_eq!(&new, &edits.apply());
    Ok(new)
}

/// Whether the run succeeded; if so, that it did what it should.
fn holds(text: &str) -> Result<bool, TestCaseError> {
    let Output::Done(edits) = run(text, CONFIG) else { return Ok(false) };
    let output = applied(&edits, text)?;
    let mut expected = data::read(text).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let is_planned = expected.iter_mut().map(planned::apply).fold(true, |all, one| all & one);
    let found = data::read(&output).map_err(|error| TestCaseError::fail(format!("{error} in\n{output}")))?;
    prop_assert!(
        !is_planned || found == expected,
        "{text}\nbecame\n{output}\nwhich says {found:?}\nand not   {expected:?}"
    );
    let Output::Done(again) = run(&output, CONFIG) else {
        return Err(TestCaseError::fail(format!("the second run fails on\n{output}")));
    };
    prop_assert!(again.apply() == output, "the second run changes\n{output}\nto\n{}", again.apply());
    Ok(true)
}

fn all_public() -> String {
    CONFIG.replace("private:", "public:").replace("extra: [added]", "create: auto")
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn the_plan_and_nothing_else(text in manifests()) {
        holds(&text)?;
    }

    #[test]
    fn no_need_no_change(text in mutants()) {
        if let Output::Done(edits) = run(&text, &all_public()) {
            prop_assert_eq!(edits.apply(), text);
        }
    }

    #[test]
    fn mutants_are_changed_soundly(text in mutants()) {
        if let Output::Done(edits) = run(&text, CONFIG) {
            let output = applied(&edits, &text)?;
            prop_assert!(data::read(&output).is_ok(), "{text}\nbecame\n{output}");
        }
    }
}

#[test]
fn most_runs_succeed() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut done = 0;
    for _ in 0..300 {
        let text = manifests().new_tree(&mut runner).unwrap().current();
        done += usize::from(holds(&text).unwrap());
    }
    assert!(done > 150, "only {done} of 300 runs succeed");
}
