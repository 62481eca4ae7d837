//! On whose word an image is asked for: that of its own repository counts, that of others is a shortcut.
//!
//! A challenge belongs to the repository that showed it. Artifactory has realms for each repository key (renovatebot/renovate#11765), and
//! many registries are open for some repositories only. So a token that another repository's challenge led to may open an image, but
//! does not say that it is private: that is asked once more, without a token, and the challenge of the repository itself is followed.
//! This is what makes a verdict independent of the images that were asked before.

use super::learned::Own;
use super::origin::{AuthScheme, OriginId};
use super::pending::{Basis, Conclusion, Pending, Shortcut, Shown, Task};
use super::scope;
use super::{Authenticator, Session};
use crate::access::challenge::Challenge;
use crate::access::verdict::Access;

impl Session {
    /// What a pending request shows first, as far as that is known; nothing when it waits for another pending request to find out.
    pub(super) fn choose(&mut self, mut pending: Pending) -> Option<Pending> {
        let repository = self.repository(&pending);
        let origin = self.origins.get_mut(pending.origin)?;
        pending.basis = Basis::Own;
        match origin.learned.repositories.get_mut(&repository) {
            Some(Own::Asked(waiting)) => {
                waiting.push(pending);
                return None;
            }
            Some(Own::Challenge(challenge)) => {
                let scope = scope::wanted(challenge, &repository);
                pending.follows = Some((challenge.clone(), scope));
            }
            Some(Own::Nothing) => {}
            None => {
                if let AuthScheme::Bearer(challenge) = &origin.scheme {
                    pending.basis = Basis::Borrowed;
                    pending.follows = Some((challenge.clone(), scope::pull(&repository)));
                }
            }
        }
        Some(pending)
    }

    /// The word of another repository led to nothing: the pending request asks on its own, and others of its repository wait for what it learns.
    pub(super) fn go_alone(&mut self, mut pending: Pending, found: Shortcut) {
        pending.basis = Basis::Own;
        pending.borrowed = Some(found);
        pending.shown = Shown::Nothing;
        pending.renewed = false;
        let repository = self.repository(&pending);
        let id = pending.origin;
        let Some(origin) = self.origins.get_mut(id) else { return };
        match origin.learned.repositories.get_mut(&repository) {
            Some(Own::Asked(waiting)) => return waiting.push(pending),
            Some(Own::Challenge(challenge)) => {
                let scope = scope::wanted(challenge, &repository);
                pending.follows = Some((challenge.clone(), scope));
            }
            Some(Own::Nothing) => {}
            None => {
                origin.learned.repositories.insert(repository.clone(), Own::Asked(Vec::new()));
                pending.scouts = Some((id, repository));
            }
        }
        self.waiting.push_front(pending);
    }

    /// A pending request found out what its repository wants to see: so have those that wait for it.
    pub(super) fn scouted(&mut self, pending: &mut Pending, own: Own) {
        let Some((id, repository)) = pending.scouts.take() else { return };
        let Some(origin) = self.origins.get_mut(id) else { return };
        if let AuthScheme::Bearer(shared) = &origin.scheme {
            let same = match &own {
                Own::Challenge(own) => {
                    ["realm", "service"].iter().all(|name| own.parameter(name) == shared.parameter(name))
                }
                _ => false,
            };
            if !same {
                // The repositories of this host have different challenges.
                origin.scheme = AuthScheme::None;
            }
        }
        let follows = match &own {
            Own::Challenge(challenge) => Some((challenge.clone(), scope::wanted(challenge, &repository))),
            _ => None,
        };
        let waiting = match origin.learned.repositories.insert(repository, own) {
            Some(Own::Asked(waiting)) => waiting,
            _ => Vec::new(),
        };
        for mut waiting in waiting {
            waiting.follows.clone_from(&follows);
            self.waiting.push_front(waiting);
        }
    }

    /// A pending request ended without finding that out: the next one tries.
    pub(super) fn end_scouting(&mut self, pending: &Pending) {
        let Some((id, repository)) = &pending.scouts else { return };
        let Some(origin) = self.origins.get_mut(*id) else { return };
        if let Some(Own::Asked(waiting)) = origin.learned.repositories.remove(repository) {
            for waiting in waiting {
                match waiting.borrowed.clone() {
                    Some(found) => self.go_alone(waiting, found),
                    None => self.waiting.push_front(Pending { basis: Basis::Any, ..waiting }),
                }
            }
        }
    }

    /// A refusal, with the challenges that came with it. It counts unless the repository itself told of another token to try: the scope that
    /// a second challenge insists on, or its own scope where one for a path above it opened nothing.
    pub(super) fn refused(&mut self, mut pending: Pending, mut conclusion: Conclusion, second: &[Challenge]) {
        let is_kept_back = matches!(self.authenticator(&pending), Some(Authenticator::Credential(_)))
            && self.credential(&pending, &pending.url).is_none();
        if conclusion.access == Access::Private && is_kept_back {
            // It was refused as a stranger, for the credential must not be sent there.
            conclusion = pending.withheld(&pending.url);
        }
        if pending.basis == Basis::Borrowed {
            return self.go_alone(pending, Shortcut::Refused(conclusion, second.to_vec()));
        }
        if pending.basis == Basis::Own && conclusion.access != Access::Public {
            let own = pending.challenge.clone().map(|challenge| (challenge, scope::pull(&self.repository(&pending))));
            let insisted = second.iter().filter(|_| !pending.insisted).find_map(|challenge| {
                scope::realm(challenge, &pending.url)?;
                Some((challenge.clone(), scope::insisted_on(challenge)?))
            });
            for (follows, insists) in [(insisted, true), (own, false)] {
                let Some((challenge, scope)) = follows else { continue };
                if self.was_tried(&pending, &challenge, &scope) {
                    continue;
                }
                pending.insisted |= insists;
                pending.refusal.get_or_insert(conclusion);
                pending.follows = Some((challenge, scope));
                pending.shown = Shown::Nothing;
                pending.renewed = false;
                return self.waiting.push_front(pending);
            }
        }
        self.conclude(&pending, &conclusion);
    }

    /// Whether a pending request went for that token already.
    fn was_tried(&self, pending: &Pending, challenge: &Challenge, scope: &str) -> bool {
        let realm = scope::realm(challenge, &pending.url);
        realm.is_none_or(|realm| self.tokens.is_among(&pending.tried, &scope::token_url(realm, challenge, scope)))
    }

    /// What a pending request for a manifest came to. Only `public` counts at once.
    pub(super) fn weigh(&mut self, pending: &Pending, question: usize, conclusion: &Conclusion) {
        match (conclusion.access, pending.basis) {
            (Access::Public, _) => self.settle(question, conclusion),
            (_, Basis::Borrowed) => self.go_alone(pending.clone(), Shortcut::Refused(conclusion.clone(), Vec::new())),
            (_, Basis::Last) => self.settle(question, pending.refusal.as_ref().unwrap_or(conclusion)),
            (_, Basis::Any | Basis::Own) => {
                let conclusion = pending.refusal.clone().unwrap_or_else(|| conclusion.clone());
                self.set_aside(pending.clone(), question, conclusion);
            }
        }
    }

    /// Keeps what is not `public` until its host has nothing else to ask: a challenge that opened other repositories is tried last. So it
    /// does not matter whether it was learned before or after.
    fn set_aside(&mut self, pending: Pending, question: usize, conclusion: Conclusion) {
        let Some(asked) = self.questions.get_mut(question).filter(|question| question.verdict.is_none()) else {
            return;
        };
        asked.trouble = Some(conclusion.clone());
        let home = asked.origin;
        match home.and_then(|home| self.origins.get_mut(home)) {
            Some(origin) => origin.learned.aside.push((pending, conclusion)),
            None => self.settle(question, &conclusion),
        }
        if let Some(home) = home {
            self.end_of(home);
        }
    }

    /// When all that is open on a host was set aside, it is decided.
    pub(super) fn end_of(&mut self, home: OriginId) {
        let Some(origin) = self.origins.get_mut(home) else { return };
        if origin.learned.aside.is_empty() || origin.learned.aside.len() < origin.learned.open {
            return;
        }
        let aside = std::mem::take(&mut origin.learned.aside);
        let proved = origin.learned.proved.clone();
        for (pending, conclusion) in aside {
            let Task::Manifest(question) = pending.task else { continue };
            let Some(challenge) = &proved else {
                self.settle(question, &conclusion);
                continue;
            };
            let scope = scope::pull(&self.repository(&pending));
            if pending.redirects > 0 || self.was_tried(&pending, challenge, &scope) {
                self.settle(question, &conclusion);
                continue;
            }
            let mut last = Pending::new(pending.task, pending.method, pending.first_url, home, pending.reach);
            last.origin = pending.origin;
            last.basis = Basis::Last;
            last.tried = pending.tried;
            last.refusal = Some(conclusion);
            last.follows = Some((challenge.clone(), scope));
            self.waiting.push_back(last);
        }
    }
}
