//! Texts in an image field that another program fills in before a kubelet sees them.

use std::fmt;

/// What kind of placeholder a text is or has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placeholder {
    /// Nothing, or blanks: a webhook or controller sets the image.
    Empty,
    /// `{{…}}`, `{%…%}`, `<%…%>`: Helm, KOTS, Argo Workflows, Jinja, ERB.
    Template,
    /// `$(NAME)`: kustomize vars, Tekton parameters, MSBuild-like tools.
    Parameter,
    /// `${NAME}`, `$NAME`: envsubst, Flux's post-build substitution.
    Variable,
    /// `ENC[…]`: a value that SOPS encrypted.
    Encrypted,
    /// `ko://…`: a Go import path that ko builds.
    Ko,
    /// `{NAME}`: Bazel's stamping, which kustomize allows in tags.
    Stamp,
}

/// The placeholder in `text`, if it has one. None of them can be in a reference, so no image is lost by this.
pub fn placeholder(text: &str) -> Option<Placeholder> {
    let trimmed = text.trim();
    let encloses = |open, close| trimmed.split_once(open).is_some_and(|(_, rest): (&str, &str)| rest.contains(close));
    if trimmed.is_empty() {
        Some(Placeholder::Empty)
    } else if trimmed.starts_with("ENC[") && trimmed.ends_with(']') {
        Some(Placeholder::Encrypted)
    } else if trimmed.starts_with("ko://") {
        Some(Placeholder::Ko)
    } else if encloses("{{", "}}") || encloses("{%", "%}") || encloses("<%", "%>") {
        Some(Placeholder::Template)
    } else if encloses("$(", ")") {
        Some(Placeholder::Parameter)
    } else if encloses("${", "}") || has_bare_variable(trimmed) {
        Some(Placeholder::Variable)
    } else if encloses("{", "}") {
        Some(Placeholder::Stamp)
    } else {
        None
    }
}

/// `$NAME`, as shells write it.
fn has_bare_variable(text: &str) -> bool {
    text.split('$').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Placeholder::Empty => "empty",
            Placeholder::Template => "a template, {{…}}",
            Placeholder::Parameter => "a parameter, $(…)",
            Placeholder::Variable => "a variable, ${…}",
            Placeholder::Encrypted => "an encrypted value, ENC[…]",
            Placeholder::Ko => "an import path for ko, ko://…",
            Placeholder::Stamp => "a build stamp, {…}",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Reference;

    #[test]
    fn every_kind_is_known() {
        for (text, kind) in [
            ("", Placeholder::Empty),
            (" \t", Placeholder::Empty),
            ("{{ .Values.image }}", Placeholder::Template),
            ("repo/app:{{ .Values.tag }}", Placeholder::Template),
            ("repl{{ ConfigOption \"image\" }}", Placeholder::Template),
            ("{{repl LocalRegistryHost }}/app:1", Placeholder::Template),
            ("{{inputs.parameters.image}}", Placeholder::Template),
            ("{% image %}", Placeholder::Template),
            ("<%= image %>", Placeholder::Template),
            ("${{ github.sha }}", Placeholder::Template),
            ("$(IMAGE)", Placeholder::Parameter),
            ("$(params.image):1", Placeholder::Parameter),
            ("${IMAGE}", Placeholder::Variable),
            ("ghcr.io/acme/app:${TAG:=latest}", Placeholder::Variable),
            ("$IMAGE", Placeholder::Variable),
            ("nginx:$TAG", Placeholder::Variable),
            ("ENC[AES256_GCM,data:abc]", Placeholder::Encrypted),
            ("ko://github.com/acme/app/cmd/api", Placeholder::Ko),
            ("ghcr.io/acme/app:{STABLE_COMMIT}", Placeholder::Stamp),
            ("#{Image}#", Placeholder::Stamp),
        ] {
            assert_eq!(placeholder(text), Some(kind), "{text:?}");
            assert!(Reference::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn mistakes_and_references_are_no_placeholders() {
        for text in [
            "nginx",
            "ghcr.io/acme/app:1.0@sha256:abc",
            "auto",
            "IMAGE",
            "${IMAGE",
            "{{ .Values.image",
            "$(IMAGE",
            "price$",
            "$1",
            "ENC[",
            "docker://nginx",
        ] {
            assert_eq!(placeholder(text), None, "{text:?}");
        }
    }

    #[test]
    fn each_kind_has_a_name() {
        assert_eq!(Placeholder::Parameter.to_string(), "a parameter, $(…)");
        assert_eq!(Placeholder::Empty.to_string(), "empty");
    }
}
