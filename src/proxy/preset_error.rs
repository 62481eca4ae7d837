//! What is wrong with what a user says about a proxy.

use std::fmt;

/// What is wrong with what a user says about a proxy, and in which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetError {
    /// The field as a configuration writes it.
    pub field: &'static str,
    /// What was found, what was expected: a sentence, or what follows the field's name in one (`is missing`).
    pub problem: String,
}

impl PresetError {
    /// For use with `map_err`.
    pub(super) fn of(field: &'static str) -> impl Fn(String) -> PresetError {
        move |problem| PresetError { field, problem }
    }

    pub(super) fn new(field: &'static str, problem: impl Into<String>) -> PresetError {
        PresetError { field, problem: problem.into() }
    }

    /// Whether the problem says something of the field itself, so that only the two together are a sentence.
    pub(crate) fn is_about_the_field(&self) -> bool {
        self.problem.starts_with("is ")
    }
}

impl std::error::Error for PresetError {}

impl fmt::Display for PresetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.is_about_the_field() { "" } else { ":" };
        write!(f, "`{}`{colon} {}", self.field, self.problem)
    }
}
