//! Problems of a value as a whole, found after its fields were read: which combination is impossible, and where it stands.

use crate::yaml::View;
use crate::yaml::de::Problem;
use crate::yaml::path::Segment;

/// All that is wrong with a functionConfig, in the order of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problems(pub Vec<Problem>);

/// Collects problems by the paths of fields below `spec`.
pub(super) struct Checks<'a> {
    root: View<'a>,
    form: Form,
    problems: Vec<Problem>,
}

/// How the configuration is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `spec`: a tree.
    Tree,
    /// `data`: one mapping of strings, whose keys are the last names of the tree's.
    Flat,
}

impl<'a> Checks<'a> {
    pub(super) fn new(root: &View<'a>, form: Form) -> Self {
        Self { root: root.clone(), form, problems: Vec::new() }
    }

    /// Notes a problem of the field at `path`, or of the last one on the way there.
    pub(super) fn refuse(&mut self, path: &[Segment<'static>], message: &str) {
        let problem = match self.form {
            Form::Tree => {
                let mut view = self.root.clone();
                let mut full = view.path().clone();
                let mut there = true;
                for segment in path {
                    let next = match segment {
                        _ if !there => None,
                        Segment::Key(key) => view.get(key).ok().flatten(),
                        Segment::Index(index) => view.items().ok().and_then(|items| items.into_iter().nth(*index)),
                    };
                    full = match segment {
                        Segment::Key(key) => full.key(key),
                        Segment::Index(index) => full.index(*index),
                    };
                    there = next.is_some();
                    view = next.unwrap_or(view);
                }
                Problem::at(full.to_string(), &view, message)
            }
            Form::Flat => {
                let keys = path.iter().rev().filter_map(|segment| match segment {
                    Segment::Key(key) => self.root.get(key).ok().flatten(),
                    Segment::Index(_) => None,
                });
                Problem::new(&keys.into_iter().next().unwrap_or_else(|| self.root.clone()), message)
            }
        };
        self.problems.push(problem);
    }

    /// The value, if nothing was refused.
    pub(super) fn settle<T>(mut self, value: T) -> Result<T, Problems> {
        if self.problems.is_empty() {
            return Ok(value);
        }
        self.problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        Err(Problems(self.problems))
    }
}
