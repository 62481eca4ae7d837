//! The licence ID: the password of Replicated's registries.

use std::fmt;

/// A licence ID. `Debug` hides it; there is no `Display` and no `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct LicenseId(String);

impl LicenseId {
    /// Blanks around it, the line end of a file for one, do not belong to it. None when nothing else is there.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| Self(trimmed.to_owned()))
    }

    /// Whether it could be one: a single word of letters, digits and the like. A whole licence or a template is none.
    pub(crate) fn is_plausible(&self) -> bool {
        self.0.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    }

    /// The ID itself, for whoever makes a credential of it and for nothing else.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LicenseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LicenseId(..)")
    }
}
