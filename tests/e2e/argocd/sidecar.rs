//! The sidecar of `examples/argocd`, taken from those files: its command, variables, mounts and rights.

use crate::package::command;
use crate::pages;
use crate::process::{Finished, run};
use crate::tools;
use crate::workdir::{Workdir, copy, fixture};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// `plugin.yaml`, with the fields that Argo CD knows (argoproj/argo-cd: docs/operator-manual/config-management-plugins.md) and that an
/// example has a use for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Plugin {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) metadata: Metadata,
    pub(super) spec: Spec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metadata {
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spec {
    pub(super) generate: Generate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generate {
    command: Vec<String>,
    #[serde(default)]
    args: Vec<String>,
}

impl Generate {
    /// The program and its arguments.
    pub(super) fn line(&self) -> Vec<&str> {
        self.command.iter().chain(&self.args).map(String::as_str).collect()
    }
}

/// The sidecar in a patch of the repo-server.
fn container(file: &str) -> Value {
    pages::parse::<Value>(&pages::read(&format!("examples/argocd/{file}")))["spec"]["template"]["spec"]["containers"][0]
        .take()
}

/// An application's folder, and what the sidecar has beside it.
pub(super) struct Sidecar {
    pub(super) plugin: Plugin,
    work: Workdir,
}

impl Sidecar {
    pub(super) fn new() -> Sidecar {
        let work = Workdir::new();
        copy(&pages::path("examples/flux/base"), &work.join("app"));
        copy(&pages::path("examples/argocd"), &work.join("etc"));
        Sidecar { plugin: pages::parse(&pages::read("examples/argocd/plugin.yaml")), work }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.work.join(name)
    }

    pub(super) fn read(&self, name: &str) -> String {
        self.work.read(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        self.work.write(name, text)
    }

    /// Has it write the Secret, with a license that is mounted as `license.yaml` says.
    pub(super) fn with_a_license(&self) {
        let config = self.read("etc/pullthrough.yaml");
        assert!(config.contains("create: never"), "{config}");
        self.write("etc/pullthrough.yaml", &config.replace("create: never", "create: auto"));
        self.write("etc/license.yaml", &fs::read_to_string(fixture("license.yaml")).unwrap());
        self.write("etc/licensed", "");
    }

    /// Has one image be on a registry that has to be asked.
    pub(super) fn ask(&self, registry: &TcpListener, budget: &str) {
        let host = registry.local_addr().unwrap();
        let app = self.read("app/shop.yaml");
        self.write("app/shop.yaml", &app.replace("ghcr.io/acme/agent", &format!("{host}/acme/agent")));
        let config = self.read("etc/pullthrough.yaml");
        let aliases = format!("    aliases: {{\"{host}\": upstream}}\n  access: {{budget: {budget}}}\n  images:\n");
        self.write("etc/pullthrough.yaml", &config.replace("  images:\n", &aliases));
    }

    /// Runs the command as Argo CD does, with these variables of an application.
    pub(super) fn generate(&self, kustomize: &Path, variables: &[(&str, &str)]) -> Finished {
        let mut command = self.command(kustomize);
        command.envs(variables.iter().copied());
        Running::start(command).wait()
    }

    /// Starts it on a server that is not shared.
    pub(super) fn generate_on_private_networks(&self, kustomize: &Path) -> Running {
        let mut command = self.command(kustomize);
        command.env_remove("PULLTHROUGH_PUBLIC_ONLY");
        Running::start(command)
    }

    /// What the page's guard says when Argo CD has this to apply.
    pub(super) fn guard(&self, manifests: &str) -> Finished {
        self.write("manifests.yaml", manifests);
        let argocd = self.write(
            "stand-in/argocd",
            "#!/bin/sh\n[ \"$*\" = \"app manifests shop --source git\" ] && cat ../manifests.yaml\n",
        );
        fs::set_permissions(&argocd, fs::Permissions::from_mode(0o755)).unwrap();
        let mut shell = command(&self.work, &PathBuf::from("sh"));
        shell.env("PATH", tools::path_with(&[&self.work.join("bin"), &self.work.join("stand-in")]));
        run(shell.arg("guard.sh").current_dir(self.work.join("etc")), "")
    }

    fn command(&self, kustomize: &Path) -> Command {
        let line = self.plugin.spec.generate.line();
        let mut generate = command(&self.work, &PathBuf::from(line[0]));
        let etc = self.path("etc").display().to_string();
        generate.args(line[1..].iter().map(|word| word.replace("/etc/pullthrough", &etc)));
        let variables = self.variables();
        generate.envs(variables.iter().map(|(name, value)| (name, value.replace("/etc/pullthrough-license", &etc))));
        let programs = [self.work.join("bin"), kustomize.parent().unwrap().to_owned()];
        generate.env("PATH", tools::path_with(&[&programs[0], &programs[1]])).current_dir(self.path("app"));
        generate
    }

    fn variables(&self) -> Vec<(String, String)> {
        let mut files = vec!["repo-server.yaml"];
        files.extend(self.path("etc/licensed").exists().then_some("license.yaml"));
        let variables = files.into_iter().flat_map(|file| container(file)["env"].as_array().unwrap().clone());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        variables.map(|variable| (text(&variable["name"]), text(&variable["value"]))).collect()
    }

    /// The image of the example's Dockerfile, with the rights that the sidecar has.
    pub(super) fn container(&self, podman: &Path, kustomize: &Path, image: &str) -> Confined<'_> {
        let program = self.work.folder("image/app").join("kustomize");
        fs::copy(kustomize, &program).unwrap();
        let tag = format!("localhost/pullthrough-argocd:{}", std::process::id());
        let mut build = command(&self.work, &podman.to_owned());
        build.args(["build", "--quiet", "--layers=false", "--pull-never", "--tag", &tag]);
        build.arg("--build-context").arg(format!("kustomize={}", self.path("image").display()));
        build.args(["--build-arg", &format!("PULLTHROUGH={image}"), "etc"]);
        run(&mut build, "").success();
        let rights = container("repo-server.yaml")["securityContext"].take();
        assert_eq!(rights["capabilities"]["drop"], json!(["ALL"]));
        assert_eq!(rights["allowPrivilegeEscalation"], json!(false));
        let (user, read_only) = (rights["runAsUser"].to_string(), rights["readOnlyRootFilesystem"] == true);
        Confined { sidecar: self, podman: podman.to_owned(), tag, user, read_only }
    }
}

/// The sidecar as a container.
pub(super) struct Confined<'a> {
    sidecar: &'a Sidecar,
    podman: PathBuf,
    tag: String,
    pub(super) user: String,
    pub(super) read_only: bool,
}

impl Confined<'_> {
    pub(super) fn generate(&self, variables: &[(&str, &str)]) -> Finished {
        let Sidecar { plugin, work, .. } = self.sidecar;
        let line = plugin.spec.generate.line();
        let mut generate = command(work, &self.podman);
        generate.args(["run", "--rm", "--pull=never", "--network=none", "--cap-drop=all"]);
        generate.args(["--security-opt=no-new-privileges", "--read-only-tmpfs=false"]);
        generate.arg(format!("--read-only={}", self.read_only)).args(["--user", &self.user]);
        for (name, value) in self.sidecar.variables() {
            generate.arg(format!("--env={name}={value}"));
        }
        generate.args(variables.iter().map(|(name, value)| format!("--env={name}={value}")));
        generate.arg(format!("--volume={}:/etc/pullthrough:ro", work.join("etc").display()));
        generate.arg(format!("--volume={}:/tmp/_cmp_server/1:ro", work.join("app").display()));
        generate.args(["--workdir=/tmp/_cmp_server/1", "--entrypoint", line[0], &self.tag]).args(&line[1..]);
        run(&mut generate, "")
    }

    /// The files of the image that may be run.
    pub(super) fn programs(&self) -> Vec<String> {
        let podman = |arguments: &[&str]| {
            run(command(&self.sidecar.work, &self.podman).args(arguments), "").success().trim().to_owned()
        };
        let container = podman(&["create", "--pull=never", &self.tag]);
        podman(&["export", "--output=image.tar", &container]);
        podman(&["rm", &container]);
        let list = ["--list", "--verbose", "--file=image.tar"];
        let files = run(command(&self.sidecar.work, &PathBuf::from("tar")).args(list), "").success();
        let programs = files.lines().filter(|line| line.starts_with("-rwx"));
        let mut names: Vec<String> =
            programs.filter_map(|line| line.split_whitespace().last()).map(str::to_owned).collect();
        names.sort();
        names
    }
}

impl Drop for Confined<'_> {
    fn drop(&mut self) {
        let _ = command(&self.sidecar.work, &self.podman).args(["rmi", "--force", &self.tag]).output();
    }
}

/// A command that was started in a process group of its own.
pub(super) struct Running(Child);

impl Running {
    fn start(mut command: Command) -> Running {
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    pub(super) fn wait(self) -> Finished {
        let output = self.0.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Finished { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Ends it as Argo CD does.
    pub(super) fn terminate(self) -> Finished {
        let kill = format!("kill -s TERM -- -{}", self.0.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self.wait()
    }
}

/// Waits for what another process does.
#[track_caller]
pub(super) fn wait_until(mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !done() {
        assert!(Instant::now() < end, "it does not come");
        thread::sleep(Duration::from_millis(5));
    }
}
