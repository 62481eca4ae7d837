//! `spec.proxies`: the proxies, and which images go through which.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::parsed;
use super::problems::Checks;
use crate::image::Glob;
use crate::proxy::{Layout, Preset, PresetUnion};
#[cfg(feature = "schema")]
use crate::schema;
use crate::yaml::path::Segment::{self, Index, Key};

/// A proxy and the images that go through it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proxy {
    /// How it lays out names. Replicated's may still lack what objects among the items say.
    pub preset: Preset,
    /// The images that may go through it; all that the preset serves when empty.
    pub matches: Vec<Glob>,
    /// The images that don't.
    pub except: Vec<Glob>,
    /// Layouts that are unwound before.
    pub formerly: Vec<Preset>,
    /// The account.
    pub credentials: Credentials,
    /// Hosts, as `host[:port]`, that the same account opens and that stay as they are.
    pub in_place: Vec<String>,
    /// Upstream host, as `host[:port]`, to the name that the proxy knows it by.
    pub aliases: BTreeMap<String, String>,
}

/// Which account opens a proxy.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Credentials {
    /// Whatever is found: the license, or what the caller's variables give.
    #[default]
    Default,
    /// None is needed.
    Anonymous,
    /// That of a Secret among the items.
    SecretRef(SecretRef),
}

/// A Secret among the items.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecretRef {
    /// Its name, such as `harbor-robot`.
    #[serde(deserialize_with = "parsed::name")]
    #[cfg_attr(feature = "schema", schemars(with = "schema::Name"))]
    pub name: String,
    /// Its namespace, such as `platform`. If omitted, only one Secret of that name may be among the items.
    #[serde(default, deserialize_with = "parsed::optional_namespace")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Namespace>"))]
    pub namespace: Option<String>,
}

/// A proxy as it is written: the fields of every proxy, and one preset beside them.
#[derive(Deserialize)]
pub(super) struct ProxySpec(pub(super) ProxyFields, pub(super) PresetUnion);

/// The fields of every proxy, regardless of its preset.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct ProxyFields {
    /// The images that may go through this proxy: globs, such as `quay.io/**`. If omitted, all that the preset serves.
    #[serde(rename = "match", deserialize_with = "parsed::globs")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Glob>"))]
    pub(super) matches: Vec<Glob>,
    /// The images that do not go through this proxy: globs, such as `docker.io/acme/**`. Later proxies may serve them.
    #[serde(deserialize_with = "parsed::globs")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Glob>"))]
    pub(super) except: Vec<Glob>,
    /// Presets used before, each with all of its fields. Their images are traced back to their source first, so that no image goes through two
    /// proxies.
    pub(super) formerly: Vec<PresetUnion>,
    /// Which account to use for the proxy: exactly one of these. If omitted: that of the license among the items; for Replicated's
    /// proxy, else that of the Secret `enterprise-pull-secret` among the items; else what the `PULLTHROUGH_` variables hold for the
    /// proxy's host.
    pub(super) credentials: Option<CredentialsUnion>,
    /// Hosts that the same account has access to, such as `registry.acme.example`. Their images stay as they are, and their pods get the pull
    /// Secret.
    #[serde(deserialize_with = "parsed::hosts")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::Host>"))]
    pub(super) in_place: Vec<String>,
    /// Upstream hosts, each with the name by which the proxy knows it, as in `{"registry.corp:5000": corp}`. A host with a port needs one,
    /// because a path can't contain a colon.
    #[serde(deserialize_with = "parsed::aliases")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, schema::Segment>"))]
    pub(super) aliases: BTreeMap<String, String>,
}

/// Which account opens a proxy: exactly one of these.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = schema::exactly_one))]
pub(super) struct CredentialsUnion {
    /// None: the proxy allows anonymous pulls, so no pull Secret is needed. Written `anonymous: {}`.
    anonymous: Option<Anonymous>,
    /// That of a Secret of type `kubernetes.io/dockerconfigjson` among the items.
    secret_ref: Option<SecretRef>,
}

/// No account. It has no fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Anonymous {}

/// The proxies, or those of them that have no problem.
pub(super) fn settle(specs: Vec<ProxySpec>, checks: &mut Checks<'_>) -> Vec<Proxy> {
    if specs.is_empty() {
        checks.refuse(&[Key("proxies")], "the list has no proxy: expected at least one, as in `- replicated: {}`");
    }
    let mut proxies: Vec<Proxy> = Vec::new();
    for (index, ProxySpec(fields, preset)) in specs.into_iter().enumerate() {
        let at = [Key("proxies"), Index(index)];
        let formerly = fields.formerly.into_iter().enumerate();
        let formerly = formerly
            .filter_map(|(index, preset)| one(preset, &[&at[..], &[Key("formerly"), Index(index)]].concat(), checks))
            .map(|(preset, _)| preset)
            .collect();
        let credentials = credentials(fields.credentials, &at, checks);
        let Some((preset, layout)) = one(preset, &at, checks) else { continue };
        check_hosts(&layout, &fields.in_place, &fields.aliases, &at, checks);
        let takes_all = |proxy: &Proxy| proxy.matches.is_empty() && proxy.except.is_empty() && proxy.preset == preset;
        if proxies.iter().any(takes_all) {
            let message = "an earlier proxy is the same and takes every image that this one could: give the earlier one a \
                           `match`, or remove this one";
            checks.refuse(&at, message);
        }
        let (matches, except, in_place, aliases) = (fields.matches, fields.except, fields.in_place, fields.aliases);
        proxies.push(Proxy { preset, matches, except, formerly, credentials, in_place, aliases });
    }
    proxies
}

/// The preset that is set, if its fields make a layout.
fn one(union: PresetUnion, at: &[Segment<'static>], checks: &mut Checks<'_>) -> Option<(Preset, Layout)> {
    let preset = match union.one() {
        Ok(preset) => preset,
        Err(error) => {
            checks.refuse(at, &error.to_string());
            return None;
        }
    };
    match with_any_app(&preset).layout() {
        Ok(layout) => Some((preset, layout)),
        Err(error) => {
            let at = [at, &[Key(preset.name()), Key(error.field)]].concat();
            let message = if error.is_about_the_field() { error.to_string() } else { error.problem };
            checks.refuse(&at, &message);
            None
        }
    }
}

/// Notes hosts in place and aliases that do not go with the layout.
fn check_hosts(
    layout: &Layout,
    in_place: &[String],
    aliases: &BTreeMap<String, String>,
    at: &[Segment<'static>],
    checks: &mut Checks<'_>,
) {
    for (index, host) in in_place.iter().enumerate() {
        if let Err(error) = layout.in_place_host(host) {
            checks.refuse(&[at, &[Key(error.field), Index(index)]].concat(), &error.problem);
        }
    }
    if let Err(error) = layout.clone().with_aliases(aliases) {
        checks.refuse(&[at, &[Key(error.field)]].concat(), &error.problem);
    }
}

/// Replicated's app may come from a license, which has not been read yet. The other fields can be checked with any.
fn with_any_app(preset: &Preset) -> Preset {
    match preset {
        Preset::Replicated(replicated) if replicated.app.is_none() => {
            let mut replicated = replicated.clone();
            replicated.app = Some("app".to_owned());
            Preset::Replicated(replicated)
        }
        other => other.clone(),
    }
}

fn credentials(union: Option<CredentialsUnion>, at: &[Segment<'static>], checks: &mut Checks<'_>) -> Credentials {
    match union {
        None => Credentials::Default,
        Some(CredentialsUnion { anonymous: Some(Anonymous {}), secret_ref: None }) => Credentials::Anonymous,
        Some(CredentialsUnion { anonymous: None, secret_ref: Some(secret) }) => Credentials::SecretRef(secret),
        Some(CredentialsUnion { anonymous, .. }) => {
            let found = if anonymous.is_some() { "both are" } else { "neither is" };
            let message = format!("{found} set: expected exactly one of `anonymous` and `secretRef`");
            checks.refuse(&[at, &[Key("credentials")]].concat(), &message);
            Credentials::Default
        }
    }
}
