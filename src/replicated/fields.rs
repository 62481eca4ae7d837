//! Fields of Replicated's objects, read one by one: a bad one is noted, counts as absent, and does not hide the others.

use crate::image::Reference;
use crate::yaml::{Fault, Span, View};

use super::Place;

/// A field that can't be used. No text of it is ever in here: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The object.
    pub place: Place,
    /// The field, `spec.licenseID`.
    pub path: String,
    /// Where it stands, or where the object does that lacks it.
    pub span: Span,
    /// What was found and what was expected.
    pub message: String,
}

/// Reads the fields of one object and keeps what is wrong with them.
#[derive(Debug)]
pub(super) struct Fields<'p> {
    place: Place,
    problems: &'p mut Vec<FieldProblem>,
}

impl<'p> Fields<'p> {
    pub(super) fn of(place: Place, problems: &'p mut Vec<FieldProblem>) -> Self {
        Self { place, problems }
    }

    /// The text of a string; anything else is noted.
    pub(super) fn string<'a>(&mut self, view: &View<'a>) -> Option<&'a str> {
        if view.text().is_none() {
            self.unexpected(view, "a string");
        }
        view.text()
    }

    /// A string that may be left out. Null is absent, as it is for Go; so is the empty string, which is what KOTS writes for "none".
    pub(super) fn text<'a>(&mut self, within: &View<'a>, keys: &[&str]) -> Result<Option<&'a str>, Fault> {
        let view = within.at(keys)?.filter(|view| !view.is_null());
        Ok(view.and_then(|view| self.string(&view)).filter(|text| !text.is_empty()))
    }

    /// `true` or `false`; absent is false.
    pub(super) fn flag(&mut self, within: &View<'_>, keys: &[&str]) -> Result<bool, Fault> {
        let Some(view) = within.at(keys)? else { return Ok(false) };
        let value = if view.text().is_none() { view.scalar() } else { None };
        match value {
            Some("true" | "True" | "TRUE") => return Ok(true),
            Some("false" | "False" | "FALSE") => {}
            _ if view.is_null() => {}
            _ => self.unexpected(&view, "true or false"),
        }
        Ok(false)
    }

    /// A list of strings.
    pub(super) fn texts(&mut self, within: &View<'_>, keys: &[&str]) -> Result<Vec<String>, Fault> {
        let mut texts = Vec::new();
        for item in self.items(within, keys)? {
            texts.extend(self.string(&item).map(str::to_owned));
        }
        Ok(texts)
    }

    /// The items of a list.
    pub(super) fn items<'a>(&mut self, within: &View<'a>, keys: &[&str]) -> Result<Vec<View<'a>>, Fault> {
        let Some(view) = within.at(keys)? else { return Ok(Vec::new()) };
        if !view.is_sequence() && !view.is_null() {
            self.unexpected(&view, "a list");
        }
        view.items()
    }

    /// A host with an optional port, in lower case.
    pub(super) fn host(&mut self, within: &View<'_>, keys: &[&str]) -> Result<Option<String>, Fault> {
        let Some(text) = self.text(within, keys)? else { return Ok(None) };
        let host = host(text);
        if let (None, Some(view)) = (&host, within.at(keys)?) {
            self.note(
                &view,
                "this is not a host name: expected one such as `images.acme.example`, without scheme \
                or path",
            );
        }
        Ok(host)
    }

    pub(super) fn note(&mut self, view: &View<'_>, message: impl Into<String>) {
        self.note_at(view, view.path().to_string(), message);
    }

    /// A required field that `within`, or what should hold it, does not have.
    pub(super) fn missing(&mut self, within: &View<'_>, path: &str, message: &str) {
        self.note_at(within, path.to_owned(), message);
    }

    fn unexpected(&mut self, view: &View<'_>, expected: &str) {
        self.note(view, format!("expected {expected}, found {}", view.what()));
    }

    fn note_at(&mut self, view: &View<'_>, path: String, message: impl Into<String>) {
        let message = message.into();
        self.problems.push(FieldProblem { place: self.place, path, span: view.span(), message });
    }
}

/// The text as a registry host in lower case, `images.acme.example` or `registry.corp:5000`. None for what an image reference
/// could not begin with: a scheme, a path, a name without a dot, which would be read as a repository on Docker Hub.
#[must_use]
pub fn host(text: &str) -> Option<String> {
    let host = text.trim().to_ascii_lowercase();
    let reference = Reference::parse(&format!("{host}/repository")).ok()?;
    (reference.domain() == host && reference.tag().is_none()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_what_a_reference_can_begin_with() {
        for (text, wanted) in [
            ("Images.acme.example", Some("images.acme.example")),
            (" registry.corp:5000\n", Some("registry.corp:5000")),
            ("localhost", Some("localhost")),
            ("[::1]:5000", Some("[::1]:5000")),
            ("images", None),
            ("https://images.acme.example", None),
            ("images.acme.example/", None),
            ("images.acme.example/proxy", None),
            ("user@images.acme.example", None),
            ("repl{{ Host }}", None),
            ("", None),
        ] {
            assert_eq!(host(text).as_deref(), wanted, "{text}");
        }
    }
}
