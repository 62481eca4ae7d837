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
    /// Its name, such as `acme-registry`. If omitted, `<app>-registry` with the `app` of the proxies (several are an error), or
    /// `<metadata.name>-registry` if no proxy has one.
    #[serde(deserialize_with = "parsed::optional_name")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Name>"))]
    pub name: Option<String>,
    /// Whether to create it.
    pub create: Create,
    /// Where it is named.
    pub attach: Attach,
    /// Which pod specs name it.
    #[serde(rename = "for")]
    pub scope: Scope,
    /// Namespaces that get it besides those where it is named, such as `acme-jobs`. Not allowed with `create: never`.
    #[serde(deserialize_with = "parsed::namespaces")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Namespace>"))]
    pub namespaces: Vec<String>,
    /// More Secrets to name in every pod spec with an image, such as `docker-hub` with an account that avoids rate limits. They are not
    /// created.
    #[serde(deserialize_with = "parsed::names")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Name>"))]
    pub extra: Vec<String>,
    /// Labels for it besides `app.kubernetes.io/managed-by: pullthrough`. Not allowed with `create: never`.
    pub labels: BTreeMap<String, String>,
    /// Annotations for it, such as `helm.sh/hook` for hooks that need it. Not allowed with `create: never`.
    pub annotations: BTreeMap<String, String>,
}

/// Whether the pull Secret is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum Create {
    /// Where it is named. It is an error if that would write a credential from outside a package (kpt) into its files.
    #[default]
    Auto,
    /// In the namespace of every workload, for all proxies that need credentials, whether it is named there or not; in the files of a
    /// package (kpt) as well.
    Always,
    /// Never: something else creates it, such as External Secrets, Sealed Secrets or an operator.
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
    /// In the ServiceAccounts that pods run as, if these are among the items; otherwise in the pod spec.
    ServiceAccounts,
}

/// Which pod specs get the pull Secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum Scope {
    /// Those with an image that needs credentials.
    #[default]
    Needed,
    /// All with an image, as KOTS does.
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
                    format!("with `create: never` there is no Secret to give these {key} to: remove one of the two");
                checks.refuse(&[Key("pullSecret"), Key(key)], &message);
            }
        }
    }
}
