//! The pull Secrets: which namespaces get one, with what content, and what happens to an existing one.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config::Create;
use crate::credentials::DockerConfig;
use crate::credentials::{Credential, Origin, Product, ProxyCredential, Refused};
use crate::image::ImageText;
use crate::krm::{Code, Finding, Severity};
use crate::yaml::{Edit, Value};

use super::Plan;
use super::attach::Needs;
use super::decision::{Decision, Proxy, ProxyId};
use super::facts::{DockerConfigField, Facts, PullSecretObject};

/// The recommended label of what manages an object, and our name in it: the mark of a Secret that may be replaced.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "pullthrough");
/// The type of Secret that kubelet reads.
pub const TYPE: &str = "kubernetes.io/dockerconfigjson";
/// Its key.
pub const KEY: &str = ".dockerconfigjson";

/// Adds or updates the Secrets.
pub fn plan(facts: &Facts, needs: &Needs, plan: &mut Plan) {
    let pull_secret = &facts.config.pull_secret;
    if pull_secret.create == Create::Never {
        return;
    }
    let mut needs = needs.clone();
    let takes_credentials: BTreeSet<ProxyId> = facts.proxies.taking_credentials().collect();
    if pull_secret.create == Create::Always {
        for workload in &facts.items.workloads {
            needs.entry(workload.object.namespace.clone()).or_default().extend(&takes_credentials);
        }
    }
    for namespace in &facts.pull_secret.namespaces {
        needs.entry(Some(namespace.clone())).or_default().extend(&takes_credentials);
    }
    let mut existing: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for secret in facts.items.secrets.iter().filter(|secret| secret.object.name == facts.pull_secret.name) {
        existing.entry(secret.object.namespace.as_deref()).or_default().push(secret);
    }
    let used = hosts(plan);
    let mut writer = Writer { facts, plan, accounts: BTreeMap::new(), existing, used, lacking: BTreeSet::new() };
    for (namespace, ids) in &needs {
        writer.namespace(namespace.as_deref(), ids);
    }
}

struct Writer<'a, 'p> {
    facts: &'a Facts,
    plan: &'p mut Plan,
    accounts: BTreeMap<ProxyId, Option<(Credential, Origin)>>,
    /// The Secrets of the name in each namespace: one, or the input is wrong.
    existing: BTreeMap<Option<&'a str>, Vec<&'a PullSecretObject>>,
    /// The hosts that images need a proxy's account for.
    used: BTreeSet<(ProxyId, String)>,
    /// Those of them that it may not go to, once it was said.
    lacking: BTreeSet<String>,
}

/// The hosts that images are pulled from, after rewriting, with the account of a proxy.
fn hosts(plan: &Plan) -> BTreeSet<(ProxyId, String)> {
    let host = |(text, decision): (&String, &Decision)| {
        let id = decision.needs?;
        let written = || ImageText::parse(text).ok()?.image();
        let output = decision.to.clone().or_else(written)?;
        Some((id, output.registry().to_ascii_lowercase()))
    };
    plan.decisions.iter().filter_map(host).collect()
}

impl Writer<'_, '_> {
    fn namespace(&mut self, namespace: Option<&str>, ids: &BTreeSet<ProxyId>) {
        if ids.is_empty() {
            return;
        }
        let name = &self.facts.pull_secret.name;
        let existing = match self.existing.get(&namespace).map(Vec::as_slice) {
            Some([first, second, ..]) => {
                let finding = doubled(first, second);
                self.plan.findings.push(finding);
                return;
            }
            Some([only]) => Some(*only),
            _ => None,
        };
        if let Some(existing) = existing
            && self.opens_everything(existing, ids)
        {
            return;
        }
        let mut config = match existing.map(|existing| self.base(existing)) {
            Some(None) => return,
            Some(Some(config)) => config,
            None => DockerConfig::default(),
        };
        let before = config.clone();
        let mut from_outside = false;
        for id in ids {
            match self.credential(*id) {
                None => return,
                Some((credential, origin)) => {
                    let hosts: Vec<String> = credential.hosts().map(str::to_owned).collect();
                    from_outside |= *origin == Origin::Outside;
                    // The hosts are the credential's own, so none is refused.
                    if let Err(refused) = credential.write_to(&mut config, &hosts) {
                        let message = format!("{refused}; please report this with the configuration");
                        self.plan.findings.push(Finding::new(Severity::Error, Code::Internal, message));
                        return;
                    }
                }
            }
        }
        if self.lacks_a_host(&config, ids) {
            return;
        }
        // A foreign Secret that already opens everything keeps its spelling, too.
        let kept = existing.filter(|existing| !existing.managed && config == before);
        let kept = kept.and_then(|existing| existing.content.as_ref().ok());
        let json = kept.map_or_else(|| config.to_json(), |field| field.json.clone());
        let edits = match existing.map(|existing| (existing, self.update(existing, &json))) {
            Some((existing, Err(why))) => {
                self.plan.findings.push(not_ours(existing, &why));
                return;
            }
            Some((_, Ok(edits))) => Some(edits),
            None => None,
        };
        let unchanged = edits.as_ref().is_some_and(Vec::is_empty);
        if unchanged {
            return;
        }
        if from_outside && self.facts.items.in_package && self.facts.config.pull_secret.create == Create::Auto {
            let message = format!(
                "the Secret `{name}` would be written to a file of the package, and with it a credential that is not in the package; set pullSecret.create: never and make the Secret in the cluster, or pullSecret.create: always if the package is kept secret"
            );
            self.plan.findings.push(Finding::new(Severity::Error, Code::SecretInPackage, message));
            return;
        }
        let place = namespace
            .map_or_else(|| "without a namespace".to_owned(), |namespace| format!("in the namespace {namespace}"));
        match (existing, edits) {
            (Some(existing), Some(edits)) => {
                self.plan.edits.extend(edits);
                let message = format!("the pull Secret `{name}` {place} was updated");
                let finding = Finding::new(Severity::Info, Code::SecretUpdated, message);
                self.plan.findings.push(finding.about(&existing.object, existing.file.as_ref()));
            }
            _ => {
                self.plan.objects.push(self.object(namespace, &json));
                let message = format!("the pull Secret `{name}` {place} was added");
                self.plan.findings.push(Finding::new(Severity::Info, Code::SecretCreated, message));
                if self.facts.items.in_package && self.facts.items.selected {
                    let message = format!(
                        "the function got only selected objects: if an earlier run wrote the Secret `{name}`, it is \
                         now in the package twice; select it as well (`kind: Secret`, `name: {name}`)"
                    );
                    self.plan.findings.push(Finding::new(Severity::Warning, Code::SecretUnseen, message));
                }
            }
        }
    }

    /// What the Secret begins with: nothing where it is ours, its own entries where it is not. `None`: it can't be changed.
    fn base(&mut self, existing: &PullSecretObject) -> Option<DockerConfig> {
        let problem = match &existing.content {
            Ok(field) if field.shared.is_some() => {
                "its data is part of a YAML anchor that is used elsewhere as well".to_owned()
            }
            Ok(_) if existing.managed => return Some(DockerConfig::default()),
            Ok(field) => match DockerConfig::parse(&field.json) {
                Ok(config) => return Some(config),
                Err(error) => error.to_string(),
            },
            Err(problem) => (*problem).to_owned(),
        };
        self.plan.findings.push(not_ours(existing, &problem));
        None
    }

    /// An image on a host that its proxy's credential may not go to could not be pulled with the Secret: each such host is reported
    /// once.
    fn lacks_a_host(&mut self, config: &DockerConfig, ids: &BTreeSet<ProxyId>) -> bool {
        let credentials = ids.iter().filter_map(|id| Some((id, &self.accounts.get(id)?.as_ref()?.0)));
        let refused =
            credentials.flat_map(|(id, credential)| credential.refused().iter().map(|refused| (*id, refused)));
        let lacking: Vec<Refused> = refused
            .filter(|(id, refused)| self.used.contains(&(*id, refused.host.clone())))
            .filter(|(_, refused)| config.entry_for_host(&refused.host).is_none())
            .map(|(_, refused)| refused.clone())
            .collect();
        for refused in &lacking {
            if self.lacking.insert(refused.host.clone()) {
                self.plan.findings.push(no_credential(&refused.reason));
            }
        }
        !lacking.is_empty()
    }

    /// A Secret that has an account for each host stays as it is when there is no credential to put there: it is the user's own, or ours
    /// from a run that had one (with `replicatedObjects: drop`, the run before).
    fn opens_everything(&self, existing: &PullSecretObject, ids: &BTreeSet<ProxyId>) -> bool {
        let config = existing.content.as_ref().ok().and_then(|field| DockerConfig::parse(&field.json).ok());
        let proxies = ids.iter().filter_map(|id| self.facts.proxies.get(*id));
        let names = proxies.filter_map(|proxy| proxy.layout.credential_names().into_iter().next());
        let lacks_credential = ids.iter().any(|id| !matches!(self.answer(*id), Some(ProxyCredential::Found(..))));
        config.is_some_and(|config| {
            lacks_credential && names.into_iter().all(|name| config.entry_for_host(&name).is_some())
        })
    }

    /// The credential of a proxy; what keeps it from being used is reported once.
    fn credential(&mut self, id: ProxyId) -> Option<&(Credential, Origin)> {
        if !self.accounts.contains_key(&id) {
            let found = match self.answer(id) {
                Some(ProxyCredential::Found(credential, origin)) => Some((credential, origin)),
                Some(ProxyCredential::Missing(message) | ProxyCredential::Refused(message)) => {
                    self.plan.findings.push(no_credential(&message));
                    None
                }
                Some(ProxyCredential::Anonymous) | None => None,
            };
            self.accounts.insert(id, found);
        }
        self.accounts.get(&id).and_then(Option::as_ref)
    }

    fn answer(&self, id: ProxyId) -> Option<ProxyCredential> {
        let proxy = self.facts.proxies.get(id)?;
        Some(self.facts.credentials.for_proxy(product(proxy), &proxy.credentials, &proxy.layout.credential_names()))
    }

    fn object(&self, namespace: Option<&str>, json: &str) -> Value {
        let pull_secret = &self.facts.config.pull_secret;
        let mut metadata = vec![("name".to_owned(), Value::from(self.facts.pull_secret.name.as_str()))];
        metadata.extend(namespace.map(|namespace| ("namespace".to_owned(), Value::from(namespace))));
        let text = |(name, value): (&String, &String)| (name.clone(), Value::from(value.clone()));
        metadata.push(("labels".to_owned(), Value::Map(self.labels().iter().map(text).collect())));
        if !pull_secret.annotations.is_empty() {
            metadata.push(("annotations".to_owned(), Value::Map(pull_secret.annotations.iter().map(text).collect())));
        }
        Value::map([
            ("apiVersion", Value::from("v1")),
            ("kind", Value::from("Secret")),
            ("metadata", Value::Map(metadata)),
            ("type", Value::from(TYPE)),
            ("data", Value::map([(KEY, Value::from(STANDARD.encode(json)))])),
        ])
    }

    fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.facts.config.pull_secret.labels.clone();
        labels.insert(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned());
        labels
    }

    /// The edits that bring a Secret up to date: its data, and the labels and annotations that the configuration asks for.
    ///
    /// # Errors
    /// Why it can't take them.
    fn update(&self, existing: &PullSecretObject, json: &str) -> Result<Vec<Edit>, String> {
        let field = existing.content.as_ref().map_err(|why| (*why).to_owned())?;
        let DockerConfigField { json: old, spot, labels, annotations, .. } = field;
        let mut edits = Vec::new();
        if old != json {
            edits.push(spot.replace(&STANDARD.encode(json)));
        }
        let mut wanted = self.facts.config.pull_secret.labels.clone();
        if existing.managed {
            wanted = self.labels();
        }
        edits.extend(labels.edits(&wanted)?);
        edits.extend(annotations.edits(&self.facts.config.pull_secret.annotations)?);
        Ok(edits)
    }
}

fn not_ours(existing: &PullSecretObject, why: &str) -> Finding {
    let message = format!(
        "the existing Secret `{}` can't take the credentials: {why}; rename one of them (pullSecret.name), or set \
         pullSecret.create: never",
        existing.object.name
    );
    let finding = Finding::new(Severity::Error, Code::SecretNotOurs, message);
    Finding { line: Some(existing.line), ..finding.about(&existing.object, existing.file.as_ref()) }
}

/// Which of the two stays in the cluster depends on who applies them.
fn doubled(first: &PullSecretObject, second: &PullSecretObject) -> Finding {
    let message = format!(
        "{} appears twice, first on line {}; remove one of them, so that it is clear which one takes the credentials",
        second.object, first.line
    );
    let finding = Finding::new(Severity::Error, Code::SecretNotOurs, message);
    Finding { line: Some(second.line), ..finding.about(&second.object, second.file.as_ref()) }
}

fn no_credential(why: &str) -> Finding {
    let message = format!("{why}; if the Secret is made elsewhere, set pullSecret.create: never");
    Finding::new(Severity::Error, Code::NoCredential, message)
}

/// What kind of account opens the proxy.
#[must_use]
pub fn product(proxy: &Proxy) -> Product<'_> {
    match &proxy.app {
        Some(app) if proxy.is_replicated => Product::Replicated { app },
        _ => Product::Other,
    }
}
