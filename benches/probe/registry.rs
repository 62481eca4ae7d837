//! Registries on loopback that want a token for each repository and take their time.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What reached the registries and what they sent.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) connections: AtomicU64,
    pub(crate) requests: AtomicU64,
    /// Of HTTP, without what TLS and TCP add.
    pub(crate) bytes: AtomicU64,
}

/// A registry, to be started as often as there are hosts.
#[derive(Clone)]
pub(crate) struct Registry {
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
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let registry = self.clone();
                thread::spawn(move || registry.accept(stream));
            }
        });
        Ok(name)
    }

    fn accept(&self, stream: TcpStream) -> io::Result<()> {
        self.counts.connections.fetch_add(1, Ordering::Relaxed);
        stream.set_nodelay(true)?;
        match &self.tls {
            None => self.serve(stream),
            Some(config) => {
                let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
                self.serve(StreamOwned::new(connection, stream))
            }
        }
    }

    /// Answers one request after the other until the client goes.
    fn serve(&self, stream: impl Read + Write) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        loop {
            head.clear();
            while !head.ends_with("\r\n\r\n") {
                if stream.read_line(&mut head)? == 0 {
                    return Ok(());
                }
            }
            let answer = answer(&head);
            thread::sleep(self.latency);
            self.counts.requests.fetch_add(1, Ordering::Relaxed);
            self.counts.bytes.fetch_add(answer.len() as u64, Ordering::Relaxed);
            stream.get_mut().write_all(answer.as_bytes())?;
            stream.get_mut().flush()?;
        }
    }
}

/// A manifest for whoever has the repository's token, that token for everybody, and else a challenge.
fn answer(head: &str) -> String {
    let path = head.split(' ').nth(1).unwrap_or_default();
    if let Some((_, scope)) = path.split_once("&scope=repository%3A") {
        let repository = scope.trim_end_matches("%3Apull").replace("%2F", "/");
        let body = format!("{{\"token\":\"{}\",\"expires_in\":300}}", token(&repository));
        return format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
    }
    let repository = path.strip_prefix("/v2/").and_then(|rest| rest.split_once("/manifests/"));
    let shown = head.lines().find_map(|line| line.strip_prefix("authorization: Bearer "));
    match repository {
        Some((repository, _)) if shown == Some(token(repository).as_str()) => format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oci.image.index.v1+json\r\nContent-Length: 1024\r\n\
             Docker-Content-Digest: sha256:{:064}\r\nDocker-Distribution-Api-Version: registry/2.0\r\n\r\n",
            0
        ),
        _ => "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"/token\",service=\"bench\"\r\n\
              Content-Type: application/json\r\nContent-Length: 58\r\n\r\n"
            .to_owned(),
    }
}

/// A kilobyte that names the repository, about as long as the signed tokens of real registries.
fn token(repository: &str) -> String {
    format!("{repository:.<1000}")
}
