//! Requests to one provider over kept connections, as pushes need them: five to each alert.
//!
//! What: an [`Origin`] is a scheme, a host and a port, and the connections to it that are free. A
//! request takes a free one or opens one, and polls it itself: no task of the connection's is woken,
//! and no pool is asked. Invariant: a request goes out once; it goes again, over another connection,
//! only where a kept one took none of it. No proxy and no redirect is followed, and no more than
//! [`MOST`] of an answer is read. On failure: [`NoAnswer`]; a connection that failed is dropped, and
//! so is one whose request was given up.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, select};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper::header::{ACCEPT, HOST, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tower_service::Service as _;

use super::verdict::NoAnswer;

/// What is read of an answer, in bytes.
const MOST: usize = 65_536;
/// Connections that are kept while none is in use.
const MOST_FREE: usize = 512;
/// A connection that was free for so long is closed; providers close theirs after some minutes.
const FREE_FOR: Duration = Duration::from_secs(90);

type Body = Full<Bytes>;
type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// A provider's address, and the connections to it.
pub(in crate::delivery) struct Origin {
    connector: HttpsConnector<HttpConnector>,
    /// How long a connection may take, TLS included.
    connect: Duration,
    /// With the path that all of the provider's paths begin with, without a slash at its end.
    base: Uri,
    /// What each request carries.
    headers: HeaderMap,
    /// The one that was used last at the back.
    free: Mutex<VecDeque<Kept>>,
}

/// A connection, which moves while it is polled and not otherwise.
struct Kept {
    sender: SendRequest<Body>,
    connection: Connection<Stream, Body>,
    /// When it was last used.
    used_at: Instant,
    /// It was not in use before.
    is_new: bool,
}

/// What a provider answered.
pub(in crate::delivery) struct Reply {
    /// The HTTP status.
    pub(in crate::delivery) status: u16,
    /// The headers.
    pub(in crate::delivery) headers: HeaderMap,
    /// The body, up to [`MOST`].
    pub(in crate::delivery) body: Vec<u8>,
}

/// How an exchange failed.
enum Lost {
    /// None of the request has gone out: here it is again.
    Unsent(Box<Request<Body>>),
    /// The request may have arrived.
    Broke,
}

/// TLS by the certificates that this machine trusts.
///
/// # Errors
/// Where the machine has no store of them.
pub(super) fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(versions.with_platform_verifier()?.with_no_client_auth())
}

impl Origin {
    /// The provider at `base`, an `http` or `https` URL. A connection may take `connect`. `None`: no
    /// such URL.
    pub(in crate::delivery) fn new(
        base: &str,
        connect: Duration,
        tls: ClientConfig,
    ) -> Option<Self> {
        let base: Uri = base.trim_end_matches('/').parse().ok()?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(connect));
        let agent = concat!("ampara/", env!("CARGO_PKG_VERSION"));
        let headers = HeaderMap::from_iter([
            (
                HOST,
                HeaderValue::from_str(base.authority()?.as_str()).ok()?,
            ),
            (USER_AGENT, HeaderValue::from_static(agent)),
            (ACCEPT, HeaderValue::from_static("*/*")),
        ]);
        base.scheme()?;
        Some(Self {
            connector: HttpsConnectorBuilder::new()
                .with_tls_config(tls)
                .https_or_http()
                .enable_http1()
                .wrap_connector(tcp),
            connect,
            base,
            headers,
            free: Mutex::default(),
        })
    }

    /// A path at this provider, which begins with a slash; `None` where it is none.
    pub(in crate::delivery) fn path(&self, path: &str) -> Option<Uri> {
        let base = self.base.path().trim_end_matches('/');
        Uri::builder()
            .path_and_query(format!("{base}{path}"))
            .build()
            .ok()
    }

    /// Posts once; `headers` besides those that each request carries.
    ///
    /// # Errors
    /// No connection, or no answer `within` that time: then it may have arrived.
    pub(in crate::delivery) async fn post<const N: usize>(
        &self,
        path: &Uri,
        headers: [(hyper::header::HeaderName, HeaderValue); N],
        body: String,
        within: Duration,
    ) -> Result<Reply, NoAnswer> {
        let mut request = Request::new(Full::from(body));
        *request.method_mut() = hyper::Method::POST;
        request.uri_mut().clone_from(path);
        request.headers_mut().clone_from(&self.headers);
        request.headers_mut().extend(headers);
        let exchanged = timeout(within, self.exchange(request)).await;
        exchanged.unwrap_or(Err(NoAnswer::TimedOut))
    }

    async fn exchange(&self, mut request: Request<Body>) -> Result<Reply, NoAnswer> {
        loop {
            let mut kept = match self.take().await {
                Some(kept) => kept,
                None => self.open().await?,
            };
            match kept.exchange(request).await {
                Ok((reply, stays_open)) => {
                    if stays_open {
                        self.keep(kept);
                    }
                    return Ok(reply);
                }
                Err(Lost::Unsent(again)) if !kept.is_new => request = *again,
                Err(_) => return Err(NoAnswer::Broke),
            }
        }
    }

    fn free(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection that was used last of those that the provider has not closed.
    async fn take(&self) -> Option<Kept> {
        loop {
            let mut kept = self.free().pop_back()?;
            let connection = &mut kept.connection;
            let is_open =
                poll_fn(|cx| Poll::Ready(Pin::new(&mut *connection).poll(cx).is_pending()));
            if is_open.await && kept.sender.is_ready() {
                return Some(kept);
            }
        }
    }

    fn keep(&self, mut kept: Kept) {
        let now = Instant::now();
        (kept.used_at, kept.is_new) = (now, false);
        let mut free = self.free();
        free.push_back(kept);
        let is_over = |first: &Kept| now.duration_since(first.used_at) > FREE_FOR;
        while free.len() > MOST_FREE || free.front().is_some_and(is_over) {
            free.pop_front();
        }
    }

    async fn open(&self) -> Result<Kept, NoAnswer> {
        let opening = async {
            let stream = self.connector.clone().call(self.base.clone()).await.ok()?;
            let (sender, connection) = handshake(stream).await.ok()?;
            Some(Kept {
                sender,
                connection,
                used_at: Instant::now(),
                is_new: true,
            })
        };
        let opened = timeout(self.connect, opening).await;
        opened.ok().flatten().ok_or(NoAnswer::NoConnection)
    }
}

impl Kept {
    /// One request and its answer; whether the connection is good for another one.
    async fn exchange(&mut self, request: Request<Body>) -> Result<(Reply, bool), Lost> {
        let (sender, connection) = (&mut self.sender, &mut self.connection);
        let answered = pin!(async {
            let sent = sender.try_send_request(request).await;
            read(sent.map_err(|mut error| {
                let unsent = error.take_message();
                unsent.map_or(Lost::Broke, |request| Lost::Unsent(Box::new(request)))
            })?)
            .await
        });
        match select(answered, connection).await {
            Either::Left((answered, _)) => answered,
            // It has ended; what it read is still to be had.
            Either::Right((_, answered)) => answered.await.map(|(reply, _)| (reply, false)),
        }
    }
}

/// Reads an answer; whether it was read whole.
async fn read(response: Response<Incoming>) -> Result<(Reply, bool), Lost> {
    let (head, mut incoming) = response.into_parts();
    let (mut body, mut is_whole) = (Vec::new(), true);
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame.map_err(|_| Lost::Broke)?.into_data() else {
            continue;
        };
        if body.len() + data.len() > MOST {
            is_whole = false;
            break;
        }
        body.extend_from_slice(&data);
    }
    let reply = Reply {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
    };
    Ok((reply, is_whole))
}

#[cfg(test)]
#[path = "origin_tests.rs"]
mod tests;
