//! What `check` shows: a row for every image, in the form that fits the terminal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use insta::assert_snapshot;

use super::{program, run, text};

const CONFIG: &str = "\
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: shop}
spec:
  proxies:
  - replicated: {app: shop, host: images.shop.example}
  images:
    private: [ghcr.io/shop/**]
    public: [docker.io/library/**]
    ignore: [quay.io/own/**]
  access: {probe: false}
  pullSecret: {create: never}
";

/// An image of every kind that is not simply rewritten or left.
const MESSY: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  imagePullSecrets: [{name: shop-registry}]
  containers:
  - {name: a, image: 'ghcr.io/shop/web:${TAG}'}
  - {name: b, image: '{{ .Values.image }}'}
  - {name: c, image: ghcr.io/shop/Web:1}
  - {name: d, image: 'redis@sha256:7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa'}
  - {name: e, image: 'ghcr.io/shop/web:1', imagePullPolicy: Never}
  - {name: f, image: ''}
  - {name: g, image: {name: web}}
  - {name: h, image: quay.io/own/tool:2}
  - {name: i, image: 'https://ann:s3cret@ghcr.io/shop/web'}
---
apiVersion: v1
kind: Pod
metadata: {name: skipped, namespace: shop, annotations: {pullthrough.dev/skip: \"true\"}}
spec:
  containers:
  - {name: a, image: 'ghcr.io/shop/web:1'}
  - {name: b, image: '${IMAGE}'}
---
apiVersion: v1
kind: Pod
metadata: {name: local, annotations: {config.kubernetes.io/local-config: \"true\"}}
spec: {containers: [{name: a, image: 'ghcr.io/shop/web:1'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: excluded, annotations: {kots.io/exclude: \"true\"}}
spec: {containers: [{name: a, image: 'ghcr.io/shop/web:1'}]}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: odd}
spec: {image: ghcr.io/shop/widget:1}
";

fn config() -> &'static Path {
    static PATH: LazyLock<PathBuf> = LazyLock::new(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("output.yaml");
        fs::write(&path, CONFIG).unwrap();
        path
    });
    &PATH
}

fn check(columns: &str, options: &[&str], input: &str) -> Output {
    run(program().env("COLUMNS", columns).arg("check").args(options).arg("--config").arg(config()), input)
}

/// The rows or blocks, and the sum.
fn images(columns: &str) -> String {
    let said = text(&check(columns, &[], MESSY).stdout);
    let (images, rest) = said.split_once("\n\n").unwrap();
    let sum = &rest[rest.rfind(" images: ").unwrap() - 2..];
    format!("{images}\n\n{sum}")
}

#[test]
fn every_image_in_every_field_is_a_row() {
    assert_snapshot!("images-at-200-columns", images("200"));
}

#[test]
fn a_table_that_does_not_fit_becomes_blocks() {
    assert_snapshot!("images-at-80-columns", images("80"));
    assert_snapshot!("images-at-120-columns", images("120"));
    assert!(images("80").lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn a_table_that_fits_stays_one() {
    let input = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: redis:7}]}\n";
    for columns in ["80", "120", "200"] {
        let said = text(&check(columns, &[], input).stdout);
        assert!(
            said.starts_with("IMAGE    ACCESS  BECOMES  WHERE   WHY\nredis:7  public  -        line 4  declared\n\n"),
            "{said}"
        );
    }
}

#[test]
fn where_the_width_is_not_known_images_have_80_columns_and_diagnostics_a_line_each() {
    let said = text(&run(program().arg("check").arg("--config").arg(config()), MESSY).stdout);
    let (images, rest) = said.split_once("\n\n").unwrap();
    assert!(images.lines().all(|line| line.chars().count() <= 80), "{images}");
    let invalid: Vec<&str> = rest.lines().filter(|line| line.contains("ghcr.io/shop/Web:1")).collect();
    assert_eq!(invalid.len(), 1);
    assert!(invalid[0].starts_with("warning[invalid-reference] ") && invalid[0].ends_with("; it was left alone"));
}

#[test]
fn diagnostics_are_wrapped_at_words_where_it_is_known() {
    let said = text(&check("60", &[], MESSY).stdout);
    let (_, rest) = said.split_once("\n\n").unwrap();
    for line in rest.lines().filter(|line| line.chars().count() > 60) {
        assert!(!line.trim().contains(' '), "{line}");
    }
    assert_eq!(check("60", &[], MESSY).status.code(), Some(0));
}

#[test]
fn what_may_be_a_password_is_shown_nowhere() {
    for options in [&[][..], &["-v"], &["-o", "json"]] {
        let output = check("200", options, MESSY);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!said.contains("s3cret"), "{said}");
        assert!(said.contains("…@ghcr.io/shop/web"), "{said}");
    }
}

#[test]
fn what_a_secret_holds_is_not_shown() {
    let config = CONFIG
        .replace("  access:", "    fields: [{kind: Secret, path: stringData/image}]\n    unread: ignore\n  access:");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("output-secret.yaml");
    fs::write(&path, config).unwrap();
    let input = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {image: 'Hunter2 x'}\n";
    for format in ["table", "json"] {
        let output = run(program().args(["check", "-o", format, "--config"]).arg(&path), input);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!said.contains("Hunter2") && said.contains('…'), "{said}");
    }
}

/// The text of a skipped image is the same as that of a rewritten one.
#[test]
fn an_image_has_a_row_for_each_fate() {
    let document = text(&check("", &["-o", "json"], &MESSY.replace("${TAG}", "1")).stdout);
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let images = document["images"].as_array().unwrap();
    let fates: Vec<&str> = images
        .iter()
        .filter(|image| image["image"] == "ghcr.io/shop/web:1")
        .map(|image| image["code"].as_str().unwrap())
        .collect();
    assert_eq!(fates, ["rewritten", "excluded", "never-pulled", "skipped", "skipped"]);
}

#[test]
fn many_diagnostics_of_one_kind_are_one_with_their_number() {
    let pod = |n: usize| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a{n}}}\nspec: {{containers: [{{name: a, image: 'quay.io/b/c{n}:1'}}]}}\n"
        )
    };
    let input: Vec<String> = (0..170).map(pod).collect();
    let input = input.join("---\n");
    let said = text(&check("", &[], &input).stdout);
    assert_eq!(said.matches("error[undecided]").count(), 1, "{said}");
    assert!(said.contains("\n  and 169 more like it: quay.io/b/c1:1, "), "{said}");
    assert!(said.contains("; 170 errors, "), "{said}");
    let function = |options: &[&str]| text(&run(program().args(options).arg("--config").arg(config()), &input).stderr);
    let said = function(&[]);
    assert_eq!(said.matches("error[undecided]").count(), 1, "{said}");
    assert!(
        said.contains("and 169 more like it") && said.ends_with("pullthrough changed nothing: 170 errors\n"),
        "{said}"
    );
    assert_eq!(function(&["-v"]).matches("error[undecided]").count(), 170);
}

#[test]
fn colors_are_for_terminals() {
    for columns in ["", "80"] {
        assert!(!text(&check(columns, &[], MESSY).stdout).contains('\u{1b}'));
    }
}

#[test]
fn help_fits_the_terminal() {
    for (columns, widest) in [("", 80), ("80", 80), ("100", 100), ("300", 120)] {
        for command in [&[][..], &["check"], &["lock"], &["component"], &["run"], &["schema"], &["completions"]] {
            let output = run(program().env("COLUMNS", columns).args(command).arg("--help"), "");
            let help = text(&output.stdout);
            // The lines of examples are as long as they are.
            let long = |line: &&str| line.chars().count() > widest && !line.starts_with("  ");
            assert_eq!(help.lines().find(long), None, "{command:?} at {columns}");
        }
    }
}
