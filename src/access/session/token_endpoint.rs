//! How a session gets the tokens that registries want to see.

use std::time::Duration;

use super::Session;
use super::learned::Missing;
use super::meaning::{self, Token};
use super::pending::{Conclusion, Pending, Shortcut, Shown, Task, place, unreachable};
use super::query::{Authenticator, Authorization};
use super::scope;
use super::token::{State, TokenId};
use super::wire::{Method, Response};
use crate::access::challenge::Challenge;
use crate::access::{Access, Cause};

impl Session {
    /// Gives a pending request the token that a challenge asks for, now or when it has arrived.
    pub(super) fn seek_token(&mut self, mut pending: Pending, challenge: &Challenge, scope: &str, now: Duration) {
        let Some(realm) = scope::realm(challenge, &pending.url) else {
            let conclusion = pending.answered(Access::Unreachable, Cause::ChallengeUnusable, 401);
            return self.conclude(&pending, &conclusion);
        };
        let reach = self.visible(&realm, self.limits.addresses.realm(&realm, &pending.url));
        if reach.is_none() {
            let bare = pending.url.scheme() == "https" && realm.scheme() == "http";
            let cause = if bare { Cause::RealmNotSecure } else { Cause::RealmForbidden };
            return self.conclude(&pending, &unreachable(cause, place(&realm)));
        }
        // A server that the credential is for may not have it sent elsewhere; on another one the asker is anonymous.
        let known_here = self.credential(&pending, &pending.url).is_some();
        if known_here && self.credential(&pending, &realm).is_none() {
            return self.conclude(&pending, &pending.withheld(&realm));
        }
        let authenticator = match self.authenticator(&pending) {
            Some(authenticator) if known_here => authenticator.clone(),
            _ => Authenticator::Anonymous,
        };
        let url = scope::token_url(realm, challenge, scope);
        let (token, new) = self.tokens.find(&url, pending.origin, &authenticator, now);
        pending.challenge = Some(challenge.clone());
        if pending.tried.contains(&token) {
            return self.same_token(pending, token);
        }
        pending.tried.push(token);
        if new {
            self.ask_for(token, &pending);
        }
        self.wait_for(token, pending);
    }

    /// The repository's own challenge leads to the token that a pending request had tried on the word of another: what it found then counts.
    fn same_token(&mut self, mut pending: Pending, token: TokenId) {
        match pending.borrowed.take() {
            Some(Shortcut::Refused(conclusion, second)) => self.refused(pending, conclusion, &second),
            Some(Shortcut::Missing { shape, signed }) => {
                if let Some(State::Ready { authorization, .. }) = self.tokens.state(token) {
                    pending.shown = Shown::Token(token, authorization.clone());
                }
                self.confirm_missing(Missing { pending, shape, signed });
            }
            None => {
                let conclusion = pending.answered(Access::Unreachable, Cause::ChallengeUnusable, 401);
                self.conclude(&pending, &conclusion);
            }
        }
    }

    /// A pending request waited for this token, and the endpoint gave none.
    pub(super) fn no_token(&mut self, pending: Pending, conclusion: &Conclusion) {
        self.refused(pending, conclusion.clone(), &[]);
    }

    /// Sets out for a token that `pending request` needs.
    pub(super) fn ask_for(&mut self, token: TokenId, pending: &Pending) {
        let Some(url) = self.tokens.url(token).cloned() else { return };
        let reach = self.visible(&url, self.limits.addresses.realm(&url, &pending.url));
        let Some(reach) = reach else { return };
        let origin = self.origins.of(&url);
        self.waiting.push_front(Pending::new(Task::Token(token), Method::Get, url, origin, reach));
    }

    /// Lets a pending request go on with a token as soon as it is known.
    pub(super) fn wait_for(&mut self, token: TokenId, mut pending: Pending) {
        match self.tokens.state(token).cloned() {
            Some(State::Ready { authorization, .. }) => {
                pending.shown = Shown::Token(token, authorization);
                // The request that is done soonest goes first, but for a few that are kept for the end: while the
                // last tokens are on their way, there would be nothing else to send.
                match self.origins.get_mut(pending.origin) {
                    Some(origin) if origin.kept < self.limits.per_host => {
                        origin.kept += 1;
                        self.waiting.push_back(pending);
                    }
                    _ => self.waiting.push_front(pending),
                }
            }
            Some(State::Refused(conclusion)) => self.no_token(pending, &conclusion),
            Some(State::Asked) | None => self.tokens.wait(token, pending),
        }
    }

    /// Looks at a pending request's token once more before it leaves: it may have expired or been replaced while it waited.
    pub(super) fn with_good_token(&mut self, mut pending: Pending, now: Duration) -> Option<Pending> {
        let Shown::Token(token, shown) = &pending.shown else {
            return Some(pending);
        };
        let token = *token;
        match self.tokens.state(token) {
            Some(State::Ready { authorization, until }) if authorization == shown && *until > now => {
                return Some(pending);
            }
            Some(State::Ready { authorization, .. }) if authorization == shown => {
                self.tokens.forget(token);
                self.ask_for(token, &pending);
            }
            _ => {}
        }
        pending.shown = Shown::Nothing;
        self.wait_for(token, pending);
        None
    }

    pub(super) fn token_answered(&mut self, pending: Pending, token: TokenId, response: &Response, now: Duration) {
        let status = response.status;
        let meaning = meaning::token(response);
        if !matches!(meaning, Token::Busy(_))
            && let Some(origin) = self.origins.get_mut(pending.origin)
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
                self.conclude(&pending, &pending.answered(access, cause, status));
            }
            Token::Moved(location) => self.redirect(pending, &location, status),
            Token::Busy(busy) => self.busy(pending, &busy, status, now),
        }
    }

    /// What a request for a token shows: the asker's credential, wherever that may be sent.
    pub(super) fn token_authorization(&self, token: TokenId, pending: &Pending) -> Option<Authorization> {
        self.tokens.authenticator(token)?.authorization(&pending.url)
    }
}
