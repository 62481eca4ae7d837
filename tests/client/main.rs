//! What only sockets can show: the client against servers on loopback.

#![cfg(feature = "net")]
// Clippy knows by this that the helpers are tests as well.
#![cfg(test)]

mod addresses;
mod authority;
mod connections;
mod failures;
mod proxies;
mod registries;
mod server;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use pullthrough::access::addresses::AddressPolicy;
use pullthrough::access::session::{Capabilities, Limits, Query, Session};
use pullthrough::access::verdict::Verdict;
use pullthrough::image::Reference;
use pullthrough::registry::{Client, Settings};

/// Settings for tests: every name leads where `names` says, and nothing takes long.
fn settings(names: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Settings {
    Settings {
        connect_timeout: Duration::from_millis(500),
        request_timeout: Duration::from_millis(700),
        lookup: Arc::new(names),
        has_route: || true,
        ..Settings::default()
    }
}

/// Every name is this machine.
fn here() -> Settings {
    settings(|_| Ok(vec![LOOPBACK]))
}

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// Limits under which these hosts speak plain http.
fn plain(hosts: &[&str]) -> Limits {
    let plain_http = hosts.iter().map(|&host| host.to_owned()).collect();
    let addresses = AddressPolicy { plain_http, ..AddressPolicy::default() };
    Limits { budget: Duration::from_secs(5), addresses, ..Limits::default() }
}

fn ask(images: &[impl AsRef<str>], limits: Limits, settings: Settings) -> Vec<Verdict> {
    let queries = images.iter().map(|image| Query::anonymously(Reference::parse(image.as_ref()).unwrap())).collect();
    let mut session = Session::new(queries, limits, Capabilities::FULL);
    Client::new(settings).run(&mut session, |_| {}).unwrap()
}

/// The verdict on one image, as `access: evidence`.
fn ask_one(image: &str, limits: Limits, settings: Settings) -> String {
    let verdict = &ask(&[image], limits, settings)[0];
    format!("{}: {}", verdict.access, verdict.evidence)
}
