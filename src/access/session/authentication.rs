//! What a session does with a 401, and with the challenges in it.

use url::Url;

use super::errand::{Errand, Shown};
use super::learned::{Own, WaitsFor};
use super::origin::Guard;
use super::scope;
use super::token::State;
use super::{Authenticator, HeaderSight, Session};
use crate::access::challenge::Challenge;
use crate::access::verdict::{Access, Cause};

impl Session {
    /// A 401. `signed`: it had the sign of a registry.
    pub(super) fn challenged(&mut self, mut errand: Errand, challenges: &[Challenge], signed: bool) {
        match errand.shown.clone() {
            Shown::Nothing => self.authenticate(errand, challenges, signed),
            Shown::Credential(_) => self.credential_refused(errand, challenges, signed),
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
                if !signed && challenges.is_empty() {
                    return self.decided(errand, Access::Unreachable, Cause::NotARegistry, 401);
                }
                let known = self.credential(&errand, &errand.url).is_some();
                let cause = if known { Cause::CredentialInsufficient } else { Cause::ManifestRefused };
                let finding = errand.answered(Access::Private, cause, 401);
                self.refused(errand, finding, challenges);
            }
        }
    }

    /// A 401 to a user and password: for that, or because a token was wanted, or from behind a proxy that took them.
    fn credential_refused(&mut self, mut errand: Errand, challenges: &[Challenge], signed: bool) {
        let realm = challenges.iter().find_map(|challenge| scope::realm(challenge, &errand.url));
        let takes_it = realm.is_some_and(|realm| self.credential(&errand, &realm).is_some());
        if takes_it && !errand.renewed {
            errand.renewed = true;
            errand.shown = Shown::Nothing;
            return self.authenticate(errand, challenges, signed);
        }
        // A server that refuses by itself has to say what it wants (RFC 9110 section 15.5.2): a 401 without that came from behind it.
        let own = challenges.iter().any(|challenge| challenge.scheme() == "basic");
        let cause = if own || takes_it { Cause::CredentialRefused } else { Cause::UpstreamRefused };
        self.conclude(&errand, &errand.answered(Access::Private, cause, 401));
    }

    /// Finds out what to show to an origin that wants to see something.
    pub(super) fn authenticate(&mut self, mut errand: Errand, challenges: &[Challenge], signed: bool) {
        let usable = || challenges.iter().filter(|challenge| scope::realm(challenge, &errand.url).is_some());
        // The first one that may be followed; where none may, the first one says why.
        let bearer = usable().find(|challenge| self.may_follow(challenge, &errand.url)).or_else(|| usable().next());
        if let Some(bearer) = bearer {
            self.learn(&mut errand, bearer);
            let scope = scope::wanted(bearer, &self.repository(&errand));
            errand.follows = Some((bearer.clone(), scope));
            return self.waiting.push_front(errand);
        }
        self.scouted(&mut errand, Own::Nothing);
        if challenges.is_empty() && self.sight.headers == HeaderSight::Safelisted {
            return self.decided(errand, Access::Unreachable, Cause::AnswerHidden, 401);
        }
        if challenges.is_empty() {
            return self.check_api(errand, WaitsFor::Challenge { signed });
        }
        let has = |scheme| challenges.iter().any(|challenge| challenge.scheme() == scheme);
        if let Some(origin) = self.origins.get_mut(errand.origin)
            && origin.guard == Guard::Unknown
        {
            origin.guard = if has("basic") { Guard::Basic } else { Guard::Direct };
        }
        if has("basic")
            && let Some(authorization) = self.credential(&errand, &errand.url)
        {
            errand.shown = Shown::Credential(authorization);
            return self.waiting.push_front(errand);
        }
        let withheld = has("basic") && matches!(self.authenticator(&errand), Some(Authenticator::Credential(_)));
        let finding = match (has("bearer"), has("basic")) {
            _ if withheld => errand.withheld(&errand.url),
            _ if !errand.asks_a_registry() => errand.refused_behind_redirect(401),
            // A token would be the way for anonymous clients, and it is not said where to get it.
            (true, _) => errand.answered(Access::Unreachable, Cause::ChallengeUnusable, 401),
            (false, basic) if basic || signed => errand.answered(Access::Private, Cause::CredentialsRequired, 401),
            _ => errand.answered(Access::Unreachable, Cause::NotARegistry, 401),
        };
        self.conclude(&errand, &finding);
    }

    /// Keeps a challenge for its repository, and as a shortcut for the others of the origin if it tells enough for that.
    fn learn(&mut self, errand: &mut Errand, bearer: &Challenge) {
        let repository = self.repository(errand);
        let good = self.may_follow(bearer, &errand.url);
        if errand.scouts.is_some() {
            return self.scouted(errand, Own::Challenge(bearer.clone()));
        }
        let Some(origin) = self.origins.get_mut(errand.origin) else { return };
        if origin.guard == Guard::Unknown && good {
            let all = scope::serves_all(bearer, &repository);
            origin.guard = if all { Guard::Tokens(bearer.clone()) } else { Guard::Direct };
        }
        origin.learned.repositories.entry(repository).or_insert_with(|| Own::Challenge(bearer.clone()));
    }

    /// Whether the token endpoint that a challenge names is one that may be contacted.
    fn may_follow(&self, challenge: &Challenge, url: &Url) -> bool {
        let realm = scope::realm(challenge, url);
        realm.is_some_and(|realm| self.visible(&realm, self.limits.addresses.realm(&realm, url)).is_some())
    }
}
