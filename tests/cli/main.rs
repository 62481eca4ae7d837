//! The process: arguments, variables, standard streams, exit codes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

mod calls;
mod component;
mod component_files;
mod formats;
mod license;
mod no_objects;
mod output;
mod placeholders;

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

mod configuration;
mod guard;
#[cfg(feature = "net")]
mod init;
mod locks;
#[cfg(feature = "net")]
mod registry;
mod remedies;
mod rewrite;

const CONFIG: &str = "\
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: acme}
spec:
  proxies:
  - template: {host: mirror.example, pattern: '{host}/{registry}/{repository}'}
    credentials: {anonymous: {}}
  images: {private: ['ghcr.io/acme/**']}
  access: {probe: false}
";
const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{image: ghcr.io/acme/web:1}]}
";

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pullthrough"));
    command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command to its end with this on standard input. A program may end without having read it all.
fn run(command: &mut Command, input: &str) -> Output {
    let mut child = command.spawn().expect("it starts");
    let mut pipe = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    let _ = writer.join();
    output
}

/// A configuration in a file of its own, which the test's name keeps apart from others. Tests at work on the same name see it whole.
fn config(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
    let new = path.with_extension(format!("{:?}", std::thread::current().id()));
    fs::write(&new, CONFIG).expect("the folder for temporary files can be written");
    fs::rename(&new, &path).expect("the folder for temporary files can be written");
    path
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it is UTF-8")
}

/// Ended with this exit code, and said so; nothing is on standard output.
#[track_caller]
fn refused(output: &Output, code: i32, says: &str) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(says), "{stderr}");
    assert_eq!(text(&output.stdout), "");
}

#[test]
fn a_stream_with_a_config_file_succeeds() {
    let output = run(program().arg("--config").arg(config("stream")), POD);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), POD.replace("ghcr.io", "mirror.example/ghcr.io"));
}

#[test]
fn errors_in_manifests_are_1_and_of_the_call_2() {
    let undecided = POD.replace("acme", "other");
    refused(&run(program().arg("--config").arg(config("codes")), &undecided), 1, "error[undecided]");
    refused(&run(&mut program(), POD), 2, "there is no configuration");
    refused(&run(program().args(["--config", "/no/such/file"]), POD), 2, "/no/such/file");
    refused(&run(program().arg("--no-such-option"), POD), 2, "--no-such-option");
    refused(&run(program().arg("--config").arg(config("empty")), ""), 1, "the input is empty");
}

#[test]
fn a_config_file_and_a_function_config_are_one_too_many() {
    let own = CONFIG.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let list = format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n{own}items: []\n");
    let output = run(program().arg("--config").arg(config("both")), &list);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("remove one of the two"), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    assert!(stdout.contains("results:\n- message: ") && stdout.ends_with("items: []\n"), "{stdout}");
}

#[test]
fn a_legacy_plugin_has_its_configuration_in_the_first_argument() {
    let mut plugin = program();
    plugin.env("KUSTOMIZE_PLUGIN_CONFIG_STRING", CONFIG).arg(config("plugin")).arg("further argument");
    let output = run(&mut plugin, POD);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), POD.replace("ghcr.io", "mirror.example/ghcr.io"));
}

#[test]
fn help_doc_and_version_need_no_input() {
    for (option, says) in
        [("--help", "--config <FILE>"), ("--version", env!("CARGO_PKG_VERSION")), ("--doc", "\"short\"")]
    {
        let output = run(program().arg(option), "");
        assert_eq!(output.status.code(), Some(0), "{option}");
        assert!(text(&output.stdout).contains(says), "{option}: {}", text(&output.stdout));
        assert_eq!(text(&output.stderr), "", "{option}");
    }
    let help = text(&run(program().arg("--help"), "").stdout);
    assert!(help.contains("\n  schema ") && help.contains("\n  completions "), "{help}");
    let doc = run(program().arg("--doc"), "");
    let doc: serde_json::Value = serde_json::from_slice(&doc.stdout).expect("it is JSON");
    for key in ["short", "long", "examples", "image", "tags", "license", "sourceURL", "examplePackageURLs"] {
        assert!(!doc[key].is_null(), "{key}");
    }
}

/// Every orchestrator pipes its input; who names a file has read of other functions that take one.
#[test]
fn a_file_for_the_function_is_told_where_it_goes() {
    for arguments in [&["--config", "c.yaml", "pod.yaml"][..], &["pod.yaml"], &["manifests/web"]] {
        let file = arguments[arguments.len() - 1];
        refused(&run(program().args(arguments), ""), 2, &format!("`pullthrough --config FILE < {file}`"));
        refused(&run(program().args(arguments), ""), 2, &format!("`pullthrough check --config FILE {file}`"));
    }
    refused(&run(program().arg("chekc"), ""), 2, "similar subcommands exist: 'schema', 'check'");
    refused(&run(program().arg("--confg"), ""), 2, "a similar argument exists: '--config'");
}

#[test]
fn the_budget_has_an_upper_bound() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("budget.yaml");
    fs::write(&path, CONFIG.replace("probe: false", "probe: false, budget: 61m")).unwrap();
    let output = run(program().arg("--config").arg(&path), POD);
    assert_eq!(output.status.code(), Some(2));
    let stderr = text(&output.stderr);
    assert!(stderr.contains("`61m` is too long: expected at most an hour, `60m`"), "{stderr}");
}

/// What a shell makes of this text, if that shell is here.
fn in_shell(shell: &str, arguments: &[&str], input: &str) -> Option<Output> {
    let mut command = Command::new(shell);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    match command.spawn() {
        Ok(child) => drop(child.wait_with_output()),
        Err(_) => return None,
    }
    Some(run(&mut command, input))
}

#[test]
fn bash_completes_commands_options_and_values() {
    let completions = text(&run(program().args(["completions", "bash"]), "").stdout);
    for (line, expected) in [
        ("pullthrough che", "check\n"),
        ("pullthrough check --ren", "--rendered\n"),
        ("pullthrough check --output j", "json\n"),
        ("pullthrough completions po", "powershell\n"),
        ("pullthrough schema --def", "--definition\n"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let script = format!(
            "{completions}\nCOMP_WORDS=({line})\nCOMP_CWORD={}\n_pullthrough pullthrough {} {}\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
            words.len() - 1,
            words[words.len() - 1],
            words[words.len() - 2],
        );
        let Some(output) = in_shell("bash", &["--norc"], &script) else {
            eprintln!("skipped: there is no bash");
            return;
        };
        assert_eq!(text(&output.stdout), expected, "{line}: {}", text(&output.stderr));
    }
}

#[test]
fn every_shell_reads_its_completions() {
    for (shell, parse) in [
        ("bash", &["-n"][..]),
        ("zsh", &["-n"]),
        ("fish", &["--no-execute"]),
        ("powershell", &[]),
        ("elvish", &["-compileonly", "/dev/stdin"]),
    ] {
        let completions = run(program().args(["completions", shell]), "");
        assert_eq!(completions.status.code(), Some(0), "{shell}");
        let completions = text(&completions.stdout);
        for word in ["pullthrough", "check", "definition", "rendered"] {
            assert!(completions.contains(word), "{shell}: {word}");
        }
        if parse.is_empty() {
            continue;
        }
        match in_shell(shell, parse, &completions) {
            Some(output) => assert!(output.status.success(), "{shell}: {}", text(&output.stderr)),
            None => eprintln!("skipped: there is no {shell}"),
        }
    }
    refused(
        &run(program().args(["completions", "tcsh"]), ""),
        2,
        "[possible values: bash, elvish, fish, powershell, zsh]",
    );
}

#[test]
fn a_closed_stdout_is_an_error_and_no_panic() {
    // More than a pipe holds, so that it is written to after it was closed.
    let input = format!("{POD}---\n{}", "# a comment\n".repeat(20_000));
    let mut child = program().arg("--config").arg(config("closed")).spawn().expect("it starts");
    drop(child.stdout.take());
    child.stdin.take().expect("it is piped").write_all(input.as_bytes()).expect("it reads its input");
    let output = child.wait_with_output().expect("it ends");
    refused(&output, 2, "error: can't write to standard output");
}

/// What can't be written to says so in `/dev/full`.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = || File::options().write(true).open("/dev/full").expect("Linux has it");
    let mut child = program().arg("--config").arg(config("full")).stdout(full()).spawn().expect("it starts");
    child.stdin.take().expect("it is piped").write_all(POD.as_bytes()).expect("it reads its input");
    refused(&child.wait_with_output().expect("it ends"), 2, "can't write");
    let output = program().arg("--help").stdout(full()).output().expect("it ends");
    refused(&output, 2, "can't write");
}

/// As after `>&-` in a shell, which no other test could do: a child of Rust's gets what it inherits.
#[cfg(target_os = "linux")]
#[test]
fn a_closed_stdout_is_an_error() {
    let shell = |script: &str| {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script, env!("CARGO_BIN_EXE_pullthrough")]).arg(config("no-stdout"));
        run(shell.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()), POD)
    };
    for script in ["\"$0\" --config \"$1\" >&-", "\"$0\" run --config \"$1\" -- /bin/cat >&-", "\"$0\" schema >&-"] {
        refused(&shell(script), 2, "error: standard output is closed");
    }
    assert_eq!(shell("\"$0\" --config \"$1\" > /dev/null").status.code(), Some(0), "thrown away on purpose");
}

/// What can't be written stays as it was, and leaves nothing beside it.
#[cfg(unix)]
#[test]
fn a_file_is_written_completely_or_not_at_all() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("files-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("component/kustomization.yaml")).unwrap();
    let names = |folder: &Path| {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    };
    // A folder is where the file would go.
    let component = |to: &str| {
        run(program().args(["component", "--config"]).arg(config("files")).arg("-o").arg(folder.join(to)), POD)
    };
    let in_the_way = component("component");
    assert_eq!(names(&folder.join("component")), ["kustomization.yaml"], "{}", text(&in_the_way.stderr));
    assert_eq!(in_the_way.status.code(), Some(2), "{}", text(&in_the_way.stderr));
    let done = component("other");
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert_eq!(names(&folder.join("other")), ["kustomization.yaml"]);

    // A link and a mode stay.
    let (file, link) = (folder.join("lock.yaml"), folder.join("link.yaml"));
    fs::write(&file, "apiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {name: a}\nimages: []\n")
        .unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("lock.yaml", &link).unwrap();
    let lock = run(program().args(["lock", "--config"]).arg(config("files")).arg("-o").arg(&link), POD);
    assert!(lock.status.success(), "{}", text(&lock.stderr));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(names(&folder), ["component", "link.yaml", "lock.yaml", "other"]);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_closed_stderr_changes_nothing() {
    let warns = POD.replace("ghcr.io/acme/web:1", "A B");
    let mut child = program().arg("--config").arg(config("stderr")).spawn().expect("it starts");
    drop(child.stderr.take());
    child.stdin.take().expect("it is piped").write_all(warns.as_bytes()).expect("it reads its input");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), warns));
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_writes_nothing_and_shows_no_payload() {
    let output = run(program().env("PULLTHROUGH_INJECT_PANIC", "1").arg("--config").arg(config("panic")), POD);
    refused(&output, 101, "internal error in pullthrough at");
    assert!(!text(&output.stderr).contains("injected"), "{}", text(&output.stderr));
}

/// A sparse file of zeros is larger than what is read, and takes no room on the disk.
#[test]
fn input_over_the_limit_is_refused() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("huge-input");
    let file = File::create(&path).expect("the folder for temporary files can be written");
    file.set_len((256 << 20) + 1).expect("it can be sparse");
    let mut command = program();
    command.arg("--config").arg(config("huge")).stdin(File::open(&path).expect("it is there"));
    let output = command.output().expect("it ends");
    fs::remove_file(&path).expect("it is there");
    refused(&output, 2, "larger than 256 MiB");
}

#[test]
fn no_secret_is_said() {
    let with_account = CONFIG.replace("    credentials: {anonymous: {}}\n", "");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("secrets.yaml");
    fs::write(&path, with_account).expect("the folder for temporary files can be written");
    for hosts in ["mirror.example", "other.example", "https://mirror.example/"] {
        let mut command = program();
        command
            .env("PULLTHROUGH_USERNAME", "me")
            .env("PULLTHROUGH_PASSWORD", "swordfish")
            .env("PULLTHROUGH_HOSTS", hosts);
        let output = run(command.arg("--config").arg(&path), POD);
        for said in [text(&output.stderr), text(&output.stdout)] {
            assert!(!said.contains("swordfish"), "{said}");
        }
    }
}

#[test]
fn output_is_whole_when_it_is_read_slowly() {
    let input = format!("{POD}---\n{}", "# a comment\n".repeat(20_000));
    let mut child = program().arg("--config").arg(config("slow")).spawn().expect("it starts");
    child.stdin.take().expect("it is piped").write_all(input.as_bytes()).expect("it reads its input");
    let mut stdout = child.stdout.take().expect("it is piped");
    std::thread::sleep(std::time::Duration::from_millis(100));
    let mut output = String::new();
    stdout.read_to_string(&mut output).expect("it is UTF-8");
    assert_eq!(output.len(), input.len() + "mirror.example/".len());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

/// A link to a folder above it would never end, and what is no file may have no end either.
#[cfg(unix)]
#[test]
fn links_to_folders_and_devices_are_not_followed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("links");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("pod.yaml"), POD).unwrap();
    std::os::unix::fs::symlink(".", folder.join("loop")).unwrap();
    std::os::unix::fs::symlink("/dev/null", folder.join("null.yaml")).unwrap();
    std::os::unix::fs::symlink("pod.yaml", folder.join("other.yaml")).unwrap();
    let config = config("links");
    let output = run(program().args(["check", "-o", "json", "--config"]).arg(config).arg(&folder), "");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let places = document["images"][0]["places"].as_array().unwrap();
    let files: Vec<_> =
        places.iter().map(|place| place["file"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
    assert_eq!(files, ["other.yaml", "pod.yaml"], "{document:#}");
}

#[test]
fn check_writes_no_control_characters() {
    let annotated =
        POD.replace("{name: web}", "{name: web, annotations: {config.kubernetes.io/path: \"a\\e]0;evil\\ab.yaml\"}}");
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {}\n",
        annotated.trim_end().replace('\n', "\n  ")
    );
    let output = run(program().args(["check", "--config"]).arg(config("control")).arg("-"), &list);
    let table = text(&output.stdout);
    assert!(table.contains("evil") && !table.contains('\u{1b}') && !table.contains('\u{7}'), "{table:?}");
}

#[test]
fn a_folder_without_manifests_is_named() {
    let folder = std::env::temp_dir().join(format!("pullthrough-folder-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("notes.txt"), "nothing").unwrap();
    let nothing = run(program().arg("check").arg(&folder), "");
    fs::remove_dir_all(&folder).unwrap();
    refused(&nothing, 2, "no .yaml, .yml or .json file in");
}

#[test]
fn a_file_that_is_no_text_does_not_hide_the_others() {
    let folder = std::env::temp_dir().join(format!("pullthrough-binary-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("binary.yaml"), [0xff, 0xfe, 0x00]).unwrap();
    fs::write(folder.join("pod.yaml"), POD).unwrap();
    let check = |path: &Path| run(program().args(["check", "--config"]).arg(config("binary")).arg(path), "");
    let (all, named) = (check(&folder), check(&folder.join("binary.yaml")));
    fs::remove_dir_all(&folder).unwrap();

    let table = text(&all.stdout);
    assert_eq!(all.status.code(), Some(1), "{table}");
    assert!(
        table.contains("binary.yaml is not UTF-8") && table.contains("mirror.example/ghcr.io/acme/web:1"),
        "{table}"
    );
    refused(&named, 2, "binary.yaml is not UTF-8");
}

#[test]
fn a_lock_of_nothing_is_not_written() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lock-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("imagelock.yaml");
    let lock = |input: &str| {
        let mut lock = program();
        // A port of discard, where nobody listens.
        lock.args(["lock", "--config"]).arg(config("lock")).arg("-o").arg(&file).arg("-");
        run(&mut lock, input)
    };
    let unreachable = lock(&POD.replace("ghcr.io/acme/web", "127.0.0.1:9/acme/api"));
    let written = file.exists();
    let declared = lock(POD);
    let text_written = fs::read_to_string(&file).unwrap();
    fs::remove_dir_all(&folder).unwrap();

    assert_eq!(unreachable.status.code(), Some(1));
    let stderr = text(&unreachable.stderr);
    assert!(stderr.contains("wrote no lock") && !written, "{stderr}");
    let stderr = text(&declared.stderr);
    assert!(declared.status.success() && stderr.contains("nothing to ask"), "{stderr}");
    assert!(text_written.contains("kind: ImageLock"), "{text_written}");
}

#[test]
fn verbose_says_every_request() {
    let pod = POD.replace("ghcr.io/acme/web", "127.0.0.1:9/acme/api");
    let config = config("verbose");
    let asking = fs::read_to_string(&config).unwrap().replace("probe: false", "onUnreachable: keep");
    fs::write(&config, asking).unwrap();
    let check =
        |flag: Option<&str>| text(&run(program().arg("check").args(flag).arg("--config").arg(&config), &pod).stderr);
    let said = check(Some("-v"));
    assert!(said.contains("HEAD https://127.0.0.1:9/v2/acme/api/manifests/1: no connection ("), "{said}");
    assert_eq!(check(None), "");
}

/// `pullthrough run` on what this shell script prints.
fn run_on(name: &str, script: &str) -> Command {
    let mut command = program();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.args(["run", "--config"]).arg(config(name)).args(["--", "sh", "-c", script]);
    command
}

#[test]
fn what_a_command_prints_is_the_input() {
    let output = run(run_on("run", "echo careful >&2; cat").env("PULLTHROUGH_LICENSE_ID", "secret"), POD);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), POD.replace("ghcr.io", "mirror.example/ghcr.io"));
    assert_eq!(text(&output.stderr), "careful\n");
}

#[test]
fn a_command_that_fails_leaves_nothing() {
    for (script, code, says) in [
        ("cat; exit 3", 2, "`sh` failed with exit code 3; nothing was written"),
        ("cat; kill -9 $$", 2, "`sh` was killed (signal: 9"),
        ("true", 2, "`sh` printed no manifests"),
        ("printf -- '---\\n# Source: empty.yaml\\n'", 2, "`sh` printed no manifests"),
        ("printf 'a: \\377'", 2, "the output of `sh` is not UTF-8: line 1"),
        ("sed s/acme/other/", 1, "error[undecided]"),
    ] {
        refused(&run(&mut run_on("run-fails", script), POD), code, says);
    }
}

/// The budget for manifests is not the command's to break.
#[test]
fn a_command_that_never_ends_printing_is_ended() {
    let output = run(&mut run_on("run-endless", "exec cat /dev/zero"), "");
    refused(&output, 2, "the output of `sh` is larger than 256 MiB");
}

#[test]
fn a_command_that_is_not_there_is_named_without_its_arguments() {
    let mut command = program();
    command.args(["run", "--config"]).arg(config("run-missing")).args(["--", "no-such-program", "--token=hush"]);
    let output = run(&mut command, POD);
    refused(&output, 2, "no program `no-such-program` in PATH");
    assert!(!text(&output.stderr).contains("hush"));
    refused(&run(program().arg("run"), ""), 2, "<COMMAND>...");
}

/// Before anything is run: whoever waits for a build should not wait for a typing error.
#[test]
fn a_command_is_not_run_without_its_configuration() {
    let ran = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ran");
    let _ = fs::remove_file(&ran);
    let mut command = program();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    refused(&run(command.args(["run", "--config", "/no/such/file", "--", "touch"]).arg(&ran), ""), 2, "/no/such/file");
    assert!(!ran.exists());
}

#[test]
fn a_command_does_not_see_our_variables() {
    let mut command =
        run_on("run-env", "sed \"s/web$/${PULLTHROUGH_LICENSE_ID-unset}${PULLTHROUGH_OTHER-unset}$KEPT/\"");
    command.env("PULLTHROUGH_LICENSE_ID", "secret").env("PULLTHROUGH_OTHER", "too").env("KEPT", "kept");
    let output = run(&mut command, &POD.replace("{name: web}", "\n  name: web"));
    assert!(text(&output.stdout).contains("name: unsetunsetkept\n"), "{}", text(&output.stdout));
}

/// A command that failed before a pipe, and what it may have left.
#[test]
fn the_guard_wants_something_to_look_at() {
    for nothing in ["# only a comment\n", "Error: chart not found\n", "{\"error\": \"x\"}\n", "a: b\n"] {
        let output = run(program().args(["check", "--rendered", "--config"]).arg(config("nothing")).arg("-"), nothing);
        let said = text(&output.stdout);
        assert!(output.status.code() == Some(1) && said.contains("error[no-objects]"), "{nothing}: {said}");
    }
    let public = POD.replace("ghcr.io", "mirror.example/ghcr.io");
    let output = run(program().args(["check", "--rendered", "--config"]).arg(config("nothing")).arg("-"), &public);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

/// The Secret in the output is of no use to a pod that does not name it.
#[test]
fn the_guard_sees_a_pod_that_does_not_name_the_secret() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names.yaml");
    fs::write(&path, CONFIG.replace("    credentials: {anonymous: {}}\n", "")).unwrap();
    let call = |arguments: &[&str], input: &str| {
        let mut command = program();
        command
            .env("PULLTHROUGH_USERNAME", "me")
            .env("PULLTHROUGH_PASSWORD", "p")
            .env("PULLTHROUGH_HOSTS", "mirror.example");
        run(command.args(arguments).arg("--config").arg(&path), input)
    };
    let rendered = text(&call(&[], POD).stdout);
    assert!(rendered.contains("kind: Secret") && rendered.contains("imagePullSecrets"), "{rendered}");
    assert_eq!(call(&["check", "--rendered"], &rendered).status.code(), Some(0));

    let without: String = rendered.replace("imagePullSecrets: [{name: acme-registry}], ", "");
    assert_ne!(without, rendered);
    let guarded = call(&["check", "--rendered"], &without);
    let said = text(&guarded.stdout);
    assert!(guarded.status.code() == Some(1) && said.contains("does not name `acme-registry`"), "{said}");
}

/// Nothing that the function writes depends on `additionalImages`, so it asks nobody about them; whoever looks wants to know.
#[test]
fn check_and_lock_ask_about_additional_images() {
    let config = Path::new(env!("CARGO_TARGET_TMPDIR")).join("additional.yaml");
    fs::write(&config, CONFIG.replace("probe: false", "budget: 5s")).unwrap();
    // Nobody listens there, which is an answer as well.
    let image = "127.0.0.1:1/acme/worker:1";
    let application = format!(
        "apiVersion: kots.io/v1beta1\nkind: Application\nmetadata: {{name: acme}}\nspec: {{additionalImages: [\"{image}\"]}}\n---\n{POD}"
    );
    let run = |arguments: &[&str]| run(program().args(arguments).arg("--config").arg(&config), &application);

    let checked = run(&["check", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    let found = &document["images"][0];
    assert_eq!((found["image"].as_str(), found["access"].as_str()), (Some(image), Some("unreachable")), "{document:#}");
    assert_eq!(found["places"][0]["field"], "spec.additionalImages");
    assert_eq!((found["severity"].as_str(), checked.status.code()), (Some("warning"), Some(0)), "{document:#}");

    let locked = run(&["lock"]);
    let says = format!("`{image}` is not in the lock: ");
    assert!(text(&locked.stderr).contains(&says), "{}", text(&locked.stderr));

    let written = run(&[]);
    assert_eq!(
        (written.status.code(), text(&written.stdout)),
        (Some(0), application.replace("ghcr.io", "mirror.example/ghcr.io"))
    );
}
