//! A field that holds an image, or two fields that hold its parts.

use crate::image::{ImageText, Placeholders, Reference};
use crate::krm::{Code, Severity};
use crate::yaml::view::Shared;
use crate::yaml::{Edit, Spot, View};

/// What a field spec found in an object.
#[derive(Clone, Debug)]
pub enum Found<'a> {
    /// One field with the whole reference.
    Whole(View<'a>),
    /// A reference in parts, as Helm values and custom resources have it.
    Parts {
        /// The registry's host.
        registry: Option<View<'a>>,
        /// The repository, or the whole name where there is no registry.
        repository: View<'a>,
        /// The tag.
        tag: Option<View<'a>>,
        /// The digest.
        digest: Option<View<'a>>,
    },
}

impl<'a> Found<'a> {
    /// The scalars that it is in.
    pub(super) fn views(&self) -> impl Iterator<Item = &View<'a>> {
        let all = match self {
            Self::Whole(view) => [Some(view), None, None, None],
            Self::Parts { registry, repository, tag, digest } => {
                [Some(repository), registry.as_ref(), tag.as_ref(), digest.as_ref()]
            }
        };
        all.into_iter().flatten()
    }
}

/// An image in an object: what it says, and the places to say something else.
#[derive(Clone, Debug)]
pub struct ImageField {
    /// The reference.
    pub reference: Reference,
    /// The field's path.
    pub path: String,
    /// The field's line, counted from 1.
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
    /// Scalars for registry and repository, tag and digest.
    Parts {
        /// The registry's host, where the object has the field.
        registry: Option<Spot>,
        /// The repository.
        repository: Spot,
        /// The tag, where the object has the field.
        tag: Option<Spot>,
        /// The digest, where the object has the field.
        digest: Option<Spot>,
    },
}

/// What was read of a field.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made")]
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
    /// [`Skip`] when there is none that could be worked on.
    pub fn read(found: Found<'_>) -> Result<Read, Skip<'_>> {
        match found {
            Found::Whole(view) => {
                let text = text(&view)?;
                let spot = view.spot().ok_or_else(|| no_text(&view))?;
                Self::of_text(text, &view, Target::Whole(spot))
            }
            Found::Parts { registry, repository, tag, digest } => {
                let name = text(&repository)?;
                let part = |view: &Option<View<'_>>| {
                    view.as_ref().and_then(View::scalar).filter(|text| !text.is_empty()).map(str::to_owned)
                };
                let mut whole =
                    part(&registry).map_or_else(|| name.to_owned(), |registry| format!("{registry}/{name}"));
                for (mark, text) in [(':', part(&tag)), ('@', part(&digest))] {
                    if let Some(text) = text {
                        whole.push(mark);
                        whole.push_str(&text);
                    }
                }
                let spot = |view: &Option<View<'_>>| view.as_ref().and_then(View::spot);
                let target = Target::Parts {
                    registry: spot(&registry),
                    repository: repository.spot().ok_or_else(|| no_text(&repository))?,
                    tag: spot(&tag),
                    digest: spot(&digest),
                };
                let parts = [Some(&repository), registry.as_ref(), tag.as_ref(), digest.as_ref()];
                let shared = parts.into_iter().flatten().find_map(shown_elsewhere);
                Ok(match Self::of_text(&whole, &repository, target)? {
                    Read::Image(image) => Read::Image(Self { shared, ..image }),
                    hidden @ Read::Hidden(_) => hidden,
                })
            }
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

    /// The edits that make the field say `new`. `None` when its parts have no place for what `new` says.
    #[must_use]
    pub fn edits(&self, new: &Reference) -> Option<Vec<Edit>> {
        match &self.target {
            Target::Whole(spot) => Some(vec![spot.replace(new.as_written())]),
            Target::Parts { registry, repository, digest, .. } => {
                let name = new.name_as_written();
                let mut edits = match (registry, name.split_once('/')) {
                    (Some(spot), Some((host, path))) => vec![spot.replace(host), repository.replace(path)],
                    _ => vec![repository.replace(name)],
                };
                if new.suffix() != self.reference.suffix() {
                    edits.push(digest.as_ref()?.replace(new.digest()?.as_str()));
                }
                Some(edits)
            }
        }
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

fn text<'v, 'a>(view: &'v View<'a>) -> Result<&'a str, Skip<'a>>
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

fn no_text<'a>(view: &View<'a>) -> Skip<'a> {
    let message = format!("the image is {}; expected a string. It was left alone", view.what());
    (Severity::Warning, Code::InvalidReference, message, view.clone())
}
