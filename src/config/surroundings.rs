//! What the core needs of the world, as an argument.

use std::fmt;

/// Looks up a variable of the environment; None when it is not set.
pub type Variables<'w> = Box<dyn Fn(&str) -> Option<String> + 'w>;

/// Reads the text of a file, or says why it can't be read.
pub type Files<'w> = Box<dyn Fn(&str) -> Result<String, String> + 'w>;

/// The time, the variables and the files of whoever runs the process.
pub struct Surroundings<'w> {
    /// Seconds since 1970.
    pub now: i64,
    /// The variables.
    pub var: Variables<'w>,
    /// The files.
    pub file: Files<'w>,
}

impl Surroundings<'_> {
    /// A world with a time and nothing else: no variables, no files.
    #[must_use]
    pub fn bare(now: i64) -> Self {
        Self { now, var: Box::new(|_| None), file: Box::new(|_| Err("there are no files here".to_owned())) }
    }

    /// A variable that says something: one that is set to nothing counts as not set.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.var)(name).filter(|value| !value.trim().is_empty())
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("now", &self.now).finish_non_exhaustive()
    }
}
