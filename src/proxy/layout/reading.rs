//! Names on a proxy, read back to the images that they stand for.

use super::{Area, Layout};
use crate::image::Reference;
use crate::proxy::host;
use crate::proxy::pattern::{Pattern, Values, Variable};

/// What a path on a proxy's host is.
pub(super) enum Reading {
    /// Nothing that this layout knows.
    Outside,
    /// An image, whose source the name does not tell.
    Opaque { takes_credentials: bool },
    /// An image of another registry.
    Source { source: Reference, takes_credentials: bool },
}

impl Layout {
    /// What a repository on one of the proxy's hosts is.
    pub(super) fn read(&self, path: &str, suffix: &str) -> Reading {
        let areas = std::iter::once(&self.served).chain(&self.beside);
        for Area { pattern, takes_credentials } in areas {
            let Some(values) = pattern.read(path) else {
                continue;
            };
            let takes_credentials = *takes_credentials;
            if !self.tells_source(pattern) {
                return Reading::Opaque { takes_credentials };
            }
            if let Some(source) = self.source(&values, suffix) {
                return Reading::Source { source, takes_credentials };
            }
        }
        Reading::Outside
    }

    fn tells_source(&self, pattern: &Pattern) -> bool {
        pattern.is_whole() && (self.upstream.is_some() || pattern.names_registry())
    }

    fn source(&self, values: &Values, suffix: &str) -> Option<Reference> {
        if let Some(original) = values.get(&Variable::Original) {
            let aliased = original.split_once('/').and_then(|(first, path)| Some((self.aliased(first)?, path)));
            let source = match aliased {
                Some((registry, path)) => format!("{registry}/{path}{suffix}"),
                None => format!("{original}{suffix}"),
            };
            return Reference::parse(&source).ok();
        }
        let repository = match (values.get(&Variable::Repository), values.get(&Variable::Name)) {
            (Some(repository), _) => repository.clone(),
            (None, name) => {
                let namespace = values.get(&Variable::Namespace).filter(|namespace| !namespace.is_empty());
                let parts = namespace.into_iter().chain(name);
                parts.map(String::as_str).collect::<Vec<_>>().join("/")
            }
        };
        let registry = match values.get(&Variable::Registry) {
            None => return self.upstream.as_ref()?.source(&repository, suffix),
            Some(segment) => match self.aliased(segment) {
                Some(registry) => registry.to_owned(),
                None => host::registry_segment(segment)?,
            },
        };
        Reference::parse(&format!("{registry}/{repository}{suffix}"))
            .ok()
            .filter(|source| self.repository(source).is_some())
    }

    /// The registry that the proxy calls so.
    fn aliased(&self, name: &str) -> Option<&str> {
        let mut aliases = self.aliases.iter();
        aliases.find(|(_, known)| *known == name).map(|(registry, _)| registry.as_str())
    }
}
