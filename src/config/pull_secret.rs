//! `spec.pullSecret`: the Secret that pods pull with.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::parsed;
use super::problems::Checks;
#[cfg(feature = "schema")]
use crate::schema;
use crate::yaml::path::Segment::Key;

/// The Secret that pods pull with.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PullSecret {
    /// Its name, such as `acme-registry`. Without it `<app>-registry`, after the `app` of the proxies (several of them are an error), or where no
    /// proxy has one `<metadata.name>-registry`.
    #[serde(deserialize_with = "parsed::optional_name")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Name>"))]
    pub name: Option<String>,
    /// Whether it is made.
    pub create: Create,
    /// Where it is named.
    pub attach: Attach,
    /// Which pod specs name it.
    #[serde(rename = "for")]
    pub scope: Scope,
    /// Namespaces that get it besides those where it is named, such as `acme-jobs`. Not with `create: never`.
    #[serde(deserialize_with = "parsed::namespaces")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Namespace>"))]
    pub namespaces: Vec<String>,
    /// Names of further Secrets that every pod spec with an image names, such as `docker-hub` with an account against rate limits. They are not
    /// made.
    #[serde(deserialize_with = "parsed::names")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Name>"))]
    pub extra: Vec<String>,
    /// Labels that it gets besides `app.kubernetes.io/managed-by: pullthrough`. Not with `create: never`.
    pub labels: BTreeMap<String, String>,
    /// Annotations that it gets, such as `helm.sh/hook` for hooks that need it. Not with `create: never`.
    pub annotations: BTreeMap<String, String>,
}

/// Whether the pull Secret is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum Create {
    /// Where it is named. An error where that would write a credential from outside a package (kpt) into its files.
    #[default]
    Auto,
    /// In the namespace of every workload, for all proxies that take credentials, whether it is named there or not; into files of a package
    /// (kpt) as well.
    Always,
    /// Never: somebody else makes it, such as External Secrets, Sealed Secrets or an operator.
    Never,
}

/// Where the pull Secret is referenced.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum Attach {
    /// In pod specs.
    #[default]
    Pods,
    /// In the ServiceAccounts that pods run as, where these are among the items; else in the pod spec.
    ServiceAccounts,
}

/// Which pod specs get the pull Secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum Scope {
    /// Those with an image that takes credentials.
    #[default]
    Needed,
    /// All with an image, as with KOTS.
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
