//! Files that are edited where they are: their objects' own edits, and nothing that belongs to an output alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::{Verdicts, Verifications};
use crate::config::Create;
use crate::krm::{Code, Finding};
use crate::plan::{Decision, Plan};
use crate::yaml::{EditError, EditSet};

use super::recheck::{self, Broken, Expected};
use super::{Analysis, internal};

/// What becomes of files.
#[derive(Debug)]
pub struct Rewritten<'t> {
    /// Their edits. `None`: something stands in the way, and a finding says what.
    pub edits: Option<EditSet<'t>>,
    /// What there is to say, in the order to say it.
    pub findings: Vec<Finding>,
    /// The names of images that change, as they are written and as they will be, both without tag and digest.
    pub names: BTreeMap<String, String>,
    /// How many images change.
    pub images: usize,
    /// The pull Secret that pods name and that no file has. `None` with `create: never`, which says that something else makes it.
    pub absent: Option<AbsentSecret>,
}

/// A pull Secret that has to be made elsewhere.
#[derive(Debug)]
pub struct AbsentSecret {
    /// Its name.
    pub name: String,
    /// The namespaces where pods name it, as their manifests say; `None` where they don't.
    pub namespaces: BTreeSet<Option<String>>,
    /// The registries that it has to open.
    pub hosts: BTreeSet<String>,
}

impl<'t> Analysis<'t> {
    /// What becomes of files that are edited in place. A credential does not belong into files beside manifests, so no Secret is written, whatever
    /// `pullSecret.create` says; and nothing is taken out, for files are not applied as they are.
    #[must_use]
    pub fn rewrite(mut self, verdicts: &Verdicts, verifications: &Verifications) -> Rewritten<'t> {
        let is_made_elsewhere = self.facts.config.pull_secret.create == Create::Never;
        self.facts.config.pull_secret.create = Create::Never;
        // What a cluster would get of Replicated's objects is for those to say who apply the files.
        self.facts.findings.retain(|finding| finding.code != Code::ReplicatedObject);
        let plan = Plan::new(&self.facts, verdicts, verifications);
        let failed = plan.has_errors();
        let absent = if is_made_elsewhere { None } else { self.absent_secret(&plan) };
        let Plan { edits, mut findings, decisions, attachments, .. } = plan;
        let changed = || decisions.iter().filter_map(|(text, decision)| Some((text, decision.to.as_ref()?)));
        let names = changed().map(|(old, new)| (name(old).to_owned(), name(new.as_written()).to_owned()));
        let names: BTreeMap<String, String> = names.filter(|(old, new)| old != new).collect();
        let images = changed().count();
        let broken = |fault: EditError| Broken { at: fault.at(), what: fault.to_string() };
        let expected = Expected::new(self.input.text(), &edits, &attachments);
        let checked = EditSet::new(self.input.text(), edits).map_err(broken).and_then(|edits| {
            recheck::recheck(&self.input, &edits, &expected)?;
            Ok(edits)
        });
        let edits = match checked {
            Ok(edits) => (!failed).then_some(edits),
            Err(broken) => {
                findings.push(internal(&self.input, &broken));
                None
            }
        };
        Rewritten { edits, findings, names, images, absent }
    }

    fn absent_secret(&self, plan: &Plan) -> Option<AbsentSecret> {
        let name = self.facts.pull_secret.name.clone();
        let mut absent = AbsentSecret { name, namespaces: BTreeSet::new(), hosts: BTreeSet::new() };
        for workload in &self.facts.items.workloads {
            let is_there = self.facts.items.secrets.iter().any(|secret| {
                secret.object.name == absent.name && secret.object.namespace == workload.object.namespace
            });
            let fields = workload.groups.iter().flat_map(|group| &group.images);
            let needing = fields.filter_map(|field| {
                let decision = plan.decisions.get(field.reference.as_written())?;
                decision.needs.is_some().then(|| host(field.reference.as_written(), decision))
            });
            let hosts: Vec<String> = needing.collect();
            if !hosts.is_empty() && !is_there {
                absent.namespaces.insert(workload.object.namespace.clone());
                absent.hosts.extend(hosts);
            }
        }
        (!absent.namespaces.is_empty()).then_some(absent)
    }
}

/// The registry that an image is pulled from in the end.
fn host(text: &str, decision: &Decision) -> String {
    let written = decision.to.as_ref().map_or(text, |to| to.as_written());
    written.split('/').next().unwrap_or_default().to_owned()
}

/// A reference without tag and digest, as it is written: what kustomize compares with the `name` of its `images`
/// (kubernetes-sigs/kustomize: api/internal/image/image.go).
fn name(text: &str) -> &str {
    let text = text.split_once('@').map_or(text, |(name, _)| name);
    let path = text.rfind('/').map_or(0, |slash| slash + 1);
    match text.get(path..).and_then(|last| last.find(':')) {
        Some(colon) => text.get(..path + colon).unwrap_or(text),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_before_tag_and_digest() {
        for (text, expected) in [
            ("nginx", "nginx"),
            ("nginx:1", "nginx"),
            ("registry.corp:5000/a/b", "registry.corp:5000/a/b"),
            ("registry.corp:5000/a/b:1", "registry.corp:5000/a/b"),
            ("ghcr.io/a/b:1@sha256:0", "ghcr.io/a/b"),
            ("ghcr.io/a/b:{{tag}}", "ghcr.io/a/b"),
        ] {
            assert_eq!(name(text), expected);
        }
    }
}
