//! JFrog Artifactory: `{host}/{repository}/…`, `{repository}.{host}/…`, or `{host}:{port}/…`.
//!
//! JFrog, "Docker repositories: the repository path, subdomain and ports methods". The old
//! `{instance}-{repository}.jfrog.io/…` is the preset `distribution` on that host.

use serde::Deserialize;

use super::field::PresetError;
use super::route::{Route, Routed};
use crate::proxy::layout::Layout;
#[cfg(feature = "schema")]
use crate::schema;

/// A JFrog Artifactory remote or virtual repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Artifactory {
    /// Artifactory's host, such as `acme.jfrog.io`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub host: String,
    /// How repositories are told apart.
    #[serde(default)]
    pub layout: Route,
    /// The repository's key, such as `docker-remote`. Required, except with `layout: port`, which does not allow it.
    pub repository: Option<String>,
    /// The repository's port, such as `5001`. Required with `layout: port`, and not allowed otherwise.
    pub port: Option<u16>,
    /// The registry behind it, such as `docker.io`. Only its images are served.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub upstream: String,
}

impl Artifactory {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        Routed {
            host: &self.host,
            route: self.layout,
            repository: self.repository.as_deref(),
            port: self.port,
            upstream: &self.upstream,
        }
        .layout()
    }
}
