//! Cloudsmith: `docker.cloudsmith.io/{organization}/{repository}/{image}`.
//!
//! Cloudsmith, "Docker registry: upstream proxying".

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
#[cfg(feature = "schema")]
use crate::schema;

/// A Cloudsmith repository with an upstream.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cloudsmith {
    /// A custom domain, such as `images.corp.example`. If omitted, `docker.cloudsmith.io`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Host>"))]
    pub host: Option<String>,
    /// The organization, such as `acme`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Text"))]
    pub organization: String,
    /// The repository, such as `mirror`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Text"))]
    pub repository: String,
    /// The registry of the upstream, such as `docker.io`. Only its images are served.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub upstream: String,
}

impl Cloudsmith {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        let host = field::host("host", self.host.as_deref().unwrap_or("docker.cloudsmith.io"))?;
        let organization = field::segment("organization", &self.organization)?;
        let repository = field::segment("repository", &self.repository)?;
        field::below(host, &format!("{organization}/{repository}"), field::registry(&self.upstream)?)
    }
}
