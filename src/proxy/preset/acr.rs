//! Azure Container Registry: `{host}/{prefix}/{repository}`.
//!
//! Microsoft, "Artifact cache": a rule maps a source, `docker.io/library/*`, to a target, `hub/*`.
//! The fields are both without their `*`; a source of Docker Hub has `library` there as well.

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
#[cfg(feature = "schema")]
use crate::schema;

/// An Azure Container Registry cache rule with a wildcard.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Acr {
    /// The registry's login server, such as `acme.azurecr.io`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub host: String,
    /// The rule's target without `/*`, such as `hub`. If omitted, the target is `*`.
    pub prefix: Option<String>,
    /// The rule's source without `/*`, such as `docker.io` or `docker.io/library`. Only its images are served.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Source"))]
    pub upstream: String,
}

impl Acr {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        let host = field::host("host", &self.host)?;
        let prefix = match &self.prefix {
            None => String::new(),
            Some(prefix) => field::path("prefix", prefix)?,
        };
        field::below(host, &prefix, field::part_of_registry(&self.upstream, true)?)
    }
}
