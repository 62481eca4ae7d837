//! What one answer means, by itself.
//!
//! Three kinds of requests have three vocabularies: a 403 at a token endpoint is an answer about access, a 404 there is
//! a fault. What no rule knows is `unreachable`, never `private`.

use std::time::Duration;

use serde_json::Value;

use super::retry::retry_after;
use super::wire::{Failure, Method, Response};
use crate::access::challenge::Challenge;
use crate::access::verdict::{Access, Cause};
use crate::image::Digest;

/// What an answer to a request for a manifest means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Manifest {
    /// It can be pulled; the digest where the server tells it.
    Served(Option<Digest>),
    /// That is the answer.
    Settled(Access, Cause),
    /// Not without credentials, of which these are asked for.
    Challenged(Vec<Challenge>),
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
    match response.status {
        200 | 403 | 404 if is_web_page(response) => Manifest::Settled(Access::Unreachable, Cause::NotARegistry),
        200 => Manifest::Served(
            response.headers.get("docker-content-digest").and_then(|text| Digest::parse(text.trim()).ok()),
        ),
        401 => Manifest::Challenged(challenges(response)),
        403 => Manifest::Settled(Access::Private, Cause::ManifestRefused),
        404 => Manifest::Settled(Access::NotFound, Cause::ManifestUnknown),
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
        401 | 403 if is_web_page(response) => Token::Refused(Access::Unreachable, Cause::NotARegistry),
        401 | 403 => Token::Refused(Access::Private, Cause::TokenRefused),
        // Quay answers so for a namespace that is disabled.
        405 if has_code(response, &["DENIED", "UNAUTHORIZED"]) => Token::Refused(Access::Private, Cause::TokenRefused),
        400 if has_code(response, &["NAME_INVALID"]) => Token::Refused(Access::NotFound, Cause::NameInvalid),
        _ => Token::Refused(Access::Unreachable, Cause::StatusUnexpected),
    }
}

/// The challenges of an answer.
pub(super) fn challenges(response: &Response) -> Vec<Challenge> {
    Challenge::parse_all(response.headers.all("www-authenticate"))
}

/// Whether an answer says "later", in whatever kind of request.
pub(super) fn busy(response: &Response) -> Option<Busy> {
    let limited = response.status == 429 || (response.status >= 400 && has_code(response, &["TOOMANYREQUESTS"]));
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
        Failure::Hidden => Cause::AnswerHidden,
    }
}

fn moved(response: &Response) -> Option<String> {
    let moved = matches!(response.status, 301 | 302 | 303 | 307 | 308);
    moved.then(|| response.headers.get("location").map(str::to_owned)).flatten()
}

/// A page for people (a captive portal, a firewall, a web server) and nothing that says "registry".
/// Manifests themselves come in so many types, or in none, that only this one counts.
fn is_web_page(response: &Response) -> bool {
    let headers = &response.headers;
    let html =
        headers.get("content-type").is_some_and(|text| text.trim().to_ascii_lowercase().starts_with("text/html"));
    html && headers.get("docker-distribution-api-version").is_none() && headers.get("docker-content-digest").is_none()
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

/// Whether the registry's error envelope has one of these codes.
fn has_code(response: &Response, codes: &[&str]) -> bool {
    let Ok(envelope) = serde_json::from_slice::<Value>(&response.body) else { return false };
    let errors = envelope.get("errors").and_then(Value::as_array);
    errors
        .into_iter()
        .flatten()
        .any(|error| error.get("code").and_then(Value::as_str).is_some_and(|code| codes.contains(&code)))
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

    #[test]
    fn only_the_status_matters_for_a_manifest_that_is_served() {
        assert_eq!(head(200, &[]), Manifest::Served(None));
        assert_eq!(head(200, &[("Docker-Content-Digest", "")]), Manifest::Served(None));
        assert_eq!(head(200, &[("Content-Type", "application/json")]), Manifest::Served(None));
    }

    #[test]
    fn a_web_page_is_no_registry() {
        let page = ("Content-Type", "Text/HTML; charset=utf-8");
        for status in [200, 403, 404] {
            assert_eq!(head(status, &[page]), Manifest::Settled(Access::Unreachable, Cause::NotARegistry));
        }
        let registry = ("Docker-Distribution-Api-Version", "registry/2.0");
        assert_eq!(head(404, &[page, registry]), Manifest::Settled(Access::NotFound, Cause::ManifestUnknown));
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
    fn a_limit_is_seen_by_its_code_as_well() {
        let body = "{\"errors\":[{\"code\":\"TOOMANYREQUESTS\",\"message\":\"m\"}]}";
        assert_eq!(token(&response(403, &[], body)), Token::Busy(Busy { limited: true, wait: None }));
        assert_eq!(token(&response(403, &[], "{}")), Token::Refused(Access::Private, Cause::TokenRefused));
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
