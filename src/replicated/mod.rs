//! Replicated's own objects: License, Application, Installation and Embedded Cluster Config.
//!
//! They are read and never changed. What KOTS makes of them is in `facts/kots-and-replicated.md`; the sources are named where a rule
//! comes from them. A license ID is in a [`LicenseId`] from the moment it is read.

mod application;
mod domains;
mod embedded_cluster;
mod fields;
mod left_out;
mod license;
mod license_id;

use std::collections::BTreeMap;
use std::fmt;

use crate::yaml::{Fault, View};

pub use application::{Application, Installation};
pub use domains::{Choice, Disagreement, DomainSource, Domains, DomainsError, REPLICATED_HOSTS};
pub use embedded_cluster::EmbeddedClusterConfig;
pub use fields::{FieldProblem, host};
pub use left_out::left_out;
pub use license::{Channel, Expiry, License};
pub use license_id::{LicenseId, LicenseIdError};

/// The pull Secret that Replicated's SDK adds to a Helm release, of the `global.replicated.dockerconfigjson` that the registry puts into the
/// chart's values (replicatedhq/replicated-sdk `chart/`, from 1.11 on).
pub const SDK_PULL_SECRET: &str = "enterprise-pull-secret";

/// Names an object: the caller's number for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub usize);

/// Where a license comes from. It means the same wherever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenseSource {
    /// An item.
    Item(Place),
    /// A variable, or the file that it names.
    Variable(&'static str),
}

/// All of Replicated's objects, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct ReplicatedObjects {
    /// The licenses that have an app and an ID. Those of variables come last.
    pub licenses: Vec<License>,
    /// The Applications.
    pub applications: Vec<Application>,
    /// The Installations.
    pub installations: Vec<Installation>,
    /// The Embedded Cluster Configs.
    pub embedded_cluster_configs: Vec<EmbeddedClusterConfig>,
    /// Fields that can't be used. A License without app or ID is only here.
    pub problems: Vec<FieldProblem>,
}

/// Two licenses that both could be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LicenseChoiceError {
    /// No app was named, and the licenses are for different ones.
    #[error("the licenses are for several apps ({}): set `replicated.app` to one of them", .0.join(", "))]
    SeveralApps(Vec<String>),
    /// Licenses for the same app that say different things.
    #[error("the licenses for the app `{app}` ({}) differ in {field}: keep one of them", .sources.join(", "))]
    Different {
        /// The app.
        app: String,
        /// Where they are.
        sources: Vec<String>,
        /// The first field that differs.
        field: &'static str,
    },
}

impl ReplicatedObjects {
    /// Takes in an object; says whether it was one of those that are read.
    ///
    /// # Errors
    /// When the object can't be read: duplicate keys, endless aliases.
    pub fn read(&mut self, view: &View<'_>, place: Place) -> Result<bool, Fault> {
        match Kind::of(view)? {
            Some(Kind::License) => self.licenses.extend(License::read(view, place, &mut self.problems)?),
            Some(Kind::Application) => self.applications.push(Application::read(view, place, &mut self.problems)?),
            Some(Kind::Installation) => self.installations.push(Installation::read(view, place, &mut self.problems)?),
            Some(Kind::EmbeddedCluster) => {
                self.embedded_cluster_configs.push(EmbeddedClusterConfig::read(view, place, &mut self.problems)?);
            }
            None => return Ok(false),
        }
        Ok(true)
    }

    /// The license for `app`, or the only one when no app is named. The same license twice is one.
    ///
    /// # Errors
    /// When several could be meant.
    pub fn license(&self, app: Option<&str>) -> Result<Option<&License>, LicenseChoiceError> {
        choose_license(&self.licenses, app)
    }

    /// What KOTS found out, by the image exactly as it was written: is it private? Where Installations differ, it is: KOTS writes
    /// down every failure as private, so that answer claims less.
    #[must_use]
    pub fn known_images(&self) -> BTreeMap<&str, bool> {
        let mut known = BTreeMap::new();
        for (image, private) in self.installations.iter().flat_map(|installation| &installation.known_images) {
            *known.entry(image.as_str()).or_insert(false) |= *private;
        }
        known
    }
}

/// The license for `app`, or the only one when no app is named. The same license twice is one.
pub(crate) fn choose_license<'l>(
    licenses: &'l [License],
    app: Option<&str>,
) -> Result<Option<&'l License>, LicenseChoiceError> {
    let fitting: Vec<&License> = licenses.iter().filter(|license| app.is_none_or(|app| license.app == app)).collect();
    let Some(first) = fitting.first().copied() else { return Ok(None) };
    let mut apps: Vec<String> = fitting.iter().map(|license| license.app.clone()).collect();
    apps.sort();
    apps.dedup();
    if apps.len() > 1 {
        return Err(LicenseChoiceError::SeveralApps(apps));
    }
    if let Some(field) = fitting.iter().find_map(|license| first.difference(license)) {
        let mut sources: Vec<String> = fitting.iter().map(|license| license.source.to_string()).collect();
        sources.dedup();
        return Err(LicenseChoiceError::Different { app: first.app.clone(), sources, field });
    }
    Ok(Some(first))
}

impl fmt::Display for LicenseSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Item(_) => f.write_str("among the items"),
            Self::Variable(variable) => write!(f, "in {variable}"),
        }
    }
}

/// Whether an `apiVersion` is of a group that only Replicated's programs read, and that no cluster knows
/// (replicatedhq/kots `pkg/kotsutil/kots.go`, `IsKotsKind`, without the groups that others use too).
#[must_use]
pub fn is_replicated_group(api_version: &str) -> bool {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    matches!(
        group,
        "kots.io"
            | "troubleshoot.sh"
            | "troubleshoot.replicated.com"
            | "embeddedcluster.replicated.com"
            | "kurl.sh"
            | "cluster.kurl.sh"
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    License,
    Application,
    Installation,
    EmbeddedCluster,
}

impl Kind {
    fn of(view: &View<'_>) -> Result<Option<Self>, Fault> {
        let kind = view.get("kind")?;
        let Some(kind) = kind.as_ref().and_then(View::text) else { return Ok(None) };
        let kind = match kind {
            "License" => Self::License,
            "Application" => Self::Application,
            "Installation" => Self::Installation,
            "Config" => Self::EmbeddedCluster,
            _ => return Ok(None),
        };
        let version = view.get("apiVersion")?;
        let ours = match version.as_ref().and_then(View::text) {
            Some("kots.io/v1beta1") => kind != Self::EmbeddedCluster,
            Some("kots.io/v1beta2") => kind == Self::License,
            Some(version) => kind == Self::EmbeddedCluster && version.starts_with("embeddedcluster.replicated.com/"),
            None => false,
        };
        Ok(ours.then_some(kind))
    }
}

/// `config.kubernetes.io/local-config`: any value but "false" keeps the object out of the cluster (kyaml `kio/filters/local.go`).
fn is_local_config(view: &View<'_>) -> Result<bool, Fault> {
    let value = view.at(&["metadata", "annotations", "config.kubernetes.io/local-config"])?;
    Ok(value.is_some_and(|value| value.scalar() != Some("false")))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::yaml::parse::{Error, Split, objects};

    /// The objects in a stream.
    pub(crate) fn read(text: &str) -> ReplicatedObjects {
        let mut found = ReplicatedObjects::default();
        let read = objects(
            text,
            |_| Split::Whole,
            |number, tree| {
                found.read(&tree.view(), Place(number)).unwrap();
                Ok::<(), Error>(())
            },
        );
        read.unwrap();
        found
    }

    fn license(app: &str, id: &str) -> String {
        format!("---\napiVersion: kots.io/v1beta1\nkind: License\nspec: {{appSlug: {app}, licenseID: {id}}}\n")
    }

    #[test]
    fn only_known_kinds_are_read() {
        for (version, kind, ours) in [
            ("kots.io/v1beta1", "License", true),
            ("kots.io/v1beta2", "License", true),
            ("kots.io/v1beta1", "Application", true),
            ("kots.io/v1beta2", "Application", false),
            ("app.k8s.io/v1beta1", "Application", false),
            ("argoproj.io/v1alpha1", "Application", false),
            ("kots.io/v1beta1", "Installation", true),
            ("operator.tigera.io/v1", "Installation", false),
            ("kots.io/v1beta1", "Config", false),
            ("embeddedcluster.replicated.com/v1beta1", "Config", true),
            ("embeddedcluster.replicated.com/v1beta1", "Installation", false),
        ] {
            let found = read(&format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n"));
            let objects = found.applications.len() + found.installations.len() + found.embedded_cluster_configs.len();
            let known = objects + found.problems.len().min(1);
            assert_eq!(known, usize::from(ours), "{version} {kind}");
        }
    }

    #[test]
    fn a_license_is_chosen_by_its_app() {
        let both = read(&(license("a", "one") + &license("b", "two")));
        assert_eq!(both.license(Some("b")).unwrap().unwrap().app, "b");
        assert_eq!(both.license(Some("c")).unwrap(), None);
        assert_eq!(
            both.license(None).unwrap_err().to_string(),
            "the licenses are for several apps (a, b): set `replicated.app` to one of them"
        );
        let twice = read(&(license("a", "one") + &license("a", "one")));
        assert!(twice.license(None).unwrap().is_some());
        let different = read(&(license("a", "one") + &license("a", "two")));
        assert_eq!(
            different.license(None).unwrap_err().to_string(),
            "the licenses for the app `a` (among the items) differ in spec.licenseID: keep one of them"
        );
    }

    #[test]
    fn one_license_from_two_places_must_say_the_same() {
        for (field, value) in [
            ("spec.endpoint", "endpoint: 'https://staging.replicated.app'"),
            ("spec.replicatedProxyDomain", "replicatedProxyDomain: images.acme.example"),
            ("spec.channelID", "channelID: c1"),
            ("spec.channelName", "channelName: Beta"),
            ("spec.channels", "channels: [{channelID: c1}]"),
            ("spec.entitlements.expires_at", "entitlements: {expires_at: {value: '2030-07-27T00:00:00Z'}}"),
        ] {
            let other = license("a", "one").replace("licenseID: one", &format!("licenseID: one, {value}"));
            let mut both = read(&(license("a", "one") + &other));
            both.licenses[1].source = LicenseSource::Variable("VARIABLE");
            assert_eq!(
                both.license(Some("a")).unwrap_err().to_string(),
                format!(
                    "the licenses for the app `a` (among the items, in VARIABLE) differ in {field}: keep one of them"
                )
            );
        }
        let unread = license("a", "one").replace("licenseID: one", "licenseID: one, licenseSequence: 7");
        assert!(read(&(license("a", "one") + &unread)).license(None).is_ok(), "nothing depends on this field");
    }

    #[test]
    fn groups_that_only_replicated_reads() {
        for version in ["kots.io/v1beta1", "kots.io/v1beta2", "troubleshoot.sh/v1beta2", "kurl.sh/v1beta1"] {
            assert!(is_replicated_group(version), "{version}");
        }
        for version in ["app.k8s.io/v1beta1", "velero.io/v1", "v1", "apps/v1", "kots.io"] {
            assert!(!is_replicated_group(version), "{version}");
        }
    }
}
