//! Where a configuration is found without `--config`, and what `check` shows when there is none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{POD, program, refused, run, text};

fn config(name: &str, host: &str) -> String {
    format!(
        "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {{name: {name}}}\nspec:\n  proxies:\n  \
         - template: {{host: {host}, pattern: '{{host}}/{{registry}}/{{repository}}'}}\n    credentials: {{anonymous: {{}}}}\n  \
         images: {{private: ['ghcr.io/acme/**']}}\n  access: {{probe: false}}\n"
    )
}

/// An empty folder of the test's own, with these files.
fn folder(test: &str, files: &[(&str, &str)]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("configuration").join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(path.join("manifests")).unwrap();
    for (name, text) in files {
        fs::write(path.join(name), text).unwrap();
    }
    path
}

fn call(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.current_dir(folder).args(arguments).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

#[track_caller]
fn shows(command: &mut Command, input: &str, words: &str) {
    let output = run(command, input);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains(words), "{}", text(&output.stdout));
}

#[test]
fn commands_take_the_one_in_the_input_and_else_that_of_the_current_folder() {
    let (own, other) = (config("own", "own.example"), config("other", "other.example"));
    let files = [("manifests/pod.yaml", POD), ("manifests/config.yaml", &own), ("pullthrough.yaml", &other)];
    let folder = folder("found", &files);
    shows(&mut call(&folder, &["check", "manifests"]), "", "own.example/ghcr.io/acme/web:1");
    shows(call(&folder, &["check", "."]).args(["--config", "pullthrough.yaml"]), "", "other.example/ghcr.io");
    shows(&mut call(&folder, &["check", "manifests/pod.yaml"]), "", "other.example/ghcr.io/acme/web:1");
    shows(&mut call(&folder, &["check"]), &format!("{POD}---\n{own}"), "own.example/ghcr.io/acme/web:1");
    shows(&mut call(&folder, &["run", "--", "cat", "manifests/pod.yaml"]), "", "other.example/ghcr.io/acme/web:1");
    let rendered = POD.replace("ghcr.io", "other.example/ghcr.io");
    shows(&mut call(&folder, &["check", "--rendered"]), &rendered, "0 errors");
    // The function is told by its orchestrator.
    refused(&run(&mut call(&folder, &[]), POD), 2, "there is no configuration");
    refused(&run(&mut call(&folder, &[]), &format!("{POD}---\n{own}")), 2, "there is no configuration");
}

#[test]
fn several_are_named_with_their_files() {
    let (one, two) = (config("one", "one.example"), config("two", "two.example"));
    let two = format!("# the other\n---\n{two}");
    let files = [("manifests/a.yaml", one.as_str()), ("manifests/b.yaml", &two), ("manifests/pod.yaml", POD)];
    let folder = folder("several", &files);
    for command in ["check", "lock"] {
        let output = run(&mut call(&folder, &[command, "manifests"]), "");
        refused(
            &output,
            2,
            "manifests/a.yaml: line 1: PullThrough one is one of several configurations in the input; choose one \
             with --config FILE",
        );
        refused(&output, 2, "manifests/b.yaml: line 3: PullThrough two is one of several");
    }
    shows(&mut call(&folder, &["check", "manifests", "--config", "manifests/a.yaml"]), "", "one.example/ghcr.io");
}

#[test]
fn what_is_wrong_with_one_in_the_input_is_shown_in_its_file() {
    let wrong = config("own", "own.example").replace("private:", "privat:");
    let files = [("manifests/a.yaml", POD), ("manifests/b.yaml", &format!("{POD}---\n{wrong}"))];
    let folder = folder("wrong", &files);
    let line = POD.lines().count() + 1 + 8;
    let output = run(&mut call(&folder, &["check", "manifests"]), "");
    refused(&output, 2, &format!("manifests/b.yaml:{line}:12"));
    refused(&output, 2, &format!("{line} |   images: {{privat: "));
    let output = run(&mut call(&folder, &["check"]), &format!("{POD}---\n{wrong}"));
    refused(&output, 2, &format!("{line} |   images: {{privat: "));
    fs::write(folder.join("pullthrough.yaml"), &wrong).unwrap();
    refused(&run(&mut call(&folder, &["check", "manifests/a.yaml"]), ""), 2, "pullthrough.yaml:8:12");
}

/// An object that configures nothing is not the same as none.
#[test]
fn one_that_says_nothing_is_a_mistake() {
    let empty = "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {name: acme}\n";
    let folder = folder("empty", &[("config.yaml", empty)]);
    assert_eq!(run(&mut call(&folder, &["check", "--config", "config.yaml"]), POD).status.code(), Some(2));
    fs::write(folder.join("pullthrough.yaml"), empty).unwrap();
    assert_eq!(run(&mut call(&folder, &["check"]), POD).status.code(), Some(2));
}

#[test]
fn the_guard_and_the_function_need_one_and_a_lack_of_credentials_is_a_warning_of_check() {
    let config = config("own", "own.example").replace("    credentials: {anonymous: {}}\n", "");
    let folder = folder("strict", &[("config.yaml", &config)]);
    refused(&run(&mut call(&folder, &["check", "--rendered"]), POD), 2, "there is no configuration");
    refused(&run(&mut call(&folder, &["--config", "config.yaml"]), POD), 1, "error[no-credential]");
    let output = run(&mut call(&folder, &["check", "--config", "config.yaml"]), POD);
    assert_eq!(output.status.code(), Some(0));
    let stdout = text(&output.stdout);
    assert!(stdout.contains("warning[no-credential]") && stdout.contains("own.example/ghcr.io"), "{stdout}");
}

#[cfg(feature = "net")]
mod survey {
    use super::*;
    use crate::registry::{self, reply, with_tokens};

    /// One repository is for accounts only, one is not there.
    fn answer(line: &str, host: &str, tokens: usize) -> String {
        if line.contains("/gone/") {
            return reply(
                404,
                "Docker-Distribution-Api-Version: registry/2.0\r\nContent-Type: application/json\r\n",
                "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}",
            );
        }
        with_tokens(line, host, tokens, if line.contains("closed") { usize::MAX } else { 0 })
    }

    fn pod(images: &[String]) -> String {
        let containers: String = images
            .iter()
            .enumerate()
            .map(|(index, image)| format!("  - {{name: c{index}, image: \"{image}\"}}\n"))
            .collect();
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n{containers}")
    }

    #[test]
    fn check_asks_the_registries_and_says_what_to_do_next() {
        let host = registry::registry(answer);
        let open = pod(&[format!("{host}/open/web:1")]);
        let mixed = pod(&[format!("{host}/closed/api:1"), format!("{host}/open/web:1"), format!("{host}/gone/x:1")]);
        let folder = folder("survey", &[("manifests/my pod.yaml", &mixed), ("open.yaml", &open)]);
        let output = run(call(&folder, &["check", "manifests/my pod.yaml"]).env("COLUMNS", "200"), "");
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{stderr}{stdout}");
        for (image, access) in [("closed/api:1", "private"), ("open/web:1", "public"), ("gone/x:1", "not-found")] {
            let row = stdout.lines().find(|line| line.contains(image)).unwrap();
            assert!(row.contains(access), "{stdout}");
        }
        assert!(
            !stdout.contains("onUnmatched") && !stdout.contains("onNotFound") && !stdout.contains("error["),
            "{stdout}"
        );
        assert_eq!(
            stderr,
            "1 image can't be pulled without credentials; next: `pullthrough init 'manifests/my pod.yaml' --preset PRESET --host HOST > \
             pullthrough.yaml`, with your proxy's product (such as harbor) and host\n"
        );
        let output = run(&mut call(&folder, &["check", "open.yaml"]), "");
        assert_eq!(text(&output.stderr), "no image needs credentials, so nothing has to be configured\n");
        let output = run(&mut call(&folder, &["check", "-o", "json"]), &mixed);
        assert!(
            text(&output.stderr).contains("`pullthrough init --preset PRESET --host HOST > pullthrough.yaml`"),
            "{}",
            text(&output.stderr)
        );
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["images"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn a_license_still_stands_in_for_a_configuration() {
        let license = "apiVersion: kots.io/v1beta1\nkind: License\nmetadata: {name: customer, annotations: {config.kubernetes.io/local-config: \"true\"}}\nspec: {appSlug: acme, licenseID: 2vExAmPlE}\n";
        let folder = folder("license", &[]);
        let output = run(
            &mut call(&folder, &["check"]),
            &format!("{license}---\n{}", pod(&["proxy.replicated.com/proxy/acme/ghcr.io/acme/web:1".to_owned()])),
        );
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
        assert_eq!(text(&output.stderr), "");
    }
}
