//! What surrounds the manifests in a call: misspelled variables, readers that leave, empty input, files of another form.

use std::fs;
use std::path::Path;

use crate::{POD, config, program, run, text};

#[test]
fn a_misspelled_variable_is_named_and_its_value_is_not() {
    let config = config("misspelled");
    let output = run(program().env("PULLTHROUGH_LICENCE_ID", "hunter2").arg("--config").arg(config), POD);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("PULLTHROUGH_LICENCE_ID"), "{stderr}");
    assert!(stderr.contains("did you mean PULLTHROUGH_LICENSE_ID?"), "{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
}

#[test]
fn a_reader_that_left_is_not_reported() {
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let output = program().arg("schema").stdout(writer).output().expect("it starts");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(2), String::new()));
}

#[test]
fn manifests_that_no_reader_takes_are_an_error() {
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let output = run(program().arg("--config").arg(config("left")).stdout(writer), POD);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("can't write to standard output"), "{}", text(&output.stderr));
}

#[test]
fn empty_input_ends_every_command_alike() {
    let config = config("empty-input");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("empty-input");
    let folder = folder.to_str().expect("the path is UTF-8");
    for arguments in [&[][..], &["check"], &["check", "--rendered"], &["lock"], &["component", "-o", folder]] {
        let output = run(program().args(arguments).arg("--config").arg(&config), "");
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        assert!(stderr.contains("the input is empty"), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_resource_list_in_a_folder_is_named_and_the_other_files_are_shown() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("resource-list-in-a-folder");
    fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {}",
        POD.trim_start_matches("---\n").replace('\n', "\n  ").trim_end()
    );
    for (list_is, pod_is) in [("a.yaml", "b.yaml"), ("b.yaml", "a.yaml")] {
        fs::write(folder.join(list_is), &list).expect("a file can be written");
        fs::write(folder.join(pod_is), POD).expect("a file can be written");
        let output = run(program().arg("check").arg("--config").arg(config("with-a-list")).arg(&folder), "");
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stdout.contains("ghcr.io/acme/web:1"), "{stdout}");
        let said = format!("{stdout}{stderr}");
        let name = folder.join(list_is);
        assert!(said.contains(&format!("{}: this is a ResourceList", name.display())), "{said}");
    }
    let alone = run(program().arg("check").arg("--config").arg(config("a-list-alone")).arg(folder.join("b.yaml")), "");
    assert_eq!(alone.status.code(), Some(0), "{}", text(&alone.stderr));
}
