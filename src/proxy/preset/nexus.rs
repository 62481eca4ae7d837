//! Sonatype Nexus: `{host}/{repository}/…`, `{subdomain}.{host}/…`, or `{host}:{port}/…`.
//!
//! Sonatype, "Docker registry: path-based routing, subdomain and port connectors".

use serde::Deserialize;

use super::field::PresetError;
use super::route::{Route, Routed};
use crate::proxy::layout::Layout;

/// A Sonatype Nexus proxy or group repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Nexus {
    /// Nexus's host.
    pub host: String,
    /// How repositories are told apart: `path` (the default), `subdomain` or `port`.
    #[serde(default)]
    pub layout: Route,
    /// The repository's name, or its subdomain with `layout: subdomain`; not with `layout: port`.
    pub repository: Option<String>,
    /// The repository's port, with `layout: port`.
    pub port: Option<u16>,
    /// The registry behind it, such as `docker.io`. Only its images are served.
    pub upstream: String,
}

impl Nexus {
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
