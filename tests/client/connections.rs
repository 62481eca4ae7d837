//! How many connections there are, and what happens when one of them ends.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use pullthrough::access::Access;

use crate::{ask, here, plain};

/// What reached the servers of a test.
#[derive(Default)]
struct Seen {
    requests: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

/// A registry that keeps a connection for so many requests, and closes it when the next one is there.
fn start(requests: usize, seen: &Arc<Seen>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let seen = Arc::clone(seen);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = Arc::clone(&seen);
            thread::spawn(move || {
                let open = seen.open.fetch_add(1, Ordering::SeqCst) + 1;
                seen.most_open.fetch_max(open, Ordering::SeqCst);
                serve(&stream, requests, &seen);
                seen.open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    host
}

fn serve(stream: &TcpStream, requests: usize, seen: &Seen) {
    let mut lines = BufReader::new(stream);
    for number in 0.. {
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if lines.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
        }
        seen.requests.fetch_add(1, Ordering::SeqCst);
        if number == requests {
            return;
        }
        thread::sleep(Duration::from_millis(2));
        let answer =
            "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oci.image.index.v1+json\r\nContent-Length: 9\r\n\r\n";
        if { stream }.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// A server may close a connection that it kept at any time. Whoever has just sent a request over it has to send it once more, over a new one,
/// which is no failure: not even when it happens to every third request.
#[test]
fn a_kept_connection_that_ends_is_no_failure() {
    let seen = Arc::default();
    let host = start(2, &seen);
    let images: Vec<_> = (0..100).map(|name| format!("{host}/acme/r{name}:1")).collect();
    let verdicts = ask(&images, plain(&[&host]), here());
    assert!(verdicts.iter().all(|verdict| verdict.access == Access::Public), "{verdicts:#?}");
    assert!(seen.requests.load(Ordering::SeqCst) < 160, "{:?}", seen.requests);
}

/// 64 that are busy, and 64 that are idle: fewer than the 256 files that a process may have open on macOS.
#[test]
fn connections_to_many_hosts_are_closed_again() {
    let seen = Arc::default();
    let hosts: Vec<_> = (0..50).map(|_| start(usize::MAX, &seen)).collect();
    let images: Vec<_> =
        hosts.iter().flat_map(|host| (0..16).map(move |name| format!("{host}/acme/r{name}:1"))).collect();
    let names: Vec<_> = hosts.iter().map(String::as_str).collect();
    let verdicts = ask(&images, plain(&names), here());
    assert!(verdicts.iter().all(|verdict| verdict.access == Access::Public), "{verdicts:#?}");
    assert_eq!(seen.requests.load(Ordering::SeqCst), 800);
    // Those that were just closed may still be open for the server.
    let most = seen.most_open.load(Ordering::SeqCst);
    assert!(most <= 128 + 16, "{most}");
}
