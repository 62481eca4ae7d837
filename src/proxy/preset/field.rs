//! Checks that several products share. Each error names its field.

use crate::proxy::host::proxy_host;
use crate::proxy::layout::Layout;
use crate::proxy::pattern::{Pattern, Variable};
pub(super) use crate::proxy::preset_error::PresetError;
use crate::proxy::upstream::{Upstream, repository_path};

/// A host, in lower case.
pub(super) fn host(field: &'static str, text: &str) -> Result<String, PresetError> {
    proxy_host(text).map_err(PresetError::of(field))
}

/// Segments of a repository; slashes around them are nothing.
pub(super) fn path(field: &'static str, text: &str) -> Result<String, PresetError> {
    repository_path(text.trim_matches('/')).map_err(PresetError::of(field))
}

/// One segment of a repository.
pub(super) fn segment(field: &'static str, text: &str) -> Result<String, PresetError> {
    let segment = repository_path(text).map_err(PresetError::of(field))?;
    match segment.contains('/') {
        true => Err(PresetError::new(field, format!("`{text}` has a slash: expected one name"))),
        false => Ok(segment),
    }
}

/// A whole registry behind the proxy.
pub(super) fn registry(text: &str) -> Result<Upstream, PresetError> {
    Upstream::registry(text).map_err(PresetError::of("upstream"))
}

/// A registry, or a path in it, behind the proxy.
pub(super) fn part_of_registry(text: &str, stripped: bool) -> Result<Upstream, PresetError> {
    Upstream::part(text, stripped).map_err(PresetError::of("upstream"))
}

/// Repositories of one upstream below a fixed path: what nearly every product does.
pub(super) fn below(host: String, path: &str, upstream: Upstream) -> Result<Layout, PresetError> {
    not_itself(&host, &upstream)?;
    let pattern = Pattern::below(path, Variable::Repository);
    Ok(Layout::new(host, pattern, Some(upstream)))
}

/// A proxy is not its own upstream.
pub(super) fn not_itself(host: &str, upstream: &Upstream) -> Result<(), PresetError> {
    match upstream.host() == host {
        true => {
            Err(PresetError::new("upstream", format!("`{host}` is the proxy itself: expected the registry behind it")))
        }
        false => Ok(()),
    }
}
