//! Inputs without a single Kubernetes object, in every command.

use std::fs;
use std::path::{Path, PathBuf};

use super::{POD, config, program, refused, run, run_on, text};

const VALUES: &str = "image: {repository: ghcr.io/acme/web, tag: '1'}\n";

/// A folder with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
}

#[test]
fn every_command_refuses_content_without_an_object() {
    let component = folder("no-objects-component", &[]);
    let component = component.to_str().unwrap();
    for input in ["null\n", "{}\n", "[]\n", "- a\n", VALUES, "Error: chart not found\n", "no such chart\n"] {
        for arguments in [&[][..], &["check"], &["check", "--rendered"], &["lock"], &["component", "-o", component]] {
            let output = run(program().args(arguments).arg("--config").arg(config("no-objects")), input);
            let said = text(&output.stdout) + &text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{arguments:?} {input}{said}");
            assert_eq!(said.matches("error[no-objects]").count(), 1, "{arguments:?} {input}{said}");
        }
    }
    assert_eq!(fs::read_dir(component).unwrap().count(), 0);
}

#[test]
fn comments_alone_are_a_warning() {
    for (arguments, exit) in [(&[][..], 0), (&["check"], 0), (&["check", "--rendered"], 1)] {
        let output = run(program().args(arguments).arg("--config").arg(config("no-objects")), "# nothing\n---\n");
        let said = text(&output.stdout) + &text(&output.stderr);
        let severity = if exit == 0 { "warning" } else { "error" };
        assert!(said.contains(&format!("{severity}[no-objects]")), "{arguments:?} {said}");
        assert_eq!((output.status.code(), said.matches("no-objects").count()), (Some(exit), 1), "{arguments:?} {said}");
    }
}

/// Argo CD takes `null` for an application without objects, and prunes what is there.
#[test]
fn a_command_has_to_print_manifests() {
    for script in [
        "echo null",
        "echo '{}'",
        "echo '[]'",
        "echo '{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": []}'",
        "echo no such chart",
        "echo 'Error: a: b'",
        "echo '# nothing'",
    ] {
        refused(&run(&mut run_on("run-no-objects", script), POD), 2, "");
    }
}

/// What a cluster gets none of is no manifest either.
#[test]
fn a_command_has_to_print_more_than_configuration() {
    let header =
        |group: &str, kind: &str| format!("apiVersion: {group}/v1beta1\nkind: {kind}\nmetadata: {{name: a}}\n");
    let kustomization = header("kustomize.config.k8s.io", "Kustomization");
    let lock = header("pullthrough.dev", "ImageLock") + "images: []\n";
    let own = header("pullthrough.dev", "PullThrough") + "spec: {}\n";
    let function =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: f, annotations: {config.kubernetes.io/function: x}}\n";
    let list = format!(
        "{}items:\n- {{apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization}}\n",
        header("v1", "List").replace("v1/v1beta1", "v1")
    );
    for (printed, code) in [
        (kustomization.clone(), 2),
        (lock.clone(), 2),
        (own.clone(), 2),
        (format!("{own}---\n{lock}---\n{kustomization}"), 2),
        (function.to_owned(), 2),
        (list, 2),
        (format!("{own}---\n{POD}"), 0),
    ] {
        let output = run(&mut run_on("run-only-configuration", "cat"), &printed);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{printed}{said}");
        assert_eq!(said.contains("which no cluster gets"), code == 2, "{printed}{said}");
    }
}

/// In a folder there may be other programs' files; a file that is named is meant.
#[test]
fn a_file_without_objects_matters_when_it_is_named() {
    let mixed = folder("no-objects-mixed", &[("pod.yaml", POD), ("values.yaml", VALUES)]);
    let values_alone = folder("no-objects-values", &[("values.yaml", VALUES)]);
    let check = |paths: &[PathBuf], json: bool| {
        let mut command = program();
        command.args(["check", "--config"]).arg(config("no-objects")).args(paths);
        let output = run(command.args(if json { &["-o", "json"][..] } else { &[] }), "");
        (output.status.code(), text(&output.stdout))
    };
    let (code, json) = check(std::slice::from_ref(&mixed), true);
    assert_eq!(code, Some(0), "{json}");
    assert!(json.contains("\"no-objects\"") && json.contains("no-objects-mixed/values.yaml"), "{json}");
    let (code, table) = check(std::slice::from_ref(&mixed), false);
    assert!(code == Some(0) && !table.contains("no-objects]"), "{table}");

    let (code, table) = check(&[mixed.join("pod.yaml"), mixed.join("values.yaml")], false);
    assert!(code == Some(1) && table.contains("values.yaml: this file contains no Kubernetes object"), "{table}");
    let (code, table) = check(&[values_alone], false);
    assert!(code == Some(1) && table.matches("error[no-objects]").count() == 1, "{table}");
}

#[test]
fn a_file_that_is_no_yaml_is_all_there_is_to_say() {
    let folder = folder("no-objects-template", &[("template.yaml", "a:\n  {{- include \"x\" . }}\n")]);
    for command in ["check", "lock"] {
        let output = run(program().args([command, "--config"]).arg(config("no-objects")).arg(&folder), "");
        refused(&output, 1, "template.yaml: this is not valid YAML: line 2: `{{-` is a template action");
        assert_eq!(text(&output.stderr).lines().count(), 1);
    }
}
