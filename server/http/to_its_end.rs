//! A request that was begun is worked on to its end, although its caller hangs up.
//!
//! The server drops a request's future as soon as its connection is gone. What such a future would
//! do after a commit, for instance hand an alert's messages to the senders, must not depend on a
//! phone that stays on the line: so each request is a task of its own, and the connection only waits
//! for its answer. What waits, rather than works, may ask whether it still does ([`HungUp`]).

use std::convert::Infallible;
use std::future::{Ready, pending, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, rt};
use tokio::sync::watch;

use super::codes::Code;
use super::error::Failure;
use super::problem::Problem;

/// The middleware, inside all that dresses an answer.
///
/// # Errors
/// What the inner service failed with; `internal` where it panicked.
pub async fn to_its_end<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    use tracing::Instrument as _;
    // Dropped with this future, which the connection drops.
    let (_there, gone) = watch::channel(());
    req.extensions_mut().insert(HungUp(Some(gone)));
    let work = async move { next.call(req).await }.in_current_span();
    rt::spawn(work)
        .await
        .unwrap_or_else(|_| Err(Failure::from(Problem::of(Code::INTERNAL)).into()))
}

/// Whether a request's caller has hung up, so that its answer is read by no one.
#[derive(Clone, Default)]
pub struct HungUp(Option<watch::Receiver<()>>);

impl HungUp {
    /// Of a caller who is there until what is returned with it is dropped.
    #[cfg(test)]
    pub fn of_a_caller() -> (watch::Sender<()>, Self) {
        let (there, gone) = watch::channel(());
        (there, Self(Some(gone)))
    }

    /// Returns when it has. Of a request that was made up (`default`) never.
    pub async fn happened(&mut self) {
        match &mut self.0 {
            Some(gone) => while gone.changed().await.is_ok() {},
            None => pending().await,
        }
    }
}

impl FromRequest for HungUp {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(req.extensions().get().cloned().unwrap_or_default()))
    }
}
