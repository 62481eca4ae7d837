//! What a client takes from the world around it.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{NoProxy, Proxy};
use url::Url;

use super::client_error::ClientError;
use super::open_files::is_out_of_files;

/// Finds the addresses of a name. It may block, for it runs on a thread of its own.
pub type Lookup = Arc<dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync>;

/// What a client takes from the world around it. Docker's configuration, netrc files and the system's certificates are
/// not among it: the answers must not depend on who asks.
#[derive(Clone)]
pub struct Settings {
    /// `SSL_CERT_FILE`: certificates to trust besides those that every client has.
    pub ca_file: Option<PathBuf>,
    /// `HTTPS_PROXY`, or else `ALL_PROXY`.
    pub https_proxy: Option<String>,
    /// `HTTP_PROXY`, or else `ALL_PROXY`.
    pub http_proxy: Option<String>,
    /// `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// For a connection to be made, its name looked up included.
    pub connect_timeout: Duration,
    /// For one request in all.
    pub request_timeout: Duration,
    /// Finds the addresses of names.
    pub lookup: Lookup,
    /// Whether this machine has a way to any network.
    pub has_route: fn() -> bool,
}

/// The names and addresses of this machine, as `NO_PROXY` spells them.
const THIS_MACHINE: &str = "localhost,127.0.0.0/8,::1";

impl Default for Settings {
    fn default() -> Self {
        Self {
            ca_file: None,
            https_proxy: None,
            http_proxy: None,
            no_proxy: None,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(8),
            lookup: Arc::new(look_up),
            has_route,
        }
    }
}

impl Settings {
    /// The settings that these environment variables make. Proxies are named in upper or lower case, the latter first;
    /// `HTTP_PROXY` is ignored in a CGI process, where a request can set it.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let named = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let either = |name: &str| named(&name.to_ascii_lowercase()).or_else(|| named(name));
        let cgi = named("REQUEST_METHOD").is_some();
        let http_proxy = if cgi { named("http_proxy") } else { either("HTTP_PROXY") };
        Self {
            ca_file: named("SSL_CERT_FILE").map(PathBuf::from),
            https_proxy: either("HTTPS_PROXY").or_else(|| either("ALL_PROXY")),
            http_proxy: http_proxy.or_else(|| either("ALL_PROXY")),
            no_proxy: either("NO_PROXY"),
            ..Self::default()
        }
    }

    /// The forward proxies. What user and password they carry goes to them and nowhere else.
    pub(super) fn proxies(&self) -> Result<Vec<Proxy>, ClientError> {
        let bad = |variable| move |_| ClientError::Proxy { variable };
        let https = self.https_proxy.as_deref().map(|url| Proxy::https(url).map_err(bad("HTTPS_PROXY")));
        let http = self.http_proxy.as_deref().map(|url| Proxy::http(url).map_err(bad("HTTP_PROXY")));
        // This machine is not asked by way of another one (as in Go's `httpproxy`): plain http is enough for a credential here.
        let named = self.no_proxy.as_deref().unwrap_or_default();
        let except = NoProxy::from_string(&format!("{named},{THIS_MACHINE}"));
        let all = https.into_iter().chain(http);
        all.map(|proxy| Ok(proxy?.no_proxy(except.clone()))).collect()
    }

    /// The names of the forward proxies' hosts, which the user of this process chose.
    pub(super) fn proxy_names(&self) -> Vec<String> {
        let urls = self.https_proxy.iter().chain(&self.http_proxy);
        let with_scheme = urls.map(|url| if url.contains("://") { url.clone() } else { format!("http://{url}") });
        with_scheme.filter_map(|url| Some(Url::parse(&url).ok()?.host_str()?.to_owned())).collect()
    }
}

impl fmt::Debug for Settings {
    /// Without the proxies, whose URLs may carry a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("ca_file", &self.ca_file)
            .field("no_proxy", &self.no_proxy)
            .finish_non_exhaustive()
    }
}

fn look_up(name: &str) -> io::Result<Vec<IpAddr>> {
    match (name, 0).to_socket_addrs() {
        Ok(addresses) => Ok(addresses.map(|address| address.ip()).collect()),
        // Where no file can be opened, some systems only say that the name is not there.
        Err(error) => Err(datagram_socket(Ipv4Addr::UNSPECIFIED.into()).err().filter(is_out_of_files).unwrap_or(error)),
    }
}

/// Asks the routing table, by connecting a datagram socket to an address that documentation uses: that sends nothing,
/// and fails at once in a container without network. Without a file to open nothing is known, so there may be a way.
fn has_route() -> bool {
    let reaches = |from: IpAddr, to: IpAddr| match datagram_socket(from) {
        Ok(socket) => socket.connect((to, 9)).is_ok(),
        Err(error) => is_out_of_files(&error),
    };
    reaches(Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(192, 0, 2, 1).into())
        || reaches(Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into())
}

fn datagram_socket(from: IpAddr) -> io::Result<UdpSocket> {
    UdpSocket::bind((from, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Settings {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name);
        Settings::from_variables(|name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn proxies_come_from_the_usual_variables() {
        let settings = from(&[("HTTPS_PROXY", "http://a:1"), ("ALL_PROXY", "http://b:2"), ("no_proxy", "c")]);
        assert_eq!(settings.https_proxy.as_deref(), Some("http://a:1"));
        assert_eq!(settings.http_proxy.as_deref(), Some("http://b:2"));
        assert_eq!(settings.no_proxy.as_deref(), Some("c"));
        assert_eq!(settings.proxy_names(), ["a", "b"]);
        assert_eq!(from(&[("HTTPS_PROXY", " ")]).https_proxy, None);
        assert_eq!(from(&[("HTTP_PROXY", "evil:1"), ("REQUEST_METHOD", "GET")]).http_proxy, None);
        assert_eq!(from(&[("HTTPS_PROXY", "proxy:3128")]).proxy_names(), ["proxy"]);
    }

    #[test]
    fn a_bad_proxy_is_named_by_its_variable_and_not_shown() {
        let settings = from(&[("HTTPS_PROXY", "http://user:secret@[")]);
        let error = settings.proxies().unwrap_err().to_string();
        assert!(error.contains("HTTPS_PROXY") && !error.contains("secret"), "{error}");
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
