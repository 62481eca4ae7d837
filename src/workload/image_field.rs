//! A field that holds an image, or several fields that hold its parts.

use crate::image::{ImageText, Placeholders, Reference};
use crate::krm::{Code, Severity};
use crate::yaml::view::Shared;
use crate::yaml::{Fault, Span, Spot, View, inside};

use super::parts::Parts;
use super::text::{self, Encoding, Excerpt, Text};

/// What a field spec found in an object.
#[derive(Clone, Debug)]
pub enum Found<'a> {
    /// One field with the whole reference.
    Whole(View<'a>),
    /// A part of the text of a field.
    Within(View<'a>, Excerpt),
    /// A reference in parts, as Helm values and custom resources have it.
    Parts(PartViews<'a>),
}

/// The fields of a reference in parts.
#[derive(Clone, Debug)]
pub struct PartViews<'a> {
    /// The registry's host.
    pub registry: Option<View<'a>>,
    /// The name, or what of it is not in the registry's field.
    pub name: NameViews<'a>,
    /// The tag, or a digest.
    pub tag: Option<View<'a>>,
    /// The digest.
    pub digest: Option<View<'a>>,
}

/// The fields of a name.
#[derive(Clone, Debug)]
pub enum NameViews<'a> {
    /// The repository is in one field.
    Repository(View<'a>),
    /// Its last part is in a field of its own.
    Image {
        /// What stands before it.
        repository: Option<View<'a>>,
        /// The last part.
        image: View<'a>,
    },
}

impl<'a> Found<'a> {
    /// The scalars that it is in.
    pub(super) fn views(&self) -> impl Iterator<Item = &View<'a>> {
        let all = match self {
            Self::Whole(view) | Self::Within(view, _) => [Some(view), None, None, None, None],
            Self::Parts(PartViews { registry, name, tag, digest }) => {
                [Some(name.anchor()), name.before(), registry.as_ref(), tag.as_ref(), digest.as_ref()]
            }
        };
        all.into_iter().flatten()
    }
}

impl<'a> NameViews<'a> {
    /// The field that is always present.
    #[must_use]
    pub fn anchor(&self) -> &View<'a> {
        match self {
            Self::Repository(view) | Self::Image { image: view, .. } => view,
        }
    }

    /// The field of what stands before the last part, where that is in a field of its own.
    #[must_use]
    pub fn before(&self) -> Option<&View<'a>> {
        match self {
            Self::Repository(_) => None,
            Self::Image { repository, .. } => repository.as_ref(),
        }
    }
}

/// An image in an object: what it says, and the places to say something else.
#[derive(Clone, Debug)]
pub struct ImageField {
    /// The reference.
    pub reference: Reference,
    /// The field's path.
    pub path: String,
    /// The image's line, counted from 1.
    pub line: usize,
    /// What to write where.
    pub target: Target,
    /// The lines of definition and use when other places show the field too.
    pub shared: Option<(usize, usize)>,
}

/// The text of an image in the manifest.
#[derive(Clone, Debug)]
pub enum Target {
    /// One scalar.
    Whole(Spot),
    /// One scalar whose tag or digest comes later, and the bytes of its name: only these change.
    Named(Spot, Span),
    /// A part of one.
    Within(Excerpt),
    /// Scalars for its parts.
    Parts(Box<Parts>),
}

/// What was read of a field.
#[derive(Clone, Debug)]
pub enum Read {
    /// An image to work on.
    Image(ImageField),
    /// Placeholders that hide which image it is.
    Hidden(HiddenImage),
}

/// A field whose image another program fills in, registry or repository included.
#[derive(Clone, Debug)]
pub struct HiddenImage {
    /// Its text, as it may be shown.
    pub text: String,
    /// What hides the image.
    pub placeholders: Placeholders,
    /// The field's path.
    pub path: String,
    /// The field's line, counted from 1.
    pub line: usize,
}

/// Why a field is left alone: how much that matters, its code, a sentence, and the place.
pub type Skip<'a> = (Severity, Code, String, View<'a>);

impl ImageField {
    /// Reads the reference of a field.
    ///
    /// # Errors
    /// [`Skip`] when there is none to work on.
    pub fn read(found: Found<'_>) -> Result<Read, Skip<'_>> {
        match found {
            Found::Whole(view) => {
                let text = text(&view)?;
                let scheme = text::scheme(text).len();
                if scheme == 0 {
                    let spot = view.spot().ok_or_else(|| no_text(&view))?;
                    return Ok(match Self::of_text(text, &view, Target::Whole(spot))? {
                        Read::Image(image) if image.reference.placeholders().is_some() => {
                            Read::Image(image.with_place_of_name(&view))
                        }
                        read => read,
                    });
                }
                let excerpts = Text::excerpts(
                    &view,
                    Encoding::Plain,
                    text.to_owned(),
                    std::iter::once(scheme..text.len()).collect(),
                );
                let excerpt = excerpts.and_then(|mut excerpts| excerpts.pop()).ok_or_else(|| no_text(&view))?;
                Self::read(Found::Within(view, excerpt))
            }
            Found::Within(view, excerpt) => {
                let text = excerpt.as_str().to_owned();
                let start = excerpt.spelled().map(|span| span.start);
                let line = start.map(|start| view.tree().line(start));
                Ok(match Self::of_text(&text, &view, Target::Within(excerpt))? {
                    Read::Image(image) => Read::Image(Self { line: line.unwrap_or(image.line), ..image }),
                    Read::Hidden(hidden) => Read::Hidden(HiddenImage { line: line.unwrap_or(hidden.line), ..hidden }),
                })
            }
            Found::Parts(views) => {
                let (whole, parts) = Parts::read(&views)?;
                let optional =
                    [views.name.before(), views.registry.as_ref(), views.tag.as_ref(), views.digest.as_ref()];
                let anchor = views.name.anchor();
                let shared = std::iter::once(anchor).chain(optional.into_iter().flatten()).find_map(shown_elsewhere);
                Ok(match Self::of_text(&whole, anchor, Target::Parts(Box::new(parts)))? {
                    Read::Image(image) => Read::Image(Self { shared, ..image }),
                    hidden @ Read::Hidden(_) => hidden,
                })
            }
        }
    }

    /// Placeholders have characters that YAML writes in quotes, and escapes of their own, so what they spell stays as it is.
    fn with_place_of_name(self, view: &View<'_>) -> Self {
        let name = 0..self.reference.name_as_written().len();
        let span = inside::locate(view, std::slice::from_ref(&name)).and_then(|spans| spans.first().copied());
        match (self.target, span) {
            (Target::Whole(spot), Some(span)) => Self { target: Target::Named(spot, span), ..self },
            (target, _) => Self { target, ..self },
        }
    }

    fn of_text<'a>(text: &str, view: &View<'a>, target: Target) -> Result<Read, Skip<'a>> {
        let read = ImageText::parse(text).map_err(|error| {
            (Severity::Warning, Code::InvalidReference, format!("{error}; it was left alone"), view.clone())
        })?;
        let at = |at| view.tree().line(at);
        let (path, line) = (view.path().to_string(), at(view.start()));
        let lines = |shared: Shared| (at(shared.definition), at(shared.usage));
        Ok(match read {
            ImageText::Image(reference) => {
                Read::Image(Self { reference, path, line, target, shared: view.shared().map(lines) })
            }
            ImageText::Hidden { placeholders, .. } if placeholders.is_empty_text() => return Err(empty(view)),
            ImageText::Hidden { shown, placeholders } => {
                Read::Hidden(HiddenImage { text: shown, placeholders, path, line })
            }
        })
    }
}

/// The lines of definition and use of a scalar that other places show too, through it or through what it is in.
fn shown_elsewhere(view: &View<'_>) -> Option<(usize, usize)> {
    let line = |at| view.tree().line(at);
    let through_scalar = || {
        let spot = view.spot()?;
        let alias = spot.aliases().first()?;
        Some((line(spot.definition().start), line(alias.start)))
    };
    view.shared().map(|shared| (line(shared.definition), line(shared.usage))).or_else(through_scalar)
}

pub(super) fn text<'v, 'a>(view: &'v View<'a>) -> Result<&'a str, Skip<'a>>
where
    'a: 'v,
{
    if view.is_null() {
        return Err(empty(view));
    }
    view.text().ok_or_else(|| no_text(view))
}

/// A webhook or a controller sets the image: nothing is hidden.
fn empty<'a>(view: &View<'a>) -> Skip<'a> {
    (Severity::Info, Code::Placeholder, "the image is empty; it was left alone".into(), view.clone())
}

pub(super) fn no_text<'a>(view: &View<'a>) -> Skip<'a> {
    let message = format!("the image is {}; expected a string. It was left alone", view.what());
    (Severity::Warning, Code::InvalidReference, message, view.clone())
}

/// Whether the `image` of a mapping is a part of a reference, whose beginning stands beside it. One that begins with a registry is whole.
///
/// # Errors
/// When a key that matters appears twice.
pub fn is_part(holder: &View<'_>) -> Result<bool, Fault> {
    let Some(image) = holder.get("image")?.and_then(|image| image.text()) else { return Ok(false) };
    let first = image.split_once('/').map_or("", |(first, _)| first);
    if first.contains(['.', ':']) || first == "localhost" {
        return Ok(false);
    }
    for key in ["repository", "registry"] {
        let text = holder.get(key)?.and_then(|value| value.text());
        // The source code's repository is another matter.
        if text.is_some_and(|text| Reference::parse(text.strip_prefix(text::scheme(text)).unwrap_or(text)).is_ok()) {
            return Ok(true);
        }
    }
    Ok(false)
}
