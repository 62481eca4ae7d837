//! Configurations that pages show are read with the reader that the function has, and what images become is what the page says.
//!
//! A block below `<!-- becomes -->` belongs to the configuration before it. Its lines are an image, what an ImageLock says about it (`-`: nothing, for it
//! is declared), and what it becomes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use pullthrough::config::{Config, Problems};
use pullthrough::yaml::parse::{self, Split};

use crate::page::{Block, Page};

const PAGE: &str = "docs/configuration.md";

fn is_configuration(block: &Block<'_>) -> bool {
    let is_ours = block.text.starts_with("spec:\n") || block.text.lines().any(|line| line == "kind: PullThrough");
    block.language == "yaml" && is_ours
}

/// A block that begins with `spec:`, or whose kind is ours, is a configuration that works.
#[test]
fn every_configuration_is_right() {
    let mut shown = 0;
    for page in Page::all() {
        for block in page.blocks().iter().filter(|block| is_configuration(block)) {
            shown += 1;
            if let Err(problems) = read(&block.text) {
                panic!("{}:{}: {problems:?}\n{}", page.name, block.line, block.text);
            }
        }
    }
    assert!(shown > 30, "only {shown} configurations");
}

/// The names of the fields that the mapping at `place` may have, by what is said of one that it may not have.
fn fields(place: &str) -> Vec<String> {
    let problems = read(&place.replace('@', "{no-such-field: 1}")).unwrap_err();
    let problem = problems.into_iter().find(|problem| problem.contains("no-such-field")).unwrap();
    let (_, expected) = problem.split_once("expected one of ").unwrap();
    expected.split(", ").map(|name| name.trim_matches('`').to_owned()).collect()
}

/// Presets have files of their own, `fn-config/presets`.
#[test]
fn the_page_has_an_example_of_every_field() {
    let page = Page::read(PAGE);
    let blocks = page.blocks();
    let shown: String =
        blocks.iter().filter(|block| is_configuration(block)).map(|block| block.text.as_str()).collect();
    let words = shown.split(|char: char| !char.is_ascii_alphanumeric() && char != ':');
    let names: BTreeSet<&str> = words.filter_map(|word| word.strip_suffix(':')).collect();
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
            let is_preset = place == "spec: {proxies: [@]}" && !is_shown_preset(&field);
            assert!(is_preset || names.contains(&*field), "{PAGE} has no example of `{field}` of {place}");
        }
    }
}

/// Whether the page itself shows this field of a proxy, and not `fn-config/presets` alone.
fn is_shown_preset(field: &str) -> bool {
    !pullthrough::proxy::Preset::NAMES.contains(&field)
        || ["replicated", "harbor", "localRegistry", "template"].contains(&field)
}

#[test]
fn images_become_what_the_page_says() {
    let page = Page::read(PAGE);
    let blocks = page.blocks();
    let mut rows = 0;
    for pair in blocks.windows(2) {
        let [config, table] = pair else { continue };
        if table.mark != Some("becomes") {
            continue;
        }
        assert!(is_configuration(config), "{PAGE}:{}: there is no configuration above", table.line);
        let images: Vec<[&str; 3]> = table
            .text
            .lines()
            .map(|line| {
                line.split_whitespace().collect::<Vec<_>>().try_into().expect("an image, its access, what it becomes")
            })
            .collect();
        for (image, becomes) in check(&config.text, &images) {
            let expected = images.iter().find(|[name, ..]| *name == image).unwrap()[2];
            assert_eq!(becomes.as_deref().unwrap_or("unchanged"), expected, "{PAGE}:{}: {image}", table.line);
            rows += 1;
        }
    }
    assert!(rows > 15, "only {rows} rows");
}

/// What `check` says that each image becomes.
fn check(config: &str, images: &[[&str; 3]]) -> Vec<(String, Option<String>)> {
    let head = "apiVersion: pullthrough.dev/v1alpha1\nkind: ";
    let locked = images.iter().filter(|[_, access, _]| *access != "-");
    let lock: String = locked
        .map(|[image, access, _]| {
            let name = if image.split('/').next().unwrap().contains('.') {
                (*image).to_owned()
            } else {
                format!("docker.io/{image}")
            };
            format!("- {{image: \"{name}\", access: {access}, evidence: the page says so}}\n")
        })
        .collect();
    let lock = if lock.is_empty() { " []\n".to_owned() } else { format!("\n{lock}") };
    let pods: String = images
        .iter()
        .enumerate()
        .map(|(number, [image, ..])| {
            format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: pod-{number}}}\nspec: {{containers: [{{name: a, image: \"{image}\"}}]}}\n")
        })
        .collect();
    let manifests = format!("{head}ImageLock\nmetadata: {{name: lock}}\nimages:{lock}{pods}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (config_file, manifests_file) = (folder.join("docs-becomes-config.yaml"), folder.join("docs-becomes.yaml"));
    fs::write(&config_file, format!("{head}PullThrough\nmetadata: {{name: acme}}\n{config}")).unwrap();
    fs::write(&manifests_file, manifests).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_pullthrough"));
    program.env_clear().args(["check", "-o", "json", "--config"]).args([config_file, manifests_file]);
    let output = program.output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let found = report["images"].as_array().unwrap().iter();
    let found: Vec<_> = found
        .map(|row| (row["image"].as_str().unwrap().to_owned(), row["becomes"].as_str().map(str::to_owned)))
        .collect();
    assert_eq!(found.len(), images.len(), "{report:#}");
    found
}

/// The lock that docs/stability.md shows answers for its images.
#[test]
fn the_lock_is_read() {
    let page = Page::read("docs/stability.md");
    let blocks = page.blocks();
    let lock = blocks.iter().find(|block| block.text.contains("kind: ImageLock")).unwrap();
    let images: Vec<_> = lock.text.lines().filter_map(|line| line.strip_prefix("- image: ")).collect();
    assert_eq!(images.len(), 2);
    let containers: Vec<String> = images.iter().map(|image| format!("{{name: a, image: \"{image}\"}}")).collect();
    let pod = format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{}]}}\n",
        containers.join(", ")
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (config, manifests) = (folder.join("docs-lock-config.yaml"), folder.join("docs-lock.yaml"));
    let spec =
        "spec:\n  proxies:\n  - replicated: {app: acme}\n  access: {probe: false}\n  pullSecret: {create: never}\n";
    fs::write(
        &config,
        format!("apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {{name: a}}\n{spec}"),
    )
    .unwrap();
    fs::write(&manifests, lock.text.clone() + &pod).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_pullthrough"));
    let output = program.env_clear().args(["check", "--config"]).args([config, manifests]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// What is wrong with a configuration, a line for each problem.
fn read(text: &str) -> Result<(), Vec<String>> {
    let mut read = Ok(());
    let parsed = parse::objects::<parse::Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            read = match Config::read(&tree.view()) {
                Ok(Some(_)) => Ok(()),
                Ok(None) => Err(vec!["it says nothing".to_owned()]),
                Err(Problems(problems)) => Err(problems.into_iter().map(|problem| problem.message).collect()),
            };
            Ok(())
        },
    );
    parsed.map_err(|error| vec![error.to_string()]).and(read)
}

#[test]
fn wrong_configurations_are_noticed() {
    assert_eq!(read("spec:\n  pin: true\n"), Ok(()));
    assert!(read("spec:\n  pins: true\n").unwrap_err()[0].contains("pins"));
    assert!(read("spec:\n  pin: [\n").is_err());
}
