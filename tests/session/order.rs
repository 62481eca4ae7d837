//! The verdict of an image depends on its registry, and never on the other images: each host is asked in many orders.

use std::collections::BTreeMap;

use pullthrough::access::session::{Failure, Received};

use crate::script::{Call, IntoAnswer, Reply, ask, error, manifest, reply, said, token};

/// What a host does, and the access of each of its repositories.
struct Host {
    name: &'static str,
    server: fn(&Call<'_>) -> Received,
    images: &'static [(&'static str, &'static str)],
}

/// The repository that a request is about; nothing for a token endpoint.
fn repository<'a>(call: &'a Call<'_>) -> Option<&'a str> {
    Some(call.path().strip_prefix("/v2/")?.rsplit_once("/manifests/")?.0)
}

/// The first segment of a repository, which Artifactory calls its key.
fn key(repository: &str) -> &str {
    repository.split('/').next().unwrap_or_default()
}

fn bearer(realm: &str) -> Reply {
    error(401, "UNAUTHORIZED").challenge(&format!("Bearer realm=\"{realm}\",service=\"r\""))
}

fn token_of(name: &str) -> Reply {
    reply(200).body(&format!("{{\"token\":\"{name}\"}}"))
}

/// A host on which only `odd/api` names another realm than the others.
fn odd_realm(call: &Call<'_>, challenge: &str) -> Received {
    match (repository(call), call.shown()) {
        (None, _) if call.host() == "gone.example" => Failure::NameNotResolved.into_answer(),
        (None, _) if call.host() == "refusing.example" => error(403, "DENIED").into_answer(),
        (None, _) => token().into_answer(),
        (Some("odd/api"), "") => error(401, "UNAUTHORIZED").challenge(challenge).into_answer(),
        (_, "") => bearer("https://r.example/token").into_answer(),
        _ => manifest().into_answer(),
    }
}

const BAD: &[(&str, &str)] = &[
    ("bad/a", "unreachable"),
    ("bad/b", "unreachable"),
    ("bad/c", "unreachable"),
    ("good/api", "public"),
    ("good/web", "public"),
];

const THREE: &[(&str, &str)] = &[("acme/api", "public"), ("odd/api", "public"), ("zoo/api", "public")];

const HOSTS: &[Host] = &[
    Host {
        name: "a realm for each repository key",
        server: |call| match (repository(call), call.path(), call.shown()) {
            (None, path, _) => token_of(path.trim_start_matches('/')).into_answer(),
            (Some("a/secret"), _, _) => bearer("/a").into_answer(),
            (Some(name), _, shown) if shown == format!("Bearer {}", key(name)) => manifest().into_answer(),
            (Some(name), ..) => bearer(&format!("/{}", key(name))).into_answer(),
        },
        images: &[
            ("a/api", "public"),
            ("a/secret", "private"),
            ("b/api", "public"),
            ("b/web", "public"),
            ("c/api", "public"),
        ],
    },
    Host {
        name: "a realm for each repository key, whose endpoints refuse the others",
        server: |call| match (repository(call), call.path(), call.shown()) {
            (None, path, _) => {
                let key = path.trim_start_matches('/');
                let own = call.request.url.query().unwrap().contains(&format!("repository%3A{key}%2F"));
                if own { token().into_answer() } else { error(403, "DENIED").into_answer() }
            }
            (Some("a/secret"), ..) => bearer("/a").into_answer(),
            (Some(name), _, "") => bearer(&format!("/{}", key(name))).into_answer(),
            _ => manifest().into_answer(),
        },
        images: &[("a/api", "public"), ("a/secret", "private"), ("b/api", "public"), ("c/api", "public")],
    },
    Host {
        name: "a realm for each repository key, which hides by 404 what its token does not open",
        server: |call| match (repository(call), call.path(), call.shown()) {
            (None, path, _) => token_of(path.trim_start_matches('/')).into_answer(),
            (Some(name), _, "") => bearer(&format!("/{}", key(name))).into_answer(),
            (Some(name), _, shown) if shown == format!("Bearer {}", key(name)) && name != "b/gone" => {
                manifest().into_answer()
            }
            _ => error(404, "NAME_UNKNOWN").into_answer(),
        },
        images: &[("a/api", "public"), ("b/api", "public"), ("b/gone", "not-found"), ("c/api", "public")],
    },
    Host {
        name: "open for some, refused at the token endpoint for others",
        server: |call| match repository(call) {
            None => error(401, "UNAUTHORIZED").into_answer(),
            Some(name) if name.starts_with("public/") => manifest().into_answer(),
            Some(_) => bearer("/token").into_answer(),
        },
        images: &[("acme/api", "private"), ("acme/web", "private"), ("public/db", "public"), ("public/web", "public")],
    },
    Host {
        name: "open for some who show nothing, and closed for who shows a token",
        server: |call| match (repository(call), call.shown()) {
            (None, _) => token().into_answer(),
            (Some(name), "") if name.starts_with("public/") => manifest().into_answer(),
            _ => bearer("/token").into_answer(),
        },
        images: &[("acme/api", "private"), ("public/db", "public"), ("public/web", "public"), ("zoo/api", "private")],
    },
    Host {
        name: "one realm at a forbidden address",
        server: |call| odd_realm(call, "Bearer realm=\"https://169.254.169.254/token\""),
        images: THREE,
    },
    Host {
        name: "one realm that does not exist",
        server: |call| odd_realm(call, "Bearer realm=\"https://gone.example/token\""),
        images: THREE,
    },
    Host {
        name: "one realm that refuses everything",
        server: |call| odd_realm(call, "Bearer realm=\"https://refusing.example/token\""),
        images: THREE,
    },
    Host {
        name: "one realm without TLS",
        server: |call| odd_realm(call, "Bearer realm=\"http://r.example/token\""),
        images: THREE,
    },
    Host { name: "one challenge without a realm", server: |call| odd_realm(call, "Bearer abc=="), images: THREE },
    Host {
        name: "one repository that takes Basic only",
        server: |call| odd_realm(call, "Basic realm=\"r\""),
        images: THREE,
    },
    Host {
        name: "some scopes at a path above, which open only what is there",
        server: |call| match (repository(call), call.shown()) {
            (None, _) => {
                let own = call.request.url.query().unwrap().contains("repository%3Aacme%2F");
                token_of(if own { "own" } else { "wide" }).into_answer()
            }
            (Some(name), "") => {
                let scope = if name.starts_with("acme/") { "acme" } else { name };
                let challenge = format!("Bearer realm=\"/token\",scope=\"repository:{scope}:pull\"");
                error(401, "UNAUTHORIZED").challenge(&challenge).into_answer()
            }
            (Some("acme/odd"), "Bearer wide") => bearer("/token").into_answer(),
            _ => manifest().into_answer(),
        },
        images: &[("acme/api", "public"), ("acme/odd", "public"), ("b/api", "public"), ("c/api", "public")],
    },
    Host {
        name: "a scope that only the second challenge tells, for one repository",
        server: |call| {
            match (repository(call), call.shown()) {
            (None, _) => {
                let mapped = call.request.url.query().unwrap().contains("mapped%2F");
                token_of(if mapped { "mapped" } else { "plain" }).into_answer()
            }
            (Some("odd/api"), "Bearer plain") => error(401, "UNAUTHORIZED")
                .challenge("Bearer realm=\"/token\",service=\"r\",scope=\"repository:mapped/odd/api:pull\",error=\"insufficient_scope\"")
                .into_answer(),
            (_, "") => bearer("/token").into_answer(),
            _ => manifest().into_answer(),
        }
        },
        images: THREE,
    },
    Host {
        name: "HEAD that is 404 for everything (Nexus), and one image that is missing",
        server: |call| match (call.is_head(), repository(call)) {
            (true, _) => {
                reply(404).header("content-type", "application/json").header("content-length", "128").into_answer()
            }
            (false, Some("gone/api")) => error(404, "MANIFEST_UNKNOWN").header("content-length", "60").into_answer(),
            (false, _) => manifest().into_answer(),
        },
        images: &[("acme/api", "public"), ("gone/api", "not-found"), ("zoo/api", "public")],
    },
    Host {
        name: "HEAD that is 404 in html for everything, behind a token",
        server: |call| match (call.is_head(), repository(call), call.shown()) {
            (_, None, _) => token().into_answer(),
            (_, _, "") => bearer("/token").into_answer(),
            (true, ..) => reply(404).header("content-type", "text/html").into_answer(),
            (false, Some("gone/api"), _) => error(404, "MANIFEST_UNKNOWN").into_answer(),
            _ => manifest().into_answer(),
        },
        images: &[("acme/api", "public"), ("gone/api", "not-found"), ("zoo/api", "public")],
    },
    Host {
        name: "200 to HEAD without a sign: manifests without a type, and a health page",
        server: |call| match repository(call) {
            Some("health/api") => reply(200).header("content-type", "text/plain").body("ok").into_answer(),
            _ => reply(200).body("{\"schemaVersion\":2,\"layers\":[]}").into_answer(),
        },
        images: &[("acme/api", "public"), ("health/api", "unreachable"), ("zoo/api", "public")],
    },
    Host {
        name: "one path that an ingress sends to its default backend",
        server: |call| match (call.path(), repository(call)) {
            ("/v2/", _) => reply(404).header("content-type", "text/plain").into_answer(),
            (_, Some("lost/api")) => {
                reply(404).header("content-type", "text/plain").body("default backend - 404").into_answer()
            }
            (_, Some("gone/api")) => error(404, "NAME_UNKNOWN").into_answer(),
            _ => manifest().into_answer(),
        },
        images: &[("acme/api", "public"), ("gone/api", "not-found"), ("lost/api", "unreachable")],
    },
    Host {
        name: "one path that a firewall refuses",
        server: |call| match (repository(call), call.shown()) {
            (None, _) => token().into_answer(),
            (Some("odd/api"), _) => {
                reply(403).header("content-type", "text/plain").body("error code: 1020").into_answer()
            }
            (Some("shut/api"), _) => error(403, "DENIED").into_answer(),
            (_, "") => bearer("/token").into_answer(),
            _ => manifest().into_answer(),
        },
        images: &[("acme/api", "public"), ("odd/api", "unreachable"), ("shut/api", "private"), ("zoo/api", "public")],
    },
    Host {
        name: "no challenge but at /v2/",
        server: |call| match (call.path(), repository(call), call.shown()) {
            ("/v2/", ..) => bearer("/token").into_answer(),
            (_, None, _) => token().into_answer(),
            (_, Some("shut/api"), _) | (_, _, "") => error(401, "UNAUTHORIZED").into_answer(),
            _ => manifest().into_answer(),
        },
        images: &[("acme/api", "public"), ("shut/api", "private"), ("zoo/api", "public")],
    },
    Host {
        name: "some repositories whose storage fails",
        server: |call| match repository(call) {
            Some(name) if name.starts_with("bad/") => reply(500).into_answer(),
            _ => manifest().into_answer(),
        },
        images: BAD,
    },
    Host {
        name: "some repositories at which connections break",
        server: |call| match repository(call) {
            Some(name) if name.starts_with("bad/") => Failure::Broken.into_answer(),
            _ => manifest().into_answer(),
        },
        images: BAD,
    },
    Host {
        name: "a token endpoint that fails for some",
        server: |call| match (repository(call), call.shown()) {
            (None, _) if call.request.url.query().unwrap().contains("bad%2F") => reply(502).into_answer(),
            (None, _) => token().into_answer(),
            (_, "") => bearer("/token").into_answer(),
            _ => manifest().into_answer(),
        },
        images: BAD,
    },
    Host {
        name: "a token endpoint whose firewall refuses some",
        server: |call| match (repository(call), call.shown()) {
            (None, _) if call.request.url.query().unwrap().contains("bad%2F") => {
                reply(403).header("content-type", "text/html").into_answer()
            }
            (None, _) => token().into_answer(),
            (_, "") => bearer("/token").into_answer(),
            _ => manifest().into_answer(),
        },
        images: BAD,
    },
    Host {
        name: "some repositories on another host, which has tokens of its own",
        server: |call| match (call.host(), repository(call), call.shown()) {
            ("r.example", Some(name), _) if name.starts_with("m/") => {
                reply(307).header("location", &format!("https://m.example/v2/{name}/manifests/1")).into_answer()
            }
            (_, None, _) => token().into_answer(),
            (_, _, "") => bearer("/token").into_answer(),
            (_, Some("m/gone"), _) => error(404, "MANIFEST_UNKNOWN").into_answer(),
            (_, Some("m/shut"), _) => error(403, "DENIED").into_answer(),
            _ => manifest().into_answer(),
        },
        images: &[("acme/api", "public"), ("m/api", "public"), ("m/gone", "not-found"), ("m/shut", "private")],
    },
    Host {
        name: "every kind of guard",
        server: |call| match (repository(call), call.shown()) {
            (None, _) => token().into_answer(),
            (Some("basic/api"), _) => error(401, "UNAUTHORIZED").challenge("Basic realm=\"r\"").into_answer(),
            (Some("office/api"), _) => reply(401).challenge("Negotiate").into_answer(),
            (Some("open/api"), "") => manifest().into_answer(),
            (Some("open/api"), _) => error(401, "UNAUTHORIZED").into_answer(),
            (_, "") => bearer("/token").into_answer(),
            _ => manifest().into_answer(),
        },
        images: &[
            ("acme/api", "public"),
            ("basic/api", "private"),
            ("office/api", "unreachable"),
            ("open/api", "public"),
        ],
    },
    Host {
        name: "405 to the HEAD of one repository",
        server: |call| match (call.is_head(), repository(call)) {
            (true, Some("odd/api")) => reply(405).into_answer(),
            _ => manifest().into_answer(),
        },
        images: THREE,
    },
];

/// All orders of up to four, and enough of more.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for next in 0..count {
        let longer = |order: Vec<usize>| {
            (0..=order.len()).map(move |at| {
                let mut order = order.clone();
                order.insert(at, next);
                order
            })
        };
        orders = orders.into_iter().flat_map(longer).collect();
    }
    orders
}

#[test]
fn no_verdict_depends_on_the_order() {
    let mut wrong = Vec::new();
    for Host { name, server, images } in HOSTS {
        for order in orders(images.len()) {
            let asked: Vec<_> = order.iter().map(|at| format!("r.example/{}:1", images[*at].0)).collect();
            let told = ask(&asked, server);
            let verdicts: BTreeMap<_, _> = order.iter().copied().zip(&told.verdicts).collect();
            for (at, verdict) in verdicts {
                let (image, access) = images[at];
                if verdict.access.as_str() != access {
                    wrong.push(format!("{name}: {asked:?}: {image}: {}\n  {:#?}", said(verdict), told.lines));
                }
            }
            if !wrong.is_empty() {
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Two tags of each repository, and neither costs the other anything.
#[test]
fn tags_of_one_repository_have_its_verdict() {
    for Host { name, server, images } in HOSTS {
        for order in orders(images.len()) {
            let names = order.iter().flat_map(|at| [(images[*at], 1), (images[*at], 2)]);
            let (asked, expected): (Vec<_>, Vec<_>) =
                names.map(|((image, access), tag)| (format!("r.example/{image}:{tag}"), access)).unzip();
            let told = ask(&asked, server);
            let accesses: Vec<_> = told.verdicts.iter().map(|verdict| verdict.access.as_str()).collect();
            assert_eq!(accesses, expected, "{name}: {asked:?}: {:#?}", told.lines);
        }
    }
}

#[test]
fn docker_hub_names_that_it_can_not_have() {
    let images = [
        ("nginx:1", "public"),
        ("webapi:local", "not-found"),
        ("docker.io/library/auto", "not-found"),
        ("index.docker.io/quay.io/acme/ui:1", "not-found"),
        ("acme/private:1", "private"),
    ];
    for order in orders(images.len()) {
        let asked: Vec<_> = order.iter().map(|at| images[*at].0).collect();
        let told = ask(&asked, |call| match (repository(call), call.shown()) {
            (None, _) => token().into_answer(),
            (Some("library/nginx"), shown) if !shown.is_empty() => manifest().into_answer(),
            _ => bearer("https://auth.docker.io/token").into_answer(),
        });
        for (at, verdict) in order.iter().zip(&told.verdicts) {
            assert_eq!(verdict.access.as_str(), images[*at].1, "{asked:?}: {}", said(verdict));
        }
        assert_eq!(told.count("GET https://registry-1.docker.io/"), 0, "a GET counts as a pull there");
    }
}
