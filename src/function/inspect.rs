//! Looking without touching: every distinct image for `check`, and the verdicts for `lock`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::access::{Lock, ManifestKey, Queries, Verdict, Verdicts, Verifications};
use crate::config::{Create, OnUnread};
use crate::krm::{Code, File, Finding, ObjectRef, Severity, Stage};
use crate::plan::{Decision, Plan, additional, locked, unread};
use crate::workload::Why;

use super::Analysis;
use super::seen::Coverage;

/// A distinct image, what is known about it and what happens to it.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// Its text in the manifests.
    pub image: String,
    /// What is known of it, when it was looked at.
    pub verdict: Option<Verdict>,
    /// The text that the function writes instead.
    pub becomes: Option<String>,
    /// Whether a pod that pulls it needs the pull Secret.
    pub needs_secret: bool,
    /// How much it matters.
    pub severity: Severity,
    /// What happens to it.
    pub code: Code,
    /// Why, as a sentence.
    pub message: Arc<str>,
    /// The same in a few words, where neither the verdict nor the code says it.
    pub brief: Option<String>,
    /// Where it stands.
    pub places: Vec<Place>,
}

impl Inspected {
    fn new(image: &str, decision: &Decision, places: Vec<Place>) -> Self {
        Self {
            image: image.to_owned(),
            verdict: decision.verdict.clone(),
            becomes: decision.to.as_ref().map(|to| to.as_written().to_owned()),
            needs_secret: decision.needs.is_some(),
            severity: decision.severity,
            code: decision.code,
            message: decision.reason.to_string().into(),
            brief: None,
            places,
        }
    }
}

/// A field with an image.
#[derive(Clone, Debug)]
pub struct Place {
    /// The object.
    pub object: Arc<ObjectRef>,
    /// Where the orchestrator read it.
    pub file: Option<File>,
    /// The field's path.
    pub field: String,
    /// Its line in the input, counted from 1.
    pub line: usize,
}

/// All images of an input, and everything there is to say.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The images, by their text.
    pub images: Vec<Inspected>,
    /// The findings, in the order to show them.
    pub findings: Vec<Finding>,
    /// What was looked at, and what was not.
    pub coverage: Coverage,
}

impl Inspection {
    /// Whether there are errors; with `strict` also warnings, and objects that their authors want left alone.
    #[must_use]
    pub fn fails(&self, strict: bool) -> bool {
        let fails = |finding: &Finding| match finding.severity {
            Severity::Error => true,
            Severity::Warning => strict,
            Severity::Info => strict && finding.code == Code::Skipped,
        };
        self.findings.iter().any(fails)
    }
}

impl Analysis<'_> {
    /// Everything that the function would do, without an output.
    ///
    /// Of final output ([`Analysis::read_rendered`]) everything that the function would still change is an error, and no credentials are needed.
    #[must_use]
    pub fn inspect(mut self, verdicts: &Verdicts, verifications: &Verifications) -> Inspection {
        let rendered = self.seen.stage == Stage::Rendered;
        if rendered {
            self.facts.config.pull_secret.create = Create::Never;
            if self.facts.config.images.unread != OnUnread::Ignore {
                self.facts.config.images.unread = OnUnread::Fail;
            }
        }
        let mut plan = Plan::new(&self.facts, verdicts, verifications);
        let mut images: BTreeMap<&str, Inspected> = BTreeMap::new();
        for workload in &self.facts.items.workloads {
            for field in workload.groups.iter().flat_map(|group| &group.images) {
                let text = field.reference.as_written();
                let Some(decision) = plan.decisions.get(text) else { continue };
                let image = images.entry(text).or_insert_with(|| Inspected::new(text, decision, Vec::new()));
                image.places.push(Place {
                    object: Arc::clone(&workload.object),
                    file: workload.file.clone(),
                    field: field.path.clone(),
                    line: field.line,
                });
            }
        }
        let mut images: Vec<Inspected> = images.into_values().collect();
        images.extend(self.unread(verdicts));
        images.extend(self.hidden_images());
        images.extend(self.left_alone());
        if !rendered {
            images.extend(self.additional(verdicts, &plan));
        }
        images.sort_by(|one, other| (&one.image, one.code, &one.brief).cmp(&(&other.image, other.code, &other.brief)));
        let mut findings = std::mem::take(&mut plan.findings);
        for finding in &mut findings {
            if matches!(finding.code, Code::FieldUnused | Code::PatternUnused) {
                finding.severity = finding.severity.min(Severity::Warning);
            }
            // Whoever looks at manifests need not have the account that opens the proxy.
            if finding.code == Code::NoCredential {
                finding.severity = finding.severity.max(Severity::Warning);
            }
        }
        findings.sort_unstable_by(Finding::order);
        if rendered {
            self.judge_placeholders(&plan, &mut findings);
            self.guard(&plan.decisions, &plan.attachments, &images, &mut findings);
            findings.sort_unstable_by(Finding::order);
        } else {
            findings.extend(self.not_built().filter(|finding| finding.severity == Severity::Error));
        }
        let configured = self.is_configured();
        let inspection = Inspection { images, findings, coverage: self.seen.coverage };
        if configured { inspection } else { inspection.surveyed() }
    }

    /// Everything that the function has to say, information included. An [`Answer`](super::Answer) to a ResourceList has that in its results
    /// only, so as to hold it in memory once.
    #[must_use]
    pub fn findings(&self, verdicts: &Verdicts, verifications: &Verifications) -> Vec<Finding> {
        Plan::new(&self.facts, verdicts, verifications).findings
    }

    /// The references in `additionalImages` that a registry has to be asked about, by their question. The function doesn't: nothing that it
    /// writes depends on them. None with `access.probe: false`.
    #[must_use]
    pub fn additional_queries(&self) -> Queries {
        if self.facts.config.access.probe { additional::queries(&self.facts) } else { BTreeMap::new() }
    }

    /// The private images that nothing reads, each with its places.
    fn unread(&self, verdicts: &Verdicts) -> Vec<Inspected> {
        let facts = &self.facts;
        let mut images: BTreeMap<&str, Inspected> = BTreeMap::new();
        for missed in unread::missed(facts, verdicts) {
            let text = missed.unread.reference.as_written();
            let image = images.entry(text).or_insert_with(|| Inspected {
                image: text.to_owned(),
                severity: unread::severity(facts, &missed),
                code: Code::ImageNotRead,
                message: unread::message(std::slice::from_ref(&missed), &missed).into(),
                verdict: Some(missed.verdict.clone()),
                brief: None,
                becomes: None,
                needs_secret: false,
                places: Vec::new(),
            });
            image.places.push(Place {
                object: Arc::clone(&missed.workload.object),
                file: missed.workload.file.clone(),
                field: missed.unread.path.clone(),
                line: missed.unread.line,
            });
        }
        images.into_values().collect()
    }

    /// The images that nothing is done about, each with all its places.
    fn left_alone(&self) -> Vec<Inspected> {
        let mut images: BTreeMap<(&str, &Why), Inspected> = BTreeMap::new();
        let all = self
            .facts
            .items
            .workloads
            .iter()
            .flat_map(|workload| workload.left_alone.iter().map(move |left| (workload, left)));
        for (workload, left) in all {
            let image = images.entry((&left.text, &left.why)).or_insert_with(|| Inspected {
                image: left.text.clone(),
                verdict: None,
                becomes: None,
                needs_secret: false,
                severity: left.why.severity(),
                code: left.why.code(),
                message: format!("left alone: {}", left.why).into(),
                brief: Some(left.why.to_string()),
                places: Vec::new(),
            });
            image.places.push(Place {
                object: Arc::clone(&workload.object),
                file: workload.file.clone(),
                field: left.path.clone(),
                line: left.line,
            });
        }
        images.into_values().collect()
    }

    fn additional(&self, verdicts: &Verdicts, plan: &Plan) -> Vec<Inspected> {
        let decided = additional::decide(&self.facts, verdicts, &plan.decisions);
        let inspected = decided.into_iter().map(|(image, decision)| {
            let place = Place {
                object: Arc::clone(&image.object),
                file: image.file.clone(),
                field: additional::FIELD.to_owned(),
                line: image.line,
            };
            Inspected::new(image.reference.as_written(), &decision, vec![place])
        });
        inspected.collect()
    }

    /// The references that a lock has to answer for.
    #[must_use]
    pub fn lock_queries(&self) -> Queries {
        locked::queries(&self.facts)
    }

    /// The lock with these verdicts: beside what locks among the items hold, or with `prune` without what nothing uses. What has neither
    /// a public nor a private answer is a finding.
    #[must_use]
    pub fn lock(&self, verdicts: &Verdicts, earlier: Option<Lock>, prune: bool) -> (Lock, Vec<Finding>) {
        let mut lock = earlier.unwrap_or_else(|| self.facts.known.lock.clone());
        let mut findings: Vec<Finding> =
            self.facts.findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
        for (key, verdict) in verdicts {
            if !lock.keep(key.clone(), verdict) {
                let message = format!("`{key}` is not in the lock: {}", verdict.evidence);
                findings.push(Finding::new(Severity::Warning, Code::Undecided, message));
            }
        }
        if prune {
            let mut used: BTreeSet<ManifestKey> = self.lock_queries().into_keys().collect();
            used.extend(locked::uses(&self.facts, &lock));
            lock.prune(&used);
        }
        (lock, findings)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::environment::Environment;
    use crate::function::Request;

    const CONFIG: &str = "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {name: acme}\n\
                          spec: {proxies: [{harbor: {host: harbor.corp, project: hub, upstream: docker.io}}]}\n";

    /// What `check --rendered` says of a pod on the proxy that names a Secret of the user, under the name that an overlay gave it.
    fn faults_with_an_account_for(key: &str) -> Vec<Code> {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  imagePullSecrets: [{{name: prefix-own}}]\n  \
             containers: [{{name: a, image: harbor.corp/hub/library/nginx}}]\n---\napiVersion: v1\nkind: Secret\n\
             metadata: {{name: prefix-own}}\ntype: kubernetes.io/dockerconfigjson\ndata: {{.dockerconfigjson: {}}}\n",
            STANDARD.encode(format!(r#"{{"auths":{{"{key}":{{"auth":"bWU6cHc="}}}}}}"#))
        );
        let request = Request { config: Some(("config.yaml", CONFIG)), ..Request::default() };
        let found = Analysis::read_rendered(&text, request, &Environment::bare(0)).unwrap();
        let inspection = found.inspect(&Verdicts::new(), &Verifications::new());
        let errors = inspection.findings.iter().filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.code).collect()
    }

    #[test]
    fn a_secret_that_opens_the_proxy_stands_for_ours_also_with_an_account_for_its_path() {
        for (key, faults) in [
            ("harbor.corp", &[][..]),
            ("harbor.corp/hub", &[]),
            ("harbor.corp/other", &[Code::NotRendered]),
            ("other.corp", &[Code::NotRendered]),
        ] {
            assert_eq!(faults_with_an_account_for(key), faults, "{key}");
        }
    }
}
