//! Reads the images of one object into groups, each field once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::config::ImageFieldShape;
use crate::image::{presentable, without_user_info};
use crate::krm::{Code, FieldSpec, Finding, ObjectRef, Resource, Severity};
use crate::yaml::{Fault, FieldPath, View};

use super::configured::Batch;
use super::image_field::{Found, HiddenImage, ImageField, NameViews, PartViews, Read, Skip, is_part};
use super::left_alone::{LeftAlone, Why};
use super::pull_secrets::{Content, Form, PullSecrets};
use super::row::{Images, Place, Secrets};
use super::{Fields, PodSpec, configured, deep, kinds, text};

/// What was found in an object so far.
pub(super) struct Reader<'a, 'r> {
    resource: &'r Resource<'a>,
    /// Whether images are copied into a local registry.
    is_local: bool,
    pub(super) findings: Vec<Finding>,
    pub(super) hidden: Vec<HiddenImage>,
    pub(super) left_alone: Vec<LeftAlone>,
    pub(super) groups: Vec<PodSpec>,
    /// The places of the table that the object has.
    pub(super) places: HashMap<FieldPath<'a>, Known>,
    /// The fields that were read, with any outcome, and those that are not images.
    seen: HashSet<FieldPath<'a>>,
    /// What was said about the token at which byte.
    skipped: HashSet<(Code, usize)>,
    /// Those of them that the table says are no images.
    excepted: HashSet<FieldPath<'a>>,
    /// The parts of texts that were read: the field, and where in its text they begin.
    texts: HashSet<(FieldPath<'a>, usize)>,
    /// The bytes where the tokens of these fields begin.
    pub(super) read: Vec<usize>,
    /// Whether there is a field that could not be read in the group that is being read.
    pub(super) has_unread: bool,
}

/// A place of the table in an object.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// The group of its images.
    pub(super) group: usize,
    /// Whether it is, or has all of, a pod spec.
    pub(super) is_pod: bool,
    /// Whether it has nothing else.
    pub(super) is_closed: bool,
}

impl<'a, 'r> Reader<'a, 'r> {
    pub(super) fn new(resource: &'r Resource<'a>, is_local: bool) -> Self {
        Self {
            resource,
            is_local,
            findings: Vec::new(),
            hidden: Vec::new(),
            left_alone: Vec::new(),
            groups: Vec::new(),
            places: HashMap::new(),
            seen: HashSet::new(),
            skipped: HashSet::new(),
            excepted: HashSet::new(),
            texts: HashSet::new(),
            read: Vec::new(),
            has_unread: false,
        }
    }

    /// Reads the images of an object that the table knows: the object itself, or one in it with a namespace of its own.
    ///
    /// # Errors
    /// A fault that leaves open where they are.
    pub(super) fn known(&mut self, root: &View<'a>, object: &ObjectRef, namespace: Option<&str>) -> Result<(), Fault> {
        for exception in kinds::exceptions(object) {
            for path in &exception.paths {
                for field in path.find(root)? {
                    self.read.push(field.start());
                    self.seen.insert(field.path().clone());
                    self.excepted.insert(field.path().clone());
                }
            }
        }
        for place in kinds::places(object, self.is_local) {
            for at in find(root, place.at.as_ref())? {
                if at.is_mapping() {
                    self.place(&at, place, namespace, false)?;
                }
            }
        }
        // What is called so in every group is a pod spec where no row of its own says otherwise.
        for place in kinds::places_of_every_group(object) {
            for at in find(root, place.at.as_ref())? {
                if !self.places.contains_key(at.path()) && is_pod_spec(&at)? {
                    self.place(&at, place, namespace, true)?;
                }
            }
        }
        Ok(())
    }

    fn place(
        &mut self,
        at: &View<'a>,
        place: &'static Place,
        namespace: Option<&str>,
        is_closed: bool,
    ) -> Result<(), Fault> {
        let mut images = Vec::new();
        let mut account = None;
        for kind in &place.images {
            match kind {
                Images::Pod => {
                    account = Some(service_account(at)?);
                    self.pod(at, &mut images)?;
                }
                Images::Whole(holder, key) => {
                    for holder in find(at, holder.as_ref())? {
                        self.image(&holder, key, &mut images)?;
                    }
                }
                Images::Parts(holder, parts) => {
                    for holder in find(at, holder.as_ref())? {
                        let part = |key: Option<&str>| key.map_or(Ok(None), |key| holder.get(key));
                        let Some(last) = holder.get(parts.repository)? else { continue };
                        let first = part(parts.registry)?;
                        // What is not called a registry holds more than a host.
                        let (registry, name) = if parts.registry.is_none_or(|key| key == "registry") {
                            (first, NameViews::Repository(last))
                        } else {
                            (None, NameViews::Image { repository: first, image: last })
                        };
                        let found = Found::Parts(PartViews {
                            registry,
                            name,
                            tag: part(parts.tag)?,
                            digest: part(parts.digest)?,
                        });
                        self.seen.insert(holder.path().clone());
                        self.read_field(found, &mut images);
                    }
                }
                Images::Each(path) => {
                    path.find(at)?.into_iter().for_each(|field| self.read_field(Found::Whole(field), &mut images));
                }
                Images::Deep(..) => {}
            }
        }
        deep::read(self, at, place, &mut images)?;
        let secrets = place.secrets.as_ref().map_or(Ok(Vec::new()), |secrets| pull_secrets(at, secrets))?;
        let own = place.namespace.map_or(Ok(None), |field| at.get(field))?;
        let own = own.and_then(|name| name.text()).filter(|name| !name.is_empty()).or(namespace);
        let group = self.push(at, secrets, account, own.map(str::to_owned));
        let has_unread = std::mem::take(&mut self.has_unread);
        if let Some(group) = self.groups.get_mut(group) {
            group.images = images;
            group.has_unread = has_unread;
            group.caveat = place.caveat;
        }
        let is_pod = place.images.iter().any(|images| matches!(images, Images::Pod));
        self.places.entry(at.path().clone()).or_insert(Known { group, is_pod, is_closed });
        Ok(())
    }

    /// The containers and image volumes of a PodSpec (core/v1).
    pub(super) fn pod(&mut self, at: &View<'a>, images: &mut Vec<ImageField>) -> Result<(), Fault> {
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            for container in items(at, list)? {
                self.refuse_scheme(&container)?;
                self.image(&container, "image", images)?;
            }
        }
        for volume in items(at, "volumes")? {
            if let Some(source) = volume.get("image")? {
                self.image(&source, "reference", images)?;
            }
        }
        Ok(())
    }

    /// Says what a kubelet would of an image with a scheme.
    fn refuse_scheme(&mut self, container: &View<'a>) -> Result<(), Fault> {
        let Some(image) = container.get("image")?.filter(|image| !self.seen.contains(image.path())) else {
            return Ok(());
        };
        let scheme = image.text().map_or("", text::scheme);
        if !scheme.is_empty() {
            let message = format!("a kubelet refuses an image with `{scheme}` before it; remove `{scheme}` here");
            self.say(Severity::Warning, Code::InvalidReference, &message, &image);
        }
        Ok(())
    }

    /// Begins a group of images, and says which it is.
    pub(super) fn push(
        &mut self,
        at: &View<'a>,
        pull_secrets: Vec<Arc<PullSecrets>>,
        service_account: Option<String>,
        namespace: Option<String>,
    ) -> usize {
        let (path, line) = (at.path().to_string(), at.tree().line(at.start()));
        let images = Vec::new();
        self.groups.push(PodSpec {
            images,
            pull_secrets,
            has_unread: false,
            service_account,
            path,
            line,
            namespace,
            caveat: None,
        });
        self.groups.len() - 1
    }

    /// Reads the pod specs that the user names.
    ///
    /// # Errors
    /// A fault that leaves open where they are.
    pub(super) fn pod_specs(&mut self, fields: &mut Fields<'_>) -> Result<(), Fault> {
        let root = &self.resource.view;
        for (entry, field) in fields.of(&self.resource.object) {
            let ImageFieldShape::PodSpec(path) = &field.shape else { continue };
            for at in path.find(root)? {
                if !at.is_mapping() || self.places.contains_key(at.path()) {
                    continue;
                }
                let mut images = Vec::new();
                self.pod(&at, &mut images)?;
                fields.found(entry, images.len());
                let own = || PullSecrets::find(&at, &[] as &[&str], "imagePullSecrets", Form::Objects, "containers");
                let pull_secrets = match configured::pull_secrets(field, root)? {
                    Some(elsewhere) => elsewhere,
                    None => own()?.into_iter().collect(),
                };
                let group = self.push(&at, pull_secrets, Some(service_account(&at)?), None);
                let has_unread = std::mem::take(&mut self.has_unread);
                if let Some(group) = self.groups.get_mut(group) {
                    group.images = images;
                    group.has_unread = has_unread;
                }
                self.places.insert(at.path().clone(), Known { group, is_pod: true, is_closed: true });
            }
        }
        Ok(())
    }

    /// Reads the fields that the user names, but for those that the table knows as well.
    ///
    /// # Errors
    /// A fault that leaves open where they are.
    pub(super) fn configured(&mut self, fields: &mut Fields<'_>) -> Result<(), Fault> {
        let root = &self.resource.view;
        let (said, first) = (self.findings.len(), self.groups.len());
        for (entry, field) in fields.of(&self.resource.object) {
            for Batch { images: found, pull_secrets } in configured::find(field, &self.resource.object, root)? {
                fields.found(entry, found.len());
                let mut images = Vec::new();
                for found in found {
                    if let Some(field) = found.as_ref().ok().and_then(|found| found.views().next())
                        && self.excepted.remove(field.path())
                    {
                        self.seen.remove(field.path());
                    }
                    if !pull_secrets.is_empty() {
                        self.take_known(&found, &mut images);
                    }
                    self.read_or_skip(found, &mut images);
                }
                if pull_secrets.is_empty() {
                    self.move_to_pods(&mut images);
                }
                self.groups.push(PodSpec {
                    images,
                    has_unread: std::mem::take(&mut self.has_unread),
                    pull_secrets,
                    service_account: None,
                    path: String::new(),
                    line: root.tree().line(root.start()),
                    namespace: None,
                    caveat: None,
                });
            }
        }
        self.share_pull_secrets(first);
        // What one entry can't read another may.
        let read: HashSet<&str> =
            self.groups.iter().flat_map(|group| &group.images).map(|image| image.path.as_str()).collect();
        let of_fields = self.findings.split_off(said);
        let is_unread = |finding: &Finding| finding.field.as_deref().is_none_or(|path| !read.contains(path));
        self.findings.extend(of_fields.into_iter().filter(is_unread));
        self.left_alone.retain(|left| !read.contains(left.path.as_str()));
        Ok(())
    }

    /// Gives the entries without pull Secrets those that the other entries name in this object, as a chart has one list for all its pods. Where
    /// they name several fields, none is known to be right.
    fn share_pull_secrets(&mut self, first: usize) {
        let mut named = self.groups.iter().skip(first).flat_map(|group| &group.pull_secrets);
        let Some(only) = named.next().cloned() else { return };
        if named.all(|other| other.path == only.path) {
            for group in self.groups.iter_mut().skip(first).filter(|group| group.pull_secrets.is_empty()) {
                group.pull_secrets.push(only.clone());
            }
        }
    }

    /// Takes an image that was read before out of its group, where that names no Secrets.
    fn take_known(&mut self, found: &Result<Found<'a>, Skip<'a>>, images: &mut Vec<ImageField>) {
        let Ok(Found::Whole(_) | Found::Parts(_)) = found else { return };
        let Some(field) = found.as_ref().ok().and_then(|found| found.views().next()) else { return };
        if !self.seen.contains(field.path()) {
            return;
        }
        let path = field.path().to_string();
        for group in self.groups.iter_mut().filter(|group| group.pull_secrets.is_empty()) {
            let known = group.images.iter().position(|image| image.path == path);
            images.extend(known.map(|known| group.images.remove(known)));
        }
    }

    /// Moves images of containers to the group whose pod spec, which names Secrets, has them.
    fn move_to_pods(&mut self, images: &mut Vec<ImageField>) {
        images.retain(|image| {
            let has_it = |group: &&mut PodSpec| group.pull_secrets.iter().any(|list| list.is_of_container(&image.path));
            let pod = self.groups.iter_mut().find(has_it);
            let is_of_pod = pod.is_some();
            if let Some(pod) = pod {
                pod.images.push(image.clone());
            }
            !is_of_pod
        });
    }

    /// Reads the image in the field `key` of `holder`, where there is one.
    ///
    /// # Errors
    /// When the mapping has one of the keys twice.
    pub(super) fn image(&mut self, holder: &View<'a>, key: &str, images: &mut Vec<ImageField>) -> Result<(), Fault> {
        let Some(value) = holder.get(key)? else { return Ok(()) };
        // Image volumes have a policy of their own name (core/v1 ImageVolumeSource).
        let policy = if key == "reference" { "pullPolicy" } else { "imagePullPolicy" };
        if holder.get(policy)?.and_then(|policy| policy.text()) == Some("Never") {
            if self.seen.insert(value.path().clone()) {
                self.read.push(value.start());
                let message = "the pull policy is Never, so the image is never pulled; it was left alone";
                self.skip((Severity::Info, Code::NeverPulled, message.to_owned(), value), None);
            }
            return Ok(());
        }
        if key == "image" && is_part(holder)? && !self.seen.contains(value.path()) {
            self.read_or_skip(Err(configured::a_part(value)), images);
            return Ok(());
        }
        self.read_field(Found::Whole(value), images);
        Ok(())
    }

    /// Reads an image, unless it was read before.
    pub(super) fn read_field(&mut self, found: Found<'a>, images: &mut Vec<ImageField>) {
        self.read_or_skip(Ok(found), images);
    }

    fn read_or_skip(&mut self, found: Result<Found<'a>, Skip<'a>>, images: &mut Vec<ImageField>) {
        match &found {
            Ok(Found::Within(field, excerpt)) => {
                let is_new = self.texts.insert((field.path().clone(), excerpt.start()));
                let is_whole = self.seen.contains(field.path());
                if !is_new || is_whole {
                    return;
                }
            }
            Ok(found) => {
                let field = found.views().next();
                if field.is_some_and(|field| !self.seen.insert(field.path().clone())) {
                    return;
                }
            }
            Err((.., field)) if self.seen.contains(field.path()) => return,
            Err(_) => {}
        }
        match &found {
            Ok(found) => self.read.extend(found.views().map(View::start)),
            Err((.., view)) => self.read.push(view.start()),
        }
        let is_secret = self.resource.object.is("", "Secret");
        let part = match &found {
            Ok(Found::Within(_, excerpt)) => Some(excerpt.as_str().to_owned()),
            _ => None,
        };
        let read = found.and_then(|found| {
            ImageField::read(found).map_err(|(severity, code, message, view)| {
                // What a Secret holds is not to be shown, least of all what is no image.
                let unsaid = "the value is not a valid image reference; it was left alone".to_owned();
                (severity, code, if is_secret { unsaid } else { message }, view)
            })
        });
        match read {
            Ok(Read::Image(image)) => images.push(image),
            Ok(Read::Hidden(hidden)) => {
                self.has_unread = true;
                let text = if is_secret { "…".to_owned() } else { hidden.text };
                self.hidden.push(HiddenImage { text, ..hidden });
            }
            Err(skip) => {
                self.has_unread = true;
                self.skip(skip, part.as_deref());
            }
        }
    }

    /// Leaves everything below a node alone: nothing in it is an image.
    pub(super) fn leave(&mut self, view: &View<'a>) {
        let mut open = vec![view.cursor()];
        while let Some(node) = open.pop() {
            self.read.push(node.start());
            if !node.is_alias() {
                let entries = (0..node.len()).map_while(|position| node.entry(position)).map(|(_, value)| value);
                open.extend(entries.chain((0..node.len()).map_while(|position| node.item(position))));
            }
        }
    }

    /// Says why a field, or a `part` of its text, is left alone.
    fn skip(&mut self, (severity, code, message, view): Skip<'a>, part: Option<&str>) {
        if self.say(severity, code, &message, &view)
            && let Some(why) = Why::of_code(code)
        {
            let text = match part.or_else(|| view.scalar()) {
                _ if self.resource.object.is("", "Secret") => "…".to_owned(),
                Some(text) => presentable(text),
                None => format!("({})", view.what()),
            };
            let line = view.tree().line(view.start());
            self.left_alone.push(LeftAlone { text, why, path: view.path().to_string(), line });
        }
    }

    /// Whether that was new: what an anchor holds is said once, and not at each of its uses.
    fn say(&mut self, severity: Severity, code: Code, message: &str, view: &View<'_>) -> bool {
        if !self.skipped.insert((code, view.start())) {
            return false;
        }
        let at = view.tree().line(view.start());
        let is_secret = self.resource.object.is("", "Secret");
        let value = view.scalar().filter(|_| !is_secret).map(without_user_info).unwrap_or_default();
        let finding = Finding::new(severity, code, message)
            .about(&self.resource.object, self.resource.file.as_ref())
            .field(view.path().to_string(), at)
            .values(value, None);
        self.findings.push(finding);
        true
    }
}

/// The fields of a place that name pull Secrets, or would.
fn pull_secrets(at: &View<'_>, secrets: &Secrets) -> Result<Vec<Arc<PullSecrets>>, Fault> {
    let successor = if secrets.form.is_single() { "image" } else { "containers" };
    let mut found = Vec::new();
    for field in &secrets.fields {
        match &field.required {
            // An existing list hides the one that others use.
            Some(required) if *required == field.path => {
                let lists = PullSecrets::find_all(at, &field.path, secrets.form, successor)?;
                found.extend(lists.into_iter().filter(|list| list.content == Content::List));
            }
            Some(required) if required.find(at)?.is_empty() => {}
            _ => found.extend(PullSecrets::find_all(at, &field.path, secrets.form, successor)?),
        }
    }
    Ok(found)
}

/// The ServiceAccount of the pods of a pod spec.
pub(super) fn service_account(pod: &View<'_>) -> Result<String, Fault> {
    let name = match pod.get("serviceAccountName")? {
        Some(name) => Some(name),
        None => pod.get("serviceAccount")?,
    };
    Ok(name.and_then(|name| name.text()).filter(|name| !name.is_empty()).unwrap_or("default").to_owned())
}

/// Whether it has what a PodSpec has.
fn is_pod_spec(at: &View<'_>) -> Result<bool, Fault> {
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        if at.get(list)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The items of the list `key`, none where there is no such list.
fn items<'a>(at: &View<'a>, key: &str) -> Result<Vec<View<'a>>, Fault> {
    at.get(key)?.map_or(Ok(Vec::new()), |list| list.items())
}

/// The mappings that a path of the table leads to.
fn find<'a>(at: &View<'a>, path: Option<&FieldSpec>) -> Result<Vec<View<'a>>, Fault> {
    path.map_or_else(|| Ok(vec![at.clone()]), |path| path.find(at))
}
