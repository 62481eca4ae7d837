//! Harbor: `{host}/{project}/{repository}`.
//!
//! Only an endpoint of type Docker Hub redirects names without `library/` (goharbor/harbor
//! `src/server/middleware/repoproxy`), so the organization is always written.

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
#[cfg(feature = "schema")]
use crate::schema;

/// A Harbor proxy cache project.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Harbor {
    /// Harbor's host, with its port if it has one, such as `harbor.corp.example`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub host: String,
    /// The proxy cache project, such as `hub`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Text"))]
    pub project: String,
    /// The registry of the project's endpoint, such as `docker.io`. Only its images are served.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub upstream: String,
}

impl Harbor {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        let host = field::host("host", &self.host)?;
        let project = field::segment("project", &self.project)?;
        field::below(host, &project, field::registry(&self.upstream)?)
    }
}
