//! What is wrong with what a user says about a proxy.

/// What is wrong with what a user says about a proxy, and in which field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {problem}")]
pub struct PresetError {
    /// The field as a configuration writes it.
    pub field: &'static str,
    /// A sentence: what was found, what was expected.
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
}
