//! What a session does with an answer to a request for a manifest.

use std::mem;
use std::time::Duration;

use super::errand::{Basis, Confirms, Errand, Found, Shape, Shown, Task};
use super::learned::{Missing, Own, WaitsFor};
use super::meaning::{self, Manifest};
use super::origin::Guard;
use super::wire::{Method, Response};
use super::{Question, Session};
use super::{scope, sign};
use crate::access::verdict::{Access, Cause, NoDigest};
use crate::image::{DOCKER_HUB, Digest};

impl Session {
    pub(super) fn manifest_answered(
        &mut self,
        mut errand: Errand,
        question: usize,
        response: &Response,
        now: Duration,
    ) {
        let status = response.status;
        let meaning = meaning::manifest(response, errand.method);
        if let Manifest::Busy(busy) = &meaning {
            return self.busy(errand, busy, status, now);
        }
        self.note(&mut errand, &meaning);
        let confirms = mem::replace(&mut errand.confirms, Confirms::Nothing);
        self.confirmed(errand.origin, confirms, &meaning, response);
        match meaning {
            Manifest::Served(digest) => self.served(errand, question, digest, status),
            Manifest::Bare => self.bare(errand, sign::content_type(response)),
            Manifest::Missing { signed } => self.missing(errand, Shape::of(response), signed),
            Manifest::Settled(access, cause) => self.decided(errand, access, cause, status),
            Manifest::Challenged { challenges, signed } => self.challenged(errand, &challenges, signed),
            Manifest::Moved(location) => self.redirect(errand, &location, status),
            Manifest::HeadRefused => self.head_refused(errand, status),
            Manifest::Busy(_) => {}
        }
    }

    /// What an answer shows about the origin and the token, apart from what it says about the image.
    fn note(&mut self, errand: &mut Errand, meaning: &Manifest) {
        let Some(origin) = self.origins.get_mut(errand.origin) else { return };
        origin.recover();
        if matches!(meaning, Manifest::Challenged { .. }) {
            return;
        }
        if *meaning != Manifest::HeadRefused && origin.guard == Guard::Unknown {
            origin.guard = Guard::Direct;
        }
        self.scouted(errand, Own::Nothing);
    }

    pub(super) fn served(
        &mut self,
        mut errand: Errand,
        question: usize,
        digest: Result<Digest, NoDigest>,
        status: u16,
    ) {
        let home = self.questions.get(question).and_then(|question| question.origin).filter(|_| errand.redirects == 0);
        if let (Shown::Token(token, _), Some(challenge)) = (&errand.shown, &errand.challenge) {
            self.tokens.prove(*token);
            if let Some(origin) = home.and_then(|home| self.origins.get_mut(home)) {
                origin.learned.proved.get_or_insert_with(|| challenge.clone());
            }
        }
        let asked = self.questions.get(question).and_then(|question| question.query.reference.digest().cloned());
        if let (Some(asked), Ok(told)) = (&asked, &digest)
            && asked.algorithm() == told.algorithm()
            && asked != told
        {
            let finding = errand.answered(Access::Unreachable, Cause::DigestMismatch, status);
            return self.conclude(&errand, &finding);
        }
        if digest == Err(NoDigest::NotSent) && errand.method == Method::Head && self.reads_digest(question) {
            errand.method = Method::Get;
            return self.waiting.push_front(errand);
        }
        if let Some(origin) = self.origins.get_mut(errand.origin)
            && errand.head_refused
        {
            origin.refuses_head = true;
        }
        self.conclude(&errand, &errand.answered(Access::Public, Cause::ManifestServed, status));
        if let Some(verdict) = self.questions.get_mut(question).and_then(|question| question.verdict.as_mut()) {
            verdict.digest = asked.map_or(digest, Ok);
        }
    }

    fn reads_digest(&self, question: usize) -> bool {
        let question = self.questions.get(question);
        question.is_some_and(|Question { query, .. }| {
            query.reads_digest && query.reference.digest().is_none() && query.reference.registry() != DOCKER_HUB
        })
    }

    /// An answer that leaves nothing to ask, but for a credential that was not shown: some hide what they have by 404.
    pub(super) fn decided(&mut self, mut errand: Errand, access: Access, cause: Cause, status: u16) {
        let credential = self.credential(&errand, &errand.url);
        let cause = match (&errand.shown, credential, cause) {
            (Shown::Nothing, Some(credential), Cause::ManifestRefused | Cause::ManifestUnknown) => {
                errand.shown = Shown::Credential(credential);
                return self.waiting.push_front(errand);
            }
            (_, Some(_), Cause::ManifestRefused) => Cause::CredentialInsufficient,
            _ => cause,
        };
        let refused = matches!(status, 401 | 403 | 404) && cause != Cause::AnswerHidden;
        let finding = if refused && !errand.asks_a_registry() {
            errand.refused_behind_redirect(status)
        } else {
            errand.answered(access, cause, status)
        };
        self.refused(errand, finding, &[]);
    }

    /// One GET instead, but not on Docker Hub, which counts it as a pull. When it brings a manifest, the origin is asked by GET from then on:
    /// a 405 alone may be about this repository only.
    fn head_refused(&mut self, mut errand: Errand, status: u16) {
        if self.is_on_docker_hub(&errand) {
            return self.decided(errand, Access::Unreachable, Cause::StatusUnexpected, status);
        }
        errand.head_refused = status != 400;
        errand.method = Method::Get;
        self.waiting.push_front(errand);
    }

    pub(super) fn is_on_docker_hub(&self, errand: &Errand) -> bool {
        let Task::Manifest(question) = errand.task else { return false };
        self.questions.get(question).is_some_and(|question| question.query.reference.registry() == DOCKER_HUB)
    }

    /// The repository that an errand is about, as its present server calls it.
    pub(super) fn repository(&self, errand: &Errand) -> String {
        if let Some(repository) = scope::repository_of(&errand.url) {
            return repository.to_owned();
        }
        match errand.task {
            Task::Manifest(question) => {
                self.questions.get(question).map(|question| question.query.reference.repository().to_owned())
            }
            _ => None,
        }
        .unwrap_or_default()
    }

    /// A 404, which a registry may have given, and to `HEAD` mistakenly.
    fn missing(&mut self, mut errand: Errand, shape: Shape, signed: bool) {
        let hidden = matches!(errand.shown, Shown::Nothing) && self.credential(&errand, &errand.url).is_some();
        if hidden {
            return self.decided(errand, Access::NotFound, Cause::ManifestUnknown, 404);
        }
        if errand.basis == Basis::Borrowed {
            // Some registries hide by 404 what a token does not open, unless this very token opened something.
            if !matches!(errand.shown, Shown::Token(token, _) if self.tokens.is_proved(token)) {
                return self.go_alone(errand, Found::Missing { shape, signed });
            }
            errand.basis = Basis::Own;
        }
        if errand.method == Method::Get || self.is_on_docker_hub(&errand) {
            return self.not_there(errand, signed);
        }
        self.confirm_missing(Missing { errand, shape, signed });
    }

    /// A 404 that means what it says, if it was a registry that gave it.
    pub(super) fn not_there(&mut self, errand: Errand, signed: bool) {
        if signed || !errand.asks_a_registry() {
            return self.decided(errand, Access::NotFound, Cause::ManifestUnknown, 404);
        }
        self.check_api(errand, WaitsFor::Registry);
    }
}
