//! Proof before verdict: what is not a registry's word is `unreachable`, with a cause that says what to do.

use pullthrough::access::NoDigest;
use pullthrough::access::session::{Capabilities, Limits, Query, Received, Session};

use crate::script::{
    Call, DIGEST, IntoAnswer, Reply, ask, converse, drive, error, manifest, reference, reply, said, token,
};

const IMAGE: &str = "r.example/acme/api:1";
const PLACE: &str = "https://r.example/v2/acme/api/manifests/1";
const BEARER: &str = "Bearer realm=\"https://r.example/token\",service=\"r\"";

fn text(status: u16, kind: &str) -> Reply {
    reply(status).header("content-type", kind).body("no")
}

/// A registry with tokens, whose token endpoint gives this answer.
fn granting(call: &Call<'_>, answer: Reply) -> Received {
    match (call.is_manifest(), call.shown()) {
        (false, _) => answer.into_answer(),
        (_, "") => error(401, "UNAUTHORIZED").challenge(BEARER).into_answer(),
        _ => manifest().into_answer(),
    }
}

fn challenging(call: &Call<'_>, challenges: &[&str]) -> Received {
    match (call.is_manifest(), call.shown()) {
        (false, _) => token().into_answer(),
        (_, "") => {
            challenges.iter().fold(error(401, "UNAUTHORIZED"), |reply, each| reply.challenge(each)).into_answer()
        }
        _ => manifest().into_answer(),
    }
}

fn redirecting(call: &Call<'_>, location: &str, then: Reply) -> Received {
    match call.host() {
        "r.example" => reply(307).header("location", location).into_answer(),
        _ => then.into_answer(),
    }
}

/// What the server does, and what is said of its image (`PLACE` is written as `@`).
type Row = (&'static str, fn(&Call<'_>) -> Received, &'static str);

const ROWS: &[Row] = &[
    // Refusals
    (
        "a firewall's 403",
        |_| text(403, "text/plain").into_answer(),
        "unreachable: 403 from @, which does not answer like a registry",
    ),
    (
        "a 403 in xml",
        |_| text(403, "application/xml").into_answer(),
        "unreachable: 403 from @, which does not answer like a registry",
    ),
    (
        "a 403 without a type",
        |_| reply(403).into_answer(),
        "unreachable: 403 from @, which does not answer like a registry",
    ),
    ("a registry's 403", |_| error(403, "DENIED").into_answer(), "private: 403 from @"),
    (
        "a registry's 403 without a type",
        |_| reply(403).header("docker-distribution-api-version", "registry/2.0").into_answer(),
        "private: 403 from @",
    ),
    ("a ban", |_| text(403, "text/plain").header("retry-after", "3600").into_answer(), "rate-limited: 403 from @"),
    (
        "a gateway's 401",
        |_| text(401, "text/html").into_answer(),
        "unreachable: 401 from @, which does not answer like a registry",
    ),
    (
        "a gateway's 401, and a registry at /v2/ that tells the challenge",
        |call| match call.path() {
            "/v2/" => error(401, "UNAUTHORIZED").challenge("Basic realm=\"r\"").into_answer(),
            _ => text(401, "text/html").into_answer(),
        },
        "private: 401 from @, which gives no tokens to anonymous clients",
    ),
    // Challenges
    ("no realm", |call| challenging(call, &["Bearer service=\"r\""]), UNUSABLE),
    ("an empty realm", |call| challenging(call, &["Bearer realm=\"\""]), UNUSABLE),
    ("a realm that is a name", |call| challenging(call, &["Bearer realm=\"My Registry\""]), UNUSABLE),
    ("a realm without a scheme", |call| challenging(call, &["Bearer realm=\"r.example/token\""]), UNUSABLE),
    ("a realm that is not a URL", |call| challenging(call, &["Bearer realm=\"https://[r.example/token\""]), UNUSABLE),
    ("a realm of another scheme", |call| challenging(call, &["Bearer realm=\"ftp://r.example/token\""]), UNUSABLE),
    ("a quote that is never closed", |call| challenging(call, &["Bearer realm=\"https://r.example/token"]), UNUSABLE),
    ("a token68", |call| challenging(call, &["Bearer abc=="]), UNUSABLE),
    ("an unusable one beside Basic", |call| challenging(call, &["Bearer abc==", "Basic realm=\"r\""]), UNUSABLE),
    ("an unusable one before a good one", |call| challenging(call, &["Bearer abc==", BEARER]), "public: 200 from @"),
    ("two tokens, the first one without TLS", |call| challenging(call, &[BARE, BEARER]), "public: 200 from @"),
    (
        "two tokens, the first one from a forbidden address",
        |call| challenging(call, &[INSIDE, BEARER]),
        "public: 200 from @",
    ),
    (
        "a realm that is a path on another host",
        |call| challenging(call, &["Bearer realm=\"//r.example/token\""]),
        "public: 200 from @",
    ),
    (
        "a gateway's Negotiate",
        |_| text(401, "text/html").challenge("Negotiate").into_answer(),
        "unreachable: 401 from @, which does not answer like a registry",
    ),
    ("a registry's Negotiate", |call| challenging(call, &["Negotiate"]), CREDENTIALS),
    ("a registry's Digest", |call| challenging(call, &["Digest realm=\"r\", qop=\"auth\", nonce=\"n\""]), CREDENTIALS),
    ("Basic of a web server", |_| text(401, "text/html").challenge("Basic realm=\"r\"").into_answer(), CREDENTIALS),
    // Token endpoints
    (
        "a token endpoint that grants a list",
        |call| granting(call, reply(200).body("[\"t\"]")),
        "unreachable: 200 without a token from the token endpoint https://r.example/token",
    ),
    (
        "a token endpoint that does not know the scope",
        |call| granting(call, reply(400).body("{\"error\":\"invalid_scope\"}")),
        "unreachable: unexpected 400 from https://r.example/token",
    ),
    (
        "a token endpoint's 403 in html",
        |call| granting(call, text(403, "text/html")),
        "unreachable: 403 from https://r.example/token, which does not answer like a token endpoint",
    ),
    (
        "a token endpoint's 401 in plain text",
        |call| granting(call, text(401, "text/plain")),
        "unreachable: 401 from https://r.example/token, which does not answer like a token endpoint",
    ),
    (
        "a token endpoint's 401 in JSON",
        |call| granting(call, reply(401).body("{\"details\":\"incorrect\"}")),
        "private: 401 from the token endpoint https://r.example/token",
    ),
    (
        "a ban at the token endpoint",
        |call| granting(call, text(403, "text/plain").header("retry-after", "3600")),
        "rate-limited: 403 from https://r.example/token",
    ),
    (
        "a scope that asks for push as well",
        |call| {
            let refused = call.request.url.query().is_some_and(|query| query.contains("push"));
            match (call.is_manifest(), refused) {
                (false, true) => error(401, "UNAUTHORIZED").into_answer(),
                _ => challenging(call, &["Bearer realm=\"/token\",scope=\"repository:acme/api:pull,push\""]),
            }
        },
        "public: 200 from @",
    ),
    // Redirects
    (
        "a storage's 403",
        |call| redirecting(call, "https://s.example/blob?sig=x", text(403, "application/xml")),
        "unreachable: 403 from https://s.example, to which the registry redirects",
    ),
    (
        "a storage's 403 in JSON",
        |call| redirecting(call, "https://s.example/blob?sig=x", text(403, "application/json")),
        "unreachable: 403 from https://s.example, to which the registry redirects",
    ),
    (
        "a storage's 404",
        |call| redirecting(call, "https://s.example/blob?sig=x", text(404, "application/json")),
        "unreachable: 404 from https://s.example, to which the registry redirects",
    ),
    (
        "a login page that takes Basic",
        |call| redirecting(call, "https://login.example/", text(401, "text/html").challenge("Basic realm=\"r\"")),
        "unreachable: 401 from https://login.example, to which the registry redirects",
    ),
    (
        "another registry that takes Basic, below a path",
        |call| {
            let location = "https://s.example/artifactory/api/docker/a/v2/acme/api/manifests/1";
            redirecting(call, location, reply(401).challenge("Basic realm=\"r\""))
        },
        CREDENTIALS,
    ),
    (
        "another registry's 403",
        |call| redirecting(call, "https://s.example/v2/acme/api/manifests/1", error(403, "DENIED")),
        "private: 403 from @",
    ),
    (
        "a Location that is not a URL",
        |call| redirecting(call, "https://[x/?sig=secret", manifest()),
        "unreachable: the registry redirects to `https://[x/`, which can't be followed",
    ),
    (
        "a Location of another scheme",
        |call| redirecting(call, "data:,x", manifest()),
        "unreachable: the registry redirects to `data:,x`, which can't be followed",
    ),
    // Successes
    (
        "200 to everything",
        |_| text(200, "text/plain").into_answer(),
        "unreachable: 200 from @, which does not answer like a registry",
    ),
    (
        "200 with an empty object",
        |_| reply(200).header("content-type", "application/json").body("{}").into_answer(),
        "unreachable: 200 from @, which does not answer like a registry",
    ),
    (
        "200 with an error, after a 405",
        |call| if call.is_head() { reply(405) } else { error(200, "UNAUTHORIZED") }.into_answer(),
        "unreachable: 200 from @, with an error instead of a manifest",
    ),
    (
        "200 with nothing but a digest",
        |_| reply(200).header("docker-content-digest", DIGEST).into_answer(),
        "public: 200 from @",
    ),
    (
        "a page in xhtml",
        |_| text(200, "application/xhtml+xml; charset=utf-8").into_answer(),
        "unreachable: 200 from @, which does not answer like a registry",
    ),
    (
        "a login page with the version header that nginx adds to everything",
        |_| text(200, "text/html").header("docker-distribution-api-version", "registry/2.0").into_answer(),
        "unreachable: 200 from @, which does not answer like a registry",
    ),
    (
        "a manifest that is called a page, with its digest",
        |_| text(200, "text/html").header("docker-content-digest", DIGEST).into_answer(),
        "public: 200 from @",
    ),
    ("410", |_| error(410, "GONE").into_answer(), "unreachable: unexpected 410 from @"),
    ("451", |_| reply(451).into_answer(), "unreachable: unexpected 451 from @"),
    // Missing
    (
        "a web server's 404, and a gateway at /v2/",
        |call| match call.path() {
            "/v2/" => text(401, "text/html").challenge("Negotiate").into_answer(),
            _ => text(404, "text/html").into_answer(),
        },
        "unreachable: 404 from @, which does not answer like a registry",
    ),
    (
        "a default backend's 404",
        |_| text(404, "text/plain").into_answer(),
        "unreachable: 404 from @, which does not answer like a registry",
    ),
    (
        "a web server's 404",
        |_| text(404, "text/html").into_answer(),
        "unreachable: 404 from @, which does not answer like a registry",
    ),
    (
        "a registry's 404 in plain text",
        |call| match call.path() {
            "/v2/" => reply(200).header("docker-distribution-api-version", "registry/2.0").into_answer(),
            _ => text(404, "text/plain").into_answer(),
        },
        "not-found: 404 from @",
    ),
    (
        "a 404 in plain text, and an API that wants a token",
        |call| match call.path() {
            "/v2/" => reply(401).challenge(BEARER).into_answer(),
            _ => text(404, "text/plain").into_answer(),
        },
        "not-found: 404 from @",
    ),
    (
        "404 to HEAD only",
        |call| if call.is_head() { text(404, "text/html") } else { manifest() }.into_answer(),
        "public: 200 from @",
    ),
];

const BARE: &str = "Bearer realm=\"http://r.example/token\",service=\"r\"";
const INSIDE: &str = "Bearer realm=\"https://169.254.169.254/token\",service=\"r\"";
const CREDENTIALS: &str = "private: 401 from @, which gives no tokens to anonymous clients";
const UNUSABLE: &str = "unreachable: 401 from @, which does not say where to get the token that it requires";

#[test]
fn nothing_is_believed_without_proof() {
    let mut wrong = Vec::new();
    for (name, server, expected) in ROWS {
        let told = ask(&[IMAGE], server);
        if told.only() != expected.replace('@', PLACE) {
            wrong.push(format!("{name}\n  {}\n  {:#?}", told.only(), told.lines));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_obstacle_has_advice() {
    for (name, server, expected) in ROWS {
        if expected.starts_with("unreachable") {
            let told = ask(&[IMAGE], server);
            let advice = told.verdicts[0].evidence.cause.advice();
            assert!(advice.is_some_and(|advice| !advice.contains("trustedRealms")), "{name}: {advice:?}");
        }
    }
}

#[test]
fn another_digest_than_the_one_asked_for_is_no_answer() {
    let other = format!("sha256:{}", "c".repeat(64));
    let told = ask(&[format!("r.example/acme/api:1@{other}")], |_| manifest().into_answer());
    assert_eq!(
        told.only(),
        format!(
            "unreachable: 200 from https://r.example/v2/acme/api/manifests/{other}, with a digest other than the requested one"
        )
    );
    // That of another algorithm says nothing about it.
    let longer = format!("sha512:{}", "c".repeat(128));
    let told = ask(&[format!("r.example/acme/api@{longer}")], |_| manifest().into_answer());
    assert_eq!(told.verdicts[0].digest.as_ref().map(ToString::to_string), Ok(longer));
}

/// What `pin` asks for in its own round.
fn pinned(server: fn(&Call<'_>) -> Received) -> (Result<String, NoDigest>, Vec<String>) {
    let pins = || Query { reads_digest: true, ..Query::anonymously(reference(IMAGE)) };
    let mut session = Session::new(vec![Query::anonymously(reference(IMAGE))], Limits::default(), Capabilities::FULL);
    let first = drive(&mut session, std::time::Duration::ZERO, server);
    session.add_queries(vec![pins()]);
    let second = drive(&mut session, first.took, server);
    let digest = |told: &crate::script::Told| told.verdicts[0].digest.clone().map(|digest| digest.to_string());
    // It is the same for a reference that was not asked for before.
    let told = converse(Session::new(vec![pins()], Limits::default(), Capabilities::FULL), server);
    assert_eq!(digest(&told), digest(&second), "{}", said(&told.verdicts[0]));
    (digest(&second), second.lines)
}

#[test]
fn a_manifest_is_read_once_for_a_digest_that_is_not_sent() {
    let (digest, lines) = pinned(|_| {
        let typed = reply(200).header("content-type", "application/vnd.oci.image.index.v1+json");
        typed.body("{\"schemaVersion\":2,\"manifests\":[]}\n").into_answer()
    });
    // printf '{"schemaVersion":2,"manifests":[]}\n' | sha256sum
    assert_eq!(digest.as_deref(), Ok("sha256:ad010e935c827d771e5c5133702ea2f0bc99574e48a49ae5f88e19975c6796e1"));
    assert_eq!(lines, [format!("GET {PLACE}")]);
}

#[test]
fn what_can_not_be_pinned_says_why() {
    let old = |_: &Call<'_>| {
        let kind = "application/vnd.docker.distribution.manifest.v1+prettyjws";
        reply(200).header("content-type", kind).header("docker-content-digest", DIGEST).into_answer()
    };
    assert_eq!(pinned(old), (Err(NoDigest::Schema1), vec![]));
    let two = |_: &Call<'_>| manifest().header("docker-content-digest", &DIGEST.replace('a', "b")).into_answer();
    assert_eq!(pinned(two), (Err(NoDigest::Contradicting), vec![]));
    let long = |_: &Call<'_>| {
        let api = reply(200).header("docker-distribution-api-version", "registry/2.0");
        api.body("{\"schemaVersion\":2,").truncated().into_answer()
    };
    assert_eq!(pinned(long).0, Err(NoDigest::TooLarge));
    let empty = |_: &Call<'_>| reply(200).header("docker-distribution-api-version", "registry/2.0").into_answer();
    assert_eq!(pinned(empty).0, Err(NoDigest::NotSent));
    assert_eq!(pinned(|_| manifest().into_answer()), (Ok(DIGEST.to_owned()), vec![]));
}
