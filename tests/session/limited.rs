//! Servers that limit are waited for as long as the budget lasts, and not asked faster than they want.

use std::time::Duration;

use pullthrough::access::session::{Capabilities, Failure, Limits, Pause, Received, Session};
use pullthrough::access::verdict::{Access, Verdict};

use crate::script::{Call, IntoAnswer, LATENCY, Reply, Told, anonymous, ask, drive, error, manifest, reply, token};

const CHALLENGE: &str = "Bearer realm=\"https://auth.example/token\",service=\"r\"";

fn images(count: usize) -> Vec<String> {
    (0..count).map(|name| format!("r.example/acme/r{name}:1")).collect()
}

fn within(budget: u64, images: &[impl AsRef<str>], server: impl FnMut(&Call<'_>) -> Received) -> Told {
    let limits = Limits { budget: Duration::from_secs(budget), ..Limits::default() };
    drive(&mut Session::new(anonymous(images), limits, Capabilities::FULL), Duration::ZERO, server)
}

fn count(told: &Told, access: Access) -> usize {
    told.verdicts.iter().filter(|verdict| verdict.access == access).count()
}

/// The budget that a verdict proposes, in seconds.
fn proposed(verdict: &Verdict) -> u64 {
    verdict.evidence.budget.unwrap_or_default().as_secs()
}

/// Lets `rate` requests a second through, `burst` of them at once, as most rate limiters do.
struct Bucket {
    rate: f64,
    burst: f64,
    left: f64,
    at: Duration,
}

impl Bucket {
    fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst, left: burst, at: Duration::ZERO }
    }

    fn takes(&mut self, now: Duration) -> bool {
        self.left = self.burst.min(self.left + (now - self.at).as_secs_f64() * self.rate);
        self.at = now;
        let takes = self.left >= 1.0;
        self.left -= f64::from(u8::from(takes));
        takes
    }
}

fn limited() -> Reply {
    error(429, "TOOMANYREQUESTS")
}

#[test]
fn one_request_a_second_is_enough() {
    let mut bucket = Bucket::new(1.0, 1.0);
    let told = within(60, &images(20), |call| match bucket.takes(call.now) {
        true => manifest().into_answer(),
        false => limited().into_answer(),
    });
    assert_eq!(count(&told, Access::Public), 20, "{:#?}", told.counted());
    assert!(told.took <= Duration::from_secs(21), "{:?}", told.took);
    assert!(told.lines.len() <= 20 * 3 + 8, "{} requests", told.lines.len());
}

#[test]
fn retry_after_one_second_at_five_a_second() {
    for burst in [5.0, 4.0] {
        let mut bucket = Bucket::new(5.0, burst);
        let told = within(60, &images(40), |call| match bucket.takes(call.now) {
            true => manifest().into_answer(),
            false => limited().header("retry-after", "1").into_answer(),
        });
        assert_eq!(count(&told, Access::Public), 40);
        let bound = if burst == 5.0 { 9 } else { 11 };
        assert!(told.took <= Duration::from_secs(bound), "{:?}", told.took);
    }
}

/// The limit of a token endpoint is the token endpoint's, whatever repositories its tokens are for.
#[test]
fn a_token_endpoint_at_one_a_second() {
    let mut bucket = Bucket::new(1.0, 1.0);
    let told = within(60, &images(20), |call| match (call.host(), call.shown()) {
        ("auth.example", _) if bucket.takes(call.now) => token().into_answer(),
        ("auth.example", _) => limited().into_answer(),
        (_, "") => reply(401).challenge(CHALLENGE).into_answer(),
        _ => manifest().into_answer(),
    });
    assert_eq!(count(&told, Access::Public), 20, "{:#?}", told.counted());
    assert!(told.took <= Duration::from_secs(21), "{:?}", told.took);
}

/// 503 with Retry-After says the same as a limit, but is no word about limits when time is up.
#[test]
fn a_server_that_says_when_to_come_back_is_taken_at_its_word() {
    let told = ask(&images(20), |call| match call.now < Duration::from_secs(10) {
        true => reply(503).header("retry-after", "3").into_answer(),
        false => manifest().into_answer(),
    });
    assert_eq!(count(&told, Access::Public), 20);
    let told = ask(&images(20), |_| reply(503).header("retry-after", "3").into_answer());
    assert_eq!(count(&told, Access::Unreachable), 20, "{:#?}", told.counted());
    assert!(told.lines.len() < 12, "{}", told.lines.len());
}

#[test]
fn a_limit_that_ends_is_waited_for() {
    for (seconds, budget) in [(6, 60), (40, 60), (16, 20)] {
        let told = within(budget, &images(5), |call| match call.now < Duration::from_secs(seconds) {
            true => limited().into_answer(),
            false => manifest().into_answer(),
        });
        assert_eq!(count(&told, Access::Public), 5, "{seconds}");
        assert!(told.took <= Duration::from_secs(seconds + 5), "{:?}", told.took);
        assert!(told.lines.len() < 25, "{} requests in {seconds} s", told.lines.len());
    }
}

/// As good as nothing: a date that is over, none at all, what is no time.
#[test]
fn no_retry_after_makes_a_pause_shorter_than_the_ordinary_one() {
    for value in ["0", "-3", "soon", "", "0.000001", "Mon, 23 Nov 2026 17:00:00 GMT"] {
        let told = ask(&images(5), |call| match call.now < Duration::from_secs(1) {
            true => {
                let limited = limited().header("retry-after", value);
                limited.header("date", "Mon, 23 Nov 2026 18:00:00 GMT").into_answer()
            }
            false => manifest().into_answer(),
        });
        assert_eq!(count(&told, Access::Public), 5, "{value:?}");
        assert!(told.lines.len() <= 5 + 5, "{value:?}: {} requests", told.lines.len());
        assert!(told.took < Duration::from_millis(2500), "{value:?}: {:?}", told.took);
    }
}

#[test]
fn the_longest_of_several_retry_afters_counts() {
    let told = ask(&images(5), |call| match call.now < Duration::from_secs(5) {
        true => limited().header("retry-after", "1").header("retry-after", "5").into_answer(),
        false => manifest().into_answer(),
    });
    assert_eq!(count(&told, Access::Public), 5);
    assert_eq!(told.lines.len(), 5 + 2, "one is refused, and one that shows whose limit it is");
}

#[test]
fn what_can_not_be_waited_for_is_said_at_once() {
    for value in ["3600", "99999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let all: Vec<_> = images(30).into_iter().chain(["q.example/acme/api:1".to_owned()]).collect();
        let told = ask(&all, |call| match call.host() {
            "r.example" => {
                limited().header("retry-after", value).header("date", "Mon, 23 Nov 2026 18:00:00 GMT").into_answer()
            }
            _ => manifest().into_answer(),
        });
        assert_eq!((count(&told, Access::RateLimited), count(&told, Access::Public)), (30, 1));
        assert_eq!(told.took, LATENCY * 2, "{value}");
        // One that is refused, and one that shows that it is not for its repository only.
        assert_eq!(told.count("HEAD https://r.example/"), 2);
        let counted = told.counted();
        assert_eq!(counted["rate-limited: not asked: https://r.example is limiting requests"], 28, "{counted:#?}");
    }
}

/// A server that serves so many at a time, and refuses the others at once.
#[test]
fn the_widest_that_passes_is_found_and_kept() {
    for (count_of_images, bound) in [(40, Duration::from_secs(3)), (400, Duration::from_secs(8))] {
        let mut busy: Vec<Duration> = Vec::new();
        let told = within(60, &images(count_of_images), |call| {
            busy.retain(|until| *until > call.now);
            if busy.len() >= 4 {
                return limited().into_answer();
            }
            busy.push(call.now + LATENCY);
            manifest().into_answer()
        });
        assert_eq!(count(&told, Access::Public), count_of_images);
        assert!(told.took < bound, "{:?}", told.took);
        assert!(told.lines.len() < count_of_images + 15, "{}", told.lines.len());
    }
}

#[test]
fn a_limit_of_one_repository_does_not_slow_the_others() {
    for (limited_one, wait) in [("/r0/", Some("30")), ("/r7/", Some("5")), ("/r0/", None), ("/r19/", None)] {
        let mut last = Duration::ZERO;
        let told = ask(&images(20), |call| {
            if call.path().contains(limited_one) {
                return wait.into_iter().fold(limited(), |reply, wait| reply.header("retry-after", wait)).into_answer();
            }
            last = call.now;
            manifest().into_answer()
        });
        assert_eq!((count(&told, Access::Public), count(&told, Access::RateLimited)), (19, 1), "{limited_one}");
        assert!(last <= LATENCY * 8, "{limited_one}, {wait:?}: {last:?}");
        assert!(told.lines.len() <= 19 + 8, "{limited_one}: {}", told.lines.len());
    }
}

#[test]
fn two_limited_repositories_do_not_stop_the_others() {
    let told = ask(&images(20), |call| match call.path().contains("/r3/") || call.path().contains("/r4/") {
        true => limited().header("retry-after", "2").into_answer(),
        false => manifest().into_answer(),
    });
    assert_eq!((count(&told, Access::Public), count(&told, Access::RateLimited)), (18, 2));
}

#[test]
fn a_repository_with_many_tags_is_asked_as_fast_as_it_wants() {
    let tags = (0..15).map(|tag| format!("r.example/acme/slow:{tag}"));
    let all: Vec<_> = tags.chain(images(50)).collect();
    let mut bucket = Bucket::new(1.0, 1.0);
    let mut last = Duration::ZERO;
    let told = within(60, &all, |call| match call.path().contains("/slow/") {
        true if bucket.takes(call.now) => manifest().into_answer(),
        true => limited().into_answer(),
        false => {
            last = call.now;
            manifest().into_answer()
        }
    });
    assert_eq!(count(&told, Access::Public), 65, "{:#?}", told.counted());
    assert!(last < Duration::from_secs(1), "{last:?}");
    assert!(told.took < Duration::from_secs(18), "{:?}", told.took);
    assert!(told.lines.len() < 65 + 15 * 3, "{}", told.lines.len());
}

#[test]
fn limits_here_and_there_are_got_over() {
    for every in [2, 3, 7] {
        let mut number = 0;
        let told = within(60, &images(60), |_| {
            number += 1;
            if number % every == 0 { limited().into_answer() } else { manifest().into_answer() }
        });
        assert_eq!(count(&told, Access::Public), 60, "every {every}: {:#?}", told.counted());
        assert!(told.took < Duration::from_secs(50), "every {every}: {:?}", told.took);
    }
}

/// What a message proposes has to work when it is done.
#[test]
fn the_budget_that_is_proposed_is_enough() {
    for (rate, count_of_images, budget) in [(1.0, 30, 20), (1.0, 20, 15), (0.5, 20, 20), (5.0, 400, 20), (2.0, 60, 10)]
    {
        let run = |budget| {
            let mut bucket = Bucket::new(rate, 1.0);
            within(budget, &images(count_of_images), |call| match bucket.takes(call.now) {
                true => manifest().into_answer(),
                false => limited().into_answer(),
            })
        };
        let told = run(budget);
        let late: Vec<_> = told.verdicts.iter().filter(|verdict| verdict.access != Access::Public).collect();
        assert!(!late.is_empty() && late.len() < count_of_images, "{}", late.len());
        let proposal = late.iter().map(|verdict| proposed(verdict)).max().unwrap();
        assert!(proposal > budget, "{proposal}");
        assert!(late.iter().all(|verdict| verdict.access == Access::RateLimited));
        assert_eq!(count(&run(proposal), Access::Public), count_of_images, "{rate} a second: {proposal} s");
    }
}

#[test]
fn a_wait_that_is_too_long_says_how_long_would_have_been_enough() {
    let told = ask(&["r.example/acme/api:1"], |_| limited().header("retry-after", "38").into_answer());
    assert_eq!(
        told.verdicts[0].evidence.advice().unwrap(),
        "`access.budget: 45s` would be enough; or keep the answers in an ImageLock so that the registry is not \
         asked again"
    );
    assert_eq!(told.took, LATENCY);
    // No budget is longer than an hour.
    let told = ask(&["r.example/acme/api:1"], |_| limited().header("retry-after", "21600").into_answer());
    assert!(told.verdicts[0].evidence.advice().unwrap().starts_with("try again later"));
}

#[test]
fn every_pause_is_said() {
    let mut session = Session::new(anonymous(&images(3)), Limits::default(), Capabilities::FULL);
    let told = drive(&mut session, Duration::ZERO, |call| match call.now < Duration::from_secs(3) {
        true => limited().header("retry-after", "3").into_answer(),
        false => manifest().into_answer(),
    });
    assert_eq!(count(&told, Access::Public), 3);
    let pauses: Vec<_> = session.take_pauses().iter().map(Pause::to_string).collect();
    assert_eq!(
        pauses,
        [
            "waiting 3.0 s for https://r.example (acme/r0): 429 from https://r.example/v2/acme/r0/manifests/1",
            "waiting 3.0 s for https://r.example: 429 from https://r.example/v2/acme/r1/manifests/1",
        ]
    );
    assert!(session.take_pauses().is_empty());
}

/// Whoever verifies asks again at the end: a quarter of the budget is left for that, whatever the first round does.
#[test]
fn the_last_round_has_a_quarter_of_the_budget() {
    let limits = Limits { reserve: Duration::from_secs(5), ..Limits::default() };
    let hosts: Vec<_> = (0..100).map(|host| format!("silent{host}.example/acme/api:1")).collect();
    let mut session = Session::new(anonymous(&hosts), limits, Capabilities::FULL);
    let silent = |_: &Call<'_>| Failure::TimedOut.into_answer();
    let first = drive(&mut session, Duration::ZERO, silent);
    assert!(first.took <= Duration::from_secs(15), "{:?}", first.took);
    session.begin_last_round();
    session.add_queries(anonymous(&images(20)));
    let second = drive(&mut session, first.took, |_| manifest().into_answer());
    assert_eq!(count(&second, Access::Public), 20, "{:#?}", second.counted());
    assert!(second.took < Duration::from_secs(1), "{:?}", second.took);
}

/// What was under way when the first round ended is asked for again, not waited for.
#[test]
fn nothing_of_the_first_round_is_waited_for_in_the_last() {
    let limits = Limits { budget: Duration::from_secs(4), reserve: Duration::from_secs(1), ..Limits::default() };
    let mut session = Session::new(anonymous(&images(5)), limits, Capabilities::FULL);
    let server = |call: &Call<'_>| match (call.host(), call.shown()) {
        ("auth.example", _) if call.now < Duration::from_secs(3) => Failure::TimedOut.into_answer(),
        ("auth.example", _) => token().into_answer(),
        (_, "") => reply(401).challenge(CHALLENGE).into_answer(),
        _ => manifest().into_answer(),
    };
    let first = drive(&mut session, Duration::ZERO, server);
    assert_eq!((first.took, count(&first, Access::Unreachable)), (Duration::from_secs(3), 5), "{:#?}", first.counted());
    session.begin_last_round();
    session.add_queries(anonymous(&["r.example/acme/r0:2", "r.example/acme/r9:1"]));
    let second = drive(&mut session, first.took, server);
    assert_eq!(count(&second, Access::Public), 2, "{:#?}", second.counted());
    assert_eq!(second.took, LATENCY * 2);
}

/// A host that never stops to refuse is asked now and then until the time is up; the others go on meanwhile.
#[test]
fn a_host_that_only_refuses_is_asked_by_one_at_a_time_and_the_others_go_on() {
    let all: Vec<_> = images(30).into_iter().chain(["q.example/acme/api:1".to_owned()]).collect();
    let mut other = Duration::MAX;
    let told = ask(&all, |call| match call.host() {
        "r.example" => limited().into_answer(),
        _ => {
            other = call.now;
            manifest().into_answer()
        }
    });
    assert_eq!((count(&told, Access::RateLimited), count(&told, Access::Public)), (30, 1), "{:#?}", told.counted());
    assert_eq!(other, Duration::ZERO);
    // At once, with the one that shows that it is the host's limit, and after 1, 3, 7, 11, 15 and 19 seconds.
    assert_eq!(told.count("HEAD https://r.example/"), 2 + 6);
}
