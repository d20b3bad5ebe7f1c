//! A request that was begun is worked on to its end, although its caller hangs up.
//!
//! The server drops a request's future as soon as its connection is gone. What such a future would
//! do after a commit, for instance hand an alert's messages to the senders, must not depend on a
//! phone that stays on the line: so each request is a task of its own, and the connection only waits
//! for its answer.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, rt};

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
    let work = async move { next.call(req).await }.in_current_span();
    rt::spawn(work)
        .await
        .unwrap_or_else(|_| Err(Failure::from(Problem::of(Code::INTERNAL)).into()))
}
