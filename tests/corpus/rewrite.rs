//! `rewrite` on real manifests: `git apply` of the diff gives what `--write` writes, and a second time changes nothing.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::{corpus, harness};

tests![the_diff_is_what_is_written_and_a_second_time_changes_nothing];

const CONFIG: &str = "\
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: corpus}
spec:
  proxies:
  - template: {host: mirror.corp.example, pattern: \"{host}/m/{registry}/{repository}\"}
  images: {private: [\"**\"]}
  access: {probe: false}
";

fn rewrite(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pullthrough"));
    command
        .env_clear()
        .current_dir(folder)
        .args(["rewrite", "--config", "config.yaml"])
        .args(arguments)
        .output()
        .unwrap()
}

fn the_diff_is_what_is_written_and_a_second_time_changes_nothing() {
    let Some(corpus) = corpus() else { return };
    let custom = corpus.with_file_name("corpus-custom");
    if !custom.is_dir() {
        harness::ignore("the real custom resources (../shared/corpus-custom) are absent");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus-rewrite");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join(".git")).unwrap();
    fs::write(folder.join("config.yaml"), CONFIG).unwrap();
    let (mut changed, mut refused) = (0, 0);
    for file in manifests(&corpus).into_iter().chain(manifests(&custom)) {
        let before = fs::read(&file).unwrap();
        let path = folder.join("one.yaml");
        fs::write(&path, &before).unwrap();
        let diff = rewrite(&folder, &["one.yaml"]);
        let name = file.display();
        if diff.status.code() != Some(0) {
            // What can't be used is refused alike, and stays.
            let written = rewrite(&folder, &["one.yaml", "--write"]);
            assert_eq!(written.status.code(), diff.status.code(), "{name}");
            assert!(fs::read(&path).unwrap() == before, "{name}: what is refused is changed");
            refused += 1;
            continue;
        }
        if !diff.stdout.is_empty() {
            apply(&folder, &diff.stdout);
        }
        let applied = fs::read(&path).unwrap();
        fs::write(&path, &before).unwrap();
        assert_eq!(rewrite(&folder, &["one.yaml", "--write"]).status.code(), Some(0), "{name}");
        assert!(fs::read(&path).unwrap() == applied, "{name}: the diff is not what is written");
        let again = rewrite(&folder, &["one.yaml", "--write"]);
        let said = String::from_utf8_lossy(&again.stderr).into_owned();
        assert!(again.status.success() && said.ends_with("nothing to rewrite\n"), "{name}: {said}");
        assert!(fs::read(&path).unwrap() == applied, "{name}: a second time changes something");
        changed += usize::from(applied != before);
    }
    assert!(changed > 100 && refused < 20, "{changed} changed, {refused} refused");
}

fn apply(folder: &Path, diff: &[u8]) {
    let git = Command::new("git")
        .args(["apply", "--whitespace=nowarn", "-"])
        .current_dir(folder)
        .env_remove("GIT_DIR")
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut git = git.expect("git is there");
    git.stdin.take().unwrap().write_all(diff).unwrap();
    let output = git.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The manifests below a folder.
fn manifests(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let mut paths: Vec<PathBuf> = fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                found.push(path);
            }
        }
    }
    found
}
