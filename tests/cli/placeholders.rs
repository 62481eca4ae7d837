//! Image fields that another program fills in, as each command sees them.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{fs, process::Output};

use super::{program, run, text};

/// The proxy takes no credentials, so that images alone are judged.
const CONFIG: &str = "\
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: acme}
spec:
  proxies:
  - template: {host: mirror.example, pattern: \"{host}/{registry}/{repository}\"}
    credentials: {anonymous: {}}
  images: {private: [\"ghcr.io/**\"], public: [\"docker.io/library/**\"], ignore: [\"quay.io/own/**\"]}
  access: {probe: false}
";

fn pod(image: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n  - image: \"{image}\"\n    name: web\n"
    )
}

fn workflow(image: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {{name: build}}\nspec:\n  templates:\n  - container: {{image: \"{image}\"}}\n    name: a\n"
    )
}

fn task(image: &str) -> String {
    format!(
        "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {{name: build}}\nspec:\n  steps:\n  - image: {image}\n    name: a\n"
    )
}

fn config() -> &'static Path {
    static PATH: LazyLock<PathBuf> = LazyLock::new(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("placeholders.yaml");
        fs::write(&path, CONFIG).unwrap();
        path
    });
    &PATH
}

fn call(arguments: &[&str], input: &str) -> Output {
    run(program().args(arguments).arg("--config").arg(config()), input)
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn check_has_a_row_for_each_and_counts_them() {
    let input = [pod("${IMAGE}"), pod("${IMAGE}"), pod("quay.io/other/web:$(tag)"), pod("ghcr.io/acme/web:${TAG}")];
    let mut wide = program();
    let checked = run(wide.env("COLUMNS", "120").arg("check").arg("--config").arg(config()), &input.join("---\n"));
    let said = text(&checked.stdout);
    for row in ["${IMAGE}  ", "quay.io/other/web:$(tag)  ", "mirror.example/ghcr.io/acme/web:${TAG}", "(+1)"] {
        assert!(said.contains(row), "{row}: {said}");
    }
    assert!(said.contains("3 images: 0 public, 1 to rewrite, 2 placeholders; 0 errors, 2 warnings"), "{said}");
    assert_eq!(checked.status.code(), Some(0));
}

/// The guard reads final output: what an object's own controller fills in may stand there, other placeholders may not.
#[test]
fn the_guard_fails_where_nothing_is_left_to_fill_in() {
    for (input, exit, says) in [
        (pod("${IMAGE}"), 1, "error[placeholder]"),
        (pod("{{ .Values.image }}"), 1, "error[placeholder]"),
        (pod("ko://example.com/cmd"), 1, "error[placeholder]"),
        (pod("$(params.image)"), 1, "error[placeholder]"),
        (pod("ghcr.io/acme/web:${TAG}"), 1, "error[not-rendered]"),
        (pod("mirror.example/ghcr.io/acme/web:${TAG}"), 1, "error[placeholder]"),
        (pod("quay.io/other/web:${TAG}"), 1, "error[placeholder]"),
        (pod("redis:${TAG}"), 0, "; 0 errors, "),
        (pod("quay.io/own/web:{{ .Values.tag }}"), 0, "; 0 errors, "),
        (pod(""), 0, "; 0 errors, "),
        (workflow("{{inputs.parameters.image}}"), 0, "warning[placeholder]"),
        (workflow("mirror.example/ghcr.io/acme/web:{{workflow.parameters.tag}}"), 0, "; 0 errors, "),
        (workflow("quay.io/other/web:{{workflow.parameters.tag}}"), 0, "warning[placeholder]"),
        (workflow("redis:{{workflow.parameters.tag}}"), 0, "; 0 errors, "),
        (workflow("ghcr.io/acme/web:{{workflow.parameters.tag}}"), 1, "error[not-rendered]"),
        (workflow("${IMAGE}"), 1, "error[placeholder]"),
        (workflow("mirror.example/ghcr.io/acme/web:{{a}}-${B}"), 1, "error[placeholder]"),
        (task("$(params.image)"), 0, "warning[placeholder]"),
        (task("\"{{ .Values.image }}\""), 1, "error[placeholder]"),
    ] {
        let guarded = call(&["check", "--rendered"], &input);
        let said = text(&guarded.stdout);
        assert!(guarded.status.code() == Some(exit) && said.contains(says), "{input}{said}");
    }
}

#[test]
fn what_can_not_be_pinned_is_public_all_the_same() {
    let path = folder("placeholders-pin.yaml");
    fs::write(&path, format!("{CONFIG}  pin: true\n")).unwrap();
    let guard =
        |image: &str| run(program().args(["check", "--rendered", "--config"]).arg(&path), &pod(image)).status.code();
    assert_eq!((guard("redis:${TAG}"), guard("mirror.example/ghcr.io/acme/web:${TAG}")), (Some(0), Some(1)));
}

/// A Component that leaves one image behind looks like one that leaves none.
#[test]
fn a_component_is_refused_and_the_images_are_named() {
    for (image, refused) in [
        ("${IMAGE}", true),
        ("ghcr.io/acme/${NAME}:1", true),
        ("ghcr.io/acme/web:${TAG}", true),
        ("ghcr.io/acme/web:{TAG}", true),
        ("quay.io/other/web:${TAG}", true),
        ("redis:${TAG}", false),
        ("quay.io/own/web:${TAG}", false),
    ] {
        let folder = folder("placeholders-component");
        let made = call(&["component", "-o", folder.to_str().unwrap()], &pod(image));
        let said = text(&made.stderr);
        let says = said.contains("error[not-expressible]") && said.contains(image) && said.lines().count() == 2;
        assert_eq!((made.status.code(), says), (Some(i32::from(refused)), refused), "{image}: {said}");
        assert_eq!(folder.exists(), !refused, "{image}");
    }
}

/// Its entries are for tags, and the image has none yet; but it rests on them.
#[test]
fn a_lock_keeps_the_entries_that_an_image_without_a_tag_rests_on() {
    let lock = "apiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {name: acme}\nimages:\n- {image: \"quay.io/other/web:1\", access: private}\n- {image: \"quay.io/gone/web:1\", access: private}\n";
    let path = folder("placeholders-lock.yaml");
    fs::write(&path, lock).unwrap();
    let made = call(&["lock", "--prune", "-o", path.to_str().unwrap()], &pod("quay.io/other/web:${TAG}"));
    let kept = fs::read_to_string(&path).unwrap();
    assert!(kept.contains("quay.io/other/web:1") && !kept.contains("gone"), "{kept}{}", text(&made.stderr));
}
