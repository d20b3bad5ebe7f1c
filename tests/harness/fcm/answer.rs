//! The answers that FCM gives, in its own shapes.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

const FCM_ERROR: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

/// What the fake answers to one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200 with a message name.
    Ok,
    /// 404 with FcmError UNREGISTERED: the app is gone from that phone.
    Unregistered,
    /// 404 without a detail, as for a wrong project.
    BareNotFound,
    /// 400 with FcmError INVALID_ARGUMENT: the token is none.
    InvalidToken,
    /// 400 with a BadRequest naming this field: our bug.
    BadRequest(&'static str),
    /// 403 with FcmError SENDER_ID_MISMATCH.
    SenderIdMismatch,
    /// 429 with FcmError QUOTA_EXCEEDED and, if given, `Retry-After` in seconds.
    Quota(Option<u64>),
    /// 503 with FcmError UNAVAILABLE and, if given, `Retry-After` in seconds.
    Unavailable(Option<u64>),
    /// 500 with FcmError INTERNAL.
    Internal,
    /// 401 with FcmError THIRD_PARTY_AUTH_ERROR: Apple's certificate or key is wrong.
    ThirdPartyAuth,
    /// 401 without a detail, whatever the bearer.
    Unauthorised,
    /// 200 after so long.
    Slow(Duration),
    /// Takes the message and never answers.
    Hang,
    /// Takes the message and cuts the connection in the middle of a 200's body.
    ResetMidBody,
    /// 200 with a body that is no JSON.
    Garbage,
}

fn refusal(status: u16, name: &str, message: &str, details: &Value) -> HttpResponse {
    builder(status).json(json!({ "error": { "code": status, "message": message, "status": name, "details": details } }))
}

fn builder(status: u16) -> HttpResponseBuilder {
    HttpResponse::build(StatusCode::from_u16(status).unwrap())
}

fn fcm_error(status: u16, name: &str, code: &str, message: &str) -> HttpResponse {
    refusal(
        status,
        name,
        message,
        &json!([{ "@type": FCM_ERROR, "errorCode": code }]),
    )
}

fn retry_after(mut response: HttpResponse, seconds: Option<u64>) -> HttpResponse {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// A 401 in Google's words, without an FcmError.
pub fn unauthenticated() -> HttpResponse {
    builder(401).json(json!({ "error": {
        "code": 401, "status": "UNAUTHENTICATED",
        "message": "Request had invalid authentication credentials.",
    } }))
}

/// A 400 that names the first broken field.
pub fn bad_request(field: &str, description: &str) -> HttpResponse {
    let details = json!([{ "@type": BAD_REQUEST, "fieldViolations": [{ "field": field, "description": description }] }]);
    refusal(400, "INVALID_ARGUMENT", description, &details)
}

impl Answer {
    /// The response; `name` is the message name of a 200. [`Answer::Hang`] never returns.
    pub async fn respond(&self, name: &str) -> HttpResponse {
        match self {
            Self::Ok => HttpResponse::Ok().json(json!({ "name": name })),
            Self::Unregistered => fcm_error(404, "NOT_FOUND", "UNREGISTERED", "Requested entity was not found."),
            Self::BareNotFound => builder(404)
                .json(json!({ "error": { "code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND" } })),
            Self::InvalidToken => {
                let message = "The registration token is not a valid FCM registration token";
                fcm_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", message)
            }
            Self::BadRequest(field) => bad_request(field, &format!("Invalid value at '{field}'")),
            Self::SenderIdMismatch => fcm_error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", "SenderId mismatch"),
            Self::Quota(seconds) => {
                let quota = fcm_error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "Quota exceeded.");
                retry_after(quota, *seconds)
            }
            Self::Unavailable(seconds) => {
                retry_after(fcm_error(503, "UNAVAILABLE", "UNAVAILABLE", "The service is unavailable."), *seconds)
            }
            Self::Internal => fcm_error(500, "INTERNAL", "INTERNAL", "Internal error encountered."),
            Self::ThirdPartyAuth => {
                let message = "Request is missing a required authentication credential.";
                fcm_error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR", message)
            }
            Self::Unauthorised => unauthenticated(),
            Self::Slow(long) => {
                actix_web::rt::time::sleep(*long).await;
                HttpResponse::Ok().json(json!({ "name": name }))
            }
            Self::Hang => std::future::pending().await,
            Self::ResetMidBody => cut_off(name),
            Self::Garbage => HttpResponse::Ok().content_type("text/html").body("<html>captive portal</html>"),
        }
    }
}

/// A 200 whose body breaks off: the connection is closed with the last chunk missing.
fn cut_off(name: &str) -> HttpResponse {
    let start = Bytes::from(format!("{{\"name\": \"{name}"));
    let pieces = [
        Ok(start),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ];
    HttpResponse::Ok()
        .content_type("application/json")
        .streaming(futures_util::stream::iter(pieces))
}
