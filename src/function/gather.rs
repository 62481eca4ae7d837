//! One walk over the objects: what survives of each is spans and strings.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::access::Lock;
use crate::access::lock::KIND as IMAGE_LOCK;
use crate::config::{self, Config, Images, OnUnread};
use crate::credentials::DockerSecret;
use crate::krm::{
    self, Code, File, Finding, Input, InputError, ItemsOf, ObjectRef, Resource, Severity, Stage, StringMap,
};
use crate::plan::facts::DockerConfigField;
use crate::plan::secret::{KEY, MANAGED_BY, TYPE};
use crate::plan::{Account, Items, PullSecretObject};
use crate::replicated::{Place, ReplicatedObjects, is_replicated_group, left_out};
use crate::workload::pull_secrets::Form;
use crate::workload::rendered_elsewhere;
use crate::workload::{Fields, ImagePatterns, Net, Order, PullSecrets, Why, Workload};
use crate::yaml::{Fault, Span, View, lines};

use super::own::OwnObject;
use super::seen::Seen;

/// What the objects say.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) items: Items,
    pub(super) docker_secrets: Vec<DockerSecret>,
    pub(super) lock: Lock,
    /// Our own objects.
    pub(super) own: Vec<OwnObject>,
    pub(super) replicated: ReplicatedObjects,
    /// Replicated's objects by their place.
    pub(super) replicated_objects: BTreeMap<Place, ReplicatedObject>,
    /// What there is besides images.
    pub(super) seen: Seen,
    pub(super) findings: Vec<Finding>,
    drops: bool,
}

/// An object that only Replicated's tools read, or that they leave out.
#[derive(Debug)]
pub(super) struct ReplicatedObject {
    pub(super) object: Arc<ObjectRef>,
    pub(super) file: Option<File>,
    pub(super) line: usize,
    pub(super) local_config: bool,
    /// Whether it has images.
    pub(super) has_images: bool,
    /// The annotation for which KOTS leaves it out, of an object that others read as well.
    pub(super) left_out: Option<String>,
    /// What would go with it.
    pub(super) removal: Removal,
}

/// Whether an object can be taken out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Removal {
    /// With these lines.
    Lines(Span),
    /// It shares its lines with something else.
    SharesLines,
    /// An alias elsewhere stands for an anchor in it: the lines of both.
    Anchored { anchor: usize, alias: usize },
}

impl Removal {
    fn of(object: &View<'_>) -> Self {
        let line = |at| object.tree().line(at);
        match (object.leak(), lines::object_lines(object)) {
            (Some(leak), _) => Self::Anchored { anchor: line(leak.anchor), alias: line(leak.alias) },
            (None, Some(span)) => Self::Lines(span),
            (None, None) => Self::SharesLines,
        }
    }
}

/// Walks over all objects. With `replicatedObjects: drop`, Replicated's own that may reach a cluster are taken out, and what is in them doesn't
/// matter. `lock` is what locks beside the input say.
pub(super) fn gather(
    input: &Input<'_>,
    config: Option<&Config>,
    lock: Lock,
    stage: Stage,
) -> Result<Gathered, InputError> {
    let none = Images::default();
    let images = config.map_or(&none, |config| &config.images);
    let drops = config.is_some_and(|config| config.replicated_objects == config::ReplicatedObjects::Drop);
    let is_local = config.is_some_and(Config::has_local_registry);
    let may_be_locked = !lock.is_empty() || input.text().contains(IMAGE_LOCK);
    let mut gathered = Gathered { drops, lock, seen: Seen::at(stage), ..Gathered::default() };
    let mut fields = Fields::new(&images.fields).with_local_registry(is_local);
    let mut place = Place(0);
    let own = input.function_config().and_then(|own| Resource::read(own).ok().flatten()).map(|own| own.object);
    let mut others = false;
    let net = Net { private: &images.private, may_be_locked, rewrites: images.unread == OnUnread::Rewrite };
    let net = (images.unread != OnUnread::Ignore).then_some(net);
    input.objects(|view, items_of| {
        others = others || !is_configuration(view, own.as_deref());
        if let Err(fault) = gathered.object(view, items_of, place, (&mut fields, net)) {
            let resource = Resource::read_item(view.clone(), items_of).ok().flatten();
            gathered.findings.push(finding(view, resource.as_ref(), &fault));
        }
        place.0 += 1;
    })?;
    gathered.seen.only_configuration = place.0 > 0 && !others;
    // A ResourceList itself says that it has none.
    if matches!(input.form, krm::Form::Stream(_)) {
        gathered.findings.extend(gathered.seen.contents.finding());
        gathered.findings.extend(gathered.seen.contents.beside());
    }
    gathered.findings.extend(fields.unused());
    gathered.items.workloads.shrink_to_fit();
    gathered.items.deploys = gathered.seen.coverage.objects > 0;
    Ok(gathered)
}

/// Whether an object is the configuration itself, as an orchestrator adds it that has nothing else to hand over. One from a file is an
/// object like any other.
fn is_configuration(view: &View<'_>, own: Option<&ObjectRef>) -> bool {
    let resource = Resource::read(view.clone()).ok().flatten();
    resource.is_some_and(|resource| resource.file.is_none() && own == Some(&*resource.object))
}

impl Gathered {
    fn object(
        &mut self,
        view: &View<'_>,
        items_of: Option<&ItemsOf>,
        place: Place,
        (fields, net): (&mut Fields<'_>, Option<Net<'_>>),
    ) -> Result<(), Fault> {
        let Some(resource) = Resource::read_item(view.clone(), items_of)? else {
            self.seen.contents.other(view);
            return self.seen.no_object(view);
        };
        self.seen.contents.object(&resource);
        self.findings.extend(rendered_elsewhere::finding(&resource));
        let resource = resource.at(self.seen.stage);
        self.items.in_package |= resource.file.is_some();
        self.items.selected |= resource.is_selected()?;
        let object = &resource.object;
        let is_replicated = is_replicated_group(&object.api_version);
        let left_out = if is_replicated { None } else { left_out(&resource)? };
        self.seen.object(&resource, left_out.as_deref())?;
        if is_replicated || left_out.is_some() {
            self.replicated.read(view, place)?;
            let local_config = resource.is_local_config()?;
            let why = match &left_out {
                Some(annotation) => Some(Why::ExcludedByKots(annotation.clone())),
                None => (!local_config && self.drops).then_some(Why::Dropped),
            };
            let workload = match &why {
                // What there is to say is said about the object, and what can't be read in it does not matter.
                Some(_) => Workload::read(&resource, fields, None, &mut Vec::new()).unwrap_or_default(),
                None => Workload::read(&resource, fields, net, &mut self.findings)?,
            };
            let has_images = workload.as_ref().is_some_and(Workload::has_images);
            self.items.workloads.extend(workload.map(|workload| match &why {
                Some(why) => workload.left_alone_for(why),
                None => workload,
            }));
            let known = ReplicatedObject {
                object: Arc::clone(object),
                file: resource.file.clone(),
                line: view.tree().line(view.start()),
                local_config,
                has_images,
                left_out,
                removal: Removal::of(view),
            };
            self.replicated_objects.insert(place, known);
            return Ok(());
        }
        self.own.extend(OwnObject::read(&resource));
        if self.lock.read(&resource, &mut self.findings)? {
            return Ok(());
        }
        if object.is("", "ServiceAccount") {
            let pull_secrets = PullSecrets::find(view, &[] as &[&str], "imagePullSecrets", Form::Objects, "kind")?;
            if !resource.is_withheld()? {
                let editable = !resource.is_skipped()?;
                let (object, file) = (Arc::clone(object), resource.file.clone());
                self.items.accounts.push(Account { object, file, pull_secrets, editable });
            }
        }
        if object.is("", "Secret") {
            let secret = secret(&resource)?;
            let docker = DockerSecret::read(view)?;
            self.docker_secrets.extend(docker.map(|docker| DockerSecret { managed: secret.managed, ..docker }));
            self.items.secrets.push(secret);
        }
        self.items.policies.extend(ImagePatterns::read(&resource)?);
        self.items.workloads.extend(Workload::read(&resource, fields, net, &mut self.findings)?);
        Ok(())
    }
}

fn finding(view: &View<'_>, resource: Option<&Resource<'_>>, fault: &Fault) -> Finding {
    let line = |at| view.tree().line(at);
    let (code, at, message) = match fault {
        Fault::DuplicateKey { key, first, second } => {
            let message = format!(
                "`{key}` appears twice, on line {} and on line {}; remove one of the two",
                line(*first),
                line(*second)
            );
            (Code::DuplicateKey, *second, message)
        }
        Fault::TooManyAliases { at } => {
            let message = format!("YAML aliases make it too large to read (line {}); write them out", line(*at));
            (Code::TooManyAliases, *at, message)
        }
    };
    let mut finding = Finding::new(Severity::Error, code, message);
    finding.line = Some(line(at));
    match resource {
        Some(resource) => finding.about(&resource.object, resource.file.as_ref()),
        None => finding,
    }
}

fn secret(resource: &Resource<'_>) -> Result<PullSecretObject, Fault> {
    let view = &resource.view;
    let mark = view.at(&["metadata", "labels", MANAGED_BY.0])?;
    let managed = mark.and_then(|value| value.scalar()) == Some(MANAGED_BY.1);
    Ok(PullSecretObject {
        object: Arc::clone(&resource.object),
        file: resource.file.clone(),
        line: view.tree().line(view.start()),
        managed,
        order: Order::read(|key| resource.annotation(key))?,
        content: match left_alone(resource)? {
            Some(problem) => Err(problem),
            None => content(view)?,
        },
    })
}

fn left_alone(resource: &Resource<'_>) -> Result<Option<&'static str>, Fault> {
    Ok(if resource.is_withheld()? {
        Some("it is local configuration, which is never applied")
    } else if resource.is_skipped()? {
        Some("it has the annotation pullthrough.dev/skip")
    } else {
        None
    })
}

fn content(view: &View<'_>) -> Result<Result<DockerConfigField, &'static str>, Fault> {
    if view.get("type")?.and_then(|kind| kind.text()) != Some(TYPE) {
        return Ok(Err("its type is not kubernetes.io/dockerconfigjson"));
    }
    if view.get("stringData")?.is_some_and(|data| !data.entries().is_empty()) {
        return Ok(Err("it has `stringData`, which would override what is added to `data`"));
    }
    if view.get("immutable")?.and_then(|value| value.scalar()) == Some("true") {
        return Ok(Err("it is immutable"));
    }
    let Some(data) = view.at(&["data", KEY])? else {
        return Ok(Err("it has no `.dockerconfigjson`"));
    };
    let text: Option<String> =
        data.text().map(|text| text.chars().filter(|char| !char.is_ascii_whitespace()).collect());
    let json = text.and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| String::from_utf8(bytes).ok());
    let (Some(json), Some(spot)) = (json, data.spot()) else {
        return Ok(Err("its `.dockerconfigjson` is not base64-encoded text"));
    };
    let line = |at| view.tree().line(at);
    let shared = data.shared().map(|shared| (line(shared.definition), line(shared.usage)));
    let own_line = line(data.start());
    let shared = shared.or((spot.is_alias() || !spot.aliases().is_empty()).then_some((own_line, own_line)));
    let (labels, annotations) = (StringMap::read(view, "labels")?, StringMap::read(view, "annotations")?);
    Ok(Ok(DockerConfigField { json, spot, shared, labels, annotations }))
}
