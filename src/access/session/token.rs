//! Tokens: one for every realm, scope, origin and asker, however many pending requests wait for it.

use std::collections::HashMap;
use std::mem;
use std::time::Duration;

use url::Url;

use super::origin::OriginId;
use super::pending::{Conclusion, Pending};
use super::query::{Authenticator, Authorization};

/// Names one token of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TokenId(usize);

/// What is known of a token.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// It was asked for.
    Asked,
    /// It is here, and good until then.
    Ready { authorization: Authorization, until: Duration },
    /// There is none.
    Refused(Conclusion),
}

#[derive(Debug)]
struct Token {
    url: Url,
    /// The origin that it is shown to, and no other.
    shown_to: OriginId,
    authenticator: Authenticator,
    state: State,
    /// Whether it opened something.
    proved: bool,
    waiting: Vec<Pending>,
}

/// All tokens of a session.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    all: Vec<Token>,
    /// Those of one URL differ by the origin that they are shown to and by who asks: they are few.
    by_url: HashMap<Url, Vec<TokenId>>,
}

impl Tokens {
    /// The token that this URL gives to that asker for an origin, and whether it has yet to be asked for.
    pub(super) fn find(
        &mut self,
        url: &Url,
        shown_to: OriginId,
        authenticator: &Authenticator,
        now: Duration,
    ) -> (TokenId, bool) {
        let same = |id: &TokenId| {
            self.all.get(id.0).is_some_and(|token| token.shown_to == shown_to && token.authenticator == *authenticator)
        };
        let known = self.by_url.get(url).and_then(|known| known.iter().copied().find(same));
        let Some(id) = known else {
            let id = TokenId(self.all.len());
            self.by_url.entry(url.clone()).or_default().push(id);
            self.all.push(Token {
                url: url.clone(),
                shown_to,
                authenticator: authenticator.clone(),
                state: State::Asked,
                proved: false,
                waiting: Vec::new(),
            });
            return (id, true);
        };
        let expired = matches!(self.state(id), Some(State::Ready { until, .. }) if *until <= now);
        if expired {
            self.forget(id);
        }
        (id, expired)
    }

    /// Whether that is one of these tokens.
    pub(super) fn is_among(&self, tried: &[TokenId], url: &Url) -> bool {
        tried.iter().any(|id| self.url(*id) == Some(url))
    }

    pub(super) fn state(&self, id: TokenId) -> Option<&State> {
        self.all.get(id.0).map(|token| &token.state)
    }

    /// For whom it is.
    pub(super) fn authenticator(&self, id: TokenId) -> Option<&Authenticator> {
        self.all.get(id.0).map(|token| &token.authenticator)
    }

    /// Where it is asked for.
    pub(super) fn url(&self, id: TokenId) -> Option<&Url> {
        self.all.get(id.0).map(|token| &token.url)
    }

    /// A pending request that continues when the token has arrived.
    pub(super) fn wait(&mut self, id: TokenId, pending: Pending) {
        if let Some(token) = self.all.get_mut(id.0) {
            token.waiting.push(pending);
        }
    }

    /// The pending requests that wait for it.
    pub(super) fn waiting(&self, id: TokenId) -> &[Pending] {
        self.all.get(id.0).map_or(&[], |token| &token.waiting)
    }

    /// It is decided; those that waited for it are given back.
    pub(super) fn decide(&mut self, id: TokenId, state: State) -> Vec<Pending> {
        let Some(token) = self.all.get_mut(id.0) else { return Vec::new() };
        token.state = state;
        mem::take(&mut token.waiting)
    }

    /// It opened something.
    pub(super) fn prove(&mut self, id: TokenId) {
        if let Some(token) = self.all.get_mut(id.0) {
            token.proved = true;
        }
    }

    /// Whether it ever opened something.
    pub(super) fn is_proved(&self, id: TokenId) -> bool {
        self.all.get(id.0).is_some_and(|token| token.proved)
    }

    /// The waits are over: a pending request that needs a missing token asks for it again.
    pub(super) fn abandon(&mut self) {
        for token in &mut self.all {
            token.waiting.clear();
        }
        let all = &self.all;
        let is_asked = |id: &TokenId| all.get(id.0).is_some_and(|token| matches!(token.state, State::Asked));
        self.by_url.values_mut().for_each(|ids| ids.retain(|id| !is_asked(id)));
    }

    /// It is no good any more and has to be asked for anew.
    pub(super) fn forget(&mut self, id: TokenId) {
        if let Some(token) = self.all.get_mut(id.0) {
            token.state = State::Asked;
            token.proved = false;
        }
    }
}
