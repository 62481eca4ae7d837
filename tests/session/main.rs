//! The conversation with registries, driven by a fake clock against scripted servers: no socket, no waiting.

#![cfg(feature = "probe")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod credentials;
mod failures;
mod peers;
mod personalities;
mod requests;
mod script;
mod tables;
