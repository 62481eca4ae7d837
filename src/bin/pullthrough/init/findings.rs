//! What the registries said, by registry.

use std::collections::{BTreeMap, BTreeSet};

use pullthrough::access::{Access, ManifestKey};
use pullthrough::function::inspect::Inspection;
use pullthrough::image::Reference;

/// The images, sorted by what is known of them.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Those that need credentials.
    pub(super) private: BTreeSet<String>,
    /// Those that anyone can pull.
    pub(super) public: BTreeSet<String>,
    /// Those that no registry has.
    pub(super) absent: BTreeSet<String>,
    /// Those of which neither is known, each with the reason.
    pub(super) unknown: BTreeMap<String, String>,
    /// The registry of each entry.
    registries: BTreeMap<String, String>,
    /// The entry of each image, by its text in the manifests.
    entries: BTreeMap<String, String>,
}

impl Found {
    pub(super) fn of(inspection: &Inspection) -> Self {
        let known: Vec<(&str, Reference, Access, String)> = inspection
            .images
            .iter()
            .filter_map(|image| {
                let (verdict, reference) = (image.verdict.as_ref()?, Reference::parse(&image.image).ok()?);
                Some((image.image.as_str(), reference, verdict.access, verdict.evidence.to_string()))
            })
            .collect();
        // A name stands for all of its tags, unless they differ.
        let mut accesses: BTreeMap<String, BTreeSet<Access>> = BTreeMap::new();
        for (_, reference, access, _) in &known {
            accesses.entry(reference.name().to_string()).or_default().insert(*access);
        }
        let mut found = Self::default();
        for (text, reference, access, why) in known {
            let name = reference.name().to_string();
            let agrees = accesses.get(&name).is_none_or(|accesses| accesses.len() == 1);
            let Some(entry) =
                (if agrees { Some(name) } else { ManifestKey::of(&reference).map(|key| key.as_str().to_owned()) })
            else {
                continue;
            };
            found.registries.insert(entry.clone(), reference.registry().to_owned());
            found.entries.insert(text.to_owned(), entry.clone());
            match access {
                Access::Private => drop(found.private.insert(entry)),
                Access::Public => drop(found.public.insert(entry)),
                Access::NotFound => drop(found.absent.insert(entry)),
                Access::RateLimited | Access::Unreachable => drop(found.unknown.insert(entry, why)),
            }
        }
        found
    }

    /// Leaves out the images of these registries: they are on the proxy already.
    pub(super) fn leave_out(&mut self, hosts: &BTreeSet<String>) {
        let registries = &self.registries;
        let stays = |entry: &String| registries.get(entry).is_none_or(|registry| !hosts.contains(registry));
        self.private.retain(stays);
        self.public.retain(stays);
        self.absent.retain(stays);
        self.unknown.retain(|entry, _| stays(entry));
    }

    /// Whether no image is known or suspected to need credentials.
    pub(super) fn needs_nothing(&self) -> bool {
        self.private.is_empty() && self.unknown.is_empty()
    }

    /// Whether an answer of this registry is known.
    pub(super) fn answers(&self, registry: &str) -> bool {
        let answered = self.private.iter().chain(&self.public).chain(&self.absent);
        answered.filter_map(|entry| self.registries.get(entry)).any(|of| of == registry)
    }

    /// The registries with an image that needs credentials, or may.
    pub(super) fn registries_in_need(&self) -> impl Iterator<Item = &str> {
        let entries = self.private.iter().chain(self.unknown.keys());
        let registries: BTreeSet<&str> =
            entries.filter_map(|entry| self.registries.get(entry)).map(String::as_str).collect();
        registries.into_iter()
    }

    /// Whether an image, by its text in the manifests, is one that the configuration can't answer for.
    pub(super) fn leaves_open(&self, image: Option<&str>) -> bool {
        image.and_then(|image| self.entries.get(image)).is_some_and(|entry| self.unknown.contains_key(entry))
    }
}
