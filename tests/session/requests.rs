//! How many requests there are, and how many at a time.

use std::time::Duration;

use pullthrough::access::session::{Capabilities, Limits, Query, Session};

use crate::script::{
    IntoAnswer, LATENCY, anonymous, ask, converse, credential, drive, error, manifest, reference, reply, token,
};

const CHALLENGE: &str = "Bearer realm=\"https://auth.example/token\",service=\"r\"";

fn images(repositories: usize, tags: usize) -> Vec<String> {
    let all = (0..repositories).flat_map(|name| (0..tags).map(move |tag| format!("r.example/acme/{name}:{tag}")));
    all.collect()
}

#[test]
fn an_open_registry_costs_one_request_per_image() {
    let told = ask(&images(100, 1), |_| manifest().into_answer());
    assert_eq!(told.lines.len(), 100);
    assert_eq!(told.counted().len(), 100);
    assert!(told.verdicts.iter().all(|verdict| verdict.access.as_str() == "public"));
}

#[test]
fn tokens_cost_one_challenge_per_host_and_one_request_per_repository() {
    let told = ask(&images(50, 4), |call| match (call.host(), call.shown()) {
        ("auth.example", _) => token().into_answer(),
        (_, "") => reply(401).challenge(CHALLENGE).into_answer(),
        _ => manifest().into_answer(),
    });
    assert_eq!(told.count("GET https://auth.example/token"), 50);
    assert_eq!(told.lines.len(), 1 + 50 + 200);
}

#[test]
fn a_scope_that_names_the_repository_is_as_good_as_none() {
    let told = ask(&images(20, 1), |call| match (call.host(), call.shown()) {
        ("auth.example", _) => token().into_answer(),
        (_, "") => {
            let repository = call.path().strip_prefix("/v2/").unwrap().strip_suffix("/manifests/0").unwrap();
            reply(401).challenge(&format!("{CHALLENGE},scope=\"repository:{repository}:pull\"")).into_answer()
        }
        _ => manifest().into_answer(),
    });
    assert_eq!(told.lines.len(), 1 + 20 + 20);
}

#[test]
fn a_scope_that_names_a_path_above_costs_a_challenge_per_image_and_one_token() {
    let told = ask(&images(20, 1), |call| match (call.host(), call.shown()) {
        ("auth.example", _) => token().into_answer(),
        (_, "") => reply(401).challenge(&format!("{CHALLENGE},scope=\"repository:acme:pull\"")).into_answer(),
        _ => manifest().into_answer(),
    });
    assert_eq!(told.count("GET https://auth.example/token"), 1);
    assert!(told.lines.len() <= 1 + 20 + 20, "{}", told.lines.len());
    assert!(told.verdicts.iter().all(|verdict| verdict.access.as_str() == "public"));
}

#[test]
fn a_registry_that_is_open_for_some_is_asked_without_tokens() {
    let told = ask(&images(10, 1), |call| match (call.host(), call.shown(), call.path().contains("/7/")) {
        ("auth.example", ..) => token().into_answer(),
        (_, "", true) => reply(401).challenge(CHALLENGE).into_answer(),
        (_, _, true) => reply(401).challenge(CHALLENGE).into_answer(),
        _ => manifest().into_answer(),
    });
    assert_eq!(told.lines.len(), 10 + 2);
    assert_eq!(told.counted()["private: 401 from https://r.example/v2/acme/7/manifests/0"], 1);
}

#[test]
fn equal_references_are_one_question() {
    let same = [
        "nginx",
        "docker.io/nginx:latest",
        "index.docker.io/library/nginx",
        "registry-1.docker.io/library/nginx:latest",
    ];
    let told = ask(&same, |_| manifest().into_answer());
    assert_eq!(told.lines.len(), 1);
    assert_eq!(told.verdicts.len(), 4);
    let told = ask(&["nginx:1", "nginx:2"], |_| manifest().into_answer());
    assert_eq!(told.lines.len(), 2);
}

#[test]
fn a_host_has_so_many_requests_at_a_time() {
    let told = ask(&images(100, 1), |_| manifest().into_answer());
    assert_eq!(told.widest, 8);
    // One to learn, then eight at a time.
    assert_eq!(told.took, LATENCY * (1 + 99_u32.div_ceil(8)));
}

/// A registry that gives out its own tokens: one request to learn, then tokens and manifests without a gap.
#[test]
fn tokens_and_manifests_leave_no_gap() {
    for (repositories, tags) in [(1, 1), (20, 1), (25, 1), (2, 10), (3, 9), (200, 1), (100, 10)] {
        let told = ask(&images(repositories, tags), |call| match (call.is_manifest(), call.shown()) {
            (false, _) => token().into_answer(),
            (_, "") => reply(401).challenge("Bearer realm=\"https://r.example/token\"").into_answer(),
            _ => manifest().into_answer(),
        });
        let after_the_first_tokens = repositories + repositories * tags - repositories.min(8);
        let rounds = 2 + after_the_first_tokens.div_ceil(8) as u32;
        assert_eq!(told.took, LATENCY * rounds, "{repositories} repositories with {tags} tags");
    }
}

#[test]
fn hosts_are_asked_side_by_side() {
    let images: Vec<_> =
        (0..8).flat_map(|host| (0..9).map(move |tag| format!("r{host}.example/acme/api:{tag}"))).collect();
    let told = ask(&images, |_| manifest().into_answer());
    assert_eq!(told.took, LATENCY * 2);
    assert_eq!(told.widest, 8);
}

#[test]
fn a_challenge_that_is_nowhere_is_looked_for_once() {
    let told = ask(&images(20, 1), |_| error(401, "UNAUTHORIZED").into_answer());
    assert_eq!(told.count("GET https://r.example/v2/"), 1);
    assert_eq!(told.lines.len(), 1 + 20);
    assert!(told.verdicts.iter().all(|verdict| verdict.access.as_str() == "private"));
}

#[test]
fn head_is_refused_once_per_host() {
    let told =
        ask(&images(20, 1), |call| if call.is_head() { reply(405).into_answer() } else { manifest().into_answer() });
    assert_eq!(told.count("HEAD"), 1);
    assert_eq!(told.count("GET"), 20);
}

/// Registries count a GET as a pull, so one repository that answers 405 by itself does not make all others pay for it.
#[test]
fn a_405_of_one_repository_says_nothing_about_the_others() {
    let told = ask(&images(20, 1), |call| match call.path().contains("/acme/0/") {
        true => reply(405).into_answer(),
        false => manifest().into_answer(),
    });
    assert_eq!((told.count("HEAD"), told.count("GET")), (20, 1));
    assert_eq!(told.counted()["unreachable: unexpected 405 from https://r.example/v2/acme/0/manifests/0"], 1);
}

#[test]
fn a_405_behind_a_token_turns_the_host_to_get_once_get_opens_it() {
    let told = ask(&images(20, 1), |call| match (call.host(), call.shown(), call.is_head()) {
        ("auth.example", ..) => token().into_answer(),
        (_, "", _) => reply(401).challenge(CHALLENGE).into_answer(),
        (_, _, true) => reply(501).into_answer(),
        _ => manifest().into_answer(),
    });
    // Those under way before the first GET came back find it out by themselves.
    assert!(told.count("HEAD") <= 1 + 8, "{}", told.count("HEAD"));
    assert_eq!(told.count("GET https://r.example/"), 20);
}

#[test]
fn a_404_is_confirmed_once_per_host() {
    let told = ask(&images(20, 1), |_| error(404, "NAME_UNKNOWN").into_answer());
    assert_eq!((told.count("HEAD"), told.count("GET")), (20, 1));
    // Where nothing tells whether it is a registry, that is looked at once as well.
    let told = ask(&images(20, 1), |_| reply(404).into_answer());
    assert_eq!((told.count("HEAD"), told.count("GET")), (20, 2));
    // Docker Hub counts a GET as a pull.
    let told = ask(&["acme/api:1", "acme/web:1"], |_| error(404, "MANIFEST_UNKNOWN").into_answer());
    assert_eq!((told.count("HEAD"), told.count("GET")), (2, 0));
}

#[test]
fn a_host_whose_head_is_404_is_asked_by_get() {
    let told =
        ask(&images(20, 1), |call| if call.is_head() { reply(404).into_answer() } else { manifest().into_answer() });
    assert!(told.verdicts.iter().all(|verdict| verdict.access.as_str() == "public"));
    assert_eq!(told.count("GET"), 20);
    // Those that were under way before the first GET was back.
    assert!(told.count("HEAD") <= 9, "{}", told.count("HEAD"));
}

#[test]
fn a_200_without_a_sign_is_confirmed_once_per_host() {
    for body in ["{\"schemaVersion\":2,\"layers\":[]}", "ok"] {
        let told = ask(&images(20, 1), |_| reply(200).body(body).into_answer());
        assert_eq!((told.count("HEAD"), told.count("GET")), (20, 1), "{body}");
    }
}

#[test]
fn a_refusal_under_the_challenge_of_another_repository_costs_one_more() {
    let told = ask(&images(20, 3), |call| match (call.is_manifest(), call.shown()) {
        (false, _) => error(401, "UNAUTHORIZED").into_answer(),
        _ => error(401, "UNAUTHORIZED").challenge("Bearer realm=\"/token\"").into_answer(),
    });
    assert_eq!((told.count("HEAD"), told.count("GET")), (20, 20));
    assert!(told.verdicts.iter().all(|verdict| verdict.access.as_str() == "private"));
}

#[test]
fn a_scope_that_does_not_name_the_repository_costs_nothing() {
    for scope in ["*", "aws", "registry:catalog:*", "repository:user/image:pull"] {
        let told = ask(&images(20, 1), |call| match (call.is_manifest(), call.shown()) {
            (false, _) => token().into_answer(),
            (_, "") => reply(401).challenge(&format!("Bearer realm=\"/token\",scope=\"{scope}\"")).into_answer(),
            _ => manifest().into_answer(),
        });
        assert_eq!(told.lines.len(), 1 + 20 + 20, "{scope}");
    }
}

/// Two registries that share a token server each have a token of their own.
#[test]
fn a_token_never_crosses_hosts() {
    let mut given = 0;
    let told = ask(&["a.example/acme/api:1", "b.example/acme/api:1"], |call| match (call.host(), call.shown()) {
        ("auth.example", _) => {
            given += 1;
            reply(200).body(&format!("{{\"token\":\"t{given}\"}}")).into_answer()
        }
        (_, "") => reply(401).challenge(CHALLENGE).into_answer(),
        ("a.example", "Bearer t1") | ("b.example", "Bearer t2") => manifest().into_answer(),
        _ => reply(500).into_answer(),
    });
    assert_eq!(told.lines.len(), 6);
    assert!(told.verdicts.iter().all(|verdict| verdict.access.as_str() == "public"));
}

#[test]
fn a_token_that_expires_is_fetched_again() {
    let images = images(1, 40);
    let limits = Limits { per_host: 1, budget: Duration::from_secs(600), ..Limits::default() };
    let mut tokens = 0;
    let mut served = 0;
    let told = converse(Session::new(anonymous(&images), limits, Capabilities::FULL), |call| {
        match (call.host(), call.shown()) {
            ("auth.example", _) => {
                tokens += 1;
                reply(200).body(&format!("{{\"token\":\"t{tokens}\"}}")).into_answer()
            }
            (_, "") => reply(401).challenge(CHALLENGE).into_answer(),
            (_, shown) => {
                // The server forgets the first token after ten answers.
                served += 1;
                let good = if served <= 10 { "Bearer t1" } else { "Bearer t2" };
                if shown == good { manifest().into_answer() } else { reply(401).challenge(CHALLENGE).into_answer() }
            }
        }
    });
    assert_eq!(told.count("GET"), 2);
    assert_eq!(told.lines.len(), 1 + 2 + 40 + 1);
    assert!(told.verdicts.iter().all(|verdict| verdict.access.as_str() == "public"));
}

/// Those that were under way when the token expired share the new one, and none of them looks private.
#[test]
fn a_token_that_expires_under_several_requests_is_fetched_once() {
    let mut tokens = 0;
    let mut served = 0;
    let told = ask(&images(1, 40), |call| match (call.host(), call.shown()) {
        ("auth.example", _) => {
            tokens += 1;
            reply(200).body(&format!("{{\"token\":\"t{tokens}\"}}")).into_answer()
        }
        (_, "") => reply(401).challenge(CHALLENGE).into_answer(),
        (_, shown) => {
            served += 1;
            let good = if served <= 10 { "Bearer t1" } else { "Bearer t2" };
            if shown == good { manifest().into_answer() } else { reply(401).challenge(CHALLENGE).into_answer() }
        }
    });
    assert_eq!(told.count("GET"), 2);
    assert!(told.verdicts.iter().all(|verdict| verdict.access.as_str() == "public"), "{:#?}", told.counted());
}

#[test]
fn a_second_round_knows_what_the_first_learnt() {
    let server = |call: &crate::script::Call<'_>| match (call.path(), call.shown()) {
        ("/token", _) => token().into_answer(),
        (_, "") => reply(401).challenge("Bearer realm=\"/token\",Basic realm=\"r\"").into_answer(),
        _ => manifest().into_answer(),
    };
    let mut session = Session::new(anonymous(&["r.example/acme/a:1"]), Limits::default(), Capabilities::FULL);
    let first = drive(&mut session, Duration::ZERO, server);
    assert_eq!(first.lines.len(), 3);
    session.add_queries(vec![Query::with(reference("r.example/acme/b:1"), credential(&["r.example"]))]);
    let second = drive(&mut session, first.took, server);
    assert_eq!(
        second.lines,
        [
            "GET https://r.example/token?scope=repository:acme/b:pull +credential",
            "HEAD https://r.example/v2/acme/b/manifests/1 +token",
        ]
    );
    assert_eq!(second.verdicts.len(), 1);
}

#[test]
fn nothing_asked_is_nothing_sent() {
    let told = ask(&[] as &[&str], |_| manifest().into_answer());
    assert!(told.lines.is_empty() && told.verdicts.is_empty());
    assert_eq!(told.took, Duration::ZERO);
}
