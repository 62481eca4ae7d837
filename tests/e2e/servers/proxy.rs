//! nginx as the proxy that a licence opens.

use super::{Authority, Registry, Server};
use std::fs;
use std::path::Path;

/// A running proxy in Replicated's layout, before a registry with htpasswd.
pub(crate) struct Proxy(Server);

impl Proxy {
    /// The name that the proxy knows its upstream by. A host with a port can't be part of a repository's name.
    pub(crate) const ALIAS: &str = "upstream";

    /// Starts one with all its files in this folder, and without a licence; with an authority it speaks TLS only.
    pub(crate) fn start(folder: &Path, upstream: &Registry, authority: Option<&Authority>) -> Proxy {
        if let Some(authority) = authority {
            authority.serve_in(folder);
        }
        fs::write(folder.join("licences"), "").expect("the folder is ours");
        Proxy(Server::start("proxy.sh", folder, &[Self::ALIAS, &upstream.port().to_string()]))
    }

    /// `127.0.0.1` and its port: the registry part of its references.
    pub(crate) fn host(&self) -> String {
        self.0.host()
    }

    /// From now on exactly these licences open it.
    pub(crate) fn license(&self, licences: &[&str]) {
        let lines: String = licences.iter().map(|id| format!("{id}:{{PLAIN}}{id}\n")).collect();
        // Renamed into place: a request that comes meanwhile reads the old list or the new one.
        let (path, new) = (self.0.folder.join("licences"), self.0.folder.join("licences.new"));
        fs::write(&new, lines).and_then(|()| fs::rename(&new, path)).expect("the folder is ours");
    }

    /// Its access log: one line for each request, with the licence that it was made with.
    pub(crate) fn requests(&self) -> Vec<String> {
        let log = fs::read_to_string(self.0.folder.join("access.log")).expect("nginx makes it at the start");
        log.lines().map(str::to_owned).collect()
    }
}
