//! What the function is for, before it ran.

use super::{Access, Authority, Image, Proxy, Registry, Skopeo, UPSTREAM, docker_config};
use crate::workdir::Workdir;
use std::path::Path;

/// A private image in a registry with htpasswd, behind a proxy that a license opens.
pub(crate) struct Scene<'a> {
    _work: Workdir,
    /// Where the image is; its account is [`UPSTREAM`].
    pub(crate) registry: Registry,
    /// The proxy; nobody has a license yet.
    pub(crate) proxy: Proxy,
    /// A client that trusts the proxy's authority, if it has one.
    pub(crate) client: Skopeo<'a>,
    image: Image,
    pusher: Skopeo<'a>,
}

impl<'a> Scene<'a> {
    const IMAGE: &'static str = "acme/api:1";

    /// Starts both and pushes the image. With an authority the proxy speaks TLS only.
    pub(crate) fn new(skopeo: &Path, authority: Option<&'a Authority>) -> Scene<'a> {
        let work = Workdir::new();
        let registry = Registry::start(&work.folder("registry"), Access::Htpasswd, None);
        let proxy = Proxy::start(&work.folder("proxy"), &registry, authority);
        let image = Image::new(&work.folder("image"), "licensed");
        let (client, pusher) = (Skopeo::new(skopeo, authority), Skopeo::new(skopeo, None));
        let scene = Scene { _work: work, registry, proxy, client, image, pusher };
        scene.push(Self::IMAGE);
        scene
    }

    /// Gives the image another name as well, and says how the author's manifests call it.
    pub(crate) fn push(&self, name: &str) -> String {
        let reference = format!("{}/{name}", self.registry.host());
        let right = docker_config(&self.registry.host(), UPSTREAM);
        self.pusher.push(&self.image, &reference, Some(&right)).success();
        reference
    }

    /// The image's digest.
    pub(crate) fn digest(&self) -> &str {
        &self.image.digest
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
