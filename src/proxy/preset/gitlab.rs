//! GitLab: `{host}/{group}/dependency_proxy/containers/{repository}`.
//!
//! GitLab, "Dependency proxy for container images": the host is that of the web interface, not of
//! the registry, and what is behind it is Docker Hub.

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
use crate::proxy::upstream::Upstream;
#[cfg(feature = "schema")]
use crate::schema;

/// A GitLab group's dependency proxy, which serves Docker Hub.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gitlab {
    /// The host of GitLab's web interface, such as `gitlab.corp.example`, not that of its container registry.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub host: String,
    /// The group with its parent groups, such as `acme/platform`. In lower case, because it becomes part of image
    /// names.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Text"))]
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
