//! The API version check: `GET /v2/`, once for an origin whose answers leave open whether it is a registry, or what it wants to see.

use std::mem;
use std::time::Duration;

use super::Session;
use super::learned::{ApiCheck, WaitsFor};
use super::meaning;
use super::origin::{AuthScheme, OriginId};
use super::pending::{Pending, Task};
use super::scope;
use super::wire::{Method, Response};
use crate::access::challenge::Challenge;
use crate::access::{Access, Cause};

impl Session {
    /// Lets a pending request go on when it is known what its origin answers at `/v2/`.
    pub(super) fn check_api(&mut self, pending: Pending, waits_for: WaitsFor) {
        let id = pending.origin;
        let Some(origin) = self.origins.get_mut(id) else { return };
        match &mut origin.api_check {
            ApiCheck::Open(waiting) => waiting.push((pending, waits_for)),
            ApiCheck::Done { is_registry, challenges } => {
                let (is_registry, challenges) = (*is_registry, challenges.clone());
                self.go_on(pending, waits_for, is_registry, &challenges);
            }
            ApiCheck::None => {
                let mut url = pending.url.clone();
                url.set_path("/v2/");
                url.set_query(None);
                let reach = pending.reach.clone();
                origin.api_check = ApiCheck::Open(vec![(pending, waits_for)]);
                self.waiting.push_front(Pending::new(Task::Challenge(id), Method::Get, url, id, reach));
            }
        }
    }

    pub(super) fn api_answered(&mut self, pending: Pending, id: OriginId, response: &Response, now: Duration) {
        if let Some(busy) = meaning::busy(response) {
            return self.busy(pending, &busy, response.status, now);
        }
        if let Some(location) = meaning::moved(response) {
            return self.redirect(pending, &location, response.status);
        }
        let is_registry = meaning::is_registry(response);
        let challenges = if response.status == 401 { meaning::challenges(response) } else { Vec::new() };
        let waiting = self.end_check(id, ApiCheck::Done { is_registry, challenges: challenges.clone() });
        if let Some(origin) = self.origins.get_mut(id) {
            origin.recover();
            if origin.scheme == AuthScheme::Unknown {
                let bearer = challenges.iter().find(|challenge| scope::realm(challenge, &pending.url).is_some());
                // Its scope can only be a placeholder, for this request was about no repository.
                origin.scheme = bearer.map_or(AuthScheme::None, |bearer| AuthScheme::Bearer(bearer.clone()));
            }
        }
        for (pending, waits_for) in waiting {
            self.go_on(pending, waits_for, is_registry, &challenges);
        }
    }

    fn go_on(&mut self, pending: Pending, waits_for: WaitsFor, is_registry: bool, challenges: &[Challenge]) {
        match waits_for {
            WaitsFor::Challenge { signed } if !challenges.is_empty() => self.authenticate(pending, challenges, signed),
            WaitsFor::Challenge { signed: true } => self.decided(pending, Access::Private, Cause::NoChallenge, 401),
            WaitsFor::Challenge { signed: false } => {
                self.decided(pending, Access::Unreachable, Cause::NotARegistry, 401);
            }
            WaitsFor::Registry if is_registry => {
                self.decided(pending, Access::NotFound, Cause::ManifestUnknown, 404);
            }
            WaitsFor::Registry => self.decided(pending, Access::Unreachable, Cause::NotARegistry, 404),
        }
    }

    pub(super) fn end_check(&mut self, id: OriginId, next: ApiCheck) -> Vec<(Pending, WaitsFor)> {
        let Some(origin) = self.origins.get_mut(id) else { return Vec::new() };
        match mem::replace(&mut origin.api_check, next) {
            ApiCheck::Open(waiting) => waiting,
            _ => Vec::new(),
        }
    }
}
