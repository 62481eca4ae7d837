//! What a pull-through proxy serves under which name, and the accounts that open it.

pub(crate) mod host;
pub mod layout;
mod pattern;
mod placement;
pub mod preset;
mod preset_error;
mod target_error;
mod upstream;

pub use layout::Layout;
pub use placement::Placement;
pub use preset::{Preset, PresetUnion, UnionError};
pub use preset_error::PresetError;
pub use target_error::TargetError;
