//! What is no answer is never `private` and never `public`: it is tried again inside the one budget, and then said.

use std::time::Duration;

use pullthrough::access::session::{Capabilities, Failure, Limits, Query, Session, Step};
use pullthrough::access::{Access, Cause};
use pullthrough::image::Reference;

use crate::script::{Call, IntoAnswer, anonymous, ask, converse, manifest, reply, token};

fn images(count: usize) -> Vec<String> {
    (0..count).map(|tag| format!("r.example/acme/api:{tag}")).collect()
}

const CHALLENGE: &str = "Bearer realm=\"https://auth.example/token\",service=\"r\"";

/// Failure, evidence, requests for twenty images of the one host, and for one whose server recovers after its first.
const FAILURES: &[(Failure, &str, usize, usize)] = &[
    (Failure::NoNetwork, "no network", 1, 1),
    (Failure::NameNotResolved, "the host name of https://r.example did not resolve", 3, 2),
    (Failure::ConnectionFailed, "could not connect to https://r.example", 3, 2),
    (Failure::ConnectTimedOut, "https://r.example did not answer in time", 1, 1),
    (Failure::TimedOut, "https://r.example did not answer in time", 2, 2),
    (Failure::Broken, "the connection to https://r.example was lost", 26, 2),
    (Failure::TlsFailed, "no trusted TLS connection to https://r.example", 1, 1),
    (Failure::TlsNotSpoken, "https://r.example does not speak TLS", 1, 1),
    (Failure::ForwardProxy, "the forward proxy did not reach https://r.example", 3, 2),
    (Failure::AddressForbidden, "https://r.example is at an address that must not be contacted", 20, 1),
    (Failure::Hidden, "https://r.example can't be read from here", 20, 1),
];

#[test]
fn a_host_that_fails_is_unreachable_and_costs_its_tries_once() {
    for (failure, evidence, requests, _) in FAILURES {
        let told = ask(&images(20), |_| failure.into_answer());
        assert_eq!(told.counted(), [(format!("unreachable: {evidence}"), 20)].into(), "{failure:?}");
        assert_eq!(told.lines.len(), *requests, "{failure:?}");
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    for (failure, _, _, requests) in FAILURES {
        let told =
            ask(&images(1), |call| if call.before == 0 { failure.into_answer() } else { manifest().into_answer() });
        assert_eq!(told.lines.len(), *requests, "{failure:?}");
        let expected = if *requests > 1 { Access::Public } else { Access::Unreachable };
        assert_eq!(told.verdicts[0].access, expected, "{failure:?}");
    }
}

#[test]
fn a_token_endpoint_that_fails_makes_nothing_private() {
    for (failure, ..) in FAILURES {
        let told = ask(&images(20), |call| match (call.host(), call.shown()) {
            ("auth.example", _) => failure.into_answer(),
            (_, "") => reply(401).challenge(CHALLENGE).into_answer(),
            _ => manifest().into_answer(),
        });
        assert!(told.verdicts.iter().all(|verdict| verdict.access == Access::Unreachable), "{failure:?}");
        assert!(told.lines.len() <= 1 + 3, "{failure:?}: {:?}", told.lines);
    }
}

#[test]
fn a_server_error_is_unreachable_and_after_three_images_of_it_each_has_one_try() {
    for status in [408, 500, 502, 503, 504, 599] {
        let told = ask(&images(20), |_| reply(status).into_answer());
        assert_eq!(told.verdicts.len(), 20);
        for verdict in &told.verdicts {
            assert_eq!((verdict.access, verdict.evidence.cause), (Access::Unreachable, Cause::ServerFailed));
        }
        assert_eq!(told.lines.len(), 3 * 3 + 17, "{status}");
    }
}

#[test]
fn one_image_that_fails_does_not_condemn_its_host() {
    let told =
        ask(
            &images(20),
            |call| if call.path().ends_with("/7") { reply(503).into_answer() } else { manifest().into_answer() },
        );
    assert_eq!(told.lines.len(), 19 + 3);
    assert_eq!(told.counted()["unreachable: 503 from https://r.example/v2/acme/api/manifests/7"], 1);
    assert_eq!(told.verdicts.iter().filter(|verdict| verdict.access == Access::Public).count(), 19);
}

/// Whether those that fail are asked before the others or after them.
#[test]
fn images_that_fail_do_not_condemn_those_that_are_sound() {
    let failing = |call: &Call<'_>| ["/0", "/1", "/2", "/3"].iter().any(|tag| call.path().ends_with(tag));
    for failure in [None, Some(Failure::Broken)] {
        let told = ask(&images(8), |call| match (failing(call), failure) {
            (true, Some(failure)) => failure.into_answer(),
            (true, None) => reply(503).into_answer(),
            _ => manifest().into_answer(),
        });
        let public: Vec<_> = told.verdicts.iter().map(|verdict| verdict.access == Access::Public).collect();
        assert_eq!(public, [false, false, false, false, true, true, true, true], "{failure:?}");
    }
}

/// One image whose answer never comes, asked first.
#[test]
fn an_image_that_hangs_does_not_condemn_its_host() {
    let told = ask(&images(8), |call| {
        if call.path().ends_with("/0") { Failure::TimedOut.into_answer() } else { manifest().into_answer() }
    });
    assert_eq!(told.verdicts.iter().filter(|verdict| verdict.access == Access::Public).count(), 7);
}

#[test]
fn nobody_asks_before_the_server_wants_to_be_asked() {
    let mut limited_at = None;
    let told = ask(&images(30), |call| match limited_at {
        None if call.path().ends_with("/4") => {
            limited_at = Some(call.now);
            reply(429).header("retry-after", "7").into_answer()
        }
        // What was under way when the limit was met may still arrive, nothing else.
        Some(at) if call.now > at + Duration::from_millis(20) => {
            assert!(call.now >= at + Duration::from_secs(7), "asked too early");
            manifest().into_answer()
        }
        _ => manifest().into_answer(),
    });
    assert_eq!(told.lines.len(), 31);
    assert!(told.verdicts.iter().all(|verdict| verdict.access == Access::Public));
}

#[test]
fn a_retry_after_date_is_honored() {
    let told = ask(&images(1), |call| {
        if call.before > 0 {
            return manifest().into_answer();
        }
        let limited = reply(429).header("retry-after", "Mon, 23 Nov 2026 18:00:09 GMT");
        limited.header("date", "Mon, 23 Nov 2026 18:00:00 GMT").into_answer()
    });
    assert_eq!(told.took, Duration::from_millis(9_040));
}

#[test]
fn the_budget_is_one_for_all() {
    let images: Vec<_> = (0..50).map(|host| format!("r{host}.example/acme/api:1")).collect();
    let told = ask(&images, |_| reply(503).header("retry-after", "9").into_answer());
    assert!(told.took <= Limits::default().budget);
    assert!(told.verdicts.iter().all(|verdict| verdict.evidence.cause == Cause::ServerFailed));
}

#[test]
fn when_time_is_up_each_has_the_trouble_it_met() {
    let limits = Limits { budget: Duration::from_secs(3), ..Limits::default() };
    let images = ["slow.example/acme/api:1", "slow.example/acme/api:2", "good.example/acme/api:1"];
    let told = converse(Session::new(anonymous(&images), limits, Capabilities::FULL), |call| match call.host() {
        "slow.example" => Failure::TimedOut.into_answer(),
        _ => manifest().into_answer(),
    });
    assert_eq!(told.took, Duration::from_secs(3));
    let counted = told.counted();
    assert_eq!(counted["unreachable: https://slow.example did not answer within the budget"], 2);
    assert_eq!(counted["public: 200 from https://good.example/v2/acme/api/manifests/1"], 1);
}

#[test]
fn a_token_that_does_not_come_in_time_is_no_verdict_about_the_image() {
    let limits = Limits { budget: Duration::from_secs(3), ..Limits::default() };
    let told = converse(Session::new(anonymous(&images(5)), limits, Capabilities::FULL), |call| {
        match (call.host(), call.before) {
            ("auth.example", 0) => reply(503).header("retry-after", "2").into_answer(),
            ("auth.example", _) => Failure::TimedOut.into_answer(),
            _ => reply(401).challenge(CHALLENGE).into_answer(),
        }
    });
    assert_eq!(told.counted(), [("unreachable: 503 from https://auth.example/token".to_owned(), 5)].into());
}

#[test]
fn when_not_one_of_several_names_is_resolved_it_is_the_network() {
    let told = ask(&["a.example/a:1", "b.example/b:1"], |_| Failure::NameNotResolved.into_answer());
    assert_eq!(told.counted(), [("unreachable: no network".to_owned(), 2)].into());
    let told = ask(&["a.example/a:1", "b.example/b:1"], |call| match call.host() {
        "a.example" => Failure::NameNotResolved.into_answer(),
        _ => manifest().into_answer(),
    });
    assert_eq!(told.counted()["unreachable: the host name of https://a.example did not resolve"], 1);
}

#[test]
fn this_machine_is_asked_over_http_when_https_does_not_work() {
    for failure in [Failure::TlsNotSpoken, Failure::ConnectionFailed, Failure::Broken] {
        for host in ["localhost:5000", "127.0.0.1:5000", "reg.localhost:5000"] {
            let images: Vec<_> = (0..5).map(|tag| format!("{host}/acme/api:{tag}")).collect();
            let told = ask(&images, |call| match call.request.url.scheme() {
                "https" => failure.into_answer(),
                _ => manifest().into_answer(),
            });
            assert_eq!(told.count(&format!("HEAD https://{host}/")), 1, "{host}");
            assert_eq!(told.count(&format!("HEAD http://{host}/")), 5, "{host}");
        }
    }
    let told = ask(&["localhost:5000/acme/api:1"], |_| Failure::TlsFailed.into_answer());
    assert_eq!(told.only(), "unreachable: no trusted TLS connection to https://localhost:5000");
}

#[test]
fn a_browser_sees_no_challenge_and_says_so() {
    let session = Session::new(anonymous(&images(1)), Limits::default(), Capabilities::BROWSER);
    let told = converse(session, |_| reply(401).into_answer());
    assert_eq!(told.only(), "unreachable: https://r.example/v2/acme/api/manifests/0 can't be read from here");
    assert_eq!(told.lines.len(), 1);

    let session = Session::new(anonymous(&images(1)), Limits::default(), Capabilities::BROWSER);
    let told = converse(session, |call| match (call.host(), call.shown()) {
        ("auth.example", _) => token().into_answer(),
        (_, "") => reply(401).challenge(CHALLENGE).into_answer(),
        _ => manifest().into_answer(),
    });
    assert_eq!(told.only(), "public: 200 from https://r.example/v2/acme/api/manifests/0");

    let session = Session::new(anonymous(&images(1)), Limits::default(), Capabilities::BROWSER);
    let told = converse(session, |_| reply(401).challenge("Bearer realm=\"https://10.0.0.1/token\"").into_answer());
    assert_eq!(told.only(), "unreachable: the token endpoint https://10.0.0.1/token must not be contacted");
}

/// A connection that is not made once, in the middle of many that were, is no reason to give the host up.
#[test]
fn a_host_that_was_there_a_moment_ago_is_asked_again() {
    for failure in [Failure::ConnectTimedOut, Failure::TlsFailed, Failure::TimedOut, Failure::ConnectionFailed] {
        let told = ask(&images(30), |call| match call.before {
            0 if call.path().ends_with("/12") => failure.into_answer(),
            _ => manifest().into_answer(),
        });
        assert_eq!(told.lines.len(), 31, "{failure:?}");
        assert!(told.verdicts.iter().all(|verdict| verdict.access == Access::Public), "{failure:?}");
    }
}

/// A look for the challenge that brought no answer says nothing about the next image.
#[test]
fn a_challenge_that_could_not_be_looked_for_makes_nothing_private() {
    let told = ask(&images(3), |call| match call.path() {
        "/v2/" => reply(503).into_answer(),
        _ => reply(401).into_answer(),
    });
    assert!(told.verdicts.iter().all(|verdict| verdict.access == Access::Unreachable), "{:#?}", told.counted());
}

/// As many hosts as whoever writes manifests wants: no time limit is needed here, for looking at all hosts for each image takes minutes.
#[test]
fn a_budget_that_ends_with_many_hosts_ends_at_once() {
    let queries = (0..20_000).map(|at| Query::anonymously(Reference::parse(&format!("r{at}.example/api:1")).unwrap()));
    let mut session = Session::new(queries.collect(), Limits::default(), Capabilities::FULL);
    while let Step::Send(..) = session.poll(Duration::ZERO) {}
    let Step::Done(verdicts) = session.poll(Duration::from_secs(60)) else { panic!("it is over") };
    assert_eq!(verdicts.len(), 20_000);
    assert!(verdicts.iter().all(|verdict| verdict.evidence.cause == Cause::BudgetSpent));
}

/// Whoever may have few open files has fewer requests at a time.
#[test]
fn few_open_files_are_enough() {
    let images: Vec<_> =
        (0..50).flat_map(|host| (0..8).map(move |tag| format!("r{host}.example/acme/api:{tag}"))).collect();
    let mut open: Vec<Duration> = Vec::new();
    let told = ask(&images, |call| {
        open.retain(|until| *until > call.now);
        if open.len() >= 10 {
            return Failure::TooManyOpenFiles.into_answer();
        }
        open.push(call.now + crate::script::LATENCY);
        manifest().into_answer()
    });
    assert!(told.verdicts.iter().all(|verdict| verdict.access == Access::Public), "{:#?}", told.counted());
    assert!(told.lines.len() < 400 + 120, "{}", told.lines.len());
}

#[test]
fn no_open_file_at_all_is_named() {
    let told = ask(&["r.example/acme/api:1"], |_| Failure::TooManyOpenFiles.into_answer());
    assert_eq!(told.only(), "unreachable: too many open files to connect to https://r.example");
    assert!(told.verdicts[0].evidence.advice().unwrap().contains("ulimit -n"));
    assert_eq!(told.lines.len(), 3);
}

/// Images and hosts as many as somebody wants: twice the images take about twice the time, however they are spread over hosts, and whatever
/// these want to see. Going through all that wait for each request would make it four times.
#[test]
fn the_work_grows_as_the_number_of_images_does() {
    for hosts in [3, 1_000_000] {
        let time = |count: usize| {
            let queries = (0..count).map(|at| {
                let image = format!("r{}.example/acme/r{at}:1", at % hosts);
                Query::anonymously(Reference::parse(&image).unwrap())
            });
            let limits = Limits { budget: Duration::from_secs(3600), ..Limits::default() };
            let mut session = Session::new(queries.collect(), limits, Capabilities::FULL);
            let started = std::time::Instant::now();
            let (mut now, mut sent) = (Duration::ZERO, 0);
            let mut flying = std::collections::VecDeque::new();
            loop {
                match session.poll(now) {
                    Step::Send(id, request) => {
                        sent += 1;
                        let path = request.url.path();
                        let answer = match (&request.authorization, path == "/token") {
                            (_, true) => token().into_answer(),
                            (None, _) => reply(401).challenge("Bearer realm=\"/token\"").into_answer(),
                            _ => manifest().into_answer(),
                        };
                        flying.push_back((id, answer));
                    }
                    Step::WaitUntil(_) => {
                        now += Duration::from_millis(1);
                        let (id, answer) = flying.pop_front().unwrap();
                        session.handle_response(id, answer, now);
                    }
                    Step::Done(verdicts) => {
                        assert!(verdicts.iter().all(|verdict| verdict.access == Access::Public));
                        assert!(sent >= 2 * count, "{sent}");
                        return started.elapsed();
                    }
                }
            }
        };
        let best = |count| (0..5).map(|_| time(count)).min().unwrap_or_default();
        let (small, large) = (best(400), best(3_200));
        // Eight times as many: eight times the time, or 64 times if it were their product.
        assert!(large < small * 32, "{hosts} hosts: {small:?}, {large:?}");
    }
}

/// More silent hosts than there are slots: they keep their slots for a second, not until they time out.
#[test]
fn silent_hosts_do_not_keep_the_others_waiting() {
    let silent = (0..100).map(|host| format!("silent{host}.example/acme/api:1"));
    let good = (0..5).flat_map(|host| (0..20).map(move |tag| format!("good{host}.example/acme/api:{tag}")));
    let images: Vec<_> = silent.chain(good).collect();
    let (mut answered, mut retried) = (Duration::ZERO, Duration::MAX);
    let told = ask(&images, |call| {
        if call.host().starts_with("good") {
            answered = answered.max(call.now);
            return manifest().into_answer();
        }
        if call.before > 0 {
            retried = retried.min(call.now);
        }
        Failure::TimedOut.into_answer()
    });
    assert_eq!(told.verdicts.iter().filter(|verdict| verdict.access.as_str() == "public").count(), 100);
    assert!(answered < Duration::from_millis(1500), "{answered:?}");
    assert!(retried > answered, "{retried:?}");
}

/// Hosts that were not asked yet go before those that did not answer, and there are at most so many requests under way.
#[test]
fn a_second_try_at_a_silent_host_goes_last() {
    let silent = (0..300).map(|host| format!("silent{host}.example/acme/api:1"));
    let images: Vec<_> = silent.chain(["good.example/acme/api:1".to_owned()]).collect();
    let mut log = Vec::new();
    ask(&images, |call| match call.host() {
        "good.example" => {
            log.push((call.now, "good"));
            manifest().into_answer()
        }
        _ => {
            log.push((call.now, if call.before > 0 { "again" } else { "silent" }));
            Failure::TimedOut.into_answer()
        }
    });
    let first = |what| log.iter().position(|(_, said)| *said == what).unwrap();
    assert!(first("good") < first("again"), "{} {}", first("good"), first("again"));
    let most = log.iter().map(|(now, _)| {
        log.iter()
            .filter(|(sent, said)| *said != "good" && sent <= now && *now < *sent + Duration::from_secs(5))
            .count()
    });
    assert_eq!(most.max(), Some(128));
}
