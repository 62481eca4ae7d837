//! One object: what it is called, and the annotations that orchestrators put on it.

use std::fmt;
use std::sync::Arc;

use crate::yaml::{Fault, View};

/// The functions specification's mark of an object that is never applied to a cluster.
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";
/// Our mark of an object that is left alone.
const SKIP: &str = "pullthrough.dev/skip";
/// Where the orchestrator read the object, by its new and its old name.
const PATHS: [&str; 2] = ["internal.config.kubernetes.io/path", "config.kubernetes.io/path"];
/// Which document of that file it is.
const INDEXES: [&str; 2] = ["internal.config.kubernetes.io/index", "config.kubernetes.io/index"];

/// How kustomize finds an object again that a function hands back.
const KUSTOMIZE_ID: &str = "kustomize.config.k8s.io/id";
/// How kpt does it where selectors keep objects from a function, by its new and its old name.
const KPT_IDS: [&str; 2] = ["internal.config.kubernetes.io/kpt-resource-id", "internal.config.k8s.io/kpt-resource-id"];

/// What an object is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Group and version, as in the manifest.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace, where the manifest has one.
    pub namespace: Option<String>,
    /// The name, or `generateName` followed by `*`; empty where it has neither.
    pub name: String,
}

impl ObjectRef {
    /// The group: empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> &str {
        self.api_version.split_once('/').map_or(&self.api_version, |(_, version)| version)
    }

    /// Whether it is this kind of this group.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group() == group
    }
}

/// `Deployment default/web`, as people say it.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind.is_empty() { "object" } else { &self.kind };
        match &self.namespace {
            Some(namespace) => write!(f, "{kind} {namespace}/{}", self.name),
            None => write!(f, "{kind} {}", self.name),
        }
    }
}

/// The file that an orchestrator read an object from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct File {
    /// Relative to the package.
    pub path: String,
    /// Which document of it, counted from 0.
    pub index: usize,
}

/// What the items of a typed list are when they don't say it themselves, as in what the API server answers: a `PodList` holds Pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemsOf {
    api_version: String,
    kind: String,
}

impl ItemsOf {
    /// What `list` says about its items. `None` of a plain `List`, and of a ResourceList.
    ///
    /// # Errors
    /// When it says it twice.
    pub fn of(list: &View<'_>) -> Result<Option<Self>, Fault> {
        let text = |key| Ok::<_, Fault>(list.get(key)?.and_then(|view| view.text()));
        let kind = text("kind")?.and_then(|kind| kind.strip_suffix("List")).filter(|kind| !kind.is_empty());
        let (Some(kind), Some(api_version)) = (kind, text("apiVersion")?) else { return Ok(None) };
        let (kind, api_version) = (kind.to_owned(), api_version.to_owned());
        Ok((!api_version.starts_with("config.kubernetes.io/")).then_some(Self { api_version, kind }))
    }
}

/// What the input is to those who read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Something that an orchestrator still works on: it takes local configuration out before anything is applied.
    #[default]
    Sources,
    /// The final output, which is applied as it is.
    Rendered,
}

/// An object of the input.
#[derive(Clone, Debug)]
pub struct Resource<'a> {
    /// Its root.
    pub view: View<'a>,
    /// What it is called.
    pub object: Arc<ObjectRef>,
    /// Where the orchestrator read it, when it says so.
    pub file: Option<File>,
    annotations: Option<View<'a>>,
    stage: Stage,
}

impl<'a> Resource<'a> {
    /// Reads name and annotations of an object. `None` for what is no object: no mapping, or one without a kind.
    ///
    /// # Errors
    /// When one of the fields that identify it appears twice.
    pub fn read(view: View<'a>) -> Result<Option<Self>, Fault> {
        Self::read_item(view, None)
    }

    /// The same of an item of a list that may say what its items are.
    ///
    /// # Errors
    /// Those of [`Resource::read`].
    pub fn read_item(view: View<'a>, items: Option<&ItemsOf>) -> Result<Option<Self>, Fault> {
        if !view.is_mapping() {
            return Ok(None);
        }
        let text = |keys: &[&str]| Ok::<_, Fault>(view.at(keys)?.and_then(|view| view.text()).map(str::to_owned));
        let (kind, api_version) = (text(&["kind"])?, text(&["apiVersion"])?);
        let items = items.filter(|_| kind.is_none());
        let Some(kind) = kind.or_else(|| items.map(|items| items.kind.clone())) else { return Ok(None) };
        let api_version = api_version.or_else(|| items.map(|items| items.api_version.clone()));
        let generated = text(&["metadata", "generateName"])?.map(|prefix| format!("{prefix}*"));
        let object = ObjectRef {
            api_version: api_version.unwrap_or_default(),
            kind,
            namespace: text(&["metadata", "namespace"])?.filter(|namespace| !namespace.is_empty()),
            name: text(&["metadata", "name"])?.or(generated).unwrap_or_default(),
        };
        let annotations = view.at(&["metadata", "annotations"])?;
        let stage = Stage::default();
        let mut resource = Self { view, object: Arc::new(object), file: None, annotations, stage };
        resource.file = resource.read_file()?;
        Ok(Some(resource))
    }

    /// The same in an input of that stage.
    #[must_use]
    pub fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    /// The value of an annotation.
    ///
    /// # Errors
    /// When it appears twice.
    pub fn annotation(&self, name: &str) -> Result<Option<&'a str>, Fault> {
        match &self.annotations {
            Some(annotations) => Ok(annotations.get(name)?.and_then(|value| value.scalar())),
            None => Ok(None),
        }
    }

    /// Whether the orchestrator keeps it away from clusters. Any value but `false` says so.
    ///
    /// # Errors
    /// When the annotation appears twice.
    pub fn is_local_config(&self) -> Result<bool, Fault> {
        Ok(self.annotation(LOCAL_CONFIG)?.is_some_and(|value| value != "false"))
    }

    /// Whether it never reaches a cluster. In final output nothing is left that would take local configuration out.
    ///
    /// # Errors
    /// When the annotation appears twice.
    pub fn is_withheld(&self) -> Result<bool, Fault> {
        Ok(self.stage == Stage::Sources && self.is_local_config()?)
    }

    /// Whether its author wants it left alone.
    ///
    /// # Errors
    /// When the annotation appears twice.
    pub fn is_skipped(&self) -> Result<bool, Fault> {
        Ok(self.annotation(SKIP)? == Some("true"))
    }

    /// Whether the orchestrator hands over some of its objects only, of which this is one.
    ///
    /// # Errors
    /// When the annotation appears twice.
    pub fn is_selected(&self) -> Result<bool, Fault> {
        let [new, old] = KPT_IDS;
        Ok(self.annotation(new)?.or(self.annotation(old)?).is_some())
    }

    /// kustomize builds from files and writes none, but each function that it ran leaves paths behind, which it made up.
    fn read_file(&self) -> Result<Option<File>, Fault> {
        if self.annotation(KUSTOMIZE_ID)?.is_some() {
            return Ok(None);
        }
        let first = |names: [&str; 2]| {
            let [new, old] = names;
            Ok::<_, Fault>(self.annotation(new)?.or(self.annotation(old)?))
        };
        let index = first(INDEXES)?.and_then(|index| index.parse().ok()).unwrap_or(0);
        Ok(first(PATHS)?.map(|path| File { path: path.to_owned(), index }))
    }
}
