//! The conversation with registries, driven by a fake clock against scripted servers: no socket, no waiting.

#![cfg(feature = "probe")]
// Clippy knows by this that the helpers are tests as well.
#![cfg(test)]

mod credentials;
mod failures;
mod limited;
mod order;
mod peers;
mod personalities;
mod properties;
mod requests;
mod script;
mod tables;
mod verify;
