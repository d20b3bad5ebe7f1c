use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::header::CONTENT_TYPE;
use rustls::ServerConfig;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

const LONG: Duration = Duration::from_secs(20);
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// What a made-up provider does with each request of a connection, in order; then it closes it.
type Script = &'static [&'static str];

/// A provider; the connections and the requests that it has had.
struct Provider {
    port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Provider {
    async fn starts(scripts: &'static [Script], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (connections, requests) = (
            Arc::clone(&provider.connections),
            Arc::clone(&provider.requests),
        );
        tokio::spawn(async move {
            for script in scripts {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                let requests = Arc::clone(&requests);
                match tls.clone() {
                    None => tokio::spawn(serve(stream, script, requests)),
                    Some(tls) => tokio::spawn(async move {
                        if let Ok(stream) = tls.accept(stream).await {
                            serve(stream, script, requests).await;
                        }
                    }),
                };
            }
        });
        provider
    }

    fn had(&self) -> (usize, usize) {
        let of = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (of(&self.connections), of(&self.requests))
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: Script,
    requests: Arc<AtomicUsize>,
) {
    for answer in script {
        let mut read = Vec::new();
        while !read.ends_with(b"{\"message\":1}") {
            if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let text = String::from_utf8_lossy(&read);
        assert!(text.starts_with("POST /base/send HTTP/1.1\r\n"), "{text}");
        requests.fetch_add(1, Ordering::SeqCst);
        if *answer == "hangs" {
            return std::future::pending().await;
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }
    let _ = stream.shutdown().await;
}

fn trusting_nobody() -> ClientConfig {
    trusting(rustls::RootCertStore::empty())
}

fn trusting(roots: rustls::RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn plain(provider: &Provider) -> Origin {
    let base = format!("http://127.0.0.1:{}/base/", provider.port);
    Origin::new(&base, LONG, trusting_nobody()).unwrap()
}

async fn posts(origin: &Origin, within: Duration) -> Result<Reply, NoAnswer> {
    let path = origin.path("/send").unwrap();
    let json = HeaderValue::from_static("application/json");
    let body = "{\"message\":1}".to_owned();
    origin
        .post(&path, [(CONTENT_TYPE, json)], body, within)
        .await
}

#[tokio::test]
async fn requests_one_after_the_other_share_a_connection() {
    let provider = Provider::starts(&[&[OK, OK, OK]], None).await;
    let origin = plain(&provider);
    for _ in 0..3 {
        let reply = posts(&origin, LONG).await.unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (200, &b"{}"[..]));
    }
    assert_eq!(provider.had(), (1, 3));
}

#[tokio::test]
async fn requests_at_the_same_time_have_a_connection_each() {
    let provider = Provider::starts(&[&[OK], &[OK]], None).await;
    let origin = plain(&provider);
    let (one, other) = tokio::join!(posts(&origin, LONG), posts(&origin, LONG));
    assert_eq!((one.unwrap().status, other.unwrap().status), (200, 200));
    assert_eq!(provider.had(), (2, 2));
}

#[tokio::test]
async fn a_connection_that_the_provider_closed_is_not_used_again() {
    let provider = Provider::starts(&[&[OK], &[OK]], None).await;
    let origin = plain(&provider);
    posts(&origin, LONG).await.unwrap();
    // Its end is read when it is looked at, however long ago it came.
    while origin.take().await.map(|kept| origin.keep(kept)).is_some() {
        tokio::task::yield_now().await;
    }
    assert_eq!(posts(&origin, LONG).await.unwrap().status, 200);
    assert_eq!(provider.had(), (2, 2));
}

#[tokio::test]
async fn what_may_have_arrived_is_not_sent_a_second_time() {
    let provider = Provider::starts(&[&["HTTP/1.1 200 OK\r\ncontent-le"], &[OK]], None).await;
    let origin = plain(&provider);
    let answer = posts(&origin, LONG).await.err();
    assert_eq!((answer, provider.had()), (Some(NoAnswer::Broke), (1, 1)));
}

#[tokio::test]
async fn a_provider_that_hangs_is_given_up_and_its_connection_dropped() {
    let provider = Provider::starts(&[&["hangs"], &[OK]], None).await;
    let origin = plain(&provider);
    let answer = posts(&origin, Duration::from_millis(200)).await.err();
    assert_eq!(answer, Some(NoAnswer::TimedOut));
    assert_eq!(origin.free().len(), 0);
    assert_eq!(posts(&origin, LONG).await.unwrap().status, 200);
}

#[tokio::test]
async fn where_none_listens_there_is_no_connection() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let base = format!("http://127.0.0.1:{port}/base");
    let origin = Origin::new(&base, LONG, trusting_nobody()).unwrap();
    assert_eq!(
        posts(&origin, LONG).await.err(),
        Some(NoAnswer::NoConnection)
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    const MOVED: &str = "HTTP/1.1 307 Moved\r\nlocation: /base/send\r\ncontent-length: 0\r\n\r\n";
    let provider = Provider::starts(&[&[MOVED], &[OK]], None).await;
    assert_eq!(posts(&plain(&provider), LONG).await.unwrap().status, 307);
    assert_eq!(provider.had(), (1, 1));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off_and_its_status_counts() {
    let mut answer = String::from("HTTP/1.1 503 Oops\r\ncontent-length: 100000000\r\n\r\n");
    answer.push_str(&"x".repeat(MOST * 3));
    let script: &'static [&'static str] = Box::leak(Box::new([&*answer.leak()]));
    let scripts: &'static [Script] = Box::leak(Box::new([script]));
    let origin = plain(&Provider::starts(scripts, None).await);
    let reply = posts(&origin, LONG).await.unwrap();
    assert!(reply.status == 503 && reply.body.len() <= MOST);
    assert_eq!(origin.free().len(), 0);
}

/// A certificate for `localhost`, and an authority that vouches for it.
fn certified() -> (TlsAcceptor, rustls::RootCertStore) {
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = rcgen::Issuer::new(params, key);
    let own = rcgen::KeyPair::generate().unwrap();
    let names = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = names.signed_by(&own, &issuer).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let serves = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.serialize_der())),
        )
        .unwrap();
    (TlsAcceptor::from(Arc::new(serves)), roots)
}

#[tokio::test]
async fn over_tls_it_is_the_same_and_only_a_certificate_that_is_trusted_will_do() {
    let (tls, roots) = certified();
    let provider = Provider::starts(&[&[OK, OK], &[OK]], Some(tls)).await;
    let base = format!("https://localhost:{}/base", provider.port);
    let origin = Origin::new(&base, LONG, trusting(roots)).unwrap();
    for _ in 0..2 {
        assert_eq!(posts(&origin, LONG).await.unwrap().status, 200);
    }
    assert_eq!(provider.had(), (1, 2));
    let wary = Origin::new(&base, LONG, trusting_nobody()).unwrap();
    assert_eq!(posts(&wary, LONG).await.err(), Some(NoAnswer::NoConnection));
    assert_eq!(provider.had().1, 2);
}
