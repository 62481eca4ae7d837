//! JFrog Artifactory: `{host}/{repository}/…`, `{repository}.{host}/…`, or `{host}:{port}/…`.
//!
//! JFrog, "Docker repositories: the repository path, subdomain and ports methods". The old
//! `{instance}-{repository}.jfrog.io/…` is the preset `distribution` on that host.

use serde::Deserialize;

use super::field::PresetError;
use super::route::{Route, Routed};
use crate::proxy::layout::Layout;

/// A JFrog Artifactory remote or virtual repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Artifactory {
    /// Artifactory's host, such as `acme.jfrog.io`.
    pub host: String,
    /// How repositories are told apart: `path` (the default), `subdomain` or `port`.
    #[serde(default)]
    pub layout: Route,
    /// The repository's key; not with `layout: port`.
    pub repository: Option<String>,
    /// The repository's port, with `layout: port`.
    pub port: Option<u16>,
    /// The registry behind it, such as `docker.io`. Only its images are served.
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
