//! What one answer means, by itself.
//!
//! Three kinds of requests have three vocabularies: a 403 at a token endpoint is an answer about access, a 404 there is
//! a fault. What no rule knows is `unreachable`, never `private`; and nothing but a registry says `private` or `public`.

use std::time::Duration;

use serde_json::Value;

use super::retry::retry_after;
use super::sign::{self, has_code, is_signed, is_web_page};
use super::wire::{Failure, Method, Response};
use crate::access::challenge::Challenge;
use crate::access::{Access, Cause, NoDigest};
use crate::image::Digest;

/// What an answer to a request for a manifest means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Manifest {
    /// It can be pulled; its digest, or why none is known.
    Served(Result<Digest, NoDigest>),
    /// A 200 to `HEAD` that anything might have given.
    Bare,
    /// It does not exist, according to a registry or, without a sign, to a server that answers in its place.
    Missing { signed: bool },
    /// That is the answer.
    Settled(Access, Cause),
    /// Not without credentials, of which these are asked for.
    Challenged { challenges: Vec<Challenge>, signed: bool },
    /// Ask there.
    Moved(String),
    /// The server answers GET only.
    HeadRefused,
    /// No answer for now.
    Busy(Busy),
}

/// What an answer to a request for a token means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The token, and how long it is good for.
    Granted(String, Duration),
    /// None is given.
    Refused(Access, Cause),
    /// Ask there.
    Moved(String),
    /// No answer for now.
    Busy(Busy),
}

/// A server that may answer later.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy {
    /// Whether it is a limit on how much is asked.
    pub(super) limited: bool,
    /// How long the server asks to wait.
    pub(super) wait: Option<Duration>,
}

/// The meaning of an answer to `HEAD` or `GET` on a manifest.
pub(super) fn manifest(response: &Response, method: Method) -> Manifest {
    if let Some(busy) = busy(response) {
        return Manifest::Busy(busy);
    }
    if let Some(location) = moved(response) {
        return Manifest::Moved(location);
    }
    let signed = is_signed(response);
    match response.status {
        200 | 403 if is_web_page(response) => Manifest::Settled(Access::Unreachable, Cause::NotARegistry),
        200 if sign::is_error(response) => Manifest::Settled(Access::Unreachable, Cause::NotAManifest),
        200 if signed && method == Method::Get => Manifest::Served(digest(response).or_else(|why| read(response, why))),
        200 if signed => Manifest::Served(digest(response)),
        200 if method == Method::Head => Manifest::Bare,
        401 => Manifest::Challenged { challenges: challenges(response), signed },
        403 if signed => Manifest::Settled(Access::Private, Cause::ManifestRefused),
        404 => Manifest::Missing { signed },
        200 | 403 => Manifest::Settled(Access::Unreachable, Cause::NotARegistry),
        400 if has_code(response, &["NAME_INVALID"]) => Manifest::Settled(Access::NotFound, Cause::NameInvalid),
        400 | 405 | 501 if method == Method::Head => Manifest::HeadRefused,
        _ => Manifest::Settled(Access::Unreachable, Cause::StatusUnexpected),
    }
}

/// The meaning of an answer of a token endpoint.
pub(super) fn token(response: &Response) -> Token {
    if let Some(busy) = busy(response) {
        return Token::Busy(busy);
    }
    if let Some(location) = moved(response) {
        return Token::Moved(location);
    }
    match response.status {
        200 if response.truncated => Token::Refused(Access::Unreachable, Cause::AnswerTooLarge),
        200 => granted(&response.body),
        401 | 403 if sign::is_json(response) || is_signed(response) => {
            Token::Refused(Access::Private, Cause::TokenRefused)
        }
        401 | 403 => Token::Refused(Access::Unreachable, Cause::NotATokenEndpoint),
        // Quay answers so for a namespace that is disabled.
        405 if has_code(response, &["DENIED", "UNAUTHORIZED"]) => Token::Refused(Access::Private, Cause::TokenRefused),
        400 if has_code(response, &["NAME_INVALID"]) => Token::Refused(Access::NotFound, Cause::NameInvalid),
        _ => Token::Refused(Access::Unreachable, Cause::StatusUnexpected),
    }
}

/// Whether what answers a `GET` of `/v2/` is a registry. The specification wants nothing but the status, so that an empty 200 will do.
pub(super) fn is_registry(response: &Response) -> bool {
    match response.status {
        200 => is_signed(response) || sign::is_json(response) || (response.body.is_empty() && !is_web_page(response)),
        // Gateways of offices have challenges of their own, as Negotiate.
        401 => {
            let of_registries = |challenge: &Challenge| matches!(challenge.scheme(), "bearer" | "basic");
            is_signed(response) || challenges(response).iter().any(of_registries)
        }
        _ => is_signed(response),
    }
}

/// The challenges of an answer.
pub(super) fn challenges(response: &Response) -> Vec<Challenge> {
    Challenge::parse_all(response.headers.all("www-authenticate"))
}

/// The digest that an answer tells, if it tells one that can be trusted.
fn digest(response: &Response) -> Result<Digest, NoDigest> {
    if sign::is_schema_1(response) {
        return Err(NoDigest::Schema1);
    }
    // Some transports join headers of one name with commas.
    let all = response.headers.all("docker-content-digest").flat_map(|value| value.split(',')).map(str::trim);
    let mut told = all.filter(|text| !text.is_empty());
    let Some(first) = told.next() else { return Err(NoDigest::NotSent) };
    if told.any(|other| other != first) {
        return Err(NoDigest::Contradicting);
    }
    Digest::parse(first).map_err(|_| NoDigest::NotSent)
}

/// The digest of a manifest that was read, where the registry does not tell it.
fn read(response: &Response, why: NoDigest) -> Result<Digest, NoDigest> {
    match why {
        NoDigest::NotSent if response.truncated => Err(NoDigest::TooLarge),
        NoDigest::NotSent if sign::is_manifest(response) => Ok(Digest::of(&response.body)),
        why => Err(why),
    }
}

/// Whether an answer says "later", in whatever kind of request. A 403 that says when to come back is a ban (GitLab's rack-attack, Cloudflare's
/// rules), not an answer about the image.
pub(super) fn busy(response: &Response) -> Option<Busy> {
    let banned = response.status == 403 && response.headers.get("retry-after").is_some();
    let limited =
        banned || response.status == 429 || (response.status >= 400 && has_code(response, &["TOOMANYREQUESTS"]));
    let failed = response.status == 408 || (response.status >= 500 && response.status != 501);
    (limited || failed).then(|| Busy { limited, wait: retry_after(response) })
}

/// What a failure of the transport says about the image: that nothing is known, and why.
pub(super) fn failure(failure: Failure) -> Cause {
    match failure {
        Failure::NoNetwork => Cause::NoNetwork,
        Failure::NameNotResolved => Cause::NameNotResolved,
        Failure::ConnectionFailed => Cause::ConnectionFailed,
        Failure::ConnectTimedOut | Failure::TimedOut => Cause::TimedOut,
        Failure::Broken => Cause::ConnectionBroken,
        Failure::TlsFailed => Cause::TlsFailed,
        Failure::TlsNotSpoken => Cause::TlsNotSpoken,
        Failure::ForwardProxy => Cause::ForwardProxyFailed,
        Failure::AddressForbidden => Cause::AddressForbidden,
        Failure::TooManyOpenFiles => Cause::TooManyOpenFiles,
        Failure::Hidden => Cause::AnswerHidden,
    }
}

/// Where a redirect leads to.
pub(super) fn moved(response: &Response) -> Option<String> {
    let moved = matches!(response.status, 301 | 302 | 303 | 307 | 308);
    moved.then(|| response.headers.get("location").map(str::to_owned)).flatten()
}

fn granted(body: &[u8]) -> Token {
    const UNUSABLE: Token = Token::Refused(Access::Unreachable, Cause::TokenUnusable);
    let Ok(answer) = serde_json::from_slice::<Value>(body) else { return UNUSABLE };
    let text = |key| answer.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(token) = text("token").or_else(|| text("access_token")) else { return UNUSABLE };
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return UNUSABLE;
    }
    // "For compatibility … if not present, 60 seconds" (distribution's token specification), which is also the least.
    let seconds = answer.get("expires_in").and_then(Value::as_u64).unwrap_or(60).max(60);
    Token::Granted(token.to_owned(), Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers.iter().copied().collect();
        Response { status, headers, body: body.into(), truncated: false }
    }

    fn head(status: u16, headers: &[(&str, &str)]) -> Manifest {
        manifest(&response(status, headers, ""), Method::Head)
    }

    const API: (&str, &str) = ("Docker-Distribution-Api-Version", "registry/2.0");
    const TEXT: (&str, &str) = ("Content-Type", "text/plain");
    const UNCLEAR: Manifest = Manifest::Settled(Access::Unreachable, Cause::NotARegistry);

    #[test]
    fn only_a_registry_serves_a_manifest() {
        assert_eq!(head(200, &[API]), Manifest::Served(Err(NoDigest::NotSent)));
        for headers in [&[][..], &[TEXT], &[("Docker-Content-Digest", "")], &[("Content-Type", "application/json")]] {
            assert_eq!(head(200, headers), Manifest::Bare, "{headers:?}");
            assert_eq!(manifest(&response(200, headers, "ok"), Method::Get), UNCLEAR, "{headers:?}");
        }
        let body = "{\"schemaVersion\":2,\"layers\":[]}";
        let read = manifest(&response(200, &[TEXT], body), Method::Get);
        assert_eq!(read, Manifest::Served(Ok(Digest::of(body.as_bytes()))));
        let denied = response(200, &[API], "{\"errors\":[{\"code\":\"DENIED\"}]}");
        assert_eq!(manifest(&denied, Method::Get), Manifest::Settled(Access::Unreachable, Cause::NotAManifest));
    }

    #[test]
    fn digests_that_can_be_trusted() {
        let (one, other) = (format!("sha256:{}", "a".repeat(64)), format!("sha256:{}", "b".repeat(64)));
        let joined = format!("{one}, {other}");
        let told = |values: &[&str]| {
            let headers: Vec<_> = values.iter().map(|value| ("Docker-Content-Digest", *value)).chain([API]).collect();
            digest(&response(200, &headers, ""))
        };
        assert_eq!(told(&[&one]).unwrap().as_str(), one);
        assert_eq!(told(&["", &one, &one]).unwrap().as_str(), one);
        assert_eq!(told(&[]), Err(NoDigest::NotSent));
        assert_eq!(told(&["sha256:short"]), Err(NoDigest::NotSent));
        assert_eq!(told(&[&one, &other]), Err(NoDigest::Contradicting));
        assert_eq!(told(&[&joined]), Err(NoDigest::Contradicting));
        let old = ("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws");
        assert_eq!(digest(&response(200, &[old, ("Docker-Content-Digest", &one)], "")), Err(NoDigest::Schema1));
    }

    #[test]
    fn only_a_registry_refuses() {
        let refused = Manifest::Settled(Access::Private, Cause::ManifestRefused);
        assert_eq!(head(403, &[API]), refused);
        assert_eq!(head(403, &[("Content-Type", "application/json")]), refused);
        for headers in [&[][..], &[TEXT], &[("Content-Type", "text/html")], &[("Content-Type", "application/xml")]] {
            assert_eq!(head(403, headers), UNCLEAR, "{headers:?}");
            assert_eq!(head(404, headers), Manifest::Missing { signed: false }, "{headers:?}");
        }
        assert_eq!(head(404, &[API, ("Content-Type", "text/html")]), Manifest::Missing { signed: true });
    }

    #[test]
    fn a_web_page_is_not_a_registry() {
        for page in ["Text/HTML; charset=utf-8", "application/xhtml+xml"] {
            for status in [200, 403] {
                assert_eq!(head(status, &[("Content-Type", page)]), UNCLEAR);
            }
        }
    }

    #[test]
    fn what_answers_at_v2() {
        let is = |status, headers: &[_], body: &str| is_registry(&response(status, headers, body));
        assert!(is(200, &[API], "{}") && is(200, &[TEXT], "{}") && is(200, &[], "") && is(404, &[API], ""));
        assert!(is(401, &[("WWW-Authenticate", "Basic realm=\"r\"")], ""));
        assert!(!is(200, &[TEXT], "ok") && !is(404, &[TEXT], "default backend - 404") && !is(401, &[TEXT], "log in"));
    }

    #[test]
    fn what_no_rule_knows_is_unreachable() {
        for status in [201, 204, 302, 402, 406, 418, 451] {
            assert_eq!(head(status, &[]), Manifest::Settled(Access::Unreachable, Cause::StatusUnexpected), "{status}");
        }
    }

    #[test]
    fn head_is_refused_only_once() {
        for status in [400, 405, 501] {
            assert_eq!(head(status, &[]), Manifest::HeadRefused);
            let got = manifest(&response(status, &[], ""), Method::Get);
            assert_eq!(got, Manifest::Settled(Access::Unreachable, Cause::StatusUnexpected));
        }
    }

    #[test]
    fn a_limit_is_seen_by_its_code_and_a_ban_by_its_header() {
        let body = "{\"errors\":[{\"code\":\"TOOMANYREQUESTS\",\"message\":\"m\"}]}";
        assert_eq!(token(&response(403, &[], body)), Token::Busy(Busy { limited: true, wait: None }));
        let ban = [TEXT, ("Retry-After", "3600")];
        let wait = Some(Duration::from_secs(3600));
        assert_eq!(token(&response(403, &ban, "Forbidden")), Token::Busy(Busy { limited: true, wait }));
        assert_eq!(head(403, &ban), Manifest::Busy(Busy { limited: true, wait }));
    }

    #[test]
    fn only_a_token_endpoint_refuses_a_token() {
        let refused = Token::Refused(Access::Private, Cause::TokenRefused);
        let unclear = Token::Refused(Access::Unreachable, Cause::NotATokenEndpoint);
        for status in [401, 403] {
            assert_eq!(token(&response(status, &[], "{\"details\":\"denied\"}")), refused);
            assert_eq!(token(&response(status, &[("Content-Type", "application/problem+json")], "")), refused);
            assert_eq!(token(&response(status, &[API], "")), refused);
            for (kind, body) in [("text/html", "<html>"), ("text/plain", "Forbidden"), ("application/xml", "<Error/>")]
            {
                assert_eq!(token(&response(status, &[("Content-Type", kind)], body)), unclear, "{kind}");
            }
            assert_eq!(token(&response(status, &[], "")), unclear);
        }
    }

    #[test]
    fn tokens() {
        let granted = |body: &str| token(&response(200, &[], body));
        let minute = Duration::from_secs(60);
        assert_eq!(granted("{\"token\":\"t\"}"), Token::Granted("t".to_owned(), minute));
        assert_eq!(granted("{\"token\":\"\",\"access_token\":\"u\"}"), Token::Granted("u".to_owned(), minute));
        assert_eq!(granted("{\"token\":\"t\",\"expires_in\":5}"), Token::Granted("t".to_owned(), minute));
        let long = Token::Granted("t".to_owned(), Duration::from_secs(300));
        assert_eq!(granted("{\"token\":\"t\",\"expires_in\":300}"), long);
        for body in [
            "",
            "{}",
            "[]",
            "{\"token\":7}",
            "{\"token\":\"\"}",
            "{\"tolkien\":\"t\"}",
            "{\"token\":\"a\\r\\nb: c\"}",
            "<html>",
        ] {
            assert_eq!(granted(body), Token::Refused(Access::Unreachable, Cause::TokenUnusable), "{body}");
        }
    }
}
