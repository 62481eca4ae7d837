//! What is given beside the manifests: a configuration and ImageLocks, from files.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use pullthrough::environment::LOCK;
use pullthrough::function::{ConfigProblems, Lookup, Request};

use super::{Failure, cli, read_file};

/// The configuration that commands take from the current folder when neither an option nor the input has one.
const DEFAULT: &str = "pullthrough.yaml";

/// The files' texts, each with the name that messages call it by.
pub(crate) struct Given {
    config: Option<(String, String)>,
    default: Option<(String, String)>,
    locks: Vec<(String, String)>,
    caller: Caller,
}

/// Who asks for a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The function, for which an orchestrator or `--config` names it.
    Function,
    /// A command, which also looks among the objects and in the current folder.
    Command,
    /// A command that does without.
    Survey,
}

impl Given {
    /// Reads the files that options and variables name, and those that are there without being named.
    pub(crate) fn read(options: &cli::Options, caller: Caller) -> Result<Self, Failure> {
        let config = options.config.as_deref().map(read).transpose()?;
        let looks = config.is_none() && caller != Caller::Function && Path::new(DEFAULT).is_file();
        let default = looks.then(|| read(Path::new(DEFAULT))).transpose()?;
        Ok(Self {
            config,
            // A shell makes the file before the command that is to fill it runs.
            default: default.filter(|(_, text)| !text.trim().is_empty()),
            locks: locks(options).iter().map(|path| read(path)).collect::<Result<_, _>>()?,
            caller,
        })
    }

    /// The same as the library takes it.
    pub(crate) fn request(&self) -> Request<'_> {
        let default = borrowed(self.default.as_ref());
        let lookup = match self.caller {
            Caller::Function => Lookup::FunctionConfig,
            Caller::Command => Lookup::Objects(default),
            Caller::Survey => Lookup::Optional(default),
        };
        Request { config: borrowed(self.config.as_ref()), lookup, locks: &self.locks }
    }

    /// The text that problems of the configuration are shown in: that of its file, else the input.
    pub(crate) fn config_text<'a>(&'a self, problems: Option<&ConfigProblems>, input: &'a str) -> &'a str {
        let file = self.config.as_ref().or(self.default.as_ref());
        let file = file.filter(|_| problems.is_some_and(|problems| !problems.in_input));
        file.map_or(input, |(_, text)| text)
    }
}

fn borrowed(file: Option<&(String, String)>) -> Option<(&str, &str)> {
    file.map(|(name, text)| (name.as_str(), text.as_str()))
}

/// The locks that are named; where none is, those of the variable.
fn locks(options: &cli::Options) -> Vec<PathBuf> {
    if !options.locks.is_empty() {
        return options.locks.clone();
    }
    let paths = env::var_os(LOCK).unwrap_or_default();
    split(&paths).into_iter().filter(|path| !path.as_os_str().is_empty()).collect()
}

#[cfg(not(target_os = "wasi"))]
fn split(paths: &OsStr) -> Vec<PathBuf> {
    env::split_paths(paths).collect()
}

/// The standard library panics when it is to split paths on WASI, where they are written as on Unix.
#[cfg(target_os = "wasi")]
fn split(paths: &OsStr) -> Vec<PathBuf> {
    match paths.to_str() {
        Some(paths) => paths.split(':').map(PathBuf::from).collect(),
        None => vec![paths.into()],
    }
}

fn read(path: &Path) -> Result<(String, String), Failure> {
    Ok((path.display().to_string(), read_file(path).map_err(Failure)?))
}
