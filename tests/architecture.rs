//! The rule of ARCHITECTURE.md: a room knows only those on lower lines.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the top down.
const ROOMS: [&str; 17] = [
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
    "",
];

/// The process, which is all that the rooms are for.
const PROCESS: &str = "bin";

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|name| *name == room)
}

#[test]
fn a_room_knows_only_those_on_lower_lines() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut checked = 0;
    for file in files {
        let relative = file.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let room = relative.split('/').next().unwrap().trim_end_matches(".rs");
        let Some(own) = rank(room).filter(|_| !room.is_empty()) else {
            assert!(room == "lib" || room == PROCESS, "{relative} is in no room");
            continue;
        };
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let uses = code.split("crate::").skip(1).map(|rest| {
            let end = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(rest.len());
            rest.split_at(end).0
        });
        for used in uses.filter(|used| *used != room) {
            let rank = rank(used).unwrap_or_else(|| panic!("{relative} uses crate::{used}, which is no room"));
            assert!(rank > own, "{relative}: `{room}` may not know `{used}`, which stands above it or beside it");
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} uses were seen");
}

#[test]
fn only_the_client_and_the_process_touch_the_world() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    for file in files {
        let relative = file.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        if relative.starts_with("registry/") || relative.starts_with("bin/") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for word in [
            "std::fs",
            "std::env",
            "std::net::Tcp",
            "SystemTime",
            "Instant",
            "std::process",
            "tokio",
            "reqwest",
            "std::thread",
        ] {
            assert!(!code.contains(word), "{relative} uses {word}");
        }
    }
}
