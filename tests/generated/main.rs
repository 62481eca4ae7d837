//! The files that are made from the Rust types and from the program, and are equal to what is made of them now.
//!
//! `BLESS=1 cargo test --test generated` writes them anew: read the difference before it is committed.
#![cfg(test)]

mod definition;
mod kinds;
mod page;
mod yaml;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What the program prints.
fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pullthrough")).env_clear().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the program says that it is.
fn doc() -> Value {
    serde_json::from_str(&printed(&["--doc"])).unwrap()
}

#[track_caller]
fn is_up_to_date(name: &str, text: &str) {
    let path = file(name);
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, text).unwrap();
        return;
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    let differs = found.lines().zip(text.lines()).position(|(found, made)| found != made);
    let line = differs.unwrap_or_else(|| found.lines().count().min(text.lines().count()));
    assert!(
        found == text,
        "{name} differs from what it is generated from, first on line {}: `{}`, expected `{}`; run `BLESS=1 cargo test --test generated`",
        line + 1,
        found.lines().nth(line).unwrap_or_default(),
        text.lines().nth(line).unwrap_or_default(),
    );
}

#[test]
fn the_schema() {
    let schema = pullthrough::config::schema::schema();
    is_up_to_date("fn-config/schema.json", &format!("{schema:#}\n"));
}

#[test]
fn the_schema_of_check() {
    let schema = pullthrough::report::check::schema();
    is_up_to_date("fn-config/check.schema.json", &format!("{schema:#}\n"));
}

#[test]
fn the_definition() {
    let definition = definition::definition(&pullthrough::config::schema::schema(), &doc());
    definition::is_structural(&definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"], "");
    is_up_to_date("fn-config/KRMFunctionDefinition.yaml", &yaml::document(&definition));
}

/// The catalog's file about a function (kptdev/krm-functions-catalog, "Function Metadata Schema").
#[test]
fn the_metadata() {
    let doc = doc();
    let metadata = json!({
        "image": doc["image"],
        "description": doc["short"],
        "tags": doc["tags"],
        "sourceURL": doc["sourceURL"],
        "examplePackageURLs": doc["examplePackageURLs"],
        "license": doc["license"],
    });
    assert!(!metadata["image"].as_str().unwrap().rsplit('/').next().unwrap().contains([':', '@']), "without a tag");
    let known =
        ["mutator", "validator", "generator", "viewer", "test", "testing", "timing", "name prefix", "name suffix"];
    assert!(metadata["tags"].as_array().unwrap().iter().all(|tag| known.contains(&tag.as_str().unwrap())));
    is_up_to_date("fn-config/metadata.yaml", &yaml::document(&metadata));
}

#[test]
fn the_reference_page() {
    let page = page::page(&pullthrough::config::schema::schema());
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let mut links = 0;
    for target in targets {
        let is_there = match target.strip_prefix('#') {
            Some(anchor) => {
                let heading = format!("\n## {}\n", anchor.replace('-', " "));
                page.contains(&format!("<a id=\"{anchor}\"></a>")) || page.to_lowercase().contains(&heading)
            }
            None => file("docs").join(target).exists(),
        };
        assert!(is_there, "{target} leads nowhere");
        links += 1;
    }
    assert!(links > 40, "only {links} links");
    is_up_to_date("docs/reference.md", &page);
}

#[test]
fn the_page_about_custom_resources() {
    is_up_to_date("docs/custom-resources.md", &kinds::page());
}

/// What the program prints was built into it, so that files which were just written are in the next build only.
#[test]
fn the_program_prints_them() {
    if std::env::var_os("BLESS").is_some() {
        return;
    }
    for (arguments, name) in [
        (&["schema"][..], "fn-config/schema.json"),
        (&["schema", "--definition"], "fn-config/KRMFunctionDefinition.yaml"),
    ] {
        assert_eq!(printed(arguments), fs::read_to_string(file(name)).unwrap(), "{arguments:?}");
    }
}
