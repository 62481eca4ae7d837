//! A real registry client that shares no code with us.

use super::{Account, Authority, Image};
use crate::process::{Finished, run};
use crate::workdir::Workdir;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// skopeo, with nothing of this machine's configuration or credentials.
pub(crate) struct Skopeo<'a> {
    program: PathBuf,
    home: Workdir,
    authority: Option<&'a Authority>,
}

impl<'a> Skopeo<'a> {
    /// A client that also speaks plain HTTP, or, with an authority, TLS with the certificates that it signed.
    pub(crate) fn new(program: &Path, authority: Option<&'a Authority>) -> Skopeo<'a> {
        let home = Workdir::new();
        if let Some(authority) = authority {
            let trusted = home.folder("trusted").join("ca.crt");
            fs::copy(authority.certificate(), trusted).expect("the authority made it");
        }
        Skopeo { program: program.to_owned(), home, authority }
    }

    /// Copies an image to a reference. Its digest stays the same.
    pub(crate) fn push(&self, image: &Image, reference: &str, docker_config: Option<&str>) -> Finished {
        self.copy("dest", &image.location(), &format!("docker://{reference}"), docker_config)
    }

    /// Copies an image from a reference, all of it.
    pub(crate) fn pull(&self, reference: &str, docker_config: Option<&str>) -> Finished {
        let pulled = Workdir::new();
        self.copy("src", &format!("docker://{reference}"), &format!("dir:{}", pulled.path().display()), docker_config)
    }

    /// `side` is the one of the two that is a registry.
    fn copy(&self, side: &str, from: &str, to: &str, docker_config: Option<&str>) -> Finished {
        let mut command = Command::new(&self.program);
        command.env_clear().env("HOME", self.home.path()).env("PATH", "/usr/bin:/bin");
        command.args(["--insecure-policy", "copy", "--preserve-digests", "--retry-times=0"]);
        match self.authority {
            Some(_) => command.arg(format!("--{side}-cert-dir={}", self.home.join("trusted").display())),
            None => command.arg(format!("--{side}-tls-verify=false")),
        };
        match docker_config {
            Some(json) => {
                let file = self.home.write("auth.json", json);
                command.arg(format!("--{side}-authfile={}", file.display()))
            }
            None => command.arg(format!("--{side}-no-creds")),
        };
        run(command.args([from, to]), "")
    }
}

/// A docker config file with one account.
pub(crate) fn docker_config(host: &str, account: Account<'_>) -> String {
    let auth = STANDARD.encode(format!("{}:{}", account.user, account.password));
    json!({"auths": {host: {"auth": auth}}}).to_string()
}
