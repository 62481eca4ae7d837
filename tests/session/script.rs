//! Scripted servers and the clock that drives a session against them.

use std::collections::BTreeMap;
use std::time::Duration;

use pullthrough::access::session::{
    Authorization, Capabilities, Failure, Limits, Method, Query, Received, Request, Response, Session, Step,
};
use pullthrough::access::verdict::Verdict;
use pullthrough::config::Credentials as Wanted;
use pullthrough::credentials::{Credential, Credentials, HOSTS, PASSWORD, Product, ProxyCredential as Found, USERNAME};
use pullthrough::environment::Environment;
use pullthrough::image::Reference;
use pullthrough::replicated::ReplicatedObjects;

pub(crate) const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// What a scripted server sees of a request.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    /// How often this same request was sent before.
    pub(crate) before: usize,
    pub(crate) now: Duration,
}

impl Call<'_> {
    pub(crate) fn host(&self) -> &str {
        self.request.url.host_str().unwrap()
    }

    pub(crate) fn path(&self) -> &str {
        self.request.url.path()
    }

    pub(crate) fn is_manifest(&self) -> bool {
        self.path().contains("/manifests/")
    }

    pub(crate) fn is_head(&self) -> bool {
        self.request.method.as_str() == "HEAD"
    }

    /// The value of the `Authorization` header, or nothing.
    pub(crate) fn shown(&self) -> &str {
        self.request.authorization.as_ref().map_or("", Authorization::header_value)
    }
}

/// An answer under construction.
pub(crate) struct Reply(Response);

impl Reply {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let headers = [
            "www-authenticate",
            "content-type",
            "content-length",
            "location",
            "retry-after",
            "date",
            "docker-content-digest",
            "docker-distribution-api-version",
        ];
        let old: Vec<(String, String)> = headers
            .into_iter()
            .flat_map(|known| self.0.headers.all(known).map(move |value| (known.to_owned(), value.to_owned())))
            .collect();
        assert!(headers.contains(&name), "{name} would be lost");
        self.0.headers = old.into_iter().chain([(name.to_owned(), value.to_owned())]).collect();
        self
    }

    pub(crate) fn challenge(self, value: &str) -> Self {
        self.header("www-authenticate", value)
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        self.0.body = body.into();
        self
    }

    pub(crate) fn truncated(mut self) -> Self {
        self.0.truncated = true;
        self
    }
}

pub(crate) trait IntoAnswer {
    fn into_answer(self) -> Received;
}

impl IntoAnswer for Reply {
    fn into_answer(self) -> Received {
        Received::Response(self.0)
    }
}

impl IntoAnswer for Failure {
    fn into_answer(self) -> Received {
        Received::Failed(self)
    }
}

pub(crate) fn reply(status: u16) -> Reply {
    Reply(Response { status, ..Response::default() })
}

/// A manifest, as registries serve it.
pub(crate) fn manifest() -> Reply {
    reply(200).header("content-type", "application/vnd.oci.image.index.v1+json").header("docker-content-digest", DIGEST)
}

pub(crate) fn token() -> Reply {
    reply(200).body("{\"token\":\"t\"}")
}

/// The error envelope of registries.
pub(crate) fn error(status: u16, code: &str) -> Reply {
    reply(status)
        .header("content-type", "application/json")
        .body(&format!("{{\"errors\":[{{\"code\":\"{code}\",\"message\":\"m\"}}]}}"))
}

/// What came of a conversation.
pub(crate) struct Told {
    pub(crate) verdicts: Vec<Verdict>,
    /// Every request in the order of sending: `HEAD https://host/path?query`, with ` +token` or ` +credential` at its end.
    pub(crate) lines: Vec<String>,
    pub(crate) took: Duration,
    /// The most requests that one host had at a time.
    pub(crate) widest: usize,
}

impl Told {
    /// The one verdict, as `access: evidence`.
    pub(crate) fn only(&self) -> String {
        assert_eq!(self.verdicts.len(), 1);
        said(&self.verdicts[0])
    }

    /// The different verdicts, each with how many have it.
    pub(crate) fn counted(&self) -> BTreeMap<String, usize> {
        let mut counted = BTreeMap::new();
        for verdict in &self.verdicts {
            *counted.entry(said(verdict)).or_default() += 1;
        }
        counted
    }

    pub(crate) fn count(&self, start: &str) -> usize {
        self.lines.iter().filter(|line| line.starts_with(start)).count()
    }
}

pub(crate) fn said(verdict: &Verdict) -> String {
    format!("{}: {}", verdict.access, verdict.evidence)
}

pub(crate) fn anonymous(images: &[impl AsRef<str>]) -> Vec<Query> {
    images.iter().map(|image| Query::anonymously(reference(image.as_ref()))).collect()
}

pub(crate) fn reference(image: &str) -> Reference {
    Reference::parse(image).unwrap()
}

/// Asks for these images without credentials, at servers that need `LATENCY` for every answer.
pub(crate) fn ask(images: &[impl AsRef<str>], server: impl FnMut(&Call<'_>) -> Received) -> Told {
    converse(Session::new(anonymous(images), Limits::default(), Capabilities::FULL), server)
}

pub(crate) const LATENCY: Duration = Duration::from_millis(20);

pub(crate) fn converse(mut session: Session, server: impl FnMut(&Call<'_>) -> Received) -> Told {
    drive(&mut session, Duration::ZERO, server)
}

/// Drives a session from a moment on until it is done.
pub(crate) fn drive(session: &mut Session, start: Duration, mut server: impl FnMut(&Call<'_>) -> Received) -> Told {
    let mut now = start;
    let mut lines: Vec<String> = Vec::new();
    let mut flying = Vec::new();
    let mut widest = 0;
    for _ in 0..200_000 {
        match session.poll(now) {
            Step::Send(id, request) => {
                let line = line(&request);
                let before = lines.iter().filter(|sent| **sent == line).count();
                let mut answer = server(&Call { request: &request, before, now });
                if let Received::Response(response) = &mut answer
                    && request.method == Method::Head
                {
                    response.body.clear();
                }
                let takes = match answer {
                    Received::Failed(Failure::ConnectTimedOut | Failure::TimedOut) => Duration::from_secs(5),
                    _ => LATENCY,
                };
                lines.push(line);
                let host = request.url.host_str().unwrap().to_owned();
                flying.push((now + takes, id, answer, host.clone()));
                widest = widest.max(flying.iter().filter(|(.., other)| *other == host).count());
            }
            Step::WaitUntil(until) => {
                assert!(until > now, "a session that waits for the past turns in circles");
                flying.sort_by_key(|(at, id, ..)| (*at, *id));
                match flying.first() {
                    Some((at, ..)) if *at <= until => {
                        let (at, id, answer, _) = flying.remove(0);
                        now = at;
                        session.handle_response(id, answer, now);
                    }
                    _ => now = until,
                }
            }
            Step::Done(verdicts) => return Told { verdicts, lines, took: now - start, widest },
        }
    }
    panic!("the session does not end: {lines:?}");
}

fn line(request: &Request) -> String {
    let shown = match request.authorization.as_ref().map(Authorization::header_value) {
        None => "",
        Some(shown) if shown.starts_with("Bearer ") => " +token",
        Some(_) => " +credential",
    };
    let url = request.url.as_str().replace("%3A", ":").replace("%2F", "/").replace("%2C", ",");
    format!("{} {url}{shown}", request.method.as_str())
}

/// What the credential of tests looks like on the wire.
pub(crate) const SECRET: &str = "Basic dXNlcjpwdw==";

/// A credential for these hosts, of which the first is the proxy's own.
pub(crate) fn credential(hosts: &[&str]) -> Credential {
    let all = hosts.join(",");
    let var = move |name: &str| match name {
        USERNAME => Some("user".to_owned()),
        PASSWORD => Some("pw".to_owned()),
        HOSTS => Some(all.clone()),
        _ => None,
    };
    let environment = Environment { var: Box::new(var), ..Environment::bare(0) };
    let credentials = Credentials::collect(&environment, &ReplicatedObjects::default(), Vec::new()).unwrap();
    match credentials.for_proxy(Product::Other, &Wanted::Default, &[hosts[0].to_owned()]) {
        Found::Found(credential, _) => credential,
        other => panic!("{other:?}"),
    }
}
