//! `examples/license-proxy`, running.

use super::{Authority, PROGRAMS, Server, UPSTREAM, docker_config, free_port};
use crate::process::{Finished, run};
use crate::tools;
use crate::workdir::Workdir;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The example's demonstration: a vendor's private registry, whose account is [`UPSTREAM`], and the proxy that its licenses open.
pub(crate) struct Shop {
    server: Server,
    upstream: u16,
    work: Workdir,
}

impl Shop {
    /// The file of the example with this name.
    pub(crate) fn file(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/license-proxy").join(name)
    }

    /// Starts it on free ports, or says what this machine lacks for it.
    pub(crate) fn start() -> Option<Shop> {
        Shop::start_with(None)
    }

    /// The same; with an authority the proxy speaks TLS only.
    pub(crate) fn start_with(authority: Option<&Authority>) -> Option<Shop> {
        tools::find(PROGRAMS)?;
        tools::find(["ngx_http_js_module.so"])?;
        let (work, upstream) = (Workdir::new(), free_port());
        if let Some(authority) = authority {
            authority.serve_in(work.path());
        }
        let script = Self::file("start");
        let server = Server::start(&script.display().to_string(), work.path(), &[&upstream.to_string()]);
        Some(Shop { server, upstream, work })
    }

    /// The proxy's `127.0.0.1` and port.
    pub(crate) fn host(&self) -> String {
        self.server.host()
    }

    /// Those of the vendor's registry.
    pub(crate) fn upstream(&self) -> String {
        format!("127.0.0.1:{}", self.upstream)
    }

    /// The image that the example is about, where the vendor's manifests have it.
    pub(crate) fn source(&self) -> String {
        format!("{}/acme/api:1", self.upstream())
    }

    /// The image where the proxy has it.
    pub(crate) fn proxied(&self) -> String {
        format!("{}/proxy/acme/upstream/acme/api:1", self.host())
    }

    /// The folder that the scripts of the example are called with.
    pub(crate) fn folder(&self) -> &Path {
        self.work.path()
    }

    /// A docker config with the account of the vendor's registry.
    pub(crate) fn account(&self) -> String {
        docker_config(&self.upstream(), UPSTREAM)
    }

    /// Runs `license FOLDER ARGUMENTS`.
    pub(crate) fn license(&self, arguments: &[&str]) -> Finished {
        run(Command::new(Self::file("license")).arg(self.folder()).args(arguments), "")
    }

    /// Puts this registry behind `proxy/acme/upstream/` instead, without an account. Soon it counts.
    pub(crate) fn stand_before(&self, registry: &str) {
        self.reconfigure(|upstreams| {
            let (_, accounts) = upstreams.split_once("map $image $account {").expect("it has two maps");
            let own = upstreams.replace(accounts, "default \"\"; }");
            own.replace(&format!("http://{}", self.upstream()), registry)
        });
    }

    /// Makes another text of `upstreams.conf`. Soon it counts.
    pub(crate) fn reconfigure(&self, change: impl FnOnce(&str) -> String) {
        self.work.write("upstreams.conf", change(&self.work.read("upstreams.conf")));
        run(Command::new("kill").args(["-HUP", self.work.read("nginx.pid").trim()]), "").success();
    }

    /// The proxy's access log.
    pub(crate) fn requests(&self) -> String {
        self.work.read("access.log")
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // Asked to end it ends what it has started; then nothing writes into the folder any more.
        run(Command::new("kill").arg(self.server.child.id().to_string()), "");
        let _ = self.server.child.wait();
    }
}
