//! What a release needs, as far as it can be tried without a forge: the packing, the installer, Krew's manifest, and the check before a tag.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::page::path;

/// A release of programs that say nothing but their version.
struct Release(PathBuf);

impl Release {
    fn new(name: &str) -> Release {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("release-{name}"));
        let _ = fs::remove_dir_all(&folder);
        let workflow = fs::read_to_string(path(".github/workflows/release.yml")).unwrap();
        let targets = workflow.lines().filter_map(|line| line.trim().strip_prefix("- target: "));
        for target in targets.filter(|target| !target.contains("windows")) {
            let program = folder.join("programs").join(target).join("pullthrough");
            fs::create_dir_all(program.parent().unwrap()).unwrap();
            fs::write(program, format!("#!/bin/sh\necho pullthrough 0.1.0 for {target}\n")).unwrap();
        }
        let release = Release(folder);
        let packed = release.script("package.sh", &["programs", "release"]);
        assert!(packed.status.success(), "{}", text(&packed.stderr));
        release
    }

    fn script(&self, name: &str, arguments: &[&str]) -> Output {
        let mut script = Command::new(path("scripts").join(name));
        script.args(arguments).current_dir(&self.0).env("HOME", &self.0).output().unwrap()
    }

    fn install(&self) -> Output {
        self.script("install.sh", &["--from", "release", "--to", "bin"])
    }

    /// The installer, in a shell that believes that it is on another machine.
    fn install_on(&self, system: &str, machine: &str) -> Output {
        let uname = self.0.join("uname");
        fs::write(&uname, format!("#!/bin/sh\n[ \"$1\" = -s ] && echo {system} || echo {machine}\n")).unwrap();
        fs::set_permissions(&uname, fs::Permissions::from_mode(0o755)).unwrap();
        let search = format!("{}:{}", self.0.display(), std::env::var("PATH").unwrap());
        let mut script = Command::new(path("scripts/install.sh"));
        script.args(["--from", "release", "--to", "bin"]).current_dir(&self.0).env("PATH", search).output().unwrap()
    }

    /// Changes the checksums.
    fn change_sums(&self, change: impl Fn(String) -> String) {
        let file = self.0.join("release/SHA256SUMS");
        fs::write(&file, change(fs::read_to_string(&file).unwrap())).unwrap();
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_installer_installs_what_it_has_checked() {
    let release = Release::new("installed");
    let installed = release.install();
    assert!(installed.status.success(), "{}", text(&installed.stderr));
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    assert!(text(&installed.stdout).contains(&format!("installed pullthrough 0.1.0 for {target} as bin/pullthrough")));
    let installed = release.install_on("Darwin", "arm64");
    assert!(text(&installed.stdout).contains("for aarch64-apple-darwin"), "{}", text(&installed.stderr));
    assert_eq!(fs::read_dir(release.0.join("bin")).unwrap().count(), 1, "nothing is left beside the program");
}

#[test]
fn the_installer_refuses_what_it_can_not_check() {
    let release = Release::new("refused");
    let refused = |output: Output, says: &str| {
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(says), "{}", text(&output.stderr));
        assert!(!release.0.join("bin").exists());
    };
    refused(release.install_on("Linux", "riscv64"), "there is no release for the processor riscv64");
    refused(release.install_on("FreeBSD", "x86_64"), "there is no release for FreeBSD");
    refused(release.script("install.sh", &["--from", "elsewhere"]), "can't read elsewhere/pullthrough-");
    refused(release.script("install.sh", &["--form", "release"]), "unknown option --form");
    let wrong = |line: &str| format!("{}  {}\n", "0".repeat(64), line.split_once("  ").unwrap().1);
    release.change_sums(|sums| sums.lines().map(wrong).collect());
    refused(release.install(), "but SHA256SUMS lists");
    release.change_sums(|_| String::new());
    refused(release.install(), "SHA256SUMS does not list pullthrough-");
}

/// The script of the GitHub Action, with the variables that GitHub sets.
#[test]
fn the_action_adds_the_program_to_path() {
    let release = Release::new("action");
    let action = fs::read_to_string(path(".github/actions/setup/action.yml")).unwrap();
    let (_, script) = action.split_once("    run: |\n").unwrap();
    assert!(!script.contains("${{"), "an input in a script would be run");
    let mut shell = Command::new("bash");
    shell.args(["-e", "-o", "pipefail", "-c", script]).current_dir(&release.0);
    shell.env("GITHUB_ACTION_PATH", path(".github/actions/setup")).env("RUNNER_TEMP", &release.0);
    shell.env("GITHUB_PATH", release.0.join("path")).env("VERSION", "latest").env("FROM", release.0.join("release"));
    let ran = shell.output().unwrap();
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let added = fs::read_to_string(release.0.join("path")).unwrap();
    assert!(Path::new(added.trim()).join("pullthrough").exists(), "{added}");
}

#[test]
fn the_same_programs_give_the_same_archives() {
    let (one, other) = (Release::new("one"), Release::new("other"));
    let sums = |release: &Release| fs::read_to_string(release.0.join("release/SHA256SUMS")).unwrap();
    assert_eq!(sums(&one), sums(&other));
}

#[test]
fn krews_manifest_has_the_checksums() {
    let release = Release::new("krew");
    let zip = "aaaa  pullthrough-x86_64-pc-windows-msvc.zip\n";
    let missing = release.script("krew.sh", &["1.2.3", "release/SHA256SUMS"]);
    assert!(!missing.status.success() && text(&missing.stderr).contains("does not list pullthrough-x86_64-pc-windows"));
    release.change_sums(|sums| sums + zip);
    let filled = release.script("krew.sh", &["1.2.3", "release/SHA256SUMS"]);
    assert!(filled.status.success(), "{}", text(&filled.stderr));
    let manifest = text(&filled.stdout);
    let sums = fs::read_to_string(release.0.join("release/SHA256SUMS")).unwrap();
    let mut files = 0;
    for (uri, sum) in manifest.lines().zip(manifest.lines().skip(1)) {
        if let Some(file) =
            uri.trim().strip_prefix("uri: https://github.com/pullthrough/pullthrough/releases/download/v1.2.3/")
        {
            assert!(
                sums.contains(&format!("{}  {file}\n", sum.trim().strip_prefix("sha256: ").unwrap())),
                "{manifest}"
            );
            files += 1;
        }
    }
    assert_eq!(files, 5);
    assert!(manifest.contains("  version: v1.2.3\n") && !manifest.contains("VERSION"), "{manifest}");
}

#[test]
fn the_release_is_in_order() {
    let check = Command::new(path("scripts/release-check")).output().unwrap();
    assert!(check.status.success(), "{}", text(&check.stderr));
    let tagged = Command::new(path("scripts/release-check")).arg("v99.0.0").output().unwrap();
    assert!(text(&tagged.stderr).contains("the tag is v99.0.0, but Cargo.toml has"), "{}", text(&tagged.stderr));
}
