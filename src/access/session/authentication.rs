//! What a session does with a 401, and with the challenges in it.

use url::Url;

use super::learned::{Own, WaitsFor};
use super::origin::AuthScheme;
use super::pending::{Pending, Shown};
use super::scope;
use super::token::State;
use super::{Authenticator, Session, VisibleHeaders};
use crate::access::challenge::Challenge;
use crate::access::{Access, Cause};

impl Session {
    /// A 401. `signed`: it had the sign of a registry.
    pub(super) fn challenged(&mut self, mut pending: Pending, challenges: &[Challenge], signed: bool) {
        match pending.shown.clone() {
            Shown::Nothing => self.authenticate(pending, challenges, signed),
            Shown::Credential(_) => self.credential_refused(pending, challenges, signed),
            Shown::Token(token, shown) => {
                // A token that was good a moment ago has expired; one that never was says that this is private.
                let current = matches!(self.tokens.state(token), Some(State::Ready { authorization, .. }) if *authorization == shown);
                let replaced = !current || self.tokens.is_proved(token);
                if replaced && !pending.renewed {
                    pending.renewed = true;
                    pending.shown = Shown::Nothing;
                    if current {
                        self.tokens.forget(token);
                        self.ask_for(token, &pending);
                    }
                    return self.wait_for(token, pending);
                }
                if !signed && challenges.is_empty() {
                    return self.decided(pending, Access::Unreachable, Cause::NotARegistry, 401);
                }
                let known = self.credential(&pending, &pending.url).is_some();
                let cause = if known { Cause::CredentialInsufficient } else { Cause::ManifestRefused };
                let conclusion = pending.answered(Access::Private, cause, 401);
                self.refused(pending, conclusion, challenges);
            }
        }
    }

    /// A 401 to a user and password: for that, or because a token was wanted, or from behind a proxy that took them.
    fn credential_refused(&mut self, mut pending: Pending, challenges: &[Challenge], signed: bool) {
        let realm = challenges.iter().find_map(|challenge| scope::realm(challenge, &pending.url));
        let takes_it = realm.is_some_and(|realm| self.credential(&pending, &realm).is_some());
        if takes_it && !pending.renewed {
            pending.renewed = true;
            pending.shown = Shown::Nothing;
            return self.authenticate(pending, challenges, signed);
        }
        // A server that refuses by itself has to say what it wants (RFC 9110 section 15.5.2): a 401 without that came from behind it.
        let own = challenges.iter().any(|challenge| challenge.scheme() == "basic");
        let cause = if own || takes_it { Cause::CredentialRefused } else { Cause::UpstreamRefused };
        self.conclude(&pending, &pending.answered(Access::Private, cause, 401));
    }

    /// Finds out what to show to an origin that wants to see something.
    pub(super) fn authenticate(&mut self, mut pending: Pending, challenges: &[Challenge], signed: bool) {
        let usable = || challenges.iter().filter(|challenge| scope::realm(challenge, &pending.url).is_some());
        // The first one that may be followed; where none may, the first one says why.
        let bearer = usable().find(|challenge| self.may_follow(challenge, &pending.url)).or_else(|| usable().next());
        if let Some(bearer) = bearer {
            self.learn(&mut pending, bearer);
            let scope = scope::wanted(bearer, &self.repository(&pending));
            pending.follows = Some((bearer.clone(), scope));
            return self.waiting.push_front(pending);
        }
        self.scouted(&mut pending, Own::Nothing);
        if challenges.is_empty() && self.capabilities.headers == VisibleHeaders::Safelisted {
            return self.decided(pending, Access::Unreachable, Cause::AnswerHidden, 401);
        }
        if challenges.is_empty() {
            return self.check_api(pending, WaitsFor::Challenge { signed });
        }
        let has = |scheme| challenges.iter().any(|challenge| challenge.scheme() == scheme);
        if let Some(origin) = self.origins.get_mut(pending.origin)
            && origin.scheme == AuthScheme::Unknown
        {
            origin.scheme = if has("basic") { AuthScheme::Basic } else { AuthScheme::None };
        }
        if has("basic")
            && let Some(authorization) = self.credential(&pending, &pending.url)
        {
            pending.shown = Shown::Credential(authorization);
            return self.waiting.push_front(pending);
        }
        let withheld = has("basic") && matches!(self.authenticator(&pending), Some(Authenticator::Credential(_)));
        let conclusion = match (has("bearer"), has("basic")) {
            _ if withheld => pending.withheld(&pending.url),
            _ if !pending.asks_a_registry() => pending.refused_behind_redirect(401),
            // A token would be the way for anonymous clients, and it is not said where to get it.
            (true, _) => pending.answered(Access::Unreachable, Cause::ChallengeUnusable, 401),
            (false, basic) if basic || signed => pending.answered(Access::Private, Cause::CredentialsRequired, 401),
            _ => pending.answered(Access::Unreachable, Cause::NotARegistry, 401),
        };
        self.conclude(&pending, &conclusion);
    }

    /// Keeps a challenge for its repository, and as a shortcut for the others of the origin if it tells enough for that.
    fn learn(&mut self, pending: &mut Pending, bearer: &Challenge) {
        let repository = self.repository(pending);
        let good = self.may_follow(bearer, &pending.url);
        if pending.scouts.is_some() {
            return self.scouted(pending, Own::Challenge(bearer.clone()));
        }
        let Some(origin) = self.origins.get_mut(pending.origin) else { return };
        if origin.scheme == AuthScheme::Unknown && good {
            let all = scope::serves_all(bearer, &repository);
            origin.scheme = if all { AuthScheme::Bearer(bearer.clone()) } else { AuthScheme::None };
        }
        origin.learned.repositories.entry(repository).or_insert_with(|| Own::Challenge(bearer.clone()));
    }

    /// Whether the token endpoint that a challenge names is one that may be contacted.
    fn may_follow(&self, challenge: &Challenge, url: &Url) -> bool {
        let realm = scope::realm(challenge, url);
        realm.is_some_and(|realm| self.visible(&realm, self.limits.addresses.realm(&realm, url)).is_some())
    }
}
