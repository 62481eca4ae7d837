//! Files that are written: completely, or not at all.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Failure;

/// Writes a file. What stood there stays until all of the new text is on disk, and when anything fails.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_all(&[(path.to_owned(), text)])
}

/// Writes several files: each completely or not at all, and none of them when one can't be written.
pub(crate) fn write_all(files: &[(PathBuf, &str)]) -> Result<(), Failure> {
    let staged = files.iter().map(|(path, text)| Staged::new(path, text)).collect::<Result<Vec<_>, _>>()?;
    commit_all(staged)
}

fn commit_all(mut staged: Vec<Staged>) -> Result<(), Failure> {
    let mut done = 0;
    let failed = staged.iter_mut().find_map(|staged| {
        let failed = staged.commit().err();
        done += usize::from(failed.is_none());
        failed
    });
    let Some(Failure(mut message)) = failed else { return Ok(()) };
    for written in staged.iter().take(done) {
        if let Err(Failure(why)) = written.restore() {
            message.push_str(&format!(
                "; {} has its new text, because the old one could not be put back: {why}",
                written.name
            ));
        }
    }
    Err(Failure(message))
}

/// A text that is on disk beside the file whose place it takes. Dropped, it is gone.
struct Staged {
    /// Where it is. `None`: it is in its place.
    temporary: Option<PathBuf>,
    /// The file itself, with symbolic links resolved.
    target: PathBuf,
    /// What was there.
    former: Option<Former>,
    /// What the user called it.
    name: String,
}

/// The file that a text takes the place of.
struct Former {
    bytes: Vec<u8>,
    metadata: Metadata,
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
            return Ok(Self { temporary: None, target, former: None, name });
        }
        // A rename would not ask, and Windows refuses it.
        if existing.as_ref().is_some_and(|found| found.permissions().readonly()) {
            return Err(Failure(format!("{name} is read-only; make it writable, or leave it out")));
        }
        let former = existing.map(|metadata| Ok(Former { bytes: fs::read(&target)?, metadata }));
        let former = former.transpose().map_err(failed)?;
        let temporary = stage(&target, text.as_bytes(), former.as_ref().map(|former| &former.metadata));
        Ok(Self { temporary: Some(temporary.map_err(failed)?), target, former, name: name.clone() })
    }

    /// `rename` replaces the file at once, on Windows too (`MoveFileExW` with `MOVEFILE_REPLACE_EXISTING`); there it fails while another
    /// process has the file open, and then the old one stays.
    fn commit(&mut self) -> Result<(), Failure> {
        if let Some(temporary) = &self.temporary {
            fs::rename(temporary, &self.target)
                .map_err(|error| Failure(format!("can't write {}: {error}", self.name)))?;
            self.temporary = None;
        }
        Ok(())
    }

    /// Puts back what was there, in the same way.
    fn restore(&self) -> Result<(), Failure> {
        let restored = match &self.former {
            Some(former) => stage(&self.target, &former.bytes, Some(&former.metadata))
                .and_then(|temporary| fs::rename(temporary, &self.target)),
            None => fs::remove_file(&self.target),
        };
        restored.map_err(|error| Failure(error.to_string()))
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

/// Writes a text beside the file whose place it is to take, with that one's mode and owner.
fn stage(target: &Path, bytes: &[u8], former: Option<&Metadata>) -> io::Result<PathBuf> {
    let (temporary, mut file) = create_beside(target)?;
    if let Some(former) = former {
        // Without it the file would get the mode and owner of a new one. A file system without them has none to keep, and only root gives
        // files away.
        keep_owner(&file, former);
        let _ = file.set_permissions(former.permissions());
    }
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })?;
    Ok(temporary)
}

#[cfg(unix)]
fn keep_owner(file: &File, former: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(former.uid()), Some(former.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_one_can_not_take_its_place_the_others_go_back() {
        let folder = std::env::temp_dir().join(format!("pullthrough-files-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = |name: &str| folder.join(name);
        fs::write(path("old"), "before").unwrap();
        fs::write(path("last"), "before").unwrap();
        let stage = |name: &str| Staged::new(&path(name), "after").map_err(|Failure(why)| why).unwrap();
        let staged = vec![stage("old"), stage("new"), stage("last")];
        // The last one's text is gone before it can take its place.
        fs::remove_file(staged.last().and_then(|staged| staged.temporary.as_ref()).unwrap()).unwrap();
        assert!(commit_all(staged).is_err_and(|Failure(why)| why.contains("last") && !why.contains("new text")));
        assert_eq!(fs::read_to_string(path("old")).unwrap(), "before");
        assert_eq!(fs::read_to_string(path("last")).unwrap(), "before");
        let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["last", "old"]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
