//! Where a proxy keeps the images of other registries, and how to tell its names from theirs.
//!
//! A preset says what a product does; everything that happens with references happens here.

mod reading;

use std::collections::{BTreeMap, BTreeSet};

use self::reading::Reading;
use super::host;
use super::pattern::{Pattern, Variable};
use super::placement::{Place, Placement};
use super::preset_error::PresetError;
use super::target_error::TargetError;
use super::upstream::{Upstream, repository_path};
use crate::image::Reference;

/// The longest name, host included, that every runtime takes: releases of distribution before 3 count the host
/// (distribution/reference `RepositoryNameTotalLengthMax`).
const LONGEST_NAME: usize = 255;

/// One proxy: its host, its names, and the registry behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    host: String,
    replaced: Vec<String>,
    served: Area,
    beside: Vec<Area>,
    upstream: Option<Upstream>,
    in_place: Vec<InPlaceHost>,
    aliases: BTreeMap<String, String>,
}

/// A part of the proxy's names.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) pattern: Pattern,
    pub(super) takes_credentials: bool,
}

/// A host that the proxy's credentials open as well, but that is no proxy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct InPlaceHost {
    pub(super) host: String,
    /// A default host whose images are on `host` too.
    pub(super) replaced: Option<String>,
    /// The first segment of the repositories that allow anonymous pulls.
    pub(super) open: Option<&'static str>,
}

impl Layout {
    pub(super) fn new(host: String, pattern: Pattern, upstream: Option<Upstream>) -> Layout {
        Layout {
            host,
            replaced: Vec::new(),
            served: Area { pattern, takes_credentials: true },
            beside: Vec::new(),
            upstream,
            in_place: Vec::new(),
            aliases: BTreeMap::new(),
        }
    }

    /// Further parts of the proxy's host. They are recognized, never written; the first that fits
    /// counts, the served one before all.
    pub(super) fn beside(mut self, areas: impl IntoIterator<Item = Area>) -> Layout {
        self.beside.extend(areas);
        self
    }

    /// A default host of the product, for which `host` stands now. Naming `host` itself is nothing.
    pub(super) fn replacing(mut self, default: String) -> Layout {
        if default != self.host {
            self.replaced.push(default);
        }
        self
    }

    pub(super) fn opening(mut self, host: InPlaceHost) -> Layout {
        self.in_place.push(host);
        self
    }

    /// Further hosts that the same credentials open: their images stay where they are.
    pub fn with_in_place<'h>(mut self, hosts: impl IntoIterator<Item = &'h str>) -> Result<Layout, PresetError> {
        let mut known: BTreeSet<String> = self.credential_hosts().into_iter().collect();
        for text in hosts {
            let host = self.in_place_host(text)?;
            if known.insert(host.clone()) {
                self.in_place.push(InPlaceHost { host, replaced: None, open: None });
            }
        }
        Ok(self)
    }

    /// A host whose images may stay in place, as it is compared.
    pub fn in_place_host(&self, text: &str) -> Result<String, PresetError> {
        let error = PresetError::of("inPlace");
        let host = host::proxy_host(text).map_err(&error)?;
        if host == self.host {
            return Err(error(format!("`{text}` is the proxy itself: expected another host")));
        }
        Ok(host)
    }

    /// The names by which the proxy knows registries, one path segment each: `registry.corp:5000` as `corp`. Two
    /// registries can't have one name.
    pub fn with_aliases(mut self, aliases: &BTreeMap<String, String>) -> Result<Layout, PresetError> {
        let error = PresetError::of("aliases");
        for (registry, name) in aliases {
            let registry = host::registry(registry).map_err(&error)?;
            let name = repository_path(name).map_err(&error)?;
            if name.contains('/') {
                return Err(error(format!("`{name}` has a slash: expected one word for `{registry}`")));
            }
            if let Some(other) = self.aliased(&name).filter(|other| *other != registry) {
                return Err(error(format!(
                    "`{other}` and `{registry}` have the same name `{name}`: expected a name for each"
                )));
            }
            if let Some(other) = self.aliases.get(&registry).filter(|other| **other != name) {
                return Err(error(format!("`{registry}` has two names, `{other}` and `{name}`: expected one")));
            }
            self.aliases.insert(registry, name);
        }
        Ok(self)
    }

    /// The host that references are rewritten to, with its port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The one registry behind the proxy, or the part of it that is; None when its names tell
    /// registries apart, or when it holds images of all of them.
    pub fn upstream(&self) -> Option<String> {
        self.upstream.as_ref().map(Upstream::to_string)
    }

    /// The hosts that the pull secret names for this proxy, without duplicates: where references
    /// are rewritten to, the default hosts that it replaces, and those that the same credentials
    /// open. What is left on a default host, in a custom resource for one, can be pulled as well.
    pub fn credential_hosts(&self) -> Vec<String> {
        let proxies = std::iter::once(&self.host).chain(&self.replaced);
        let in_place = self.in_place.iter().flat_map(|at| std::iter::once(&at.host).chain(&at.replaced));
        let mut seen = BTreeSet::new();
        proxies.chain(in_place).filter(|host| seen.insert(*host)).cloned().collect()
    }

    /// The same hosts, each with the path that all names on it begin with, if there is one: `harbor.corp/hub/`. A docker config may have
    /// an account for such a path alone.
    pub fn credential_names(&self) -> Vec<String> {
        let fixed = self.served.pattern.fixed();
        let is_own = |host: &String| *host == self.host || self.replaced.contains(host);
        let name = |host: String| if is_own(&host) && !fixed.is_empty() { format!("{host}/{fixed}") } else { host };
        self.credential_hosts().into_iter().map(name).collect()
    }

    /// Is the image from what is behind the proxy? What is on the proxy already is not.
    pub fn serves(&self, reference: &Reference) -> bool {
        let reference = host::lower_cased(reference);
        matches!(self.placement(&reference), Placement::Upstream) && self.repository(&reference).is_some()
    }

    /// The name of the image on the proxy, tag and digest kept. What is on the proxy or in place
    /// already stays as it is, but for a default host that a custom one replaces: so a name is
    /// never proxied twice.
    ///
    /// [`Layout::unwind`] of the answer is the image again, else it is refused; only a layout that
    /// keeps images of several registries without their registry can't be unwound.
    pub fn target(&self, reference: &Reference) -> Result<Reference, TargetError> {
        match self.placement(reference) {
            Placement::Upstream => {}
            Placement::LegacyHost { to, .. } => return Ok(to),
            Placement::Proxied { .. } | Placement::InPlace { .. } => return Ok(reference.clone()),
        }
        let source = host::lower_cased(reference);
        let Some(repository) = self.repository(&source) else {
            return Err(TargetError::NotServed {
                reference: reference.to_string(),
                host: self.host.clone(),
                upstream: self.upstream().unwrap_or_default(),
            });
        };
        let path = self.path(&source, repository)?;
        let name = format!("{}/{path}", self.host);
        if name.len() > LONGEST_NAME {
            return Err(TargetError::TooLong { length: name.len(), name, longest: LONGEST_NAME });
        }
        let target =
            source.renamed(&name).map_err(|error| TargetError::Invalid { reference: reference.to_string(), error })?;
        match self.read(&path, &source) {
            Reading::Source { source: read, .. } if read.normalized() != source.normalized() => {
                Err(TargetError::ReadOtherwise {
                    reference: reference.to_string(),
                    target: target.to_string(),
                    read: read.to_string(),
                })
            }
            _ => Ok(target),
        }
    }

    /// Where the reference stands with regard to this proxy, for every spelling of its host.
    pub fn placement(&self, reference: &Reference) -> Placement {
        let lowered = host::lower_cased(reference);
        let (host, path) = (lowered.registry(), lowered.repository());
        let place = if host == self.host || self.replaced.iter().any(|replaced| replaced == host) {
            let place = match self.read(path, &lowered) {
                Reading::Outside => Place::Beside { takes_credentials: true },
                Reading::Opaque { takes_credentials } => Place::Served { source: None, takes_credentials },
                Reading::Source { source, takes_credentials } => {
                    Place::Served { source: Some(source), takes_credentials }
                }
            };
            Some((place, self.host.as_str()))
        } else {
            let at = self.in_place.iter().find(|at| at.host == host || at.replaced.as_deref() == Some(host));
            at.map(|at| {
                let open = at.open.is_some_and(|open| path.split('/').next() == Some(open));
                (Place::Beside { takes_credentials: !open }, at.host.as_str())
            })
        };
        match place {
            None => Placement::Upstream,
            Some((place, home)) if home == host => place.placement(),
            Some((place, home)) => match lowered.renamed(&format!("{home}/{path}")) {
                Ok(to) => Placement::LegacyHost { to, takes_credentials: place.takes_credentials() },
                Err(_) => place.placement(),
            },
        }
    }

    /// The image that a name on the proxy stands for, with the name's tag and digest; also for
    /// names on default hosts. None when it is no name of this layout, or does not tell.
    pub fn unwind(&self, reference: &Reference) -> Option<Reference> {
        let lowered = host::lower_cased(reference);
        if lowered.registry() != self.host && !self.replaced.iter().any(|host| host == lowered.registry()) {
            return None;
        }
        match self.read(lowered.repository(), &lowered) {
            Reading::Source { source, .. } => Some(source),
            Reading::Outside | Reading::Opaque { .. } => None,
        }
    }

    /// What the proxy calls the image's repository; None when the image is not behind it.
    fn repository<'r>(&self, reference: &'r Reference) -> Option<&'r str> {
        match &self.upstream {
            Some(upstream) => upstream.served(reference),
            None => Some(reference.repository()),
        }
    }

    fn path(&self, source: &Reference, repository: &str) -> Result<String, TargetError> {
        let (namespace, name) = repository.rsplit_once('/').unwrap_or(("", repository));
        let alias = self.aliases.get(source.registry()).map(String::as_str);
        let (written_host, written_path) = host::written(source);
        let registry = alias.unwrap_or(source.registry());
        let original_host = alias.or(written_host);
        if self.served.pattern.names_registry() && !host::fits_a_path(original_host.unwrap_or(registry)) {
            return Err(TargetError::NeedsAlias {
                reference: source.to_string(),
                registry: source.registry().to_owned(),
            });
        }
        Ok(self.served.pattern.fill(|variable| match variable {
            Variable::Registry => registry.to_owned(),
            Variable::Namespace => namespace.to_owned(),
            Variable::Name => name.to_owned(),
            Variable::Repository => repository.to_owned(),
            Variable::Original => match original_host {
                Some(host) => format!("{host}/{written_path}"),
                None => written_path.to_owned(),
            },
        }))
    }
}

#[cfg(test)]
mod tests;
