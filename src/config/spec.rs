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
    /// The proxies, each with exactly one preset. The first one that matches an image is the image's. Without the field: Replicated's, as the
    /// one License among the items says.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub(super) proxies: Option<Vec<ProxySpec>>,
    /// What is known about images beforehand, and where custom resources keep them.
    ///
    /// `public`, `private` and `ignore` are lists of globs. A glob begins with a registry or with `**/` and is compared with the whole name,
    /// `registry/repository`: `docker.io/library/nginx` is Docker Hub's `nginx`, `*` is any text inside of a segment, `**` any number of
    /// segments. With a tag or a digest in it, it is compared with that too (an image without either is `:latest`). One that can match no image
    /// is an error.
    pub(super) images: ImagesSpec,
    /// How registries are asked, and what happens when they do not say whether an image is public.
    pub(super) access: AccessPolicy,
    /// The Secret that pods pull with.
    pub(super) pull_secret: PullSecret,
    /// What becomes of Replicated's own objects (License, Application …) that are among the items and not local-config, and of objects that KOTS
    /// leaves out (`kots.io/exclude`, `kots.io/when`): their images are left alone.
    pub(super) replicated_objects: ReplicatedObjects,
    /// Whether every tag that lacks a digest gets one: that of the ImageLock, else what the registry or the proxy answers. What can't be pinned is an
    /// error.
    pub(super) pin: bool,
    /// Whether every image on a proxy, or on a host of `inPlace`, is asked for as the cluster will, with the credentials. What is not served is an
    /// error.
    pub(super) verify: bool,
    /// Which results are given.
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
    /// Further places of images, besides pod specs and the custom resources that are known: a `podSpec`, a `path`, or `repository` and what goes
    /// with it. Which objects are meant is said by `group`, `version`, `kind`, `namespace` and `name`. An entry that finds nothing is an info
    /// result, and a warning of `check`.
    ///
    /// Paths are in the words of kustomize's FieldSpec: names with slashes between them, `[]` behind a list (a slash in a name is `\/`). Beyond
    /// kustomize, `*` in a name stands for any text, and `[name=glob]` takes some of a list's items, as in
    /// `spec/template/spec/containers[]/env[name=RELATED_IMAGE_*]/value`.
    fields: Vec<ImageFieldSpec>,
}

/// What becomes of Replicated's own objects that are not local-config, and of those that KOTS leaves out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
pub enum ReplicatedObjects {
    /// They stay, with a warning; a License in a stream is an error, because nothing would keep it from the cluster.
    #[default]
    Warn,
    /// They stay, and nothing is said.
    Keep,
    /// They are taken out of the output.
    Drop,
}

/// Which results are given.
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
