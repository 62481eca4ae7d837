//! Where a reference stands with regard to a proxy.

use crate::image::Reference;

/// Where a reference stands with regard to a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// On none of the proxy's hosts.
    Upstream,
    /// Where the layout serves images, or on a path of the proxy's host that allows anonymous pulls.
    Proxied {
        /// The image that is served, when the name tells.
        source: Option<Reference>,
        /// Whether a pod needs the pull secret for it.
        takes_credentials: bool,
    },
    /// On a host of the proxy, outside its layout, or on a host that the same credentials open.
    InPlace {
        /// Whether a pod needs the pull secret for it.
        takes_credentials: bool,
    },
    /// On a default host of the product that a custom domain replaces.
    LegacyHost {
        /// The whole new reference, tag and digest kept.
        to: Reference,
        /// Whether a pod needs the pull secret for it.
        takes_credentials: bool,
    },
}

/// What is found on a host, whichever of its names was used.
pub(super) enum Place {
    Served { source: Option<Reference>, takes_credentials: bool },
    Beside { takes_credentials: bool },
}

impl Place {
    pub(super) fn takes_credentials(&self) -> bool {
        match self {
            Place::Served { takes_credentials, .. } | Place::Beside { takes_credentials } => *takes_credentials,
        }
    }

    pub(super) fn placement(self) -> Placement {
        match self {
            Place::Served { source, takes_credentials } => Placement::Proxied { source, takes_credentials },
            Place::Beside { takes_credentials } => Placement::InPlace { takes_credentials },
        }
    }
}
