//! Any layout that no preset knows.

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
use crate::proxy::pattern::Pattern;
#[cfg(feature = "schema")]
use crate::schema;

/// A layout in words of its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Template {
    /// The proxy's host, such as `mirror.corp.example`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Host"))]
    pub host: String,
    /// How names are made, such as `{host}/mirror/{registry}/{repository}`: `{host}/`, then segments with `{registry}`, `{namespace}`, `{name}`,
    /// `{repository}` (on Docker Hub always with its organization) or `{original}` (the name as written). Tag and digest are kept.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Text"))]
    pub pattern: String,
    /// The one registry behind the proxy, such as `docker.io`. Required if the pattern has neither `{registry}` nor `{original}`. Only its
    /// images are served.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Host>"))]
    pub upstream: Option<String>,
}

impl Template {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        let host = field::host("host", &self.host)?;
        let Some(path) = self.pattern.strip_prefix("{host}/") else {
            let problem =
                format!("`{}` does not begin with `{{host}}/`: set the host in the field `host`", self.pattern);
            return Err(PresetError::new("pattern", problem));
        };
        let pattern = Pattern::parse(path).map_err(PresetError::of("pattern"))?;
        let upstream = self.upstream.as_deref().map(field::registry).transpose()?;
        match &upstream {
            Some(upstream) => field::not_itself(&host, upstream)?,
            None if !pattern.names_registry() => {
                return Err(PresetError::new(
                    "upstream",
                    "is missing: the pattern drops the registry, so expected the one registry behind the proxy, or \
                     {registry} in the pattern",
                ));
            }
            None => {}
        }
        Ok(Layout::new(host, pattern, upstream))
    }
}
