//! A test runner for tests that may find out, while they run, that something they need is absent.
//!
//! It looks and is called like Rust's own, which can't say "ignored" at run time: there a test that finds nothing to do counts as passed.
//! A file lists its tests with [`tests!`]; the compiler warns of a function that no list has.

use std::cell::RefCell;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

thread_local! {
    static IGNORED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Marks the running test as ignored for this reason. The test then returns.
///
/// # Panics
/// When `PULLTHROUGH_E2E` is `require`: in CI everything must be there.
pub(crate) fn ignore(reason: impl Into<String>) {
    let reason = reason.into();
    assert!(!is_required(), "{reason}");
    IGNORED.set(Some(reason));
}

/// Whether an absent program or file is a failure.
pub(crate) fn is_required() -> bool {
    std::env::var_os("PULLTHROUGH_E2E").is_some_and(|mode| mode == "require")
}

/// One test. Its name is its path below the crate.
pub(crate) fn test(module: &str, name: &str, body: fn()) -> Trial {
    let module = module.split_once("::").map_or(String::new(), |(_, module)| format!("{module}::"));
    Trial::ignorable_test(format!("{module}{name}"), move || {
        body();
        Ok(IGNORED.take().map_or(Completion::Completed, Completion::ignored_with))
    })
}

/// Runs the tests that the command line asks for. `source` is the test's file or folder below its package: a function that has the attribute
/// `test` there would never run, and is a failure.
pub(crate) fn run(source: &str, mut tests: Vec<Trial>) -> ExitCode {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    tests.push(Trial::test("every_test_is_listed", move || match with_the_attribute(&source).as_slice() {
        [] => Ok(()),
        files => Err(format!("list the tests of {} with `tests!`", files.join(", ")).into()),
    }));
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

fn with_the_attribute(source: &Path) -> Vec<String> {
    if let Ok(entries) = std::fs::read_dir(source) {
        return entries.flatten().flat_map(|entry| with_the_attribute(&entry.path())).collect();
    }
    let attribute = format!("#[{}]", "test");
    let is_rust = source.extension().is_some_and(|extension| extension == "rs");
    let found = is_rust && std::fs::read_to_string(source).is_ok_and(|text| text.contains(&attribute));
    found.then(|| source.display().to_string()).into_iter().collect()
}

/// The tests of a file, as its function `tests`.
macro_rules! tests {
    ($($name:ident),+ $(,)?) => {
        pub(crate) fn tests() -> Vec<libtest_mimic::Trial> {
            vec![$(crate::harness::test(module_path!(), stringify!($name), $name)),+]
        }
    };
}
