//! Stands in for the presets until they are merged.

use serde::Deserialize;

/// How a product lays out names.
#[derive(Clone, PartialEq, Debug)]
pub enum Preset {
    /// Replicated.
    Replicated(Replicated),
}

/// Replicated.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Replicated {
    /// The slug of the application.
    pub app: Option<String>,
}
