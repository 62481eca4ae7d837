//! zot: `{host}/{destination}/{repository}`.
//!
//! The `content` rules of its sync extension (project-zot/zot `pkg/extensions/sync/content.go`): a
//! prefix chooses repositories, `stripPrefix` takes it off, `destination` goes before the rest.

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
#[cfg(feature = "schema")]
use crate::schema;

/// A zot registry that synchronizes on demand.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Zot {
    /// zot's host, such as `zot.corp.example:5000`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub host: String,
    /// The rule's `destination`, such as `/hub`, if it has one.
    pub destination: Option<String>,
    /// The rule's `stripPrefix`. With `true`, the prefix goes into `upstream`.
    #[serde(default)]
    pub strip_prefix: bool,
    /// The rule's registry, such as `docker.io`, with the rule's prefix if that is more than `**`: `ghcr.io/acme`. Only its images are
    /// served.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Source"))]
    pub upstream: String,
}

impl Zot {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        let host = field::host("host", &self.host)?;
        let destination = match self.destination.as_deref() {
            None | Some("/") => String::new(),
            Some(destination) => field::path("destination", destination)?,
        };
        let upstream = field::part_of_registry(&self.upstream, self.strip_prefix)?;
        if self.strip_prefix && !upstream.has_namespace() {
            let problem = format!("`{upstream}` has no prefix to strip: write it after a slash in `upstream`");
            return Err(PresetError::new("stripPrefix", problem));
        }
        field::below(host, &destination, upstream)
    }
}
