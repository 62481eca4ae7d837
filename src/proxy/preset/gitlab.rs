//! GitLab: `{host}/{group}/dependency_proxy/containers/{repository}`.
//!
//! GitLab, "Dependency proxy for container images": the host is that of the web interface, not of
//! the registry, and what is behind it is Docker Hub.

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
use crate::proxy::upstream::Upstream;

/// A GitLab group's dependency proxy, which serves Docker Hub.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gitlab {
    /// The host of GitLab's web interface.
    pub host: String,
    /// The group, with the groups above it: `acme/platform`. In lower case, as an image needs it.
    pub group: String,
}

impl Gitlab {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        let host = field::host("host", &self.host)?;
        let group = field::path("group", &self.group)?;
        field::below(host, &format!("{group}/dependency_proxy/containers"), Upstream::docker_hub())
    }
}
