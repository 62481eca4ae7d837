//! What oci-client, the client library of the field in Rust, makes of the same answers over the same sockets.
//!
//! It is no judge here but a warning: in ten of these scenarios it takes for private what is public, or what nobody knows.
//! Each row holds both answers, so that its faults can't become ours unseen, and a release of it that has fewer shows as well.
#![cfg(test)]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::secrets::RegistryAuth;
use pullthrough::access::addresses::AddressPolicy;
use pullthrough::access::session::{Capabilities, Limits, Query, Session};
use pullthrough::image::Reference;
use pullthrough::registry::{Client, Settings};

use server::{Seen, Server, Stream, manifest, reply};

#[path = "../../client/server.rs"]
#[allow(dead_code, reason = "the client's own tests use the rest")]
mod server;

/// Every client waits so long for an answer: longer than a busy machine takes to give one.
const PATIENCE: Duration = Duration::from_millis(1500);

/// A registry's answers, and what comes of them: the answer, and how many requests it took.
struct Row {
    scenario: &'static str,
    server: fn(&Seen, &mut dyn Stream),
    theirs: (&'static str, usize),
    ours: (&'static str, usize),
}

const fn row(
    scenario: &'static str,
    server: fn(&Seen, &mut dyn Stream),
    theirs: (&'static str, usize),
    ours: (&'static str, usize),
) -> Row {
    Row { scenario, server, theirs, ours }
}

const UNAUTHORIZED: &str = "not authorized";
const SERVED: &str = "public: 200 from http://HOST/v2/acme/api/manifests/1";
const REFUSED: &str = "private: 401 from http://HOST/v2/acme/api/manifests/1";

const ALL: &[Row] = &[
    // Where both are right
    row("open", |_, to| image(to), ("served", 2), (SERVED, 1)),
    row("tokens for everybody", |seen, to| guarded(seen, to, BEARER, granted), ("served", 3), (SERVED, 3)),
    row(
        "a token that opens nothing",
        |seen, to| if is_token(seen) { granted(to) } else { refused(to, &with_address(seen, BEARER)) },
        (UNAUTHORIZED, 4),
        (REFUSED, 3),
    ),
    row(
        "no token for anonymous clients",
        |seen, to| guarded(seen, to, BEARER, |to| error(to, 401, "", "UNAUTHORIZED")),
        (UNAUTHORIZED, 6),
        ("private: 401 from the token endpoint http://HOST/token", 2),
    ),
    row(
        "Basic only",
        |_, to| refused(to, "Basic realm=\"x\""),
        (UNAUTHORIZED, 4),
        ("private: 401 from http://HOST/v2/acme/api/manifests/1, which gives no tokens to anonymous clients", 1),
    ),
    row(
        "no such tag",
        |_, to| error(to, 404, "", "MANIFEST_UNKNOWN"),
        ("MANIFEST_UNKNOWN", 4),
        // The first 404 to a HEAD is confirmed by a GET.
        ("not-found: 404 from http://HOST/v2/acme/api/manifests/1", 2),
    ),
    row(
        "403 in the registry's words",
        |_, to| error(to, 403, "", "DENIED"),
        ("DENIED", 4),
        ("private: 403 from http://HOST/v2/acme/api/manifests/1", 1),
    ),
    row(
        "403 without a word",
        |_, to| reply(to, 403, "", ""),
        ("server error 403", 4),
        ("unreachable: 403 from http://HOST/v2/acme/api/manifests/1, which does not answer like a registry", 1),
    ),
    row(
        "HEAD 405",
        |seen, to| if is_head(seen) { reply(to, 405, "", "") } else { image(to) },
        ("served", 4),
        (SERVED, 2),
    ),
    row(
        "two challenges in one header",
        |seen, to| guarded(seen, to, "Basic realm=\"x\", Bearer realm=\"REALM\"", granted),
        ("served", 3),
        (SERVED, 3),
    ),
    // A token endpoint in trouble says nothing about the image.
    row(
        "429 at the token endpoint",
        |seen, to| guarded(seen, to, BEARER, |to| error(to, 429, "Retry-After: 60\r\n", "TOOMANYREQUESTS")),
        (UNAUTHORIZED, 6),
        ("rate-limited: 429 from http://HOST/token", 2),
    ),
    row(
        "503 at the token endpoint",
        |seen, to| guarded(seen, to, BEARER, |to| reply(to, 503, "", "")),
        (UNAUTHORIZED, 6),
        ("unreachable: 503 from http://HOST/token", 4),
    ),
    row(
        "a token endpoint that says nothing",
        |seen, to| guarded(seen, to, BEARER, |_| thread::sleep(PATIENCE * 2)),
        (UNAUTHORIZED, 6),
        ("unreachable: http://HOST did not answer in time", 4),
    ),
    row(
        "a token endpoint that is a web page",
        |seen, to| guarded(seen, to, BEARER, |to| reply(to, 200, "Content-Type: text/html\r\n", "<html>")),
        (UNAUTHORIZED, 6),
        ("unreachable: 200 without a token from the token endpoint http://HOST/token", 2),
    ),
    // Challenges that RFC 9110 allows.
    row(
        "two challenges in two headers",
        |seen, to| guarded(seen, to, "Basic realm=\"x\"\r\nWWW-Authenticate: Bearer realm=\"REALM\"", granted),
        (UNAUTHORIZED, 4),
        (SERVED, 3),
    ),
    row(
        "odd spacing",
        |seen, to| guarded(seen, to, "bearer  Realm=\"REALM\" , service=\"r\"", granted),
        (UNAUTHORIZED, 4),
        (SERVED, 3),
    ),
    row(
        "no quotes",
        |seen, to| guarded(seen, to, "Bearer realm=REALM,service=r", granted),
        (UNAUTHORIZED, 4),
        (SERVED, 3),
    ),
    row(
        "a relative realm",
        |seen, to| guarded(seen, to, "Bearer realm=\"/token\",service=\"r\"", granted),
        (UNAUTHORIZED, 4),
        (SERVED, 3),
    ),
    // The manifest is what is asked for, not /v2/.
    row(
        "/v2/ fails, the manifest is open",
        |seen, to| if is_ping(seen) { reply(to, 503, "", "") } else { image(to) },
        ("served", 2),
        (SERVED, 1),
    ),
    row(
        "/v2/ is open, the manifest takes tokens",
        |seen, to| if is_ping(seen) { reply(to, 200, "", "{}") } else { guarded(seen, to, BEARER, granted) },
        (UNAUTHORIZED, 4),
        (SERVED, 3),
    ),
    row(
        "only the scope of the manifest's challenge opens it",
        |seen, to| {
            let challenge = "Bearer realm=\"REALM\",scope=\"repository:acme:pull\"";
            let right = seen.is_for("repository:acme:pull") || seen.is_for("repository%3Aacme%3Apull");
            if is_token(seen) && !right { reply(to, 403, "", "") } else { guarded(seen, to, challenge, granted) }
        },
        (UNAUTHORIZED, 6),
        (SERVED, 3),
    ),
    // What the answer to HEAD says is enough.
    row("no digest", |seen, to| if is_head(seen) { manifest(to) } else { image(to) }, ("served", 4), (SERVED, 1)),
    row(
        "429",
        |_, to| error(to, 429, "Retry-After: 60\r\n", "TOOMANYREQUESTS"),
        ("TOOMANYREQUESTS", 4),
        ("rate-limited: 429 from http://HOST/v2/acme/api/manifests/1", 1),
    ),
    row(
        "503",
        |_, to| reply(to, 503, "", ""),
        ("server error 503", 4),
        ("unreachable: 503 from http://HOST/v2/acme/api/manifests/1", 3),
    ),
    row(
        "a captive portal",
        |_, to| reply(to, 200, "Content-Type: text/html\r\n", "<html>"),
        ("served", 4),
        ("unreachable: 200 from http://HOST/v2/acme/api/manifests/1, which does not answer like a registry", 1),
    ),
    // Where nobody should be led: an address that means "this machine" by accident.
    row(
        "a realm at 0.0.0.0",
        |seen, to| guarded(seen, to, "Bearer realm=\"http://0.0.0.0:PORT/token\"", granted),
        ("served", 3),
        ("unreachable: the token endpoint http://0.0.0.0:PORT/token must not be contacted", 1),
    ),
    row(
        "a redirect to 0.0.0.0",
        |seen, to| {
            let there = seen.header("host").is_some_and(|host| host.starts_with("0.0.0.0"));
            let location = with_address(seen, "Location: http://0.0.0.0:PORT/v2/acme/api/manifests/1\r\n");
            if there || is_ping(seen) { image(to) } else { reply(to, 307, &location, "") }
        },
        ("served", 3),
        ("unreachable: the redirect to http://0.0.0.0:PORT must not be followed", 1),
    ),
];

const BEARER: &str = "Bearer realm=\"REALM\",service=\"r\"";

fn is_token(seen: &Seen) -> bool {
    seen.is_for("/token")
}

fn is_ping(seen: &Seen) -> bool {
    seen.is_for("/v2/ ")
}

fn is_head(seen: &Seen) -> bool {
    seen.line.starts_with("HEAD ")
}

/// A registry with tokens: whoever has one gets the image.
fn guarded(seen: &Seen, to: &mut dyn Stream, challenge: &str, token: fn(&mut dyn Stream)) {
    match seen.header("authorization") {
        _ if is_token(seen) => token(to),
        None => refused(to, &with_address(seen, challenge)),
        Some(_) => image(to),
    }
}

/// `REALM` and `PORT`, as the client that asks knows them.
fn with_address(seen: &Seen, text: &str) -> String {
    let host = seen.header("host").unwrap();
    let port = host.rsplit_once(':').unwrap().1;
    text.replace("REALM", &format!("http://{host}/token")).replace("PORT", port)
}

fn granted(to: &mut dyn Stream) {
    reply(to, 200, "", "{\"token\":\"t\"}");
}

fn refused(to: &mut dyn Stream, challenge: &str) {
    reply(to, 401, &format!("WWW-Authenticate: {challenge}\r\n"), "");
}

/// The error envelope of registries.
fn error(to: &mut dyn Stream, status: u16, headers: &str, code: &str) {
    reply(
        to,
        status,
        &format!("Content-Type: application/json\r\n{headers}"),
        &format!("{{\"errors\":[{{\"code\":\"{code}\",\"message\":\"m\"}}]}}"),
    );
}

/// A manifest with its digest.
fn image(to: &mut dyn Stream) {
    let sha256_of_braces = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    reply(to, 200, &format!("Docker-Content-Digest: sha256:{sha256_of_braces}\r\n"), "{}");
}

#[test]
fn where_oci_client_is_wrong_we_are_not() {
    // Its HTTP client wants a TLS implementation, also for plain http.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let found: Vec<_> = thread::scope(|scope| {
        let rows = ALL.iter().map(|row| (row, scope.spawn(|| [theirs(row.server), ours(row.server)])));
        let rows: Vec<_> = rows.collect();
        rows.into_iter().map(|(row, answers)| (row, answers.join().unwrap())).collect()
    });
    let different = |(row, answers): &&(&Row, [(String, usize); 2])| {
        let expected = [row.theirs, row.ours].map(|(said, requests)| (said.to_owned(), requests));
        expected != *answers
    };
    let wrong: Vec<_> = found.iter().filter(different).map(|(row, answers)| (row.scenario, answers)).collect();
    assert!(wrong.is_empty(), "[oci-client, ours] where a row says something else: {wrong:#?}");
    assert_eq!(ALL.len(), 27, "a row is missing");
}

/// One token serves all tags of a repository, however many are asked for at a time.
#[test]
fn oci_client_asks_for_a_token_before_it_has_the_last_and_we_wait() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tokens = |server: &Server| server.seen().iter().filter(|seen| is_token(seen)).count();
    let images = |host: &str| (0..5).map(|tag| format!("{host}/acme/api:{tag}")).collect::<Vec<_>>();
    let slowly = |to: &mut dyn Stream| {
        thread::sleep(Duration::from_millis(200));
        granted(to);
    };
    let start = move || Server::http(move |seen, to| guarded(seen, to, BEARER, slowly));

    let server = start();
    let host = server.at("127.0.0.1");
    let client = &their_client();
    runtime().block_on(async {
        let mut all = tokio::task::JoinSet::new();
        for image in images(&host) {
            let (client, image) = (client.clone(), image.parse().unwrap());
            all.spawn(async move { client.fetch_manifest_digest(&image, &RegistryAuth::Anonymous).await.unwrap() });
        }
        all.join_all().await;
    });
    assert!(tokens(&server) > 1, "{:?}", server.lines());

    let server = start();
    let host = server.at("127.0.0.1");
    assert!(ask(&images(&host), &host).iter().all(|said| said.starts_with("public: ")));
    assert_eq!((tokens(&server), server.seen().len()), (1, 7));
}

fn theirs(answer: fn(&Seen, &mut dyn Stream)) -> (String, usize) {
    let server = Server::http(answer);
    let image = format!("{}/acme/api:1", server.at("127.0.0.1")).parse().unwrap();
    let digest = runtime().block_on(their_client().fetch_manifest_digest(&image, &RegistryAuth::Anonymous));
    let said = match digest {
        Ok(_) => "served".to_owned(),
        Err(OciDistributionError::UnauthorizedError { .. }) => UNAUTHORIZED.to_owned(),
        Err(OciDistributionError::ServerError { code, .. }) => format!("server error {code}"),
        Err(OciDistributionError::RegistryError { envelope, .. }) => {
            serde_json::to_value(&envelope.errors[0].code).unwrap().as_str().unwrap().to_owned()
        }
        Err(other) => other.to_string(),
    };
    (said, server.seen().len())
}

fn their_client() -> oci_client::Client {
    let config = ClientConfig {
        protocol: ClientProtocol::Http,
        read_timeout: Some(PATIENCE),
        connect_timeout: Some(PATIENCE),
        ..ClientConfig::default()
    };
    oci_client::Client::try_from(config).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn ours(answer: fn(&Seen, &mut dyn Stream)) -> (String, usize) {
    let server = Server::http(answer);
    let host = server.at("127.0.0.1");
    let said = ask(&[format!("{host}/acme/api:1")], &host).remove(0);
    let said = said.replace(&host, "HOST").replace(&server.port.to_string(), "PORT");
    (said, server.seen().len())
}

/// The verdicts of the real client, as `access: evidence`.
fn ask(images: &[String], host: &str) -> Vec<String> {
    let addresses = AddressPolicy { plain_http: vec![host.to_owned()], ..AddressPolicy::default() };
    let limits = Limits { addresses, ..Limits::default() };
    let lookup = Arc::new(|_: &str| Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]));
    let settings = Settings { connect_timeout: PATIENCE, request_timeout: PATIENCE, lookup, ..Settings::default() };
    let queries = images.iter().map(|image| Query::anonymously(Reference::parse(image).unwrap())).collect();
    let verdicts = Client::new(settings).run(&mut Session::new(queries, limits, Capabilities::FULL), |_| {}).unwrap();
    verdicts.iter().map(|verdict| format!("{}: {}", verdict.access, verdict.evidence)).collect()
}
