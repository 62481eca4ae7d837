//! The files of a Component on disk: what an earlier run wrote is replaced, and nothing else.

use std::path::{Path, PathBuf};

use pullthrough::component::{self, Component, KUSTOMIZATION, MARK, SECRETS};

use super::{Failure, files, read_file};

/// The file with the pull Secrets, where somebody has encrypted it. It is never replaced or removed: the new text would be a plain
/// credential in its place.
pub(crate) fn encrypted(folder: &Path) -> Result<Option<PathBuf>, Failure> {
    let path = folder.join(SECRETS);
    if !path.exists() {
        return Ok(None);
    }
    let text = read_file(&path).map_err(Failure)?;
    Ok(component::is_encrypted(&text).then_some(path))
}

/// Writes the files over those of an earlier run, and removes those that are no longer needed. A file that this program did not write, or that is
/// encrypted, stays; where a new one would take its place, none is written.
pub(crate) fn write(component: &Component, folder: &Path) -> Result<(), Failure> {
    let failed = |path: &Path, error: std::io::Error| Failure(format!("can't write {}: {error}", path.display()));
    let mut stale = Vec::new();
    for name in [SECRETS, KUSTOMIZATION] {
        let path = folder.join(name);
        if !path.exists() {
            continue;
        }
        let is_needed = component.files.iter().any(|(needed, _)| *needed == name);
        let text = read_file(&path).map_err(Failure)?;
        let is_ours = text.starts_with(MARK) && !component::is_encrypted(&text);
        match (is_ours, is_needed) {
            (true, true) | (false, false) => {}
            (true, false) => stale.push(path),
            (false, true) => {
                let path = path.display();
                return Err(Failure(format!(
                    "{path} was not written by `pullthrough component`, or is encrypted; it was not replaced"
                )));
            }
        }
    }
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let written: Vec<_> = component.files.iter().map(|(name, text)| (folder.join(name), text.as_str())).collect();
    files::write_all(&written)?;
    for path in stale {
        std::fs::remove_file(&path).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}
