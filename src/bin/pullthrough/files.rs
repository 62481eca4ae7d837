//! Files that are written: completely, or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Failure;

/// Writes a file. What stood there stays until all of the new text is on disk, and when anything fails.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_all(&[(path.to_owned(), text)])
}

/// Writes several files: each completely or not at all, and none of them when one can't be written.
pub(crate) fn write_all(files: &[(PathBuf, &str)]) -> Result<(), Failure> {
    let staged: Vec<Staged> = files.iter().map(|(path, text)| Staged::new(path, text)).collect::<Result<_, _>>()?;
    staged.into_iter().try_for_each(Staged::commit)
}

/// A text that is on disk beside the file whose place it takes. Dropped, it is gone.
struct Staged {
    /// Where it is. `None`: it is in its place.
    temporary: Option<PathBuf>,
    /// The file itself, with symbolic links resolved.
    target: PathBuf,
    /// What the user called it.
    name: String,
}

impl Staged {
    fn new(path: &Path, text: &str) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let failed = |error: io::Error| Failure(format!("can't write {name}: {error}"));
        // A link stays one: what it leads to is replaced.
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(failed(error)),
        };
        let existing = fs::metadata(&target).ok();
        if existing.as_ref().is_some_and(|found| !found.is_file()) {
            // A pipe or a terminal has no text to lose, and nothing can take its place.
            fs::write(&target, text).map_err(failed)?;
            return Ok(Self { temporary: None, target, name });
        }
        let (temporary, mut file) = create_beside(&target).map_err(failed)?;
        let staged = Self { temporary: Some(temporary), target, name: name.clone() };
        if let Some(existing) = existing {
            // Without it the file would get the mode of a new one. A file system without modes has none to keep.
            let _ = file.set_permissions(existing.permissions());
        }
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(staged)
    }

    /// `rename` replaces the file at once, on Windows too (`MoveFileExW` with `MOVEFILE_REPLACE_EXISTING`); there it fails while another
    /// process has the file open, and then the old one stays.
    fn commit(mut self) -> Result<(), Failure> {
        if let Some(temporary) = &self.temporary {
            fs::rename(temporary, &self.target)
                .map_err(|error| Failure(format!("can't write {}: {error}", self.name)))?;
            self.temporary = None;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // The error that brought us here is the one to report.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// A new file in the folder of `target`, so that a rename does not cross file systems.
fn create_beside(target: &Path) -> io::Result<(PathBuf, File)> {
    const ATTEMPTS: usize = 100;
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    let mut last = io::Error::other("no free name for a temporary file beside it");
    for attempt in 0..ATTEMPTS {
        let mut name = prefix.clone();
        name.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let path = target.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}
