//! What the function is for, before it ran.

use super::{Access, Authority, Image, Proxy, Registry, Skopeo, UPSTREAM, docker_config};
use crate::workdir::Workdir;
use std::path::Path;

/// A private image in a registry with htpasswd, behind a proxy that a licence opens.
pub(crate) struct Scene<'a> {
    _work: Workdir,
    registry: Registry,
    /// The proxy; nobody has a licence yet.
    pub(crate) proxy: Proxy,
    /// A client that trusts the proxy's authority, if it has one.
    pub(crate) client: Skopeo<'a>,
}

impl<'a> Scene<'a> {
    const IMAGE: &'static str = "acme/api:1";

    /// Starts both and pushes the image. With an authority the proxy speaks TLS only.
    pub(crate) fn new(skopeo: &Path, authority: Option<&'a Authority>) -> Scene<'a> {
        let work = Workdir::new();
        let registry = Registry::start(&work.folder("registry"), Access::Htpasswd, None);
        let proxy = Proxy::start(&work.folder("proxy"), &registry, authority);
        let image = Image::new(&work.folder("image"), "licensed");
        let scene = Scene { _work: work, registry, proxy, client: Skopeo::new(skopeo, authority) };
        let right = docker_config(&scene.registry.host(), UPSTREAM);
        Skopeo::new(skopeo, None).push(&image, &scene.source(), Some(&right)).success();
        scene
    }

    /// The image where the author's manifests have it.
    pub(crate) fn source(&self) -> String {
        format!("{}/{}", self.registry.host(), Self::IMAGE)
    }

    /// The host of the registry that the image is in.
    pub(crate) fn upstream(&self) -> String {
        self.registry.host()
    }

    /// The image where the proxy has it.
    pub(crate) fn proxied(&self) -> String {
        format!("{}/proxy/acme/{}/{}", self.proxy.host(), Proxy::ALIAS, Self::IMAGE)
    }
}
