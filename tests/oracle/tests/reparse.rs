//! The function's output, read by parsers that are not ours: it is the input's data plus exactly the planned changes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

#[path = "../../harness/mod.rs"]
#[macro_use]
mod harness;

use std::path::Path;

use pullthrough::access::{Verdicts, Verifications};
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Output, Request};
use serde_json::Value as Json;
use yaml_serde::Value;

tests![only_images_and_pull_secrets_differ];

fn main() -> std::process::ExitCode {
    harness::run("tests/reparse.rs", tests())
}

const CONFIG: &str = "apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: corpus}
spec:
  proxies:
  - template: {host: mirror.corp.example, pattern: \"{host}/m/{registry}/{repository}\"}
    credentials: {anonymous: {}}
  images: {private: [\"**\"]}
  pullSecret: {extra: [added]}
";

fn documents(text: &str) -> Option<Vec<Value>> {
    use serde::Deserialize;
    yaml_serde::Deserializer::from_str(text).map(|document| Value::deserialize(document).ok()).collect()
}

/// What the mirror calls an image, by the rules of Docker and of the template, spelled out once more.
fn expected(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap();
    let suffix = last.find([':', '@']).map_or("", |mark| last.split_at(mark).1);
    let name = image.strip_suffix(suffix).unwrap();
    let (host, path) = match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host.to_owned(), path.to_owned()),
        _ => ("docker.io".to_owned(), name.to_owned()),
    };
    let (host, path) = match (host.as_str(), path.contains('/')) {
        ("docker.io" | "index.docker.io", false) => ("docker.io".to_owned(), format!("library/{path}")),
        ("index.docker.io", true) => ("docker.io".to_owned(), path),
        _ => (host, path),
    };
    format!("mirror.corp.example/m/{host}/{path}{suffix}")
}

/// All places where two values differ: the path and both sides.
fn differences(path: &str, old: &Value, new: &Value, found: &mut Vec<(String, Option<Value>, Option<Value>)>) {
    match (old, new) {
        (Value::Mapping(old), Value::Mapping(new)) => {
            for (key, value) in old {
                let path = format!("{path}/{}", key.as_str().unwrap_or("?"));
                match new.get(key) {
                    Some(other) => differences(&path, value, other, found),
                    None => found.push((path, Some(value.clone()), None)),
                }
            }
            for (key, value) in new {
                if !old.contains_key(key) {
                    found.push((format!("{path}/{}", key.as_str().unwrap_or("?")), None, Some(value.clone())));
                }
            }
        }
        (Value::Sequence(old), Value::Sequence(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                differences(&format!("{path}/{index}"), old, new, found);
            }
        }
        _ if old == new => {}
        _ => found.push((path.to_owned(), Some(old.clone()), Some(new.clone()))),
    }
}

/// An empty list, a missing one, or one with entries: ours goes behind them.
fn is_appended(old: Option<&Value>, new: Option<&Value>) -> bool {
    let old = old.and_then(Value::as_sequence).cloned().unwrap_or_default();
    let Some(new) = new.and_then(Value::as_sequence) else { return false };
    let added = new.get(old.len()..).unwrap_or_default();
    new.starts_with(&old) && matches!(added, [one] if one["name"].as_str().or(one.as_str()) == Some("added"))
}

fn only_images_and_pull_secrets_differ() {
    let corpus = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus"));
    if !corpus.is_dir() {
        return harness::ignore("the real manifests (../shared/corpus) are absent");
    }
    let index: Json = serde_json::from_str(&std::fs::read_to_string(corpus.join("index.json")).unwrap()).unwrap();
    let (mut images, mut secrets, mut files) = (0, 0, 0);
    for entry in index["entries"].as_array().unwrap() {
        let file = entry["file"].as_str().unwrap();
        let text = std::fs::read_to_string(corpus.join(file)).unwrap();
        let Some(old) = documents(&text) else { continue };
        let request = Request { config: Some(("config.yaml", CONFIG)), ..Request::default() };
        let found = Analysis::read(&text, request, &Environment::bare(0))
            .unwrap_or_else(|answer| panic!("{file}: {answer:#?}"));
        let Output::Done(edits) = found.answer(&Verdicts::new(), &Verifications::new()).output else {
            panic!("{file} failed")
        };
        let output = edits.apply();
        let new = documents(&output).unwrap_or_else(|| panic!("{file}: the output is no YAML:\n{output}"));
        assert_eq!(old.len(), new.len(), "{file}: no document came or went");
        let mut all = Vec::new();
        for (old, new) in old.iter().zip(&new) {
            differences("", old, new, &mut all);
        }
        assert_eq!(all.len(), edits.edits().len(), "{file}: each edit changes one value: {all:#?}");
        for (path, old, new) in &all {
            // Tekton names pull Secrets below a mapping that may have to be made.
            let made = new
                .as_ref()
                .filter(|_| path.ends_with("/podTemplate") && old.is_none())
                .and_then(|new| new.get("imagePullSecrets"));
            if made.is_some() {
                assert!(is_appended(None, made), "{file} {path}: {new:?}");
                secrets += 1;
            } else if path.ends_with("/imagePullSecrets") || path.ends_with("/spec/secrets") {
                assert!(is_appended(old.as_ref(), new.as_ref()), "{file} {path}: {old:?} became {new:?}");
                secrets += 1;
            } else {
                let (Some(old), Some(new)) =
                    (old.as_ref().and_then(Value::as_str), new.as_ref().and_then(Value::as_str))
                else {
                    panic!("{file} {path}: {old:?} became {new:?}");
                };
                assert_eq!(new, expected(old), "{file} {path}");
                images += 1;
            }
        }
        files += 1;
    }
    assert!(
        files > 45 && images > 100 && secrets > 60,
        "{files} files, {images} images, {secrets} lists of pull secrets"
    );
}
