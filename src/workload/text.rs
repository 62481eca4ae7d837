//! Images within longer texts: after a scheme or a flag, several in one scalar, in base64.

use std::ops::Range;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config::{Prefix, Separator};
use crate::yaml::{Edit, Span, Spot, View, inside};

/// The schemes that stand before references where an API has several kinds of sources (Flux, Istio, KubeVirt). They are no part of the reference
/// and stay.
const SCHEMES: [&str; 2] = ["oci://", "docker://"];

/// How a scalar spells its text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// As it is.
    Plain,
    /// In base64, as in the `data` of a Secret.
    Base64,
}

impl Encoding {
    /// The text of a scalar's value. `None` where it is no base64 of text.
    #[must_use]
    pub fn decode(self, value: &str) -> Option<String> {
        match self {
            Self::Plain => Some(value.to_owned()),
            Self::Base64 => {
                let base64: String = value.chars().filter(|char| !char.is_ascii_whitespace()).collect();
                String::from_utf8(STANDARD.decode(base64).ok()?).ok()
            }
        }
    }

    /// The value of a scalar that says `text`.
    #[must_use]
    pub fn encode(self, text: String) -> String {
        match self {
            Self::Plain => text,
            Self::Base64 => STANDARD.encode(text),
        }
    }
}

/// A scalar whose text has images in it.
#[derive(Clone, Debug)]
pub struct Text {
    spot: Spot,
    encoding: Encoding,
    /// The value in the manifest.
    value: String,
    /// What it says.
    text: String,
}

/// An image in a text.
#[derive(Clone, Debug)]
pub struct Excerpt {
    text: Arc<Text>,
    range: Range<usize>,
    /// The bytes of the manifest that spell it. `None`: an alias or base64 does, as a whole.
    spelled: Option<Span>,
}

impl Text {
    /// The images at `ranges` of the text of a scalar. `None` where it is no scalar, or is spelled so that they can't be told apart.
    #[must_use]
    pub fn excerpts(
        view: &View<'_>,
        encoding: Encoding,
        text: String,
        ranges: Vec<Range<usize>>,
    ) -> Option<Vec<Excerpt>> {
        // One behind the other, each a part of the text: what is between them is never lost.
        ranges.iter().try_fold(0, |at, range| {
            let _between = (text.get(at..range.start)?, text.get(range.clone())?);
            Some(range.end)
        })?;
        let (spot, value) = (view.spot()?, view.scalar()?.to_owned());
        let spelled = if encoding == Encoding::Plain && !spot.is_alias() {
            inside::locate(view, &ranges)?.into_iter().map(Some).collect()
        } else {
            vec![None; ranges.len()]
        };
        let text = Arc::new(Self { spot, encoding, value, text });
        let excerpts = ranges.into_iter().zip(spelled);
        Some(excerpts.map(|(range, spelled)| Excerpt { text: Arc::clone(&text), range, spelled }).collect())
    }

    /// The place of the scalar.
    #[must_use]
    pub fn spot(&self) -> &Spot {
        &self.spot
    }

    /// The value in the manifest.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The value with other texts in the place of these, which are sorted and disjoint.
    #[must_use]
    pub fn with<'e>(&self, changes: impl Iterator<Item = (&'e Excerpt, &'e str)>) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for (excerpt, new) in changes {
            text.push_str(Span::new(at, excerpt.range.start).of(&self.text));
            text.push_str(new);
            at = excerpt.range.end;
        }
        text.push_str(Span::new(at, self.text.len()).of(&self.text));
        self.encoding.encode(text)
    }
}

impl Excerpt {
    /// What it says.
    #[must_use]
    pub fn as_str(&self) -> &str {
        Span::new(self.range.start, self.range.end).of(&self.text.text)
    }

    /// What it is in.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// Where in the text it begins.
    #[must_use]
    pub fn start(&self) -> usize {
        self.range.start
    }

    /// Where the manifest spells it.
    #[must_use]
    pub fn spelled(&self) -> Option<Span> {
        self.spelled
    }

    /// The edit of these bytes alone. `None` where only the whole scalar can be written anew.
    #[must_use]
    pub fn replace(&self, new: &str) -> Option<Edit> {
        self.text.spot.replace_part(self.spelled?, self.as_str(), new)
    }
}

/// The scheme before a reference, or nothing.
#[must_use]
pub fn scheme(text: &str) -> &'static str {
    SCHEMES.into_iter().find(|scheme| text.starts_with(scheme)).unwrap_or_default()
}

/// The images in a text: behind `prefix` in each of its parts.
#[must_use]
pub fn images(text: &str, prefix: Option<&Prefix>, split: Option<Separator>) -> Vec<Range<usize>> {
    parts(text, split)
        .filter_map(|part| {
            let image = match prefix {
                Some(prefix) => prefix.strip(part)?,
                None => part,
            };
            let image = bare(image);
            let image = image.strip_prefix(scheme(image)).unwrap_or(image);
            // It is a part of `text`, so this is where it stands.
            let start = image.as_ptr().addr() - text.as_ptr().addr();
            (!image.is_empty()).then(|| start..start + image.len())
        })
        .collect()
}

fn parts(text: &str, split: Option<Separator>) -> Box<dyn Iterator<Item = &str> + '_> {
    match split {
        None => Box::new(std::iter::once(text.trim())),
        Some(Separator::Lines) => {
            Box::new(text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')))
        }
        Some(Separator::Commas) => Box::new(text.split(',').map(str::trim).filter(|part| !part.is_empty())),
        Some(Separator::Spaces) => Box::new(text.split_whitespace()),
    }
}

/// Without the quotes around it, and what separates it from the next: a text may be YAML or JSON in its turn.
fn bare(text: &str) -> &str {
    let text = text.trim().trim_end_matches([',', ';']);
    let quoted = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    quoted.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, prefix: &str, split: Option<Separator>) -> Vec<String> {
        let prefix = (!prefix.is_empty()).then(|| Prefix::parse(prefix).unwrap());
        images(text, prefix.as_ref(), split).into_iter().map(|range| text.get(range).unwrap().to_owned()).collect()
    }

    #[test]
    fn every_image_of_a_text_is_found() {
        use Separator::{Commas, Lines, Spaces};
        for (text, prefix, split, expected) in [
            ("--image=a/b:1", "--image=", None, vec!["a/b:1"]),
            ("--image=\"a/b:1\"", "--image=", None, vec!["a/b:1"]),
            ("--v=2", "--image=", None, vec![]),
            ("--image=", "--image=", None, vec![]),
            ("oci://a/b:1", "", None, vec!["a/b:1"]),
            ("url=docker://a/b:1", "url=", None, vec!["a/b:1"]),
            ("1=a:1\n\n# 2=x\n 3=b:1\r\n", "*=", Some(Lines), vec!["a:1", "b:1"]),
            ("a:1, b:1,", "", Some(Commas), vec!["a:1", "b:1"]),
            ("a:1  b:1\n", "", Some(Spaces), vec!["a:1", "b:1"]),
            ("{\n  \"image\": \"a/b:1\",\n  \"n\": 1\n}", "\"image\":", Some(Lines), vec!["a/b:1"]),
            ("- image: 'a/b:1'\n", "*image:", Some(Lines), vec!["a/b:1"]),
        ] {
            assert_eq!(found(text, prefix, split), expected, "{text}");
        }
    }

    #[test]
    fn base64_is_text_or_nothing() {
        assert_eq!(Encoding::Base64.decode("YS9i\nOjE=").as_deref(), Some("a/b:1"));
        assert_eq!((Encoding::Base64.decode("a/b:1"), Encoding::Base64.decode("/w==")), (None, None));
    }
}
