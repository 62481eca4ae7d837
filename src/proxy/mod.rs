//! What a pull-through proxy serves under which name, and the accounts that open it.

pub(crate) mod host;
pub mod layout;
mod pattern;
pub mod preset;
mod preset_error;
mod standing;
mod target_error;
mod upstream;

pub use layout::Layout;
pub use preset::{Preset, PresetUnion, UnionError};
pub use preset_error::PresetError;
pub use standing::Standing;
pub use target_error::TargetError;
