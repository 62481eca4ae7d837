//! The net under the table of kinds: images that nothing reads.
//!
//! One walk over an object looks at every scalar that a cluster would get. What stands under a key `image` or `…Image`, or in parts as
//! `repository` beside `tag`, is a [`Claim::Field`]: what is known of it counts, and where registries are asked anyway it is asked about as all
//! others are. Elsewhere a text counts only when it is declared or locked as private, a [`Claim::Mention`]. Which of them is worth a word is
//! decided in `plan`, once there are verdicts.
//!
//! The walk looks at every node once, and allocates for candidates only.

mod entry;
mod exceptions;
mod mention;
mod siblings;
mod trail;
mod walk;

pub use entry::Entry;

use crate::image::{Glob, Reference};
use crate::krm::Resource;
use crate::yaml::Fault;

use super::PodSpec;
use super::pull_secrets::PullSecrets;
use walk::{Candidate, Walk};

/// An image in a field that nothing reads.
#[derive(Clone, Debug)]
pub struct Unread {
    /// The reference.
    pub reference: Reference,
    /// What makes it one.
    pub claim: Claim,
    /// The field's path.
    pub path: String,
    /// The same for all fields that one entry is about.
    pub pattern: String,
    /// The field's line, counted from 1.
    pub line: usize,
    /// What to add to `images.fields`. `None` where that can't name the place.
    pub entry: Option<Entry>,
}

/// Why a text is taken for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Its key says so.
    Field,
    /// It matches `images.private`, or may be an entry of a lock.
    Mention,
}

/// What there is to look for.
#[derive(Clone, Copy, Debug)]
pub struct Net<'c> {
    /// `images.private`.
    pub private: &'c [Glob],
    /// Whether there may be locks, so that a mention may be private without a declaration.
    pub may_be_locked: bool,
    /// Whether what stands under a key that is exactly `image` becomes an image field: `images.unread: rewrite`.
    pub rewrites: bool,
}

impl Net<'_> {
    /// The images of an object that are not among those `read`, by the bytes where their tokens begin. Those that become image fields go to
    /// `groups`.
    ///
    /// # Errors
    /// Those of [`PullSecrets::find`].
    pub(super) fn catch(
        self,
        resource: &Resource<'_>,
        mut read: Vec<usize>,
        groups: &mut Vec<PodSpec>,
    ) -> Result<Vec<Unread>, Fault> {
        let object = &resource.object;
        if exceptions::is_object(object) {
            return Ok(Vec::new());
        }
        read.sort_unstable();
        let mut unread = Vec::new();
        for candidate in Walk::over(&resource.view, object.is("", "ConfigMap"), self, &read) {
            match candidate {
                Candidate { field: Some(field), is_image: true, holder, pull_secrets, .. } if self.rewrites => {
                    let pull_secrets = match pull_secrets {
                        Some((key, form)) => PullSecrets::find(&holder, &[] as &[&str], key, form, "")?,
                        None => None,
                    };
                    let pull_secrets = pull_secrets.into_iter().collect();
                    groups.push(PodSpec {
                        images: vec![field],
                        pull_secrets,
                        has_unread: false,
                        service_account: None,
                        path: holder.path().to_string(),
                        line: holder.tree().line(holder.start()),
                        namespace: None,
                        caveat: None,
                    });
                }
                candidate => unread.push(candidate.unread),
            }
        }
        Ok(unread)
    }
}
