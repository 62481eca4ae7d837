//! On whose word an image is asked for: that of its own repository counts, that of others is a shortcut.
//!
//! A challenge belongs to the repository that showed it. Artifactory has realms for each repository key (renovatebot/renovate#11765), and
//! many registries are open for some repositories only. So a token that another repository's challenge led to may open an image, but
//! does not say that it is private: that is asked once more, without a token, and the challenge of the repository itself is followed.
//! This is what makes a verdict independent of the images that were asked before.

use super::errand::{Basis, Errand, Finding, Found, Shown, Task};
use super::learned::Own;
use super::origin::{Guard, OriginId};
use super::scope;
use super::{Authenticator, Session};
use crate::access::challenge::Challenge;
use crate::access::verdict::Access;

impl Session {
    /// What an errand shows first, as far as that is known; nothing when it waits for another errand to find out.
    pub(super) fn choose(&mut self, mut errand: Errand) -> Option<Errand> {
        let repository = self.repository(&errand);
        let origin = self.origins.get_mut(errand.origin)?;
        errand.basis = Basis::Own;
        match origin.learned.repositories.get_mut(&repository) {
            Some(Own::Asked(waiting)) => {
                waiting.push(errand);
                return None;
            }
            Some(Own::Challenge(challenge)) => {
                let scope = scope::wanted(challenge, &repository);
                errand.follows = Some((challenge.clone(), scope));
            }
            Some(Own::Nothing) => {}
            None => {
                if let Guard::Tokens(challenge) = &origin.guard {
                    errand.basis = Basis::Borrowed;
                    errand.follows = Some((challenge.clone(), scope::pull(&repository)));
                }
            }
        }
        Some(errand)
    }

    /// The word of another repository led to nothing: the errand asks on its own, and others of its repository wait for what it learns.
    pub(super) fn go_alone(&mut self, mut errand: Errand, found: Found) {
        errand.basis = Basis::Own;
        errand.borrowed = Some(found);
        errand.shown = Shown::Nothing;
        errand.renewed = false;
        let repository = self.repository(&errand);
        let id = errand.origin;
        let Some(origin) = self.origins.get_mut(id) else { return };
        match origin.learned.repositories.get_mut(&repository) {
            Some(Own::Asked(waiting)) => return waiting.push(errand),
            Some(Own::Challenge(challenge)) => {
                let scope = scope::wanted(challenge, &repository);
                errand.follows = Some((challenge.clone(), scope));
            }
            Some(Own::Nothing) => {}
            None => {
                origin.learned.repositories.insert(repository.clone(), Own::Asked(Vec::new()));
                errand.scouts = Some((id, repository));
            }
        }
        self.waiting.push_front(errand);
    }

    /// An errand found out what its repository wants to see: so have those that wait for it.
    pub(super) fn scouted(&mut self, errand: &mut Errand, own: Own) {
        let Some((id, repository)) = errand.scouts.take() else { return };
        let Some(origin) = self.origins.get_mut(id) else { return };
        if let Guard::Tokens(shared) = &origin.guard {
            let same = match &own {
                Own::Challenge(own) => {
                    ["realm", "service"].iter().all(|name| own.parameter(name) == shared.parameter(name))
                }
                _ => false,
            };
            if !same {
                // The repositories of this host have different challenges.
                origin.guard = Guard::Direct;
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

    /// An errand ended without finding that out: the next one tries.
    pub(super) fn end_scouting(&mut self, errand: &Errand) {
        let Some((id, repository)) = &errand.scouts else { return };
        let Some(origin) = self.origins.get_mut(*id) else { return };
        if let Some(Own::Asked(waiting)) = origin.learned.repositories.remove(repository) {
            for waiting in waiting {
                match waiting.borrowed.clone() {
                    Some(found) => self.go_alone(waiting, found),
                    None => self.waiting.push_front(Errand { basis: Basis::Any, ..waiting }),
                }
            }
        }
    }

    /// A refusal, with the challenges that came with it. It counts unless the repository itself told of another token to try: the scope that
    /// a second challenge insists on, or its own scope where one for a path above it opened nothing.
    pub(super) fn refused(&mut self, mut errand: Errand, mut finding: Finding, second: &[Challenge]) {
        let is_kept_back = matches!(self.authenticator(&errand), Some(Authenticator::Credential(_)))
            && self.credential(&errand, &errand.url).is_none();
        if finding.access == Access::Private && is_kept_back {
            // It was refused as a stranger, for the credential must not be sent there.
            finding = errand.withheld(&errand.url);
        }
        if errand.basis == Basis::Borrowed {
            return self.go_alone(errand, Found::Refused(finding, second.to_vec()));
        }
        if errand.basis == Basis::Own && finding.access != Access::Public {
            let own = errand.challenge.clone().map(|challenge| (challenge, scope::pull(&self.repository(&errand))));
            let insisted = second.iter().filter(|_| !errand.insisted).find_map(|challenge| {
                scope::realm(challenge, &errand.url)?;
                Some((challenge.clone(), scope::insisted_on(challenge)?))
            });
            for (follows, insists) in [(insisted, true), (own, false)] {
                let Some((challenge, scope)) = follows else { continue };
                if self.was_tried(&errand, &challenge, &scope) {
                    continue;
                }
                errand.insisted |= insists;
                errand.refusal.get_or_insert(finding);
                errand.follows = Some((challenge, scope));
                errand.shown = Shown::Nothing;
                errand.renewed = false;
                return self.waiting.push_front(errand);
            }
        }
        self.conclude(&errand, &finding);
    }

    /// Whether an errand went for that token already.
    fn was_tried(&self, errand: &Errand, challenge: &Challenge, scope: &str) -> bool {
        let realm = scope::realm(challenge, &errand.url);
        realm.is_none_or(|realm| self.tokens.is_among(&errand.tried, &scope::token_url(realm, challenge, scope)))
    }

    /// What an errand for a manifest came to. Only `public` counts at once.
    pub(super) fn weigh(&mut self, errand: &Errand, question: usize, finding: &Finding) {
        match (finding.access, errand.basis) {
            (Access::Public, _) => self.settle(question, finding),
            (_, Basis::Borrowed) => self.go_alone(errand.clone(), Found::Refused(finding.clone(), Vec::new())),
            (_, Basis::Last) => self.settle(question, errand.refusal.as_ref().unwrap_or(finding)),
            (_, Basis::Any | Basis::Own) => {
                let finding = errand.refusal.clone().unwrap_or_else(|| finding.clone());
                self.set_aside(errand.clone(), question, finding);
            }
        }
    }

    /// Keeps what is not `public` until its host has nothing else to ask: a challenge that opened other repositories is tried last. So it
    /// does not matter whether it was learned before or after.
    fn set_aside(&mut self, errand: Errand, question: usize, finding: Finding) {
        let Some(asked) = self.questions.get_mut(question).filter(|question| question.verdict.is_none()) else {
            return;
        };
        asked.trouble = Some(finding.clone());
        let home = asked.origin;
        match home.and_then(|home| self.origins.get_mut(home)) {
            Some(origin) => origin.learned.aside.push((errand, finding)),
            None => self.settle(question, &finding),
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
        for (errand, finding) in aside {
            let Task::Manifest(question) = errand.task else { continue };
            let Some(challenge) = &proved else {
                self.settle(question, &finding);
                continue;
            };
            let scope = scope::pull(&self.repository(&errand));
            if errand.redirects > 0 || self.was_tried(&errand, challenge, &scope) {
                self.settle(question, &finding);
                continue;
            }
            let mut last = Errand::new(errand.task, errand.method, errand.first_url, home, errand.reach);
            last.origin = errand.origin;
            last.basis = Basis::Last;
            last.tried = errand.tried;
            last.refusal = Some(finding);
            last.follows = Some((challenge.clone(), scope));
            self.waiting.push_back(last);
        }
    }
}
