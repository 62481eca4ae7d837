//! A token server as the distribution specification describes it, and as Docker Hub behaves: everybody gets a token, and what the token
//! does not allow, the registry refuses.

use super::registry::UPSTREAM;
use crate::process::run;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

tests![a_scope_is_read_as_clients_write_it,];

/// A running token server. The account [`UPSTREAM`] may do everything, everybody may pull what is called `public/…`, and wrong
/// credentials get no token at all.
pub(crate) struct TokenServer {
    address: SocketAddr,
    keys: PathBuf,
    requests: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TokenServer {
    /// Starts one with its key in this folder.
    pub(crate) fn start(folder: &Path) -> TokenServer {
        make_key(folder);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let (requests, stopped) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let thread = std::thread::spawn({
            let (keys, requests, stopped) = (folder.to_owned(), Arc::clone(&requests), Arc::clone(&stopped));
            move || {
                for client in listener.incoming().flatten() {
                    if stopped.load(Ordering::SeqCst) {
                        return;
                    }
                    // A client that goes away early concerns nobody else.
                    let _ = serve(&client, &keys, &requests);
                }
            }
        });
        TokenServer { address, keys: folder.to_owned(), requests, stopped, thread: Some(thread) }
    }

    /// The URL that a registry names in its challenge.
    pub(crate) fn realm(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// The certificate whose key signs the tokens, in PEM.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.keys.join("token.crt")
    }

    /// The targets that were asked for so far, as in `/token?service=registry&scope=…`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no holder panics").clone()
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // The listener wakes up for a connection only.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn make_key(folder: &Path) {
    run(
        Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=pullthrough-tests"])
            .args(["-keyout", "token.key", "-out", "token.crt"])
            .current_dir(folder),
        "",
    )
    .success();
}

/// Answers the one request of a connection.
fn serve(mut client: &TcpStream, keys: &Path, requests: &Mutex<Vec<String>>) -> std::io::Result<()> {
    client.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut head = Vec::new();
    for line in BufReader::new(client).lines() {
        match line? {
            line if line.is_empty() => break,
            line => head.push(line),
        }
    }
    let target = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    requests.lock().expect("no holder panics").push(target.to_owned());
    let (status, body) = match credentials(&head) {
        Credentials::Wrong => ("401 Unauthorized", json!({"errors": [{"code": "UNAUTHORIZED"}]})),
        who => ("200 OK", json!({"token": token(keys, &scopes(target), &who), "expires_in": 300})),
    };
    let body = body.to_string();
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

#[derive(PartialEq)]
enum Credentials {
    Absent,
    Right,
    Wrong,
}

fn credentials(head: &[String]) -> Credentials {
    let header = head
        .iter()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let right = format!("Basic {}", STANDARD.encode(format!("{}:{}", UPSTREAM.user, UPSTREAM.password)));
    match header {
        None => Credentials::Absent,
        Some((_, value)) if value.trim() == right => Credentials::Right,
        Some(_) => Credentials::Wrong,
    }
}

/// The scopes of a token request, each `repository:NAME:ACTIONS`.
fn scopes(target: &str) -> Vec<String> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter_map(|pair| pair.strip_prefix("scope=")).map(decoded).collect()
}

/// Percent-decodes what scopes consist of: a colon, a slash and a comma are the only characters of theirs that clients encode.
fn decoded(text: &str) -> String {
    [("%3A", ":"), ("%3a", ":"), ("%2F", "/"), ("%2f", "/"), ("%2C", ","), ("%2c", ",")]
        .iter()
        .fold(text.to_owned(), |text, (code, character)| text.replace(code, character))
}

/// A signed token for that part of the scopes which these credentials may have.
fn token(keys: &Path, scopes: &[String], who: &Credentials) -> String {
    let access: Vec<_> = scopes
        .iter()
        .filter_map(|scope| {
            let (name, actions) = scope.strip_prefix("repository:")?.rsplit_once(':')?;
            let may = |action: &&str| *who == Credentials::Right || (*action == "pull" && name.starts_with("public/"));
            let actions: Vec<&str> = actions.split(',').filter(may).collect();
            Some(json!({"type": "repository", "name": name, "actions": actions}))
        })
        .collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right").as_secs();
    let claims = json!({
        "iss": "pullthrough-tests", "sub": "", "aud": "registry", "jti": "1",
        "iat": now, "nbf": now - 60, "exp": now + 300, "access": access,
    });
    let certificate = fs::read_to_string(keys.join("token.crt")).expect("it was made at the start");
    let certificate: String = certificate.lines().filter(|line| !line.starts_with('-')).collect();
    let header = json!({"typ": "JWT", "alg": "RS256", "x5c": [certificate]});
    let signed =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    format!("{signed}.{}", signature(keys, &signed))
}

fn signature(keys: &Path, text: &str) -> String {
    // In base64 already, because a program's output is taken as text here.
    let script = "set -o pipefail; openssl dgst -sha256 -sign token.key | base64 -w0 | tr '+/' '-_' | tr -d '='";
    run(Command::new("bash").args(["-c", script]).current_dir(keys), text).success()
}

fn a_scope_is_read_as_clients_write_it() {
    assert_eq!(
        scopes("/token?service=registry&scope=repository%3Apublic%2Fapp%3Apull%2Cpush"),
        ["repository:public/app:pull,push"]
    );
    assert_eq!(scopes("/token"), [""; 0]);
}
