//! What a pull-through proxy serves under which name, and the accounts that open it.

pub mod account;
pub mod docker_config;
pub(crate) mod host;
mod keyring;
pub mod layout;
mod pattern;
pub mod preset;
mod preset_error;
mod standing;
mod target_error;
mod upstream;

pub use account::{Basic, Entry};
pub use docker_config::{DockerConfig, DockerConfigError};
pub use layout::Layout;
pub use preset::{Preset, PresetUnion, UnionError};
pub use preset_error::PresetError;
pub use standing::Standing;
pub use target_error::TargetError;
