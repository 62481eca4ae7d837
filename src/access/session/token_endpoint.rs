//! How a session gets the tokens that registries want to see.

use std::time::Duration;

use super::Session;
use super::errand::{Errand, Finding, Found, Shown, Task, place, unreachable};
use super::learned::Missing;
use super::meaning::{self, Token};
use super::query::{Authenticator, Authorization};
use super::scope;
use super::token::{State, TokenId};
use super::wire::{Method, Response};
use crate::access::challenge::Challenge;
use crate::access::verdict::{Access, Cause};

impl Session {
    /// Gives an errand the token that a challenge asks for, now or when it has arrived.
    pub(super) fn seek_token(&mut self, mut errand: Errand, challenge: &Challenge, scope: &str, now: Duration) {
        let Some(realm) = scope::realm(challenge, &errand.url) else {
            let finding = errand.answered(Access::Unreachable, Cause::ChallengeUnusable, 401);
            return self.conclude(&errand, &finding);
        };
        let reach = self.visible(&realm, self.limits.addresses.realm(&realm, &errand.url));
        if reach.is_none() {
            let bare = errand.url.scheme() == "https" && realm.scheme() == "http";
            let cause = if bare { Cause::RealmNotSecure } else { Cause::RealmForbidden };
            return self.conclude(&errand, &unreachable(cause, place(&realm)));
        }
        // A server that the credential is for may not have it sent elsewhere; on another one the asker is anonymous.
        let known_here = self.credential(&errand, &errand.url).is_some();
        if known_here && self.credential(&errand, &realm).is_none() {
            return self.conclude(&errand, &errand.withheld(&realm));
        }
        let authenticator = match self.authenticator(&errand) {
            Some(authenticator) if known_here => authenticator.clone(),
            _ => Authenticator::Anonymous,
        };
        let url = scope::token_url(realm, challenge, scope);
        let (token, new) = self.tokens.find(&url, errand.origin, &authenticator, now);
        errand.challenge = Some(challenge.clone());
        if errand.tried.contains(&token) {
            return self.same_token(errand, token);
        }
        errand.tried.push(token);
        if new {
            self.ask_for(token, &errand);
        }
        self.wait_for(token, errand);
    }

    /// The repository's own challenge leads to the token that an errand had tried on the word of another: what it found then counts.
    fn same_token(&mut self, mut errand: Errand, token: TokenId) {
        match errand.borrowed.take() {
            Some(Found::Refused(finding, second)) => self.refused(errand, finding, &second),
            Some(Found::Missing { shape, signed }) => {
                if let Some(State::Ready { authorization, .. }) = self.tokens.state(token) {
                    errand.shown = Shown::Token(token, authorization.clone());
                }
                self.confirm_missing(Missing { errand, shape, signed });
            }
            None => {
                let finding = errand.answered(Access::Unreachable, Cause::ChallengeUnusable, 401);
                self.conclude(&errand, &finding);
            }
        }
    }

    /// An errand waited for this token, and the endpoint gave none.
    pub(super) fn no_token(&mut self, errand: Errand, finding: &Finding) {
        self.refused(errand, finding.clone(), &[]);
    }

    /// Sets out for a token that `errand` needs.
    pub(super) fn ask_for(&mut self, token: TokenId, errand: &Errand) {
        let Some(url) = self.tokens.url(token).cloned() else { return };
        let reach = self.visible(&url, self.limits.addresses.realm(&url, &errand.url));
        let Some(reach) = reach else { return };
        let origin = self.origins.of(&url);
        self.waiting.push_front(Errand::new(Task::Token(token), Method::Get, url, origin, reach));
    }

    /// Lets an errand go on with a token as soon as it is known.
    pub(super) fn wait_for(&mut self, token: TokenId, mut errand: Errand) {
        match self.tokens.state(token).cloned() {
            Some(State::Ready { authorization, .. }) => {
                errand.shown = Shown::Token(token, authorization);
                // The request that is done soonest goes first, but for a few that are kept for the end: while the
                // last tokens are on their way, there would be nothing else to send.
                match self.origins.get_mut(errand.origin) {
                    Some(origin) if origin.kept < self.limits.per_host => {
                        origin.kept += 1;
                        self.waiting.push_back(errand);
                    }
                    _ => self.waiting.push_front(errand),
                }
            }
            Some(State::Refused(finding)) => self.no_token(errand, &finding),
            Some(State::Asked) | None => self.tokens.wait(token, errand),
        }
    }

    /// Looks at an errand's token once more before it leaves: it may have expired or been replaced while it waited.
    pub(super) fn with_good_token(&mut self, mut errand: Errand, now: Duration) -> Option<Errand> {
        let Shown::Token(token, shown) = &errand.shown else {
            return Some(errand);
        };
        let token = *token;
        match self.tokens.state(token) {
            Some(State::Ready { authorization, until }) if authorization == shown && *until > now => {
                return Some(errand);
            }
            Some(State::Ready { authorization, .. }) if authorization == shown => {
                self.tokens.forget(token);
                self.ask_for(token, &errand);
            }
            _ => {}
        }
        errand.shown = Shown::Nothing;
        self.wait_for(token, errand);
        None
    }

    pub(super) fn token_answered(&mut self, errand: Errand, token: TokenId, response: &Response, now: Duration) {
        let status = response.status;
        let meaning = meaning::token(response);
        if !matches!(meaning, Token::Busy(_))
            && let Some(origin) = self.origins.get_mut(errand.origin)
        {
            origin.recover();
        }
        match meaning {
            Token::Granted(text, lifetime) => {
                let authorization = Authorization::bearer(&text);
                let state = State::Ready { authorization, until: now.saturating_add(lifetime) };
                for waiting in self.tokens.decide(token, state) {
                    self.wait_for(token, waiting);
                }
            }
            Token::Refused(access, cause) => {
                let (access, cause) = match (cause, self.tokens.authenticator(token), status) {
                    (Cause::TokenRefused, Some(Authenticator::Credential(_)), 401) => {
                        (access, Cause::CredentialRefused)
                    }
                    (Cause::TokenRefused, Some(Authenticator::Credential(_)), _) => {
                        (access, Cause::CredentialInsufficient)
                    }
                    // To who shows a credential, some say no more than the status, or say it in the words of their web server.
                    (Cause::NotATokenEndpoint, Some(Authenticator::Credential(_)), 401) => {
                        (Access::Private, Cause::CredentialRefused)
                    }
                    (Cause::NotATokenEndpoint, Some(Authenticator::Credential(_)), _) if response.body.is_empty() => {
                        (Access::Private, Cause::CredentialInsufficient)
                    }
                    (cause, ..) => (access, cause),
                };
                self.conclude(&errand, &errand.answered(access, cause, status));
            }
            Token::Moved(location) => self.redirect(errand, &location, status),
            Token::Busy(busy) => self.busy(errand, &busy, status, now),
        }
    }

    /// What a request for a token shows: the asker's credential, wherever that may be sent.
    pub(super) fn token_authorization(&self, token: TokenId, errand: &Errand) -> Option<Authorization> {
        self.tokens.authenticator(token)?.authorization(&errand.url)
    }
}
