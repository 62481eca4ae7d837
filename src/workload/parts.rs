//! A reference that several fields hold together: registry, repository, the last part of the name, tag and digest.

use crate::image::Reference;
use crate::krm::{Code, Severity};
use crate::yaml::{Edit, Spot, View};

use super::image_field::{NameViews, PartViews, Skip, no_text, text};
use super::text::scheme;

/// Where the parts of a reference are written. A part that the object does not have is `None`.
#[derive(Clone, Debug)]
pub struct Parts {
    scheme: &'static str,
    registry: Option<Spot>,
    repository: Option<Spot>,
    image: Option<Image>,
    digest: Option<Spot>,
}

/// The last part of the name.
#[derive(Clone, Debug)]
struct Image {
    spot: Spot,
    segments: usize,
}

impl Parts {
    /// The whole reference, and the places of its parts.
    ///
    /// # Errors
    /// [`Skip`] when the parts say no name.
    pub(super) fn read<'a>(views: &PartViews<'a>) -> Result<(String, Self), Skip<'a>> {
        let last = text(views.name.anchor())?;
        let registry = part(views.registry.as_ref())?;
        let (repository, image) = match &views.name {
            NameViews::Repository(view) => (view.spot(), None),
            NameViews::Image { repository, image } => {
                // An empty one says that the last part is the whole name.
                let is_empty = part(repository.as_ref())?.is_empty();
                let repository = repository.as_ref().filter(|_| !is_empty).and_then(View::spot);
                let spot = image.spot().ok_or_else(|| no_text(image))?;
                (repository, Some(Image { spot, segments: last.split('/').count() }))
            }
        };
        let before = part(views.name.before())?;
        if image.is_some() && registry.is_empty() && before.is_empty() && !last.contains('/') {
            let message = format!(
                "`{last}` is the last part of an image's name, and the object does not say what comes before it; it \
                 was left alone"
            );
            return Err((Severity::Warning, Code::InvalidReference, message, views.name.anchor().clone()));
        }
        let mut whole =
            [registry, before, last].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        let scheme = scheme(&whole);
        whole.drain(..scheme.len());
        let tag = part(views.tag.as_ref())?;
        // Some APIs take a digest where the tag goes.
        let mark = if tag.starts_with("sha256:") || tag.starts_with("sha512:") { '@' } else { ':' };
        for (mark, text) in [(mark, tag), ('@', part(views.digest.as_ref())?)] {
            if !text.is_empty() {
                whole.push(mark);
                whole.push_str(text);
            }
        }
        let registry = views.registry.as_ref().and_then(View::spot);
        let digest = views.digest.as_ref().and_then(View::spot);
        Ok((whole, Self { scheme, registry, repository, image, digest }))
    }

    /// The edits that make the parts of `old` say `new`. `None` when they have no place for what `new` says.
    #[must_use]
    pub fn edits(&self, old: &Reference, new: &Reference) -> Option<Vec<Edit>> {
        let mut name = format!("{}{}", self.scheme, new.name_as_written());
        let mut edits = Vec::new();
        if let Some(spot) = &self.registry {
            // After the scheme, whose slashes are not part of the name.
            let host = name.get(self.scheme.len()..)?.find('/')? + self.scheme.len();
            edits.push(spot.replace(name.get(..host)?));
            name.drain(..=host);
        }
        if let Some(image) = &self.image {
            let start = if self.repository.is_none() {
                0
            } else {
                let slashes = name.rmatch_indices('/').map(|(at, _)| at).filter(|at| *at >= self.scheme.len());
                // The repository keeps a segment, as long as there are enough.
                slashes.take(image.segments).last().map_or(0, |slash| slash + 1)
            };
            edits.push(image.spot.replace(name.get(start..)?));
            name.truncate(start.saturating_sub(1));
        }
        edits.extend(self.repository.as_ref().map(|spot| spot.replace(&name)));
        if new.suffix() != old.suffix() {
            edits.push(self.digest.as_ref()?.replace(new.digest()?.as_str()));
        }
        Some(edits)
    }
}

/// What a part says, empty without it. A collection says nothing that could be a part: the image is another one than the rest would name.
fn part<'a>(view: Option<&View<'a>>) -> Result<&'a str, Skip<'a>> {
    view.map_or(Ok(""), |view| view.scalar().ok_or_else(|| no_text(view)))
}
