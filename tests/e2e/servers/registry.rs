//! CNCF Distribution.

use super::{Account, Authority, Server, TokenServer};
use std::path::Path;

tests![the_access_log_is_read,];

/// The account that `registry.sh` gives a registry with htpasswd, and that a token server knows.
pub(crate) const UPSTREAM: Account<'static> = Account { user: "robot", password: "robot-password" };

/// Whom a registry lets in.
#[derive(Clone, Copy)]
pub(crate) enum Access<'a> {
    /// Everybody, for everything.
    Open,
    /// Who has the account [`UPSTREAM`], for everything.
    Htpasswd,
    /// Whom this server gives a token.
    Token(&'a TokenServer),
}

/// A running registry.
pub(crate) struct Registry(Server);

impl Registry {
    /// Starts one with all its files in this folder; with an authority it speaks TLS only.
    pub(crate) fn start(folder: &Path, access: Access<'_>, authority: Option<&Authority>) -> Registry {
        if let Some(authority) = authority {
            authority.serve_in(folder);
        }
        let (realm, certificate);
        let arguments: &[&str] = match access {
            Access::Open => &["open"],
            Access::Htpasswd => &["htpasswd"],
            Access::Token(server) => {
                (realm, certificate) = (server.realm(), server.certificate().display().to_string());
                &["token", &realm, &certificate]
            }
        };
        Registry(Server::start("registry.sh", folder, arguments))
    }

    /// `127.0.0.1` and its port: the registry part of its references.
    pub(crate) fn host(&self) -> String {
        self.0.host()
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port
    }

    /// The requests that it answered so far, oldest first: method, path and status, as in `HEAD /v2/acme/api/manifests/1 200`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.0.log().lines().filter_map(request).collect()
    }
}

/// Takes a line of the access log apart: `127.0.0.1 - - [date] "GET /v2/ HTTP/1.1" 401 87 "" "client"`. Other lines are the registry's own.
fn request(line: &str) -> Option<String> {
    let (_, rest) = line.strip_prefix("127.0.0.1 ")?.split_once('"')?;
    let (request, rest) = rest.split_once('"')?;
    let (method_and_path, _) = request.rsplit_once(' ')?;
    Some(format!("{method_and_path} {}", rest.split_whitespace().next()?))
}

fn the_access_log_is_read() {
    let line =
        r#"127.0.0.1 - robot [23/Nov/2026:18:30:00 +0000] "HEAD /v2/a/manifests/1 HTTP/1.1" 401 0 "" "skopeo/1.9.3""#;
    assert_eq!(request(line).as_deref(), Some("HEAD /v2/a/manifests/1 401"));
    assert_eq!(request(r#"time="2026-11-23T18:30:00Z" level=warning msg="127.0.0.1 \"" "#), None);
}
