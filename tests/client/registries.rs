//! Registries that answer: over http, over TLS, with tokens, with redirects.

use pullthrough::access::session::Limits;

use crate::authority::Authority;
use crate::server::{Seen, Server, Stream, manifest, reply};
use crate::{ask, ask_one, here, plain};

/// A registry with tokens, and its token endpoint.
fn with_tokens(seen: &Seen, stream: &mut dyn Stream) {
    let challenge = "WWW-Authenticate: Bearer realm=\"/token\",service=\"r\"\r\n";
    match seen.header("authorization") {
        _ if seen.is_for("/token") => reply(stream, 200, "", "{\"token\":\"t\"}"),
        None => reply(stream, 401, challenge, ""),
        Some(_) => manifest(stream),
    }
}

#[test]
fn a_conversation_over_plain_http() {
    let server = Server::http(with_tokens);
    let host = server.at("registry.test");
    let verdict = ask_one(&format!("{host}/acme/api:1"), plain(&[&host]), here());
    assert_eq!(verdict, format!("public: 200 from http://{host}/v2/acme/api/manifests/1"));
    assert_eq!(
        server.lines(),
        [
            "HEAD /v2/acme/api/manifests/1",
            "GET /token?service=r&scope=repository%3Aacme%2Fapi%3Apull",
            "HEAD /v2/acme/api/manifests/1",
        ]
    );
    let seen = server.seen();
    assert_eq!(seen[0].header("authorization"), None);
    assert_eq!(seen[1].header("authorization"), None);
    assert_eq!(seen[2].header("authorization"), Some("Bearer t"));
    assert!(seen[0].header("accept").unwrap().contains("oci.image.index.v1+json, application/vnd.docker"));
    assert!(seen[0].header("user-agent").unwrap().starts_with("pullthrough/"));
}

#[test]
fn this_machine_may_speak_http_when_https_does_not_work() {
    let server = Server::http(with_tokens);
    let host = server.at("127.0.0.1");
    let verdict = ask_one(&format!("{host}/acme/api:1"), Limits::default(), here());
    assert_eq!(verdict, format!("public: 200 from http://{host}/v2/acme/api/manifests/1"));
}

#[test]
fn no_other_host_may_speak_http_unasked() {
    let server = Server::http(with_tokens);
    let host = server.at("registry.test");
    let verdict = ask_one(&format!("{host}/acme/api:1"), Limits::default(), here());
    assert_eq!(verdict, format!("unreachable: https://{host} does not speak TLS"));
    assert!(server.seen().is_empty());
}

#[test]
fn a_private_authority_is_trusted_when_it_is_named() {
    let authority = Authority::new();
    let server = Server::https(authority.server_config(), with_tokens);
    let host = server.at("registry.test");
    let image = format!("{host}/acme/api:1");

    let mut settings = here();
    settings.ca_file = Some(authority.bundle("named"));
    let verdict = ask_one(&image, Limits::default(), settings);
    assert_eq!(verdict, format!("public: 200 from https://{host}/v2/acme/api/manifests/1"));

    let verdict = ask_one(&image, Limits::default(), here());
    assert_eq!(verdict, format!("unreachable: no trusted TLS connection to https://{host}"));

    let mut settings = here();
    settings.ca_file = Some(Authority::new().bundle("another"));
    let verdict = ask_one(&image, Limits::default(), settings);
    assert_eq!(verdict, format!("unreachable: no trusted TLS connection to https://{host}"));
}

#[test]
fn a_certificate_for_another_host_is_not_trusted() {
    let authority = Authority::new();
    let server = Server::https(authority.server_config(), with_tokens);
    let host = server.at("other.test");
    let mut settings = here();
    settings.ca_file = Some(authority.bundle("other"));
    let verdict = ask_one(&format!("{host}/acme/api:1"), Limits::default(), settings);
    assert_eq!(verdict, format!("unreachable: no trusted TLS connection to https://{host}"));
    assert!(server.seen().is_empty());
}

#[test]
fn a_redirect_gets_no_token_of_the_host_that_gave_it() {
    let target = Server::http(|_, stream| manifest(stream));
    let port = target.port;
    let server = Server::http(move |seen, stream| match seen.header("authorization") {
        _ if seen.is_for("/token") => reply(stream, 200, "", "{\"token\":\"t\"}"),
        None => reply(stream, 401, "WWW-Authenticate: Bearer realm=\"/token\"\r\n", ""),
        Some(_) => reply(stream, 307, &format!("Location: http://target.test:{port}/v2/acme/api/manifests/1\r\n"), ""),
    });
    let (host, other) = (server.at("registry.test"), target.at("target.test"));
    let verdict = ask_one(&format!("{host}/acme/api:1"), plain(&[&host, &other]), here());
    assert_eq!(verdict, format!("public: 200 from http://{host}/v2/acme/api/manifests/1"));
    let seen = target.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].header("authorization"), None);
    assert_eq!(seen[0].header("referer"), None);
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn many_images_of_one_host() {
    let server = Server::http(with_tokens);
    let host = server.at("registry.test");
    let images: Vec<_> = (0..40).map(|tag| format!("{host}/acme/api:{tag}")).collect();
    let verdicts = ask(&images, plain(&[&host]), here());
    assert!(verdicts.iter().all(|verdict| verdict.access.as_str() == "public"));
    assert_eq!(server.seen().len(), 1 + 1 + 40);
}
