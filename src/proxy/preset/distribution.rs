//! CNCF distribution: `{host}/{repository}`.
//!
//! distribution, "Registry as a pull through cache": one upstream, at the root of the host. Other
//! mirrors of that form are described by it too, such as `mirror.gcr.io` for Docker Hub.

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
#[cfg(feature = "schema")]
use crate::schema;

/// A CNCF distribution registry as pull-through cache, or any mirror of one registry at a host's root.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Distribution {
    /// The mirror's host, such as `mirror.corp.example:5000`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub host: String,
    /// The registry of `proxy.remoteurl`, such as `docker.io`. Only its images are served.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub upstream: String,
}

impl Distribution {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        let host = field::host("host", &self.host)?;
        field::below(host, "", field::registry(&self.upstream)?)
    }
}
