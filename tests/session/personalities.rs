//! Every registry answers in its own way. Each is a scripted server here, with the verdict it has to lead to, the
//! evidence, and each single request.

use pullthrough::access::NoDigest;
use pullthrough::access::session::{Failure, Received};

use crate::script::{Call, DIGEST, IntoAnswer, Reply, Told, ask, error, manifest, reply, token};

struct Personality {
    name: &'static str,
    image: &'static str,
    server: fn(&Call<'_>) -> Received,
    verdict: &'static str,
    requests: &'static [&'static str],
}

const fn personality(
    name: &'static str,
    image: &'static str,
    server: fn(&Call<'_>) -> Received,
    verdict: &'static str,
    requests: &'static [&'static str],
) -> Personality {
    Personality { name, image, server, verdict, requests }
}

/// A registry with tokens: `challenge` for who shows none, `granted` from the token endpoint, then `then`.
fn bearer(call: &Call<'_>, challenge: &str, granted: Reply, then: Reply) -> Received {
    if !call.is_manifest() {
        assert!(
            !call.path().starts_with("/v2/") || call.path().contains("token") || call.path().contains("auth"),
            "no ping"
        );
        return granted.into_answer();
    }
    if call.shown().is_empty() {
        error(401, "UNAUTHORIZED").challenge(challenge).into_answer()
    } else {
        then.into_answer()
    }
}

const HUB: &str = "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\"";
const GHCR: &str = "Bearer realm=\"https://ghcr.io/token\",service=\"ghcr.io\",scope=\"repository:acme/api:pull\"";
const QUAY: &str = "Bearer realm=\"https://quay.io/v2/auth\",service=\"quay.io\",scope=\"repository:acme/api:pull\"";
const GAR: &str = "Bearer realm=\"https://eu-docker.pkg.dev/v2/token\",service=\"eu-docker.pkg.dev\"";
const GITLAB: &str = "Bearer realm=\"https://gitlab.com/jwt/auth\",service=\"container_registry\"";
const HARBOR: &str = "Bearer realm=\"https://h.example/service/token\",service=\"harbor-registry\"";
const EXAMPLE: &str = "Bearer realm=\"https://r.example/token\",service=\"r\"";

const HUB_TOKEN: &str = "GET https://auth.docker.io/token?service=registry.docker.io&scope=repository:acme/api:pull";
const HUB_HEAD: &str = "HEAD https://registry-1.docker.io/v2/acme/api/manifests/1";
const GHCR_HEAD: &str = "HEAD https://ghcr.io/v2/acme/api/manifests/1";
const GHCR_TOKEN: &str = "GET https://ghcr.io/token?service=ghcr.io&scope=repository:acme/api:pull";
const QUAY_HEAD: &str = "HEAD https://quay.io/v2/acme/api/manifests/1";
const QUAY_TOKEN: &str = "GET https://quay.io/v2/auth?service=quay.io&scope=repository:acme/api:pull";
const HEAD: &str = "HEAD https://r.example/v2/acme/api/manifests/1";
const HEAD_TOKEN: &str = "HEAD https://r.example/v2/acme/api/manifests/1 +token";
const GET: &str = "GET https://r.example/v2/acme/api/manifests/1";
const TOKEN: &str = "GET https://r.example/token?service=r&scope=repository:acme/api:pull";
const SERVED: &str = "public: 200 from https://r.example/v2/acme/api/manifests/1";
const IMAGE: &str = "r.example/acme/api:1";

const ALL: &[Personality] = &[
    // Docker Hub
    personality(
        "hub, public",
        "nginx:1",
        |call| bearer(call, HUB, token(), manifest()),
        "public: 200 from https://registry-1.docker.io/v2/library/nginx/manifests/1",
        &[
            "HEAD https://registry-1.docker.io/v2/library/nginx/manifests/1",
            "GET https://auth.docker.io/token?service=registry.docker.io&scope=repository:library/nginx:pull",
            "HEAD https://registry-1.docker.io/v2/library/nginx/manifests/1 +token",
        ],
    ),
    personality(
        "hub, private or missing",
        "acme/api:1",
        |call| {
            let refused = "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",\
                           scope=\"repository:acme/api:pull\",error=\"insufficient_scope\"";
            bearer(call, HUB, token(), error(401, "UNAUTHORIZED").challenge(refused))
        },
        "private: 401 from https://registry-1.docker.io/v2/acme/api/manifests/1",
        &[HUB_HEAD, HUB_TOKEN, "HEAD https://registry-1.docker.io/v2/acme/api/manifests/1 +token"],
    ),
    personality(
        "hub, missing tag of a public repository",
        "acme/api:1",
        |call| bearer(call, HUB, token(), error(404, "MANIFEST_UNKNOWN")),
        "not-found: 404 from https://registry-1.docker.io/v2/acme/api/manifests/1",
        &[HUB_HEAD, HUB_TOKEN, "HEAD https://registry-1.docker.io/v2/acme/api/manifests/1 +token"],
    ),
    personality(
        "hub, a HEAD that is refused is never repeated as a GET",
        "acme/api:1",
        |_| reply(405).into_answer(),
        "unreachable: unexpected 405 from https://registry-1.docker.io/v2/acme/api/manifests/1",
        &[HUB_HEAD],
    ),
    // GitHub
    personality(
        "ghcr, public",
        "ghcr.io/acme/api:1",
        |call| bearer(call, GHCR, token(), manifest()),
        "public: 200 from https://ghcr.io/v2/acme/api/manifests/1",
        &[GHCR_HEAD, GHCR_TOKEN, "HEAD https://ghcr.io/v2/acme/api/manifests/1 +token"],
    ),
    personality(
        "ghcr, private: 401 at the token endpoint",
        "ghcr.io/acme/api:1",
        |call| bearer(call, GHCR, error(401, "UNAUTHORIZED"), manifest()),
        "private: 401 from the token endpoint https://ghcr.io/token",
        &[GHCR_HEAD, GHCR_TOKEN],
    ),
    personality(
        "ghcr, private: the older 403",
        "ghcr.io/acme/api:1",
        |call| bearer(call, GHCR, error(403, "DENIED"), manifest()),
        "private: 403 from the token endpoint https://ghcr.io/token",
        &[GHCR_HEAD, GHCR_TOKEN],
    ),
    personality(
        "placeholder scope",
        "ghcr.io/acme/api:1",
        |call| {
            bearer(
                call,
                "Bearer realm=\"https://ghcr.io/token\",service=\"ghcr.io\",scope=\"repository:user/image:pull\"",
                token(),
                manifest(),
            )
        },
        "public: 200 from https://ghcr.io/v2/acme/api/manifests/1",
        &[GHCR_HEAD, GHCR_TOKEN, "HEAD https://ghcr.io/v2/acme/api/manifests/1 +token"],
    ),
    // Quay
    personality(
        "quay, public: no token needed",
        "quay.io/acme/api:1",
        |_| manifest().into_answer(),
        "public: 200 from https://quay.io/v2/acme/api/manifests/1",
        &[QUAY_HEAD],
    ),
    personality(
        "quay, private or missing: a token that opens nothing",
        "quay.io/acme/api:1",
        |call| bearer(call, QUAY, token(), error(401, "UNAUTHORIZED").challenge(QUAY)),
        "private: 401 from https://quay.io/v2/acme/api/manifests/1",
        &[QUAY_HEAD, QUAY_TOKEN, "HEAD https://quay.io/v2/acme/api/manifests/1 +token"],
    ),
    personality(
        "quay, disabled namespace: 405 at the token endpoint",
        "quay.io/acme/api:1",
        |call| bearer(call, QUAY, error(405, "DENIED"), manifest()),
        "private: 405 from the token endpoint https://quay.io/v2/auth",
        &[QUAY_HEAD, QUAY_TOKEN],
    ),
    personality(
        "quay, a name it can't have",
        "quay.io/acme/api:1",
        |call| bearer(call, QUAY, error(400, "NAME_INVALID"), manifest()),
        "not-found: 400 from https://quay.io/v2/auth: not a valid repository name there",
        &[QUAY_HEAD, QUAY_TOKEN],
    ),
    personality(
        "quay proxy organization, upstream fails: 400 INVALID_REQUEST",
        "quay.io/acme/api:1",
        |_| error(400, "INVALID_REQUEST").into_answer(),
        "unreachable: unexpected 400 from https://quay.io/v2/acme/api/manifests/1",
        &[QUAY_HEAD, "GET https://quay.io/v2/acme/api/manifests/1"],
    ),
    personality(
        "quay, an expired tag",
        "quay.io/acme/api:1",
        |_| error(404, "TAG_EXPIRED").into_answer(),
        "not-found: 404 from https://quay.io/v2/acme/api/manifests/1",
        &[QUAY_HEAD, "GET https://quay.io/v2/acme/api/manifests/1"],
    ),
    // Google
    personality(
        "artifact registry, private: 403 at the token endpoint",
        "eu-docker.pkg.dev/p/r/api:1",
        |call| bearer(call, GAR, error(403, "DENIED"), manifest()),
        "private: 403 from the token endpoint https://eu-docker.pkg.dev/v2/token",
        &[
            "HEAD https://eu-docker.pkg.dev/v2/p/r/api/manifests/1",
            "GET https://eu-docker.pkg.dev/v2/token?service=eu-docker.pkg.dev&scope=repository:p/r/api:pull",
        ],
    ),
    personality(
        "gcr, 401 without a challenge: asked once at /v2/",
        IMAGE,
        |call| match (call.path(), call.shown()) {
            ("/v2/", _) => reply(401).challenge(EXAMPLE).into_answer(),
            ("/token", _) => token().into_answer(),
            (_, "") => reply(401).into_answer(),
            _ => manifest().into_answer(),
        },
        SERVED,
        &[HEAD, "GET https://r.example/v2/", TOKEN, HEAD_TOKEN],
    ),
    personality(
        "no challenge, and nothing of a registry: a gateway",
        IMAGE,
        |_| reply(401).header("content-type", "text/html").into_answer(),
        "unreachable: 401 from https://r.example/v2/acme/api/manifests/1, which does not answer like a registry",
        &[HEAD, "GET https://r.example/v2/"],
    ),
    personality(
        "no challenge at all",
        IMAGE,
        |_| error(401, "UNAUTHORIZED").into_answer(),
        "private: 401 from https://r.example/v2/acme/api/manifests/1, which does not say how to authenticate",
        &[HEAD, "GET https://r.example/v2/"],
    ),
    personality(
        "registry.k8s.io: a redirect to another host, which wants a token of its own",
        "registry.k8s.io/pause:3",
        |call| match (call.host(), call.shown()) {
            ("registry.k8s.io", "") => reply(307)
                .header("location", "https://eu-docker.pkg.dev/v2/k8s-artifacts-prod/images/pause/manifests/3")
                .into_answer(),
            ("eu-docker.pkg.dev", _) => bearer(call, GAR, token(), manifest()),
            _ => reply(500).into_answer(),
        },
        "public: 200 from https://registry.k8s.io/v2/pause/manifests/3",
        &[
            "HEAD https://registry.k8s.io/v2/pause/manifests/3",
            "HEAD https://eu-docker.pkg.dev/v2/k8s-artifacts-prod/images/pause/manifests/3",
            "GET https://eu-docker.pkg.dev/v2/token?service=eu-docker.pkg.dev&scope=repository:k8s-artifacts-prod/images/pause:pull",
            "HEAD https://eu-docker.pkg.dev/v2/k8s-artifacts-prod/images/pause/manifests/3 +token",
        ],
    ),
    personality(
        "registry.k8s.io, missing image",
        "registry.k8s.io/pause:3",
        |call| match call.host() {
            "registry.k8s.io" => {
                reply(302).header("location", "https://eu-docker.pkg.dev/v2/k8s/pause/manifests/3").into_answer()
            }
            _ => error(404, "NAME_UNKNOWN").into_answer(),
        },
        "not-found: 404 from https://registry.k8s.io/v2/pause/manifests/3",
        &[
            "HEAD https://registry.k8s.io/v2/pause/manifests/3",
            "HEAD https://eu-docker.pkg.dev/v2/k8s/pause/manifests/3",
            "GET https://eu-docker.pkg.dev/v2/k8s/pause/manifests/3",
        ],
    ),
    // Amazon
    personality(
        "ecr, Basic with a realm that is no token endpoint",
        "1.dkr.ecr.eu-west-1.amazonaws.com/api:1",
        |_| {
            reply(401)
                .challenge("Basic realm=\"https://1.dkr.ecr.eu-west-1.amazonaws.com/\",service=\"ecr.amazonaws.com\"")
                .header("content-type", "text/plain")
                .body("Not Authorized\n")
                .into_answer()
        },
        "private: 401 from https://1.dkr.ecr.eu-west-1.amazonaws.com/v2/api/manifests/1, which gives no tokens to anonymous clients",
        &["HEAD https://1.dkr.ecr.eu-west-1.amazonaws.com/v2/api/manifests/1"],
    ),
    personality(
        "ecr public",
        "public.ecr.aws/acme/api:1",
        |call| {
            bearer(
                call,
                "Bearer realm=\"https://public.ecr.aws/token/\",service=\"public.ecr.aws\",scope=\"aws\"",
                token(),
                manifest(),
            )
        },
        "public: 200 from https://public.ecr.aws/v2/acme/api/manifests/1",
        &[
            "HEAD https://public.ecr.aws/v2/acme/api/manifests/1",
            "GET https://public.ecr.aws/token/?service=public.ecr.aws&scope=repository:acme/api:pull",
            "HEAD https://public.ecr.aws/v2/acme/api/manifests/1 +token",
        ],
    ),
    // Microsoft
    personality(
        "acr, no anonymous pull: 401 at the token endpoint",
        "r.azurecr.io/api:1",
        |call| {
            let challenge = "Bearer realm=\"https://r.azurecr.io/oauth2/token\",service=\"r.azurecr.io\",\
                             scope=\"repository:api:pull\",error=\"invalid_token\"";
            bearer(call, challenge, error(401, "UNAUTHORIZED"), manifest())
        },
        "private: 401 from the token endpoint https://r.azurecr.io/oauth2/token",
        &[
            "HEAD https://r.azurecr.io/v2/api/manifests/1",
            "GET https://r.azurecr.io/oauth2/token?service=r.azurecr.io&scope=repository:api:pull",
        ],
    ),
    personality(
        "mcr, no authentication at all",
        "mcr.microsoft.com/dotnet/sdk:9",
        |_| manifest().into_answer(),
        "public: 200 from https://mcr.microsoft.com/v2/dotnet/sdk/manifests/9",
        &["HEAD https://mcr.microsoft.com/v2/dotnet/sdk/manifests/9"],
    ),
    // Others
    personality(
        "gitlab, private: 403 at the token endpoint of another host",
        "registry.gitlab.com/acme/api:1",
        |call| bearer(call, GITLAB, error(403, "DENIED"), manifest()),
        "private: 403 from the token endpoint https://gitlab.com/jwt/auth",
        &[
            "HEAD https://registry.gitlab.com/v2/acme/api/manifests/1",
            "GET https://gitlab.com/jwt/auth?service=container_registry&scope=repository:acme/api:pull",
        ],
    ),
    personality(
        "harbor, public: a token even for a public project",
        "h.example/acme/api:1",
        |call| bearer(call, HARBOR, token(), manifest()),
        "public: 200 from https://h.example/v2/acme/api/manifests/1",
        &[
            "HEAD https://h.example/v2/acme/api/manifests/1",
            "GET https://h.example/service/token?service=harbor-registry&scope=repository:acme/api:pull",
            "HEAD https://h.example/v2/acme/api/manifests/1 +token",
        ],
    ),
    personality(
        "harbor, private: the second challenge is Basic",
        "h.example/acme/api:1",
        |call| bearer(call, HARBOR, token(), error(401, "UNAUTHORIZED").challenge("Basic realm=\"harbor\"")),
        "private: 401 from https://h.example/v2/acme/api/manifests/1",
        &[
            "HEAD https://h.example/v2/acme/api/manifests/1",
            "GET https://h.example/service/token?service=harbor-registry&scope=repository:acme/api:pull",
            "HEAD https://h.example/v2/acme/api/manifests/1 +token",
        ],
    ),
    personality(
        "harbor, no such project: the second challenge is empty",
        "h.example/acme/api:1",
        |call| bearer(call, HARBOR, token(), error(401, "UNAUTHORIZED").challenge("")),
        "private: 401 from https://h.example/v2/acme/api/manifests/1",
        &[
            "HEAD https://h.example/v2/acme/api/manifests/1",
            "GET https://h.example/service/token?service=harbor-registry&scope=repository:acme/api:pull",
            "HEAD https://h.example/v2/acme/api/manifests/1 +token",
        ],
    ),
    personality(
        "artifactory, Basic only",
        IMAGE,
        |_| reply(401).challenge("Basic realm=\"Artifactory Realm\"").into_answer(),
        "private: 401 from https://r.example/v2/acme/api/manifests/1, which gives no tokens to anonymous clients",
        &[HEAD],
    ),
    personality(
        "artifactory, hides what it has",
        IMAGE,
        |_| error(404, "NAME_UNKNOWN").into_answer(),
        "not-found: 404 from https://r.example/v2/acme/api/manifests/1",
        &[HEAD, GET],
    ),
    personality(
        "zot, lower-case basic",
        IMAGE,
        |_| reply(401).challenge("basic realm=\"zot\"").into_answer(),
        "private: 401 from https://r.example/v2/acme/api/manifests/1, which gives no tokens to anonymous clients",
        &[HEAD],
    ),
    personality(
        "zot, 403 for anonymous clients",
        IMAGE,
        |_| error(403, "DENIED").into_answer(),
        "private: 403 from https://r.example/v2/acme/api/manifests/1",
        &[HEAD],
    ),
    personality("distribution, open", IMAGE, |_| manifest().into_answer(), SERVED, &[HEAD]),
    personality(
        "distribution, open, no such name",
        IMAGE,
        |_| error(404, "NAME_UNKNOWN").into_answer(),
        "not-found: 404 from https://r.example/v2/acme/api/manifests/1",
        &[HEAD, GET],
    ),
    personality(
        "codeberg, one header with two challenges",
        IMAGE,
        |call| {
            bearer(
                call,
                "Bearer realm=\"https://r.example/token\",service=\"r\",Basic realm=\"r\"",
                token(),
                manifest(),
            )
        },
        SERVED,
        &[HEAD, TOKEN, HEAD_TOKEN],
    ),
    personality(
        "two headers, the useful one last",
        IMAGE,
        |call| match (call.path(), call.shown()) {
            ("/token", _) => token().into_answer(),
            (_, "") => reply(401).challenge("Basic realm=\"x\"").challenge(EXAMPLE).into_answer(),
            _ => manifest().into_answer(),
        },
        SERVED,
        &[HEAD, TOKEN, HEAD_TOKEN],
    ),
    personality(
        "odd spacing and case, a relative realm, no quotes",
        IMAGE,
        |call| bearer(call, "bearer  Realm=/token , SERVICE = r ,", token(), manifest()),
        SERVED,
        &[HEAD, TOKEN, HEAD_TOKEN],
    ),
    personality(
        "space, the scope names a path above",
        IMAGE,
        |call| {
            bearer(
                call,
                "Bearer realm=\"https://r.example/token\",service=\"r\",scope=\"repository:acme:pull\"",
                token(),
                manifest(),
            )
        },
        SERVED,
        &[HEAD, "GET https://r.example/token?service=r&scope=repository:acme:pull", HEAD_TOKEN],
    ),
    personality(
        "only Negotiate, from a gateway",
        IMAGE,
        |_| reply(401).challenge("Negotiate").into_answer(),
        "unreachable: 401 from https://r.example/v2/acme/api/manifests/1, which does not answer like a registry",
        &[HEAD],
    ),
    personality(
        "only Negotiate",
        IMAGE,
        |_| error(401, "UNAUTHORIZED").challenge("Negotiate").into_answer(),
        "private: 401 from https://r.example/v2/acme/api/manifests/1, which gives no tokens to anonymous clients",
        &[HEAD],
    ),
    personality(
        "strict Accept: 404 for who misses a type, or sends several headers",
        IMAGE,
        |call| {
            let all = [
                "oci.image.index",
                "docker.distribution.manifest.list",
                "oci.image.manifest",
                "docker.distribution.manifest.v2",
            ];
            let asked = all.iter().all(|kind| call.request.accept.contains(kind));
            if asked { manifest().into_answer() } else { error(404, "MANIFEST_UNKNOWN").into_answer() }
        },
        SERVED,
        &[HEAD],
    ),
    personality(
        "HEAD 405",
        IMAGE,
        |call| if call.is_head() { reply(405).into_answer() } else { manifest().into_answer() },
        SERVED,
        &[HEAD, GET],
    ),
    personality(
        "HEAD 501, then a challenge",
        IMAGE,
        |call| if call.is_head() { reply(501).into_answer() } else { bearer(call, EXAMPLE, token(), manifest()) },
        SERVED,
        &[HEAD, GET, TOKEN, "GET https://r.example/v2/acme/api/manifests/1 +token"],
    ),
    personality(
        "no digest, no type, no length: a body that is a manifest",
        IMAGE,
        |_| reply(200).body("{\"schemaVersion\":2,\"manifests\":[]}").into_answer(),
        SERVED,
        &[HEAD, GET],
    ),
    personality(
        "no digest, no type, no length: anything",
        IMAGE,
        |_| reply(200).body("ok").into_answer(),
        "unreachable: 200 from https://r.example/v2/acme/api/manifests/1, which does not answer like a registry",
        &[HEAD, GET],
    ),
    personality(
        "nothing but the version header",
        IMAGE,
        |_| reply(200).header("docker-distribution-api-version", "registry/2.0").into_answer(),
        SERVED,
        &[HEAD],
    ),
    personality(
        "access_token instead of token",
        IMAGE,
        |call| bearer(call, EXAMPLE, reply(200).body("{\"access_token\":\"u\",\"token\":\"\"}"), manifest()),
        SERVED,
        &[HEAD, TOKEN, HEAD_TOKEN],
    ),
    // Limits
    personality(
        "429 with a header",
        IMAGE,
        |call| {
            if call.before == 0 {
                error(429, "TOOMANYREQUESTS").header("retry-after", "2").into_answer()
            } else {
                manifest().into_answer()
            }
        },
        SERVED,
        &[HEAD, HEAD],
    ),
    personality(
        "429 at the token endpoint, with microseconds in the body",
        IMAGE,
        |call| {
            match (call.path(), call.before) {
            ("/token", 0) => reply(429).body("{\"errors\":[{\"code\":\"TOOMANYREQUESTS\",\"message\":\"retry-after: 880.092µs, allowed: 44000/minute\"}]}").into_answer(),
            _ => bearer(call, EXAMPLE, token(), manifest()),
        }
        },
        SERVED,
        &[HEAD, TOKEN, TOKEN, HEAD_TOKEN],
    ),
    personality(
        "429 without a word, for ever",
        IMAGE,
        |_| reply(429).into_answer(),
        "rate-limited: 429 from https://r.example/v2/acme/api/manifests/1",
        // At once, and after 1, 3, 7, 11, 15 and 19 seconds.
        &[HEAD; 7],
    ),
    personality(
        "429 for longer than the budget (Docker Hub's abuse limit)",
        IMAGE,
        |_| reply(429).header("retry-after", "60").header("content-type", "text/plain").into_answer(),
        "rate-limited: 429 from https://r.example/v2/acme/api/manifests/1",
        &[HEAD],
    ),
    personality(
        "429 at the token endpoint is no refusal",
        IMAGE,
        |call| bearer(call, EXAMPLE, reply(429).header("retry-after", "60"), manifest()),
        "rate-limited: 429 from https://r.example/token",
        &[HEAD, TOKEN],
    ),
    // What is no answer
    personality(
        "captive portal",
        IMAGE,
        |_| reply(200).header("content-type", "text/html; charset=utf-8").into_answer(),
        "unreachable: 200 from https://r.example/v2/acme/api/manifests/1, which does not answer like a registry",
        &[HEAD],
    ),
    personality(
        "captive portal behind a redirect",
        IMAGE,
        |call| match call.host() {
            "r.example" => reply(302).header("location", "https://portal.example/login?next=secret").into_answer(),
            _ => reply(200).header("content-type", "text/html").into_answer(),
        },
        "unreachable: 200 from https://r.example/v2/acme/api/manifests/1, which does not answer like a registry",
        &[HEAD, "HEAD https://portal.example/login?next=secret"],
    ),
    personality(
        "bad TLS",
        IMAGE,
        |_| Failure::TlsFailed.into_answer(),
        "unreachable: no trusted TLS connection to https://r.example",
        &[HEAD],
    ),
    personality(
        "slow",
        IMAGE,
        |_| Failure::TimedOut.into_answer(),
        "unreachable: https://r.example did not answer in time",
        &[HEAD, HEAD],
    ),
    personality(
        "a token as long as it gets",
        IMAGE,
        |call| bearer(call, EXAMPLE, token().truncated(), manifest()),
        "unreachable: a response of over 64 KiB from https://r.example/token",
        &[HEAD, TOKEN],
    ),
    personality(
        "a manifest as long as it gets is a manifest",
        IMAGE,
        |call| if call.is_head() { reply(405).into_answer() } else { manifest().truncated().into_answer() },
        SERVED,
        &[HEAD, GET],
    ),
    personality(
        "a token endpoint that has no token",
        IMAGE,
        |call| bearer(call, EXAMPLE, reply(200).body("<html>"), manifest()),
        "unreachable: 200 without a token from the token endpoint https://r.example/token",
        &[HEAD, TOKEN],
    ),
    personality(
        "a token endpoint that is not there",
        IMAGE,
        |call| bearer(call, EXAMPLE, reply(404), manifest()),
        "unreachable: unexpected 404 from https://r.example/token",
        &[HEAD, TOKEN],
    ),
    // Where nobody should be led
    personality(
        "a realm at a metadata service",
        IMAGE,
        |_| reply(401).challenge("Bearer realm=\"https://169.254.169.254/latest/meta-data\"").into_answer(),
        "unreachable: the token endpoint https://169.254.169.254/latest/meta-data must not be contacted",
        &[HEAD],
    ),
    personality(
        "a realm on this machine",
        IMAGE,
        |_| reply(401).challenge("Bearer realm=\"https://localhost:8443/admin?do=it\"").into_answer(),
        "unreachable: the token endpoint https://localhost:8443/admin must not be contacted",
        &[HEAD],
    ),
    personality(
        "a realm without TLS",
        IMAGE,
        |_| reply(401).challenge("Bearer realm=\"http://r.example/token\"").into_answer(),
        "unreachable: the token endpoint http://r.example/token uses http, although the registry speaks TLS",
        &[HEAD],
    ),
    personality(
        "a realm that resolves to a private address",
        IMAGE,
        |call| {
            if call.is_manifest() {
                reply(401).challenge("Bearer realm=\"https://inside.example/t\"").into_answer()
            } else {
                Failure::AddressForbidden.into_answer()
            }
        },
        "unreachable: the token endpoint https://inside.example must not be contacted",
        &[HEAD, "GET https://inside.example/t?scope=repository:acme/api:pull"],
    ),
    personality(
        "a redirect to this machine",
        IMAGE,
        |_| reply(307).header("location", "https://127.0.0.1:8443/x?y=z").into_answer(),
        "unreachable: the redirect to https://127.0.0.1:8443 must not be followed",
        &[HEAD],
    ),
    personality(
        "a redirect that gives up TLS",
        IMAGE,
        |_| reply(307).header("location", "http://r.example/x").into_answer(),
        "unreachable: the redirect to http://r.example uses http, although the registry speaks TLS",
        &[HEAD],
    ),
    personality(
        "a token endpoint that redirects to this machine",
        IMAGE,
        |call| bearer(call, EXAMPLE, reply(307).header("location", "https://[::1]/t"), manifest()),
        "unreachable: the redirect to https://[::1] must not be followed",
        &[HEAD, TOKEN],
    ),
    personality(
        "redirects without end",
        IMAGE,
        |call| reply(302).header("location", call.request.url.as_str()).into_answer(),
        "unreachable: too many redirects from https://r.example/v2/acme/api/manifests/1",
        &[HEAD, HEAD, HEAD, HEAD, HEAD, HEAD],
    ),
    personality(
        "a redirect to nowhere",
        IMAGE,
        |_| reply(307).into_answer(),
        "unreachable: unexpected 307 from https://r.example/v2/acme/api/manifests/1",
        &[HEAD],
    ),
    personality(
        "a registry that resolves to a forbidden address",
        IMAGE,
        |_| Failure::AddressForbidden.into_answer(),
        "unreachable: https://r.example is at an address that must not be contacted",
        &[HEAD],
    ),
];

#[test]
fn every_registry_is_understood() {
    let mut wrong = Vec::new();
    for row in ALL {
        let told = ask(&[row.image], row.server);
        if told.only() != row.verdict || told.lines != row.requests {
            wrong.push(format!("{}\n  {}\n  {:#?}", row.name, told.only(), told.lines));
        }
    }
    assert_eq!(ALL.len(), 70, "a row is missing");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The registry at a metadata service, or on a name that no URL can have, is never asked.
#[test]
fn a_registry_at_a_forbidden_address_is_never_asked() {
    for image in ["169.254.169.254/acme/api:1", "0.0.0.0:5000/acme/api:1"] {
        let told = ask(&[image], |_| manifest().into_answer());
        assert!(told.lines.is_empty());
        assert!(told.only().starts_with("unreachable: https://"), "{}", told.only());
    }
}

#[test]
fn the_digest_comes_from_the_answer_or_else_from_the_reference() {
    let digest = |told: Told| told.verdicts[0].digest.clone().map(|digest| digest.to_string());
    let told = ask(&[IMAGE], |_| manifest().into_answer());
    assert_eq!(digest(told), Ok(DIGEST.to_owned()));
    let registry = || reply(200).header("docker-distribution-api-version", "registry/2.0");
    let told = ask(&[IMAGE], |_| registry().header("docker-content-digest", "").into_answer());
    assert_eq!(digest(told), Err(NoDigest::NotSent));
    let told = ask(&[format!("r.example/acme/api@{DIGEST}")], |_| registry().into_answer());
    assert_eq!(digest(told), Ok(DIGEST.to_owned()));
}
