//! The world of a call, as the core wants to see it.

use pullthrough::environment::Environment;
use pullthrough::function::Request;

use crate::border::{Call, File};

impl Call {
    /// What was given in place of `--config` and `--lock`.
    pub(crate) fn request(&self) -> Request<'_> {
        let config = self.config.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
        Request { config, locks: &self.locks, ..Request::default() }
    }

    /// The text that problems with the configuration are shown in.
    pub(crate) fn config_text<'t>(&'t self, input: &'t str) -> &'t str {
        self.config.as_ref().map_or(input, |(_, text)| text)
    }

    /// The time, and the variables and files of this call and no others.
    pub(crate) fn environment(&self) -> Environment<'_> {
        Environment {
            now: self.now,
            var: Box::new(|name| self.variables.get(name).cloned()),
            file: Box::new(|path| match self.files.get(path) {
                Some(File::Text(text)) => Ok(text.clone()),
                Some(File::Unreadable(why)) => Err(why.clone()),
                None => Err("pass `readFile` for it".to_owned()),
            }),
        }
    }
}
