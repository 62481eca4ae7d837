//! The second round: what a proxy answers to who has the license, and where the license goes.

use pullthrough::access::session::{Capabilities, Failure, Limits, Query, Received, Session};

use crate::script::{Call, IntoAnswer, SECRET, Told, converse, credential, error, manifest, reference, reply, token};

const IMAGE: &str = "p.example/proxy/app/api:1";
const HEAD: &str = "HEAD https://p.example/v2/proxy/app/api/manifests/1";
const BASIC: &str = "Basic realm=\"p\"";
const BEARER: &str = "Bearer realm=\"https://p.example/token\",service=\"p\"";
const PLACE: &str = "https://p.example/v2/proxy/app/api/manifests/1";

fn verify(images: &[impl AsRef<str>], hosts: &[&str], server: impl FnMut(&Call<'_>) -> Received) -> Told {
    let credential = credential(hosts);
    let queries = images.iter().map(|image| Query::with(reference(image.as_ref()), credential.clone())).collect();
    converse(Session::new(queries, Limits::default(), Capabilities::FULL), server)
}

fn basic(call: &Call<'_>, then: Received) -> Received {
    if call.shown().is_empty() { reply(401).challenge(BASIC).into_answer() } else { then }
}

fn bearer(call: &Call<'_>, granted: Received, then: Received) -> Received {
    match (call.path(), call.shown()) {
        ("/token", shown) => {
            assert_eq!(shown, SECRET);
            granted
        }
        (_, "") => reply(401).challenge(BEARER).into_answer(),
        (_, shown) => {
            assert_eq!(shown, "Bearer t");
            then
        }
    }
}

/// What the server does, what is said about it.
type Row = (&'static str, fn(&Call<'_>) -> Received, String);

#[test]
fn each_reason_is_told_apart() {
    let rows: &[Row] = &[
        ("Basic, good", |call| basic(call, manifest().into_answer()), format!("public: 200 from {PLACE}")),
        (
            "Basic, expired or revoked",
            |call| basic(call, reply(401).challenge(BASIC).into_answer()),
            format!("private: 401 from {PLACE}: the credential was not accepted"),
        ),
        (
            "Basic, expired, and said by a web server",
            |call| {
                let page = reply(401).header("content-type", "text/html").body("no");
                basic(call, page.challenge(BASIC).into_answer())
            },
            format!("private: 401 from {PLACE}: the credential was not accepted"),
        ),
        (
            "Basic, another image",
            |call| basic(call, error(403, "DENIED").into_answer()),
            format!("private: 403 from {PLACE}: the credential does not grant access to this image"),
        ),
        (
            "Basic, the upstream's own challenge comes through",
            |call| basic(call, reply(401).challenge("Bearer realm=\"https://auth.docker.io/token\"").into_answer()),
            format!("private: 401 from {PLACE}: its upstream refused the image"),
        ),
        (
            "Basic, missing",
            |call| basic(call, error(404, "MANIFEST_UNKNOWN").into_answer()),
            format!("not-found: 404 from {PLACE}"),
        ),
        (
            "Bearer, good",
            |call| bearer(call, token().into_answer(), manifest().into_answer()),
            format!("public: 200 from {PLACE}"),
        ),
        (
            "Bearer, expired or revoked",
            |call| bearer(call, reply(401).into_answer(), manifest().into_answer()),
            "private: 401 from https://p.example/token: the credential was not accepted".to_owned(),
        ),
        (
            "Bearer, expired, and said by a web server",
            |call| {
                let refusal = reply(401).header("content-type", "text/html").body("no").into_answer();
                bearer(call, refusal, manifest().into_answer())
            },
            "private: 401 from https://p.example/token: the credential was not accepted".to_owned(),
        ),
        (
            "Bearer, a firewall",
            |call| {
                let refusal = reply(403).header("content-type", "text/html").body("no").into_answer();
                bearer(call, refusal, manifest().into_answer())
            },
            "unreachable: 403 from https://p.example/token, which does not answer like a token endpoint".to_owned(),
        ),
        (
            "Bearer, no access",
            |call| bearer(call, reply(403).into_answer(), manifest().into_answer()),
            "private: 403 from https://p.example/token: the credential does not grant access to this image".to_owned(),
        ),
        (
            "Bearer, another image",
            |call| bearer(call, token().into_answer(), reply(401).challenge(BEARER).into_answer()),
            format!("private: 401 from {PLACE}: the credential does not grant access to this image"),
        ),
        ("the upstream fails", |call| basic(call, reply(502).into_answer()), format!("unreachable: 502 from {PLACE}")),
        (
            "unreachable",
            |_| Failure::ConnectionFailed.into_answer(),
            "unreachable: could not connect to https://p.example".to_owned(),
        ),
        (
            "hides what it has from strangers",
            |call| if call.shown().is_empty() { reply(404).into_answer() } else { manifest().into_answer() },
            format!("public: 200 from {PLACE}"),
        ),
        (
            "hides, and it is missing",
            |_| error(404, "NAME_UNKNOWN").into_answer(),
            format!("not-found: 404 from {PLACE}"),
        ),
    ];
    for (name, server, expected) in rows {
        let told = verify(&[IMAGE], &["p.example"], server);
        assert_eq!(told.only(), *expected, "{name}");
    }
    assert_eq!(rows.len(), 16);
}

#[test]
fn one_request_per_image_once_the_proxy_is_known() {
    let images: Vec<_> = (0..20).map(|tag| format!("p.example/proxy/app/api:{tag}")).collect();
    let told = verify(&images, &["p.example"], |call| basic(call, manifest().into_answer()));
    assert_eq!(told.lines.len(), 1 + 20);
    let told = verify(&images, &["p.example"], |call| bearer(call, token().into_answer(), manifest().into_answer()));
    assert_eq!(told.lines.len(), 1 + 1 + 20);
}

#[test]
fn the_credential_is_not_sent_to_a_host_that_its_owner_did_not_name() {
    let server = |call: &Call<'_>| match (call.host(), call.shown()) {
        ("auth.example", shown) => {
            assert_eq!(shown, SECRET);
            token().into_answer()
        }
        (_, "") => reply(401).challenge("Bearer realm=\"https://auth.example/token\"").into_answer(),
        _ => manifest().into_answer(),
    };
    let told = verify(&[IMAGE], &["p.example"], server);
    assert_eq!(told.only(), "unreachable: the credential is not sent to https://auth.example/token");
    assert_eq!(told.lines, [HEAD]);
    let told = verify(&[IMAGE], &["p.example", "auth.example"], server);
    assert_eq!(told.only(), format!("public: 200 from {PLACE}"));
}

#[test]
fn the_credential_is_not_sent_without_tls() {
    let mut limits = Limits::default();
    limits.addresses.plain_http = vec!["p.example".to_owned()];
    let credential = credential(&["p.example"]);
    let session = Session::new(vec![Query::with(reference(IMAGE), credential)], limits, Capabilities::FULL);
    let told = converse(session, |call| basic(call, manifest().into_answer()));
    assert!(told.lines.iter().all(|line| !line.contains('+')), "{:?}", told.lines);
    assert_eq!(told.only(), "unreachable: the credential is not sent to http://p.example/v2/proxy/app/api/manifests/1");
}

#[test]
fn a_redirect_does_not_take_the_credential_along() {
    let told = verify(&[IMAGE], &["p.example"], |call| match (call.host(), call.shown()) {
        ("p.example", "") => reply(401).challenge(BASIC).into_answer(),
        ("p.example", _) => reply(307).header("location", "https://cdn.example/v2/x/manifests/1").into_answer(),
        (_, shown) => {
            assert_eq!(shown, "");
            manifest().into_answer()
        }
    });
    assert_eq!(told.only(), format!("public: 200 from {PLACE}"));
}

/// However the other host refuses a stranger: it is the credential that it would want.
#[test]
fn a_host_that_the_credential_was_kept_from_is_named() {
    let withheld = "unreachable: the credential is not sent to https://other.example, to which the registry redirects";
    let refusals: [fn(&Call<'_>) -> Received; 4] = [
        |_| reply(401).challenge(BASIC).into_answer(),
        |_| error(403, "DENIED").into_answer(),
        |call| match call.path() {
            "/token" => error(401, "UNAUTHORIZED").into_answer(),
            _ => reply(401).challenge("Bearer realm=\"/token\"").into_answer(),
        },
        |call| match call.path() {
            "/token" => token().into_answer(),
            _ => error(401, "UNAUTHORIZED").challenge("Bearer realm=\"/token\"").into_answer(),
        },
    ];
    for (at, refusal) in refusals.into_iter().enumerate() {
        let told = verify(&[IMAGE], &["p.example"], |call| match (call.host(), call.shown()) {
            ("p.example", "") => reply(401).challenge(BASIC).into_answer(),
            ("p.example", _) => reply(307).header("location", "https://other.example/v2/x/manifests/1").into_answer(),
            (_, shown) => {
                assert_ne!(shown, SECRET);
                refusal(call)
            }
        });
        assert_eq!(told.only(), withheld, "{at}");
    }
}

#[test]
fn a_token_endpoint_that_redirects_does_not_take_the_credential_along() {
    let told = verify(&[IMAGE], &["p.example"], |call| match (call.host(), call.path()) {
        ("elsewhere.example", _) => {
            assert_eq!(call.shown(), "");
            token().into_answer()
        }
        (_, "/token") => reply(307).header("location", "https://elsewhere.example/token").into_answer(),
        _ if call.shown().is_empty() => reply(401).challenge(BEARER).into_answer(),
        _ => manifest().into_answer(),
    });
    assert_eq!(told.lines.len(), 4);
}

#[test]
fn no_secret_and_no_token_is_in_what_is_said() {
    let credential = credential(&["p.example"]);
    let mut session =
        Session::new(vec![Query::with(reference(IMAGE), credential)], Limits::default(), Capabilities::FULL);
    let told = crate::script::drive(&mut session, std::time::Duration::ZERO, |call| {
        bearer(call, reply(200).body("{\"token\":\"t\",\"x\":\"topsecret\"}").into_answer(), manifest().into_answer())
    });
    let all = format!("{session:?}{:?}", told.verdicts);
    assert!(!all.contains("dXNlcjpwdw") && !all.contains("topsecret") && !all.contains("Bearer t\""), "{all}");
}

/// To which URLs a credential for these hosts is shown by a server that takes Basic.
fn is_shown(host: &str, image: &str) -> bool {
    let queries = vec![Query::with(reference(image), credential(&[host]))];
    let told = converse(Session::new(queries, Limits::default(), Capabilities::FULL), |call| {
        match call.request.url.scheme() {
            "https" if call.host() == "127.0.0.1" => Failure::TlsNotSpoken.into_answer(),
            _ => basic(call, manifest().into_answer()),
        }
    });
    told.lines.iter().any(|line| line.ends_with(" +credential"))
}

#[test]
fn a_credential_goes_to_its_own_host_only() {
    assert!(is_shown("proxy.example", "proxy.example/a:1"));
    assert!(is_shown("proxy.example:8443", "proxy.example:8443/a:1"));
    assert!(is_shown("127.0.0.1:5000", "127.0.0.1:5000/a:1"));
    assert!(is_shown("docker.io", "docker.io/acme/a:1"));
    assert!(!is_shown("proxy.example", "proxy.example:8443/a:1"));
    assert!(!is_shown("proxy.example:8443", "proxy.example/a:1"));
    assert!(!is_shown("proxy.example", "proxy.example.evil/a:1"));
    assert!(!is_shown("proxy.example", "a.proxy.example/a:1"));
    assert!(!is_shown("proxy.example", "docker.io/acme/a:1"));
}
