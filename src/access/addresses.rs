//! Which addresses may be contacted, and on whose word.
//!
//! A manifest names registries, a registry names token endpoints and redirects: none of them may make the machine that
//! renders manifests reach the machine's own services or a cloud's metadata. These are the rules, on literal addresses
//! here and on resolved ones in the transport, which dials only what [`EgressLimit::permits`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// How far away an address is from the public network. The order is that of trust needed to contact it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressClass {
    /// An address of the public network.
    Public,
    /// A private network: RFC 1918, RFC 4193, shared and other special ranges.
    Private,
    /// The machine itself.
    Loopback,
    /// Never contacted: link-local, metadata services, unspecified, multicast, reserved.
    Forbidden,
}

impl AddressClass {
    /// The zone of an address. An IPv4 address inside an IPv6 one (mapped, NAT64, 6to4) counts as what it leads to.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => zone_v4(v4),
            IpAddr::V6(v6) => zone_v6(v6),
        }
    }

    /// The zone that a URL's host shows without being resolved: of a literal address, or of a name of this machine.
    pub fn shown_by(url: &Url) -> Option<Self> {
        match url.host()? {
            Host::Ipv4(address) => Some(zone_v4(address)),
            Host::Ipv6(address) => Some(zone_v6(address)),
            Host::Domain(name) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                (name == "localhost" || name.ends_with(".localhost")).then_some(Self::Loopback)
            }
        }
    }
}

/// The metadata and host services of clouds that live outside link-local ranges: Alibaba, Azure, Oracle.
const SERVICES_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];

/// The metadata services on IPv6 of Google Cloud and Scaleway. AWS has all of `fd00:ec2::/32`: metadata, the credentials of pods.
const SERVICES_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42)];

fn zone_v4(address: Ipv4Addr) -> AddressClass {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        _ if SERVICES_V4.contains(&address) => AddressClass::Forbidden,
        (0 | 224..=255, _, _) | (169, 254, _) => AddressClass::Forbidden,
        (127, _, _) => AddressClass::Loopback,
        (10, _, _) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => AddressClass::Private,
        (192, 0, 0) | (198, 18..=19, _) => AddressClass::Private,
        _ => AddressClass::Public,
    }
}

fn zone_v6(address: Ipv6Addr) -> AddressClass {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let low = || zone_v4(v4(g, h));
    match (a, b, c, d, e, f) {
        _ if address == Ipv6Addr::LOCALHOST => AddressClass::Loopback,
        _ if SERVICES_V6.contains(&address) => AddressClass::Forbidden,
        (0xfd00, 0xec2, ..) => AddressClass::Forbidden,
        // Mapped and compatible addresses (`::` itself ends here as 0.0.0.0), translated ones, and NAT64.
        (0, 0, 0, 0, 0, 0 | 0xffff) | (0, 0, 0, 0, 0xffff, 0) | (0x64, 0xff9b, 0, 0, 0, 0) => low(),
        (0x64, 0xff9b, 1, ..) => AddressClass::Private,
        (0x2002, ..) => zone_v4(v4(b, c)),
        (0x2001, 0, ..) => AddressClass::Private,
        (0xff00..=0xffff, ..) | (0xfe80..=0xfebf, ..) => AddressClass::Forbidden,
        (0xfc00..=0xfdff, ..) | (0xfec0..=0xfeff, ..) => AddressClass::Private,
        _ => AddressClass::Public,
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

/// How far one request may reach.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EgressLimit {
    /// To any address in that zone or in one that needs less trust; forbidden ones never.
    UpTo(AddressClass),
    /// As far as that host, which named the target of this request: to a private address only when the host itself
    /// was found on one.
    Like(String),
}

impl EgressLimit {
    /// Whether that address may be dialed, when the host that named it (if it matters) was found in `zone`.
    pub fn permits(&self, address: IpAddr, zone: Option<AddressClass>) -> bool {
        let limit = match self {
            Self::UpTo(limit) => *limit,
            Self::Like(_) => zone.unwrap_or(AddressClass::Public),
        };
        let found = AddressClass::of(address);
        found != AddressClass::Forbidden && found <= limit
    }
}

/// What the configuration and the environment say about addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    /// No private or loopback address at all: `PULLTHROUGH_PUBLIC_ONLY`.
    pub public_only: bool,
    /// `access.plainHTTP`: hosts, with their port where it is not the default, that speak http.
    pub plain_http: Vec<String>,
    /// `access.trustedRealms`: hosts, with or without port, that may be token endpoints anywhere.
    pub trusted_realms: Vec<String>,
}

impl AddressPolicy {
    /// How far a request to a registry that a manifest names may reach; nothing if that registry must not be contacted.
    pub fn registry(&self, url: &Url) -> Option<EgressLimit> {
        self.within(url, self.limit())
    }

    /// How far a request to a token endpoint may reach which the registry at `registry` names.
    pub fn realm(&self, realm: &Url, registry: &Url) -> Option<EgressLimit> {
        let on_any_port = |host: &String| host.eq_ignore_ascii_case(realm.host_str().unwrap_or_default());
        let trusted = self.trusted_realms.iter().any(|host| is_exactly(realm, host) || on_any_port(host));
        self.named_by(realm, registry, trusted)
    }

    /// How far a request to the target of a redirect may reach which `from` gave.
    pub fn redirect(&self, target: &Url, from: &Url) -> Option<EgressLimit> {
        self.named_by(target, from, false)
    }

    /// Whether the configuration says that this host speaks plain http.
    pub fn speaks_http(&self, url: &Url) -> bool {
        self.plain_http.iter().any(|host| is_exactly(url, host))
    }

    fn named_by(&self, target: &Url, by: &Url, trusted: bool) -> Option<EgressLimit> {
        let secure = match target.scheme() {
            "https" => true,
            // From https nothing leads to http, unless the configuration names that host; from http only to itself.
            "http" => self.speaks_http(target) || (by.scheme() == "http" && is_alike(target, by)),
            _ => false,
        };
        let bare = target.username().is_empty() && target.password().is_none();
        if !secure || !bare {
            return None;
        }
        if trusted || target.origin() == by.origin() {
            return self.within(target, self.limit());
        }
        match AddressClass::shown_by(by) {
            Some(zone) => self.within(target, zone.min(self.limit())),
            None if self.public_only => self.within(target, AddressClass::Public),
            // A name: where it leads is known only once it is resolved. A literal must be public until then.
            None => match AddressClass::shown_by(target) {
                None | Some(AddressClass::Public) => Some(EgressLimit::Like(host_and_port(by))),
                Some(AddressClass::Private) => Some(EgressLimit::Like(host_and_port(by))),
                Some(AddressClass::Loopback | AddressClass::Forbidden) => None,
            },
        }
    }

    fn within(&self, url: &Url, limit: AddressClass) -> Option<EgressLimit> {
        url.host()?;
        let shown = AddressClass::shown_by(url).unwrap_or(AddressClass::Public);
        (shown != AddressClass::Forbidden && shown <= limit).then_some(EgressLimit::UpTo(limit))
    }

    fn limit(&self) -> AddressClass {
        if self.public_only { AddressClass::Public } else { AddressClass::Loopback }
    }
}

/// The host and the port of a URL, the port also where it is the default one.
pub fn host_and_port(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

/// Whether `url` is on that host and port; a host named without a port means the default one of the URL's scheme.
pub fn is_exactly(url: &Url, named: &str) -> bool {
    let default_port = url.port().is_none() && url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(named));
    default_port || host_and_port(url).eq_ignore_ascii_case(named)
}

/// The same host on another port, or both this machine.
fn is_alike(one: &Url, other: &Url) -> bool {
    let both_here = |url| AddressClass::shown_by(url) == Some(AddressClass::Loopback);
    one.host() == other.host() || (both_here(one) && both_here(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(address: &str) -> AddressClass {
        AddressClass::of(address.parse().unwrap())
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn zones() {
        let rows = [
            (
                AddressClass::Public,
                "8.8.8.8 172.15.0.1 172.32.0.1 100.63.0.1 192.0.1.1 2606:4700::1 64:ff9b::808:808 2002:808:808::1",
            ),
            (
                AddressClass::Private,
                "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 198.18.0.1 fc00::1 fd12::1 fec0::1",
            ),
            (AddressClass::Private, "::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1::1 2001:0:1::1 64:ff9b:1::1"),
            (AddressClass::Loopback, "127.0.0.1 127.9.9.9 ::1 ::ffff:127.0.0.1"),
            (
                AddressClass::Forbidden,
                "0.0.0.0 0.1.2.3 169.254.169.254 169.254.0.1 224.0.0.1 255.255.255.255 240.0.0.1 :: fe80::1 ff02::1",
            ),
            (
                AddressClass::Forbidden,
                "100.100.100.200 168.63.129.16 192.0.0.192 fd00:ec2::254 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe",
            ),
            (AddressClass::Forbidden, "fd00:ec2::23 fd20:ce::254 fd00:42::42 ::ffff:0:169.254.169.254"),
            (AddressClass::Loopback, "::ffff:0:127.0.0.1"),
        ];
        for (expected, addresses) in rows {
            for address in addresses.split(' ') {
                assert_eq!(zone(address), expected, "{address}");
            }
        }
    }

    #[test]
    fn a_number_in_disguise_is_its_address() {
        for text in
            ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://LOCALHOST./", "http://a.localhost/"]
        {
            assert_eq!(AddressClass::shown_by(&url(text)), Some(AddressClass::Loopback), "{text}");
        }
        assert_eq!(AddressClass::shown_by(&url("https://0251.0376.0251.0376/")), Some(AddressClass::Forbidden));
        assert_eq!(AddressClass::shown_by(&url("https://registry.example.com/")), None);
    }

    #[test]
    fn public_only_leaves_no_private_address() {
        let policy = AddressPolicy { public_only: true, ..AddressPolicy::default() };
        assert_eq!(policy.registry(&url("https://10.0.0.1/")), None);
        assert_eq!(policy.registry(&url("http://localhost:5000/")), None);
        assert_eq!(policy.registry(&url("https://a.example/")), Some(EgressLimit::UpTo(AddressClass::Public)));
        assert_eq!(
            policy.realm(&url("https://a.example/t"), &url("https://a.example/")),
            Some(EgressLimit::UpTo(AddressClass::Public))
        );
    }

    #[test]
    fn a_realm_is_as_private_as_its_registry() {
        let policy = AddressPolicy::default();
        let reach = policy.realm(&url("https://auth.corp/t"), &url("https://registry.corp/")).unwrap();
        assert_eq!(reach, EgressLimit::Like("registry.corp:443".to_owned()));
        let private = "10.1.1.1".parse().unwrap();
        assert!(reach.permits(private, Some(AddressClass::Private)));
        assert!(!reach.permits(private, Some(AddressClass::Public)));
        assert!(!reach.permits(private, None));
        assert!(!reach.permits("127.0.0.1".parse().unwrap(), Some(AddressClass::Private)));
        assert_eq!(policy.realm(&url("https://127.0.0.1/t"), &url("https://10.0.0.1/")), None);
        assert!(policy.realm(&url("https://10.0.0.2/t"), &url("https://10.0.0.1/")).is_some());
    }

    #[test]
    fn a_trusted_realm_may_be_anywhere_but_on_forbidden_addresses() {
        let trusted_realms = vec!["auth.corp".to_owned(), "10.0.0.9:8443".to_owned(), "169.254.169.254".to_owned()];
        let policy = AddressPolicy { trusted_realms, ..AddressPolicy::default() };
        let registry = url("https://registry.example/");
        assert_eq!(
            policy.realm(&url("https://auth.corp:9/t"), &registry),
            Some(EgressLimit::UpTo(AddressClass::Loopback))
        );
        assert_eq!(
            policy.realm(&url("https://10.0.0.9:8443/t"), &registry),
            Some(EgressLimit::UpTo(AddressClass::Loopback))
        );
        assert_eq!(policy.realm(&url("https://169.254.169.254/t"), &registry), None);
        assert_eq!(policy.realm(&url("http://auth.corp/t"), &registry), None);
    }

    #[test]
    fn https_leads_to_http_only_where_the_configuration_says_so() {
        let policy = AddressPolicy { plain_http: vec!["registry.corp:5000".to_owned()], ..AddressPolicy::default() };
        let registry = url("https://registry.example/");
        assert_eq!(policy.redirect(&url("http://registry.example/x"), &registry), None);
        assert!(policy.redirect(&url("http://registry.corp:5000/x"), &registry).is_some());
        assert!(policy.realm(&url("http://registry.corp:5001/t"), &url("http://registry.corp:5000/")).is_some());
        assert_eq!(policy.realm(&url("http://elsewhere.corp/t"), &url("http://registry.corp:5000/")), None);
    }

    #[test]
    fn user_information_and_other_schemes_are_refused() {
        let policy = AddressPolicy::default();
        let registry = url("https://registry.example/");
        for text in ["https://user:pw@registry.example/t", "ftp://registry.example/t", "file:///etc/passwd"] {
            assert_eq!(policy.realm(&url(text), &registry), None, "{text}");
        }
    }
}
