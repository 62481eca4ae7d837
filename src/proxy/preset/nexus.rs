//! Sonatype Nexus: `{host}/{repository}/…`, `{subdomain}.{host}/…`, or `{host}:{port}/…`.
//!
//! Sonatype, "Docker registry: path-based routing, subdomain and port connectors".

use serde::Deserialize;

use super::field::PresetError;
use super::route::{Route, Routed};
use crate::proxy::layout::Layout;
#[cfg(feature = "schema")]
use crate::schema;

/// A Sonatype Nexus proxy or group repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Nexus {
    /// Nexus's host, such as `nexus.corp.example`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub host: String,
    /// How repositories are told apart.
    #[serde(default)]
    pub layout: Route,
    /// The repository's name, such as `hub`, or its subdomain with `layout: subdomain`. Required, except with `layout: port`, which does not
    /// allow it.
    pub repository: Option<String>,
    /// The repository's port, such as `5001`. Required with `layout: port`, and not allowed otherwise.
    pub port: Option<u16>,
    /// The registry behind it, such as `docker.io`. Only its images are served.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
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
