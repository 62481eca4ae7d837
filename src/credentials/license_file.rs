//! The license file that a customer downloads.

use crate::replicated::{License, Place, ReplicatedObjects};
use crate::yaml::parse::{self, Split};
use crate::yaml::{Fault, line};

/// The license in a file that holds one and nothing else. No word of the file is in a message: the parser's own would quote it.
pub(super) fn parse(text: &str) -> Result<License, Vec<String>> {
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
        return Err(vec![format!("the file has {documents} documents: expected one License")]);
    }
    if objects.licenses.is_empty() && !objects.problems.is_empty() {
        let problems = objects.problems.iter();
        let messages = problems.map(|it| format!("{} in line {}: {}", it.path, line(text, it.span.start), it.message));
        return Err(messages.collect());
    }
    objects.licenses.pop().ok_or_else(|| {
        vec!["the file is no license: expected one object of kind License and apiVersion kots.io/v1beta1 or kots.io/v1beta2".to_owned()]
    })
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
            Self::Yaml(error) => format!("line {}, column {} of the file is no YAML", error.line, error.column),
            Self::Object(Fault::DuplicateKey { first, second, .. }) => {
                format!("the same key stands in lines {} and {} of the file", line(text, *first), line(text, *second))
            }
            Self::Object(Fault::TooManyAliases { at }) => format!("aliases without end in line {}", line(text, *at)),
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
            assert_eq!(parse(&text).unwrap().app, "my-app");
        }
    }

    #[test]
    fn anything_else_is_an_error_that_quotes_nothing() {
        for (text, says) in [
            (String::new(), "is no license"),
            (format!("{LICENSE}---\n{LICENSE}"), "has 2 documents"),
            (LICENSE.replace("License\n", "Config\n"), "is no license"),
            (LICENSE.replace("kots.io/v1beta1", "v1"), "is no license"),
            (LICENSE.replace("licenseID:", "hunter2:"), "spec.licenseID in line 4"),
            (LICENSE.replace("hunter2", "[hunter2]"), "spec.licenseID in line 5: expected a string, found a list"),
            (LICENSE.replace("hunter2", "hunter2 and more"), "one word"),
            (format!("{LICENSE}  licenseID: hunter2\n"), "lines 5 and 6"),
            (format!("{LICENSE}  *hunter2\n"), "no YAML"),
            ("hunter2".to_owned(), "is no license"),
            ("hunter2: [".to_owned(), "no YAML"),
        ] {
            let messages = parse(&text).unwrap_err();
            assert!(messages.len() == 1 && messages[0].contains(says), "{messages:?}");
            assert!(!messages[0].contains("hunter2"), "{messages:?}");
        }
    }
}
