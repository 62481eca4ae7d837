//! `data`: the short form, all strings, for `kpt fn eval … -- app=acme` and a Kptfile's `configMap`.
//!
//! It has one proxy, and its keys are the last names of `spec`'s fields. Lists have commas.

use serde::Deserialize;

use super::access::AccessPolicy;
use super::images::Declared;
use super::parsed;
use super::proxies::{ProxyFields, ProxySpec};
use super::pull_secret::{Attach, Create, PullSecret, Scope};
use super::spec::{Detail, Fields, ImagesSpec, ReplicatedObjects, Spec};
use crate::proxy::{Preset, PresetUnion};
use crate::yaml::View;
use crate::yaml::de::{self, Error, Problem};

/// The short form as it is written: fields of several structs in one mapping.
pub(super) struct Shorthand {
    short: Short,
    declared: Declared,
    access: AccessPolicy,
    preset: PresetUnion,
}

/// The fields of the short form, besides those of `images`, of `access` and of the preset.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Short {
    /// The preset of the one proxy, whose own fields stand beside it.
    #[serde(rename = "preset")]
    _preset: String,
    /// `spec.proxies[].inPlace`
    #[serde(deserialize_with = "parsed::hosts")]
    in_place: Vec<String>,
    /// `spec.pullSecret.name`
    #[serde(deserialize_with = "parsed::optional_name")]
    pull_secret: Option<String>,
    /// `spec.pullSecret.create`
    create: Create,
    /// `spec.pullSecret.attach`
    attach: Attach,
    /// `spec.pullSecret.for`
    #[serde(rename = "for")]
    scope: Scope,
    /// `spec.pullSecret.namespaces`
    #[serde(deserialize_with = "parsed::namespaces")]
    namespaces: Vec<String>,
    /// `spec.pullSecret.extra`
    #[serde(deserialize_with = "parsed::names")]
    extra: Vec<String>,
    /// `spec.replicatedObjects`
    replicated_objects: ReplicatedObjects,
    /// `spec.pin`
    pin: bool,
    /// `spec.verify`
    verify: bool,
    /// `spec.results`
    results: Detail,
}

/// Fields of `spec` that concern the choice between proxies.
const OF_SEVERAL_PROXIES: [&str; 5] = ["proxies", "match", "except", "formerly", "credentials"];
const ONE_PROXY: &str = "the short form in `data` has one proxy, for every image that its preset serves, with the \
    credentials that are found: write a `spec` with `proxies` instead";

/// Fields of `spec` that are no text.
const TREES: [&str; 4] = ["aliases", "fields", "labels", "annotations"];
const NO_TREE: &str = "the short form in `data` holds strings only: write a `spec` instead";

impl Shorthand {
    /// Reads `data`.
    pub(super) fn read(view: &View<'_>) -> Result<Self, Vec<Problem>> {
        let name = preset(view)?;
        de::read_words(view, |parts| {
            parts.refuse(&OF_SEVERAL_PROXIES, ONE_PROXY);
            parts.refuse(&TREES, NO_TREE);
            let (short, declared, access) = (parts.part()?, parts.part()?, parts.part()?);
            Ok::<_, Error>(Self { short, declared, access, preset: parts.member(name)? })
        })
    }

    /// The same, written out.
    pub(super) fn into_spec(self) -> Spec {
        let short = self.short;
        let fields = ProxyFields { in_place: short.in_place, ..ProxyFields::default() };
        Spec {
            proxies: Some(vec![ProxySpec(fields, self.preset)]),
            images: ImagesSpec(self.declared, Fields::default()),
            access: self.access,
            pull_secret: PullSecret {
                name: short.pull_secret,
                create: short.create,
                attach: short.attach,
                scope: short.scope,
                namespaces: short.namespaces,
                extra: short.extra,
                ..PullSecret::default()
            },
            replicated_objects: short.replicated_objects,
            pin: short.pin,
            verify: short.verify,
            results: short.results,
        }
    }
}

/// The preset that `data` names.
fn preset(view: &View<'_>) -> Result<&'static str, Vec<Problem>> {
    let Ok(Some(value)) = view.get("preset") else { return Ok("replicated") };
    let found = value.scalar().unwrap_or_default();
    Preset::NAMES.iter().find(|name| **name == found).copied().ok_or_else(|| {
        let message = format!("unknown preset {}", de::instead_of(found, Preset::NAMES));
        vec![Problem::new(&value, &message)]
    })
}
