//! The id and the span of a request.
//!
//! The id is always ours: one that came from outside could be chosen to collide, or to carry text
//! into the log. The span knows the path's pattern only, since `/i/{code}` and `/w/{token}` carry
//! secrets, and other paths ids of people.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder, TracingLogger};

/// The header that carries the id back.
pub const X_REQUEST_ID: &str = "x-request-id";

/// The outermost middleware: makes the id and the span.
#[must_use]
pub fn tracing_logger() -> TracingLogger<PatternSpan> {
    TracingLogger::new()
}

/// A span with method, path pattern, id, status, and the alert once it is known; never the path,
/// query, headers or address.
pub struct PatternSpan;

impl RootSpanBuilder for PatternSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let route = request
            .match_pattern()
            .unwrap_or_else(|| String::from("unknown"));
        let id = request
            .extensions()
            .get::<RequestId>()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::info_span!(
            "request",
            method = known_method(request),
            route,
            request_id = id,
            status = tracing::field::Empty,
            // Our own id of the alert that it is about, where a handler says so.
            alert = tracing::field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
        span.in_scope(|| tracing::debug!(status = status.as_u16(), "answered"));
    }
}

/// A method is any word a client likes; only the usual ones are written down.
fn known_method(request: &ServiceRequest) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "PUT" => "PUT",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
