//! A server on loopback that answers each connection once, with whatever bytes a test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// `HEAD /v2/… HTTP/1.1`
    pub(crate) line: String,
    headers: Vec<String>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|header| {
            let (known, value) = header.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn is_for(&self, part: &str) -> bool {
        self.line.contains(part)
    }
}

pub(crate) trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A running server. Its thread ends with the test process.
pub(crate) struct Server {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Over plain http.
    pub(crate) fn http(answer: impl Fn(&Seen, &mut dyn Stream) + Send + Sync + 'static) -> Self {
        Self::start(None, answer)
    }

    /// Over TLS.
    pub(crate) fn https(
        tls: Arc<ServerConfig>,
        answer: impl Fn(&Seen, &mut dyn Stream) + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(tls), answer)
    }

    fn start(tls: Option<Arc<ServerConfig>>, answer: impl Fn(&Seen, &mut dyn Stream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log, tls) = (Arc::clone(&answer), Arc::clone(&log), tls.clone());
                thread::spawn(move || match tls {
                    None => serve(stream, &log, &*answer),
                    Some(config) => {
                        serve(StreamOwned::new(ServerConnection::new(config).unwrap(), stream), &log, &*answer);
                    }
                });
            }
        });
        Self { port, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(|seen| seen.line.trim_end_matches(" HTTP/1.1").to_owned()).collect()
    }

    pub(crate) fn at(&self, host: &str) -> String {
        format!("{host}:{}", self.port)
    }
}

fn serve(mut stream: impl Stream, log: &Mutex<Vec<Seen>>, answer: &dyn Fn(&Seen, &mut dyn Stream)) {
    let mut lines = Vec::new();
    let mut reader = BufReader::new(&mut stream);
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(read) if read > 0 && line.trim_end() != "" => lines.push(line.trim_end().to_owned()),
            Ok(read) if read > 0 => break,
            // As HTTP servers answer a TLS handshake.
            Err(_) => {
                drop(reader);
                return reply(&mut stream, 400, "", "");
            }
            Ok(_) => return,
        }
    }
    let seen = Seen { line: lines.remove(0), headers: lines };
    log.lock().unwrap().push(seen.clone());
    answer(&seen, &mut stream);
    let _ = stream.flush();
}

/// Writes a whole answer; the headers are lines that end with `\r\n`.
pub(crate) fn reply(stream: &mut dyn Stream, status: u16, headers: &str, body: &str) {
    let length = body.len();
    let _ =
        write!(stream, "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
}

/// A manifest, without a body, as an answer to HEAD.
pub(crate) fn manifest(stream: &mut dyn Stream) {
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/vnd.oci.image.index.v1+json\r\n\r\n"
    );
}

/// Copies both ways until one side ends.
pub(crate) fn tunnel(stream: &mut dyn Stream, to: u16) {
    let mut target = TcpStream::connect(("127.0.0.1", to)).unwrap();
    target.set_read_timeout(Some(std::time::Duration::from_millis(20))).unwrap();
    let _ = write!(stream, "HTTP/1.1 200 Connected\r\n\r\n");
    // The client speaks first, then they alternate: enough for one TLS handshake and one request.
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        target.write_all(&buffer[..read]).unwrap();
        let mut any = false;
        for _ in 0..20 {
            match target.read(&mut buffer) {
                Ok(0) => return,
                Ok(read) => {
                    any = true;
                    if stream.write_all(&buffer[..read]).is_err() {
                        return;
                    }
                }
                Err(_) if any => break,
                Err(_) => {}
            }
        }
    }
}
