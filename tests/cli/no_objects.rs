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
    assert!(code == Some(1) && table.contains("values.yaml: there is no Kubernetes object"), "{table}");
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
