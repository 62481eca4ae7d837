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
pub(super) struct Spec {
    /// The proxies. The first one that matches an image is the image's. Without it: Replicated's, as the licence among the items says.
    pub(super) proxies: Option<Vec<ProxySpec>>,
    /// What is known about images beforehand, and where custom resources keep them.
    pub(super) images: ImagesSpec,
    /// How registries are asked, and what happens when they do not say whether an image is public.
    pub(super) access: AccessPolicy,
    /// The Secret that pods pull with.
    pub(super) pull_secret: PullSecret,
    /// What becomes of Replicated's own objects that are not local-config: `warn`, `keep` or `drop`.
    pub(super) replicated_objects: ReplicatedObjects,
    /// Whether every tag that lacks a digest gets one.
    pub(super) pin: bool,
    /// Whether every reference on a proxy, or on a host of `inPlace`, is asked for with the credentials.
    pub(super) verify: bool,
    /// Which results are given: for what `changed` or has a problem, or for `all` images.
    pub(super) results: Detail,
}

/// `spec.images` as it is written.
#[derive(Default, Deserialize)]
pub(super) struct ImagesSpec(pub(super) Declared, pub(super) Fields);

/// Where custom resources keep images.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Fields {
    /// Further places of images, besides pod specs and the custom resources that are known.
    fields: Vec<ImageFieldSpec>,
}

/// What becomes of Replicated's own objects that are not local-config.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReplicatedObjects {
    /// They stay, with a warning.
    #[default]
    Warn,
    /// They stay.
    Keep,
    /// They are taken out.
    Drop,
}

/// Which results are given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Detail {
    /// One per reference that changed or has a problem.
    #[default]
    Changed,
    /// One per image field.
    All,
}

impl Spec {
    /// The configuration, and into `checks` what is wrong with it as a whole.
    pub(super) fn settle(self, checks: &mut Checks<'_>) -> Config {
        let proxies = match self.proxies {
            Some(proxies) => proxies::settle(proxies, checks),
            None => Config::for_licence().proxies,
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
