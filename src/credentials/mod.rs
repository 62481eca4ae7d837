//! Who may use which credential.
//!
//! Credentials belong to the user who runs the process, not to the author of the manifests: a source from outside the items opens
//! only hosts that its owner named, and the functionConfig names neither variables nor files. A value leaves in a docker config or
//! in an `Authorization` header, and is in no message and no `Debug`.

pub mod account;
mod credential;
pub mod docker_config;
mod docker_secret;
mod keyring;
mod license_file;
mod source;
mod variables;

use std::collections::BTreeSet;

use crate::replicated::{License, LicenseId, ReplicatedObjects, SDK_PULL_SECRET, choose_license};

use crate::config::{Credentials as Wanted, SecretRef};
use crate::environment::Environment;
use source::{CredentialSource, Hosts};

pub use crate::environment::{
    DOCKERCONFIG, DOCKERCONFIGJSON, HOSTS, LICENSE, LICENSE_FILE, LICENSE_ID, PASSWORD, SERVICE_ACCOUNT_TOKEN, USERNAME,
};
pub use account::{Basic, Entry};
pub use credential::{Credential, Refused};
pub use docker_config::{DockerConfig, DockerConfigError, Shape};
pub use docker_secret::DockerSecret;

/// A variable that can't be used. No value is ever in here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {message}")]
pub struct CredentialProblem {
    /// The variable.
    pub variable: &'static str,
    /// What was found, what was expected.
    pub message: String,
}

/// What kind of proxy a credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product<'a> {
    /// Replicated's: a license for that app opens it.
    Replicated {
        /// The app's slug.
        app: &'a str,
    },
    /// Any other: licenses have no meaning there.
    Other,
}

/// Where a credential comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// From an item: anyone who can read the manifests has it already.
    Items,
    /// From a variable or a file.
    Outside,
}

/// The credential for a proxy, or why it is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyCredential {
    /// The proxy needs none.
    Anonymous,
    /// This one.
    Found(Credential, Origin),
    /// It is missing. The sentence says where one could come from.
    Missing(String),
    /// There is one, which may not go to the proxy's host. The sentence says which variable to set.
    Refused(String),
}

/// Every credential that the process has.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    licenses: Vec<License>,
    secrets: Vec<DockerSecret>,
    outside: Vec<CredentialSource>,
    token: Option<CredentialSource>,
    id: Option<LicenseId>,
    outside_licenses: Vec<License>,
    named: BTreeSet<String>,
    warnings: Vec<CredentialProblem>,
}

impl Credentials {
    /// Takes in the licenses and Secrets among the items, and what the variables hold. Each file is read once.
    ///
    /// # Errors
    /// All variables that can't be used.
    pub fn collect(
        environment: &Environment<'_>,
        replicated: &ReplicatedObjects,
        secrets: Vec<DockerSecret>,
    ) -> Result<Self, Vec<CredentialProblem>> {
        let mut problems = Vec::new();
        let variables = variables::read(environment, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            licenses: replicated.licenses.clone(),
            secrets,
            outside: variables.sources,
            token: variables.token,
            id: variables.id,
            outside_licenses: variables.licenses,
            named: variables.hosts,
            warnings: variables.warnings,
        })
    }

    /// The licenses in variables. Whatever a license among the items says, they say as well.
    #[must_use]
    pub fn outside_licenses(&self) -> &[License] {
        &self.outside_licenses
    }

    /// What is wrong with fields of licenses in variables that can be used all the same.
    #[must_use]
    pub fn warnings(&self) -> &[CredentialProblem] {
        &self.warnings
    }

    /// Why the license for `app` is not clear: a license among the items, and another license's ID in a variable.
    #[must_use]
    pub fn contradiction(&self, app: &str) -> Option<CredentialProblem> {
        let id = self.id.as_ref()?;
        let other = self.licenses.iter().find(|license| license.app == app && license.id != *id)?;
        let message = format!(
            "it is not the ID of the license for `{app}` {}: unset the variable or remove that License; a license for another app goes into {LICENSE_FILE}, a service account's token into {SERVICE_ACCOUNT_TOKEN}",
            other.source
        );
        Some(CredentialProblem { variable: LICENSE_ID, message })
    }

    /// The credential for a proxy. The first of `hosts` is the proxy's own; the others (its default hosts, `inPlace`) are in the
    /// credential as far as their owner named them. A path behind a host is what all names there begin with: a docker config's account
    /// for that path will do. A Secret that the configuration names is the only choice then; else the token of a
    /// service account stands in for every license; without one a license among the items comes first, the SDK's `enterprise-pull-secret` among
    /// them next, then the variables.
    #[must_use]
    pub fn for_proxy(&self, product: Product<'_>, wanted: &Wanted, hosts: &[String]) -> ProxyCredential {
        match wanted {
            Wanted::Anonymous => ProxyCredential::Anonymous,
            Wanted::SecretRef(secret) => self.in_secret(secret, hosts),
            Wanted::Default => self.anywhere(product, hosts),
        }
    }

    fn in_secret(&self, SecretRef { name, namespace }: &SecretRef, hosts: &[String]) -> ProxyCredential {
        let mut fitting = self
            .secrets
            .iter()
            .filter(|secret| secret.name == *name && (namespace.is_none() || secret.namespace == *namespace));
        let place = namespace.as_ref().map_or_else(String::new, |namespace| format!(" in the namespace `{namespace}`"));
        let secret = match (fitting.next(), fitting.next()) {
            (Some(secret), None) => secret,
            (None, _) => {
                return ProxyCredential::Missing(format!(
                    "no Secret `{name}`{place} of type kubernetes.io/dockerconfigjson is among the items: add it, \
                     or omit `credentials.secretRef`"
                ));
            }
            (Some(_), Some(_)) => {
                return ProxyCredential::Missing(format!(
                    "several Secrets `{name}`{place} are among the items: set the namespace of one in \
                     `credentials.secretRef`"
                ));
            }
        };
        match &secret.config {
            Ok(config) => {
                let name = format!("the Secret `{name}`");
                let source = CredentialSource::DockerConfig { name, config: config.clone() };
                match self.gather(&source, hosts) {
                    Ok(credential) => ProxyCredential::Found(credential, Origin::Items),
                    Err(refused) => ProxyCredential::Missing(refused.reason),
                }
            }
            Err(problem) => ProxyCredential::Missing(problem.clone()),
        }
    }

    /// The account in the Secret that Replicated's SDK adds to a Helm release: its author named the hosts in it. The same one in several
    /// namespaces is one.
    fn in_sdk_secret(&self, hosts: &[String]) -> Option<Result<Credential, String>> {
        let mut secrets = self.secrets.iter().filter(|secret| secret.name == SDK_PULL_SECRET && !secret.managed);
        let first = secrets.next()?;
        if secrets.any(|other| other.config != first.config) {
            return Some(Err(format!(
                "several different Secrets `{SDK_PULL_SECRET}` are among the items: choose one in \
                 `credentials.secretRef`, with its namespace"
            )));
        }
        Some(first.config.clone().and_then(|config| {
            let source = CredentialSource::DockerConfig { name: format!("the Secret `{SDK_PULL_SECRET}`"), config };
            self.gather(&source, hosts).map_err(|refused| refused.reason)
        }))
    }

    fn anywhere(&self, product: Product<'_>, hosts: &[String]) -> ProxyCredential {
        let mut reasons = Vec::new();
        let mut bound = false;
        if let (Product::Replicated { .. }, Some(token)) = (product, &self.token) {
            return match self.gather(token, hosts) {
                Ok(credential) => ProxyCredential::Found(credential, Origin::Outside),
                Err(refused) => ProxyCredential::Refused(refused.reason),
            };
        }
        if let Product::Replicated { app } = product {
            match choose_license(&self.licenses, Some(app)) {
                Ok(Some(license)) => match self.gather(&among_items(license), hosts) {
                    Ok(credential) => return ProxyCredential::Found(credential, Origin::Items),
                    Err(refused) => reasons.push(refused.reason),
                },
                Ok(None) => reasons.extend(self.licenses.first().map(|other| {
                    format!("the License among the items is for the app `{}`, not for `{app}`", other.app)
                })),
                Err(problem) => return ProxyCredential::Missing(problem.to_string()),
            }
        }
        if let Product::Replicated { .. } = product {
            match self.in_sdk_secret(hosts) {
                Some(Ok(credential)) => return ProxyCredential::Found(credential, Origin::Items),
                Some(Err(reason)) => reasons.push(reason),
                None => {}
            }
        }
        for source in &self.outside {
            match source.suits(product) {
                Ok(()) => match self.gather(source, hosts) {
                    Ok(credential) => return ProxyCredential::Found(credential, Origin::Outside),
                    Err(refused) => {
                        bound |= source.is_bound();
                        reasons.push(refused.reason);
                    }
                },
                Err(reason) => reasons.extend(reason),
            }
        }
        reasons.dedup();
        match (reasons.is_empty(), bound) {
            (true, _) => ProxyCredential::Missing(nothing(product, hosts)),
            (false, true) => ProxyCredential::Refused(reasons.join("; ")),
            (false, false) => ProxyCredential::Missing(reasons.join("; ")),
        }
    }

    fn gather(&self, source: &CredentialSource, hosts: &[String]) -> Result<Credential, Refused> {
        Credential::gather(hosts, &self.named, |host, name| source.account_for(host, name))
    }
}

fn among_items(license: &License) -> CredentialSource {
    let name = "the License among the items".to_owned();
    let License { id, app, .. } = license.clone();
    CredentialSource::License { id, app: Some(app), name, hosts: Hosts::Any }
}

/// No source at all: what could be one.
fn nothing(product: Product<'_>, hosts: &[String]) -> String {
    let host = hosts.first().and_then(|name| name.split('/').next()).unwrap_or_default();
    match product {
        Product::Replicated { .. } => format!(
            "no credential for `{host}`: add the License to the items, or set {LICENSE_FILE}, {LICENSE_ID}, \
             {SERVICE_ACCOUNT_TOKEN} or {DOCKERCONFIG}"
        ),
        Product::Other => format!(
            "no credential for `{host}`: set {DOCKERCONFIG}, or {USERNAME}, {PASSWORD} and {HOSTS}, or refer to a \
             Secret among the items in `credentials.secretRef`, or write `credentials: {{anonymous: {{}}}}`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::HashMap;

    use super::{LICENSE as LICENSE_TEXT, *};
    use crate::credentials::DockerConfig;
    use crate::replicated::tests::read;
    use crate::yaml::parse::{Error, Split, objects};

    const LICENSE: &str = "apiVersion: kots.io/v1beta1\nkind: License\nspec: {appSlug: my-app, licenseID: hunter2, \
                           replicatedProxyDomain: images.acme.example, entitlements: {expires_at: {value: 2030-07-27T00:00:00Z}}}\n";
    const DOCKER: &str =
        r#"{"auths":{"harbor.example":{"auth":"bWU6aHVudGVyMw=="},"token.example":{"identitytoken":"hunter4"}}}"#;
    const APP: Product<'_> = Product::Replicated { app: "my-app" };

    /// The Secrets in a stream.
    pub(super) fn secrets(text: &str) -> Vec<DockerSecret> {
        let mut found = Vec::new();
        let read = objects(
            text,
            |_| Split::Whole,
            |_, tree| {
                found.extend(DockerSecret::read(&tree.view()).unwrap());
                Ok::<(), Error>(())
            },
        );
        read.unwrap();
        found
    }

    fn world<'w>(variables: &[(&'w str, &'w str)]) -> Environment<'w> {
        let variables: HashMap<&str, &str> = variables.iter().copied().collect();
        Environment {
            now: 0,
            var: Box::new(move |name| variables.get(name).map(|value| (*value).to_owned())),
            file: Box::new(|path| match path {
                "/license" => Ok(LICENSE.to_owned()),
                "/docker" => Ok(DOCKER.to_owned()),
                other => Err(format!("{other}: no such file")),
            }),
        }
    }

    fn from(variables: &[(&str, &str)]) -> Credentials {
        Credentials::collect(&world(variables), &ReplicatedObjects::default(), Vec::new()).unwrap()
    }

    fn ask(credentials: &Credentials, product: Product<'_>, hosts: &[&str]) -> ProxyCredential {
        credentials.for_proxy(product, &Wanted::Default, &owned(hosts))
    }

    fn owned(hosts: &[&str]) -> Vec<String> {
        hosts.iter().map(|host| (*host).to_owned()).collect()
    }

    #[track_caller]
    fn found(answer: ProxyCredential) -> (Credential, Origin) {
        match answer {
            ProxyCredential::Found(credential, origin) => (credential, origin),
            other => panic!("{other:?}"),
        }
    }

    /// The user and password for a host.
    fn account(credential: &Credential, host: &str) -> Option<String> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let header = credential.authorization(host)?;
        let bytes = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
        Some(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_license_among_the_items_opens_the_hosts_of_the_configuration() {
        let credentials = Credentials::collect(&Environment::bare(0), &read(LICENSE), Vec::new()).unwrap();
        let (credential, origin) = found(ask(&credentials, APP, &["any.example", "other.example:5000"]));
        assert_eq!(origin, Origin::Items);
        assert_eq!(account(&credential, "Any.example").unwrap(), "LICENSE_ID:hunter2");
        assert_eq!(account(&credential, "third.example"), None);
        let other = ask(&credentials, Product::Replicated { app: "x" }, &["any.example"]);
        let says = "the License among the items is for the app `my-app`, not for `x`";
        assert_eq!(other, ProxyCredential::Missing(says.to_owned()));
        assert!(matches!(ask(&credentials, Product::Other, &["any.example"]), ProxyCredential::Missing(_)));
    }

    #[test]
    fn a_license_from_outside_goes_to_named_hosts_only() {
        let says = "the license in PULLTHROUGH_LICENSE_ID must not be sent to `images.acme.example`: add that host \
            to PULLTHROUGH_HOSTS";
        let id = from(&[(LICENSE_ID, "hunter2\n")]);
        assert_eq!(ask(&id, APP, &["images.acme.example"]), ProxyCredential::Refused(says.to_owned()));
        for host in ["proxy.replicated.com", "registry.replicated.com", "proxy.staging.replicated.com"] {
            assert_eq!(found(ask(&id, APP, &[host])).1, Origin::Outside);
        }
        let named = from(&[(LICENSE_ID, "hunter2"), (HOSTS, "a.example, Images.acme.example")]);
        found(ask(&named, APP, &["images.acme.example"]));
        let file = from(&[(LICENSE_FILE, "/license")]);
        found(ask(&file, APP, &["images.acme.example"]));
        assert!(matches!(ask(&file, APP, &["evil.example"]), ProxyCredential::Refused(_)));
        assert_eq!(
            ask(&file, Product::Replicated { app: "x" }, &["images.acme.example"]),
            ProxyCredential::Missing(
                "the license in PULLTHROUGH_LICENSE_FILE is for the app `my-app`, not for `x`".to_owned()
            )
        );
    }

    #[test]
    fn a_further_host_that_nobody_named_gets_nothing() {
        let credentials = from(&[(LICENSE_ID, "hunter2"), (HOSTS, "realm.example")]);
        let hosts = ["proxy.replicated.com", "evil.example", "registry.replicated.com"];
        let (credential, _) = found(ask(&credentials, APP, &hosts));
        assert_eq!(credential.hosts().collect::<Vec<_>>(), ["proxy.replicated.com", "registry.replicated.com"]);
        assert_eq!(credential.refused()[0].host, "evil.example");
        assert_eq!(credential.authorization("evil.example"), None);
        assert!(credential.authorization("realm.example").is_some(), "a token endpoint may be there");
        let mut config = DockerConfig::default();
        let refused = credential.write_to(&mut config, &owned(&hosts)).unwrap_err();
        assert!(refused.to_string().ends_with("add that host to PULLTHROUGH_HOSTS"));
        assert_eq!(config.to_json(), r#"{"auths":{}}"#, "all or nothing");
        assert!(credential.write_to(&mut config, &owned(&["realm.example"])).is_err());
        credential.write_to(&mut config, &owned(&["Proxy.replicated.com"])).unwrap();
        assert_eq!(config.to_json(), r#"{"auths":{"proxy.replicated.com":{"auth":"TElDRU5TRV9JRDpodW50ZXIy"}}}"#);
    }

    #[test]
    fn of_a_docker_config_only_the_entry_for_the_host() {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let encoded = STANDARD.encode(DOCKER);
        for variable in [(DOCKERCONFIG, "/docker"), (DOCKERCONFIGJSON, DOCKER), (DOCKERCONFIGJSON, encoded.as_str())] {
            let credentials = from(&[variable]);
            let (credential, _) = found(ask(&credentials, Product::Other, &["harbor.example", "token.example"]));
            assert_eq!(credential.hosts().collect::<Vec<_>>(), ["harbor.example"]);
            assert_eq!(account(&credential, "harbor.example").unwrap(), "me:hunter3");
            let missing = format!("{} has no account for `ghcr.io`: add one to its `auths`", variable.0);
            assert_eq!(ask(&credentials, Product::Other, &["ghcr.io"]), ProxyCredential::Missing(missing));
            let ProxyCredential::Missing(token) = ask(&credentials, Product::Other, &["token.example"]) else {
                panic!()
            };
            assert!(token.contains("no user name and password"), "{token}");
        }
    }

    #[test]
    fn an_account_goes_to_named_hosts_only() {
        let both = [(USERNAME, "me"), (PASSWORD, "hunter3")];
        let nowhere = from(&both);
        let says = "PULLTHROUGH_USERNAME and PULLTHROUGH_PASSWORD must not be sent to `harbor.example`: add that \
            host to PULLTHROUGH_HOSTS";
        assert_eq!(ask(&nowhere, Product::Other, &["harbor.example"]), ProxyCredential::Refused(says.to_owned()));
        let named = from(&[both[0], both[1], (HOSTS, "harbor.example")]);
        let (credential, origin) = found(ask(&named, Product::Other, &["harbor.example"]));
        assert_eq!((account(&credential, "harbor.example").unwrap().as_str(), origin), ("me:hunter3", Origin::Outside));
        assert!(matches!(ask(&named, APP, &["proxy.replicated.com"]), ProxyCredential::Refused(_)));
    }

    #[test]
    fn sources_are_tried_in_order() {
        let host = ["proxy.replicated.com"];
        let docker = r#"{"auths":{"proxy.replicated.com":{"username":"docker","password":"p"}}}"#;
        let all =
            [(DOCKERCONFIGJSON, docker), (LICENSE_ID, "id"), (USERNAME, "user"), (PASSWORD, "p"), (HOSTS, host[0])];
        for (skipped, user) in [(0, "docker:p"), (1, "LICENSE_ID:id"), (2, "user:p")] {
            let credentials = from(&all[skipped..]);
            assert_eq!(account(&found(ask(&credentials, APP, &host)).0, host[0]).unwrap(), user);
        }
        let items = Credentials::collect(&world(&all), &read(LICENSE), Vec::new()).unwrap();
        assert_eq!(account(&found(ask(&items, APP, &host)).0, host[0]).unwrap(), "LICENSE_ID:hunter2");
    }

    #[test]
    fn a_token_stands_in_for_every_license() {
        let variables = [(SERVICE_ACCOUNT_TOKEN, "hunter6/a.b\n"), (LICENSE_FILE, "/license")];
        let credentials = Credentials::collect(&world(&variables), &read(LICENSE), Vec::new()).unwrap();
        for host in ["proxy.replicated.com", "images.acme.example"] {
            let (credential, origin) = found(ask(&credentials, APP, &[host]));
            assert_eq!(account(&credential, host).unwrap(), "LICENSE_ID:hunter6/a.b");
            assert_eq!(origin, Origin::Outside);
        }
        let says = "the token in PULLTHROUGH_SERVICE_ACCOUNT_TOKEN must not be sent to `images.acme.example`: add \
            that host to PULLTHROUGH_HOSTS";
        let alone = Credentials::collect(&world(&variables[..1]), &read(LICENSE), Vec::new()).unwrap();
        assert_eq!(
            ask(&alone, APP, &["images.acme.example"]),
            ProxyCredential::Refused(says.to_owned()),
            "its owner did not name it"
        );
        assert!(matches!(ask(&alone, Product::Other, &["proxy.replicated.com"]), ProxyCredential::Missing(_)));
    }

    #[test]
    fn a_license_in_a_variable_is_the_license_in_a_file() {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let encoded = STANDARD.encode(LICENSE);
        for variable in [(LICENSE_FILE, "/license"), (LICENSE_TEXT, LICENSE), (LICENSE_TEXT, encoded.as_str())] {
            let credentials = from(&[variable]);
            let [license] = credentials.outside_licenses() else { panic!("{variable:?}") };
            assert_eq!((license.app.as_str(), license.expires.is_some()), ("my-app", true));
            found(ask(&credentials, APP, &["images.acme.example"]));
        }
    }

    #[test]
    fn a_license_id_beside_another_license_is_a_contradiction() {
        let credentials = Credentials::collect(&world(&[(LICENSE_ID, "hunter3")]), &read(LICENSE), Vec::new()).unwrap();
        let problem = credentials.contradiction("my-app").unwrap().to_string();
        assert!(
            problem.starts_with("PULLTHROUGH_LICENSE_ID: it is not the ID of the license for `my-app` among the items")
        );
        assert!(!problem.contains("hunter"), "{problem}");
        assert_eq!(credentials.contradiction("other"), None);
        let same = Credentials::collect(&world(&[(LICENSE_ID, "hunter2")]), &read(LICENSE), Vec::new()).unwrap();
        assert_eq!(same.contradiction("my-app"), None);
    }

    #[test]
    fn a_named_secret_is_the_only_choice() {
        let secret = |namespace: &str| {
            format!(
                "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: hub{namespace}}}\ntype: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: '{DOCKER}'\n"
            )
        };
        let text = secret("") + &secret(", namespace: a");
        let credentials =
            Credentials::collect(&world(&[(LICENSE_ID, "id")]), &ReplicatedObjects::default(), secrets(&text)).unwrap();
        let want = |name: &str, namespace: Option<&str>, host: &str| {
            let wanted =
                Wanted::SecretRef(SecretRef { name: name.to_owned(), namespace: namespace.map(str::to_owned) });
            credentials.for_proxy(APP, &wanted, &owned(&[host]))
        };
        let (credential, origin) = found(want("hub", Some("a"), "harbor.example"));
        assert_eq!((account(&credential, "harbor.example").unwrap().as_str(), origin), ("me:hunter3", Origin::Items));
        for (answer, says) in [
            (want("hub", None, "harbor.example"), "several Secrets `hub` are"),
            (want("hub", Some("b"), "harbor.example"), "no Secret `hub` in the namespace `b`"),
            (want("x", None, "harbor.example"), "no Secret `x` of type"),
            (
                want("hub", Some("a"), "proxy.replicated.com"),
                "the Secret `hub` has no account for `proxy.replicated.com`",
            ),
        ] {
            let ProxyCredential::Missing(sentence) = answer else { panic!("{answer:?}") };
            assert!(sentence.starts_with(says), "{sentence}");
        }
    }

    #[test]
    fn without_any_source_the_sentence_names_them() {
        let none = Credentials::default();
        for (product, variable) in [(APP, LICENSE_FILE), (Product::Other, USERNAME)] {
            let ProxyCredential::Missing(sentence) = ask(&none, product, &["harbor.example"]) else { panic!() };
            assert!(sentence.contains(variable) && sentence.contains("`harbor.example`"), "{sentence}");
        }
        assert_eq!(none.for_proxy(APP, &Wanted::Anonymous, &[]), ProxyCredential::Anonymous);
    }

    #[test]
    fn files_are_read_once() {
        let reads = Cell::new(0);
        let environment = Environment {
            now: 0,
            var: Box::new(|name| (name == LICENSE_FILE).then(|| "/license".to_owned())),
            file: Box::new(|_| {
                reads.set(reads.get() + 1);
                Ok(LICENSE.to_owned())
            }),
        };
        let credentials = Credentials::collect(&environment, &ReplicatedObjects::default(), Vec::new()).unwrap();
        for _ in 0..3 {
            found(ask(&credentials, APP, &["proxy.replicated.com"]));
        }
        assert_eq!(reads.get(), 1);
    }

    #[test]
    fn every_bad_variable_is_reported_and_none_is_quoted() {
        let problems = |variables: &[(&str, &str)]| {
            Credentials::collect(&world(variables), &ReplicatedObjects::default(), Vec::new()).unwrap_err()
        };
        for (variables, says) in [
            ([(LICENSE_ID, "hunter2 hunter3")].as_slice(), "PULLTHROUGH_LICENSE_ID: the license ID contains spaces"),
            (&[(LICENSE_ID, "${hunter2}")], "PULLTHROUGH_LICENSE_ID: the license ID is a variable"),
            (
                &[(LICENSE_ID, LICENSE)],
                "goes into PULLTHROUGH_LICENSE, or into a file that PULLTHROUGH_LICENSE_FILE names",
            ),
            (&[(LICENSE_FILE, LICENSE)], "expected a path, found a license: that goes into PULLTHROUGH_LICENSE"),
            (&[(LICENSE_TEXT, "hunter2")], "PULLTHROUGH_LICENSE: expected a License as YAML"),
            (&[(LICENSE_TEXT, "kind: License")], "PULLTHROUGH_LICENSE: it is not a license"),
            (&[(SERVICE_ACCOUNT_TOKEN, "'hunter2'")], "PULLTHROUGH_SERVICE_ACCOUNT_TOKEN: the token is in quotes"),
            (
                &[(SERVICE_ACCOUNT_TOKEN, "hunter2"), (LICENSE_ID, "hunter3")],
                "PULLTHROUGH_SERVICE_ACCOUNT_TOKEN: it and PULLTHROUGH_LICENSE_ID are passwords for the same hosts",
            ),
            (
                &[(LICENSE_FILE, "/license"), (LICENSE_ID, "hunter3")],
                "PULLTHROUGH_LICENSE_ID: it is not the ID of the license in PULLTHROUGH_LICENSE_FILE: unset one of them",
            ),
            (
                &[(LICENSE_FILE, "hunter2")],
                "PULLTHROUGH_LICENSE_FILE: can't read the file that it names: no such file; for a license ID, \
                 set PULLTHROUGH_LICENSE_ID",
            ),
            (
                &[(LICENSE_FILE, "/no/such.yaml")],
                "PULLTHROUGH_LICENSE_FILE: can't read the file `/no/such.yaml`: no such file",
            ),
            (&[(LICENSE_FILE, "\"/hunter2\"")], "PULLTHROUGH_LICENSE_FILE: the path is in quotes"),
            (&[(DOCKERCONFIG, "'/hunter2'")], "PULLTHROUGH_DOCKERCONFIG: the path is in quotes"),
            (&[(LICENSE_FILE, "/docker")], "PULLTHROUGH_LICENSE_FILE: it is not a license"),
            (&[(DOCKERCONFIG, "{\"hunter2\":1}")], "set PULLTHROUGH_DOCKERCONFIGJSON instead"),
            (&[(DOCKERCONFIG, "/license")], "PULLTHROUGH_DOCKERCONFIG: unexpected text at line 1, column 1"),
            (&[(DOCKERCONFIGJSON, "hunter2")], "base64-encoded JSON"),
            (&[(DOCKERCONFIGJSON, "{hunter2")], "PULLTHROUGH_DOCKERCONFIGJSON: unexpected text at line 1"),
            (&[(USERNAME, "hunter2")], "PULLTHROUGH_USERNAME: needs PULLTHROUGH_PASSWORD as well"),
            (&[(PASSWORD, "hunter2")], "PULLTHROUGH_PASSWORD: needs PULLTHROUGH_USERNAME as well"),
            (&[(USERNAME, "hunter2:"), (PASSWORD, "hunter3")], "PULLTHROUGH_USERNAME: the user name contains a colon"),
            (&[(HOSTS, "a.example,https://me:hunter2@b.example")], "PULLTHROUGH_HOSTS: entry 2 is not a host name"),
        ] {
            let found = problems(variables);
            let [problem] = found.as_slice() else { panic!("{says}: {found:?}") };
            assert!(problem.to_string().contains(says), "{problem}");
            assert!(!format!("{problem} {problem:?}").contains("hunter"), "{problem:?}");
        }
        assert_eq!(problems(&[(LICENSE_FILE, "x"), (DOCKERCONFIG, "y"), (HOSTS, "a,b"), (USERNAME, "z")]).len(), 5);
    }

    #[test]
    fn a_key_with_an_account_before_its_host_is_shown_without_it() {
        let config = r#"{"auths":{"https://me:hunter2@harbor.example/hub":{"identitytoken":"hunter3"}}}"#;
        let answer = ask(&from(&[(DOCKERCONFIGJSON, config)]), Product::Other, &["harbor.example/hub/"]);
        let ProxyCredential::Missing(sentence) = answer else { panic!("{answer:?}") };
        assert!(sentence.contains("the entry for `…@harbor.example/hub` has no user name"), "{sentence}");
    }

    /// A new type or field that shows a secret fails here: everything that holds one is printed.
    #[test]
    fn no_debug_shows_a_secret() {
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: hub}}\ntype: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: '{DOCKER}'\n"
        );
        let license = LICENSE.replace("appSlug", "endpoint: 'https://me:hunter5@staging.replicated.app', appSlug");
        let objects = read(&license);
        let variables = [
            (LICENSE_FILE, "/license"),
            (LICENSE_ID, "hunter2"),
            (DOCKERCONFIG, "/docker"),
            (DOCKERCONFIGJSON, DOCKER),
            (USERNAME, "me"),
            (PASSWORD, "hunter3"),
            (HOSTS, "a.example"),
        ];
        let environment = world(&variables);
        let credentials = Credentials::collect(&environment, &objects, secrets(&secret)).unwrap();
        let answers: Vec<ProxyCredential> = ["harbor.example", "a.example", "evil.example", "token.example"]
            .into_iter()
            .flat_map(|host| [APP, Product::Other].map(|product| ask(&credentials, product, &[host, "evil.example"])))
            .collect();
        assert!(answers.iter().any(|answer| matches!(answer, ProxyCredential::Found(..))));
        let shown = format!("{environment:?} {objects:?} {credentials:?} {answers:?}");
        for value in ["hunter", "bWU6aHVudGVyMw==", "TElDRU5TRV9JRD", "aHVudGVy"] {
            assert!(!shown.contains(value), "{value} is in {shown}");
        }
        let broken = LICENSE
            .replace("hunter2", "[hunter2, {hunter3: hunter4}]")
            .replace("images.acme.example", "'x://hunter5@x'");
        let problems = read(&broken).problems;
        assert_eq!(problems.len(), 2);
        assert!(!format!("{problems:?}").contains("hunter"), "{problems:?}");
    }
}
