//! Which entries of `images.fields` found something, and what those that did not may have meant.

use std::collections::BTreeSet;

use crate::config::{ImageField, ImageFieldShape, Selector};
use crate::image::wildcard;
use crate::krm::{Code, FieldSpec, Finding, ObjectRef, Resource, Severity};
use crate::yaml::de::nearest;
use crate::yaml::{Fault, View};

use super::kinds;

/// The entries of `images.fields`, and what was found with each.
#[derive(Debug)]
pub struct Fields<'c> {
    entries: Vec<(&'c ImageField, Usage)>,
    kinds: BTreeSet<String>,
    is_local: bool,
}

/// What was found with one entry.
#[derive(Debug, Default)]
struct Usage {
    /// Objects of the right kind.
    of_kind: usize,
    /// Those of them with the right group and version.
    of_group: usize,
    /// Those of them with the right namespace and name.
    objects: usize,
    /// Fields of those at the path.
    fields: usize,
    /// Images there.
    images: usize,
    /// An API version of the right kind.
    api_version: Option<String>,
    /// The nearest name of an object of the right kind.
    name: Option<String>,
    /// The nearest path in an object.
    path: Option<String>,
}

impl<'c> Fields<'c> {
    /// The entries before anything was looked at.
    #[must_use]
    pub fn new(fields: &'c [ImageField]) -> Self {
        let entries = fields.iter().map(|field| (field, Usage::default())).collect();
        Self { entries, kinds: BTreeSet::new(), is_local: false }
    }

    /// The same where images are copied into a local registry, so that what must be in a registry is meant as well.
    #[must_use]
    pub fn with_local_registry(self, is_local: bool) -> Self {
        Self { is_local, ..self }
    }

    /// Whether images are copied into a local registry.
    pub(super) fn is_local(&self) -> bool {
        self.is_local
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries that mean this object. What the table says has no images is meant only by its kind or group.
    pub(super) fn of(&self, object: &ObjectRef) -> Vec<(usize, &'c ImageField)> {
        if self.entries.is_empty() {
            return Vec::new();
        }
        let is_excepted = kinds::is_never_looked_at(object);
        let entries = self.entries.iter().enumerate().map(|(index, (field, _))| (index, *field));
        let meant = entries.filter(|(_, field)| means(&field.objects, object));
        meant.filter(|(_, field)| !is_excepted || is_named(&field.objects)).collect()
    }

    /// Whether an entry means this object by its kind or group, and not all objects.
    pub(super) fn name(&self, object: &ObjectRef) -> bool {
        self.entries.iter().any(|(field, _)| is_named(&field.objects) && means(&field.objects, object))
    }

    /// Notes an object, before its fields are read.
    pub(super) fn saw(&mut self, resource: &Resource<'_>) -> Result<(), Fault> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let object = &resource.object;
        if !self.kinds.contains(&object.kind) {
            self.kinds.insert(object.kind.clone());
        }
        for (field, usage) in &mut self.entries {
            usage.saw(field, object, &resource.view)?;
        }
        Ok(())
    }

    /// Notes images that an entry led to.
    pub(super) fn found(&mut self, index: usize, images: usize) {
        if let Some((_, usage)) = self.entries.get_mut(index) {
            usage.images += images;
        }
    }

    /// Says which entries found no image, and what may have been meant.
    #[must_use]
    pub fn unused(&self) -> Vec<Finding> {
        if self.kinds.is_empty() {
            return Vec::new();
        }
        let entries = self.entries.iter().enumerate();
        let messages = entries.filter_map(|(index, (field, usage))| {
            let why = usage.problem(field, &self.kinds)?;
            Some(format!("images.fields[{index}] matches no image: {why}"))
        });
        messages.map(|message| Finding::new(Severity::Info, Code::FieldUnused, message)).collect()
    }
}

/// Whether an entry says of which kind or group its objects are.
fn is_named(objects: &Selector) -> bool {
    objects.kind.is_some() || objects.group.is_some()
}

/// Whether an entry means an object.
fn means(objects: &Selector, object: &ObjectRef) -> bool {
    is_kind(objects, object) && is_group(objects, object) && is_name(objects, object)
}

fn is_kind(objects: &Selector, object: &ObjectRef) -> bool {
    objects.kind.as_ref().is_none_or(|kind| *kind == object.kind)
}

fn is_group(objects: &Selector, object: &ObjectRef) -> bool {
    let fits = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    fits(&objects.group, object.group()) && fits(&objects.version, object.version())
}

fn is_name(objects: &Selector, object: &ObjectRef) -> bool {
    let fits = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wildcard(wanted, found));
    fits(&objects.name, &object.name) && fits(&objects.namespace, object.namespace.as_deref().unwrap_or_default())
}

impl Usage {
    fn saw(&mut self, field: &ImageField, object: &ObjectRef, view: &View<'_>) -> Result<(), Fault> {
        if !is_kind(&field.objects, object) {
            return Ok(());
        }
        self.of_kind += 1;
        if !is_group(&field.objects, object) {
            self.api_version.get_or_insert_with(|| object.api_version.clone());
            return Ok(());
        }
        self.of_group += 1;
        if !is_name(&field.objects, object) {
            let wanted = field.objects.name.as_deref().unwrap_or_default();
            let earlier = self.name.take();
            let names = [earlier.as_deref().unwrap_or_default(), object.name.as_str()];
            self.name = nearest(wanted, &names).map(str::to_owned);
            return Ok(());
        }
        self.objects += 1;
        // Once something was found nothing has to be said.
        if self.fields == 0 {
            let path = path(&field.shape);
            self.fields = path.find(view)?.len();
            if self.fields == 0 && self.path.is_none() {
                self.path = path.nearest(view)?;
            }
        }
        Ok(())
    }

    fn problem(&self, field: &ImageField, kinds: &BTreeSet<String>) -> Option<String> {
        if self.images > 0 {
            return None;
        }
        let Selector { kind, group, version, name, namespace } = &field.objects;
        let what = kind.as_deref().unwrap_or("object");
        let mean = |meant: Option<&str>| meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        Some(if self.of_kind == 0 {
            let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
            format!("no {what} is here{}", mean(nearest(what, &kinds)))
        } else if self.of_group == 0 {
            let found = self.api_version.as_deref().unwrap_or_default();
            let wanted = group.as_deref().or(version.as_deref()).unwrap_or_default();
            format!("{}, none of `{wanted}`; one is of `{found}`", count(self.of_kind, what))
        } else if self.objects == 0 {
            let wanted = name.as_deref().or(namespace.as_deref()).unwrap_or_default();
            format!("{}, none named `{wanted}`{}", count(self.of_group, what), mean(self.name.as_deref()))
        } else if self.fields == 0 {
            let path = path(&field.shape);
            format!("{}, none has `{path}`{}", count(self.objects, what), mean(self.path.as_deref()))
        } else {
            let path = path(&field.shape);
            match &field.shape {
                ImageFieldShape::Whole { prefix: Some(prefix), .. } => {
                    format!("{} at `{path}`, none with `{prefix}` before an image", count(self.fields, "value"))
                }
                ImageFieldShape::PodSpec(_) => format!("`{path}` has no containers with an image"),
                _ => format!("`{path}` does not hold an image reference"),
            }
        })
    }
}

/// The path by which an entry is known.
fn path(shape: &ImageFieldShape) -> &FieldSpec {
    match shape {
        ImageFieldShape::PodSpec(path) | ImageFieldShape::Whole { path, .. } => path,
        ImageFieldShape::Parts(parts) => parts.name.anchor(),
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} of {what}") }
}
