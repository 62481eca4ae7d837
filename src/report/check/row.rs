//! What is shown of one image, as texts that need no more thought.

use super::brief;
use crate::access::Access;
use crate::function::inspect::{Inspected, Place};
use crate::krm::Severity;
use crate::report::style::{Style, one_line};

/// The texts about an image.
pub(super) struct Row {
    pub(super) image: String,
    pub(super) access: Option<Access>,
    /// The text that the function writes instead.
    pub(super) becomes: Option<String>,
    pub(super) place: String,
    pub(super) why: String,
    pub(super) severity: Severity,
}

impl Row {
    pub(super) fn of(image: &Inspected, style: Style) -> Self {
        let place = match image.places.as_slice() {
            [] => String::new(),
            [only] => place(only),
            [first, rest @ ..] => format!("{} (+{})", place(first), rest.len()),
        };
        let shown = if image.image.is_empty() { "\"\"".to_owned() } else { one_line(&shortened(&image.image)) };
        Self {
            image: shown,
            access: image.verdict.as_ref().map(|verdict| verdict.access),
            becomes: image.becomes.as_deref().map(shortened),
            place: one_line(&place),
            why: one_line(&brief::why(image, style.verbose)),
            severity: image.severity,
        }
    }
}

/// A digest is as wide as a terminal; its beginning tells it from others. The JSON has all of it.
fn shortened(image: &str) -> String {
    const SHOWN: usize = 12;
    let whole = || image.to_owned();
    let Some((name, digest)) = image.rsplit_once('@') else { return whole() };
    match digest.split_once(':') {
        Some((algorithm, hex)) if hex.len() > SHOWN && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("{name}@{algorithm}:{}…", hex.chars().take(SHOWN).collect::<String>())
        }
        _ => whole(),
    }
}

fn place(place: &Place) -> String {
    match &place.file {
        Some(file) => format!("{}:{}", file.path, place.line),
        None => format!("line {}", place.line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_alone_are_shortened() {
        let hex = "7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa";
        for (image, shown) in [
            (format!("a/b:1@sha256:{hex}"), "a/b:1@sha256:7cc4b5aefd1d…"),
            (format!("a/b@sha512:{hex}{hex}"), "a/b@sha512:7cc4b5aefd1d…"),
            ("a/b@sha256:${DIGEST_OF_THE_IMAGE}".to_owned(), "a/b@sha256:${DIGEST_OF_THE_IMAGE}"),
            (hex.to_owned(), hex),
        ] {
            assert_eq!(shortened(&image), shown);
        }
    }
}
