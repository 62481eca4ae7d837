//! Typed values out of nodes, through serde.
//!
//! Nothing is converted: null is not `""`, `on` is no boolean, `1e3` is no whole number. A key without a value is an error even where
//! the field is optional, because the author of the key meant to set something. Merge keys (`<<`) are followed, as everywhere.
//!
//! serde ends at the first error. To tell all of them, the value that had it is left out and the rest is read again, until nothing new
//! comes up. Unknown fields are told by the reader itself, so that every struct refuses them.
//!
//! A tuple struct is read from one mapping: each of its fields is a struct that takes the keys it knows. That is what serde's `flatten`
//! does, without its buffer, in which places would be lost. One with required fields comes last: where such a field is wrong, what
//! would be read after it is not.

mod error;
mod fields;
mod nearest;
mod problem;
mod source;
mod walk;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use serde::Deserialize;

pub use error::Error;
pub use fields::field_names;
pub use problem::Problem;
pub use source::Parts;

use super::view::View;
pub use nearest::nearest;
use source::{Form, Source};

/// Reading again ends here: more problems at once would not help anyone.
const MOST_PROBLEMS: usize = 100;
/// Reads the value at `view`.
///
/// # Errors
/// All problems it has, in the order of the text.
pub fn read<'a, T: Deserialize<'a>>(view: &View<'a>) -> Result<T, Vec<Problem>> {
    read_with(view, Form::Typed, |source| T::deserialize(source))
}

/// Reads the mapping of strings at `view`, such as the `data` of a `ConfigMap`: `true` and numbers are words there, and lists have commas.
///
/// # Errors
/// All problems it has, in the order of the text.
pub fn read_words<'a, T>(
    view: &View<'a>,
    build: impl Fn(&Parts<'_, 'a>) -> Result<T, Error>,
) -> Result<T, Vec<Problem>> {
    read_with(view, Form::Words, |source| source.parts(&build))
}

fn read_with<'a, T>(
    view: &View<'a>,
    form: Form,
    build: impl Fn(Source<'_, 'a>) -> Result<T, Error>,
) -> Result<T, Vec<Problem>> {
    let notes = Notes::default();
    loop {
        notes.values.set(0);
        let source = Source::new(view, form, &notes);
        let error = match build(source) {
            Ok(value) if notes.problems.borrow().is_empty() => return Ok(value),
            Ok(_) => break,
            Err(error) => error.at(view, String::new),
        };
        if !notes.note(error) || notes.is_exhausted.get() {
            break;
        }
    }
    let mut problems = notes.problems.into_inner();
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    Err(problems)
}

/// What was found out so far.
#[derive(Default)]
struct Notes {
    problems: RefCell<Vec<Problem>>,
    left_out: RefCell<BTreeSet<String>>,
    /// The values that were read since the beginning.
    values: Cell<usize>,
    /// Whether aliases made too many of them.
    is_exhausted: Cell<bool>,
}

impl Notes {
    /// Notes the error and the value to skip. `false`: reading again would not help.
    fn note(&self, error: Error) -> bool {
        let Some(place) = error.into_place() else { return false };
        if let Some(problem) = place.problem {
            self.tell(problem);
        }
        let is_root = place.value.is_empty();
        let is_new = self.left_out.borrow_mut().insert(place.value);
        is_new && !is_root && self.problems.borrow().len() < MOST_PROBLEMS
    }

    fn tell(&self, problem: Problem) {
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// Counts a value of a tree with so many nodes. Aliases may show its nodes a few times: what is read takes memory of the order of the text.
    fn is_affordable(&self, nodes: usize) -> bool {
        self.values.set(self.values.get() + 1);
        let is_affordable = self.values.get() <= 4 * nodes + 1024;
        self.is_exhausted.set(self.is_exhausted.get() || !is_affordable);
        is_affordable
    }

    fn is_left_out(&self, value: &str) -> bool {
        self.left_out.borrow().contains(value)
    }
}

/// "`prefx`, did you mean `prefix`? expected one of …"
#[must_use]
pub fn instead_of(found: &str, known: &[&str]) -> String {
    let meant = nearest(found, known).map(|word| format!(", did you mean `{word}`?")).unwrap_or_default();
    if known.is_empty() {
        return format!("`{found}`: expected no fields here");
    }
    let joint = if meant.is_empty() { ":" } else { "" };
    format!("`{found}`{meant}{joint} expected one of `{}`", known.join("`, `"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::yaml::parse::{self, Split};

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Inner {
        a: u8,
        b: Option<i64>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct More {
        #[serde(default)]
        c: Vec<String>,
        d: Option<BTreeMap<String, Inner>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Both(More, Inner);

    fn both(view: &View<'_>) -> Result<Both, Vec<Problem>> {
        read(view)
    }

    fn with<T>(text: &str, f: impl Fn(&View<'_>) -> Result<T, Vec<Problem>>) -> Result<T, Vec<String>> {
        let mut made = None;
        parse::objects(
            text,
            |_| Split::Whole,
            |_, tree| {
                made = Some(f(&tree.view()));
                Ok::<(), parse::Error>(())
            },
        )
        .unwrap();
        made.unwrap().map_err(|problems| problems.into_iter().map(|p| format!("{}: {}", p.path, p.message)).collect())
    }

    #[test]
    fn structs_share_a_mapping() {
        let value = with("{a: 1, c: [x], d: {k: {a: 2, b: -3}}}", both).unwrap();
        let inner = Inner { a: 2, b: Some(-3) };
        let more = More { c: vec!["x".to_owned()], d: Some(BTreeMap::from([("k".to_owned(), inner)])) };
        assert_eq!(value, Both(more, Inner { a: 1, b: None }));
    }

    #[test]
    fn a_field_that_is_wrong_is_not_missing_as_well() {
        let problems = with("{a: 300, c: {}, d: {k: {a: x}, l: {}}, e: 1}", both).unwrap_err();
        assert_eq!(
            problems,
            [
                "a: expected a whole number from 0 to 255, found `300`",
                "c: expected a list, found a mapping; begin each entry with `- `",
                "d.k.a: expected a whole number from 0 to 255, found a string",
                "d.l: `a` is required here but missing; add it",
            ]
        );
    }

    #[test]
    fn words_are_numbers_and_lists() {
        let read = |text: &str| {
            with(text, |view| read_words(view, |parts| Ok((parts.part::<More>()?, parts.part::<Inner>()?))))
        };
        let (more, inner) = read("{a: \"7\", c: \"x, y,\"}").unwrap();
        assert_eq!((inner.a, more.c), (7, vec!["x".to_owned(), "y".to_owned()]));
        assert_eq!(
            read("{a: 7, d: x}").unwrap_err(),
            [
                "a: expected a string, found a number; put it in quotes",
                "d: expected a mapping, found a string; `data` holds strings only: write a `spec` instead",
            ]
        );
    }

    #[test]
    fn aliases_of_aliases_end() {
        let mut text = "{l0: &l0 {x: 1}".to_owned();
        for level in 1..40 {
            text.push_str(&format!(", l{level}: &l{level} {{<<: [*l{0}, *l{0}]}}", level - 1));
        }
        text.push_str(", d: {<<: *l39}}");
        let problems = with(&text, |view| read::<More>(&view.get("d").unwrap().unwrap())).unwrap_err();
        assert!(problems.iter().any(|problem| problem.contains("nested YAML aliases")), "{problems:?}");
    }
}
