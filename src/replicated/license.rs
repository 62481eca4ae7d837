//! A License: who may pull, of which app, until when, and from which domains.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::image::Reference;
use crate::yaml::{Fault, View};

use super::fields::{FieldProblem, Fields};
use super::license_id::LicenseId;
use super::{LicenseSource, Place, is_local_config};

/// What a `kots.io` License says, v1beta1 or v1beta2: they differ in their signatures only, which are not needed for pulling
/// (kotskinds `apis/kots/v1beta{1,2}/license_types.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License {
    /// Where it was found.
    pub source: LicenseSource,
    /// `spec.appSlug`, a valid part of a repository's path.
    pub app: String,
    /// `spec.licenseID`.
    pub id: LicenseId,
    /// Whether `spec.endpoint` is Replicated's staging environment.
    pub staging: bool,
    /// `spec.replicatedProxyDomain`: the domain of the channel that the license began with.
    pub proxy_domain: Option<String>,
    /// `spec.channelID`: the channel that counts when none is chosen.
    pub channel_id: Option<String>,
    /// `spec.channelName`.
    pub channel_name: Option<String>,
    /// `spec.channels`, empty in licenses from before there could be several.
    pub channels: Vec<Channel>,
    /// `spec.entitlements.expires_at.value`; None is never.
    pub expires: Option<Expiry>,
    /// Whether the object stays out of the cluster.
    pub local_config: bool,
}

/// A release channel that a license gives access to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// `channelID`.
    pub id: Option<String>,
    /// `channelName`.
    pub name: Option<String>,
    /// `channelSlug`.
    pub slug: Option<String>,
    /// `isDefault`.
    pub default: bool,
    /// `replicatedProxyDomain`.
    pub proxy_domain: Option<String>,
}

impl Channel {
    /// Whether `wanted` is the name, slug or ID of this channel.
    #[must_use]
    pub fn is(&self, wanted: &str) -> bool {
        [&self.name, &self.slug, &self.id].into_iter().any(|own| own.as_deref() == Some(wanted))
    }
}

/// When a license ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The moment, in seconds since 1970.
    pub unix: i64,
    /// As it was written, an RFC 3339 time.
    pub text: String,
}

impl Expiry {
    /// Whether it was over at `now`, in seconds since 1970.
    #[must_use]
    pub fn passed(&self, now: i64) -> bool {
        self.unix <= now
    }

    fn parse(text: &str) -> Option<Self> {
        let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        Some(Self { unix: time.unix_timestamp(), text: text.to_owned() })
    }
}

impl License {
    /// Whether the license had ended at `now`, in seconds since 1970. Replicated's registries refuse it then.
    #[must_use]
    pub fn expired(&self, now: i64) -> bool {
        self.expires.as_ref().is_some_and(|expiry| expiry.passed(now))
    }

    /// The first field in which another license says something else that matters here.
    #[must_use]
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        let fields = [
            ("spec.appSlug", self.app == other.app),
            ("spec.licenseID", self.id == other.id),
            ("spec.endpoint", self.staging == other.staging),
            ("spec.replicatedProxyDomain", self.proxy_domain == other.proxy_domain),
            ("spec.channelID", self.channel_id == other.channel_id),
            ("spec.channelName", self.channel_name == other.channel_name),
            ("spec.channels", self.channels == other.channels),
            ("spec.entitlements.expires_at", self.expires == other.expires),
        ];
        fields.into_iter().find(|(_, is_same)| !is_same).map(|(field, _)| field)
    }

    /// The domains that the license itself names.
    pub fn named_hosts(&self) -> impl Iterator<Item = &str> {
        let channels = self.channels.iter().filter_map(|channel| channel.proxy_domain.as_deref());
        self.proxy_domain.as_deref().into_iter().chain(channels)
    }

    /// Reads a License. None, with the reasons in `problems`, when it lacks what every license has.
    pub(crate) fn read(view: &View<'_>, place: Place, problems: &mut Vec<FieldProblem>) -> Result<Option<Self>, Fault> {
        let mut fields = Fields::of(place, problems);
        let Some(spec) = view.get("spec")? else {
            fields.missing(view, "spec", "this license lacks its content, which belongs here: download it again");
            return Ok(None);
        };
        let app = app(&spec, &mut fields)?;
        let id = id(&spec, &mut fields)?;
        let endpoint = fields.text(&spec, &["endpoint"])?.and_then(endpoint_host);
        let proxy_domain = fields.host(&spec, &["replicatedProxyDomain"])?;
        let channel_id = fields.text(&spec, &["channelID"])?.map(str::to_owned);
        let channel_name = fields.text(&spec, &["channelName"])?.map(str::to_owned);
        let channels = channels(&spec, &mut fields)?;
        let expires = expires(&spec, &mut fields)?;
        let local_config = is_local_config(view)?;
        let (Some(app), Some(id)) = (app, id) else { return Ok(None) };
        let staging = endpoint.as_deref() == Some("staging.replicated.app");
        Ok(Some(Self {
            source: LicenseSource::Item(place),
            app,
            id,
            staging,
            proxy_domain,
            channel_id,
            channel_name,
            channels,
            expires,
            local_config,
        }))
    }
}

fn app(spec: &View<'_>, fields: &mut Fields<'_>) -> Result<Option<String>, Fault> {
    let Some(view) = spec.get("appSlug")?.filter(|view| !view.is_null()) else {
        fields.missing(
            spec,
            "spec.appSlug",
            "this license does not name its app, which belongs here: download it \
            again",
        );
        return Ok(None);
    };
    let Some(slug) = fields.string(&view) else { return Ok(None) };
    if !is_path_segment(slug) {
        fields.note(&view, "this can't be part of an image's path: expected the app's slug, such as `my-app`");
        return Ok(None);
    }
    Ok(Some(slug.to_owned()))
}

fn id(spec: &View<'_>, fields: &mut Fields<'_>) -> Result<Option<LicenseId>, Fault> {
    let Some(view) = spec.get("licenseID")?.filter(|view| !view.is_null()) else {
        fields.missing(spec, "spec.licenseID", "this license lacks its ID, which belongs here: download it again");
        return Ok(None);
    };
    let Some(text) = fields.string(&view) else { return Ok(None) };
    let id = LicenseId::new(text);
    if let Err(problem) = id {
        fields.note(&view, format!("the license ID {problem}"));
    }
    Ok(id.ok())
}

fn channels(spec: &View<'_>, fields: &mut Fields<'_>) -> Result<Vec<Channel>, Fault> {
    let mut channels = Vec::new();
    for item in fields.items(spec, &["channels"])? {
        channels.push(Channel {
            id: fields.text(&item, &["channelID"])?.map(str::to_owned),
            name: fields.text(&item, &["channelName"])?.map(str::to_owned),
            slug: fields.text(&item, &["channelSlug"])?.map(str::to_owned),
            default: fields.flag(&item, &["isDefault"])?,
            proxy_domain: fields.host(&item, &["replicatedProxyDomain"])?,
        });
    }
    Ok(channels)
}

/// Entitlements may be of any type, and a plain time is no string to every parser: the scalar's text counts.
fn expires(spec: &View<'_>, fields: &mut Fields<'_>) -> Result<Option<Expiry>, Fault> {
    let Some(view) = spec.at(&["entitlements", "expires_at", "value"])? else { return Ok(None) };
    let text = view.scalar().unwrap_or_default();
    if view.is_null() || text.is_empty() && view.scalar().is_some() {
        return Ok(None);
    }
    let expiry = Expiry::parse(text);
    if expiry.is_none() {
        let message = "this is not a date and time: expected one such as 2030-07-27T00:00:00Z, or an empty string \
            for never";
        fields.note(&view, message);
    }
    Ok(expiry)
}

/// The host of a URL, without user and port: the only part of an endpoint that says anything about registries.
fn endpoint_host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    Some(host.to_ascii_lowercase())
}

/// Whether `slug` is one segment of a repository's path.
fn is_path_segment(slug: &str) -> bool {
    !slug.contains('/') && Reference::parse(&format!("registry.example/{slug}")).is_ok_and(|it| it.repository() == slug)
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    const LICENSE: &str = "\
apiVersion: kots.io/v1beta2
kind: License
metadata: {name: acme}
spec:
  appSlug: my-app
  licenseID: 1vusOokxAVp1tkRGuyxnF23PJcq
  endpoint: https://replicated.app
  replicatedProxyDomain: Images.acme.example
  channelID: c2
  channelName: Beta
  isNewKotsUiEnabled: true
  channels:
  - {channelID: c1, channelName: Stable, channelSlug: stable, isDefault: true, replicatedProxyDomain: null}
  - {channelID: c2, channelName: Beta, channelSlug: beta, replicatedProxyDomain: beta.acme.example}
  entitlements:
    expires_at: {title: Expiration, value: 2030-07-27T00:00:00Z, valueType: String}
";

    #[test]
    fn every_field_that_matters_is_read() {
        let objects = read(LICENSE);
        assert_eq!(objects.problems, []);
        let license = objects.licenses.first().unwrap();
        assert_eq!((license.app.as_str(), license.id.reveal()), ("my-app", "1vusOokxAVp1tkRGuyxnF23PJcq"));
        assert_eq!(license.channels.len(), 2);
        assert!(license.channels[0].default && license.channels[1].is("beta") && license.channels[1].is("c2"));
        assert_eq!(license.named_hosts().collect::<Vec<_>>(), ["images.acme.example", "beta.acme.example"]);
        assert_eq!(license.expires.as_ref().map(|it| it.text.as_str()), Some("2030-07-27T00:00:00Z"));
        assert!(!license.local_config && !license.staging);
    }

    #[test]
    fn a_license_ends_at_its_second() {
        let objects = read(LICENSE);
        let license = objects.licenses.first().unwrap();
        let end = 1_911_340_800;
        assert_eq!((license.expired(end - 1), license.expired(end)), (false, true));
    }

    #[test]
    fn no_time_is_never() {
        for value in ["''", "", "null", "~"] {
            let objects = read(&LICENSE.replace("2030-07-27T00:00:00Z", value));
            assert_eq!((objects.problems.len(), &objects.licenses[0].expires), (0, &None), "{value}");
        }
        let objects = read(&LICENSE.replace("2030-07-27T00:00:00Z", "tomorrow"));
        assert_eq!(objects.problems[0].path, "spec.entitlements.expires_at.value");
        assert_eq!(objects.licenses.len(), 1, "all else still counts");
    }

    #[test]
    fn a_license_without_app_or_id_is_a_problem_and_no_license() {
        for (old, new, path, says) in [
            ("spec:", "spek:", "spec", "this license lacks its content"),
            ("appSlug: my-app", "name: x", "spec.appSlug", "does not name its app"),
            ("appSlug: my-app", "appSlug:", "spec.appSlug", "does not name its app"),
            ("appSlug: my-app", "appSlug: My App", "spec.appSlug", "part of an image's path"),
            ("appSlug: my-app", "appSlug: a/b", "spec.appSlug", "part of an image's path"),
            ("appSlug: my-app", "appSlug: 'a:b'", "spec.appSlug", "part of an image's path"),
            ("appSlug: my-app", "appSlug: ''", "spec.appSlug", "part of an image's path"),
            ("licenseID: 1vus", "other: 1vus", "spec.licenseID", "lacks its ID"),
            ("licenseID: 1vusOokxAVp1tkRGuyxnF23PJcq", "licenseID: 123456", "spec.licenseID", "found a number"),
            ("licenseID: 1vusOokxAVp1tkRGuyxnF23PJcq", "licenseID: ''", "spec.licenseID", "is empty"),
            ("licenseID: 1vusOokxAVp1tkRGuyxnF23PJcq", "licenseID: ENC[x]", "spec.licenseID", "encrypted"),
            ("licenseID: 1vusOokxAVp1tkRGuyxnF23PJcq", "licenseID: [a]", "spec.licenseID", "found a list"),
        ] {
            let objects = read(&LICENSE.replace(old, new));
            assert_eq!(objects.licenses, [], "{new}");
            let [problem] = objects.problems.as_slice() else { panic!("{new}: {:?}", objects.problems) };
            assert!(problem.path == path && problem.message.contains(says), "{problem:?}");
        }
    }

    #[test]
    fn the_endpoint_says_which_environment() {
        for (endpoint, staging) in [
            ("https://staging.replicated.app", true),
            ("https://me:secret@STAGING.replicated.app:443/x?y", true),
            ("https://replicated.app", false),
            ("https://replicated.app/staging.replicated.app", false),
            ("staging.replicated.app", false),
            ("<>", false),
        ] {
            let objects = read(&LICENSE.replace("https://replicated.app", &format!("'{endpoint}'")));
            assert_eq!(objects.licenses[0].staging, staging, "{endpoint}");
        }
    }
}
