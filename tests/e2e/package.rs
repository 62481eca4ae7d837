//! The workloads that every orchestrator gets, and what must have become of them.

use crate::changes::Changes;
use crate::servers::LICENSE;
use crate::tools;
use crate::workdir::{Workdir, fixture};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;

/// The host of the proxy in the fixtures' configuration.
pub(crate) const HOST: &str = "images.acme.example";

/// A command that finds the function as `pullthrough` in its `PATH`, and podman as its container engine, without credentials of this machine.
pub(crate) fn command(work: &Workdir, program: &PathBuf) -> Command {
    let bin = work.folder("bin");
    let function = bin.join("pullthrough");
    if !function.exists() {
        symlink(tools::binary(), &function).expect("the folder is ours");
    }
    // kustomize and kubectl call their engine `docker`, whatever it is.
    let docker = bin.join("docker");
    if !docker.exists() {
        fs::write(&docker, "#!/bin/sh\nexec podman \"$@\"\n").expect("the folder is ours");
        fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    }
    let mut command = Command::new(program);
    command.current_dir(work.path()).env("PATH", tools::path_with(&[&bin])).env("HOME", work.folder("home"));
    // Up to v1.0.0-beta.58 kpt's name for it begins with KPT.
    command.env("KRM_FN_RUNTIME", "podman").env("KPT_FN_RUNTIME", "podman");
    command.env("CONTAINERS_CONF", fixture("containers.conf"));
    let inherited = std::env::vars_os().map(|(name, _)| name);
    for name in inherited.filter(|name| name.to_string_lossy().starts_with("PULLTHROUGH_")) {
        command.env_remove(name);
    }
    command
}

/// Fails unless the private image of `workloads.yaml` goes through the proxy at this host, its pod names the Secret, and nothing else is
/// different. `before` is the same text as the same program wrote it without the function, and
/// `comment` what stands behind the image there.
#[track_caller]
pub(crate) fn assert_made_pullable(before: &str, after: &str, host: &str, comment: &str) {
    let changes = Changes::between(before, after);
    let trimmed = |lines: &[String]| {
        lines.iter().map(|line| line.trim_start().trim_start_matches("- ").to_owned()).collect::<Vec<_>>()
    };
    let mut added = trimmed(&changes.added);
    added.sort();
    assert_eq!(trimmed(&changes.removed), [format!("image: ghcr.io/acme/api:1.2.3{comment}")], "{changes:#?}");
    assert_eq!(
        added,
        [
            format!("image: {host}/proxy/acme/ghcr.io/acme/api:1.2.3{comment}"),
            "imagePullSecrets:".to_owned(),
            "name: acme-registry".to_owned(),
        ],
        "{changes:#?}"
    );
}

/// Takes the Secrets out of a stream of documents: the rest, and the Secrets.
pub(crate) fn without_secrets(stream: &str) -> (String, Vec<String>) {
    let (secrets, rest): (Vec<&str>, Vec<&str>) = stream
        .split("---\n")
        .filter(|document| !document.is_empty())
        .partition(|document| document.contains("kind: Secret\n"));
    (rest.join("---\n"), secrets.into_iter().map(str::to_owned).collect())
}

/// Fails unless this document is the shop's pull Secret with exactly these hosts, each opened by [`LICENSE`]. A proxy with a domain of its
/// own has the product's default hosts as well: manifests may still name them.
#[track_caller]
pub(crate) fn assert_pull_secret(secret: &str, hosts: &[&str]) {
    for line in ["type: kubernetes.io/dockerconfigjson", "name: acme-registry", "namespace: shop"] {
        assert!(secret.lines().any(|found| found.trim() == line), "{line} is not in\n{secret}");
    }
    let found: serde_json::Value = serde_json::from_str(&docker_config_of(secret)).expect("a docker config is JSON");
    let auth = STANDARD.encode(format!("{}:{}", LICENSE.user, LICENSE.password));
    let auths: serde_json::Map<_, _> =
        hosts.iter().map(|host| ((*host).to_owned(), serde_json::json!({"auth": auth}))).collect();
    assert_eq!(found, serde_json::json!({"auths": auths}));
}

/// The docker config file that a pull Secret holds.
#[track_caller]
pub(crate) fn docker_config_of(secret: &str) -> String {
    let data = secret.lines().find_map(|line| line.trim().strip_prefix(".dockerconfigjson: "));
    let json = STANDARD.decode(data.expect("it holds a docker config").trim_matches('"')).expect("it is in base64");
    String::from_utf8(json).expect("JSON is text")
}
