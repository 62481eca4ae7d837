//! A private certificate authority.

use crate::process::run;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An authority that nobody trusts, and one certificate for 127.0.0.1 that it signed.
pub(crate) struct Authority(PathBuf);

impl Authority {
    /// Makes both in this folder.
    pub(crate) fn new(folder: &Path) -> Authority {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/servers/certificates.sh");
        run(Command::new("bash").arg(script).arg(folder), "").success();
        Authority(folder.to_owned())
    }

    /// The certificate that a client must trust, in PEM.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.0.join("ca.crt")
    }

    /// Lets the server of this folder speak TLS.
    pub(super) fn serve_in(&self, folder: &Path) {
        for name in ["tls.crt", "tls.key"] {
            fs::copy(self.0.join(name), folder.join(name)).expect("the authority made it");
        }
    }
}
