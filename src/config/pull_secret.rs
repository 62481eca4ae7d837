//! `spec.pullSecret`: the Secret that pods pull with.

use std::collections::BTreeMap;

/// What becomes of the pull Secret.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PullSecret {
    /// Its name, if given.
    pub name: Option<String>,
    /// Whether it is made.
    pub create: Create,
    /// Where it is referenced.
    pub attach: Attach,
    /// Which pod specs get it.
    pub scope: Scope,
    /// Namespaces that get it besides those where it is referenced.
    pub namespaces: Vec<String>,
    /// Further Secrets to reference.
    pub extra: Vec<String>,
    /// Labels of the Secret.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the Secret.
    pub annotations: BTreeMap<String, String>,
}

/// Whether the pull Secret is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
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
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Attach {
    /// In pod specs.
    #[default]
    Pods,
    /// In the ServiceAccounts that pods run as.
    ServiceAccounts,
}

/// Which pod specs get the pull Secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Scope {
    /// Those with an image that needs it.
    #[default]
    Needed,
    /// All with an image.
    All,
}
