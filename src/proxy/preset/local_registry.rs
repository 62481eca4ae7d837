//! A registry into which images were copied: `{host}/{namespace}/{repository}`.
//!
//! What KOTS does for a customer's own registry, `flatten` as in its admin console
//! (replicatedhq/kots `pkg/imageutil` `DestImage`), without as in Embedded Cluster 3.

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
use crate::proxy::pattern::{Pattern, Variable};
#[cfg(feature = "schema")]
use crate::schema;

/// A registry into which the images of all registries were copied. Its names do not tell where an
/// image came from, so unlike a proxy it must hold nothing but these copies.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocalRegistry {
    /// The registry's host, such as `registry.corp.example:5000`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub host: String,
    /// The path below which the copies are, such as `mirror`. If omitted, they are at the root.
    pub namespace: Option<String>,
    /// Whether only the last segment of a repository is kept, as KOTS does. `a/app` and `b/app` then have the same name, and together are an
    /// error.
    #[serde(default)]
    pub flatten: bool,
    /// The registry that was copied, such as `docker.io`. If omitted, all registries.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Host>"))]
    pub upstream: Option<String>,
}

impl LocalRegistry {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        let host = field::host("host", &self.host)?;
        let namespace = match self.namespace.as_deref() {
            None | Some("") => String::new(),
            Some(namespace) => field::path("namespace", namespace)?,
        };
        let upstream = self.upstream.as_deref().map(field::registry).transpose()?;
        if let Some(upstream) = &upstream {
            field::not_itself(&host, upstream)?;
        }
        let kept = if self.flatten { Variable::Name } else { Variable::Repository };
        Ok(Layout::new(host, Pattern::below(&namespace, kept), upstream))
    }
}
