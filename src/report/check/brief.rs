//! Why, in a few words: what has room in a table. The whole evidence is in the JSON, and with `-v`.

use crate::access::{Cause, Evidence};
use crate::function::inspect::Inspected;
use crate::krm::Code;

/// What was decided and what it rests on, as far as the other columns don't say it.
pub(super) fn why(image: &Inspected, in_full: bool) -> String {
    let evidence = image.verdict.as_ref().map(|verdict| match in_full {
        true => verdict.evidence.to_string(),
        false => evidence(&verdict.evidence),
    });
    let decided = image.brief.clone().or_else(|| decided(image.code).map(str::to_owned));
    match (decided, evidence) {
        (Some(decided), Some(evidence)) => format!("{decided} ({evidence})"),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => image.code.description().to_owned(),
    }
}

/// What was decided, where it is not what everybody expects of an image with such an access.
fn decided(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::Moved => "on a default host of the proxy",
        Code::Unwound => "on a former proxy",
        Code::Pinned => "pinned",
        Code::OnProxy => "on the proxy already",
        Code::InPlace => "on a host of the proxy's account",
        Code::Ignored => "images.ignore",
        Code::Excluded => "excludedImages",
        Code::Placeholder => "placeholder in the tag",
        Code::ImageNotRead => "not read",
        Code::Undecided => "not declared, locked or asked",
        Code::NoProxy => "no proxy serves it",
        Code::InvalidTarget => "no valid name on the proxy",
        Code::Collision => "two images, one name on the proxy",
        Code::SharedAnchor => "shared through an anchor",
        Code::KnownPrivate => "only KOTS says so",
        Code::VerifyFailed => "the proxy does not serve it",
        Code::NotPinned => "no digest is known",
        _ => return None,
    })
}

fn evidence(evidence: &Evidence) -> String {
    let words = words(evidence.cause);
    match evidence.status {
        Some(status) if evidence.cause == Cause::ManifestServed => status.to_string(),
        Some(status) => format!("{status}, {words}"),
        None => words.to_owned(),
    }
}

fn words(cause: Cause) -> &'static str {
    match cause {
        Cause::Declared => "declared",
        Cause::Locked => "locked",
        Cause::Known => "known to KOTS",
        Cause::ManifestServed => "served",
        Cause::ManifestRefused => "refused",
        Cause::CredentialsRequired => "no anonymous tokens",
        Cause::NoChallenge => "no challenge",
        Cause::TokenRefused => "no anonymous token",
        Cause::ManifestUnknown => "no such image",
        Cause::NameInvalid => "no valid name there",
        Cause::NoOfficialImage => "no official image",
        Cause::TooManySegments => "too many segments for Docker Hub",
        Cause::TooManyRequests => "too many requests",
        Cause::HostParked => "not asked, the host limits requests",
        Cause::NotBuiltIn => "no network in this build",
        Cause::NoNetwork => "no network",
        Cause::NameNotResolved => "name not resolved",
        Cause::ConnectionFailed => "no connection",
        Cause::TooManyOpenFiles => "too many open files",
        Cause::ConnectionBroken => "connection broke",
        Cause::TlsFailed => "no trusted TLS",
        Cause::TlsNotSpoken => "no TLS spoken",
        Cause::TimedOut => "no answer in time",
        Cause::ForwardProxyFailed => "forward proxy failed",
        Cause::AnswerTooLarge => "answer too large",
        Cause::BudgetSpent => "budget spent",
        Cause::ServerFailed => "server failed",
        Cause::StatusUnexpected => "unexpected status",
        Cause::NotARegistry => "not a registry's answer",
        Cause::NotAManifest => "an error, not a manifest",
        Cause::DigestMismatch => "another digest",
        Cause::ChallengeUnusable => "unusable challenge",
        Cause::NotATokenEndpoint => "not a token endpoint's answer",
        Cause::TokenUnusable => "no usable token",
        Cause::NotPublic => "no public address",
        Cause::AddressForbidden => "address not allowed",
        Cause::RealmForbidden => "token endpoint not allowed",
        Cause::RealmNotSecure => "token endpoint without TLS",
        Cause::RedirectForbidden => "redirect not allowed",
        Cause::RedirectNotSecure => "redirect without TLS",
        Cause::RedirectUnusable => "unusable redirect",
        Cause::RefusedBehindRedirect => "refused behind a redirect",
        Cause::RedirectLoop => "too many redirects",
        Cause::AnswerHidden => "answer not readable here",
        Cause::CredentialRefused => "credential refused",
        Cause::CredentialInsufficient => "credential does not open it",
        Cause::UpstreamRefused => "upstream refused",
        Cause::CredentialWithheld => "credential not sent there",
        Cause::CredentialWithheldBehindRedirect => "credential not sent behind the redirect",
    }
}
