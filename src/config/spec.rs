//! `spec`: all fields of a configuration as they are written.

use serde::Deserialize;

use super::Config;
use super::access::AccessPolicy;
use super::field::ImageFieldSpec;
use super::images::Declared;
use super::problems::Checks;
use super::proxies::{self, ProxySpec};
use super::pull_secret::PullSecret;
use crate::yaml::path::Segment::{Index, Key};

/// What is asked for.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Spec {
    /// The proxies, each with exactly one preset. An image goes through the first one that matches. If omitted: Replicated's proxy, according
    /// to the one License among the items.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub(super) proxies: Option<Vec<ProxySpec>>,
    /// What is known about images in advance, and where custom resources hold them.
    ///
    /// `public`, `private` and `ignore` are lists of globs. A glob begins with a registry or with `**/` and is compared with the whole name,
    /// `registry/repository`: `docker.io/library/nginx` is Docker Hub's `nginx`, `*` is any text within a segment, `**` any number of segments.
    /// If it has a tag or a digest, that is compared too (an image with neither counts as `:latest`). A glob that can't match any image is an
    /// error.
    pub(super) images: ImagesSpec,
    /// How registries are asked, and what to do when they do not say whether an image is public.
    pub(super) access: AccessPolicy,
    /// The Secret that pods pull with.
    pub(super) pull_secret: PullSecret,
    /// What to do with Replicated's own objects (License, Application …) among the items that are not local-config, and with objects that KOTS
    /// excludes (`kots.io/exclude`, `kots.io/when`): their images are left alone.
    pub(super) replicated_objects: ReplicatedObjects,
    /// Whether every tag without a digest gets one: from the ImageLock, or else from the registry or the proxy. An image that can't be pinned is
    /// an error.
    pub(super) pin: bool,
    /// Whether to check that every image on a proxy, or on a host in `inPlace`, can be pulled as the cluster will pull it, with the credentials.
    /// An image that is not served is an error.
    pub(super) verify: bool,
    /// Which results to report.
    pub(super) results: Detail,
}

/// `spec.images` as it is written.
#[derive(Default, Deserialize)]
pub(super) struct ImagesSpec(pub(super) Declared, pub(super) Fields);

/// Where custom resources keep images.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Fields {
    /// More places that hold images, besides pod specs and the custom resources that are known: a `podSpec`, a `path`, or `repository` and its
    /// companions. `group`, `version`, `kind`, `namespace` and `name` select the objects. An entry that matches nothing is an info result, and a
    /// warning in `check`.
    ///
    /// Paths are written like kustomize's FieldSpec: names separated by slashes, with `[]` after a list (a slash in a name is written `\/`).
    /// Beyond kustomize, `*` in a name matches any text, and `[name=glob]` selects some of a list's items, as in
    /// `spec/template/spec/containers[]/env[name=RELATED_IMAGE_*]/value`.
    fields: Vec<ImageFieldSpec>,
}

/// What to do with Replicated's own objects that are not local-config, and with those that KOTS excludes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum ReplicatedObjects {
    /// They are kept, with a warning; a License in a stream is an error, because it would be applied to the cluster.
    #[default]
    Warn,
    /// They are kept without a message.
    Keep,
    /// They are removed from the output.
    Drop,
}

/// Which results to report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum Detail {
    /// One for each image that changed or has a problem.
    #[default]
    Changed,
    /// One for each field with an image, public ones included.
    All,
}

impl Spec {
    /// The configuration, and into `checks` what is wrong with it as a whole.
    pub(super) fn settle(self, checks: &mut Checks<'_>) -> Config {
        let proxies_are_implied = self.proxies.is_none();
        let proxies = match self.proxies {
            Some(proxies) => proxies::settle(proxies, checks),
            None => Config::for_license().proxies,
        };
        let ImagesSpec(declared, Fields { fields }) = self.images;
        let fields = fields.into_iter().enumerate();
        let fields = fields
            .filter_map(|(index, field)| field.settle(&[Key("images"), Key("fields"), Index(index)], checks))
            .collect();
        let images = declared.settle(fields, checks);
        self.pull_secret.check(checks);
        Config {
            name: None,
            proxies,
            proxies_are_implied,
            images,
            access: self.access,
            pull_secret: self.pull_secret,
            replicated_objects: self.replicated_objects,
            pin: self.pin,
            verify: self.verify,
            results: self.results,
        }
    }
}
