//! Paths to fields, in the words of kustomize's FieldSpec: `spec/template/spec/containers[]/image`.

/// A path to a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldSpec {
    text: String,
}

/// Why a text is no path.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no path")]
pub struct FieldSpecError;

impl FieldSpec {
    /// The path as it is written.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.text
    }
}
