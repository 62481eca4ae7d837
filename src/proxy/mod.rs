//! What a pull-through proxy serves under which name, and the accounts that open it.

pub mod account;
pub mod docker_config;
mod keyring;

pub use account::{Basic, Entry};
pub use docker_config::{DockerConfig, DockerConfigError};
