//! Forward proxies of the environment.

use pullthrough::access::session::Limits;

use crate::authority::Authority;
use crate::server::{Server, manifest, reply, tunnel};
use crate::{ask_one, here, plain};

#[test]
fn plain_http_goes_through_the_proxy_and_its_password_no_further() {
    let proxy = Server::http(|_, stream| manifest(stream));
    let mut settings = here();
    settings.http_proxy = Some(format!("http://user:pw@{}", proxy.at("proxy.test")));
    let mut limits = plain(&["registry.test"]);
    // The proxy is this machine, which whoever set the variable chose; the registry may still be public only.
    limits.addresses.public_only = true;
    let verdict = ask_one("registry.test/acme/api:1", limits, settings);
    assert_eq!(verdict, "public: 200 from http://registry.test/v2/acme/api/manifests/1");
    let seen = proxy.seen();
    assert_eq!(seen[0].line, "HEAD http://registry.test/v2/acme/api/manifests/1 HTTP/1.1");
    assert_eq!(seen[0].header("proxy-authorization"), Some("Basic dXNlcjpwdw=="));
    assert_eq!(seen[0].header("authorization"), None);
}

#[test]
fn https_goes_through_a_tunnel() {
    let authority = Authority::new();
    let server = Server::https(authority.server_config(), |_, stream| manifest(stream));
    let port = server.port;
    let proxy = Server::http(move |_, stream| tunnel(stream, port));
    let mut settings = here();
    settings.ca_file = Some(authority.bundle("tunnel"));
    settings.https_proxy = Some(format!("http://user:pw@{}", proxy.at("proxy.test")));
    let verdict = ask_one("registry.test/acme/api:1", Limits::default(), settings);
    assert_eq!(verdict, "public: 200 from https://registry.test/v2/acme/api/manifests/1");
    assert_eq!(proxy.seen()[0].line, "CONNECT registry.test:443 HTTP/1.1");
    let seen = server.seen();
    assert_eq!(seen[0].header("proxy-authorization"), None);
    assert_eq!(seen[0].header("authorization"), None);
}

#[test]
fn a_proxy_that_refuses_is_named_as_such() {
    for status in [403, 407, 502] {
        let proxy = Server::http(move |_, stream| reply(stream, status, "", ""));
        let mut settings = here();
        settings.https_proxy = Some(format!("http://{}", proxy.at("proxy.test")));
        let verdict = ask_one("registry.test/acme/api:1", Limits::default(), settings);
        assert_eq!(verdict, "unreachable: the forward proxy did not reach https://registry.test", "{status}");
    }
}

#[test]
fn no_proxy_names_what_is_asked_directly() {
    let proxy = Server::http(|_, stream| reply(stream, 500, "", ""));
    let server = Server::http(|_, stream| manifest(stream));
    let host = server.at("registry.test");
    let mut settings = here();
    settings.http_proxy = Some(format!("http://{}", proxy.at("proxy.test")));
    settings.no_proxy = Some("other.example,.test".to_owned());
    let verdict = ask_one(&format!("{host}/acme/api:1"), plain(&[&host]), settings);
    assert_eq!(verdict, format!("public: 200 from http://{host}/v2/acme/api/manifests/1"));
    assert!(proxy.seen().is_empty());
}

/// A credential may go to this machine over plain http: not by way of another one.
#[test]
fn this_machine_is_never_asked_through_a_proxy() {
    let proxy = Server::http(|_, stream| manifest(stream));
    let server = Server::http(|_, stream| manifest(stream));
    for host in ["127.0.0.1", "localhost", "a.localhost"] {
        let host = server.at(host);
        let mut settings = here();
        settings.http_proxy = Some(format!("http://{}", proxy.at("proxy.test")));
        settings.no_proxy = Some("other.example".to_owned());
        let verdict = ask_one(&format!("{host}/acme/api:1"), plain(&[&host]), settings.clone());
        assert_eq!(verdict, format!("public: 200 from http://{host}/v2/acme/api/manifests/1"));
        settings.no_proxy = None;
        ask_one(&format!("{host}/acme/api:1"), plain(&[&host]), settings);
    }
    assert!(proxy.seen().is_empty());
    assert_eq!(server.seen().len(), 6);
}

/// Its address is not checked, so nothing but the proxy itself may be asked for there.
#[test]
fn public_only_keeps_services_beside_the_forward_proxy_from_being_asked() {
    let proxy = Server::http(|_, stream| manifest(stream));
    let beside = Server::http(|_, stream| manifest(stream));
    let host = beside.at("proxy.test");
    let mut settings = here();
    settings.https_proxy = Some(format!("http://{}", proxy.at("Proxy.test")));
    let mut limits = plain(&[&host]);
    limits.addresses.public_only = true;
    let verdict = ask_one(&format!("{host}/acme/api:1"), limits, settings);
    assert_eq!(
        verdict,
        format!("unreachable: PULLTHROUGH_PUBLIC_ONLY is set, and http://{host} has no public address")
    );
    assert!(beside.seen().is_empty());
}
