//! The answers that the provider gives, in its own shapes.

use std::io::ErrorKind;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Bytes;
use futures_util::stream;
use serde_json::{Value, json};

/// What the fake answers to one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 201, queued, with a sid.
    Queued,
    /// 202 and no name of the message, as queues before a gateway answer.
    Accepted,
    /// 201, and in it that the message failed, with the code.
    QueuedAndFailed(u32),
    /// 400 with one of the provider's codes; see the constants below.
    Refused(u32),
    /// 429 with code 20429 and, if given, `Retry-After` in seconds.
    TooMany(Option<u64>),
    /// 500 with code 20500.
    Broken,
    /// 503 with code 20503.
    Unavailable,
    /// 401 with code 20003, whatever the secret.
    Unauthorised,
    /// 201 after so long.
    Slow(Duration),
    /// Takes the message and cuts the connection in the middle of a 201's body.
    ResetMidBody,
    /// Takes the message and never answers.
    Hang,
    /// 201 with a body that is no JSON.
    Garbage,
}

/// The number is none.
pub const INVALID_NUMBER: u32 = 21211;
/// The number is a landline.
pub const NOT_MOBILE: u32 = 21614;
/// The person said STOP to this sender.
pub const OPTED_OUT: u32 = 21610;

/// A refusal with the provider's code.
pub fn refusal(status: u16, code: u32, message: &str) -> HttpResponse {
    let more_info = format!("https://docs.example.test/errors/{code}");
    HttpResponse::build(StatusCode::from_u16(status).unwrap())
        .json(json!({ "code": code, "message": message, "more_info": more_info, "status": status }))
}

impl Answer {
    /// The response; `queued` is the body of a 201. [`Answer::Hang`] never returns.
    pub async fn respond(&self, queued: Value) -> HttpResponse {
        match self {
            Self::Queued => HttpResponse::Created().json(queued),
            Self::Accepted => HttpResponse::Accepted().json(json!({ "message": "accepted" })),
            Self::QueuedAndFailed(code) => HttpResponse::Created()
                .json(json!({ "sid": queued["sid"], "status": "failed", "error_code": code })),
            Self::Refused(code) => refusal(400, *code, "The message was refused."),
            Self::TooMany(seconds) => {
                let mut response = refusal(429, 20429, "Too Many Requests");
                if let Some(seconds) = seconds {
                    response
                        .headers_mut()
                        .insert(RETRY_AFTER, (*seconds).into());
                }
                response
            }
            Self::Broken => refusal(500, 20500, "Internal Server Error"),
            Self::Unavailable => refusal(503, 20503, "Service Unavailable"),
            Self::Unauthorised => refusal(401, 20003, "Authenticate"),
            Self::Slow(long) => {
                actix_web::rt::time::sleep(*long).await;
                HttpResponse::Created().json(queued)
            }
            Self::ResetMidBody => {
                let pieces = [
                    Ok(Bytes::from("{\"sid\": \"SM")),
                    Err(std::io::Error::from(ErrorKind::ConnectionReset)),
                ];
                HttpResponse::Created()
                    .content_type("application/json")
                    .streaming(stream::iter(pieces))
            }
            Self::Hang => std::future::pending().await,
            Self::Garbage => HttpResponse::Created()
                .content_type("text/html")
                .body("<html></html>"),
        }
    }
}
