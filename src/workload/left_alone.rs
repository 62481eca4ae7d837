//! Images that were seen and not worked on, for those who want to see every image: `check`.

use std::fmt;

use crate::krm::{Code, Severity};

/// A field with an image, or with what stands in place of one, that was left alone.
#[derive(Clone, Debug)]
pub struct LeftAlone {
    /// Its text, as it may be shown: of a Secret, and of what is no text, never the value.
    pub text: String,
    /// Why.
    pub why: Why,
    /// The field's path.
    pub path: String,
    /// The field's line, counted from 1.
    pub line: usize,
}

/// Why a field was left alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Its object has the annotation `pullthrough.dev/skip`.
    SkipAnnotation,
    /// Its object is local configuration, which no cluster gets.
    LocalConfig,
    /// KOTS leaves its object out of what it deploys, for this annotation.
    ExcludedByKots(String),
    /// Its object is taken out of the output (`spec.replicatedObjects: drop`).
    Dropped,
    /// Its pull policy says that nothing is pulled.
    NeverPulled,
    /// It is empty: a webhook or a controller sets it.
    Empty,
    /// It holds no reference.
    NotAReference,
}

impl Why {
    /// The code of the row.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::SkipAnnotation | Self::LocalConfig => Code::Skipped,
            Self::ExcludedByKots(_) => Code::Excluded,
            Self::Dropped => Code::ReplicatedObject,
            Self::NeverPulled => Code::NeverPulled,
            Self::Empty => Code::Placeholder,
            Self::NotAReference => Code::InvalidReference,
        }
    }

    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::NotAReference => Severity::Warning,
            _ => Severity::Info,
        }
    }

    /// The reason for a field that was left alone for a diagnostic with this code. `None`: it was not left alone for that.
    pub(super) fn of_code(code: Code) -> Option<Self> {
        match code {
            Code::NeverPulled => Some(Self::NeverPulled),
            Code::Placeholder => Some(Self::Empty),
            Code::InvalidReference => Some(Self::NotAReference),
            _ => None,
        }
    }
}

/// In a few words.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SkipAnnotation => f.write_str("skip annotation"),
            Self::LocalConfig => f.write_str("local configuration"),
            Self::ExcludedByKots(annotation) => write!(f, "excluded by {annotation}"),
            Self::Dropped => f.write_str("dropped with its object"),
            Self::NeverPulled => f.write_str("the pull policy is Never"),
            Self::Empty => f.write_str("empty"),
            Self::NotAReference => f.write_str("not a valid reference"),
        }
    }
}
