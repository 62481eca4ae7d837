//! One request and what comes back.

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use url::Host;

use super::failure;
use super::resolve::Zones;
use crate::access::addresses::{AddressClass, EgressLimit};
use crate::access::session::{BODY_LIMIT, Failure, Method, Received, Request, Response};

/// How far a request may reach, now that the zone of the host that named its target is known; nothing if its target is
/// an address beyond that.
pub(super) fn limit(request: &Request, zones: &Zones) -> Option<AddressClass> {
    let (limit, zone) = match &request.reach {
        EgressLimit::UpTo(limit) => (*limit, None),
        EgressLimit::Like(host) => {
            let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
            let zone = zones.of(name).unwrap_or(AddressClass::Public);
            (zone, Some(zone))
        }
    };
    let permitted = match request.url.host()? {
        Host::Ipv4(address) => request.reach.permits(address.into(), zone),
        Host::Ipv6(address) => request.reach.permits(address.into(), zone),
        Host::Domain(_) => true,
    };
    permitted.then_some(limit)
}

/// The outcome of a request.
pub(super) struct Outcome {
    pub(super) answer: Received,
    /// Whether the connection broke before any byte of an answer: an idle one may have been closed by the server at that moment, so that
    /// nothing says that the request ever arrived (RFC 9112 section 9.3.1).
    pub(super) is_unheard: bool,
}

/// Sends a request as it is.
pub(super) async fn send(client: reqwest::Client, request: Request, has_route: fn() -> bool) -> Outcome {
    let method = match request.method {
        Method::Head => reqwest::Method::HEAD,
        Method::Get => reqwest::Method::GET,
    };
    let mut builder = client.request(method, request.url).header(ACCEPT, request.accept);
    if let Some(authorization) = &request.authorization {
        let Ok(mut value) = HeaderValue::from_str(authorization.header_value()) else {
            return Outcome { answer: Received::Failed(Failure::Broken), is_unheard: false };
        };
        value.set_sensitive(true);
        builder = builder.header(AUTHORIZATION, value);
    }
    let response = match builder.send().await {
        Ok(response) => response,
        Err(error) => {
            let failure = failure::of(&error, has_route);
            let is_unheard = failure == Failure::Broken && !failure::is_garbled(&error);
            return Outcome { answer: Received::Failed(failure), is_unheard };
        }
    };
    let answer = match receive(response).await {
        Ok(response) => Received::Response(response),
        Err(error) => Received::Failed(failure::of(&error, has_route)),
    };
    Outcome { answer, is_unheard: false }
}

async fn receive(mut response: reqwest::Response) -> Result<Response, reqwest::Error> {
    let status = response.status().as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let mut body = Vec::new();
    let mut truncated = false;
    while let Some(chunk) = response.chunk().await? {
        let room = BODY_LIMIT.saturating_sub(body.len());
        body.extend(chunk.iter().take(room));
        if chunk.len() > room {
            truncated = true;
            break;
        }
    }
    Ok(Response { status, headers, body, truncated })
}
