//! One thing to find out, from its first request to its last: it is sent, redirected, given a token, sent again.

use std::time::Duration;

use url::Url;

use super::origin::OriginId;
use super::query::Authorization;
use super::token::TokenId;
use super::wire::{Method, Response};
use crate::access::addresses::EgressLimit;
use crate::access::challenge::Challenge;
use crate::access::{Access, Cause, Evidence};

/// What a pending request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// The manifest of that question.
    Manifest(usize),
    /// That token.
    Token(TokenId),
    /// The challenge of that origin, of which a 401 said nothing.
    Challenge(OriginId),
}

/// What a pending request shows to be let in.
#[derive(Clone, Debug)]
pub(super) enum Shown {
    /// Nothing.
    Nothing,
    /// That token.
    Token(TokenId, Authorization),
    /// The credential itself.
    Credential(Authorization),
}

/// On whose word a pending request shows what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// It did not leave yet, and may take what another repository of its host learned.
    Any,
    /// That of its own repository, which is the one that counts.
    Own,
    /// That of another repository of the host: a shortcut, of which only a success is believed.
    Borrowed,
    /// That of another repository, after its own refused: a success counts, and else that refusal.
    Last,
}

/// What a pending request found on the word of another repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shortcut {
    /// This, with the challenges that came with it.
    Refused(Conclusion, Vec<Challenge>),
    /// A 404 to `HEAD` that was not confirmed.
    Missing { shape: Shape, signed: bool },
}

/// What a pending request's `GET` confirms for its whole origin, and not only for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Confirms {
    /// Nothing.
    Nothing,
    /// Whether a 404 to `HEAD`, which looked like that, means what it says.
    Missing(Shape),
    /// Whether a 200 to `HEAD` of that media type and without a sign of a registry means what it says.
    Bare(String),
}

/// What an answer to `HEAD` should share with that to `GET` (RFC 9110 section 9.3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    content_type: String,
    length: Option<String>,
}

impl Shape {
    pub(super) fn of(response: &Response) -> Self {
        let header = |name| response.headers.get(name).map(str::to_owned);
        Self { content_type: header("content-type").unwrap_or_default(), length: header("content-length") }
    }

    /// Whether the same handler gave both answers. A server may leave the length out of one of them.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let lengths = self.length.as_ref().zip(other.length.as_ref());
        self.content_type == other.content_type && lengths.is_none_or(|(one, other)| one == other)
    }
}

/// One thing to find out.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) task: Task,
    pub(super) method: Method,
    pub(super) url: Url,
    /// The first URL, before any redirect: the one that evidence names.
    pub(super) first_url: Url,
    pub(super) origin: OriginId,
    pub(super) reach: EgressLimit,
    pub(super) shown: Shown,
    pub(super) redirects: u8,
    /// How often it failed for a moment.
    pub(super) failures: u8,
    pub(super) sent: Duration,
    /// How many were under way to its origin when it was sent, itself among them.
    pub(super) abreast: usize,
    /// Whether it is counted as one of its subject.
    pub(super) counted: bool,
    /// Whether a token that had been good was asked for anew.
    pub(super) renewed: bool,
    /// Whether HEAD was answered as a method that the server does not have.
    pub(super) head_refused: bool,
    pub(super) basis: Basis,
    /// The challenge whose token it gets next, and the scope to ask for.
    pub(super) follows: Option<(Challenge, String)>,
    /// The challenge whose token it shows.
    pub(super) challenge: Option<Challenge>,
    /// Whether it followed the challenge of an answer to a token, which is done once.
    pub(super) insisted: bool,
    /// The tokens that it went for.
    pub(super) tried: Vec<TokenId>,
    /// What it found on the word of another repository.
    pub(super) borrowed: Option<Shortcut>,
    /// The first refusal on its own word: the one that counts when no other way leads further.
    pub(super) refusal: Option<Conclusion>,
    /// The repository for whose own challenge others wait until this pending request brings it.
    pub(super) scouts: Option<(OriginId, String)>,
    pub(super) confirms: Confirms,
}

impl Pending {
    pub(super) fn new(task: Task, method: Method, url: Url, origin: OriginId, reach: EgressLimit) -> Self {
        Self {
            task,
            method,
            first_url: url.clone(),
            url,
            origin,
            reach,
            shown: Shown::Nothing,
            redirects: 0,
            failures: 0,
            sent: Duration::ZERO,
            abreast: 0,
            counted: false,
            renewed: false,
            head_refused: false,
            basis: Basis::Any,
            follows: None,
            challenge: None,
            insisted: false,
            tried: Vec::new(),
            borrowed: None,
            refusal: None,
            scouts: None,
            confirms: Confirms::Nothing,
        }
    }

    /// The same with nothing that others wait for.
    pub(super) fn freed(&self) -> Self {
        Self { confirms: Confirms::Nothing, scouts: None, ..self.clone() }
    }

    /// Whether it goes out without knowing what the origin wants to see.
    pub(super) fn is_first_contact(&self) -> bool {
        matches!((self.task, &self.shown), (Task::Manifest(_), Shown::Nothing))
    }

    /// The conclusion from an answer with this status.
    pub(super) fn answered(&self, access: Access, cause: Cause, status: u16) -> Conclusion {
        let evidence = Evidence { url: Some(place(&self.first_url)), status: Some(status), ..Evidence::of(cause) };
        Conclusion { access, evidence }
    }

    /// Its credential may not be sent to that URL.
    pub(super) fn withheld(&self, url: &Url) -> Conclusion {
        if self.redirects > 0 && url.origin() != self.first_url.origin() {
            return unreachable(Cause::CredentialWithheldBehindRedirect, host(url));
        }
        unreachable(Cause::CredentialWithheld, place(url))
    }

    /// Whether the server that it has come to is asked as a registry: it is the first one, or a redirect led to the API of another.
    pub(super) fn asks_a_registry(&self) -> bool {
        let path = self.url.path();
        // Artifactory and others have the API below a path of their own.
        self.url.origin() == self.first_url.origin() || (path.contains("/v2/") && path.contains("/manifests/"))
    }

    /// The registry let the question pass, and that what it redirects to refused: a storage whose signature has run out, or a
    /// login page.
    pub(super) fn refused_behind_redirect(&self, status: u16) -> Conclusion {
        let url = Some(host(&self.url));
        let evidence = Evidence { url, status: Some(status), ..Evidence::of(Cause::RefusedBehindRedirect) };
        Conclusion { access: Access::Unreachable, evidence }
    }

    /// The host of this pending request did not answer.
    pub(super) fn unanswered(&self, cause: Cause) -> Conclusion {
        unreachable(cause, host(&self.url))
    }
}

/// The outcome of a pending request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conclusion {
    pub(super) access: Access,
    pub(super) evidence: Evidence,
}

/// That nothing can be found out there.
pub(super) fn unreachable(cause: Cause, url: String) -> Conclusion {
    Conclusion { access: Access::Unreachable, evidence: Evidence { url: Some(url), ..Evidence::of(cause) } }
}

/// A URL as evidence may name it: no user information, query or fragment, and no more of it than fits into a line.
pub(super) fn place(url: &Url) -> String {
    const LONGEST: usize = 300;
    let mut place = url.clone();
    place.set_query(None);
    place.set_fragment(None);
    let bare = place.set_username("").is_ok() && place.set_password(None).is_ok();
    if bare && place.as_str().len() <= LONGEST { place.into() } else { host(url) }
}

/// The scheme, host and port of a URL.
pub(super) fn host(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_names_no_query_and_no_user() {
        let place_of = |text: &str| place(&Url::parse(text).unwrap());
        assert_eq!(place_of("https://u:p@ghcr.io/token?scope=a&sig=secret#f"), "https://ghcr.io/token");
        let long = format!("https://ghcr.io:8443/{}", "a".repeat(400));
        assert_eq!(place_of(&long), "https://ghcr.io:8443");
    }
}
