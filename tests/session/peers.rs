//! Faults of other clients that this one must not share (facts of the peers' sources, by their names).

use pullthrough::access::session::Failure;
use pullthrough::access::verdict::Access;

use crate::script::{IntoAnswer, ask, manifest, reply, token};

const IMAGE: &str = "r.example/acme/api:1";
const BEARER: &str = "Bearer realm=\"https://r.example/token\",service=\"r\"";

/// KOTS takes every error for "private", and keeps that for ever.
#[test]
fn kots_no_error_is_private() {
    for status in [404, 429, 500, 502, 503, 504] {
        let told = ask(&[IMAGE], |_| reply(status).into_answer());
        assert_ne!(told.verdicts[0].access, Access::Private, "{status}");
        assert_ne!(told.verdicts[0].access, Access::Public, "{status}");
    }
    for failure in [Failure::NameNotResolved, Failure::TlsFailed, Failure::TimedOut, Failure::ConnectTimedOut] {
        let told = ask(&[IMAGE], |_| failure.into_answer());
        assert_eq!(told.verdicts[0].access, Access::Unreachable, "{failure:?}");
    }
}

/// KOTS after Docker Hub's quota is spent: every image that is left looks private.
#[test]
fn kots_a_spent_quota_makes_nothing_private() {
    let images: Vec<_> = (0..20).map(|tag| format!("acme/api:{tag}")).collect();
    let told = ask(&images, |call| {
        if call.is_manifest() { reply(429).header("retry-after", "21600").into_answer() } else { token().into_answer() }
    });
    assert!(told.verdicts.iter().all(|verdict| verdict.access == Access::RateLimited));
    // Nobody waits for what can't come in time.
    assert!(told.took.as_secs() < 1, "{:?}", told.took);
}

/// KOTS has no deadline, so that a server which says nothing holds it for ever.
#[test]
fn kots_a_silent_server_ends_with_the_budget() {
    let told = ask(&[IMAGE], |_| Failure::TimedOut.into_answer());
    assert!(told.took.as_secs() <= 20);
}

/// KOTS, k8s-digester and harbor-container-webhook ask with GET, which counts as a pull on Docker Hub.
#[test]
fn nobody_is_asked_with_get_for_a_manifest() {
    let told = ask(&["nginx:1", IMAGE, "ghcr.io/acme/api:1"], |_| manifest().into_answer());
    assert_eq!(told.count("HEAD"), 3);
    assert_eq!(told.lines.len(), 3);
}

/// k8s-digester asks for the same image again, and gives everything up at the first that fails.
#[test]
fn digester_one_failure_stops_nobody_and_nothing_is_asked_twice() {
    let told = ask(&["a.example/x:1", "b.example/x:1", "b.example/x:1"], |call| match call.host() {
        "a.example" => Failure::TlsFailed.into_answer(),
        _ => manifest().into_answer(),
    });
    assert_eq!(told.lines.len(), 2);
    assert_eq!(told.verdicts.iter().filter(|verdict| verdict.access == Access::Public).count(), 2);
}

/// kuik takes a 200 for "quota exceeded" when the limit's header says that nothing remains.
#[test]
fn kuik_an_answer_is_an_answer() {
    let told = ask(&["nginx:1"], |_| manifest().into_answer());
    assert_eq!(told.verdicts[0].access, Access::Public);
}

/// oci-client loses the status of a token endpoint: 429, 5xx and a timeout there become "unauthorized".
#[test]
fn oci_client_trouble_with_tokens_is_not_private() {
    for status in [429, 500, 503] {
        let told = ask(&[IMAGE], |call| {
            if call.is_manifest() { reply(401).challenge(BEARER) } else { reply(status) }.into_answer()
        });
        assert_ne!(told.verdicts[0].access, Access::Private, "{status}");
        assert_eq!(told.verdicts[0].evidence.status, Some(status));
    }
    let told = ask(&[IMAGE], |call| match call.is_manifest() {
        true => reply(401).challenge(BEARER).into_answer(),
        false => Failure::TimedOut.into_answer(),
    });
    assert_eq!(told.verdicts[0].access, Access::Unreachable);
}

/// oci-client sees one challenge of two headers, and none with odd spacing, a relative realm or no quotes.
#[test]
fn oci_client_every_challenge_is_read() {
    for challenges in [
        &["Basic realm=\"x\"", BEARER][..],
        &["bearer  Realm=\"https://r.example/token\" , service=\"r\""],
        &["Bearer realm=\"/token\",service=\"r\""],
        &["Bearer realm=https://r.example/token,service=r"],
        &["Bearer realm=\"https://r.example/token\",service=\"r\","],
        &["Basic realm=\"x\", Bearer realm=\"https://r.example/token\",service=\"r\""],
    ] {
        let told = ask(&[IMAGE], |call| match (call.is_manifest(), call.shown()) {
            (false, _) => token().into_answer(),
            (true, "") => {
                challenges.iter().fold(reply(401), |reply, challenge| reply.challenge(challenge)).into_answer()
            }
            _ => manifest().into_answer(),
        });
        assert_eq!(told.verdicts[0].access, Access::Public, "{challenges:?}");
    }
}

/// oci-client reads a whole manifest when an answer to HEAD has no digest; go-containerregistry fails without one.
#[test]
fn oci_client_no_digest_is_no_trouble() {
    let told = ask(&[IMAGE], |_| reply(200).header("docker-distribution-api-version", "registry/2.0").into_answer());
    assert_eq!(told.lines.len(), 1);
    assert_eq!(told.verdicts[0].access, Access::Public);
}

/// oci-client goes on without a token after a Basic challenge, as if nothing had been said.
#[test]
fn oci_client_basic_is_an_answer() {
    let told = ask(&[IMAGE], |_| reply(401).challenge("Basic realm=\"x\"").into_answer());
    assert_eq!(told.verdicts[0].access, Access::Private);
    assert_eq!(told.lines.len(), 1);
}

/// oci-client, and KOTS's library, follow any realm.
#[test]
fn oci_client_a_realm_is_looked_at_first() {
    for realm in [
        "http://169.254.169.254/latest",
        "https://127.0.0.1/x",
        "https://[fe80::1]/x",
        "https://0/",
        "file:///etc/passwd",
    ] {
        let told = ask(&[IMAGE], |_| reply(401).challenge(&format!("Bearer realm=\"{realm}\"")).into_answer());
        assert_eq!(told.verdicts[0].access, Access::Unreachable, "{realm}");
        assert_eq!(told.lines.len(), 1, "{realm}");
    }
}

/// oras-py takes the URL in ECR's Basic realm for a token endpoint.
#[test]
fn oras_a_basic_realm_is_no_endpoint() {
    let told =
        ask(&[IMAGE], |_| reply(401).challenge("Basic realm=\"https://r.example/\",service=\"ecr\"").into_answer());
    assert_eq!(told.lines.len(), 1);
}
