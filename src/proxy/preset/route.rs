//! How a repository manager tells its Docker repositories apart.

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;

/// How a repository manager tells its Docker repositories apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum Route {
    /// By the first segment of the path: `{host}/{repository}/…`.
    #[default]
    Path,
    /// By its own host: `{repository}.{host}/…`.
    Subdomain,
    /// By its own port: `{host}:{port}/…`.
    Port,
}

/// The fields that Artifactory and Nexus share.
pub(super) struct Routed<'f> {
    pub(super) host: &'f str,
    pub(super) route: Route,
    pub(super) repository: Option<&'f str>,
    pub(super) port: Option<u16>,
    pub(super) upstream: &'f str,
}

impl Routed<'_> {
    pub(super) fn layout(&self) -> Result<Layout, PresetError> {
        let upstream = field::registry(self.upstream)?;
        if self.route != Route::Port && self.port.is_some() {
            return Err(PresetError::new(
                "port",
                "is set without `layout: port`: write it after the host, or set that layout",
            ));
        }
        let repository = || match self.repository {
            Some(repository) => field::segment("repository", repository),
            None => Err(PresetError::new("repository", "is missing: expected the repository's name")),
        };
        match self.route {
            Route::Path => field::below(field::host("host", self.host)?, &repository()?, upstream),
            Route::Subdomain => {
                let host = field::host("host", self.host)?;
                let host = field::host("repository", &format!("{}.{host}", repository()?))?;
                field::below(host, "", upstream)
            }
            Route::Port => {
                let Some(port) = self.port else {
                    return Err(PresetError::new(
                        "port",
                        "is missing: expected the repository's port with `layout: port`",
                    ));
                };
                if self.repository.is_some() {
                    return Err(PresetError::new(
                        "repository",
                        "is set with `layout: port`, where the port is enough: remove it",
                    ));
                }
                let host = field::host("host", &format!("{}:{port}", self.host))?;
                field::below(host, "", upstream)
            }
        }
    }
}
