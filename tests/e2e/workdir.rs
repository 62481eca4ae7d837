//! A folder of a test's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A new, empty folder that is removed with all that is in it when this value is dropped.
pub(crate) struct Workdir(PathBuf);

impl Workdir {
    /// Makes the folder.
    pub(crate) fn new() -> Workdir {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("pullthrough-e2e-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        // Resolved, because programs compare paths: kpt refuses a package that it reaches through a symbolic link.
        let parent = std::env::temp_dir().canonicalize().expect("there is a folder for temporary files");
        let path = parent.join(name);
        fs::create_dir(&path).expect("the name is new");
        Workdir(path)
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A path inside of it, whether or not something is there.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes an empty folder inside of it.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let path = self.join(name);
        fs::create_dir_all(&path).expect("the folder can be made");
        path
    }

    /// Writes a file inside of it, with the folders above it.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be made");
        fs::write(&path, text).expect("the file can be written");
        path
    }

    /// Reads a file inside of it.
    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Copies a folder of `tests/e2e/fixtures` into it, under the same name.
    pub(crate) fn fixture(&self, name: &str) -> PathBuf {
        let to = self.join(name);
        copy(&fixture(name), &to);
        to
    }
}

impl Drop for Workdir {
    fn drop(&mut self) {
        // What a program that is still writing leaves behind is not worth a second panic.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A file or folder of `tests/e2e/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/fixtures").join(name)
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.expect("the folder can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the file can be copied");
        }
    }
}
