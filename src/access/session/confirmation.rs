//! Answers to `HEAD` that are confirmed by one `GET` for the whole host, because some servers give them mistakenly.
//!
//! Never on Docker Hub, where a `GET` counts as a pull.

use std::mem;

use super::Session;
use super::learned::{Missing, Trust};
use super::meaning::Manifest;
use super::origin::OriginId;
use super::pending::{Confirms, Pending, Shape, Task};
use super::wire::{Method, Response};
use crate::access::{Access, Cause, NoDigest};

impl Session {
    /// A 404 to `HEAD`: Nexus gives it for what it serves to `GET` (crazy-max/diun#1614, crossplane/crossplane#3222).
    pub(super) fn confirm_missing(&mut self, mut missing: Missing) {
        let Some(origin) = self.origins.get_mut(missing.pending.origin) else { return };
        match &mut origin.learned.head_404 {
            Trust::Believed => return self.not_there(missing.pending, missing.signed),
            Trust::Asked(waiting) => return waiting.push(missing),
            trust @ Trust::Unknown => {
                *trust = Trust::Asked(Vec::new());
                missing.pending.confirms = Confirms::Missing(missing.shape);
            }
            Trust::Doubted => {}
        }
        missing.pending.method = Method::Get;
        self.waiting.push_front(missing.pending);
    }

    /// A 200 to `HEAD` that a health endpoint might give as well.
    pub(super) fn bare(&mut self, mut pending: Pending, content_type: String) {
        let Task::Manifest(question) = pending.task else { return };
        if self.is_on_docker_hub(&pending) {
            return self.decided(pending, Access::Unreachable, Cause::NotARegistry, 200);
        }
        let Some(origin) = self.origins.get_mut(pending.origin) else { return };
        match origin.learned.bare_200.entry(content_type.clone()).or_default() {
            Trust::Believed => return self.served(pending, question, Err(NoDigest::NotSent), 200),
            Trust::Doubted => return self.decided(pending, Access::Unreachable, Cause::NotARegistry, 200),
            Trust::Asked(waiting) => return waiting.push(pending),
            trust @ Trust::Unknown => *trust = Trust::Asked(Vec::new()),
        }
        pending.confirms = Confirms::Bare(content_type);
        pending.method = Method::Get;
        self.waiting.push_front(pending);
    }

    /// What a confirmation came to, for the others of its origin.
    pub(super) fn confirmed(&mut self, id: OriginId, confirms: Confirms, meaning: &Manifest, response: &Response) {
        match confirms {
            Confirms::Nothing => {}
            Confirms::Missing(shape) => {
                // A `HEAD` that is answered by another handler than `GET` is not believed for any other image either.
                let same = matches!(meaning, Manifest::Missing { .. }) && shape.is_like(&Shape::of(response));
                let serves = matches!(meaning, Manifest::Served(_));
                self.end_missing(id, if same { Trust::Believed } else { Trust::Doubted }, serves);
            }
            Confirms::Bare(content_type) => {
                let trust = match meaning {
                    Manifest::Served(_) => Trust::Believed,
                    Manifest::Settled(Access::Unreachable, _) => Trust::Doubted,
                    _ => Trust::Unknown,
                };
                self.end_bare(id, &content_type, trust);
            }
        }
    }

    /// A confirmation that brought no answer leaves it to the next one.
    pub(super) fn end_confirmation(&mut self, pending: &Pending) {
        match &pending.confirms {
            Confirms::Nothing => {}
            Confirms::Missing(_) => self.end_missing(pending.origin, Trust::Unknown, false),
            Confirms::Bare(content_type) => self.end_bare(pending.origin, content_type, Trust::Unknown),
        }
    }

    fn end_missing(&mut self, id: OriginId, trust: Trust<Missing>, refuses_head: bool) {
        let Some(origin) = self.origins.get_mut(id) else { return };
        origin.refuses_head |= refuses_head;
        if let Trust::Asked(waiting) = mem::replace(&mut origin.learned.head_404, trust) {
            for missing in waiting {
                self.confirm_missing(missing);
            }
        }
    }

    fn end_bare(&mut self, id: OriginId, content_type: &str, trust: Trust<Pending>) {
        let Some(origin) = self.origins.get_mut(id) else { return };
        if let Some(Trust::Asked(waiting)) = origin.learned.bare_200.insert(content_type.to_owned(), trust) {
            for pending in waiting {
                self.bare(pending, content_type.to_owned());
            }
        }
    }
}
