//! What is given beside the manifests: a configuration and ImageLocks, from files.

use std::env;
use std::path::{Path, PathBuf};

use pullthrough::environment::LOCK;
use pullthrough::function::Request;

use super::{Failure, cli, read_file};

/// The files' texts, each with the name that messages call it by.
pub(crate) struct Given {
    config: Option<(String, String)>,
    locks: Vec<(String, String)>,
}

impl Given {
    /// Reads the files that options and variables name.
    pub(crate) fn read(options: &cli::Options) -> Result<Self, Failure> {
        Ok(Self {
            config: options.config.as_deref().map(read).transpose()?,
            locks: locks(options).iter().map(|path| read(path)).collect::<Result<_, _>>()?,
        })
    }

    /// The same as the library takes it.
    pub(crate) fn request(&self) -> Request<'_> {
        let config = self.config.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
        Request { config, locks: &self.locks }
    }

    /// The text that problems of the configuration are shown in: that of its file, else the input.
    pub(crate) fn config_text<'a>(&'a self, input: &'a str) -> &'a str {
        self.config.as_ref().map_or(input, |(_, text)| text)
    }
}

/// The locks that are named; where none is, those of the variable.
fn locks(options: &cli::Options) -> Vec<PathBuf> {
    if !options.locks.is_empty() {
        return options.locks.clone();
    }
    let paths = env::var_os(LOCK).unwrap_or_default();
    env::split_paths(&paths).filter(|path| !path.as_os_str().is_empty()).collect()
}

fn read(path: &Path) -> Result<(String, String), Failure> {
    Ok((path.display().to_string(), read_file(path).map_err(Failure)?))
}
