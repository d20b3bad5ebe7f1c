//! `HEAD` on the health routes: load balancers and uptime checks ask by it (RFC 9110, section
//! 9.3.2).
//!
//! The request is answered as a `GET`; the server's codec, which read the request's own method, sends
//! the headers without the body. Other routes refuse it: a `HEAD` on a record would be written to
//! the read-audit, one on a contact's page would count as seen, one on a stream would stay open.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;

const ROUTES: [&str; 3] = ["/healthz", "/readyz", "/health/alerting"];

/// Whether that path pattern takes `HEAD`.
pub(super) fn takes_head(path: &str) -> bool {
    ROUTES.contains(&path)
}

/// The middleware.
///
/// # Errors
/// What an inner middleware failed with.
pub async fn head_as_get<B: MessageBody>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if req.method() == Method::HEAD && takes_head(req.path()) {
        req.head_mut().method = Method::GET;
    }
    next.call(req).await
}
