//! Quay: `{host}/{organization}/{repository}`.
//!
//! An organization's upstream may be a namespace of a registry; its names then begin after that
//! (quay/quay `data/registry_model/registry_proxy_model.py`).

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
#[cfg(feature = "schema")]
use crate::schema;

/// A Quay proxy cache organization.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quay {
    /// Quay's host, such as `quay.corp.example`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub host: String,
    /// The proxy organization, such as `hub`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Text"))]
    pub organization: String,
    /// The organization's remote registry, such as `docker.io`, or with a namespace,
    /// `docker.io/library`. Only its images are served.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Source"))]
    pub upstream: String,
}

impl Quay {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        let host = field::host("host", &self.host)?;
        let organization = field::segment("organization", &self.organization)?;
        field::below(host, &organization, field::part_of_registry(&self.upstream, true)?)
    }
}
