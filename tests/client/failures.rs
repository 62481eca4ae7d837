//! Servers, names and networks that fail.

use std::io::Error;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pullthrough::access::session::{Capabilities, Limits, Session};
use pullthrough::registry::{Client, Event, Settings};

use crate::server::{Server, manifest, reply};
use crate::{LOOPBACK, ask, ask_one, here, plain, settings};

#[test]
fn an_endless_body_is_read_no_further_than_the_limit() {
    let server = Server::http(|seen, stream| {
        if seen.is_for("/token") {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\n\r\n{{\"token\":\"");
            while stream.write_all(&[b'a'; 4096]).is_ok() {}
        } else {
            reply(stream, 401, "WWW-Authenticate: Bearer realm=\"/token\"\r\n", "");
        }
    });
    let host = server.at("registry.test");
    let verdict = ask_one(&format!("{host}/acme/api:1"), plain(&[&host]), here());
    assert_eq!(verdict, format!("unreachable: a response of over 64 KiB from http://{host}/token"));
}

#[test]
fn an_answer_that_drips_is_no_answer() {
    let server = Server::http(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nX: ");
        while stream.write_all(b"a").and_then(|()| stream.flush()).is_ok() {
            sleep(Duration::from_millis(50));
        }
    });
    let host = server.at("registry.test");
    let verdict = ask_one(&format!("{host}/acme/api:1"), plain(&[&host]), here());
    assert_eq!(verdict, format!("unreachable: http://{host} did not answer in time"));
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn a_connection_that_breaks_is_tried_again() {
    let count = AtomicUsize::new(0);
    let server = Server::http(move |_, stream| {
        if count.fetch_add(1, Ordering::Relaxed) == 2 {
            manifest(stream);
        }
    });
    let host = server.at("registry.test");
    let verdict = ask_one(&format!("{host}/acme/api:1"), plain(&[&host]), here());
    assert_eq!(verdict, format!("public: 200 from http://{host}/v2/acme/api/manifests/1"));
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn a_connection_that_always_breaks_is_unreachable() {
    let server = Server::http(|_, _| {});
    let host = server.at("registry.test");
    let verdict = ask_one(&format!("{host}/acme/api:1"), plain(&[&host]), here());
    assert_eq!(verdict, format!("unreachable: the connection to http://{host} was lost"));
}

#[test]
fn an_answer_that_is_no_http_is_unreachable() {
    let server = Server::http(|_, stream| drop(stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n")));
    let host = server.at("registry.test");
    let verdict = ask_one(&format!("{host}/acme/api:1"), plain(&[&host]), here());
    assert_eq!(verdict, format!("unreachable: the connection to http://{host} was lost"));
}

#[test]
fn a_refused_connection_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("registry.test:{}", listener.local_addr().unwrap().port());
    drop(listener);
    let verdict = ask_one(&format!("{host}/acme/api:1"), Limits::default(), here());
    assert_eq!(verdict, format!("unreachable: could not connect to https://{host}"));
}

#[test]
fn a_name_that_is_not_resolved_costs_its_tries_and_not_one_per_image() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let settings = settings(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Err(Error::other("no such name"))
    });
    let images: Vec<_> = (0..30).map(|tag| format!("registry.test/acme/api:{tag}")).collect();
    let verdicts = ask(&images, Limits::default(), settings);
    assert!(
        verdicts
            .iter()
            .all(|verdict| verdict.evidence.to_string() == "the host name of https://registry.test did not resolve")
    );
    assert_eq!(count.load(Ordering::Relaxed), 3);
}

#[test]
fn without_any_network_that_is_what_is_said() {
    let mut settings = settings(|_| Err(Error::other("try again")));
    settings.has_route = || false;
    let images = ["registry.test/acme/api:1", "other.test/acme/api:1"];
    for verdict in ask(&images, Limits::default(), settings) {
        assert_eq!(format!("{}: {}", verdict.access, verdict.evidence), "unreachable: no network");
        assert!(verdict.evidence.cause.advice().unwrap().contains("--network"));
    }
}

/// As in a container without network, whose name servers are those of its machine.
#[test]
fn without_any_network_a_slow_look_up_is_not_waited_for() {
    let mut settings = settings(|_| {
        sleep(Duration::from_secs(2));
        Err(Error::other("try again"))
    });
    settings.has_route = || false;
    let [verdict] = &ask(&["registry.test/acme/api:1"], Limits::default(), settings)[..] else { panic!() };
    assert_eq!(verdict.evidence.to_string(), "no network");
}

#[test]
fn a_host_that_can_not_be_reached_costs_one_timeout() {
    let settings = settings(|_| {
        sleep(Duration::from_secs(2));
        Ok(vec![LOOPBACK])
    });
    let images: Vec<_> = (0..30).map(|tag| format!("registry.test/acme/api:{tag}")).collect();
    let started = Instant::now();
    let verdicts = ask(&images, Limits::default(), settings);
    assert!(
        verdicts.iter().all(|verdict| verdict.evidence.to_string() == "https://registry.test did not answer in time")
    );
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn a_look_up_that_blocks_does_not_outlive_the_budget() {
    let mut settings = settings(|_| {
        sleep(Duration::from_secs(5));
        Ok(vec![LOOPBACK])
    });
    settings.connect_timeout = Duration::from_secs(60);
    settings.request_timeout = Duration::from_secs(60);
    let limits = Limits { budget: Duration::from_millis(300), ..Limits::default() };
    let started = Instant::now();
    let verdict = ask_one("registry.test/acme/api:1", limits, settings);
    assert_eq!(verdict, "unreachable: https://registry.test did not answer within the budget");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn nothing_is_set_up_before_there_is_something_to_send() {
    let unusable = Settings { ca_file: Some("/nowhere/ca.pem".into()), ..here() };
    let mut session = Session::new(Vec::new(), Limits::default(), Capabilities::FULL);
    let verdicts = Client::new(unusable.clone()).run(&mut session, |_| panic!("no progress to tell")).unwrap();
    assert!(verdicts.is_empty());

    let queries = vec![pullthrough::access::session::Query::anonymously(
        pullthrough::image::Reference::parse("registry.test/acme/api:1").unwrap(),
    )];
    let mut session = Session::new(queries, Limits::default(), Capabilities::FULL);
    let error = Client::new(unusable).run(&mut session, |_| {}).unwrap_err().to_string();
    assert!(error.contains("/nowhere/ca.pem"), "{error}");
}

#[test]
fn progress_names_the_host_that_is_slow() {
    let server = Server::http(|_, stream| {
        sleep(Duration::from_millis(400));
        reply(stream, 404, "", "");
    });
    let host = server.at("registry.test");
    let mut heard = Vec::new();
    let queries = vec![pullthrough::access::session::Query::anonymously(
        pullthrough::image::Reference::parse(&format!("{host}/acme/api:1")).unwrap(),
    )];
    let mut session = Session::new(queries, plain(&[&host]), Capabilities::FULL);
    Client::new(here())
        .run(&mut session, |event| {
            if let Event::Waiting(progress) = event {
                heard.push(progress.clone());
            }
        })
        .unwrap();
    assert_eq!(heard[0].waiting_for, [format!("http://{host}")]);
    assert_eq!((heard[0].done, heard[0].known), (0, 1));
    assert_eq!(heard.last().map(|last| last.done), Some(1));
}
