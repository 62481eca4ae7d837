//! The rules of ARCHITECTURE.md about who may know whom.
//!
//! They are read from the parsed sources: every form of `use`, and every path in code, in types and in the arguments of macros. Code for
//! tests does not count.
#![cfg(test)]

mod circles;
mod modules;
mod paths;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use circles::circles;
use modules::{Module, Modules};

static LIBRARY: LazyLock<Modules> = LazyLock::new(Modules::library);

/// The rooms from the top down.
const ROOMS: [&str; 16] = [
    "report",
    "component",
    "function",
    "registry",
    "plan",
    "access",
    "credentials",
    "workload",
    "config",
    "replicated",
    "proxy",
    "krm",
    "environment",
    "yaml",
    "image",
    "schema",
];

/// What only the process and the client may use: files, variables, sockets, clocks, threads.
const WORLD: [&str; 12] = [
    "std::env",
    "std::fs",
    "std::io::stdin",
    "std::io::stdout",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
];

#[test]
fn a_room_knows_only_those_on_lower_lines() {
    let mut seen = 0;
    for module in LIBRARY.iter() {
        for used in module.uses.iter().filter_map(|path| LIBRARY.find(path)) {
            let (own, other) = (rank(module), rank(used));
            let Some((own, other)) = own.zip(other).filter(|(own, other)| own != other) else { continue };
            assert!(
                own < other,
                "{}: `{}` may not know `{}`, which stands above it",
                module.file,
                ROOMS[own],
                ROOMS[other]
            );
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} uses of other rooms were seen");
}

#[test]
fn every_module_is_in_a_room() {
    let outside: Vec<&str> =
        LIBRARY.iter().filter(|module| rank(module).is_none()).map(|module| module.file.as_str()).collect();
    assert_eq!(outside, ["lib.rs"]);
}

/// A module and its own parts may know each other: they are one idea in several files.
#[test]
fn files_know_each_other_in_one_direction() {
    let is_one_idea = |circle: &BTreeSet<&Module>| {
        circle.iter().any(|whole| circle.iter().all(|part| part.path.starts_with(&whole.path)))
    };
    let found: Vec<String> = circles(&LIBRARY)
        .into_iter()
        .filter(|circle| !is_one_idea(circle))
        .map(|circle| circle.into_iter().map(|module| module.file.as_str()).collect::<Vec<_>>().join(" <-> "))
        .collect();
    assert!(found.is_empty(), "files that know each other in a circle:\n{}", found.join("\n"));
}

#[test]
fn only_the_client_and_the_process_touch_the_world() {
    for module in LIBRARY.iter().filter(|module| module.room() != "registry") {
        for path in &module.uses {
            let path = path.join("::");
            let touched = WORLD.iter().find(|world| path == **world || path.starts_with(&format!("{world}::")));
            assert_eq!(touched, None, "{} uses {path}", module.file);
        }
    }
}

fn rank(module: &Module) -> Option<usize> {
    ROOMS.iter().position(|room| *room == module.room())
}
