//! What holds whatever servers answer.

use std::collections::BTreeSet;

use proptest::prelude::*;
use pullthrough::access::session::{Capabilities, Failure, Limits, Query, Received, Session};

use crate::script::{Call, IntoAnswer, SECRET, converse, credential, reference, reply};

const IMAGES: [&str; 6] = [
    "a.example/acme/api:1",
    "a.example/acme/api:2",
    "a.example/acme/web:1",
    "b.example/acme/api:1",
    "nginx:1",
    "localhost:5000/acme/api:1",
];

/// Text that servers put into everything, and that must be in nothing that is said.
const MARK: &str = "MARKED";

fn answers() -> impl Strategy<Value = Vec<(u8, u16, u8, u8)>> {
    prop::collection::vec((0_u8..12, 0_u16..16, 0_u8..8, 0_u8..6), 1..40)
}

fn answer(call: &Call<'_>, (kind, status, challenge, body): (u8, u16, u8, u8)) -> Received {
    let failures =
        [Failure::Broken, Failure::TimedOut, Failure::NameNotResolved, Failure::TlsNotSpoken, Failure::Hidden];
    if let Some(failure) = failures.get(usize::from(kind)) {
        return failure.into_answer();
    }
    let statuses = [200, 200, 200, 401, 401, 401, 401, 403, 404, 405, 429, 500, 503, 302, 307, 400];
    let challenges = [
        "Bearer realm=\"/token?x=MARKED\",service=\"MARKED\"",
        "Bearer realm=\"https://auth.example/token\",scope=\"repository:acme:pull\"",
        "Basic realm=\"MARKED\"",
        "Bearer realm=\"https://169.254.169.254/\"",
        "Negotiate MARKED",
        "Bearer realm=\"https://user:MARKED@b.example/token\"",
        "",
        "Bearer realm=\"https://a.example/token\",Basic realm=\"x\"",
    ];
    let bodies = [
        "",
        "{\"token\":\"MARKED\"}",
        "{\"token\":\"MARKED\",\"expires_in\":1}",
        "<html>MARKED",
        "{\"errors\":[{\"code\":\"MARKED\"}]}",
        "retry-after: 5s MARKED",
    ];
    let other = if call.host() == "a.example" { "https://b.example" } else { "https://a.example" };
    reply(statuses[usize::from(status)])
        .challenge(challenges[usize::from(challenge)])
        .header("location", &format!("{other}{}?q=MARKED", call.path()))
        .body(bodies[usize::from(body)])
        .into_answer()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_conversation_ends_with_a_verdict_for_each_and_no_word_of_the_servers(answers in answers()) {
        let mut queries: Vec<_> = IMAGES.iter().map(|image| Query::anonymously(reference(image))).collect();
        queries.push(Query::with(reference(IMAGES[0]), credential(&["a.example"])));
        let mut next = answers.iter().cycle();
        let mut shown = BTreeSet::new();
        let told = converse(Session::new(queries, Limits::default(), Capabilities::FULL), |call| {
            if call.shown() == SECRET {
                shown.insert(call.host().to_owned());
            }
            answer(call, *next.next().unwrap())
        });
        prop_assert_eq!(told.verdicts.len(), 7);
        prop_assert!(told.lines.len() < 400, "{} requests", told.lines.len());
        prop_assert!(told.took <= Limits::default().budget);
        prop_assert!(shown.iter().all(|host| host == "a.example"), "{:?}", shown);
        for verdict in &told.verdicts {
            let said = format!("{verdict:?} {}", verdict.evidence);
            prop_assert!(!said.contains(MARK) && !said.contains('?'), "{}", said);
        }
        prop_assert!(told.lines.iter().all(|line| !line.contains("169.254") && !line.starts_with("GET https://registry-1.docker.io/v2/library")));
    }
}
