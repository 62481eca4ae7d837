//! What a verdict rests on: one table with the name, the sentence and the advice of each cause.

/// Generates [`Cause`] from the table. A cause without its sentence, or without a word on advice, does not compile.
macro_rules! causes {
    ($($(#[$doc:meta])+ $cause:ident: $sentence:literal, $advice:expr;)+) => {
        /// What a verdict rests on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cause {
            $($(#[$doc])+ $cause,)+
        }

        impl Cause {
            /// What it is as a part of a sentence, with `{status}` and `{url}` where those of the evidence go.
            pub(super) fn sentence(self) -> &'static str {
                match self {
                    $(Self::$cause => $sentence,)+
                }
            }

            /// What a user can do about it, as one sentence; nothing where the verdict is an answer and no obstacle.
            pub fn advice(self) -> Option<&'static str> {
                match self {
                    $(Self::$cause => $advice,)+
                }
            }
        }
    };
}

const LATER: &str = "try again later, or keep the answer in an ImageLock";
const LATER_OR_LOCK: &str =
    "try again later, or keep the answers in an ImageLock so that the registry is not asked again";
const NOTHING_BETWEEN: &str = "check that nothing between here and the registry answers in its place";
const SECURE_URL: &str = "the registry's owner has to set its external URL to https, or X-Forwarded-Proto in the proxy in front of it; \
     until then, declare the image under `images.public` or `images.private`";
const EXTERNAL_URL: &str = "the registry's owner has to set its external URL; until then, declare the image under `images.public` or \
     `images.private`";
const LATER_OR_DECLARE: &str =
    "try again later; if that does not help, declare the image under `images.public` or `images.private`";
const HOSTS: &str = "add that host to PULLTHROUGH_HOSTS if the credential is meant for it, and use https";

causes! {
    /// The configuration says so.
    Declared: "declared in the configuration", None;
    /// An ImageLock says so.
    Locked: "recorded in an ImageLock", None;
    /// A KOTS Installation says so.
    Known: "known to the KOTS Installation", None;

    /// The registry has the manifest and served it.
    ManifestServed: "{status} from {url}", None;
    /// The registry refused the manifest (401 or 403), with a token for that account, or without requiring one.
    ManifestRefused: "{status} from {url}", None;
    /// The registry takes credentials only (Basic, Negotiate …) and has no tokens for anonymous clients.
    CredentialsRequired: "{status} from {url}, which gives no tokens to anonymous clients", None;
    /// The registry wants credentials and does not say which.
    NoChallenge: "{status} from {url}, which does not say how to authenticate", None;
    /// The token endpoint gives no token for that account.
    TokenRefused: "{status} from the token endpoint {url}", None;
    /// The registry can be read and has no such manifest.
    ManifestUnknown: "{status} from {url}", None;
    /// The registry says that it can't have a repository of that name.
    NameInvalid: "{status} from {url}: not a valid repository name there", None;
    /// Docker Hub refused a name under `library/`, where all that it has is public.
    NoOfficialImage: "{status} from {url}: Docker Hub has no official image by that name",
        Some("check its spelling; if it is built on the node or filled in later, add it to `images.ignore`");
    /// Docker Hub refused a name of three segments or more; those that it has are `namespace/name`.
    TooManySegments: "{status} from {url}: names on Docker Hub have two segments, namespace/name",
        Some("check whether it contains the name of a registry twice");

    /// The registry or its token endpoint said 429.
    TooManyRequests: "{status} from {url}", Some(LATER_OR_LOCK);
    /// The host had said 429 for other references, so this one was not asked.
    HostParked: "not asked: {url} is limiting requests", Some(LATER_OR_LOCK);

    /// This build of the function has no network (WASM).
    NotBuiltIn: "this build of pullthrough has no network",
        Some(
            "declare it under `images.public` or `images.private`, or use an ImageLock, which `pullthrough lock` \
             writes where there is a network"
        );
    /// No host could be reached at all.
    NoNetwork: "no network",
        Some(
            "give the function network access (`--network` for a container), use an ImageLock, or declare the \
             images under `images.public` and `images.private`"
        );
    /// The host's name was not resolved.
    NameNotResolved: "the host name of {url} did not resolve", Some(LATER);
    /// Nothing listens there, or the host can't be reached.
    ConnectionFailed: "could not connect to {url}", Some(LATER);
    /// No connection could be made because this process has as many open files as it may have.
    TooManyOpenFiles: "too many open files to connect to {url}",
        Some("raise the limit of open files (`ulimit -n 1024`)");
    /// The connection broke before the answer was complete.
    ConnectionBroken: "the connection to {url} was lost", Some(LATER);
    /// The server's TLS certificate or handshake was not accepted.
    TlsFailed: "no trusted TLS connection to {url}", Some("set SSL_CERT_FILE to the path of the CA bundle");
    /// The server does not speak TLS.
    TlsNotSpoken: "{url} does not speak TLS",
        Some("add the registry to `access.plainHTTP` if it is meant to use plain HTTP");
    /// The host did not answer in time.
    TimedOut: "{url} did not answer in time", Some(LATER);
    /// The forward proxy of the environment did not pass the request on.
    ForwardProxyFailed: "the forward proxy did not reach {url}", Some("check HTTPS_PROXY and NO_PROXY");
    /// The answer was larger than any answer that this question needs.
    AnswerTooLarge: "a response of over 64 KiB from {url}", Some(NOTHING_BETWEEN);
    /// The budget for all questions was spent before this one had an answer.
    BudgetSpent: "{url} did not answer within the budget",
        Some("raise `access.budget`, or keep the answers in an ImageLock");
    /// The server failed (5xx).
    ServerFailed: "{status} from {url}", Some(LATER);
    /// The status means nothing here.
    StatusUnexpected: "unexpected {status} from {url}", Some(LATER_OR_DECLARE);
    /// Something answered without any sign of a registry: a captive portal, a gateway, a web page.
    NotARegistry: "{status} from {url}, which does not answer like a registry", Some(NOTHING_BETWEEN);
    /// The body of a successful answer is an error instead of a manifest.
    NotAManifest: "{status} from {url}, with an error instead of a manifest", Some(NOTHING_BETWEEN);
    /// The answer's digest is another one than the reference asked for.
    DigestMismatch: "{status} from {url}, with a digest other than the requested one",
        Some("check the digest, and any cache or proxy between here and the registry");
    /// The registry wants a token, and its challenge does not name a usable token endpoint.
    ChallengeUnusable: "{status} from {url}, which does not say where to get the token that it requires",
        Some(
            "the registry's owner has to correct the realm of its WWW-Authenticate header; until then, declare the \
             image under `images.public` or `images.private`"
        );
    /// What refused at the address of the token endpoint does not answer like one.
    NotATokenEndpoint: "{status} from {url}, which does not answer like a token endpoint", Some(NOTHING_BETWEEN);
    /// The token endpoint's answer holds no token.
    TokenUnusable: "{status} without a token from the token endpoint {url}",
        Some(
            "the registry's owner has to correct its token endpoint; until then, declare the image under \
             `images.public` or `images.private`"
        );
    /// The host, or one that it names, has no public address, and no other may be contacted (`PULLTHROUGH_PUBLIC_ONLY`). Whether its name was
    /// resolved is not reported: the author of the manifest would learn which internal names exist.
    NotPublic: "PULLTHROUGH_PUBLIC_ONLY is set, and {url} has no public address",
        Some(
            "unset PULLTHROUGH_PUBLIC_ONLY if that host is the right one, or declare the image under \
             `images.public` or `images.private`"
        );
    /// The host itself has an address that is never contacted, or that must not be contacted here.
    AddressForbidden: "{url} is at an address that must not be contacted",
        Some("declare the image under `images.public` or `images.private`");
    /// The token endpoint that the registry names must not be contacted.
    RealmForbidden: "the token endpoint {url} must not be contacted",
        Some(
            "the registry's owner has to set its external URL; if that host is the right one, add it to \
             `access.trustedRealms`, or declare the image under `images.public` or `images.private`"
        );
    /// The registry speaks TLS, and names a token endpoint that does not.
    RealmNotSecure: "the token endpoint {url} uses http, although the registry speaks TLS", Some(SECURE_URL);
    /// The redirect that the registry gave must not be followed.
    RedirectForbidden: "the redirect to {url} must not be followed", Some(EXTERNAL_URL);
    /// The registry speaks TLS, and redirects to a server that does not.
    RedirectNotSecure: "the redirect to {url} uses http, although the registry speaks TLS", Some(SECURE_URL);
    /// The registry redirects to something that is not an http or https URL.
    RedirectUnusable: "the registry redirects to `{url}`, which can't be followed", Some(EXTERNAL_URL);
    /// The registry let the question pass, and the storage that it redirects to did not.
    RefusedBehindRedirect: "{status} from {url}, to which the registry redirects", Some(LATER_OR_DECLARE);
    /// The registry redirects too often.
    RedirectLoop: "too many redirects from {url}", Some(EXTERNAL_URL);
    /// The transport can't see the registry's challenge or redirect (a browser).
    AnswerHidden: "{url} can't be read from here",
        Some(
            "use an ImageLock, which `pullthrough lock` writes, or declare the image under `images.public` or \
             `images.private`"
        );

    /// The credential was not accepted: expired, revoked or mistyped.
    CredentialRefused: "{status} from {url}: the credential was not accepted",
        Some("check that the license or account is the right one, and neither expired nor archived");
    /// The credential was accepted, but does not grant access to this image.
    CredentialInsufficient: "{status} from {url}: the credential does not grant access to this image",
        Some("check that the license or account includes this image");
    /// The proxy took the credential; the upstream behind it did not take the proxy's.
    UpstreamRefused: "{status} from {url}: its upstream refused the image",
        Some("give the proxy credentials for this upstream registry");
    /// The registry wants the credential to be sent to a host that its owner did not name, or without TLS.
    CredentialWithheld: "the credential is not sent to {url}", Some(HOSTS);
    /// The same for a host that the registry redirects to.
    CredentialWithheldBehindRedirect: "the credential is not sent to {url}, to which the registry redirects",
        Some(HOSTS);
}
