//! What an input holds besides images: what a cluster gets of it, what was not looked at and why, and, for the guard, what each Secret opens.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::credentials::{DockerConfig, Shape};
use crate::krm::{Code, Contents, Finding, ObjectRef, Resource, Severity, Stage};
use crate::plan::secret::{KEY, TYPE};
use crate::yaml::{Fault, View};

/// The type of Secret that kubelet reads beside [`TYPE`], and its key.
const OLD_TYPE: &str = "kubernetes.io/dockercfg";
const OLD_KEY: &str = ".dockercfg";
/// The marks of function configurations, which no cluster gets.
const FUNCTION: [&str; 2] = ["config.kubernetes.io/function", "config.k8s.io/function"];
/// The annotation of objects that their authors want left alone.
const SKIP: &str = "pullthrough.dev/skip";
/// Keys of a kustomization that says neither `apiVersion` nor `kind`.
const KUSTOMIZATION: [&str; 8] = [
    "resources",
    "bases",
    "components",
    "patches",
    "patchesStrategicMerge",
    "generators",
    "transformers",
    "configMapGenerator",
];

/// What was looked at, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The objects that were looked at.
    pub objects: usize,
    /// What was not looked at: why, and how often.
    pub left_out: BTreeMap<String, usize>,
}

/// The account of a Secret, or why kubelet finds none in it.
pub(super) type Keyring = Result<DockerConfig, Unusable>;

/// Why a Secret opens nothing.
#[derive(Clone, Debug)]
pub(super) struct Unusable {
    /// The end of a sentence.
    pub(super) why: String,
    /// Whether it also keeps kubelet from using the other Secrets of a pod: it stops at one that it can't read.
    pub(super) is_broken: bool,
}

/// A Secret's namespace and name.
pub(super) type SecretName = (Option<String>, String);

/// A file that manifests are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    line: usize,
    what: &'static str,
    command: &'static str,
}

/// What was seen on the walk over the objects.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// What becomes of the input after us.
    pub(super) stage: Stage,
    /// Whether there are objects at all.
    pub(super) contents: Contents,
    /// Whether there are objects, and none but our configuration.
    pub(super) only_configuration: bool,
    pub(super) coverage: Coverage,
    /// The kinds of objects that are configuration, which no cluster gets.
    pub(super) configuration: BTreeSet<String>,
    /// Whether there is an object that is none.
    pub(super) has_others: bool,
    /// Objects that their authors want left alone.
    pub(super) skipped: Vec<Finding>,
    /// What the guard can't take for final output: sources that were not built, and values that it can't read.
    pub(super) faults: Vec<Finding>,
    /// The first source of manifests that was not built.
    pub(super) source: Option<Source>,
    /// What Secrets open; in final output only.
    pub(super) keyrings: BTreeMap<SecretName, Keyring>,
    /// Where the last tree began: a document whose items share anchors is one tree for all of them.
    tree: Option<usize>,
}

impl Coverage {
    /// Counts something that was not looked at.
    pub fn leave_out(&mut self, why: impl Into<String>) {
        *self.left_out.entry(why.into()).or_default() += 1;
    }
}

impl Seen {
    /// Nothing yet.
    pub(super) fn at(stage: Stage) -> Self {
        Self { stage, ..Self::default() }
    }

    /// Something that is no object.
    pub(super) fn no_object(&mut self, view: &View<'_>) -> Result<(), Fault> {
        if view.is_null() {
            return Ok(());
        }
        self.tags(view, None);
        if let Some((what, command)) = source(view)? {
            self.unbuilt(view, what, command);
        }
        self.coverage.leave_out("not a Kubernetes object");
        Ok(())
    }

    /// An object. `excluded`: the vendor's annotation for which it is left alone.
    pub(super) fn object(&mut self, resource: &Resource<'_>, excluded: Option<&str>) -> Result<(), Fault> {
        let object = &resource.object;
        self.tags(&resource.view, Some(resource));
        if is_configuration(resource)? {
            self.coverage.leave_out(object.kind.as_str());
            // Of the vendor's objects the run itself decides: `replicatedObjects`.
            if object.group() == "kots.io" {
                self.has_others = true;
            } else {
                self.configuration.insert(object.kind.clone());
            }
            if is_kustomization(object) {
                self.unbuilt(&resource.view, "a kustomization", "kustomize build");
            }
            return Ok(());
        }
        self.has_others = true;
        if self.stage == Stage::Rendered && object.is("", "Secret") {
            let name = (object.namespace.clone(), object.name.clone());
            let keyring = keyring(&resource.view)?;
            self.keyrings.insert(name, keyring);
        }
        let why = match excluded {
            _ if resource.is_skipped()? => SKIP,
            Some(_) => "excluded by KOTS",
            None if resource.is_withheld()? => "config.kubernetes.io/local-config",
            None => {
                self.coverage.objects += 1;
                return Ok(());
            }
        };
        self.coverage.leave_out(why);
        if self.stage == Stage::Rendered {
            let message = match excluded {
                Some(annotation) => format!("{object} has `{annotation}`; nothing in it was checked"),
                None => format!("{object} has the annotation {why}; nothing in it was checked"),
            };
            let mut finding = Finding::new(Severity::Info, Code::Skipped, message);
            finding.line = Some(resource.view.tree().line(resource.view.start()));
            self.skipped.push(finding.about(object, resource.file.as_ref()));
        }
        Ok(())
    }

    /// That every object is configuration. `None` when one is not, or there are none.
    pub(super) fn all_configuration(&self) -> Option<Finding> {
        if self.has_others || self.configuration.is_empty() {
            return None;
        }
        let kinds: Vec<&str> = self.configuration.iter().map(String::as_str).collect();
        let message = format!(
            "every object in this input is configuration ({}), which no cluster gets; build the manifests first",
            kinds.join(", ")
        );
        Some(Finding::new(Severity::Error, Code::NoObjects, message))
    }

    fn unbuilt(&mut self, view: &View<'_>, what: &'static str, command: &'static str) {
        let line = view.tree().line(view.start());
        self.source.get_or_insert(Source { line, what, command });
        if self.stage == Stage::Rendered {
            let message = format!(
                "this is {what}, which is never applied to a cluster: build it, and check the output of \
                    `{command}` instead"
            );
            self.faults.push(Finding { line: Some(line), ..Finding::new(Severity::Error, Code::NotBuilt, message) });
        }
    }

    /// That there are sources which were not built: an error where there is nothing else, for what is made of the input would be empty.
    pub(super) fn not_built(&self) -> Option<Finding> {
        let Source { line, what, command } = self.source?;
        let (severity, code, message) = if self.is_empty() {
            let message =
                format!("this is {what}, without an object that a cluster gets; give what `{command}` prints");
            (Severity::Error, Code::NoObjects, message)
        } else {
            let message = format!(
                "this is {what}, which was not built: what it adds and changes is not in here; give what `{command}` prints"
            );
            (Severity::Warning, Code::NotBuilt, message)
        };
        Some(Finding { line: Some(line), ..Finding::new(severity, code, message) })
    }

    /// Whether there is nothing that a cluster gets. What its author wants left alone is something.
    pub(super) fn is_empty(&self) -> bool {
        self.coverage.objects == 0 && !self.coverage.left_out.contains_key(SKIP)
    }

    /// Kubernetes' own readers take tags of their own for more than this program does: `!!binary` is text to them.
    fn tags(&mut self, view: &View<'_>, resource: Option<&Resource<'_>>) {
        let tree = view.tree();
        let start = tree.view().start();
        let is_data = resource.is_some_and(|it| it.object.is("", "ConfigMap") || it.object.is("", "Secret"));
        if self.stage != Stage::Rendered || is_data || self.tree.replace(start) == Some(start) {
            return;
        }
        for at in tree.foreign_tags() {
            let message =
                "this value has a tag of its own, which may hide an image; write it as plain text, without the tag";
            let mut finding = Finding::new(Severity::Error, Code::Unreadable, message);
            finding.line = Some(tree.line(at));
            self.faults.push(match resource {
                Some(resource) => finding.about(&resource.object, resource.file.as_ref()),
                None => finding,
            });
        }
    }
}

/// kustomize takes a kustomization without `apiVersion` as well.
fn is_kustomization(object: &ObjectRef) -> bool {
    let is_bare = object.api_version.is_empty() && matches!(object.kind.as_str(), "Kustomization" | "Component");
    is_bare || object.group() == "kustomize.config.k8s.io"
}

/// Objects for the programs that make manifests. The API server knows none of them.
fn is_configuration(resource: &Resource<'_>) -> Result<bool, Fault> {
    let object = &resource.object;
    let is_config_group =
        matches!(object.group(), "kpt.dev" | "fn.kpt.dev" | "config.kubernetes.io" | "pullthrough.dev" | "kots.io");
    let is_builtin = object.api_version == "builtin";
    let is_function = || FUNCTION.iter().try_fold(false, |is, key| Ok(is || resource.annotation(key)?.is_some()));
    Ok(is_config_group || is_kustomization(object) || is_builtin || is_function()?)
}

/// What makes manifests of a file that is no object.
fn source(view: &View<'_>) -> Result<Option<(&'static str, &'static str)>, Fault> {
    let has = |key: &str| Ok::<_, Fault>(view.get(key)?.is_some());
    if has("kind")? {
        return Ok(None);
    }
    for key in KUSTOMIZATION {
        if view.get(key)?.is_some_and(|value| value.is_sequence()) {
            return Ok(Some(("a kustomization", "kustomize build")));
        }
    }
    let is_chart = has("apiVersion")? && has("name")? && has("version")?;
    Ok(is_chart.then_some(("a chart", "helm template")))
}

/// What kubelet makes of a Secret (kubernetes/kubernetes: pkg/credentialprovider/secrets/secrets.go). The API server lets `stringData` win.
fn keyring(view: &View<'_>) -> Result<Keyring, Fault> {
    let useless = |why| Err(Unusable { why, is_broken: false });
    let broken = |why| Err(Unusable { why, is_broken: true });
    let kind = view.get("type")?.and_then(|kind| kind.text()).unwrap_or("Opaque");
    let (key, shape) = match kind {
        TYPE => (KEY, Shape::Auths),
        OLD_TYPE => (OLD_KEY, Shape::Bare),
        _ => return Ok(useless(format!("its type is {kind}; expected {TYPE}"))),
    };
    let json = match (view.at(&["stringData", key])?, view.at(&["data", key])?) {
        (Some(text), _) => text.text().map(str::to_owned),
        (None, Some(data)) => {
            let text = data.text().map(|text| text.split_ascii_whitespace().collect::<String>());
            text.and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| String::from_utf8(bytes).ok())
        }
        (None, None) => return Ok(useless(format!("it has no `{key}`"))),
    };
    let Some(json) = json.filter(|json| !json.is_empty()) else {
        return Ok(broken(format!("its `{key}` is not base64 of a docker config")));
    };
    Ok(match DockerConfig::parse_as(shape, &json) {
        Ok(config) if config.has_accounts() => Ok(config),
        Ok(_) => {
            let place = if shape == Shape::Auths { "below `auths`" } else { "(at the top level, not under `auths`)" };
            useless(format!("its `{key}` has no account with a password {place}"))
        }
        Err(error) => broken(format!("it could not be read: {error}")),
    })
}
