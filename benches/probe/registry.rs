//! Registries on loopback that take their time.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What reached the registries and what they sent.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) connections: AtomicU64,
    pub(crate) requests: AtomicU64,
    /// Of HTTP, without what TLS and TCP add.
    pub(crate) bytes: AtomicU64,
}

/// What a registry wants to see before it serves a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    Open,
    /// A token for each repository.
    Tokens,
    /// The same, under a challenge whose scope does not name the repository.
    OddScope,
    /// A user and password.
    Basic,
    /// Nothing, but no more than [`A_SECOND`] requests in a second.
    Limited,
}

/// How many requests a limited registry serves in a second.
pub(crate) const A_SECOND: u32 = 10;

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Tokens => "tokens",
            Self::OddScope => "odd scope",
            Self::Basic => "Basic",
            Self::Limited => "limited",
        }
    }

    /// Whether a client fetches a token for each repository.
    pub(crate) fn has_tokens(self) -> bool {
        matches!(self, Self::Tokens | Self::OddScope)
    }
}

/// A registry, to be started as often as there are hosts.
#[derive(Clone)]
pub(crate) struct Registry {
    pub(crate) kind: Kind,
    /// Passes before each answer.
    pub(crate) latency: Duration,
    /// Plain http without it.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) counts: Arc<Counts>,
}

impl Registry {
    /// Starts it on a free port and gives its name, `host:port`. Its threads end with the process.
    pub(crate) fn start(self) -> io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let name = listener.local_addr()?.to_string();
        let window = Arc::new(Mutex::new(Window { since: Instant::now(), served: 0 }));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (registry, window) = (self.clone(), Arc::clone(&window));
                thread::spawn(move || registry.accept(stream, &window));
            }
        });
        Ok(name)
    }

    fn accept(&self, stream: TcpStream, window: &Mutex<Window>) -> io::Result<()> {
        self.counts.connections.fetch_add(1, Ordering::Relaxed);
        stream.set_nodelay(true)?;
        match &self.tls {
            None => self.serve(stream, window),
            Some(config) => {
                let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
                self.serve(StreamOwned::new(connection, stream), window)
            }
        }
    }

    /// Answers one request after the other until the client goes.
    fn serve(&self, stream: impl Read + Write, window: &Mutex<Window>) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        loop {
            head.clear();
            while !head.ends_with("\r\n\r\n") {
                if stream.read_line(&mut head)? == 0 {
                    return Ok(());
                }
            }
            let is_full = self.kind == Kind::Limited && window.lock().is_ok_and(|mut window| window.is_full());
            let answer = if is_full { LIMIT.to_owned() } else { answer(self.kind, scheme, &head) };
            thread::sleep(self.latency);
            self.counts.requests.fetch_add(1, Ordering::Relaxed);
            self.counts.bytes.fetch_add(answer.len() as u64, Ordering::Relaxed);
            stream.get_mut().write_all(answer.as_bytes())?;
            stream.get_mut().flush()?;
        }
    }
}

/// The requests of the present second.
struct Window {
    since: Instant,
    served: u32,
}

impl Window {
    /// Whether one more is too many.
    fn is_full(&mut self) -> bool {
        if self.since.elapsed() >= Duration::from_secs(1) {
            *self = Self { since: Instant::now(), served: 0 };
        }
        self.served += 1;
        self.served > A_SECOND
    }
}

const LIMIT: &str = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";

/// A manifest for those who show what the registry wants to see, a token for everybody, and else a challenge.
fn answer(kind: Kind, scheme: &str, head: &str) -> String {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(this, value)| this.eq_ignore_ascii_case(name).then_some(value)).unwrap_or_default()
    };
    let (status, headers, body) = if let Some((_, scope)) = path.split_once("scope=repository%3A") {
        let scope = scope.split('&').next().unwrap_or_default();
        let token = token(&scope.trim_end_matches("%3Apull").replace("%2F", "/"));
        ("200 OK", String::new(), format!("{{\"token\":\"{token}\",\"expires_in\":300}}"))
    } else {
        let repository = path.strip_prefix("/v2/").and_then(|rest| rest.split_once("/manifests/"));
        let is_let_in = match (kind, repository) {
            (Kind::Open | Kind::Limited, _) => true,
            (Kind::Basic, _) | (_, None) => false,
            (_, Some((repository, _))) => header("authorization") == format!("Bearer {}", token(repository)),
        };
        if is_let_in {
            let digest = format!("Docker-Content-Digest: sha256:{:064}\r\n", 0);
            ("200 OK", digest, format!("{:1024}", "{}"))
        } else {
            let bearer = format!("Bearer realm=\"{scheme}://{}/token\",service=\"bench\"", header("host"));
            let challenge = match kind {
                Kind::Basic => "Basic realm=\"bench\"".to_owned(),
                Kind::OddScope => format!("{bearer},scope=\"*\""),
                Kind::Open | Kind::Tokens | Kind::Limited => bearer,
            };
            let body = "{\"errors\":[{\"code\":\"UNAUTHORIZED\"}]}".to_owned();
            ("401 Unauthorized", format!("WWW-Authenticate: {challenge}\r\n"), body)
        }
    };
    let is_manifest = status == "200 OK" && path.contains("/manifests/");
    let media_type = if is_manifest { "application/vnd.oci.image.index.v1+json" } else { "application/json" };
    let length = body.len();
    let body = if head.starts_with("HEAD ") { "" } else { &body };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\
         Docker-Distribution-Api-Version: registry/2.0\r\n{headers}\r\n{body}"
    )
}

/// A kilobyte that names the repository, about as long as the signed tokens of real registries.
fn token(repository: &str) -> String {
    format!("{repository:.<1000}")
}
