//! The connections that are kept for the next request: 64 idle ones in all.
//!
//! Each origin has an HTTP client of its own, whose connections end with it. When there are too many idle ones, the clients that were not used
//! for the longest time go first. A process may have few open files (256 is usual on macOS), and a run asks dozens of registries.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::client_error::ClientError;
use crate::access::addresses::AddressClass;

/// The most idle connections.
const MOST_IDLE: usize = 64;

/// What a client is for: an origin, under one limit of addresses, because a connection that was made under one must not serve another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) limit: AddressClass,
    pub(super) origin: String,
}

/// All clients.
#[derive(Default)]
pub(super) struct Pool {
    kept: HashMap<Key, Kept>,
    /// Idle connections, at most: each client has as many as it ever had requests at a time.
    idle: usize,
    uses: u64,
}

struct Kept {
    client: reqwest::Client,
    flying: usize,
    widest: usize,
    /// Whether it ever brought an answer.
    answered: bool,
    used: u64,
}

impl Pool {
    /// The client for a request that leaves now, which is made if need be.
    pub(super) fn leave(
        &mut self,
        key: &Key,
        make: impl FnOnce() -> Result<reqwest::Client, ClientError>,
    ) -> Result<reqwest::Client, ClientError> {
        self.uses += 1;
        let kept = match self.kept.entry(key.clone()) {
            Entry::Occupied(kept) => kept.into_mut(),
            Entry::Vacant(place) => {
                place.insert(Kept { client: make()?, flying: 0, widest: 0, answered: false, used: 0 })
            }
        };
        kept.used = self.uses;
        kept.flying += 1;
        if kept.flying > kept.widest {
            kept.widest = kept.flying;
        } else {
            self.idle = self.idle.saturating_sub(1);
        }
        Ok(kept.client.clone())
    }

    /// Whether that client ever brought an answer, so that a connection of it may be one that was used before.
    pub(super) fn is_used(&self, key: &Key) -> bool {
        self.kept.get(key).is_some_and(|kept| kept.answered)
    }

    /// A request is back.
    pub(super) fn land(&mut self, key: &Key, is_answer: bool) {
        let Some(kept) = self.kept.get_mut(key) else { return };
        kept.flying = kept.flying.saturating_sub(1);
        self.idle += 1;
        kept.answered |= is_answer;
        self.close_until(MOST_IDLE);
    }

    /// Closes what is idle.
    pub(super) fn close_idle(&mut self) {
        self.close_until(0);
    }

    /// Closes what was not used for the longest time, until so many idle connections are left.
    fn close_until(&mut self, left: usize) {
        while self.idle > left {
            let idle = self.kept.iter().filter(|(_, kept)| kept.flying == 0);
            let Some(oldest) = idle.min_by_key(|(_, kept)| kept.used).map(|(key, _)| key.clone()) else { return };
            if let Some(kept) = self.kept.remove(&oldest) {
                self.idle = self.idle.saturating_sub(kept.widest);
            }
        }
    }
}
