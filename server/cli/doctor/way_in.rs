//! The way in: the public address, the proxy in front, the certificate.

use std::path::Path;
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::finding::{Finding, Places};
use crate::clock::At;
use crate::config::Config;

/// A certificate that ends sooner should have been renewed by now.
const RENEWED: Duration = Duration::from_secs(21 * 24 * 60 * 60);

pub(super) fn look(config: &Config, now: At, findings: &mut Vec<Finding>) {
    findings.push(public_url(config));
    findings.extend(proxy(config));
    if let Some(file) = &config.http.tls.cert_file {
        findings.push(certificate(file, now));
    }
}

fn public_url(config: &Config) -> Finding {
    let url = &config.http.public_url;
    if url.starts_with("https://") {
        return Finding::ok("public_url", "doctor-url", &[("url", url)]);
    }
    Finding::fail("public_url", "doctor-url-here", &[("url", url)])
}

/// Behind https some program ends TLS. One that is not named is taken for the caller, so that all
/// callers share one address and with it one set of limits.
fn proxy(config: &Config) -> Option<Finding> {
    let http = &config.http;
    if !http.public_url.starts_with("https://") || http.tls.cert_file.is_some() {
        return None;
    }
    if http.trusted_proxies.is_empty() {
        return Some(Finding::warn("proxy", "doctor-proxy-missing", &[]));
    }
    let named = http.trusted_proxies.join(", ");
    Some(Finding::ok("proxy", "doctor-proxy", &[("named", &named)]))
}

fn certificate(file: &Path, now: At) -> Finding {
    let Some(ends) = end_of(file) else {
        let file = file.display().to_string();
        return Finding::fail("certificate", "doctor-certificate-none", &[("file", &file)]);
    };
    let left = ends.since(now);
    let ends = ends.to_string();
    let places: Places<'_> = &[("ends", &ends)];
    if left.is_zero() {
        return Finding::fail("certificate", "doctor-certificate-ended", places);
    }
    if left < RENEWED {
        return Finding::warn("certificate", "doctor-certificate-ends", places);
    }
    Finding::ok("certificate", "doctor-certificate", places)
}

/// Until when the first certificate of the chain is good.
fn end_of(file: &Path) -> Option<At> {
    let first = CertificateDer::pem_file_iter(file).ok()?.next()?.ok()?;
    let (_, parsed) = x509_parser::parse_x509_certificate(&first).ok()?;
    let seconds = parsed.validity().not_after.timestamp();
    Some(At::from_micros(seconds.saturating_mul(1_000_000)))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    fn at(text: &str) -> At {
        At::parse(text).unwrap()
    }

    #[test]
    fn a_certificate_s_end_is_seen_coming() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cert.pem");
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 10, 1);
        params.not_after = rcgen::date_time_ymd(2026, 12, 30);
        let cert = params
            .self_signed(&rcgen::KeyPair::generate().unwrap())
            .unwrap();
        std::fs::write(&file, cert.pem()).unwrap();
        for (now, level) in [
            ("2026-11-30T00:00:00Z", Level::Ok),
            ("2026-12-15T00:00:00Z", Level::Warn),
            ("2026-12-30T00:00:01Z", Level::Fail),
        ] {
            assert_eq!(certificate(&file, at(now)).level, level, "{now}");
        }
        std::fs::write(&file, "none").unwrap();
        assert_eq!(
            certificate(&file, at("2026-11-30T00:00:00Z")).level,
            Level::Fail
        );
    }

    #[test]
    fn https_without_tls_here_needs_a_proxy_that_is_named() {
        let mut config = Config::embedded().unwrap();
        assert!(proxy(&config).is_none(), "the preset is this machine alone");
        config.http.public_url = "https://ampara.example.gob.mx".to_owned();
        assert_eq!(proxy(&config).unwrap().level, Level::Warn);
        config.http.trusted_proxies = vec!["127.0.0.1".to_owned()];
        assert_eq!(proxy(&config).unwrap().level, Level::Ok);
        config.http.trusted_proxies.clear();
        config.http.tls.cert_file = Some("cert.pem".into());
        assert!(proxy(&config).is_none());
    }
}
