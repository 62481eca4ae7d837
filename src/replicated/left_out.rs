//! Objects that KOTS takes out of what it deploys, by their annotations.

use crate::krm::Resource;
use crate::yaml::Fault;

const EXCLUDE: &str = "kots.io/exclude";
const WHEN: &str = "kots.io/when";

/// The annotation, with its value, for which KOTS leaves an object out: `kots.io/exclude` that is true, or `kots.io/when` that is false.
/// Where both stand, `exclude` alone counts; a template that is not filled in excludes nothing (replicatedhq/kots `pkg/base/base.go`,
/// which stops at such a template).
///
/// # Errors
/// When one of the two appears twice.
pub fn left_out(resource: &Resource<'_>) -> Result<Option<String>, Fault> {
    let said = |name: &str, wanted: bool| {
        let value = resource.annotation(name)?;
        Ok::<_, Fault>(
            value
                .and_then(|text| Some((boolean(text)?, text)))
                .map(|(value, text)| (value == wanted).then(|| format!("{name}: {text}"))),
        )
    };
    match said(EXCLUDE, true)? {
        Some(answer) => Ok(answer),
        None => Ok(said(WHEN, false)?.flatten()),
    }
}

/// Go's `strconv.ParseBool`.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse::{Error, Split, objects};

    fn left_out_with(annotations: &str) -> Option<String> {
        let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a, annotations: {{{annotations}}}}}\n");
        let mut found = None;
        let read = objects(
            &text,
            |_| Split::Whole,
            |_, tree| {
                found = left_out(&Resource::read(tree.view()).unwrap().unwrap()).unwrap();
                Ok::<(), Error>(())
            },
        );
        read.unwrap();
        found
    }

    #[test]
    fn exclude_counts_before_when() {
        for (annotations, left_out) in [
            ("", None),
            ("kots.io/exclude: 'true'", Some("kots.io/exclude: true")),
            ("kots.io/exclude: true", Some("kots.io/exclude: true")),
            ("kots.io/exclude: '1'", Some("kots.io/exclude: 1")),
            ("kots.io/exclude: 'false'", None),
            ("kots.io/when: 'false'", Some("kots.io/when: false")),
            ("kots.io/when: 'F'", Some("kots.io/when: F")),
            ("kots.io/when: 'true'", None),
            ("kots.io/exclude: 'false', kots.io/when: 'false'", None),
            ("kots.io/exclude: 'true', kots.io/when: 'true'", Some("kots.io/exclude: true")),
            ("kots.io/exclude: 'repl{{ ConfigOption }}', kots.io/when: 'false'", Some("kots.io/when: false")),
            ("kots.io/when: 'repl{{ ConfigOption }}'", None),
            ("kots.io/exclude: yes", None),
        ] {
            assert_eq!(left_out_with(annotations).as_deref(), left_out, "{annotations}");
        }
    }
}
