//! What keeps a client from being set up.

use std::path::PathBuf;

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The CA bundle can't be used.
    #[error("SSL_CERT_FILE names `{}`, which can't be used: {problem}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A forward proxy's URL is invalid.
    #[error("{variable} is not the URL of a proxy, such as http://proxy.example:3128")]
    Proxy {
        /// The variable that names it.
        variable: &'static str,
    },
    /// The TLS library refused its own defaults.
    #[error("TLS can't be set up")]
    Tls,
    /// The platform refused what a client needs.
    #[error("no client can be set up: {0}")]
    Platform(String),
}
