//! TLS by rustls, offering HTTP/1.1 only.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::AppError;

/// The server's side of TLS 1.2 and 1.3 with that certificate chain and key.
///
/// # Errors
/// [`AppError::Tls`] names the file that cannot be read or does not fit.
pub(super) fn settings(cert_file: &Path, key_file: &Path) -> Result<ServerConfig, AppError> {
    let fault = |path: &Path, problem: String| AppError::Tls {
        path: path.to_owned(),
        problem,
    };
    let chain = CertificateDer::pem_file_iter(cert_file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| fault(cert_file, e.to_string()))?;
    if chain.is_empty() {
        return Err(fault(cert_file, String::from("holds no certificate")));
    }
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(|e| fault(key_file, e.to_string()))?;
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| fault(cert_file, e.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|e| fault(key_file, e.to_string()))
}
