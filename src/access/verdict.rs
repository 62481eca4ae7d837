//! What is known about one reference, and why.
//!
//! A verdict is data: of what a server chose it holds addresses and nothing else, and neither a time nor a token, because it is written into
//! git with results and locks. Every text is made here, from the cause.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::image::Digest;

/// What a registry said about a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// The account that was used for asking can pull it; when asked anonymously, anyone can.
    Public,
    /// It can't be pulled by the account that was used for asking. Registries that hide what they have give this answer
    /// for missing images too.
    Private,
    /// The repository can be read, but has no such manifest.
    NotFound,
    /// The registry refuses to answer for now (429).
    RateLimited,
    /// There was no answer that means anything: no network, an error of the server, a portal in between.
    Unreachable,
}

impl Access {
    /// Every access, in the order in which reports list them.
    pub const ALL: [Self; 5] = [Self::Public, Self::Private, Self::NotFound, Self::RateLimited, Self::Unreachable];

    /// The stable kebab-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::NotFound => "not-found",
            Self::RateLimited => "rate-limited",
            Self::Unreachable => "unreachable",
        }
    }

    /// The access of that kebab-case name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.as_str() == name)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a verdict comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// `images.public` or `images.private` of the configuration.
    Declared,
    /// An ImageLock.
    Locked,
    /// `knownImages` of a KOTS Installation.
    Known,
    /// The registry was asked.
    Probed,
}

impl Source {
    /// The stable kebab-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Locked => "locked",
            Self::Known => "known",
            Self::Probed => "probed",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The configuration says so.
    Declared,
    /// An ImageLock says so.
    Locked,
    /// A KOTS Installation says so.
    Known,

    /// The registry has the manifest and served it.
    ManifestServed,
    /// The registry refused the manifest (401 or 403), with a token for that account, or without requiring one.
    ManifestRefused,
    /// The registry takes credentials only (Basic, Negotiate …) and has no tokens for anonymous clients.
    CredentialsRequired,
    /// The registry wants credentials and does not say which.
    NoChallenge,
    /// The token endpoint gives no token for that account.
    TokenRefused,
    /// The registry can be read and has no such manifest.
    ManifestUnknown,
    /// The registry says that it can't have a repository of that name.
    NameInvalid,
    /// Docker Hub refused a name under `library/`, where all that it has is public.
    NoOfficialImage,
    /// Docker Hub refused a name of three segments or more; those that it has are `namespace/name`.
    TooManySegments,

    /// The registry or its token endpoint said 429.
    TooManyRequests,
    /// The host had said 429 for other references, so this one was not asked.
    HostParked,

    /// This build of the function has no network (WASM).
    NotBuiltIn,
    /// No host could be reached at all.
    NoNetwork,
    /// The host's name was not resolved.
    NameNotResolved,
    /// Nothing listens there, or the host can't be reached.
    ConnectionFailed,
    /// No connection could be made because this process has as many open files as it may have.
    TooManyOpenFiles,
    /// The connection broke before the answer was complete.
    ConnectionBroken,
    /// The server's TLS certificate or handshake was not accepted.
    TlsFailed,
    /// The server does not speak TLS.
    TlsNotSpoken,
    /// The host did not answer in time.
    TimedOut,
    /// The forward proxy of the environment did not pass the request on.
    ForwardProxyFailed,
    /// The answer was larger than any answer that this question needs.
    AnswerTooLarge,
    /// The budget for all questions was spent before this one had an answer.
    BudgetSpent,
    /// The server failed (5xx).
    ServerFailed,
    /// The status means nothing here.
    StatusUnexpected,
    /// Something answered without any sign of a registry: a captive portal, a gateway, a web page.
    NotARegistry,
    /// The body of a successful answer is an error instead of a manifest.
    NotAManifest,
    /// The answer's digest is another one than the reference asked for.
    DigestMismatch,
    /// The registry wants a token, and its challenge does not name a usable token endpoint.
    ChallengeUnusable,
    /// What refused at the address of the token endpoint does not answer like one.
    NotATokenEndpoint,
    /// The token endpoint's answer holds no token.
    TokenUnusable,
    /// The host, or one that it names, has no public address, and no other may be contacted (`PULLTHROUGH_PUBLIC_ONLY`). Whether its name was
    /// resolved is not reported: the author of the manifest would learn which internal names exist.
    NotPublic,
    /// The host itself has an address that is never contacted, or that must not be contacted here.
    AddressForbidden,
    /// The token endpoint that the registry names must not be contacted.
    RealmForbidden,
    /// The registry speaks TLS, and names a token endpoint that does not.
    RealmNotSecure,
    /// The redirect that the registry gave must not be followed.
    RedirectForbidden,
    /// The registry speaks TLS, and redirects to a server that does not.
    RedirectNotSecure,
    /// The registry redirects to something that is not an http or https URL.
    RedirectUnusable,
    /// The registry let the question pass, and the storage that it redirects to did not.
    RefusedBehindRedirect,
    /// The registry redirects too often.
    RedirectLoop,
    /// The transport can't see the registry's challenge or redirect (a browser).
    AnswerHidden,

    /// The credential was not accepted: expired, revoked or mistyped.
    CredentialRefused,
    /// The credential was accepted, but does not grant access to this image.
    CredentialInsufficient,
    /// The proxy took the credential; the upstream behind it did not take the proxy's.
    UpstreamRefused,
    /// The registry wants the credential to be sent to a host that its owner did not name, or without TLS.
    CredentialWithheld,
    /// The same for a host that the registry redirects to.
    CredentialWithheldBehindRedirect,
}

impl Cause {
    /// What a user can do about it, as one sentence; nothing where the verdict is an answer and no obstacle.
    pub fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::NotBuiltIn => {
                "declare it under `images.public` or `images.private`, or use an ImageLock, which `pullthrough \
                 lock` writes where there is a network"
            }
            Self::NoNetwork => {
                "give the function network access (`--network` for a container), use an ImageLock, or declare the \
                 images under `images.public` and `images.private`"
            }
            Self::TlsFailed => "set SSL_CERT_FILE to the path of the CA bundle",
            Self::TlsNotSpoken => "add the registry to `access.plainHTTP` if it is meant to use plain HTTP",
            Self::NameNotResolved
            | Self::ConnectionFailed
            | Self::ConnectionBroken
            | Self::TimedOut
            | Self::ServerFailed => "try again later, or keep the answer in an ImageLock",
            Self::ForwardProxyFailed => "check HTTPS_PROXY and NO_PROXY",
            Self::TooManyRequests | Self::HostParked => {
                "try again later, or keep the answers in an ImageLock so that the registry is not asked again"
            }
            Self::TooManyOpenFiles => "raise the limit of open files (`ulimit -n 1024`)",
            Self::BudgetSpent => "raise `access.budget`, or keep the answers in an ImageLock",
            Self::NoOfficialImage => {
                "check its spelling; if it is built on the node or filled in later, add it to `images.ignore`"
            }
            Self::TooManySegments => "check whether it contains the name of a registry twice",
            Self::NotARegistry | Self::NotAManifest | Self::NotATokenEndpoint => {
                "check that nothing between here and the registry answers in its place"
            }
            Self::AnswerTooLarge => "check that nothing between here and the registry answers in its place",
            Self::DigestMismatch => "check the digest, and any cache or proxy between here and the registry",
            Self::ChallengeUnusable => {
                "the registry's owner has to correct the realm of its WWW-Authenticate header; until then, declare the image under \
                 `images.public` or `images.private`"
            }
            Self::TokenUnusable => {
                "the registry's owner has to correct its token endpoint; until then, declare the image under `images.public` or \
                 `images.private`"
            }
            Self::RealmNotSecure | Self::RedirectNotSecure => {
                "the registry's owner has to set its external URL to https, or X-Forwarded-Proto in the proxy in front of it; until \
                 then, declare the image under `images.public` or `images.private`"
            }
            Self::RealmForbidden => {
                "the registry's owner has to set its external URL; if that host is the right one, add it to \
                 `access.trustedRealms`, or declare the image under `images.public` or `images.private`"
            }
            Self::RedirectForbidden | Self::RedirectUnusable | Self::RedirectLoop => {
                "the registry's owner has to set its external URL; until then, declare the image under `images.public` or \
                 `images.private`"
            }
            Self::RefusedBehindRedirect | Self::StatusUnexpected => {
                "try again later; if that does not help, declare the image under `images.public` or `images.private`"
            }
            Self::AnswerHidden => {
                "use an ImageLock, which `pullthrough lock` writes, or declare the image under `images.public` or \
                 `images.private`"
            }
            Self::AddressForbidden => "declare the image under `images.public` or `images.private`",
            Self::NotPublic => {
                "unset PULLTHROUGH_PUBLIC_ONLY if that host is the right one, or declare the image under \
                 `images.public` or `images.private`"
            }
            Self::CredentialRefused => {
                "check that the license or account is the right one, and neither expired nor archived"
            }
            Self::CredentialInsufficient => "check that the license or account includes this image",
            Self::UpstreamRefused => "give the proxy credentials for this upstream registry",
            Self::CredentialWithheld | Self::CredentialWithheldBehindRedirect => {
                "add that host to PULLTHROUGH_HOSTS if the credential is meant for it, and use https"
            }
            _ => return None,
        })
    }
}

/// Why a verdict is what it is: data, from which every text about it is made.
///
/// Displayed as a part of a sentence: `401 from the token endpoint https://ghcr.io/token`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// What happened.
    pub cause: Cause,
    /// Where: an address without user information, query and fragment.
    pub url: Option<String>,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// What `access.budget` would have been enough, as far as one can tell: a round figure.
    pub budget: Option<Duration>,
}

impl Evidence {
    /// Evidence that is nothing but its cause.
    pub fn of(cause: Cause) -> Self {
        Self { cause, url: None, status: None, budget: None }
    }

    /// What a user can do about it, as one sentence; nothing where the verdict is an answer and no obstacle.
    pub fn advice(&self) -> Option<Cow<'static, str>> {
        match self.budget {
            Some(budget) => Some(Cow::Owned(format!(
                "`access.budget: {}s` would be enough; or keep the answers in an ImageLock so that the registry is \
                 not asked again",
                budget.as_secs()
            ))),
            None => self.cause.advice().map(Cow::Borrowed),
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.as_deref().unwrap_or("the registry");
        let status = Status(self.status);
        match self.cause {
            Cause::Declared => f.write_str("declared in the configuration"),
            Cause::Locked => f.write_str("recorded in an ImageLock"),
            Cause::Known => f.write_str("known to the KOTS Installation"),
            Cause::ManifestServed
            | Cause::ManifestRefused
            | Cause::ManifestUnknown
            | Cause::TooManyRequests
            | Cause::ServerFailed => write!(f, "{status} from {url}"),
            Cause::StatusUnexpected => write!(f, "unexpected {status} from {url}"),
            Cause::CredentialsRequired => {
                write!(f, "{status} from {url}, which gives no tokens to anonymous clients")
            }
            Cause::NoChallenge => write!(f, "{status} from {url}, which does not say how to authenticate"),
            Cause::TokenRefused => write!(f, "{status} from the token endpoint {url}"),
            Cause::NameInvalid => write!(f, "{status} from {url}: not a valid repository name there"),
            Cause::NoOfficialImage => {
                write!(f, "{status} from {url}: Docker Hub has no official image by that name")
            }
            Cause::TooManySegments => {
                write!(f, "{status} from {url}: names on Docker Hub have two segments, namespace/name")
            }
            Cause::HostParked => write!(f, "not asked: {url} is limiting requests"),
            Cause::NotBuiltIn => f.write_str("this build of pullthrough has no network"),
            Cause::NoNetwork => f.write_str("no network"),
            Cause::NameNotResolved => write!(f, "the host name of {url} did not resolve"),
            Cause::ConnectionFailed => write!(f, "could not connect to {url}"),
            Cause::TooManyOpenFiles => write!(f, "too many open files to connect to {url}"),
            Cause::ConnectionBroken => write!(f, "the connection to {url} was lost"),
            Cause::TlsFailed => write!(f, "no trusted TLS connection to {url}"),
            Cause::TlsNotSpoken => write!(f, "{url} does not speak TLS"),
            Cause::TimedOut => write!(f, "{url} did not answer in time"),
            Cause::ForwardProxyFailed => write!(f, "the forward proxy did not reach {url}"),
            Cause::AnswerTooLarge => write!(f, "a response of over 64 KiB from {url}"),
            Cause::BudgetSpent => write!(f, "{url} did not answer within the budget"),
            Cause::NotARegistry => write!(f, "{status} from {url}, which does not answer like a registry"),
            Cause::NotAManifest => write!(f, "{status} from {url}, with an error instead of a manifest"),
            Cause::DigestMismatch => write!(f, "{status} from {url}, with a digest other than the requested one"),
            Cause::ChallengeUnusable => {
                write!(f, "{status} from {url}, which does not say where to get the token that it requires")
            }
            Cause::NotATokenEndpoint => write!(f, "{status} from {url}, which does not answer like a token endpoint"),
            Cause::TokenUnusable => {
                write!(f, "{status} without a token from the token endpoint {url}")
            }
            Cause::AddressForbidden => {
                write!(f, "{url} is at an address that must not be contacted")
            }
            Cause::NotPublic => write!(f, "PULLTHROUGH_PUBLIC_ONLY is set, and {url} has no public address"),
            Cause::RealmForbidden => write!(f, "the token endpoint {url} must not be contacted"),
            Cause::RealmNotSecure => {
                write!(f, "the token endpoint {url} uses http, although the registry speaks TLS")
            }
            Cause::RedirectForbidden => write!(f, "the redirect to {url} must not be followed"),
            Cause::RedirectNotSecure => {
                write!(f, "the redirect to {url} uses http, although the registry speaks TLS")
            }
            Cause::RedirectUnusable => write!(f, "the registry redirects to `{url}`, which can't be followed"),
            Cause::RefusedBehindRedirect => {
                write!(f, "{status} from {url}, to which the registry redirects")
            }
            Cause::RedirectLoop => write!(f, "too many redirects from {url}"),
            Cause::AnswerHidden => write!(f, "{url} can't be read from here"),
            Cause::CredentialRefused => {
                write!(f, "{status} from {url}: the credential was not accepted")
            }
            Cause::CredentialInsufficient => write!(
                f,
                "{status} from {url}: the credential does not grant access \
                to this image"
            ),
            Cause::UpstreamRefused => {
                write!(f, "{status} from {url}: its upstream refused the image")
            }
            Cause::CredentialWithheld => write!(f, "the credential is not sent to {url}"),
            Cause::CredentialWithheldBehindRedirect => {
                write!(f, "the credential is not sent to {url}, to which the registry redirects")
            }
        }
    }
}

/// Why no digest is known of an image that can be pulled, or whose access was never asked for.
///
/// Displayed as a sentence about its registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoDigest {
    /// Nothing was served that could have one.
    NotServed,
    /// The answer has no `Docker-Content-Digest`.
    NotSent,
    /// The answer has several, or one that its own manifest contradicts.
    Contradicting,
    /// It is a manifest of Docker's schema 1, whose digest depends on how it is signed, and which containerd 2 can't pull.
    Schema1,
    /// The manifest is too long to be read.
    TooLarge,
}

impl fmt::Display for NoDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotServed => "its registry did not serve it",
            Self::NotSent => "its registry sends no Docker-Content-Digest",
            Self::Contradicting => "its registry sends digests that contradict each other",
            Self::Schema1 => "its registry has it as a schema 1 manifest, which containerd 2 can't pull",
            Self::TooLarge => {
                "its registry sends no Docker-Content-Digest, and the manifest is longer than the 64 KiB that are read"
            }
        })
    }
}

/// A status, or a description if there is none.
struct Status(Option<u16>);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(status) => write!(f, "{status}"),
            None => f.write_str("an answer"),
        }
    }
}

/// What is known about one reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Whether it can be pulled.
    pub access: Access,
    /// Why.
    pub evidence: Evidence,
    /// Who says so.
    pub source: Source,
    /// The digest of the manifest that the tag named, or why it is not known.
    pub digest: Result<Digest, NoDigest>,
}

impl Verdict {
    /// The configuration declares it.
    pub fn declared(access: Access) -> Self {
        Self {
            access,
            evidence: Evidence::of(Cause::Declared),
            source: Source::Declared,
            digest: Err(NoDigest::NotServed),
        }
    }

    /// An ImageLock holds it.
    pub fn locked(access: Access, digest: Option<Digest>) -> Self {
        Self {
            access,
            evidence: Evidence::of(Cause::Locked),
            source: Source::Locked,
            digest: digest.ok_or(NoDigest::NotServed),
        }
    }

    /// A KOTS Installation knows it.
    pub fn known(access: Access) -> Self {
        Self { access, evidence: Evidence::of(Cause::Known), source: Source::Known, digest: Err(NoDigest::NotServed) }
    }

    /// This build can't ask any registry: it knows only what is declared, locked or known.
    pub fn not_probed() -> Self {
        Self::probed(Access::Unreachable, Evidence::of(Cause::NotBuiltIn))
    }

    /// The registry was asked.
    pub fn probed(access: Access, evidence: Evidence) -> Self {
        Self { access, evidence, source: Source::Probed, digest: Err(NoDigest::NotServed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_reads_as_part_of_a_sentence() {
        let refused = Evidence {
            url: Some("https://ghcr.io/token".to_owned()),
            status: Some(401),
            ..Evidence::of(Cause::TokenRefused)
        };
        assert_eq!(refused.to_string(), "401 from the token endpoint https://ghcr.io/token");
        assert_eq!(Evidence::of(Cause::NoNetwork).to_string(), "no network");
    }

    #[test]
    fn names_of_access_go_both_ways() {
        for access in Access::ALL {
            assert_eq!(Access::from_name(access.as_str()), Some(access));
        }
        assert_eq!(Access::from_name("Public"), None);
    }
}
