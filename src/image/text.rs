//! What an image field says: a reference, one whose tag comes later, or nothing that tells which image it is.

use super::placeholder::{Placeholders, spans};
use super::reference::Reference;
use super::reference_error::{ReferenceError, presentable};

/// The text of an image field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ImageText {
    /// An image with a known name. Its tag and digest may be placeholders: see [`Reference::placeholders`].
    Image(Reference),
    /// Placeholders that hide the registry or the repository.
    Hidden {
        /// The text, as it may be shown.
        shown: String,
        /// What is in it.
        placeholders: Placeholders,
    },
}

impl ImageText {
    /// Reads the text of an image field.
    ///
    /// # Errors
    /// When it is no reference and has no placeholder that could become one.
    pub fn parse(text: &str) -> Result<ImageText, ReferenceError> {
        let Some(placeholders) = Placeholders::of(text) else {
            return Reference::parse(text).map(ImageText::Image);
        };
        Ok(match named(text, &placeholders) {
            Some(reference) => ImageText::Image(reference),
            None => ImageText::Hidden { shown: presentable(text), placeholders },
        })
    }

    /// The image, when its name is known.
    #[must_use]
    pub fn image(self) -> Option<Reference> {
        match self {
            ImageText::Image(reference) => Some(reference),
            ImageText::Hidden { .. } => None,
        }
    }
}

/// The reference when all placeholders stand behind its name.
///
/// The name ends at the `:` or `@` that the last segment before the first placeholder has. A slash behind it, outside of
/// placeholders, makes it a port; a blank there, nothing that could become a reference.
fn named(text: &str, placeholders: &Placeholders) -> Option<Reference> {
    let spans = spans(text);
    let (first, _) = spans.first()?;
    let before = text.get(..first.start)?;
    let segment = before.rfind('/').map_or(0, |slash| slash + 1);
    let name_end = segment + before.get(segment..)?.find([':', '@'])?;
    let mut at = name_end;
    let ends = spans.iter().map(|(span, _)| span.clone()).chain(std::iter::once(text.len()..text.len()));
    for span in ends {
        let literal = text.get(at..span.start)?;
        if literal.contains(|c: char| c == '/' || c.is_whitespace() || c.is_control()) {
            return None;
        }
        at = span.end;
    }
    Reference::later(text.get(..name_end)?, text.get(name_end..)?, placeholders.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa";

    #[test]
    fn a_placeholder_behind_the_name_hides_nothing_that_matters() {
        for (text, name, suffix) in [
            ("ghcr.io/acme/app:{{workflow.parameters.tag}}", "ghcr.io/acme/app", ":{{workflow.parameters.tag}}"),
            ("ghcr.io/acme/app:$(params.version)", "ghcr.io/acme/app", ":$(params.version)"),
            ("ghcr.io/acme/app:${TAG:=1/2}", "ghcr.io/acme/app", ":${TAG:=1/2}"),
            ("ghcr.io/acme/app:v1-${A}.${B}-x", "ghcr.io/acme/app", ":v1-${A}.${B}-x"),
            (
                "ghcr.io/acme/app:{{ .Values.tag | default \"a/b\" }}",
                "ghcr.io/acme/app",
                ":{{ .Values.tag | default \"a/b\" }}",
            ),
            ("ghcr.io/acme/app@${DIGEST}", "ghcr.io/acme/app", "@${DIGEST}"),
            ("ghcr.io/acme/app@sha256:{{digest}}", "ghcr.io/acme/app", "@sha256:{{digest}}"),
            ("ghcr.io/acme/app:1@{{digest}}", "ghcr.io/acme/app", ":1@{{digest}}"),
            ("ghcr.io/acme/app:$${TAG}", "ghcr.io/acme/app", ":$${TAG}"),
            ("ghcr.io/acme/app:#{Tag}#", "ghcr.io/acme/app", ":#{Tag}#"),
            ("ghcr.io/acme/app:repl{{ ConfigOption \"t\" }}", "ghcr.io/acme/app", ":repl{{ ConfigOption \"t\" }}"),
            (
                "ghcr.io/acme/app:ENC[AES256_GCM,data:a/b==,iv:c]",
                "ghcr.io/acme/app",
                ":ENC[AES256_GCM,data:a/b==,iv:c]",
            ),
            ("registry.corp:5000/app:$TAG", "registry.corp:5000/app", ":$TAG"),
            ("nginx:$TAG", "docker.io/library/nginx", ":$TAG"),
        ] {
            let Ok(ImageText::Image(reference)) = ImageText::parse(text) else { panic!("{text}") };
            assert_eq!((reference.name().as_str(), reference.suffix()), (name, suffix));
            assert_eq!(reference.as_written(), text);
            assert!(reference.placeholders().is_some());
            assert_eq!((reference.tag(), reference.digest(), reference.manifest_reference()), (None, None, None));
            assert!(Reference::parse(text).is_err());
        }
    }

    #[test]
    fn a_placeholder_that_hides_the_name_is_no_image() {
        for text in [
            "${IMAGE}",
            "{{ .Values.image }}:1",
            "${REGISTRY}/acme/app:1",
            "${REGISTRY}/acme/app:${TAG}",
            "ghcr.io/acme/${NAME}:7",
            "ghcr.io/acme/app${VARIANT}:7",
            "ghcr.io/acme/app${TAG}",
            "ghcr.io:${PORT}/acme/app",
            "ghcr.io:5${PORT}/acme/app:1",
            "ghcr.io/acme/app:${TAG}/x",
            "ghcr.io/acme/app:${TAG} # x",
            "ghcr.io/Acme/app:${TAG}",
            "#{Image}#",
            "oci://ghcr.io/acme/app:${TAG}",
            "ko://example.com/cmd",
            "",
            " ",
        ] {
            assert!(matches!(ImageText::parse(text), Ok(ImageText::Hidden { .. })), "{text}");
        }
    }

    #[test]
    fn a_written_digest_is_known_behind_a_tag_that_is_not() {
        let reference = ImageText::parse(&format!("nginx:${{TAG}}@{DIGEST}")).unwrap().image().unwrap();
        assert_eq!(reference.digest().unwrap().as_str(), DIGEST);
        assert_eq!(ImageText::parse("nginx:$TAG@sha256:ab").unwrap().image().unwrap().digest(), None);
    }

    #[test]
    fn a_name_changes_and_the_rest_stays() {
        let reference = ImageText::parse("nginx:{{ a / b }}").unwrap().image().unwrap();
        let renamed = reference.renamed("harbor.corp/hub/library/nginx").unwrap();
        assert_eq!(renamed.as_written(), "harbor.corp/hub/library/nginx:{{ a / b }}");
        assert_eq!(renamed.placeholders(), reference.placeholders());
        for name in ["a:1", "a/B", "", "a@sha256:ab"] {
            assert!(reference.renamed(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        for text in ["me:hunter2@ghcr.io/app:${TAG}", "https://me:hunter2@ghcr.io/${NAME}"] {
            let text = format!("{:?}", ImageText::parse(text));
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
