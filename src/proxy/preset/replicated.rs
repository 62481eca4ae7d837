//! Replicated: `{host}/proxy/{app}/{original}`.
//!
//! The paths of the proxy's host are in replicated-docs `vendor/private-images-kots.mdx` and
//! `vendor/packaging-public-images.mdx`; names keep the spelling of Docker Hub that they have, as
//! KOTS writes them (replicatedhq/kots `pkg/docker/registry/images.go` `MakeProxiedImageURL`).

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::{Area, InPlaceHost, Layout};
use crate::proxy::pattern::{Pattern, Variable};
#[cfg(feature = "schema")]
use crate::schema;

/// Replicated's proxy registry. It tells upstream registries apart, so it serves all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Replicated {
    /// The application's slug, such as `acme`. If omitted, that of the one License among the items.
    pub app: Option<String>,
    /// The custom domain of the proxy registry, such as `images.acme.example`. If omitted, the one in Replicated's objects among the items, or
    /// else `proxy.replicated.com`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Host>"))]
    pub host: Option<String>,
    /// The custom domain of the Replicated registry, such as `registry.acme.example`. Its images stay as they are, and their pods get the pull
    /// Secret. If omitted, the one in Replicated's objects among the items, or else `registry.replicated.com`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Host>"))]
    pub registry_host: Option<String>,
    /// The release channel whose custom domains in the license are used, such as `Stable`.
    pub channel: Option<String>,
}

/// The hosts that stand where no custom domain is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicatedHosts {
    /// The proxy registry.
    pub proxy: String,
    /// The Replicated registry.
    pub registry: String,
}

impl Default for ReplicatedHosts {
    fn default() -> ReplicatedHosts {
        ReplicatedHosts { proxy: "proxy.replicated.com".to_owned(), registry: "registry.replicated.com".to_owned() }
    }
}

impl ReplicatedHosts {
    /// Those of licenses whose endpoint is `staging.replicated.app`.
    pub fn staging() -> ReplicatedHosts {
        ReplicatedHosts {
            proxy: "proxy.staging.replicated.com".to_owned(),
            registry: "registry.staging.replicated.com".to_owned(),
        }
    }
}

impl Replicated {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        self.layout_in_place_of(&ReplicatedHosts::default())
    }

    /// The same, with other default hosts.
    pub fn layout_in_place_of(&self, defaults: &ReplicatedHosts) -> Result<Layout, PresetError> {
        let Some(app) = &self.app else {
            return Err(PresetError::new(
                "app",
                "is missing: expected the application's slug, or a License (among the items or in \
                 PULLTHROUGH_LICENSE_FILE)",
            ));
        };
        let app = field::segment("app", app)?;
        let host = field::host("host", self.host.as_ref().unwrap_or(&defaults.proxy))?;
        let registry = field::host("registryHost", self.registry_host.as_ref().unwrap_or(&defaults.registry))?;
        if registry == host {
            let problem = format!(
                "`{registry}` is the proxy's host as well: expected another one, since one domain can't be \
                    both"
            );
            return Err(PresetError::new("registryHost", problem));
        }
        let area = |path: &str, variable, takes_credentials| Area {
            pattern: Pattern::below(path, variable),
            takes_credentials,
        };
        let served = Pattern::below(&format!("proxy/{app}"), Variable::Original);
        let replaced = (registry != defaults.registry).then(|| defaults.registry.clone());
        Ok(Layout::new(host, served, None)
            .beside([
                area("proxy", Variable::Repository, true),
                area("library", Variable::Repository, false),
                area("anonymous", Variable::Original, false),
                area("anon", Variable::Original, false),
            ])
            .replacing(defaults.proxy.clone())
            .opening(InPlaceHost { host: registry, replaced, open: Some("library") }))
    }
}
