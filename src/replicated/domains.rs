//! Which hosts Replicated's registries have for one customer.

use std::fmt;

use super::{License, LicenseChoiceError, ReplicatedObjects};

/// The hosts of Replicated's environment that customers are on.
const PRODUCTION: Defaults = Defaults { proxy: "proxy.replicated.com", registry: "registry.replicated.com" };
/// The hosts of the environment that vendors try things in.
const STAGING: Defaults =
    Defaults { proxy: "proxy.staging.replicated.com", registry: "registry.staging.replicated.com" };

/// Every host that is Replicated's own: a license may always be sent there.
pub const REPLICATED_HOSTS: [&str; 4] = [PRODUCTION.proxy, PRODUCTION.registry, STAGING.proxy, STAGING.registry];

struct Defaults {
    proxy: &'static str,
    registry: &'static str,
}

/// What the configuration says about a Replicated proxy; all of it may be left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'a> {
    /// The app's slug.
    pub app: Option<&'a str>,
    /// The host of the proxy.
    pub host: Option<&'a str>,
    /// The host of the registry for images that Replicated hosts.
    pub registry_host: Option<&'a str>,
    /// Name, slug or ID of a channel.
    pub channel: Option<&'a str>,
}

/// The hosts to use, and those that they stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domains {
    /// The host of the pull-through proxy.
    pub proxy: String,
    /// Who said so.
    pub proxy_source: DomainSource,
    /// The host of the registry for images that Replicated hosts.
    pub registry: String,
    /// Who said so.
    pub registry_source: DomainSource,
    /// The proxy's host without a custom domain.
    pub proxy_default: &'static str,
    /// The registry's host without a custom domain.
    pub registry_default: &'static str,
    /// Where the objects contradict each other. What the configuration says is never a contradiction.
    pub disagreements: Vec<Disagreement>,
}

/// Who named a domain. Earlier ones win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DomainSource {
    /// The functionConfig.
    Configuration,
    /// The vendor's Embedded Cluster Config: the one place of a release that Embedded Cluster looks at.
    EmbeddedCluster,
    /// KOTS's Installation: bound to the release.
    Installation,
    /// The vendor's Application.
    Application,
    /// The license's channel.
    Channel,
    /// The license.
    License,
    /// None: it is Replicated's own, of the environment that the license's endpoint is in.
    Default,
}

/// Two objects that name different hosts for the same thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The one that won.
    pub used: (DomainSource, String),
    /// The one that lost.
    pub other: (DomainSource, String),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainsError {
    /// It is not clear which license counts.
    #[error(transparent)]
    License(#[from] LicenseChoiceError),
    /// The license has channels, and not that one.
    #[error("the license has no channel `{wanted}`: expected one of {}", quoted(known))]
    UnknownChannel {
        /// What the configuration asks for.
        wanted: String,
        /// The names of those in the license.
        known: Vec<String>,
    },
}

impl ReplicatedObjects {
    /// The hosts for one app. The configuration beats the Embedded Cluster Config, that the Installation, that the Application, that the
    /// license's channel, that the license; each of the two hosts for itself. KOTS has the same order, but ignores the license's domain
    /// (replicatedhq/kots `pkg/docker/registry/registry.go`; replicatedhq/embedded-cluster `pkg-new/domains/domains.go`, whose domains KOTS
    /// gets as variables and takes before all others).
    ///
    /// # Errors
    /// When it is open which license or channel counts.
    pub fn domains(&self, choice: &Choice<'_>) -> Result<Domains, DomainsError> {
        let license = self.license(choice.app)?;
        let app = choice.app.or(license.map(|license| license.app.as_str()));
        let defaults = if license.is_some_and(|license| license.staging) { STAGING } else { PRODUCTION };
        let mut proxy = Candidates::default();
        let mut registry = Candidates::default();
        proxy.add(DomainSource::Configuration, choice.host);
        registry.add(DomainSource::Configuration, choice.registry_host);
        for config in &self.embedded_cluster_configs {
            proxy.add(DomainSource::EmbeddedCluster, config.proxy_domain.as_deref());
            registry.add(DomainSource::EmbeddedCluster, config.registry_domain.as_deref());
        }
        for installation in about(&self.installations, app, |it| it.name.as_deref()) {
            proxy.add(DomainSource::Installation, installation.proxy_domain.as_deref());
            registry.add(DomainSource::Installation, installation.registry_domain.as_deref());
        }
        for application in about(&self.applications, app, |it| it.name.as_deref()) {
            proxy.add(DomainSource::Application, application.proxy_domain.as_deref());
            registry.add(DomainSource::Application, application.registry_domain.as_deref());
        }
        if let Some(license) = license {
            match channel_domain(license, choice.channel)? {
                Some(domain) => proxy.add(DomainSource::Channel, Some(domain)),
                None => proxy.add(DomainSource::License, license.proxy_domain.as_deref()),
            }
        }
        let mut disagreements = proxy.disagreements();
        disagreements.extend(registry.disagreements());
        let (proxy_source, proxy) = proxy.first(defaults.proxy);
        let (registry_source, registry) = registry.first(defaults.registry);
        Ok(Domains {
            proxy,
            proxy_source,
            registry,
            registry_source,
            proxy_default: defaults.proxy,
            registry_default: defaults.registry,
            disagreements,
        })
    }
}

/// The objects that are named after the app; all of them when none is, because nothing says that the names are slugs.
fn about<'o, T>(objects: &'o [T], app: Option<&str>, name: impl Fn(&T) -> Option<&str>) -> Vec<&'o T> {
    let named: Vec<&T> = objects.iter().filter(|object| app.is_some() && name(object) == app).collect();
    if named.is_empty() { objects.iter().collect() } else { named }
}

/// The domain of the channel that counts: the wanted one, else the license's current one, else its default.
fn channel_domain<'l>(license: &'l License, wanted: Option<&str>) -> Result<Option<&'l str>, DomainsError> {
    let channels = &license.channels;
    let channel = match wanted {
        Some(wanted) => {
            let found = channels.iter().find(|channel| channel.is(wanted));
            let current = [&license.channel_name, &license.channel_id].into_iter().flatten();
            let mut known: Vec<String> = channels.iter().filter_map(|it| it.name.clone()).collect();
            if found.is_none() && !current.clone().any(|own| own == wanted) {
                if known.is_empty() {
                    known.extend(license.channel_name.clone());
                }
                if !known.is_empty() {
                    return Err(DomainsError::UnknownChannel { wanted: wanted.to_owned(), known });
                }
            }
            found
        }
        None => {
            let current = license.channel_id.as_deref();
            let by_id = channels.iter().find(|channel| current.is_some_and(|id| channel.id.as_deref() == Some(id)));
            by_id.or_else(|| channels.iter().find(|channel| channel.default))
        }
    };
    Ok(channel.and_then(|channel| channel.proxy_domain.as_deref()))
}

/// The hosts that were named for one thing, the strongest first.
#[derive(Default)]
struct Candidates(Vec<(DomainSource, String)>);

impl Candidates {
    fn add(&mut self, source: DomainSource, host: Option<&str>) {
        self.0.extend(host.map(|host| (source, host.to_ascii_lowercase())));
    }

    fn first(self, default: &str) -> (DomainSource, String) {
        self.0.into_iter().next().unwrap_or_else(|| (DomainSource::Default, default.to_owned()))
    }

    fn disagreements(&self) -> Vec<Disagreement> {
        let mut objects = self.0.iter().filter(|(source, _)| *source != DomainSource::Configuration);
        let explicit = self.0.len() != objects.clone().count();
        let Some(used) = objects.next() else { return Vec::new() };
        let others = objects.filter(|(_, host)| !explicit && *host != used.1);
        others.map(|other| Disagreement { used: used.clone(), other: other.clone() }).collect()
    }
}

impl fmt::Display for DomainSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configuration => "the configuration",
            Self::EmbeddedCluster => "the Embedded Cluster Config",
            Self::Installation => "the Installation",
            Self::Application => "the Application",
            Self::Channel => "the license's channel",
            Self::License => "the license",
            Self::Default => "Replicated's default",
        })
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((used, host), (other, other_host)) = (&self.used, &self.other);
        write!(
            f,
            "{used} says `{host}`, {other} says `{other_host}`: the first is used; set the right one in the \
             configuration"
        )
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;
    use super::*;

    const ALL: &str = "\
apiVersion: kots.io/v1beta1
kind: License
spec:
  appSlug: my-app
  licenseID: id
  channelID: c2
  replicatedProxyDomain: license.example
  channels:
  - {channelID: c1, channelName: Stable, channelSlug: stable, isDefault: true, replicatedProxyDomain: stable.example}
  - {channelID: c2, channelName: Beta, channelSlug: beta, replicatedProxyDomain: beta.example}
  - {channelID: c3, channelName: Bare}
---
apiVersion: kots.io/v1beta1
kind: Application
metadata: {name: my-app}
spec: {proxyRegistryDomain: application.example, replicatedRegistryDomain: r.application.example}
---
apiVersion: kots.io/v1beta1
kind: Installation
metadata: {name: my-app}
spec: {replicatedProxyDomain: installation.example}
---
apiVersion: embeddedcluster.replicated.com/v1beta1
kind: Config
spec: {domains: {proxyRegistryDomain: ec.example}}
";

    fn proxy(objects: &ReplicatedObjects, choice: &Choice<'_>) -> (String, DomainSource) {
        let domains = objects.domains(choice).unwrap();
        (domains.proxy, domains.proxy_source)
    }

    #[test]
    fn each_source_beats_the_next() {
        let mut objects = read(ALL);
        let explicit = Choice { host: Some("Explicit.example"), ..Choice::default() };
        assert_eq!(proxy(&objects, &explicit), ("explicit.example".to_owned(), DomainSource::Configuration));
        let none = Choice::default();
        assert_eq!(proxy(&objects, &none), ("ec.example".to_owned(), DomainSource::EmbeddedCluster));
        objects.embedded_cluster_configs.clear();
        assert_eq!(proxy(&objects, &none).1, DomainSource::Installation);
        objects.installations.clear();
        assert_eq!(proxy(&objects, &none).1, DomainSource::Application);
        objects.applications.clear();
        assert_eq!(proxy(&objects, &none), ("beta.example".to_owned(), DomainSource::Channel));
        objects.licenses[0].channel_id = None;
        assert_eq!(proxy(&objects, &none), ("stable.example".to_owned(), DomainSource::Channel));
        for wanted in ["Bare", "c3"] {
            let bare = Choice { channel: Some(wanted), ..none };
            assert_eq!(proxy(&objects, &bare), ("license.example".to_owned(), DomainSource::License));
        }
        objects.licenses[0].channels.clear();
        assert_eq!(proxy(&objects, &none).1, DomainSource::License);
        objects.licenses[0].proxy_domain = None;
        assert_eq!(proxy(&objects, &none), ("proxy.replicated.com".to_owned(), DomainSource::Default));
        objects.licenses[0].staging = true;
        assert_eq!(proxy(&objects, &none), ("proxy.staging.replicated.com".to_owned(), DomainSource::Default));
    }

    #[test]
    fn each_host_is_decided_for_itself() {
        let mut objects = read(ALL);
        objects.embedded_cluster_configs.clear();
        let domains = objects.domains(&Choice { app: Some("my-app"), ..Choice::default() }).unwrap();
        assert_eq!(
            (domains.proxy.as_str(), domains.registry.as_str()),
            ("installation.example", "r.application.example")
        );
        assert_eq!(
            (domains.proxy_default, domains.registry_default),
            ("proxy.replicated.com", "registry.replicated.com")
        );
    }

    #[test]
    fn objects_that_differ_are_reported_unless_the_configuration_decides() {
        let mut objects = read(ALL);
        objects.embedded_cluster_configs.clear();
        let found = objects.domains(&Choice::default()).unwrap().disagreements;
        let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "the Installation says `installation.example`, the Application says `application.example`: the \
                 first is used; set the right one in the configuration",
                "the Installation says `installation.example`, the license's channel says `beta.example`: the first \
                 is used; set the right one in the configuration",
            ]
        );
        let explicit = Choice { host: Some("x.example"), ..Choice::default() };
        assert_eq!(objects.domains(&explicit).unwrap().disagreements, []);
    }

    #[test]
    fn objects_named_after_another_app_are_not_about_this_one() {
        let other = ALL.replace("{name: my-app}", "{name: other}");
        let text = format!("{ALL}---\n{}", other.split_once("---\n").unwrap().1.replace("installation.", "other."));
        let choice = Choice { app: Some("my-app"), ..Choice::default() };
        let mut objects = read(&text);
        objects.embedded_cluster_configs.clear();
        assert_eq!(proxy(&objects, &choice).0, "installation.example");
    }

    #[test]
    fn an_unknown_channel_names_the_known_ones() {
        let choice = Choice { channel: Some("Nightly"), ..Choice::default() };
        let error = read(ALL).domains(&choice).unwrap_err();
        assert_eq!(error.to_string(), "the license has no channel `Nightly`: expected one of `Stable`, `Beta`, `Bare`");
        assert!(ReplicatedObjects::default().domains(&choice).is_ok(), "without a license there is nothing to compare");
    }
}
