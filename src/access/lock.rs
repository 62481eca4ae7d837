//! The ImageLock: verdicts kept in a KRM object, so that a later run needs no network.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use crate::image::{Digest, Reference};
use crate::krm::{Code, Finding, ObjectRef, Resource, Severity};
use crate::yaml::{Fault, Value, View, write};

use super::manifest_key::ManifestKey;
use super::verdict::{Access, Verdict};

/// The group and version of the lock, and of functionConfig.
pub const API_VERSION: &str = "pullthrough.dev/v1alpha1";
/// The kind of the lock.
pub const KIND: &str = "ImageLock";

/// All verdicts of all locks: those among the items, and those from files.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    entries: BTreeMap<ManifestKey, Entry>,
}

/// One verdict of a lock.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Whether the image is public or private; nothing else is kept.
    pub access: Access,
    /// The digest of its tag when it was asked.
    pub digest: Option<Digest>,
    /// Why, in the words of the run that asked.
    pub evidence: String,
    /// Where it stands; nowhere yet when it comes of an answer.
    place: Option<Place>,
}

/// Where an entry stands.
#[derive(Clone, Debug)]
struct Place {
    object: Arc<ObjectRef>,
    /// The file's name, of a lock from a file.
    file: Option<String>,
    line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "line {} of {file}", self.line),
            None => write!(f, "line {} of {}", self.line, self.object),
        }
    }
}

impl Entry {
    /// What messages call its lock. People have many files, and one input.
    #[must_use]
    pub fn lock(&self) -> String {
        match self.place.as_ref().filter(|place| place.file.is_some()) {
            Some(place) => format!("the ImageLock ({place})"),
            None => "the ImageLock".to_owned(),
        }
    }
}

impl Lock {
    /// Reads an ImageLock of the input; true when `resource` is one. What is wrong with it becomes findings.
    ///
    /// # Errors
    /// When one of its keys appears twice.
    pub fn read(&mut self, resource: &Resource<'_>, findings: &mut Vec<Finding>) -> Result<bool, Fault> {
        self.read_from(None, resource, findings)
    }

    /// The same of the input, or of the file of that name. A finding about a file has its line in the message: its own line is one of the input.
    pub(super) fn read_from(
        &mut self,
        file: Option<&str>,
        resource: &Resource<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<bool, Fault> {
        if !resource.object.is("pullthrough.dev", KIND) {
            return Ok(false);
        }
        let images = resource.view.get("images")?;
        if let Some(images) = images.as_ref().filter(|images| !images.is_sequence() && !images.is_null()) {
            let message = format!("`images` of the ImageLock is {}; expected a list", images.what());
            findings.push(problem(file, resource, images, Code::Config, message));
        }
        for entry in images.map_or(Ok(Vec::new()), |images| images.items())? {
            let mut report = |code, message| findings.push(problem(file, resource, &entry, code, message));
            let place = Place {
                object: Arc::clone(&resource.object),
                file: file.map(str::to_owned),
                line: entry.tree().line(entry.start()),
            };
            match Self::entry(&entry, place)? {
                Ok((key, entry)) => match self.entries.get(&key) {
                    Some(other) if other.access != entry.access => {
                        let place = other.place.as_ref().map(|place| format!(", at {place},")).unwrap_or_default();
                        let message = format!(
                            "the ImageLock says that `{key}` is {} and{place} that it is {}; remove one of the entries",
                            entry.access, other.access
                        );
                        report(Code::LockContradiction, message);
                    }
                    _ => {
                        self.entries.insert(key, entry);
                    }
                },
                Err(message) => report(Code::Config, message),
            }
        }
        Ok(true)
    }

    /// The verdict on a reference. Of one whose tag another program fills in it is what all entries of its name say; registries open and
    /// close repositories, not tags.
    #[must_use]
    pub fn verdict(&self, reference: &Reference) -> Option<Verdict> {
        if reference.placeholders().is_some() {
            let mut accesses = self.named(reference).map(|(_, entry)| entry.access);
            let access = accesses.next()?;
            return accesses.all(|other| other == access).then(|| Verdict::locked(access, None));
        }
        let (_, entry) = self.find(reference)?;
        Some(Verdict::locked(entry.access, entry.digest.clone()))
    }

    /// The entries that count for a reference.
    #[must_use]
    pub fn used_by(&self, reference: &Reference) -> Vec<&ManifestKey> {
        match reference.placeholders() {
            Some(_) => self.named(reference).map(|(key, _)| key).collect(),
            None => self.find(reference).into_iter().map(|(key, _)| key).collect(),
        }
    }

    /// The entries with the name of a reference, regardless of tags and digests.
    fn named(&self, reference: &Reference) -> impl Iterator<Item = (&ManifestKey, &Entry)> {
        [':', '@'].into_iter().flat_map(move |mark| {
            let prefix = format!("{}{mark}", reference.name());
            let from = self.entries.range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
            from.take_while(move |(key, _)| key.as_str().starts_with(&prefix))
        })
    }

    /// The entry for a reference, with its key. A tag with the digest that its entry has is what `pin` made of that tag.
    #[must_use]
    pub fn find(&self, reference: &Reference) -> Option<(&ManifestKey, &Entry)> {
        let pinned = || {
            let (tag, digest) = (reference.tag()?, reference.digest()?);
            let found = self.entries.get_key_value(format!("{}:{tag}", reference.name()).as_str())?;
            (found.1.digest.as_ref() == Some(digest)).then_some(found)
        };
        ManifestKey::of(reference).and_then(|key| self.entries.get_key_value(&key)).or_else(pinned)
    }

    /// Its entries, sorted.
    pub fn entries(&self) -> impl Iterator<Item = (&ManifestKey, &Entry)> {
        self.entries.iter()
    }

    /// Takes over a verdict, if it is one that a lock keeps: public or private.
    pub fn keep(&mut self, key: ManifestKey, verdict: &Verdict) -> bool {
        if !matches!(verdict.access, Access::Public | Access::Private) {
            return false;
        }
        let entry = Entry {
            access: verdict.access,
            digest: verdict.digest.clone().ok(),
            evidence: verdict.evidence.to_string(),
            place: None,
        };
        self.entries.insert(key, entry);
        true
    }

    /// Whether it has no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Drops the entries that are not among `used`.
    pub fn prune(&mut self, used: &BTreeSet<ManifestKey>) {
        self.entries.retain(|key, _| used.contains(key));
    }

    /// The lock as an object, sorted, without times: the same verdicts give the same bytes.
    #[must_use]
    pub fn to_yaml(&self, name: &str) -> String {
        let entry = |(key, entry): (&ManifestKey, &Entry)| {
            let digest = entry.digest.as_ref().map(|digest| ("digest".to_owned(), Value::from(digest.as_str())));
            let evidence =
                (!entry.evidence.is_empty()).then(|| ("evidence".to_owned(), Value::from(entry.evidence.as_str())));
            let fields = [
                ("image".to_owned(), Value::from(key.as_str())),
                ("access".to_owned(), Value::from(entry.access.as_str())),
            ];
            Value::Map(fields.into_iter().chain(digest).chain(evidence).collect())
        };
        let local = Value::map([("config.kubernetes.io/local-config", Value::from("true"))]);
        let entries = [
            ("apiVersion".to_owned(), Value::from(API_VERSION)),
            ("kind".to_owned(), Value::from(KIND)),
            ("metadata".to_owned(), Value::map([("name", Value::from(name)), ("annotations", local)])),
            ("images".to_owned(), Value::List(self.entries.iter().map(entry).collect())),
        ];
        write::block_entries(&entries).join("\n") + "\n"
    }

    fn entry(view: &View<'_>, place: Place) -> Result<Result<(ManifestKey, Entry), String>, Fault> {
        let text = |key| Ok::<_, Fault>(view.get(key)?.and_then(|value| value.text()));
        let Some(image) = text("image")? else {
            return Ok(Err("an entry of the ImageLock has no `image`; expected a normalized reference".into()));
        };
        let reference = match Reference::parse(image) {
            Ok(reference) => reference,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let access = match text("access")?.and_then(Access::from_name) {
            Some(access @ (Access::Public | Access::Private)) => access,
            _ => {
                return Ok(Err(format!(
                    "the ImageLock's entry for `{image}` has no usable `access`; expected `public` or `private`"
                )));
            }
        };
        let digest = match text("digest")?.map(Digest::parse) {
            Some(Err(error)) => {
                return Ok(Err(format!("the ImageLock's entry for `{image}` has no valid `digest`: {error}")));
            }
            Some(Ok(digest)) => Some(digest),
            None => None,
        };
        let Some(key) = ManifestKey::of(&reference) else {
            return Ok(Err(format!("the ImageLock's entry for `{image}` has a placeholder; expected a tag or digest")));
        };
        let evidence = text("evidence")?.unwrap_or_default().to_owned();
        Ok(Ok((key, Entry { access, digest, evidence, place: Some(place) })))
    }
}

/// An error about a field of a lock.
fn problem(file: Option<&str>, resource: &Resource<'_>, field: &View<'_>, code: Code, message: String) -> Finding {
    let line = field.tree().line(field.start());
    let message = if file.is_some() { format!("line {line}: {message}") } else { message };
    let finding = Finding::new(Severity::Error, code, message).about(&resource.object, resource.file.as_ref());
    let finding = finding.field(field.path().to_string(), line);
    Finding { line: finding.line.filter(|_| file.is_none()), ..finding }
}
