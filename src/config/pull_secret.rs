//! `spec.pullSecret`: the Secret that pods pull with.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::parsed;
use super::problems::Checks;
use crate::yaml::path::Segment::Key;

/// The Secret that pods pull with.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PullSecret {
    /// Its name. Without one `<app>-registry`, or where no proxy has an app `<metadata.name>-registry`.
    #[serde(deserialize_with = "parsed::optional_name")]
    pub name: Option<String>,
    /// Whether it is made: `auto` (where it is referenced), `always`, or `never` (somebody else makes it: an operator,
    /// External Secrets, Sealed Secrets).
    pub create: Create,
    /// Where it is referenced: in `pods`, or in the `serviceAccounts` that they run as.
    pub attach: Attach,
    /// Which pod specs get it: those where it is `needed`, or `all` with an image, as with KOTS.
    #[serde(rename = "for")]
    pub scope: Scope,
    /// Namespaces that get it besides those where it is referenced.
    #[serde(deserialize_with = "parsed::namespaces")]
    pub namespaces: Vec<String>,
    /// Names of further Secrets to reference in every pod spec with an image, such as an account of Docker Hub.
    #[serde(deserialize_with = "parsed::names")]
    pub extra: Vec<String>,
    /// Labels that it gets.
    pub labels: BTreeMap<String, String>,
    /// Annotations that it gets.
    pub annotations: BTreeMap<String, String>,
}

/// Whether the pull Secret is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Create {
    /// Where it is referenced.
    #[default]
    Auto,
    /// Also where nothing refers to it.
    Always,
    /// Never: somebody else makes it.
    Never,
}

/// Where the pull Secret is referenced.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Attach {
    /// In pod specs.
    #[default]
    Pods,
    /// In the ServiceAccounts that pods run as.
    ServiceAccounts,
}

/// Which pod specs get the pull Secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// Those with an image that needs it.
    #[default]
    Needed,
    /// All with an image.
    All,
}

impl PullSecret {
    pub(super) fn check(&self, checks: &mut Checks<'_>) {
        if self.create != Create::Never {
            return;
        }
        for (key, is_empty) in [
            ("namespaces", self.namespaces.is_empty()),
            ("labels", self.labels.is_empty()),
            ("annotations", self.annotations.is_empty()),
        ] {
            if !is_empty {
                let message =
                    format!("`create: never` makes no Secret that these {key} could be for: remove one of the two");
                checks.refuse(&[Key("pullSecret"), Key(key)], &message);
            }
        }
    }
}
