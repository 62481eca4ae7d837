//! `PULLTHROUGH_LOG`: a file that keeps every message, for orchestrators that swallow standard error (Helm 4 does that with post-renderers).

use std::fs::File;
use std::io::{Write, stderr};
use std::path::Path;
use std::sync::OnceLock;

use pullthrough::environment::LOG;

/// Whether messages are kept.
pub(crate) fn is_kept() -> bool {
    file().is_some()
}

/// Appends a message. What can't be kept was said on standard error.
pub(crate) fn keep(text: &str) {
    if let Some(mut file) = file() {
        let _ = file.write_all(text.as_bytes());
    }
}

/// The file, opened once. One that can't be opened is a warning: the run itself does not need it.
fn file() -> Option<&'static File> {
    static FILE: OnceLock<Option<File>> = OnceLock::new();
    let opened = FILE.get_or_init(|| {
        let name = std::env::var_os(LOG).filter(|name| !name.is_empty())?;
        let path = Path::new(&name);
        let failed = |error| {
            let message = format!("warning: can't write {}, which {LOG} names: {error}\n", path.display());
            let _ = stderr().lock().write_all(message.as_bytes());
        };
        File::options().append(true).create(true).open(path).map_err(failed).ok()
    });
    opened.as_ref()
}
