//! What a pull-through proxy serves under which name, and the accounts that open it.

pub mod preset;

pub use preset::Preset;
