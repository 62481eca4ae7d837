//! Which pods name which pull Secrets, and where.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Attach, Scope};
use crate::krm::{Code, File, Finding, ObjectRef, Severity};
use crate::workload::pull_secrets::Content;
use crate::workload::{Group, PullSecrets, Workload};

use super::decision::ProxyId;
use super::facts::{Account, Facts};
use super::{Attachment, Plan};
use std::sync::Arc;

/// By namespace, the proxies whose credentials its pods need. The namespace is the workload's own text; `None` where it has none.
pub type Needs = BTreeMap<Option<String>, BTreeSet<ProxyId>>;

/// Adds the references to pull Secrets, and tells which namespaces need which credentials.
pub fn plan(facts: &Facts<'_>, plan: &mut Plan) -> Needs {
    let mut attacher = Attacher {
        facts,
        plan,
        needs: Needs::new(),
        known: known(facts.accounts),
        accounts: BTreeMap::new(),
        elsewhere: BTreeSet::new(),
    };
    for workload in facts.workloads {
        attacher.workload(workload);
    }
    attacher.edit_accounts();
    attacher.needs
}

/// Where each account is; of equal ones the first.
fn known(accounts: &[Account]) -> BTreeMap<(Option<&str>, &str), usize> {
    let mut known = BTreeMap::new();
    for (position, Account { object, .. }) in accounts.iter().enumerate() {
        known.entry((object.namespace.as_deref(), object.name.as_str())).or_insert(position);
    }
    known
}

struct Attacher<'a, 'p> {
    facts: &'a Facts<'a>,
    plan: &'p mut Plan,
    needs: Needs,
    /// The position of each account, by its namespace and name.
    known: BTreeMap<(Option<&'a str>, &'a str), usize>,
    /// By the position of an account: the names that it gets.
    accounts: BTreeMap<usize, Vec<String>>,
    /// Accounts that were mentioned as not being among the items.
    elsewhere: BTreeSet<(Option<String>, String)>,
}

impl<'a> Attacher<'a, '_> {
    fn workload(&mut self, workload: &'a Workload) {
        let mut lists: Vec<(BTreeSet<ProxyId>, &Group, Option<&PullSecrets>)> = Vec::new();
        let mut by_path: BTreeMap<&str, usize> = BTreeMap::new();
        for group in &workload.groups {
            let needed: BTreeSet<ProxyId> = group
                .images
                .iter()
                .filter_map(|field| self.plan.decisions.get(field.reference.as_written())?.needs)
                .collect();
            if group.pull_secrets.is_empty() {
                lists.push((needed, group, None));
                continue;
            }
            for list in &group.pull_secrets {
                // Two groups may name their Secrets in one list.
                let position = *by_path.entry(list.path.as_str()).or_insert(lists.len());
                match lists.get_mut(position) {
                    Some((all, ..)) => all.extend(needed.iter().copied()),
                    None => lists.push((needed.clone(), group, Some(list))),
                }
            }
        }
        for (needed, group, list) in lists {
            self.group(workload, group, list, &needed);
        }
    }

    fn group(
        &mut self,
        workload: &'a Workload,
        group: &'a Group,
        list: Option<&'a PullSecrets>,
        needed: &BTreeSet<ProxyId>,
    ) {
        let pull_secret = &self.facts.config.pull_secret;
        let takers: BTreeSet<ProxyId> = self.facts.proxies.taking_credentials().collect();
        let for_all = pull_secret.scope == Scope::All && list.is_some() && !takers.is_empty();
        let mut names = Vec::new();
        if !needed.is_empty() || for_all {
            let namespace = group.namespace.clone().or_else(|| workload.object.namespace.clone());
            let needs = self.needs.entry(namespace).or_default();
            needs.extend(needed);
            if for_all {
                needs.extend(takers);
            }
            names.push(self.facts.secret_name.to_owned());
        }
        if list.is_some() {
            names.extend(pull_secret.extra.iter().cloned());
        }
        if names.is_empty() {
            return;
        }
        if !needed.is_empty()
            && let Some(early) = &workload.early
            && pull_secret.create != crate::config::Create::Never
        {
            let message = format!(
                "{} has `{early}` and needs the Secret `{}`, which is applied after it; make that Secret by other means (pullSecret.create: never), or give it the same annotation in pullSecret.annotations",
                workload.object, self.facts.secret_name
            );
            if !self.secret_comes_early() {
                self.plan.findings.push(
                    Finding::new(Severity::Warning, Code::SecretAfterHook, message)
                        .about(&workload.object, workload.file.as_ref()),
                );
            }
        }
        self.attach(workload, group, list, names);
    }

    fn attach(&mut self, workload: &'a Workload, group: &'a Group, list: Option<&'a PullSecrets>, names: Vec<String>) {
        let about = |finding: Finding| {
            finding.about(&workload.object, workload.file.as_ref()).field(group.path.clone(), group.line)
        };
        let Some(list) = list else {
            let message = format!(
                "an image of {} needs the Secret `{}`, and the object has no field to name it in; give it to the ServiceAccount that pulls it",
                workload.object, self.facts.secret_name
            );
            self.plan.findings.push(about(Finding::new(Severity::Warning, Code::SecretNotAttached, message)));
            return;
        };
        let account = group.service_account.as_deref().filter(|_| list.names.is_empty());
        let found = account.and_then(|name| self.account(workload.object.namespace.as_deref(), name));
        if let Some((position, account)) = found {
            let own = account.pull_secrets.as_ref().map_or(&[][..], |list| &list.names);
            // The API server copies the account's names into a pod that has none of its own.
            if names.iter().all(|name| own.contains(name)) {
                return;
            }
            if self.facts.config.pull_secret.attach == Attach::ServiceAccounts
                && account.editable
                && account.pull_secrets.is_some()
            {
                let wanted = self.accounts.entry(position).or_default();
                for name in names {
                    if !own.contains(&name) && !wanted.contains(&name) {
                        wanted.push(name);
                    }
                }
                return;
            }
        }
        let inherited =
            found.and_then(|(_, account)| account.pull_secrets.as_ref()).map_or(&[][..], |list| &list.names);
        let mut all: Vec<String> = Vec::new();
        for name in inherited.iter().cloned().chain(names) {
            if !list.names.contains(&name) && !all.contains(&name) {
                all.push(name);
            }
        }
        if all.is_empty() {
            return;
        }
        if let (Some(name), None) = (account, found) {
            self.say_elsewhere(workload, group, name);
        }
        let is_added = self.add(list, &all, &workload.object, workload.file.as_ref());
        if let Some(caveat) = group.caveat.filter(|_| is_added) {
            let message =
                format!("{} names `{}` now, but {caveat}: name it there as well", list.path, all.join("`, `"));
            self.plan.findings.push(about(Finding::new(Severity::Warning, Code::SecretNotAttached, message)));
        }
    }

    /// A pod without a list gets those of its account from the API server; with one it does not.
    fn say_elsewhere(&mut self, workload: &Workload, group: &Group, name: &str) {
        let key = (workload.object.namespace.clone(), name.to_owned());
        if !self.elsewhere.insert(key) {
            return;
        }
        let message = format!(
            "pods of {} run as the ServiceAccount `{name}`, which is not among the items: if it has imagePullSecrets in the cluster, they no longer apply to these pods; name them in pullSecret.extra",
            workload.object
        );
        let finding = Finding::new(Severity::Info, Code::ServiceAccountElsewhere, message);
        self.plan
            .findings
            .push(finding.about(&workload.object, workload.file.as_ref()).field(group.path.clone(), group.line));
    }

    fn edit_accounts(&mut self) {
        for (position, names) in std::mem::take(&mut self.accounts) {
            let Some(account) = self.facts.accounts.get(position) else { continue };
            if let Some(list) = &account.pull_secrets {
                self.add(list, &names, &account.object, account.file.as_ref());
            }
        }
    }

    /// Adds names to a field, or says why it can't; whether it could.
    fn add(&mut self, list: &PullSecrets, names: &[String], object: &Arc<ObjectRef>, file: Option<&File>) -> bool {
        let about = |finding: Finding| finding.about(object, file).field(list.path.clone(), list.line);
        let quoted = |names: &[String]| format!("`{}`", names.join("`, `"));
        // Ours is the first of them.
        let (names, left_over) =
            if list.form.is_single() { names.split_at(names.len().min(1)) } else { (names, &[][..]) };
        if let Some((definition, usage)) = list.shared.filter(|_| list.content != Content::Taken) {
            let message = format!(
                "{} is part of a YAML anchor on line {definition} that line {usage} uses as well, so {} can't be added to it alone; write it out in one of the places",
                list.path,
                quoted(names)
            );
            self.plan.findings.push(about(Finding::new(Severity::Error, Code::SharedAnchor, message)));
            return false;
        }
        if let Some(edit) = list.add(names) {
            self.plan.edits.push(edit);
            self.plan.attachments.push(Attachment {
                object: Arc::clone(object),
                file: file.cloned(),
                list: list.clone(),
                names: names.to_vec(),
            });
            if !left_over.is_empty() {
                let message = format!(
                    "{} of {object} has room for one Secret, {}; give {} to the ServiceAccount that pulls the image",
                    list.path,
                    quoted(names),
                    quoted(left_over)
                );
                self.plan.findings.push(about(Finding::new(Severity::Warning, Code::SecretNotAttached, message)));
            }
            return true;
        }
        let (severity, message) = no_room(list, &quoted(names), object);
        self.plan.findings.push(about(Finding::new(severity, Code::SecretNotAttached, message)));
        false
    }

    fn account(&self, namespace: Option<&str>, name: &str) -> Option<(usize, &'a Account)> {
        let position = *self.known.get(&(namespace, name))?;
        Some((position, self.facts.accounts.get(position)?))
    }

    /// Whether the Secret is given annotations of its own that make it come early.
    fn secret_comes_early(&self) -> bool {
        let annotations = &self.facts.config.pull_secret.annotations;
        ["helm.sh/hook", "argocd.argoproj.io/hook", "argocd.argoproj.io/sync-wave"]
            .iter()
            .any(|name| annotations.contains_key(*name))
    }
}

/// Why a field can't take names.
fn no_room(list: &PullSecrets, names: &str, object: &ObjectRef) -> (Severity, String) {
    let (path, expected) = (&list.path, list.form.what());
    match &list.content {
        Content::Taken => {
            let use_it = match list.names.as_slice() {
                [own] => format!("names `{own}`, so {names} is not named there; add the proxy's account to `{own}`"),
                _ => format!("is in use, so {names} is not named there; name it there"),
            };
            let message = format!(
                "{path} of {object} has room for one Secret and {use_it}, or give {names} to the ServiceAccount that pulls the image"
            );
            (Severity::Warning, message)
        }
        // The API server takes no such object, and no key can be written below it.
        Content::NoParent(what, parent) => {
            let message = format!(
                "{parent} of {object} is {what} and no mapping, so {names} can't be named in {path}; write a mapping, or remove it"
            );
            (Severity::Error, message)
        }
        Content::Foreign(what) => {
            let message = format!(
                "{path} of {object} is {what}, where {expected} is expected, so {names} is not named there; name it by hand"
            );
            (Severity::Warning, message)
        }
        Content::Nothing | Content::List | Content::Blank(_) => {
            let message =
                format!("there is no place for {names} in {path} of {object} as it is written; add it by hand");
            (Severity::Warning, message)
        }
    }
}
