//! Where images live in objects, and where the pull Secrets of those images are named.
//!
//! [`kinds`] is the table; [`Workload::read`] applies it and the user's own field specs to one object. What comes out holds spans and
//! strings, so that the object's tree can go.

mod collectors;
mod configured;
pub mod image_field;
pub mod kinds;
pub mod order;
pub mod pull_secrets;
pub mod templating;
pub mod unread;

pub use image_field::{HiddenImage, ImageField, Target};
pub use order::Order;
pub use pull_secrets::PullSecrets;
pub use unread::{Net, Unread};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::ImageField as ConfiguredField;
use crate::krm::{Code, File, Finding, ObjectRef, Resource, Severity};
use crate::yaml::{Fault, View};
use image_field::Read;

/// An object with images.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Which object.
    pub object: Arc<ObjectRef>,
    /// Where the orchestrator read it.
    pub file: Option<File>,
    /// When it is applied. `None`: with all the others.
    pub order: Option<Box<Order>>,
    /// Its pod specs, and what is like one.
    pub groups: Vec<Group>,
    /// Images that nothing reads.
    pub unread: Vec<Unread>,
    /// The image fields where placeholders hide the image.
    pub hidden: Vec<HiddenImage>,
}

/// Images that are pulled with the same Secrets.
#[derive(Clone, Debug)]
pub struct Group {
    /// The images.
    pub images: Vec<ImageField>,
    /// Where the Secrets are named. Empty: nowhere in this object. Each of several is for pods of its own.
    pub pull_secrets: Vec<PullSecrets>,
    /// Whether there are image fields beside them that could not be read: placeholders, invalid references.
    pub has_unread: bool,
    /// The pods' ServiceAccount. `None`: these are no pods of a known account.
    pub service_account: Option<String>,
    /// Where it stands, as a path; the root is empty.
    pub path: String,
    /// The line of the pod spec, counted from 1.
    pub line: usize,
    /// The namespace that the pods run in, where it is not the object's.
    pub namespace: Option<String>,
    /// Why naming the Secret may not be enough, as the end of a sentence.
    pub caveat: Option<&'static str>,
}

impl Workload {
    /// The images of an object. Fields that hold no image to work on become findings; what nothing reads is caught in the `net`.
    ///
    /// # Errors
    /// A fault of the object that keeps images from being found.
    pub fn read(
        resource: &Resource<'_>,
        fields: &[ConfiguredField],
        net: Option<Net<'_>>,
        findings: &mut Vec<Finding>,
    ) -> Result<Option<Self>, Fault> {
        if kinds::is_never_looked_at(&resource.object) {
            return Ok(None);
        }
        let mut reader =
            Reader { resource, read: Vec::new(), findings: Vec::new(), hidden: Vec::new(), has_unread: false };
        let mut groups = reader.known()?;
        reader.configured(fields, &mut groups)?;
        let (mut skipped, mut hidden, read) = (reader.findings, reader.hidden, reader.read);
        hidden.shrink_to_fit();
        groups.retain(|group| !group.images.is_empty());
        // They outlive the object, thousands at a time.
        groups.iter_mut().for_each(|group| group.images.shrink_to_fit());
        groups.shrink_to_fit();
        if groups.is_empty() && hidden.is_empty() && skipped.is_empty() && net.is_none() {
            return Ok(None);
        }
        let reason = if resource.is_skipped()? {
            Some("has the annotation pullthrough.dev/skip")
        } else if resource.is_withheld()? {
            Some("is local configuration, which is never applied")
        } else {
            None
        };
        if reason.is_some() && groups.is_empty() && hidden.is_empty() && skipped.is_empty() {
            return Ok(None);
        }
        if let Some(reason) = reason {
            let message = format!("{} {reason}; its images were left alone", resource.object);
            findings.push(
                Finding::new(Severity::Info, Code::Skipped, message).about(&resource.object, resource.file.as_ref()),
            );
            return Ok(None);
        }
        findings.append(&mut skipped);
        let unread = net.map_or(Ok(Vec::new()), |net| net.catch(resource, read, &mut groups))?;
        if groups.is_empty() && unread.is_empty() && hidden.is_empty() {
            return Ok(None);
        }
        let order = if groups.is_empty() { Order::default() } else { Order::read(|key| resource.annotation(key))? };
        Ok(Some(Self {
            object: Arc::clone(&resource.object),
            file: resource.file.clone(),
            order: (!order.is_default()).then(|| Box::new(order)),
            groups,
            unread,
            hidden,
        }))
    }
}

struct Reader<'a, 'r> {
    resource: &'r Resource<'a>,
    /// The bytes where the tokens begin that were read, whatever came of it.
    read: Vec<usize>,
    findings: Vec<Finding>,
    hidden: Vec<HiddenImage>,
    /// Whether the group that is being read has a field that could not be read.
    has_unread: bool,
}

impl<'a> Reader<'a, '_> {
    fn known(&mut self) -> Result<Vec<Group>, Fault> {
        let mut groups: Vec<Group> = Vec::new();
        for place in kinds::places(&self.resource.object) {
            for at in kinds::find(&self.resource.view, place.at)? {
                let path = at.path().to_string();
                if !at.is_mapping() || groups.iter().any(|group| group.path == path) {
                    continue;
                }
                let mut images = Vec::new();
                for (holders, key) in place.images {
                    for holder in kinds::find(&at, holders)? {
                        self.image(&holder, key, &mut images)?;
                    }
                }
                let pull_secrets = match &place.secrets {
                    Some(secrets) => {
                        let successor = if secrets.form.is_single() { "image" } else { "containers" };
                        PullSecrets::find(&at, secrets.parents, secrets.key, secrets.form, successor)?
                    }
                    None => None,
                };
                let pull_secrets = pull_secrets.into_iter().collect();
                let service_account = if place.is_pod { Some(service_account(&at)?) } else { None };
                let namespace = if place.has_namespace { at.get("namespace")? } else { None };
                let namespace =
                    namespace.and_then(|name| name.text().filter(|name| !name.is_empty()).map(str::to_owned));
                let (line, caveat) = (at.tree().line(at.start()), place.caveat);
                let has_unread = std::mem::take(&mut self.has_unread);
                groups.push(Group { images, has_unread, pull_secrets, service_account, path, line, namespace, caveat });
            }
        }
        Ok(groups)
    }

    fn configured(&mut self, fields: &[ConfiguredField], groups: &mut Vec<Group>) -> Result<(), Fault> {
        let root = &self.resource.view;
        for field in fields.iter().filter(|field| configured::selects(field, &self.resource.object)) {
            let mut images = Vec::new();
            for found in configured::find(field, root)? {
                self.read_field(found, &mut images);
            }
            let known = groups.iter().flat_map(|group| &group.images);
            let known: BTreeSet<String> = known.map(|image| image.path.clone()).collect();
            images.retain(|image| !known.contains(&image.path));
            let pull_secrets = configured::pull_secrets(field, root)?;
            groups.push(Group {
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
        Ok(())
    }

    fn image(&mut self, holder: &View<'a>, key: &str, images: &mut Vec<ImageField>) -> Result<(), Fault> {
        let Some(value) = holder.get(key)? else { return Ok(()) };
        // Image volumes have a policy of their own name (core/v1 ImageVolumeSource).
        let policy = if key == "reference" { "pullPolicy" } else { "imagePullPolicy" };
        if holder.get(policy)?.and_then(|policy| policy.text()) == Some("Never") {
            self.read.push(value.start());
            let message = "the pull policy is Never, so the image is never pulled; it was left alone";
            self.skip(Severity::Info, Code::NeverPulled, message, &value);
            return Ok(());
        }
        self.read_field(image_field::Found::Whole(value), images);
        Ok(())
    }

    fn read_field(&mut self, found: image_field::Found<'a>, images: &mut Vec<ImageField>) {
        self.read.extend(found.views().map(View::start));
        match ImageField::read(found) {
            Ok(Read::Image(image)) => images.push(image),
            Ok(Read::Hidden(hidden)) => {
                self.has_unread = true;
                self.hidden.push(hidden);
            }
            Err((severity, code, message, view)) => {
                self.has_unread = true;
                self.skip(severity, code, &message, &view);
            }
        }
    }

    fn skip(&mut self, severity: Severity, code: Code, message: &str, view: &View<'_>) {
        let at = view.tree().line(view.start());
        let finding = Finding::new(severity, code, message)
            .about(&self.resource.object, self.resource.file.as_ref())
            .field(view.path().to_string(), at)
            .values(view.scalar().unwrap_or_default(), None);
        self.findings.push(finding);
    }
}

fn service_account(pod: &View<'_>) -> Result<String, Fault> {
    let name = match pod.get("serviceAccountName")? {
        Some(name) => Some(name),
        None => pod.get("serviceAccount")?,
    };
    Ok(name.and_then(|name| name.text()).filter(|name| !name.is_empty()).unwrap_or("default").to_owned())
}
