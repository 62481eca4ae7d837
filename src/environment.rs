//! What the core needs from the outside world, as an argument.

use std::fmt;

macro_rules! variables {
    ($($(#[doc = $doc:literal])+ $constant:ident = $name:literal;)+) => {
        $($(#[doc = $doc])+ pub const $constant: &str = $name;)+

        /// Every variable of ours with what it says, in the order of the documentation.
        pub const VARIABLES: &[(&str, &str)] = &[$(($name, concat!($($doc),+))),+];
    };
}

variables! {
    /// The path of a `kots.io` License. It means all that the same license among the items means. Its ID is sent to Replicated's hosts, to the
    /// domains in it, and to the hosts in `PULLTHROUGH_HOSTS`.
    LICENSE_FILE = "PULLTHROUGH_LICENSE_FILE";
    /// The same license itself, as YAML or that in base64.
    LICENSE = "PULLTHROUGH_LICENSE";
    /// The ID of a Replicated license alone: a credential, which says nothing of apps and domains. It is sent to Replicated's hosts and to those in
    /// `PULLTHROUGH_HOSTS`.
    LICENSE_ID = "PULLTHROUGH_LICENSE_ID";
    /// The token of an Enterprise Portal service account. It is used in place of the ID of every license, for the hosts that the
    /// license in a variable opens.
    SERVICE_ACCOUNT_TOKEN = "PULLTHROUGH_SERVICE_ACCOUNT_TOKEN";
    /// The path of a docker config. Only the entry that kubelet would choose for a proxy's host is used; credential helpers are not run.
    DOCKERCONFIG = "PULLTHROUGH_DOCKERCONFIG";
    /// A docker config itself, as JSON or as base64-encoded JSON.
    DOCKERCONFIGJSON = "PULLTHROUGH_DOCKERCONFIGJSON";
    /// The user name of an account for the hosts in `PULLTHROUGH_HOSTS`, and for no others.
    USERNAME = "PULLTHROUGH_USERNAME";
    /// Its password.
    PASSWORD = "PULLTHROUGH_PASSWORD";
    /// Hosts that a license or an account may be sent to, separated by commas, such as `images.acme.example,registry.corp:5000`.
    HOSTS = "PULLTHROUGH_HOSTS";
    /// Paths of files with ImageLocks, separated as in `PATH`. They are used unless `--lock` is given.
    LOCK = "PULLTHROUGH_LOCK";
    /// A file to which all messages are appended as well, for orchestrators that hide standard error, such as Helm 4.
    LOG = "PULLTHROUGH_LOG";
    /// With `1`, no private or loopback address is contacted: for servers that render other people's manifests.
    PUBLIC_ONLY = "PULLTHROUGH_PUBLIC_ONLY";
}

/// Looks up a variable of the environment; None when it is not set.
pub type Variables<'w> = Box<dyn Fn(&str) -> Option<String> + 'w>;

/// Reads the text of a file, or says why it can't be read.
pub type Files<'w> = Box<dyn Fn(&str) -> Result<String, String> + 'w>;

/// The time, variables and files of the process.
pub struct Environment<'w> {
    /// Seconds since 1970.
    pub now: i64,
    /// The variables.
    pub var: Variables<'w>,
    /// The files.
    pub file: Files<'w>,
}

impl Environment<'_> {
    /// A world with a time and nothing else: no variables, no files.
    #[must_use]
    pub fn bare(now: i64) -> Self {
        Self { now, var: Box::new(|_| None), file: Box::new(|_| Err("this runtime has no files".to_owned())) }
    }

    /// A variable that says something: one that is set to nothing counts as not set.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.var)(name).filter(|value| !value.trim().is_empty())
    }
}

impl fmt::Debug for Environment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("now", &self.now).finish_non_exhaustive()
    }
}
