//! What a session does with an answer to a request for a manifest, and with the challenges in it.

use std::time::Duration;

use super::errand::{Errand, Shown, Task};
use super::meaning::{self, Manifest};
use super::origin::{Guard, Inquiry, OriginId};
use super::scope;
use super::token::State;
use super::wire::{Method, Response};
use super::{AsWho, HeaderSight, Session};
use crate::access::challenge::Challenge;
use crate::access::verdict::{Access, Cause};
use crate::image::{DOCKER_HUB, Digest};

impl Session {
    pub(super) fn manifest_answered(&mut self, errand: Errand, question: usize, response: &Response, now: Duration) {
        let status = response.status;
        let meaning = meaning::manifest(response, errand.method);
        self.note(&errand, &meaning);
        match meaning {
            Manifest::Served(digest) => self.served(&errand, question, digest, status),
            Manifest::Settled(access, cause) => self.decided(errand, access, cause, status),
            Manifest::Challenged(challenges) => self.challenged(errand, &challenges, now),
            Manifest::Moved(location) => self.redirect(errand, &location, status),
            Manifest::HeadRefused => self.head_refused(errand, question, status),
            Manifest::Busy(busy) => self.busy(errand, &busy, status, now),
        }
    }

    /// What an answer shows about the origin and the token, whatever it says about the image.
    fn note(&mut self, errand: &Errand, meaning: &Manifest) {
        let Some(origin) = self.origins.get_mut(errand.origin) else { return };
        if matches!(meaning, Manifest::Busy(_)) {
            return;
        }
        origin.recover();
        if matches!(meaning, Manifest::Challenged(_)) {
            return;
        }
        if let Shown::Token(token, _) = errand.shown {
            self.tokens.prove(token);
        }
        if *meaning == Manifest::HeadRefused {
            return;
        }
        if origin.guard == Guard::Unknown {
            origin.guard = Guard::Direct;
        }
    }

    fn served(&mut self, errand: &Errand, question: usize, digest: Option<Digest>, status: u16) {
        self.conclude(errand, &errand.answered(Access::Public, Cause::ManifestServed, status));
        if let Some(origin) = self.origins.get_mut(errand.origin)
            && errand.head_refused
        {
            origin.refuses_head = true;
        }
        let Some(question) = self.questions.get_mut(question) else { return };
        let digest = digest.or_else(|| question.ask.reference.digest().cloned());
        if let Some(verdict) = &mut question.verdict {
            verdict.digest = digest;
        }
    }

    /// An answer that leaves nothing to ask, but for a credential that was not shown: some hide what they have by 404.
    fn decided(&mut self, mut errand: Errand, access: Access, cause: Cause, status: u16) {
        let credential = self.credential(&errand, &errand.url);
        match (&errand.shown, credential, cause) {
            (Shown::Nothing, Some(credential), Cause::ManifestRefused | Cause::ManifestUnknown) => {
                errand.shown = Shown::Credential(credential);
                self.waiting.push_front(errand);
            }
            (_, Some(_), Cause::ManifestRefused) => {
                self.conclude(&errand, &errand.answered(access, Cause::CredentialInsufficient, status));
            }
            _ => self.conclude(&errand, &errand.answered(access, cause, status)),
        }
    }

    /// One GET instead, but not on Docker Hub, which counts it as a pull. When it brings a manifest, the origin is asked by GET from then on:
    /// a 405 alone may be about this repository only.
    fn head_refused(&mut self, mut errand: Errand, question: usize, status: u16) {
        let asked = self.questions.get(question).map(|question| question.ask.reference.registry());
        if asked == Some(DOCKER_HUB) {
            return self.decided(errand, Access::Unreachable, Cause::StatusUnexpected, status);
        }
        errand.head_refused = status != 400;
        errand.method = Method::Get;
        self.waiting.push_front(errand);
    }

    /// A 401.
    fn challenged(&mut self, mut errand: Errand, challenges: &[Challenge], now: Duration) {
        match errand.shown.clone() {
            Shown::Nothing => self.authenticate(errand, challenges, now),
            Shown::Credential(_) => self.credential_refused(errand, challenges, now),
            Shown::Token(token, shown) => {
                // A token that was good a moment ago has expired; one that never was says that this is private.
                let current = matches!(self.tokens.state(token), Some(State::Ready { authorization, .. }) if *authorization == shown);
                let replaced = !current || self.tokens.is_proved(token);
                if replaced && !errand.renewed {
                    errand.renewed = true;
                    errand.shown = Shown::Nothing;
                    if current {
                        self.tokens.forget(token);
                        self.ask_for(token, &errand);
                    }
                    return self.wait_for(token, errand);
                }
                self.decided(errand, Access::Private, Cause::ManifestRefused, 401);
            }
        }
    }

    /// A 401 to a user and password: for that, or because a token was wanted, or from behind a proxy that took them.
    fn credential_refused(&mut self, mut errand: Errand, challenges: &[Challenge], now: Duration) {
        let bearer = challenges.iter().find(|challenge| is_bearer(challenge));
        let realm = bearer.and_then(|bearer| errand.url.join(bearer.parameter("realm")?).ok());
        let takes_it = realm.is_some_and(|realm| self.credential(&errand, &realm).is_some());
        if takes_it && !errand.renewed {
            errand.renewed = true;
            errand.shown = Shown::Nothing;
            return self.authenticate(errand, challenges, now);
        }
        let own = challenges.iter().any(|challenge| challenge.scheme() == "basic");
        let cause = if own || takes_it { Cause::CredentialRefused } else { Cause::UpstreamRefused };
        self.conclude(&errand, &errand.answered(Access::Private, cause, 401));
    }

    /// Finds out what to show to an origin that wants to see something.
    fn authenticate(&mut self, mut errand: Errand, challenges: &[Challenge], now: Duration) {
        if let Some(bearer) = challenges.iter().find(|challenge| is_bearer(challenge)) {
            self.learn(&errand, bearer);
            return self.seek_token(errand, bearer, now);
        }
        let Some(origin) = self.origins.get_mut(errand.origin) else { return };
        if challenges.is_empty() && self.sight.headers == HeaderSight::Safelisted {
            let finding = errand.answered(Access::Unreachable, Cause::AnswerHidden, 401);
            return self.conclude(&errand, &finding);
        }
        if challenges.is_empty() {
            return self.inquire(errand);
        }
        let basic = challenges.iter().any(|challenge| challenge.scheme() == "basic");
        if origin.guard == Guard::Unknown {
            origin.guard = if basic { Guard::Basic } else { Guard::Direct };
        }
        if basic && let Some(authorization) = self.credential(&errand, &errand.url) {
            errand.shown = Shown::Credential(authorization);
            return self.waiting.push_front(errand);
        }
        let withheld = basic && matches!(self.as_who(&errand), Some(AsWho::Credential(_)));
        let finding = if withheld {
            errand.answered(Access::Unreachable, Cause::CredentialWithheld, 401)
        } else {
            errand.answered(Access::Private, Cause::CredentialsRequired, 401)
        };
        self.conclude(&errand, &finding);
    }

    /// Keeps a challenge for all repositories of the origin, if it tells enough for that.
    fn learn(&mut self, errand: &Errand, bearer: &Challenge) {
        let repository = self.repository(errand);
        if let Some(origin) = self.origins.get_mut(errand.origin)
            && origin.guard == Guard::Unknown
        {
            let all = scope::serves_all(bearer, &repository);
            origin.guard = if all { Guard::Tokens(bearer.clone()) } else { Guard::Direct };
        }
    }

    /// The repository that an errand is about, as its present server calls it.
    pub(super) fn repository(&self, errand: &Errand) -> String {
        if let Some(repository) = scope::repository_of(&errand.url) {
            return repository.to_owned();
        }
        match errand.task {
            Task::Manifest(question) => {
                self.questions.get(question).map(|question| question.ask.reference.repository().to_owned())
            }
            _ => None,
        }
        .unwrap_or_default()
    }

    /// Asks an origin for the challenge that its 401 lacks: once, at `/v2/`, where every registry has to give it.
    fn inquire(&mut self, errand: Errand) {
        let id = errand.origin;
        let Some(origin) = self.origins.get_mut(id) else { return };
        match &mut origin.inquiry {
            Inquiry::Open(waiting) => waiting.push(errand),
            Inquiry::Done => {
                let finding = errand.answered(Access::Private, Cause::NoChallenge, 401);
                self.conclude(&errand, &finding);
            }
            Inquiry::None => {
                let mut url = errand.url.clone();
                url.set_path("/v2/");
                url.set_query(None);
                let reach = errand.reach.clone();
                origin.inquiry = Inquiry::Open(vec![errand]);
                self.waiting.push_front(Errand::new(Task::Challenge(id), Method::Get, url, id, reach));
            }
        }
    }

    pub(super) fn challenge_answered(&mut self, errand: Errand, id: OriginId, response: &Response, now: Duration) {
        if let Some(busy) = meaning::busy(response) {
            return self.busy(errand, &busy, response.status, now);
        }
        let challenges = if response.status == 401 { meaning::challenges(response) } else { Vec::new() };
        let waiting = self.end_inquiry(id, Inquiry::Done);
        if let Some(origin) = self.origins.get_mut(id) {
            origin.recover();
            let bearer = challenges.iter().find(|challenge| is_bearer(challenge));
            // Its scope can only be a placeholder, for this request was about no repository.
            origin.guard = bearer.map_or(Guard::Direct, |bearer| Guard::Tokens(bearer.clone()));
        }
        for errand in waiting {
            self.authenticate(errand, &challenges, now);
        }
    }
}

/// Whether a challenge tells where to get a token.
fn is_bearer(challenge: &Challenge) -> bool {
    challenge.scheme() == "bearer" && challenge.parameter("realm").is_some()
}
