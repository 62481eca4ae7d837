//! The files of `fn-config`, which people copy: each is right, and together they name every field.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pullthrough::config::{Config, Problems};
use pullthrough::proxy::Preset;

use super::{config, read, with_view};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fn-config")
}

fn file(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// The fields that the mapping at `place` may have, by what is said of one it may not have.
fn fields(place: &str) -> Vec<String> {
    let text = place.replace('@', "{no-such-field: 1}");
    let Err(Problems(problems)) = read(&text) else { panic!("{text} has no problems") };
    let problem = problems.iter().find(|problem| problem.message.contains("no-such-field")).unwrap();
    let (_, expected) = problem.message.split_once("expected one of ").unwrap();
    expected.split(", ").map(|name| name.trim_matches('`').to_owned()).collect()
}

fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|char: char| !char.is_ascii_alphanumeric() && char != ':');
    words.filter_map(|word| word.strip_suffix(':')).map(str::to_owned).collect()
}

#[test]
fn complete_names_every_field() {
    let text = file("complete.yaml");
    assert_eq!(config(&text).proxies.len(), 3);
    let names = names(&text);
    for place in [
        "spec: @",
        "spec: {images: @}",
        "spec: {images: {fields: [@]}}",
        "spec: {images: {fields: [{pullSecrets: @}]}}",
        "spec: {access: @}",
        "spec: {pullSecret: @}",
        "spec: {proxies: [@]}",
        "spec: {proxies: [{credentials: @}]}",
        "spec: {proxies: [{credentials: {secretRef: @}}]}",
    ] {
        for field in fields(place) {
            assert!(names.contains(&field), "complete.yaml lacks `{field}` of {place}");
        }
    }
}

#[test]
fn every_preset_has_a_file_with_every_field() {
    for preset in Preset::NAMES {
        let text = file(&format!("presets/{preset}.yaml"));
        let config = config(&text);
        assert_eq!(config.proxies.iter().map(|proxy| proxy.preset.name()).collect::<Vec<_>>(), [*preset]);
        let names = names(&text);
        for field in fields(&format!("spec: {{proxies: [{{{preset}: @}}]}}")) {
            assert!(names.contains(&field), "presets/{preset}.yaml lacks `{field}`");
        }
    }
    assert_eq!(fs::read_dir(folder().join("presets")).unwrap().count(), Preset::NAMES.len());
}

#[test]
fn the_others_are_right() {
    assert_eq!(config(&file("minimal.yaml")).name.as_deref(), Some("acme"));
    let text = file("shorthand.yaml");
    let short = config(&text);
    assert_eq!(short.images.private.len(), 2);
    let preset = ["preset", "host", "project", "upstream"];
    let keys = with_view(&text, |view| {
        let data = view.get("data").unwrap().unwrap();
        data.entries().iter().filter_map(|(key, _)| key.scalar().map(str::to_owned)).collect::<Vec<_>>()
    });
    // Whatever the file sets beside the preset is something else than the default.
    for key in keys.iter().filter(|key| !preset.contains(&key.as_str())) {
        let without: String =
            text.lines().filter(|line| !line.starts_with(&format!("  {key}:"))).flat_map(|line| [line, "\n"]).collect();
        assert_ne!(config(&without), short, "{key}");
    }
    assert_ne!(short, Config::for_license());
}

/// Every entry that the page about `images.fields` shows.
#[test]
fn the_entries_of_the_page_are_right() {
    let page = include_str!("../../docs/image-fields.md");
    let entries: Vec<&str> = page.lines().filter(|line| line.starts_with("- {")).collect();
    assert!(entries.len() > 8, "{entries:?}");
    let list: String = entries.iter().map(|entry| format!("    {entry}\n")).collect();
    let head = "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {name: acme}\nspec:\n";
    let text = format!("{head}  proxies: [{{replicated: {{app: acme}}}}]\n  images:\n    fields:\n{list}");
    assert_eq!(config(&text).images.fields.len(), entries.len());
}
