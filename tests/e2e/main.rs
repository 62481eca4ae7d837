//! The function inside the programs that people run it in, and against servers that speak the registry protocol: everything real, on
//! loopback. Other processes are started, so nothing here belongs in a unit test.
//!
//! `cargo test` runs what the machine has the programs for and says what it skipped. `.ci/run` installs them (`scripts/tools.sh`) and sets
//! `PULLTHROUGH_E2E=require`, with which a missing program is a failure.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

mod changes;
mod package;
mod pages;
mod pipe;
mod process;
mod servers;
mod tools;
mod workdir;

mod argocd;
mod catalog;
mod component;
mod container;
mod dump;
mod github_actions;
mod helm;
mod hermetic;
mod kpt;
mod kubectl;
mod kustomize;
mod license_proxy;
mod overlay_traps;
mod overlays;
mod packages;
mod proof;
mod pull;
mod registries;
mod replicated;
mod stream;
mod wasm;
