//! The licence file that a customer downloads.

use crate::krm::replicated::{License, Place, ReplicatedObjects};
use crate::yaml::parse::{self, Split};
use crate::yaml::{Fault, line};

/// The licence in a file that holds one and nothing else. No word of the file is in a message: the parser's own would quote it.
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
        vec!["the file is no licence: expected one object of kind License and apiVersion kots.io/v1beta1 or kots.io/v1beta2".to_owned()]
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
