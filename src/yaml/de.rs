//! Typed values out of nodes.

use super::node::Span;

/// What is wrong with a value, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The field, as in `spec.proxies[0].harbor.host`.
    pub path: String,
    /// The bytes to point at.
    pub span: Span,
    /// What was found, what was expected, what to do next.
    pub message: String,
}
