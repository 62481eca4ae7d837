//! The guard's rules: what must not be left in output that goes to a cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::Scope;
use crate::credentials::DockerConfig;
use crate::image::Reference;
use crate::krm::{Code, File, Finding, ObjectRef, Severity};
use crate::plan::{Attachment, Decision, attach};
use crate::workload::PullSecrets;
use crate::workload::pull_secrets::Content;

use super::Analysis;
use super::inspect::Inspected;
use super::seen::{Keyring, SecretName};

/// Pods that need an account, and the Secrets that they get it from.
struct Pods<'f> {
    object: &'f Arc<ObjectRef>,
    file: Option<&'f File>,
    namespace: Option<&'f str>,
    /// Where Secrets are named.
    path: &'f str,
    line: usize,
    /// The Secrets: their own, or those of their ServiceAccount.
    names: &'f [String],
    /// The images that need an account, without tag and digest.
    images: BTreeSet<String>,
}

/// What the Secrets of pods in this output open.
enum Opened {
    /// All that the pods need.
    All,
    /// Not what they need: the names of the Secrets and what keeps each from it.
    NotAll(Vec<(String, String)>),
}

impl Analysis<'_> {
    pub(super) fn guard(
        &self,
        decisions: &BTreeMap<String, Decision>,
        attachments: &[Attachment],
        images: &[Inspected],
        findings: &mut Vec<Finding>,
    ) {
        self.judge_objects(findings);
        findings.extend(images.iter().flat_map(still_to_rewrite));
        self.judge_secrets(decisions, attachments, findings);
    }

    /// There must be something that a cluster gets, all of it built, and readable. What authors want left alone is named.
    fn judge_objects(&self, findings: &mut Vec<Finding>) {
        // The first list of a pod, which would cut off those of its ServiceAccount, is an error here and no change to be told of.
        findings.retain(|finding| !matches!(finding.code, Code::Skipped | Code::ServiceAccountElsewhere));
        findings.extend(self.seen.skipped.iter().cloned());
        findings.extend(self.seen.faults.iter().cloned());
        let unreadable: BTreeSet<Option<usize>> =
            self.seen.faults.iter().filter(|fault| fault.code == Code::Unreadable).map(|fault| fault.line).collect();
        findings.retain(|finding| finding.code != Code::InvalidReference || !unreadable.contains(&finding.line));
        let is_said = |finding: &Finding| finding.code == Code::NoObjects && finding.severity == Severity::Error;
        if self.seen.coverage.objects == 0 && self.seen.skipped.is_empty() && !findings.iter().any(is_said) {
            findings.retain(|finding| finding.code != Code::NoObjects);
            let message = "nothing in this input reaches a cluster: it has no Kubernetes object, or only \
                configuration; check whether the command that made it failed";
            findings.push(Finding::new(Severity::Error, Code::NoObjects, message));
        }
        for finding in findings.iter_mut() {
            if finding.code == Code::ReplicatedObject && finding.severity == Severity::Info {
                (finding.severity, finding.code) = (Severity::Error, Code::NotRendered);
                let object = finding.object.as_ref().map_or_else(String::new, ToString::to_string);
                finding.message = format!(
                    "{object} is still in the output (spec.replicatedObjects: drop): the function was \
                        skipped, or did not see this object"
                )
                .into();
            }
        }
    }

    /// Pods must name our Secret, or Secrets that open what they need; and a Secret that is here must open it.
    fn judge_secrets(
        &self,
        decisions: &BTreeMap<String, Decision>,
        attachments: &[Attachment],
        findings: &mut Vec<Finding>,
    ) {
        let pods = self.pods(decisions);
        self.judge_fields(&pods, findings);
        let mut told = BTreeSet::new();
        for pods in &pods {
            findings.extend(
                self.unusable(pods).into_iter().filter(|(secret, _)| told.insert(secret.clone())).map(|(_, it)| it),
            );
        }
        let mut by_list: BTreeMap<(&ObjectRef, &str), Vec<&Pods<'_>>> = BTreeMap::new();
        for pods in &pods {
            by_list.entry((pods.object, pods.path)).or_default().push(pods);
        }
        for missing in attachments {
            let named = by_list.get(&(&*missing.object, missing.list.path.as_str())).map_or(&[][..], Vec::as_slice);
            findings.extend(self.still_to_name(missing, named));
        }
    }

    /// A field that the function can't add a name to is only a warning of its own. Here the Secret that stands in it must do, where it has room
    /// for one.
    fn judge_fields(&self, pods: &[Pods<'_>], findings: &mut Vec<Finding>) {
        let lists: BTreeMap<(&ObjectRef, &str), &Arc<PullSecrets>> = self
            .facts
            .items
            .workloads
            .iter()
            .flat_map(|workload| workload.groups.iter().map(|group| (&*workload.object, group)))
            .flat_map(|(object, group)| group.pull_secrets.iter().map(move |list| ((object, list.path.as_str()), list)))
            .collect();
        let mut opened: BTreeMap<(&ObjectRef, &str), bool> = BTreeMap::new();
        for pods in pods {
            let is_open = matches!(self.opened(pods), Opened::All);
            opened.entry((pods.object, pods.path)).and_modify(|all| *all &= is_open).or_insert(is_open);
        }
        findings.retain_mut(|finding| {
            let (Some(object), Some(field)) = (&finding.object, &finding.field) else { return true };
            let place = (&**object, field.as_str());
            let Some(list) = lists.get(&place).filter(|_| finding.code == Code::SecretNotAttached) else { return true };
            if list.content == Content::Taken {
                // An account that is written into the object itself can't be told.
                if list.names.is_empty() {
                    return true;
                }
                if opened.get(&place) == Some(&true) {
                    return false;
                }
            }
            finding.severity = Severity::Error;
            true
        });
    }

    /// Everything that pulls with an account.
    fn pods<'f>(&'f self, decisions: &BTreeMap<String, Decision>) -> Vec<Pods<'f>> {
        let accounts: BTreeMap<_, _> = self
            .facts
            .items
            .accounts
            .iter()
            .rev()
            .map(|account| ((account.object.namespace.as_deref(), account.object.name.as_str()), account))
            .collect();
        let mut all = Vec::new();
        for workload in &self.facts.items.workloads {
            for found in attach::lists(workload, decisions) {
                // With `for: all` pods name the Secret that need none.
                let is_for_all = self.facts.config.pull_secret.scope == Scope::All;
                let Some(list) = found.list.filter(|_| is_for_all || !found.needed.is_empty()) else { continue };
                let group = found.group();
                let namespace = group.namespace.as_deref().or(workload.object.namespace.as_deref());
                let needing = found.groups().flat_map(|group| &group.images).filter_map(|field| {
                    let decision = decisions.get(field.reference.as_written())?;
                    decision.needs?;
                    Some(decision.to.as_ref().unwrap_or(&field.reference))
                });
                let images: BTreeSet<String> = needing.map(Reference::name).collect();
                let account = group.service_account.as_deref().filter(|_| list.names.is_empty());
                let account = account.and_then(|name| accounts.get(&(namespace, name)));
                let of_account = account.and_then(|account| Some((account, account.pull_secrets.as_ref()?)));
                let names = of_account.map_or(&list.names, |(_, list)| &list.names);
                let (object, file) = (&workload.object, workload.file.as_ref());
                if let Some((account, list)) = of_account {
                    let (object, file, images) = (&account.object, account.file.as_ref(), images.clone());
                    all.push(Pods { object, file, namespace, path: &list.path, line: list.line, names, images });
                }
                all.push(Pods { object, file, namespace, path: &list.path, line: list.line, names, images });
            }
        }
        all
    }

    fn keyring(&self, namespace: Option<&str>, name: &str) -> Option<(&SecretName, &Keyring)> {
        self.seen.keyrings.get_key_value(&(namespace.map(str::to_owned), name.to_owned()))
    }

    /// What the Secrets that are in this output open for the pods.
    fn opened(&self, pods: &Pods<'_>) -> Opened {
        let present: Vec<(&String, &Keyring)> =
            pods.names.iter().filter_map(|name| Some((name, self.keyring(pods.namespace, name)?.1))).collect();
        let opens = |keyring: &Keyring, image: &String| keyring.as_ref().is_ok_and(|config| config.opens(image));
        let closed: Vec<&String> =
            pods.images.iter().filter(|image| !present.iter().any(|(_, keyring)| opens(keyring, image))).collect();
        let is_any_ours =
            || present.iter().any(|(_, keyring)| keyring.as_ref().is_ok_and(|config| self.opens_a_proxy(config)));
        let broken = present.iter().find_map(|(name, keyring)| match keyring {
            Err(unusable) if unusable.is_broken => Some(((*name).clone(), unusable.why.clone())),
            _ => None,
        });
        if let Some(broken) = broken {
            return Opened::NotAll(vec![broken]);
        }
        let Some(first) = closed.first() else {
            return if pods.images.is_empty() && !is_any_ours() { Opened::NotAll(Vec::new()) } else { Opened::All };
        };
        let host = first.split_once('/').map_or(first.as_str(), |(host, _)| host);
        let why = |keyring: &Keyring| match keyring {
            Ok(_) => format!("it has no account for {host}, where `{first}` is"),
            Err(unusable) => unusable.why.clone(),
        };
        Opened::NotAll(present.into_iter().map(|(name, keyring)| (name.clone(), why(keyring))).collect())
    }

    fn opens_a_proxy(&self, config: &DockerConfig) -> bool {
        let proxies = self.facts.proxies.taking_credentials().filter_map(|id| self.facts.proxies.get(id));
        let mut hosts = proxies.filter_map(|proxy| proxy.layout.credential_names().into_iter().next());
        hosts.any(|host| config.entry_for_host(&host).is_some())
    }

    /// Our Secret where it does not open what pods need, and others that are useless. One that is not in the output may be made
    /// elsewhere.
    fn unusable(&self, pods: &Pods<'_>) -> Vec<((Option<String>, String), Finding)> {
        let opened = self.opened(pods);
        let finding = |severity, name: &str, message: String| {
            let finding = Finding::new(severity, Code::SecretOpensNothing, message);
            let finding = finding.about(pods.object, pods.file).field(pods.path, pods.line);
            ((pods.namespace.map(str::to_owned), name.to_owned()), finding)
        };
        let mut found = Vec::new();
        if let Opened::NotAll(closed) = &opened {
            let ours = closed.iter().filter(|(name, _)| *name == self.facts.pull_secret.name);
            found.extend(ours.map(|(name, why)| {
                let message = format!(
                    "the Secret `{name}` does not open what {} pulls: {why}; let pullthrough make it (pullSecret.create: auto), or give it that account",
                    pods.object
                );
                finding(Severity::Error, name, message)
            }));
        }
        for name in pods.names.iter().filter(|name| **name != self.facts.pull_secret.name) {
            let Some((_, Err(unusable))) = self.keyring(pods.namespace, name) else { continue };
            let (severity, and) = if unusable.is_broken {
                (Severity::Error, ", and kubelet can't pull while it is in the list")
            } else {
                (Severity::Warning, "")
            };
            let message = format!(
                "the Secret `{name}` of {} opens nothing: {}{and}; remove it from the list",
                pods.object, unusable.why
            );
            found.push(finding(severity, name, message));
        }
        found
    }

    /// The names that a list still lacks. kustomize renames a Secret and all that names it, with prefixes, suffixes and hashes of the content:
    /// Secrets under any names do that open what the pods need.
    fn still_to_name(&self, missing: &Attachment, pods: &[&Pods<'_>]) -> Option<Finding> {
        let opened: Vec<Opened> = pods.iter().map(|pods| self.opened(pods)).collect();
        let is_open = !opened.is_empty() && opened.iter().all(|opened| matches!(opened, Opened::All));
        let has = |name: &String| pods.iter().all(|pods| pods.names.contains(name)) && !pods.is_empty();
        let names: Vec<&str> = missing
            .names
            .iter()
            .filter(|name| !(is_open && (**name == self.facts.pull_secret.name || has(name))))
            .map(String::as_str)
            .collect();
        if names.is_empty() {
            return None;
        }
        let others: BTreeSet<String> = opened
            .into_iter()
            .flat_map(|opened| match opened {
                Opened::All => Vec::new(),
                Opened::NotAll(closed) => closed,
            })
            .map(|(name, why)| format!("; of `{name}`: {why}"))
            .collect();
        let message = format!(
            "{} does not name `{}` in {}: the function was skipped, or did not see this object{}",
            missing.object,
            names.join("`, `"),
            missing.list.path,
            others.into_iter().collect::<String>()
        );
        Some(missing.error(Code::NotRendered, message))
    }
}

fn still_to_rewrite(image: &Inspected) -> Vec<Finding> {
    let Some(becomes) = &image.becomes else { return Vec::new() };
    let message = format!(
        "`{}` would still become `{becomes}`: the function was skipped, or did not see this object",
        image.image
    );
    let places = image.places.iter().map(|place| {
        let finding = Finding::new(Severity::Error, Code::NotRendered, message.as_str());
        finding.about(&place.object, place.file.as_ref()).field(place.field.clone(), place.line)
    });
    places.collect()
}
