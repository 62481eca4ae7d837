//! What a session does with an answer to a request for a manifest.

use std::mem;
use std::time::Duration;

use super::learned::{Missing, Own, WaitsFor};
use super::meaning::{self, Manifest};
use super::origin::AuthScheme;
use super::pending::{Basis, Confirms, Pending, Shape, Shortcut, Shown, Task};
use super::wire::{Method, Response};
use super::{Question, Session};
use super::{scope, sign};
use crate::access::{Access, Cause, NoDigest};
use crate::image::{DOCKER_HUB, Digest};

impl Session {
    pub(super) fn manifest_answered(
        &mut self,
        mut pending: Pending,
        question: usize,
        response: &Response,
        now: Duration,
    ) {
        let status = response.status;
        let meaning = meaning::manifest(response, pending.method);
        if let Manifest::Busy(busy) = &meaning {
            return self.busy(pending, busy, status, now);
        }
        self.note(&mut pending, &meaning);
        let confirms = mem::replace(&mut pending.confirms, Confirms::Nothing);
        self.confirmed(pending.origin, confirms, &meaning, response);
        match meaning {
            Manifest::Served(digest) => self.served(pending, question, digest, status),
            Manifest::Bare => self.bare(pending, sign::content_type(response)),
            Manifest::Missing { signed } => self.missing(pending, Shape::of(response), signed),
            Manifest::Settled(access, cause) => self.decided(pending, access, cause, status),
            Manifest::Challenged { challenges, signed } => self.challenged(pending, &challenges, signed),
            Manifest::Moved(location) => self.redirect(pending, &location, status),
            Manifest::HeadRefused => self.head_refused(pending, status),
            Manifest::Busy(_) => {}
        }
    }

    /// What an answer shows about the origin and the token, apart from what it says about the image.
    fn note(&mut self, pending: &mut Pending, meaning: &Manifest) {
        let Some(origin) = self.origins.get_mut(pending.origin) else { return };
        origin.recover();
        if matches!(meaning, Manifest::Challenged { .. }) {
            return;
        }
        if *meaning != Manifest::HeadRefused && origin.scheme == AuthScheme::Unknown {
            origin.scheme = AuthScheme::None;
        }
        self.scouted(pending, Own::Nothing);
    }

    pub(super) fn served(
        &mut self,
        mut pending: Pending,
        question: usize,
        digest: Result<Digest, NoDigest>,
        status: u16,
    ) {
        let home = self.questions.get(question).and_then(|question| question.origin).filter(|_| pending.redirects == 0);
        if let (Shown::Token(token, _), Some(challenge)) = (&pending.shown, &pending.challenge) {
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
            let conclusion = pending.answered(Access::Unreachable, Cause::DigestMismatch, status);
            return self.conclude(&pending, &conclusion);
        }
        if digest == Err(NoDigest::NotSent) && pending.method == Method::Head && self.reads_digest(question) {
            pending.method = Method::Get;
            return self.waiting.push_front(pending);
        }
        if let Some(origin) = self.origins.get_mut(pending.origin)
            && pending.head_refused
        {
            origin.refuses_head = true;
        }
        self.conclude(&pending, &pending.answered(Access::Public, Cause::ManifestServed, status));
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
    pub(super) fn decided(&mut self, mut pending: Pending, access: Access, cause: Cause, status: u16) {
        let credential = self.credential(&pending, &pending.url);
        let cause = match (&pending.shown, credential, cause) {
            (Shown::Nothing, Some(credential), Cause::ManifestRefused | Cause::ManifestUnknown) => {
                pending.shown = Shown::Credential(credential);
                return self.waiting.push_front(pending);
            }
            (_, Some(_), Cause::ManifestRefused) => Cause::CredentialInsufficient,
            _ => cause,
        };
        let refused = matches!(status, 401 | 403 | 404) && cause != Cause::AnswerHidden;
        let conclusion = if refused && !pending.asks_a_registry() {
            pending.refused_behind_redirect(status)
        } else {
            pending.answered(access, cause, status)
        };
        self.refused(pending, conclusion, &[]);
    }

    /// One GET instead, but not on Docker Hub, which counts it as a pull. When it brings a manifest, the origin is asked by GET from then on:
    /// a 405 alone may be about this repository only.
    fn head_refused(&mut self, mut pending: Pending, status: u16) {
        if self.is_on_docker_hub(&pending) {
            return self.decided(pending, Access::Unreachable, Cause::StatusUnexpected, status);
        }
        pending.head_refused = status != 400;
        pending.method = Method::Get;
        self.waiting.push_front(pending);
    }

    pub(super) fn is_on_docker_hub(&self, pending: &Pending) -> bool {
        let Task::Manifest(question) = pending.task else { return false };
        self.questions.get(question).is_some_and(|question| question.query.reference.registry() == DOCKER_HUB)
    }

    /// The repository that a pending request is about, as its present server calls it.
    pub(super) fn repository(&self, pending: &Pending) -> String {
        if let Some(repository) = scope::repository_of(&pending.url) {
            return repository.to_owned();
        }
        match pending.task {
            Task::Manifest(question) => {
                self.questions.get(question).map(|question| question.query.reference.repository().to_owned())
            }
            _ => None,
        }
        .unwrap_or_default()
    }

    /// A 404, which a registry may have given, and to `HEAD` mistakenly.
    fn missing(&mut self, mut pending: Pending, shape: Shape, signed: bool) {
        let hidden = matches!(pending.shown, Shown::Nothing) && self.credential(&pending, &pending.url).is_some();
        if hidden {
            return self.decided(pending, Access::NotFound, Cause::ManifestUnknown, 404);
        }
        if pending.basis == Basis::Borrowed {
            // Some registries hide by 404 what a token does not open, unless this very token opened something.
            if !matches!(pending.shown, Shown::Token(token, _) if self.tokens.is_proved(token)) {
                return self.go_alone(pending, Shortcut::Missing { shape, signed });
            }
            pending.basis = Basis::Own;
        }
        if pending.method == Method::Get || self.is_on_docker_hub(&pending) {
            return self.not_there(pending, signed);
        }
        self.confirm_missing(Missing { pending, shape, signed });
    }

    /// A 404 that means what it says, if it was a registry that gave it.
    pub(super) fn not_there(&mut self, pending: Pending, signed: bool) {
        if signed || !pending.asks_a_registry() {
            return self.decided(pending, Access::NotFound, Cause::ManifestUnknown, 404);
        }
        self.check_api(pending, WaitsFor::Registry);
    }
}
