//! What the planner knows: what reading the input and the configuration left.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::access::Lock;
use crate::config::Config;
use crate::credentials::Credentials;
use crate::image::Reference;
use crate::krm::{File, Finding, ObjectRef, StringMap};
use crate::workload::{ImagePatterns, Order, PullSecrets, Workload};
use crate::yaml::Spot;

use super::decision::Proxies;

/// Everything that decisions rest on, but for verdicts. It is filled once, when the input was read.
#[derive(Debug)]
pub struct Facts {
    /// The configuration, with what Replicated's objects add to it.
    pub config: Config,
    /// The proxies, with what Replicated's objects say about them.
    pub proxies: Proxies,
    /// What there is in the input.
    pub items: Items,
    /// What is known about images without asking.
    pub known: Known,
    /// What our pull Secret is called, and where it goes.
    pub pull_secret: PullSecretFacts,
    /// Whose credentials there are.
    pub credentials: Credentials,
    /// What reading had to say.
    pub findings: Vec<Finding>,
}

/// What there is in the input, in its order.
#[derive(Debug, Default)]
pub struct Items {
    /// The objects with images.
    pub workloads: Vec<Workload>,
    /// The ServiceAccounts.
    pub accounts: Vec<Account>,
    /// The Secrets.
    pub secrets: Vec<PullSecretObject>,
    /// What policies say about images by their names.
    pub policies: Vec<ImagePatterns>,
    /// Whether there is an object that a cluster would get.
    pub deploys: bool,
    /// Whether an orchestrator wrote where it read objects, and so writes them back to files.
    pub in_package: bool,
    /// Whether it hands over some of them only, so that what an earlier run wrote may not be seen.
    pub selected: bool,
}

/// What is known about images without asking a registry, besides what the configuration declares.
#[derive(Debug, Default)]
pub struct Known {
    /// The verdicts of ImageLocks.
    pub lock: Lock,
    /// KOTS's knownImages: by the image as written, whether it is private.
    pub images: BTreeMap<String, bool>,
    /// The Applications' `excludedImages`, as they were written.
    pub excluded: BTreeSet<String>,
    /// The Applications' `additionalImages`.
    pub additional: Vec<AdditionalImage>,
}

impl Known {
    /// Whether a KOTS Installation recorded the image as private.
    #[must_use]
    pub fn is_private(&self, reference: &Reference) -> Option<bool> {
        if reference.placeholders().is_some() {
            return self.is_private_by_name(reference);
        }
        let by_text = self.images.get(reference.as_written());
        by_text.or_else(|| self.images.get(&reference.normalized())).copied()
    }

    /// What all recorded images of a name are, as it is written or normalized.
    fn is_private_by_name(&self, reference: &Reference) -> Option<bool> {
        let names = [reference.name_as_written().to_owned(), reference.name()];
        let prefixes = names.iter().flat_map(|name| [':', '@'].map(|mark| format!("{name}{mark}")));
        let mut known = prefixes.flat_map(|prefix| {
            let from = self.images.range(prefix.clone()..);
            from.take_while(move |(text, _)| text.starts_with(&prefix)).map(|(_, private)| *private)
        });
        let first = known.next()?;
        known.all(|other| other == first).then_some(first)
    }
}

/// What our pull Secret is called, and where it goes.
#[derive(Debug)]
pub struct PullSecretFacts {
    /// Its name.
    pub name: String,
    /// Namespaces that get it besides those where it is referenced.
    pub namespaces: Vec<String>,
}

/// An image that an Application lists.
#[derive(Clone, Debug)]
pub struct AdditionalImage {
    /// The reference.
    pub reference: Reference,
    /// The Application.
    pub object: Arc<ObjectRef>,
    /// Where the orchestrator read it.
    pub file: Option<File>,
    /// The Application's line, counted from 1.
    pub line: usize,
}

/// A ServiceAccount.
#[derive(Clone, Debug)]
pub struct Account {
    /// Which one.
    pub object: Arc<ObjectRef>,
    /// Where the orchestrator read it.
    pub file: Option<File>,
    /// Its own pull Secrets.
    pub pull_secrets: Option<Arc<PullSecrets>>,
    /// Whether it may be changed: its author doesn't want it left alone.
    pub editable: bool,
}

/// A Secret of the input, as far as it matters for pulling.
#[derive(Clone)]
pub struct PullSecretObject {
    /// Which one.
    pub object: Arc<ObjectRef>,
    /// Where the orchestrator read it.
    pub file: Option<File>,
    /// Its line, counted from 1.
    pub line: usize,
    /// Whether it bears our mark.
    pub managed: bool,
    /// When it is applied.
    pub order: Order,
    /// Its docker config and the place of it, or why it can't take credentials.
    pub content: Result<DockerConfigField, &'static str>,
}

/// `data[".dockerconfigjson"]`, decoded.
#[derive(Clone)]
pub struct DockerConfigField {
    /// The JSON.
    pub json: String,
    /// The place of its base64.
    pub spot: Spot,
    /// The lines of definition and use when other places show it too.
    pub shared: Option<(usize, usize)>,
    /// Labels that it has.
    pub labels: StringMap,
    /// Annotations that it has.
    pub annotations: StringMap,
}

/// Never shows the content.
impl fmt::Debug for PullSecretObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PullSecretObject")
            .field("object", &self.object)
            .field("managed", &self.managed)
            .finish_non_exhaustive()
    }
}

/// Never shows the content.
impl fmt::Debug for DockerConfigField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DockerConfigField").finish_non_exhaustive()
    }
}
