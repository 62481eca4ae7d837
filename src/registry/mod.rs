//! The only sockets of the package: a client that sends what a session says, and nothing else.

mod client;
mod client_error;
mod exchange;
mod failure;
mod open_files;
mod pool;
mod resolve;
mod settings;
mod tls;

pub use client::{Client, Event};
pub use client_error::ClientError;
pub use settings::{Lookup, Settings};
