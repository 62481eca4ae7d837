//! What a transport sends for the session, and what it hands back.

use url::Url;

use super::pending;
use super::query::Authorization;
use crate::access::addresses::EgressLimit;

/// The largest body that a transport hands back.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The media types of every manifest that a kubelet can run. All in one header: some servers read only the first of
/// several, and one that misses a type there answers 404 for an image of that type.
pub const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// Names one request of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(super) u64);

/// A request to send as it is. The transport adds nothing but what HTTP itself needs, follows no redirect, retries
/// nothing, and dials no address that `reach` does not permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `HEAD` or `GET`.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// The `Accept` header.
    pub accept: &'static str,
    /// The `Authorization` header.
    pub authorization: Option<Authorization>,
    /// Which addresses it may go to.
    pub reach: EgressLimit,
}

impl Request {
    /// Where it goes, as evidence names it: without user information and query.
    pub fn place(&self) -> String {
        pending::place(&self.url)
    }
}

/// The methods that a session uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Headers only; registries do not count it as a pull.
    Head,
    /// With a body.
    Get,
}

impl Method {
    /// The name in HTTP.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Head => "HEAD",
            Self::Get => "GET",
        }
    }
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// The server answered.
    Response(Response),
    /// There is no answer.
    Failed(Failure),
}

/// An answer of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers that the transport can see.
    pub headers: Headers,
    /// The body up to [`BODY_LIMIT`].
    pub body: Vec<u8>,
    /// Whether there was more of the body than that.
    pub truncated: bool,
}

/// Headers as they came, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Every value of the headers of that name, which is compared without regard to case.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// The first value of the headers of that name.
    pub fn get<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(headers: T) -> Self {
        Self(headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Failure {
    /// This machine has no way to any network.
    #[error("no network")]
    NoNetwork,
    /// The name of the host was not resolved.
    #[error("the host name did not resolve")]
    NameNotResolved,
    /// The connection was refused, or nothing leads to the host.
    #[error("no connection")]
    ConnectionFailed,
    /// The connection took too long to be made.
    #[error("timed out while connecting")]
    ConnectTimedOut,
    /// The answer took too long.
    #[error("timed out waiting for the response")]
    TimedOut,
    /// The connection broke before the answer was complete, or the answer was not HTTP.
    #[error("the connection was lost")]
    Broken,
    /// The certificate or the handshake was not accepted.
    #[error("TLS failed")]
    TlsFailed,
    /// The server does not speak TLS.
    #[error("the server does not speak TLS")]
    TlsNotSpoken,
    /// The forward proxy refused, or was not reached.
    #[error("the forward proxy failed")]
    ForwardProxy,
    /// Every address of the host is one that the request may not reach.
    #[error("the address must not be contacted")]
    AddressForbidden,
    /// This process has as many open files and connections as it may have.
    #[error("too many open files")]
    TooManyOpenFiles,
    /// The transport may not tell what the server answered (a browser and CORS).
    #[error("the response is hidden from this runtime")]
    Hidden,
}
