//! The whole server: built, asked its port, run, stopped; in the clear and by TLS.

use std::path::Path;
use std::time::{Duration, Instant};

use ampara::app::{App, AppError};
use ampara::clock::Clock;
use ampara::config::Config;
use ampara::seal::Keyring;
use tempfile::TempDir;

use crate::both_engines;
use crate::harness::databases::{TestDatabase, TestEngine, tell};

/// Settings for a server of one test, listening where the system likes.
fn settings(database: &TestDatabase) -> (Config, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::embedded().unwrap();
    config.database = database.config.clone();
    config.http.bind = "127.0.0.1:0".into();
    config.http.workers = 1;
    config.seal.key_dir = folder.path().join("keys");
    Keyring::make(&config.seal.key_dir, Clock::system().now(), 1).unwrap();
    (config, folder)
}

both_engines! {
    async fn a_server_answers_that_it_can_take_an_alert_and_stops_when_told(database) {
        let (config, _folder) = settings(&database);
        let app = App::build(config, Clock::system()).await.unwrap();
        let (port, stop) = (app.port(), app.stop());
        let running = actix_web::rt::spawn(app.run_until_stopped());
        for path in ["healthz", "readyz", "docs/", "docs/openapi.json", "docs/errors"] {
            let answer = reqwest::get(format!("http://127.0.0.1:{port}/{path}")).await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
        }
        let began = Instant::now();
        stop.now();
        running.await.unwrap().unwrap();
        assert!(began.elapsed() < Duration::from_secs(60), "took {:?}", began.elapsed());
        assert!(reqwest::get(format!("http://127.0.0.1:{port}/healthz")).await.is_err());
    }
}

#[test]
fn tls_serves_http_1_1_and_nothing_in_the_clear() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        let (mut config, folder) = settings(&database);
        let authority = certificate(folder.path(), &mut config);
        let app = App::build(config, Clock::system()).await.unwrap();
        let (port, stop) = (app.port(), app.stop());
        let running = actix_web::rt::spawn(app.run_until_stopped());
        let client = reqwest::Client::builder()
            .tls_certs_only([authority])
            .build()
            .unwrap();
        let answer = client
            .get(format!("https://localhost:{port}/readyz"))
            .send()
            .await
            .unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.version()),
            (200, reqwest::Version::HTTP_11)
        );
        assert!(
            reqwest::get(format!("http://127.0.0.1:{port}/readyz"))
                .await
                .is_err()
        );
        drop(client);
        stop.now();
        running.await.unwrap().unwrap();
    });
}

/// A certificate for `localhost` by an authority of the test's own, set in `config`; the authority.
fn certificate(folder: &Path, config: &mut Config) -> reqwest::Certificate {
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = rcgen::Issuer::new(params, key);
    let server_key = rcgen::KeyPair::generate().unwrap();
    let server = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&server_key, &issuer).unwrap();
    let (cert_file, key_file) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&cert_file, server.pem()).unwrap();
    std::fs::write(&key_file, server_key.serialize_pem()).unwrap();
    config.http.tls.cert_file = Some(cert_file);
    config.http.tls.key_file = Some(key_file);
    reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap()
}

#[test]
fn a_server_without_keys_or_with_a_bad_certificate_says_what_is_missing() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        let (mut config, folder) = settings(&database);
        let mut keyless = config.clone();
        keyless.seal.key_dir = folder.path().join("nowhere");
        let Err(refused) = App::build(keyless, Clock::system()).await else {
            panic!("it started without keys")
        };
        assert!(
            refused.to_string().contains("ampara keys make"),
            "{refused}"
        );
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "").unwrap();
        config.http.tls.cert_file = Some(empty.clone());
        config.http.tls.key_file = Some(empty);
        let Err(refused) = App::build(config, Clock::system()).await else {
            panic!("it started without a certificate")
        };
        assert!(
            matches!(refused, AppError::Tls { .. }) && refused.to_string().contains("empty.pem"),
            "{refused}"
        );
    });
}
