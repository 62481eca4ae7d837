//! The address rules hold on the address that is dialed.

use std::net::IpAddr;

use pullthrough::access::session::Limits;

use crate::server::{Server, manifest, reply};
use crate::{LOOPBACK, ask_one, here, plain, settings};

#[test]
fn public_only_keeps_a_name_that_leads_to_this_machine_from_being_dialled() {
    let server = Server::http(|_, stream| manifest(stream));
    let host = server.at("registry.test");
    let mut limits = plain(&[&host]);
    limits.addresses.public_only = true;
    let verdict = ask_one(&format!("{host}/acme/api:1"), limits, here());
    assert_eq!(
        verdict,
        format!("unreachable: PULLTHROUGH_PUBLIC_ONLY is set, and http://{host} has no public address")
    );
    assert!(server.seen().is_empty());
}

/// The author of a manifest must not learn which names the internal DNS knows.
#[test]
fn public_only_does_not_tell_which_names_lead_inside() {
    let mut limits = Limits::default();
    limits.addresses.public_only = true;
    let said = |addresses: Result<Vec<IpAddr>, ()>| {
        let names = settings(move |_| addresses.clone().map_err(|()| std::io::Error::other("no such name")));
        ask_one("inside.test/acme/api:1", limits.clone(), names)
    };
    let unknown = said(Err(()));
    assert_eq!(unknown, "unreachable: PULLTHROUGH_PUBLIC_ONLY is set, and https://inside.test has no public address");
    for known in [LOOPBACK, "10.0.0.1".parse().unwrap(), "169.254.169.254".parse().unwrap()] {
        assert_eq!(said(Ok(vec![known])), unknown);
    }
    assert_eq!(said(Ok(Vec::new())), unknown);
    let literal = ask_one("10.0.0.1:5000/acme/api:1", limits, here());
    assert_eq!(literal, "unreachable: PULLTHROUGH_PUBLIC_ONLY is set, and https://10.0.0.1:5000 has no public address");
}

#[test]
fn a_name_that_leads_to_a_metadata_service_is_not_dialled() {
    for address in ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "0.0.0.0"] {
        let address: IpAddr = address.parse().unwrap();
        let verdict = ask_one("registry.test/acme/api:1", Limits::default(), settings(move |_| Ok(vec![address])));
        assert_eq!(verdict, "unreachable: https://registry.test is at an address that must not be contacted");
    }
}

/// The registry has a public address too, so it may not lead anybody to a private one.
#[test]
fn a_public_registry_does_not_lead_to_private_addresses() {
    let inside = Server::http(|_, stream| reply(stream, 200, "", "{\"token\":\"t\"}"));
    let there = inside.at("inside.test");
    for answer in [
        format!("401 WWW-Authenticate: Bearer realm=\"http://{there}/token\"\r\n"),
        format!("307 Location: http://{there}/v2/acme/api/manifests/1\r\n"),
    ] {
        let (status, header) = answer.split_once(' ').unwrap();
        let (status, header) = (status.parse().unwrap(), header.to_owned());
        let server = Server::http(move |_, stream| reply(stream, status, &header, ""));
        let host = server.at("registry.test");
        let public: IpAddr = "203.0.113.1".parse().unwrap();
        let names = move |name: &str| Ok(if name == "registry.test" { vec![LOOPBACK, public] } else { vec![LOOPBACK] });
        let verdict = ask_one(&format!("{host}/acme/api:1"), plain(&[&host, &there]), settings(names));
        let expected = if status == 401 {
            format!("unreachable: the token endpoint http://{there} must not be contacted")
        } else {
            format!("unreachable: the redirect to http://{there} must not be followed")
        };
        assert_eq!(verdict, expected);
        assert!(inside.seen().is_empty());
    }
}

#[test]
fn a_private_registry_has_its_token_endpoint_beside_it() {
    let inside = Server::http(|_, stream| reply(stream, 200, "", "{\"token\":\"t\"}"));
    let there = inside.at("inside.test");
    let realm = format!("WWW-Authenticate: Bearer realm=\"http://{there}/token\"\r\n");
    let server = Server::http(move |seen, stream| match seen.header("authorization") {
        None => reply(stream, 401, &realm, ""),
        Some(_) => manifest(stream),
    });
    let host = server.at("registry.test");
    let verdict = ask_one(&format!("{host}/acme/api:1"), plain(&[&host, &there]), here());
    assert_eq!(verdict, format!("public: 200 from http://{host}/v2/acme/api/manifests/1"));
    assert_eq!(inside.seen().len(), 1);
}

#[test]
fn a_trusted_realm_may_be_private() {
    let inside = Server::http(|_, stream| reply(stream, 403, "", "{\"errors\":[{\"code\":\"DENIED\"}]}"));
    let there = inside.at("inside.test");
    let realm = format!("WWW-Authenticate: Bearer realm=\"http://{there}/token\"\r\n");
    let server = Server::http(move |_, stream| reply(stream, 401, &realm, ""));
    let host = server.at("registry.test");
    let public: IpAddr = "203.0.113.1".parse().unwrap();
    let names = move |name: &str| Ok(if name == "registry.test" { vec![LOOPBACK, public] } else { vec![LOOPBACK] });
    let mut limits = plain(&[&host, &there]);
    limits.addresses.trusted_realms = vec!["inside.test".to_owned()];
    let verdict = ask_one(&format!("{host}/acme/api:1"), limits, settings(names));
    assert_eq!(verdict, format!("private: 403 from the token endpoint http://{there}/token"));
}

/// An address that needs no look-up is checked all the same, when it is known where the registry was found.
#[test]
fn a_public_registry_does_not_lead_to_a_private_number() {
    for (header, status, expected) in [
        (
            "WWW-Authenticate: Bearer realm=\"https://10.9.9.9/token\"\r\n",
            401,
            "the token endpoint https://10.9.9.9 must not be contacted",
        ),
        ("Location: https://[fd12::1]/v2/\r\n", 307, "the redirect to https://[fd12::1] must not be followed"),
    ] {
        let server = Server::http(move |_, stream| reply(stream, status, header, ""));
        let host = server.at("registry.test");
        let public: IpAddr = "203.0.113.1".parse().unwrap();
        let limits = plain(&[&host]);
        let verdict = ask_one(&format!("{host}/acme/api:1"), limits, settings(move |_| Ok(vec![LOOPBACK, public])));
        assert_eq!(verdict, format!("unreachable: {expected}"));
        assert_eq!(server.seen().len(), 1);
    }
}
