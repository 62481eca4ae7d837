//! The walk over one object.

use std::collections::HashSet;

use crate::image::{Glob, Reference};
use crate::yaml::{Cursor, View};

use crate::workload::image_field::{Found, ImageField, NameViews, PartViews, Read};
use crate::workload::pull_secrets::Form;

use super::entry::{Entry, Fields, Parts, form_name};
use super::mention::{Mention, mentions};
use super::siblings::is_image_key;
use super::trail::{Step, Trail};
use super::{Claim, Net, Unread, exceptions};

/// A candidate, while the object's tree is at hand.
pub(super) struct Candidate<'a> {
    pub(super) unread: Unread,
    /// The field, of a [`Claim::Field`] that can be written.
    pub(super) field: Option<ImageField>,
    /// Whether the key is exactly `image`, or that of the mapping which holds the parts.
    pub(super) is_image: bool,
    /// The mapping that the field is in.
    pub(super) holder: View<'a>,
    /// A key for pull Secrets in it, and their form.
    pub(super) pull_secrets: Option<(&'a str, Form)>,
}

/// Where a walk is, and what it found.
pub(super) struct Walk<'a, 'n> {
    net: Net<'n>,
    root: &'n View<'a>,
    /// The bytes where the tokens begin that are read, sorted.
    read: &'n [usize],
    trail: Trail<'a>,
    found: Vec<Candidate<'a>>,
}

impl<'a, 'n> Walk<'a, 'n> {
    /// Everything in an object that nothing reads. Of a ConfigMap all is text.
    ///
    /// An alias for a collection is not followed: what it stands for is looked at where it is written.
    pub(super) fn over(root: &'n View<'a>, is_text: bool, net: Net<'n>, read: &'n [usize]) -> Vec<Candidate<'a>> {
        let mut walk = Self { net, root, read, trail: Trail::new(root.cursor()), found: Vec::new() };
        while let Some(step) = walk.trail.next() {
            let (key, value) = match step {
                Step::Entry(key, value) => (key.scalar(), value),
                Step::Item(value) => (None, value),
            };
            if let Some(text) = value.scalar() {
                walk.scalar(key, value, text);
            } else if !value.is_alias() && !walk.is_excepted(key) {
                let is_annotations = key == Some("annotations") && walk.trail.key() == Some("metadata");
                let is_text = is_text || walk.trail.is_text() || is_annotations;
                walk.trail.enter(key.or(walk.trail.key()), value, is_text);
            }
        }
        walk.found
    }

    fn is_excepted(&self, key: Option<&str>) -> bool {
        let is_status = || self.trail.depth() == 1 && key == Some("status");
        key.is_some_and(|key| exceptions::is_key(self.trail.key(), key)) || is_status()
    }

    fn scalar(&mut self, key: Option<&'a str>, value: Cursor<'a>, text: &'a str) {
        let is_name = |key| key == "name" && self.trail.key().is_some_and(is_image_key);
        let is_key = key.is_some_and(|key| key == "repository" || is_image_key(key) || is_name(key));
        let is_key = is_key && !self.trail.is_text();
        if !is_key && !text.as_bytes().contains(&b'/') {
            return;
        }
        if self.read.binary_search(&value.start()).is_ok() || value.text().is_none() {
            return;
        }
        if let Some(key) = key.filter(|_| is_key)
            && self.keyed(key, text)
        {
            return;
        }
        self.mentioned(key, text);
    }

    /// A text under a key for an image. False if it is not an image after all.
    fn keyed(&mut self, key: &str, text: &str) -> bool {
        let beside = self.trail.siblings();
        let is_image_mapping = self.trail.key().is_some_and(is_image_key);
        let last = beside.tag.or(beside.version);
        let here = Some(self.trail.position());
        // Where the parts stand, of an image in parts: registry, repository, image, tag.
        let parts = match key {
            "image" => match (beside.registry, beside.repository) {
                (_, Some(_)) if self.is_joined(beside.repository, beside.image) => return true,
                (Some(registry), None) => Some((Some(registry), None, here, last)),
                (None, _) if beside.tag.is_some() && !is_complete(text) => Some((None, here, None, beside.tag)),
                _ => None,
            },
            "repository" => match beside.image {
                Some(_) if self.is_joined(here, beside.image) => Some((beside.registry, here, beside.image, last)),
                None if beside.tag.is_some() || beside.digest.is_some() || is_image_mapping => {
                    Some((beside.registry, here, None, beside.tag))
                }
                _ => return false,
            },
            // `image: {registry: …, name: …, tag: …}`: the name is the repository.
            "name" => match (beside.registry.or(last).or(beside.digest), beside.repository, beside.image) {
                (Some(_), None, None) => Some((beside.registry, here, None, last)),
                _ => return false,
            },
            _ => None,
        };
        if beside.never_pulled {
            return true;
        }
        let Some(holder) = self.trail.holder(self.root) else { return false };
        let child = |position: Option<usize>| position.and_then(|position| holder.entry(position));
        let (found, fields) = match parts {
            Some((registry, repository, image, tag)) => {
                let name = match (child(repository), child(image)) {
                    (repository, Some(image)) => NameViews::Image { repository, image },
                    (Some(repository), None) => NameViews::Repository(repository),
                    (None, None) => return false,
                };
                let mut path = |position: Option<usize>| position.and_then(|position| self.trail.path(position));
                let anchor = path(image.or(repository));
                let fields = Fields::Parts(Box::new(Parts {
                    registry: path(registry),
                    repository: path(repository),
                    image: path(image),
                    tag: path(tag),
                    digest: path(beside.digest),
                }));
                let (registry, tag, digest) = (child(registry), child(tag), child(beside.digest));
                (Found::Parts(PartViews { registry, name, tag, digest }), anchor.map(|_| fields))
            }
            None => {
                let position = self.trail.position();
                let Some(view) = child(Some(position)) else { return false };
                let fields = self.trail.path(position).map(Fields::whole);
                (Found::Whole(view), fields)
            }
        };
        let Ok(Read::Image(field)) = ImageField::read(found) else { return false };
        if is_plausible(&field.reference) {
            let is_image = key == "image" || self.trail.key() == Some("image");
            self.push(field.reference.clone(), Claim::Field, fields, Some(field), is_image);
        }
        true
    }

    /// Whether a repository and an image beside it are parts of one reference. A repository with a scheme is one of source code.
    fn is_joined(&self, repository: Option<usize>, image: Option<usize>) -> bool {
        self.join(&[repository, image]).is_some()
    }

    /// A name out of its parts.
    fn join(&self, parts: &[Option<usize>]) -> Option<String> {
        let parts = parts.iter().map(|part| self.text_at(*part)).collect::<Option<Vec<_>>>()?;
        let whole = parts.join("/");
        Reference::parse(&whole).ok().map(|_| whole)
    }

    fn text_at(&self, position: Option<usize>) -> Option<&'a str> {
        self.trail.entry(position?)?.scalar()
    }

    /// The references in a text that are, or may be, private.
    fn mentioned(&mut self, key: Option<&str>, text: &str) {
        let excepted = self.trail.is_text() && key.is_some_and(exceptions::is_annotation);
        if excepted || (self.net.private.is_empty() && !self.net.may_be_locked) {
            return;
        }
        if self.trail.depth() == 1 && matches!(key, Some("apiVersion" | "kind")) {
            return;
        }
        if key == Some("name") && self.trail.siblings().is_override {
            return;
        }
        let mut seen = HashSet::new();
        for mention in mentions(text) {
            if mention.before.is_empty() && self.trail.is_in_overrides() {
                continue;
            }
            if self.may_be_private(key, &mention) && seen.insert(mention.reference.as_written().to_owned()) {
                let fields = self.fields(key, text, &mention);
                self.push(mention.reference, Claim::Mention, fields, None, false);
            }
        }
    }

    /// How `images.fields` says where a mention is. Of a list of texts, such as arguments, it must not have the others read as well.
    fn fields(&mut self, key: Option<&str>, text: &str, mention: &Mention<'_>) -> Option<Fields> {
        let position = self.trail.position();
        let path = self.trail.path(position)?;
        let is_whole = mention.before.is_empty() && mention.after.is_empty();
        if key.is_none() && is_whole && !self.trail.holds_images() {
            let flag = self.trail.item(position.checked_sub(1)?)?.text()?;
            let is_flag = flag.starts_with('-') && !flag.contains(|char: char| char == '=' || char.is_whitespace());
            return if is_flag { Fields::behind_flag(path, flag) } else { None };
        }
        Fields::of_mention(path, text, mention)
    }

    /// Whether a declaration or a lock may mean it. A name alone, without tag, digest or a registry that a glob names, is too often something
    /// else, unless what stands before it speaks of an image.
    fn may_be_private(&mut self, key: Option<&str>, mention: &Mention<'_>) -> bool {
        let reference = &mention.reference;
        let mut declared = self.net.private.iter().filter(|glob| glob.matches(reference)).peekable();
        if declared.peek().is_none() && !self.net.may_be_locked {
            return false;
        }
        let has_registry =
            || reference.name_as_written().split_once('/').is_some_and(|(first, _)| first.contains(['.', ':']));
        is_complete(reference.as_written())
            || (declared.any(Glob::names_registry) && has_registry())
            || self.speaks_of_images(key, mention.before)
    }

    fn speaks_of_images(&mut self, key: Option<&str>, before: &str) -> bool {
        let says = |text: &str| text.as_bytes().windows(5).any(|window| window.eq_ignore_ascii_case(b"image"));
        let line = before.rsplit(['\n', ' ', ',']).next();
        key.into_iter().chain(line).chain(self.trail.key()).chain(self.trail.siblings().name).any(says)
    }

    fn push(
        &mut self,
        reference: Reference,
        claim: Claim,
        fields: Option<Fields>,
        field: Option<ImageField>,
        is_image: bool,
    ) {
        let position = self.trail.position();
        let Some(holder) = self.trail.holder(self.root) else { return };
        let Some(view) = holder.entry(position).or_else(|| holder.item(position)) else { return };
        let beside = self.trail.siblings().pull_secrets;
        let pull_secrets = beside.and_then(|(position, _, form)| Some((self.trail.path(position)?, form_name(form))));
        // Of a reference in parts, the place of its name.
        let (path, line) = match &field {
            Some(field) => (field.path.clone(), field.line),
            None => (view.path().to_string(), view.tree().line(view.start())),
        };
        self.found.push(Candidate {
            unread: Unread {
                reference,
                claim,
                line,
                pattern: self.trail.path(position).unwrap_or_else(|| path.clone()),
                path,
                entry: fields.map(|fields| Entry { fields, pull_secrets }),
            },
            field,
            is_image,
            holder,
            pull_secrets: beside.map(|(_, key, form)| (key, form)),
        });
    }
}

/// Whether a reference has a tag or a digest.
fn is_complete(text: &str) -> bool {
    text.rsplit('/').next().is_some_and(|last| last.contains([':', '@']))
}

/// Files, above all pictures and disks, are under such keys as well.
fn is_plausible(reference: &Reference) -> bool {
    const FILES: &[&str] = &[
        "png", "svg", "jpg", "jpeg", "gif", "ico", "webp", "img", "iso", "qcow2", "vmdk", "vhd", "raw", "ova", "tar",
        "gz", "xz", "zip",
    ];
    let text = reference.as_written();
    text.rsplit_once('.').is_none_or(|(_, end)| !FILES.contains(&end))
}
