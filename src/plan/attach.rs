//! Which pods name which pull Secrets, and where.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Attach, Create, Scope};
use crate::krm::{Code, File, Finding, ObjectRef, Severity};
use crate::workload::pull_secrets::{Additions, Content};
use crate::workload::{Order, PodSpec, PullSecrets, Workload};

use super::decision::{Decision, ProxyId};
use super::facts::{Account, Facts, PullSecretObject};
use super::{Attachment, Plan};
use std::sync::Arc;

/// By namespace, the proxies whose credentials its pods need. The namespace is the workload's own text; `None` where it has none.
pub type Needs = BTreeMap<Option<String>, BTreeSet<ProxyId>>;

/// Adds the references to pull Secrets, and tells which namespaces need which credentials.
pub fn plan(facts: &Facts, plan: &mut Plan) -> Needs {
    let is_ours = |secret: &&PullSecretObject| secret.object.name == facts.pull_secret.name;
    let mut attacher = Attacher {
        facts,
        plan,
        needs: Needs::new(),
        known: known(&facts.items.accounts),
        secrets: facts
            .items
            .secrets
            .iter()
            .filter(is_ours)
            .map(|secret| (secret.object.namespace.as_deref(), secret))
            .collect(),
        accounts: BTreeMap::new(),
        elsewhere: BTreeMap::new(),
        additions: Additions::default(),
        anchors: BTreeSet::new(),
    };
    for workload in &facts.items.workloads {
        attacher.workload(workload);
        attacher.write();
    }
    attacher.edit_accounts();
    attacher.say_elsewhere();
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
    facts: &'a Facts,
    plan: &'p mut Plan,
    needs: Needs,
    /// The position of each account, by its namespace and name.
    known: BTreeMap<(Option<&'a str>, &'a str), usize>,
    /// The Secrets of our name among the items, by their namespace.
    secrets: BTreeMap<Option<&'a str>, &'a PullSecretObject>,
    /// By the position of an account: the names that it gets.
    accounts: BTreeMap<usize, Vec<String>>,
    /// The ServiceAccounts that are not among the items, by namespace and name, whose pods are given their first list.
    elsewhere: BTreeMap<(Option<&'a str>, &'a str), Elsewhere<'a>>,
    /// What is to be written into the object that is looked at.
    additions: Additions,
    /// The shared lists that were told: by the lines of the anchor and of the list.
    anchors: BTreeSet<(usize, usize)>,
}

/// Pods that no longer get the Secrets of their ServiceAccount.
struct Elsewhere<'a> {
    workload: &'a Workload,
    group: &'a PodSpec,
    /// Whether an image of theirs may need those Secrets.
    matters: bool,
}

/// A list of pull Secrets, and what the pods that it belongs to need.
pub struct List<'a> {
    /// The groups whose Secrets it names: the first, and others.
    groups: (&'a PodSpec, Vec<&'a PodSpec>),
    /// `None`: the object has no place to name Secrets.
    pub list: Option<&'a Arc<PullSecrets>>,
    /// The proxies whose credentials the pods need.
    pub needed: BTreeSet<ProxyId>,
    /// Whether an image of the pods may be private and was left alone, or was not read.
    pub has_others: bool,
}

impl<'a> List<'a> {
    /// The first of the groups.
    #[must_use]
    pub fn group(&self) -> &'a PodSpec {
        self.groups.0
    }

    fn join(&mut self, group: &'a PodSpec, needed: &BTreeSet<ProxyId>, has_others: bool) {
        self.groups.1.push(group);
        self.needed.extend(needed.iter().copied());
        self.has_others |= has_others;
    }

    /// All groups whose Secrets it names.
    pub fn groups(&self) -> impl Iterator<Item = &'a PodSpec> {
        std::iter::once(self.groups.0).chain(self.groups.1.iter().copied())
    }
}

/// The lists of an object. Two groups may name their Secrets in one.
#[must_use]
pub fn lists<'a>(workload: &'a Workload, decisions: &BTreeMap<String, Decision>) -> Vec<List<'a>> {
    let mut lists: Vec<List<'_>> = Vec::new();
    let mut by_path: BTreeMap<&str, usize> = BTreeMap::new();
    for group in &workload.groups {
        let decided = || group.images.iter().filter_map(|field| decisions.get(field.reference.as_written()));
        let needed: BTreeSet<ProxyId> = decided().filter_map(|decision| decision.needs).collect();
        let has_others = group.has_unread || decided().any(Decision::is_left_alone);
        let groups = (group, Vec::new());
        if group.pull_secrets.is_empty() {
            // One warning is enough for what is in one place.
            let is_there = |list: &&mut List<'_>| list.list.is_none() && list.group().path == group.path;
            match lists.iter_mut().find(is_there) {
                Some(known) => known.join(group, &needed, has_others),
                None => lists.push(List { groups, list: None, needed, has_others }),
            }
            continue;
        }
        for list in &group.pull_secrets {
            let position = *by_path.entry(list.path.as_str()).or_insert(lists.len());
            match lists.get_mut(position) {
                Some(known) => known.join(group, &needed, has_others),
                None => {
                    let (groups, needed) = ((group, Vec::new()), needed.clone());
                    lists.push(List { groups, list: Some(list), needed, has_others });
                }
            }
        }
    }
    lists
}

impl<'a> Attacher<'a, '_> {
    fn workload(&mut self, workload: &'a Workload) {
        let lists = lists(workload, &self.plan.decisions);
        if let Some(list) = lists.iter().find(|list| !list.needed.is_empty()) {
            self.compare_order(workload, list.group());
        }
        for list in &lists {
            self.list(workload, list);
        }
    }

    fn list(&mut self, workload: &'a Workload, pods: &List<'a>) {
        let List { list, needed, .. } = pods;
        let group = pods.group();
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
            names.push(self.facts.pull_secret.name.clone());
        }
        if list.is_some() {
            names.extend(pull_secret.extra.iter().cloned());
        }
        if names.is_empty() {
            return;
        }
        self.attach(workload, pods, names);
    }

    fn attach(&mut self, workload: &'a Workload, pods: &List<'a>, names: Vec<String>) {
        let List { list, .. } = *pods;
        let group = pods.group();
        let about = |finding: Finding| {
            finding.about(&workload.object, workload.file.as_ref()).field(group.path.clone(), group.line)
        };
        let Some(list) = list else {
            let message = format!(
                "an image of {} needs the Secret `{}`, but the object has no field to name it; add it to the \
                 ServiceAccount that pulls the image",
                workload.object, self.facts.pull_secret.name
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
        let is_added = self.add(list, &all, &workload.object, workload.file.as_ref());
        if let (Some(name), None, true) = (account, found, is_added) {
            let matters = pods.has_others;
            let key = (workload.object.namespace.as_deref(), name);
            let first = self.elsewhere.entry(key).or_insert(Elsewhere { workload, group, matters });
            if matters && !first.matters {
                *first = Elsewhere { workload, group, matters };
            }
        }
        if let Some(caveat) = group.caveat.filter(|_| is_added) {
            let message =
                format!("{} names `{}` now, but {caveat}: name it there as well", list.path, all.join("`, `"));
            self.plan.findings.push(about(Finding::new(Severity::Warning, Code::SecretNotAttached, message)));
        }
    }

    /// A pod without a list gets those of its account from the API server; with one it does not.
    fn say_elsewhere(&mut self) {
        for ((_, name), Elsewhere { workload, group, matters }) in std::mem::take(&mut self.elsewhere) {
            let is_answered = !self.facts.config.pull_secret.extra.is_empty();
            let (severity, why) = if matters && !is_answered {
                (Severity::Warning, ", and an image of theirs was left alone that may need them")
            } else {
                (Severity::Info, "")
            };
            let message = format!(
                "pods of {} run as the ServiceAccount `{name}`, which is not among the items: if it has imagePullSecrets in the cluster, they no longer apply to these pods{why}; name them in pullSecret.extra, or add the ServiceAccount to the input",
                workload.object
            );
            let finding = Finding::new(severity, Code::ServiceAccountElsewhere, message);
            let finding = finding.about(&workload.object, workload.file.as_ref()).field(group.path.clone(), group.line);
            self.plan.findings.push(finding);
        }
    }

    fn edit_accounts(&mut self) {
        for (position, names) in std::mem::take(&mut self.accounts) {
            let Some(account) = self.facts.items.accounts.get(position) else { continue };
            if let Some(list) = &account.pull_secrets {
                self.add(list, &names, &account.object, account.file.as_ref());
                self.write();
            }
        }
    }

    /// The edits of one object.
    fn write(&mut self) {
        self.plan.edits.extend(std::mem::take(&mut self.additions).into_edits());
    }

    /// Adds names to a field, or says why it can't; whether it could.
    fn add(&mut self, list: &Arc<PullSecrets>, names: &[String], object: &Arc<ObjectRef>, file: Option<&File>) -> bool {
        let about = |finding: Finding| finding.about(object, file).field(list.path.clone(), list.line);
        let quoted = |names: &[String]| format!("`{}`", names.join("`, `"));
        // Ours is the first of them.
        let (names, left_over) =
            if list.form.is_single() { names.split_at(names.len().min(1)) } else { (names, &[][..]) };
        if let Some((definition, usage)) = list.shared.filter(|_| list.content != Content::Taken) {
            // Once for the anchor, and not at each of its uses.
            if !self.anchors.insert((definition, list.line)) {
                return false;
            }
            let message = format!(
                "{} is part of a YAML anchor on line {definition} that line {usage} uses as well, so {} can't be \
                 added in one place alone; write it out in one of the places",
                list.path,
                quoted(names)
            );
            self.plan.findings.push(about(Finding::new(Severity::Error, Code::SharedAnchor, message)));
            return false;
        }
        if let Some(addition) = list.add(names) {
            if !self.additions.push(addition) {
                let message = format!(
                    "{} of {object} can't be added, because another field of the configuration puts something else \
                     in its place; check pullSecrets in images.fields",
                    list.path
                );
                self.plan.findings.push(about(Finding::new(Severity::Error, Code::SecretNotAttached, message)));
                return false;
            }
            self.plan.attachments.push(Attachment {
                object: Arc::clone(object),
                file: file.cloned(),
                list: Arc::clone(list),
                names: names.to_vec(),
            });
            if !left_over.is_empty() {
                let message = format!(
                    "{} of {object} holds one Secret only, {}; add {} to the ServiceAccount that pulls the image",
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
        Some((position, self.facts.items.accounts.get(position)?))
    }

    /// Warns of pods that start before their Secret is applied. One that is made elsewhere, and is not among the items, may be there before all.
    fn compare_order(&mut self, workload: &Workload, group: &PodSpec) {
        let pull_secret = &self.facts.config.pull_secret;
        let name = &self.facts.pull_secret.name;
        let namespace = group.namespace.as_deref().or(workload.object.namespace.as_deref());
        let existing = self.secrets.get(&namespace).copied();
        let given = existing.map_or_else(Order::default, |secret| secret.order.clone());
        let (order, remedy_field) = match (pull_secret.create, existing) {
            (Create::Never, None) => return,
            (Create::Never, Some(_)) => (given, "its annotations"),
            (Create::Auto | Create::Always, _) => (given.with(&pull_secret.annotations), "pullSecret.annotations"),
        };
        let default = Order::default();
        let own = workload.order.as_deref().unwrap_or(&default);
        if order.is_in_time_for(name, own, &workload.object.name) {
            return;
        }
        let has = |order: &Order| if order.is_default() { "no hook or wave".to_owned() } else { order.to_string() };
        let elsewhere = if pull_secret.create == Create::Never {
            ""
        } else {
            ", or create it by other means (pullSecret.create: never)"
        };
        let message = format!(
            "{} ({}) needs the Secret `{name}` ({}), which is not applied by then; give the Secret {} in {remedy_field}{elsewhere}",
            workload.object,
            has(own),
            has(&order),
            own.right_before(&order)
        );
        let finding = Finding::new(Severity::Warning, Code::SecretAfterHook, message);
        self.plan.findings.push(finding.about(&workload.object, workload.file.as_ref()));
    }
}

/// Why a field can't take names.
fn no_room(list: &PullSecrets, names: &str, object: &ObjectRef) -> (Severity, String) {
    let (path, expected) = (&list.path, list.form.what());
    match &list.content {
        Content::Taken => {
            let use_it = match list.names.as_slice() {
                [own] => format!("names `{own}`, so {names} was not added; add the proxy's account to `{own}`"),
                _ => format!("is in use, so {names} was not added; add it there"),
            };
            let message = format!(
                "{path} of {object} holds one Secret only and {use_it}, or add {names} to the ServiceAccount that \
                 pulls the image"
            );
            (Severity::Warning, message)
        }
        // The API server takes no such object, and no key can be written below it.
        Content::NoParent(what, parent) => {
            let message = format!(
                "{parent} of {object} is {what}, not a mapping, so {names} can't be added to {path}; write a \
                 mapping, or remove it"
            );
            (Severity::Error, message)
        }
        Content::Foreign(what) => {
            let message =
                format!("{path} of {object} is {what} instead of {expected}, so {names} was not added; add it by hand");
            (Severity::Warning, message)
        }
        Content::Nothing | Content::List | Content::Blank(_) => {
            let message = format!("{names} can't be added to {path} of {object} as it is written; add it by hand");
            (Severity::Warning, message)
        }
    }
}
