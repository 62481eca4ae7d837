//! Whom to trust: the public web's authorities, and those of `SSL_CERT_FILE`. Never the system's, so that the answers
//! are the same on every machine and in an image that has none.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::client_error::ClientError;

/// A TLS configuration of its own, without any process-wide default.
pub(super) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    if let Some(path) = ca_file {
        add(&mut roots, path)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(|_| ClientError::Tls)?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), ClientError> {
    let error = |problem: String| ClientError::CaFile { path: path.to_owned(), problem };
    let pem = std::fs::read(path).map_err(|cause| error(cause.to_string()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|_| error("it is not a PEM file".to_owned()))?;
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 { Err(error("it contains no certificate".to_owned())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_can_not_be_used_is_an_error_that_names_it() {
        let missing = config(Some(Path::new("/nowhere/ca.pem"))).unwrap_err().to_string();
        assert!(missing.starts_with("SSL_CERT_FILE names `/nowhere/ca.pem`"), "{missing}");
        let no_certificate = config(Some(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))));
        assert!(no_certificate.unwrap_err().to_string().contains("contains no certificate"));
        assert!(config(None).is_ok());
    }
}
