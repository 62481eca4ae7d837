//! Google Artifact Registry: `{location}-docker.pkg.dev/{project}/{repository}/{image}`.
//!
//! Google Cloud, "Remote repositories overview". A project of a domain, `example.com:p`, is two
//! segments there, `example.com/p`.

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
#[cfg(feature = "schema")]
use crate::schema;

/// A Google Artifact Registry remote repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gar {
    /// The repository's region or multi-region, such as `europe-west3` or `us`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Text"))]
    pub location: String,
    /// The Google Cloud project, such as `acme-prod` or `example.com:prod`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Text"))]
    pub project: String,
    /// The remote repository, such as `hub`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Text"))]
    pub repository: String,
    /// The registry behind it, such as `docker.io`. Only its images are served.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub upstream: String,
}

impl Gar {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        let location = field::segment("location", &self.location)?;
        let host = field::host("location", &format!("{location}-docker.pkg.dev"))?;
        let project = field::path("project", &self.project.replacen(':', "/", 1))?;
        let repository = field::segment("repository", &self.repository)?;
        field::below(host, &format!("{project}/{repository}"), field::registry(&self.upstream)?)
    }
}
