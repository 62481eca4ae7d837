//! Makes every image in a set of Kubernetes manifests pullable through a proxy, and changes nothing else.
//!
//! The modules are the rooms of `ARCHITECTURE.md`. They are public for the tests and the WASM shells;
//! what is stable for users is named there, and the Rust modules are not part of it.

#![forbid(unsafe_code)]

pub mod access;
pub mod component;
pub mod config;
pub mod credentials;
pub mod environment;
pub mod function;
pub mod image;
pub mod krm;
pub mod plan;
pub mod proxy;
#[cfg(feature = "net")]
pub mod registry;
pub mod replicated;
pub mod report;
#[cfg(feature = "schema")]
mod schema;
pub mod workload;
pub mod yaml;
