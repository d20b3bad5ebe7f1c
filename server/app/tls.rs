//! TLS by rustls, offering HTTP/1.1 only, with a certificate that is renewed while the server runs.
//!
//! A certificate is renewed every two months by a program of its own, at night. The server reads its
//! files again on SIGHUP, and when one of them has changed. On failure the certificate in use stays,
//! and an alarm says which file is at fault: a half-written file must not end the night.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::AppError;

/// How often the files' times are looked at.
const EVERY: Duration = Duration::from_secs(60);

/// The certificate in use, and the files that it came from.
pub(super) struct Certificate {
    cert_file: PathBuf,
    key_file: PathBuf,
    in_use: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads the certificate chain and its key.
    ///
    /// # Errors
    /// [`AppError::Tls`] names the file that cannot be read or does not fit.
    pub(super) fn open(cert_file: &Path, key_file: &Path) -> Result<Arc<Self>, AppError> {
        Ok(Arc::new(Self {
            in_use: RwLock::new(Arc::new(read(cert_file, key_file)?)),
            cert_file: cert_file.to_owned(),
            key_file: key_file.to_owned(),
        }))
    }

    /// The server's side of TLS 1.2 and 1.3 with it.
    ///
    /// # Errors
    /// [`AppError::Tls`].
    pub(super) fn settings(self: &Arc<Self>) -> Result<ServerConfig, AppError> {
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| fault(&self.cert_file, &e))?;
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        Ok(builder.with_no_client_auth().with_cert_resolver(resolver))
    }

    /// Reads the files again. Connections from then on get the new certificate.
    fn renew(&self) -> Result<(), AppError> {
        let fresh = Arc::new(read(&self.cert_file, &self.key_file)?);
        *self.in_use.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// When either file was written last.
    fn written(&self) -> [Option<SystemTime>; 2] {
        [&self.cert_file, &self.key_file].map(|file| std::fs::metadata(file).ok()?.modified().ok())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let in_use = self.in_use.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&in_use))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate(…)")
    }
}

fn fault(path: &Path, problem: &dyn fmt::Display) -> AppError {
    AppError::Tls {
        path: path.to_owned(),
        problem: problem.to_string(),
    }
}

fn read(cert_file: &Path, key_file: &Path) -> Result<CertifiedKey, AppError> {
    let chain = CertificateDer::pem_file_iter(cert_file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| fault(cert_file, &e))?;
    if chain.is_empty() {
        return Err(fault(cert_file, &"holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(|e| fault(key_file, &e))?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
        .map_err(|e| fault(key_file, &e))
}

/// Renews the certificate on SIGHUP and when a file has changed, until `stop` is set. Without TLS
/// it takes the signal all the same, which would otherwise end the process.
pub(super) async fn keep_fresh(
    certificate: Option<Arc<Certificate>>,
    mut stop: watch::Receiver<bool>,
) {
    let Ok(mut hang_up) = signal(SignalKind::hangup()) else {
        return;
    };
    let mut seen = certificate.as_ref().map(|one| one.written());
    while !*stop.borrow() {
        let told = tokio::select! {
            _ = hang_up.recv() => true,
            () = tokio::time::sleep(EVERY) => false,
            _ = stop.changed() => continue,
        };
        let Some(certificate) = &certificate else {
            continue;
        };
        let written = Some(certificate.written());
        if !told && written == seen {
            continue;
        }
        match certificate.renew() {
            Ok(()) => {
                seen = written;
                tracing::info!("the TLS certificate was read again");
            }
            // Tried again each minute, since `seen` stays.
            Err(error) => {
                tracing::error!(alarm = true, %error, "the TLS certificate cannot be renewed: the old one stays");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path) -> (PathBuf, PathBuf) {
        let key = rcgen::KeyPair::generate().unwrap();
        let cert = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let (cert_file, key_file) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&cert_file, cert.pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        (cert_file, key_file)
    }

    fn shown(certificate: &Certificate) -> Vec<u8> {
        certificate
            .in_use
            .read()
            .unwrap()
            .end_entity_cert()
            .unwrap()
            .to_vec()
    }

    #[test]
    fn a_renewed_certificate_is_used_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (cert_file, key_file) = write(folder.path());
        let certificate = Certificate::open(&cert_file, &key_file).unwrap();
        certificate.settings().unwrap();
        let (first, written) = (shown(&certificate), certificate.written());
        write(folder.path());
        certificate.renew().unwrap();
        let second = shown(&certificate);
        assert_ne!(first, second);
        assert_ne!(written, certificate.written(), "the change is seen");
        for (file, text) in [(&cert_file, "half a certif"), (&key_file, "")] {
            let whole = std::fs::read(file).unwrap();
            std::fs::write(file, text).unwrap();
            let refused = certificate.renew().unwrap_err().to_string();
            assert!(refused.contains(&file.display().to_string()), "{refused}");
            assert_eq!(shown(&certificate), second, "the old one stays");
            std::fs::write(file, whole).unwrap();
        }
        // The key of one certificate with another: written in between the two.
        let other = rcgen::KeyPair::generate().unwrap();
        std::fs::write(&key_file, other.serialize_pem()).unwrap();
        assert!(certificate.renew().is_err());
    }
}
