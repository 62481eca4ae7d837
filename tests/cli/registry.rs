//! What commands make of a registry's answers, with a registry of one thread on this machine.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::{program, run, text};

/// A registry that answers each request by its line and its number; gives the address.
pub(crate) fn registry(answer: fn(&str, &str, usize) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let host = address.clone();
    thread::spawn(move || {
        let mut tokens = 0;
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let Some(line) = head(&stream) else { continue };
            if !line.contains("HTTP/") {
                // A TLS handshake: none is spoken here.
                let _ = write!(stream, "HTTP/1.1 400 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                continue;
            }
            tokens += usize::from(line.contains("/token"));
            let _ = stream.write_all(answer(&line, &host, tokens).as_bytes());
        }
    });
    address
}

/// The first line of a request and whether it shows a token, in one text.
fn head(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut all = String::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).ok()? == 0 || !line.is_ascii() {
            return Some(String::new());
        }
        let line = String::from_utf8(line).ok()?;
        if line.trim().is_empty() {
            return Some(all);
        }
        if all.is_empty() || line.to_ascii_lowercase().starts_with("authorization") {
            all.push_str(&line);
        }
        if !all.contains("HTTP/") {
            return Some(all);
        }
    }
}

pub(crate) fn reply(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}

const INDEX: &str = "Content-Type: application/vnd.oci.image.index.v1+json\r\n";

/// `refused`: how many tokens the endpoint refuses before it gives them out.
pub(crate) fn with_tokens(line: &str, host: &str, tokens: usize, refused: usize) -> String {
    if line.contains("/token") && tokens <= refused {
        return reply(403, "Content-Type: application/json\r\n", "{\"errors\":[{\"code\":\"DENIED\"}]}");
    }
    if line.contains("/token") {
        return reply(200, "Content-Type: application/json\r\n", "{\"token\":\"t\"}");
    }
    if line.to_ascii_lowercase().contains("authorization") {
        return reply(200, INDEX, "");
    }
    let challenge = format!("WWW-Authenticate: Bearer realm=\"http://{host}/token\"\r\n");
    reply(401, &challenge, "")
}

fn pod(host: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: \"{host}/acme/api:1\"}}]}}\n"
    )
}

/// What `arguments` say with a configuration of these lines below `spec`.
fn say(arguments: &[&str], host: &str, spec: &str) -> (String, String) {
    let name = host.replace([':', '.'], "-");
    let config = std::env::temp_dir().join(format!("pullthrough-{}-{name}.yaml", std::process::id()));
    let template = "{host: m.example, pattern: \"{host}/{registry}/{repository}\"}";
    let text_of = format!(
        "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {{name: acme}}\nspec:\n  proxies: [{{template: {template}, \
         aliases: {{\"{host}\": up}}, credentials: {{anonymous: {{}}}}}}]\n{spec}"
    );
    std::fs::write(&config, text_of).unwrap();
    let output = run(program().args(arguments).arg("--config").arg(&config), &pod(host));
    let _ = std::fs::remove_file(&config);
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_lock_keeps_no_passing_refusal() {
    let host = registry(|line, host, tokens| with_tokens(line, host, tokens, 1));
    let (lock, said) = say(&["lock"], &host, "");
    assert!(lock.contains("access: public") && !lock.contains("private"), "{lock}{said}");
    let host = registry(|line, host, tokens| with_tokens(line, host, tokens, usize::MAX));
    let (lock, said) = say(&["lock"], &host, "");
    assert!(lock.contains("access: private"), "{lock}{said}");
}

#[test]
fn an_image_without_a_digest_header_is_pinned_to_what_was_read() {
    let host = registry(|line, _, _| {
        let body = if line.starts_with("HEAD") { "" } else { "{\"schemaVersion\":2,\"manifests\":[]}" };
        reply(200, INDEX, body)
    });
    let (pinned, said) = say(&[], &host, "  pin: true\n");
    // printf '{"schemaVersion":2,"manifests":[]}' | sha256sum
    assert!(
        pinned.contains(":1@sha256:bc5857ac9458293d5111ab85c952172cd7f56bceb4e3014ddc4cafac8927b313"),
        "{pinned}{said}"
    );

    let host = registry(|_, _, _| {
        reply(200, "Content-Type: application/vnd.docker.distribution.manifest.v1+prettyjws\r\n", "")
    });
    let (_, said) = say(&[], &host, "  pin: true\n");
    assert!(said.contains("can't be pinned: its registry has it as a schema 1 manifest"), "{said}");
}
