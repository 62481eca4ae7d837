//! References in texts: a value, an argument behind a flag, a line of a configuration file.
//!
//! A text is only looked at where it has a slash, for an image without one is on Docker Hub's `library`, where nothing is private. What stands
//! around the slash, up to characters that no reference has, is read as a reference.

use crate::image::Reference;

/// A reference, and where in the text it stands.
#[derive(Debug)]
pub(super) struct Mention<'t> {
    /// The reference, without a scheme.
    pub(super) reference: Reference,
    /// The text before it, its scheme left out.
    pub(super) before: &'t str,
    /// The text behind it.
    pub(super) after: &'t str,
}

/// The schemes that some fields have before a reference (Flux, Helm, skopeo).
pub(super) const SCHEMES: [&str; 2] = ["oci://", "docker://"];

/// The references in a text, from the left.
pub(super) fn mentions(text: &str) -> impl Iterator<Item = Mention<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(from..)?;
            let slash = from + rest.bytes().position(|byte| byte == b'/')?;
            let start =
                text.get(from..slash)?.bytes().rposition(|byte| !is_part(byte)).map_or(from, |at| from + at + 1);
            let length = text.get(slash..)?.bytes().position(|byte| !is_part(byte));
            let end = length.map_or(text.len(), |length| slash + length);
            from = end;
            if let Some(found) = mention(text, start, end) {
                return Some(found);
            }
        }
    })
}

fn mention(text: &str, start: usize, end: usize) -> Option<Mention<'_>> {
    let (word, after) = text.get(start..)?.split_at_checked(end - start)?;
    let scheme = SCHEMES.iter().find(|scheme| word.starts_with(**scheme)).map_or(0, |scheme| scheme.len());
    let word = word.get(scheme..)?;
    if !word.starts_with(|first: char| first.is_ascii_alphanumeric()) || word.contains("//") {
        return None;
    }
    let name = match word.strip_suffix([':', '@']) {
        // A placeholder in the place of tag or digest hides nothing: the name decides.
        Some(name) if after.starts_with(['$', '{']) => name,
        _ if after.starts_with(['*', '?', '$', '{', '<', '%', '\\']) => return None,
        // The end of a sentence, or of a key.
        _ => word.trim_end_matches(['.', ':', '-', '_']),
    };
    let reference = Reference::parse(name).ok()?;
    let after = text.get(start + scheme + name.len()..)?;
    Some(Mention { reference, before: text.get(..start)?, after })
}

/// The characters that references and schemes are made of. Others of words go with them, so that no part of a word is taken for a reference.
fn is_part(byte: u8) -> bool {
    !byte.is_ascii() || byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':' | b'@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_between_what_is_not_theirs() {
        for (text, expected) in [
            ("ghcr.io/acme/app:1", &["ghcr.io/acme/app:1"][..]),
            ("--image=ghcr.io/acme/app:1", &["ghcr.io/acme/app:1"]),
            ("--images=a.io/x:1,b.io/y", &["a.io/x:1", "b.io/y"]),
            (
                "3.8.0=ghcr.io/acme/kafka:3.8.0\n3.9.0=acme/kafka:3.9.0\n",
                &["ghcr.io/acme/kafka:3.8.0", "acme/kafka:3.9.0"],
            ),
            (r#"{"image": "ghcr.io/acme/app:1"}"#, &["ghcr.io/acme/app:1"]),
            ("run ghcr.io/acme/app:1.", &["ghcr.io/acme/app:1"]),
            ("oci://ghcr.io/acme/chart", &["ghcr.io/acme/chart"]),
            ("image: docker://registry.corp:5000/app@", &[]),
            ("ghcr.io/acme/app:${TAG}", &["ghcr.io/acme/app"]),
            ("ghcr.io/acme/${APP}", &[]),
            ("ghcr.io/acme/* ghcr.io/acme/a*", &[]),
            ("https://ghcr.io/acme/app", &[]),
            ("/var/lib/app ./a/b ../c a//b", &[]),
            ("ghcr.io/acme/", &[]),
            ("user@ghcr.io/acme/app", &[]),
            ("no slash: at all", &[]),
            ("ghcr.io/ac\u{e9}me/app:1", &[]),
            ("/", &[]),
            ("", &[]),
        ] {
            let found: Vec<String> = mentions(text).map(|mention| mention.reference.to_string()).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_is_around_a_reference_is_known() {
        let found = mentions("--a=oci://ghcr.io/acme/app:1;").next().unwrap();
        assert_eq!((found.before, found.after), ("--a=", ";"));
    }
}
