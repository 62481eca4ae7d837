//! Argo CD's own plugin server and the manifests of its repo-server, with the plugin of `docs/argocd.md`.

use crate::package::command;
use crate::pages;
use crate::process::{Finished, run};
use crate::tools;
use crate::workdir::{Workdir, copy};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

tests![the_plugin_server_gives_the_repo_server_what_it_applies,];

/// A sidecar and a repo-server that share their sockets.
struct ArgoCd {
    work: Workdir,
    program: PathBuf,
    path: std::ffi::OsString,
    server: Child,
}

impl ArgoCd {
    fn start() -> Option<ArgoCd> {
        let [program, kustomize] = tools::find(["argocd-plugin", "kustomize"])?;
        let work = Workdir::new();
        copy(&pages::path("examples/flux/base"), &work.join("repository/overlays/customer"));
        let config = work.write("pullthrough.yaml", pages::read("examples/argocd/pullthrough.yaml"));
        let plugin = pages::read("examples/argocd/plugin.yaml");
        let plugin = plugin.replace("/etc/pullthrough/pullthrough.yaml", &config.display().to_string());
        work.write("plugin/plugin.yaml", plugin);
        work.write("application.yaml", pages::read("examples/argocd/application.yaml"));
        work.folder("sockets");
        work.folder("temporary");
        let bin = work.join("bin");
        let path = tools::path_with(&[bin.as_path(), kustomize.parent()?]);
        let mut command = Self::command(&work, &program, &path);
        command.args(["server", "--config-dir-path", "plugin", "--logformat", "text"]);
        let server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let argocd = ArgoCd { work, program, path, server };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !argocd.work.join("sockets/pullthrough.sock").exists() {
            assert!(Instant::now() < deadline, "the plugin server made no socket");
            thread::sleep(Duration::from_millis(50));
        }
        Some(argocd)
    }

    fn command(work: &Workdir, program: &PathBuf, path: &std::ffi::OsStr) -> Command {
        let mut command = command(work, program);
        command.env("PATH", path).env("HOME", work.path()).env("PULLTHROUGH_PUBLIC_ONLY", "1");
        command.env("ARGOCD_PLUGINSOCKFILEPATH", work.join("sockets"));
        command.env("ARGOCD_CMP_WORKDIR", work.join("temporary"));
        command
    }

    /// What the repo-server gives the application controller.
    fn manifests(&self) -> Finished {
        let mut command = Self::command(&self.work, &self.program, &self.path);
        run(command.args(["manifests", "repository", "application.yaml"]), "")
    }

    fn kustomization(&self, text: &str) {
        let path: &Path = Path::new("repository/overlays/customer/kustomization.yaml");
        self.work.write(&path.display().to_string(), text);
    }
}

/// It does not end when it is asked to.
impl Drop for ArgoCd {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A failure is an error with the reason, and never an application without manifests, which Argo CD would prune.
fn the_plugin_server_gives_the_repo_server_what_it_applies() {
    let Some(argocd) = ArgoCd::start() else { return };
    let manifests = argocd.manifests().success();
    for image in ["acme/web:1.4.2", "ghcr.io/acme/agent:7"] {
        assert!(manifests.contains(&format!("\"image\":\"images.acme.example/proxy/acme/{image}\"")), "{manifests}");
    }
    assert!(manifests.contains("\"imagePullSecrets\":[{\"name\":\"acme-registry\"}]"), "{manifests}");
    assert!(manifests.contains("\"image\":\"redis:7\""), "{manifests}");
    for kustomization in ["resources: [missing.yaml]\n", "resources: []\n"] {
        argocd.kustomization(kustomization);
        let refused = argocd.manifests().failure();
        assert!(refused.stdout.is_empty() && refused.stderr.contains("kustomize build ."), "{refused}");
    }
}
