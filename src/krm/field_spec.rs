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
impl FieldSpec {
    /// provisional
    pub fn parse(text: &str) -> Result<Self, FieldSpecError> { Ok(Self { text: text.into() }) }
    /// provisional
    pub fn find<'a>(&self, view: &crate::yaml::View<'a>) -> Result<Vec<crate::yaml::View<'a>>, crate::yaml::Fault> {
        let mut at = vec![view.clone()];
        for segment in self.text.split('/') {
            let (key, fan) = segment.strip_suffix("[]").map_or((segment, false), |key| (key, true));
            let mut next = Vec::new();
            for view in at {
                if key == "*" { next.extend(view.entries().into_iter().map(|(_, value)| value)); continue; }
                if let Some(found) = view.get(key)? { if fan || found.is_sequence() { next.extend(found.items()?) } else { next.push(found) } }
            }
            at = next;
        }
        Ok(at)
    }
}
