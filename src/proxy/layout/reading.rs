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
    /// What a repository on one of the proxy's hosts is. Sources have the tag and digest of `named`.
    pub(super) fn read(&self, path: &str, named: &Reference) -> Reading {
        let areas = std::iter::once(&self.served).chain(&self.beside);
        for Area { pattern, takes_credentials } in areas {
            let Some(values) = pattern.read(path) else {
                continue;
            };
            let takes_credentials = *takes_credentials;
            if !self.tells_source(pattern) {
                return Reading::Opaque { takes_credentials };
            }
            if let Some(source) = self.source(&values, named) {
                return Reading::Source { source, takes_credentials };
            }
        }
        Reading::Outside
    }

    fn tells_source(&self, pattern: &Pattern) -> bool {
        pattern.is_whole() && (self.upstream.is_some() || pattern.names_registry())
    }

    fn source(&self, values: &Values, named: &Reference) -> Option<Reference> {
        let name = match values.get(&Variable::Original) {
            Some(original) => self.original(original),
            None => {
                let repository = repository(values);
                match values.get(&Variable::Registry) {
                    None => return self.upstream.as_ref()?.source(&repository, named),
                    Some(segment) => match self.aliased(segment) {
                        Some(registry) => format!("{registry}/{repository}"),
                        None => format!("{}/{repository}", host::registry_segment(segment)?),
                    },
                }
            }
        };
        let source = named.renamed(&name).ok()?;
        self.repository(&source).is_some().then_some(source)
    }

    /// A name as it was written; its first segment is a registry when it is an alias, or when distribution sees one.
    fn original(&self, name: &str) -> String {
        let aliased = name.split_once('/').and_then(|(first, path)| Some((self.aliased(first)?, path)));
        aliased.map_or_else(|| name.to_owned(), |(registry, path)| format!("{registry}/{path}"))
    }

    /// The registry that the proxy calls so.
    pub(super) fn aliased(&self, name: &str) -> Option<&str> {
        let mut aliases = self.aliases.iter();
        aliases.find(|(_, known)| *known == name).map(|(registry, _)| registry.as_str())
    }
}

/// The repository, from whichever variables hold it.
fn repository(values: &Values) -> String {
    if let Some(repository) = values.get(&Variable::Repository) {
        return repository.clone();
    }
    let parts = [values.get(&Variable::Namespace), values.get(&Variable::Name)].into_iter().flatten();
    parts.map(String::as_str).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}
