//! The license that a customer downloads, in a file or in a variable.

use crate::replicated::{License, LicenseSource, Place, ReplicatedObjects};
use crate::yaml::parse::{self, Split};
use crate::yaml::{Fault, line};

/// The license in a text that holds one and nothing else, and what is wrong with its fields. No word of the text is in a message: the
/// parser's own would quote it.
pub(super) fn parse(text: &str, variable: &'static str) -> Result<(License, Vec<String>), Vec<String>> {
    let mut objects = ReplicatedObjects::default();
    let mut documents = 0;
    let read = parse::objects(
        text,
        |_| Split::Whole,
        |_, tree| {
            let view = tree.view();
            if view.is_null() {
                return Ok(());
            }
            documents += 1;
            objects.read(&view, Place(0)).map(drop).map_err(Problem::Object)
        },
    );
    if let Err(problem) = read {
        return Err(vec![problem.message(text)]);
    }
    if documents > 1 {
        return Err(vec![format!("it has {documents} documents: expected one License")]);
    }
    let problems = objects.problems.iter();
    let problems = problems.map(|it| format!("{} on line {}: {}", it.path, line(text, it.span.start), it.message));
    let mut problems: Vec<String> = problems.collect();
    match objects.licenses.pop() {
        Some(license) => Ok((License { source: LicenseSource::Variable(variable), ..license }, problems)),
        None => {
            if problems.is_empty() {
                problems.push("it is not a license: expected one object of kind License and apiVersion kots.io/v1beta1 or kots.io/v1beta2".to_owned());
            }
            Err(problems)
        }
    }
}

enum Problem {
    Yaml(parse::Error),
    Object(Fault),
}

impl From<parse::Error> for Problem {
    fn from(error: parse::Error) -> Self {
        Self::Yaml(error)
    }
}

impl Problem {
    fn message(&self, text: &str) -> String {
        match self {
            Self::Yaml(error) => format!("line {}, column {} is not valid YAML", error.line, error.column),
            Self::Object(Fault::DuplicateKey { first, second, .. }) => {
                format!("the same key appears on lines {} and {}", line(text, *first), line(text, *second))
            }
            Self::Object(Fault::TooManyAliases { at }) => format!("endless YAML aliases on line {}", line(text, *at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LICENSE: &str =
        "apiVersion: kots.io/v1beta1\nkind: License\nspec:\n  appSlug: my-app\n  licenseID: hunter2\n";

    #[test]
    fn one_license_with_comments_and_empty_documents_around_it() {
        for text in [LICENSE.to_owned(), format!("# mine\n---\n{LICENSE}---\n")] {
            let (license, problems) = parse(&text, "VARIABLE").unwrap();
            assert_eq!((license.app.as_str(), problems.len()), ("my-app", 0));
            assert_eq!(license.source.to_string(), "in VARIABLE");
        }
    }

    #[test]
    fn what_is_wrong_with_a_license_that_can_be_used_is_said() {
        let text = LICENSE.to_owned() + "  entitlements: {expires_at: {value: hunter3}}\n";
        let (license, problems) = parse(&text, "VARIABLE").unwrap();
        assert_eq!(license.expires, None);
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(
            problem.starts_with("spec.entitlements.expires_at.value on line 6: this is not a date and time"),
            "{problem}"
        );
    }

    #[test]
    fn anything_else_is_an_error_that_quotes_nothing() {
        for (text, says) in [
            (String::new(), "is not a license"),
            (format!("{LICENSE}---\n{LICENSE}"), "has 2 documents"),
            (LICENSE.replace("License\n", "Config\n"), "is not a license"),
            (LICENSE.replace("kots.io/v1beta1", "v1"), "is not a license"),
            (LICENSE.replace("licenseID:", "hunter2:"), "spec.licenseID on line 4"),
            (LICENSE.replace("hunter2", "[hunter2]"), "spec.licenseID on line 5: expected a string, found a list"),
            (LICENSE.replace("hunter2", "hunter2 and more"), "contains spaces"),
            (format!("{LICENSE}  licenseID: hunter2\n"), "lines 5 and 6"),
            (format!("{LICENSE}  *hunter2\n"), "not valid YAML"),
            ("hunter2".to_owned(), "is not a license"),
            ("hunter2: [".to_owned(), "not valid YAML"),
        ] {
            let messages = parse(&text, "VARIABLE").unwrap_err();
            assert!(messages.len() == 1 && messages[0].contains(says), "{messages:?}");
            assert!(!messages[0].contains("hunter2"), "{messages:?}");
        }
    }
}
