//! Cloudsmith: `docker.cloudsmith.io/{organization}/{repository}/{image}`.
//!
//! Cloudsmith, "Docker registry: upstream proxying".

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;

/// A Cloudsmith repository with an upstream.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cloudsmith {
    /// A custom domain; `docker.cloudsmith.io` without it.
    pub host: Option<String>,
    /// The organization.
    pub organization: String,
    /// The repository.
    pub repository: String,
    /// The upstream's registry, such as `docker.io`. Only its images are served.
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
