//! What the planner knows: what reading the input and the configuration left.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::access::Lock;
use crate::config::Config;
use crate::credentials::Credentials;
use crate::image::Reference;
use crate::krm::{File, Finding, ObjectRef, StringMap};
use crate::workload::{Order, PullSecrets, Workload};
use crate::yaml::Spot;

use super::decision::Proxies;

/// Everything that decisions rest on, but for verdicts.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The proxies, with what Replicated's objects say about them.
    pub proxies: &'a Proxies,
    /// The objects with images, in the order of the input.
    pub workloads: &'a [Workload],
    /// The ServiceAccounts among the items.
    pub accounts: &'a [Account],
    /// The Secrets among the items.
    pub secrets: &'a [PullSecretObject],
    /// The verdicts of ImageLocks.
    pub lock: &'a Lock,
    /// KOTS's knownImages.
    pub known: &'a BTreeMap<String, bool>,
    /// The Applications' `excludedImages`, as they were written.
    pub excluded: &'a BTreeSet<String>,
    /// The Applications' `additionalImages`.
    pub additional: &'a [AdditionalImage],
    /// Whose credentials there are.
    pub credentials: &'a Credentials,
    /// The pull Secret's name.
    pub secret_name: &'a str,
    /// Namespaces that get the Secret besides those where it is referenced.
    pub namespaces: &'a [String],
    /// Whether an orchestrator wrote where it read objects, and so writes them back to files.
    pub in_package: bool,
    /// Whether it hands over some of them only, so that what an earlier run wrote may not be seen.
    pub selected: bool,
    /// Whether there is an object that a cluster would get.
    pub deploys: bool,
    /// Whether public images go through the proxy as well.
    pub proxy_public: bool,
    /// What reading had to say.
    pub findings: &'a [Finding],
    /// Seconds since 1970: licenses end.
    pub now: i64,
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
    pub pull_secrets: Option<PullSecrets>,
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
