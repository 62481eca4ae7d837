//! The function inside the programs that people run it in, and against servers that speak the registry protocol: everything real, on
//! loopback. Other processes are started, so nothing here belongs in a unit test.
//!
//! `cargo test` runs what the machine has the programs for and reports the others as ignored. `.ci/run` installs them (`scripts/tools.sh`) and
//! sets `PULLTHROUGH_E2E=require`, with which a missing program is a failure.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

#[path = "../harness/mod.rs"]
#[macro_use]
mod harness;

mod changes;
mod package;
mod pages;
mod pipe;
mod process;
mod servers;
mod tools;
mod workdir;

mod airgap;
mod argocd;
mod argocd_server;
mod catalog;
mod component;
mod container;
mod dump;
mod flux;
mod github_actions;
mod helm;
mod hermetic;
mod kpt;
mod kubectl;
mod kubernetes;
mod kustomize;
mod license_proxy;
mod overlay_traps;
mod overlays;
mod packages;
mod proof;
mod pull;
mod registries;
mod replicated;
mod rotation;
mod stream;
mod wasm;

use std::process::ExitCode;

fn main() -> ExitCode {
    let tests = [
        airgap::tests(),
        argocd::tests(),
        argocd_server::tests(),
        catalog::tests(),
        changes::tests(),
        component::tests(),
        container::tests(),
        dump::tests(),
        flux::tests(),
        github_actions::tests(),
        helm::tests(),
        hermetic::tests(),
        kpt::tests(),
        kubectl::tests(),
        kubernetes::tests(),
        kustomize::tests(),
        license_proxy::tests(),
        overlay_traps::tests(),
        overlays::tests(),
        packages::tests(),
        pages::tests(),
        proof::tests(),
        pull::tests(),
        registries::tests(),
        replicated::tests(),
        rotation::tests(),
        servers::tests(),
        stream::tests(),
        wasm::tests(),
    ];
    harness::run("tests/e2e", tests.into_iter().flatten().collect())
}
