//! What is wrong with a value, in a sentence that shows no more of the value than is safe.

use crate::yaml::{Span, View};

/// A message quotes this many characters of a value and no more: a user may have pasted a secret.
const LONGEST_QUOTE: usize = 40;
/// A value below a key with one of these words is not quoted at all. `licen` is in both spellings of license.
const SECRETIVE: [&str; 6] = ["password", "passwd", "token", "auth", "licen", "secretkey"];

/// What is wrong with a value, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The field, as in `spec.proxies[0].harbor.host`.
    pub path: String,
    /// The bytes to point at.
    pub span: Span,
    /// What was found, what was expected, what to do next.
    pub message: String,
    /// For an unknown field: where it is, and its name.
    unknown: Option<(String, String)>,
}

impl Problem {
    /// A problem of the value at `view`. What `message` quotes (between backquotes) is cut to 40 characters, loses the
    /// user of a URL, and is taken out where the key says that the value may be secret.
    #[must_use]
    pub fn new(view: &View<'_>, message: &str) -> Self {
        let path = view.path().to_string();
        let secret = if is_secretive(&path) { view.scalar() } else { None };
        Self { path, span: view.span(), message: guarded(message, secret), unknown: None }
    }

    /// A problem of the field at `path` that has nothing to do with its value, such as an unknown key, which `view` is, or a field that
    /// is not there, where `view` is the last thing on the way.
    #[must_use]
    pub fn at(path: String, view: &View<'_>, message: &str) -> Self {
        Self { path, span: view.span(), message: guarded(message, None), unknown: None }
    }
}

impl Problem {
    pub(super) fn with_unknown_field(self, path: &str, name: &str) -> Self {
        Self { unknown: Some((path.to_owned(), name.to_owned())), ..self }
    }

    /// The path that has an unknown field, and the field's name, if that is the problem.
    #[must_use]
    pub fn unknown_field(&self) -> Option<(&str, &str)> {
        self.unknown.as_ref().map(|(path, name)| (path.as_str(), name.as_str()))
    }
}

/// Whether a path has a key whose value may be secret.
fn is_secretive(path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace(['-', '_'], "");
    SECRETIVE.iter().any(|word| path.contains(word))
}

/// The message with every quotation made safe. Backquotes come in pairs; a value with one of its own only moves where a quotation
/// ends, so whatever is between two of them is treated as quoted, and an unpaired rest as well.
fn guarded(message: &str, secret: Option<&str>) -> String {
    let pieces: Vec<&str> = message.split('`').collect();
    let paired = pieces.len() % 2 == 1;
    let mut text = String::with_capacity(message.len());
    for (index, piece) in pieces.iter().enumerate() {
        let quoted = index % 2 == 1;
        if index > 0 {
            text.push('`');
        }
        match secret {
            Some(secret) if quoted && !piece.is_empty() && secret.contains(piece) => text.push('…'),
            Some(secret) if !secret.is_empty() && piece.contains(secret) => text.push_str(&piece.replace(secret, "…")),
            _ if quoted || !paired => text.push_str(&shown(piece)),
            _ => text.push_str(piece),
        }
    }
    text
}

/// At most [`LONGEST_QUOTE`] characters on one line, without the user of a URL.
fn shown(value: &str) -> String {
    let (scheme, rest) = value.split_once("://").unwrap_or(("", value));
    let without_user = match rest.rsplit_once('@') {
        Some((_, host)) if !scheme.is_empty() => Some(format!("{scheme}://…@{host}")),
        Some((user, host)) if user.contains(':') && !is_digest(host) => Some(format!("…@{host}")),
        _ => None,
    };
    let value = without_user.as_deref().unwrap_or(value);
    let mut text: String =
        value.chars().take(LONGEST_QUOTE).map(|char| if char.is_control() { ' ' } else { char }).collect();
    if value.chars().nth(LONGEST_QUOTE).is_some() {
        text.push('…');
    }
    text
}

/// Whether what stands behind an `@` is a digest, and what stands before it an image.
fn is_digest(text: &str) -> bool {
    text.starts_with('*') || text.starts_with("sha") && text.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_forty_characters_and_no_user() {
        let long = "x".repeat(41);
        assert_eq!(guarded(&format!("`{long}` is no host"), None), format!("`{}…` is no host", "x".repeat(40)));
        assert_eq!(guarded("`https://me:pw@h/a` has a scheme", None), "`https://…@h/a` has a scheme");
        assert_eq!(guarded("write `me:pw@h`", None), "write `…@h`");
        assert_eq!(guarded("`a/b:1@sha256:0a`", None), "`a/b:1@sha256:0a`");
        assert_eq!(guarded("`a\nb` is bad; write `b`", None), "`a b` is bad; write `b`");
    }

    #[test]
    fn a_value_with_backquotes_hides_nothing() {
        let long = "x".repeat(60);
        let message = guarded(&format!("`a`{long}` is bad"), None);
        assert!(!message.contains(&long), "{message}");
    }

    #[test]
    fn shows_nothing_of_a_secret() {
        assert_eq!(guarded("`hunter2/x` is bad; write `hunter2`", Some("hunter2/x")), "`…` is bad; write `…`");
        assert_eq!(guarded("hunter2 is bad", Some("hunter2")), "… is bad");
        for path in ["data.password", "data.license_id", "data.licence", "x.licenseID", "x.authToken", "data.PASSWD"] {
            assert!(is_secretive(path), "{path}");
        }
        assert!(!is_secretive("spec.proxies[0].harbor.host"));
    }
}
