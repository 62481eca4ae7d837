//! What go-containerregistry's own tables say about scripted answers.

use pullthrough::access::session::Failure;
use pullthrough::access::verdict::Access;

use crate::script::{IntoAnswer, ask, manifest, reply};

/// Its `token_response_key` table.
#[test]
fn token_response_keys() {
    for (key, access) in [("token", Access::Public), ("access_token", Access::Public), ("tolkien", Access::Unreachable)]
    {
        let told = ask(&["r.example/acme/api:1"], |call| match (call.is_manifest(), call.shown()) {
            (false, _) => reply(200).body(&format!("{{\"{key}\":\"t\"}}")).into_answer(),
            (true, "") => reply(401).challenge("Bearer realm=\"https://r.example/token\"").into_answer(),
            _ => manifest().into_answer(),
        });
        assert_eq!(told.verdicts[0].access, access, "{key}");
    }
}

/// Its `ping_http_fallback` table: which schemes are tried.
#[test]
fn schemes() {
    for (image, tried) in [("gcr.io/a/b:1", &["https"][..]), ("ko.localhost/a/b:1", &["https", "http"])] {
        let told = ask(&[image], |call| match call.request.url.scheme() {
            "https" => Failure::TlsNotSpoken.into_answer(),
            _ => manifest().into_answer(),
        });
        let schemes: Vec<_> = told.lines.iter().map(|line| line.split([' ', ':']).nth(1).unwrap()).collect();
        assert_eq!(schemes, tried);
    }
}
