//! The only sockets of the package: a client that sends what a session says, and nothing else.

mod client;
mod exchange;
mod failure;
mod resolve;
mod settings;
mod tls;

pub use client::{Client, ClientError, Event};
pub use settings::{Lookup, Settings};
