//! nginx as the proxy that a license opens.

use super::{Account, Authority, Registry, Server};
use std::fs;
use std::path::Path;

/// A license as the function writes it into a pull Secret: Replicated's user name for all of them, and its ID.
pub(crate) const LICENSE: Account<'static> = Account { user: "LICENSE_ID", password: "2xYzOnlyForTests" };

/// A running proxy in Replicated's layout, before a registry with htpasswd.
pub(crate) struct Proxy(Server);

impl Proxy {
    /// The name that the proxy knows its upstream by. A host with a port can't be part of a repository's name.
    pub(crate) const ALIAS: &str = "upstream";

    /// The name under which the proxy has no account for it.
    pub(crate) const STRANGER: &str = "stranger";

    /// Starts one with all its files in this folder, and without a license; with an authority it speaks TLS only.
    pub(crate) fn start(folder: &Path, upstream: &Registry, authority: Option<&Authority>) -> Proxy {
        if let Some(authority) = authority {
            authority.serve_in(folder);
        }
        fs::write(folder.join("licenses"), "").expect("the folder is ours");
        Proxy(Server::start("proxy.sh", folder, &[Self::ALIAS, &upstream.port().to_string()]))
    }

    /// `127.0.0.1` and its port: the registry part of its references.
    pub(crate) fn host(&self) -> String {
        self.0.host()
    }

    /// From now on this license opens it, and no other.
    pub(crate) fn license(&self, license: &str) {
        let line = format!("{}:{{PLAIN}}{license}\n", LICENSE.user);
        // Renamed into place: a request that comes meanwhile reads the old file or the new one.
        let (path, new) = (self.0.folder.join("licenses"), self.0.folder.join("licenses.new"));
        fs::write(&new, line).and_then(|()| fs::rename(&new, path)).expect("the folder is ours");
    }

    /// Its access log: one line for each request, with the user that it was made as.
    pub(crate) fn requests(&self) -> Vec<String> {
        let log = fs::read_to_string(self.0.folder.join("access.log")).expect("nginx makes it at the start");
        log.lines().map(str::to_owned).collect()
    }
}
