//! Where images live in objects, and where the pull Secrets of those images are named.
//!
//! Three layers find them: [`kinds`] is the table, `configured` the user's own field specs, and `structure` tells containers in kinds that
//! neither knows. [`Workload::read`] applies them to one object. What comes out holds spans and strings, so that the object's tree can go.

mod configured;
mod deep;
pub mod image_field;
pub mod kinds;
mod left_alone;
pub mod order;
pub mod parts;
pub mod policy;
pub mod pull_secrets;
mod reader;
pub mod rendered_elsewhere;
pub mod row;
mod structure;
pub mod templating;
pub mod text;
pub mod unread;
mod usage;

pub use image_field::{HiddenImage, ImageField, Target};
pub use left_alone::{LeftAlone, Why};
pub use order::Order;
pub use policy::ImagePatterns;
pub use pull_secrets::PullSecrets;
pub use unread::{Net, Unread};
pub use usage::Fields;

use std::sync::Arc;

use crate::krm::{Code, File, Finding, ObjectRef, Resource, Severity};
use crate::yaml::Fault;
use reader::Reader;

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
    pub groups: Vec<PodSpec>,
    /// Images that nothing reads.
    pub unread: Vec<Unread>,
    /// The image fields where placeholders hide the image.
    pub hidden: Vec<HiddenImage>,
    /// The fields that nothing is done about.
    pub left_alone: Vec<LeftAlone>,
}

/// Images that are pulled with the same Secrets.
#[derive(Clone, Debug)]
pub struct PodSpec {
    /// The images.
    pub images: Vec<ImageField>,
    /// Where the Secrets are named. Empty: nowhere in this object. Each of several is for pods of its own.
    pub pull_secrets: Vec<Arc<PullSecrets>>,
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
        fields: &mut Fields<'_>,
        net: Option<Net<'_>>,
        findings: &mut Vec<Finding>,
    ) -> Result<Option<Self>, Fault> {
        // What the table says is no image may be one all the same, where the user says so.
        let is_excepted = kinds::is_never_looked_at(&resource.object);
        if is_excepted && !fields.name(&resource.object) {
            return Ok(None);
        }
        fields.saw(resource)?;
        let mut reader = Reader::new(resource, fields.is_local());
        reader.pod_specs(fields)?;
        if !is_excepted {
            reader.known(&resource.view, &resource.object, None)?;
        }
        reader.configured(fields)?;
        if !is_excepted {
            structure::read(&mut reader, &resource.view, &resource.object)?;
        }
        let net = net.filter(|_| !is_excepted);
        let Reader { mut groups, findings: mut skipped, mut hidden, mut left_alone, read, .. } = reader;
        hidden.shrink_to_fit();
        left_alone.shrink_to_fit();
        groups.retain(|group| !group.images.is_empty());
        // They outlive the object, thousands at a time.
        for group in &mut groups {
            group.images.shrink_to_fit();
            group.pull_secrets.shrink_to_fit();
        }
        groups.shrink_to_fit();
        if groups.is_empty() && hidden.is_empty() && skipped.is_empty() && net.is_none() {
            return Ok(None);
        }
        let reason = if resource.is_skipped()? {
            Some((Why::SkipAnnotation, "has the annotation pullthrough.dev/skip"))
        } else if resource.is_withheld()? {
            Some((Why::LocalConfig, "is local configuration, which is never applied"))
        } else {
            None
        };
        if reason.is_some() && groups.is_empty() && hidden.is_empty() && skipped.is_empty() {
            return Ok(None);
        }
        let object = || Self {
            object: Arc::clone(&resource.object),
            file: resource.file.clone(),
            order: None,
            groups: Vec::new(),
            unread: Vec::new(),
            hidden: Vec::new(),
            left_alone: Vec::new(),
        };
        if let Some((why, reason)) = reason {
            let message = format!("{} {reason}; its images were left alone", resource.object);
            findings.push(
                Finding::new(Severity::Info, Code::Skipped, message).about(&resource.object, resource.file.as_ref()),
            );
            return Ok(Some(Self { groups, hidden, left_alone, ..object() }.left_alone_for(&why)));
        }
        findings.append(&mut skipped);
        let unread = net.map_or(Ok(Vec::new()), |net| net.catch(resource, read, &mut groups))?;
        if groups.is_empty() && unread.is_empty() && hidden.is_empty() && left_alone.is_empty() {
            return Ok(None);
        }
        let order = if groups.is_empty() { Order::default() } else { Order::read(|key| resource.annotation(key))? };
        let order = (!order.is_default()).then(|| Box::new(order));
        Ok(Some(Self { order, groups, unread, hidden, left_alone, ..object() }))
    }

    /// The same object, with nothing to be done about any of its images.
    #[must_use]
    pub fn left_alone_for(mut self, why: &Why) -> Self {
        let images = self.groups.drain(..).flat_map(|group| group.images).map(|image| LeftAlone {
            text: image.reference.as_written().to_owned(),
            why: why.clone(),
            path: image.path,
            line: image.line,
        });
        let hidden = self.hidden.drain(..).map(|hidden| LeftAlone {
            text: hidden.text,
            why: why.clone(),
            path: hidden.path,
            line: hidden.line,
        });
        let others = self.left_alone.drain(..).map(|other| LeftAlone { why: why.clone(), ..other });
        let mut all: Vec<LeftAlone> = images.chain(hidden).chain(others).collect();
        all.sort_by_key(|left| left.line);
        Self { order: None, unread: Vec::new(), left_alone: all, ..self }
    }

    /// Whether there is something to do, or to say, about it.
    #[must_use]
    pub fn has_images(&self) -> bool {
        !(self.groups.is_empty() && self.unread.is_empty() && self.hidden.is_empty())
    }
}
