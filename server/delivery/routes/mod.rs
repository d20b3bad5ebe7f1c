//! Where the gateways report: receipts, replies and keys, believed only with their signature.

mod sms;
mod voice;

use actix_web::HttpRequest;
use actix_web::web;
use secrecy::ExposeSecret;
use utoipa::IntoResponses;
use utoipa_actix_web::service_config::ServiceConfig;

use super::channels::twilio::{Account, is_signed};
use super::error::DeliveryError;
use crate::http::ProblemBody;

/// The largest form taken, in bytes.
const LARGEST: usize = 65_536;

/// Adds this room's routes. They need a [`Delivery`](super::Delivery) as app data.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(sms::sms_status)
        .service(sms::sms_inbound)
        .service(voice::voice_status)
        .service(voice::voice_keys);
}

/// Why a report is not taken.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes the answers")]
enum NotTaken {
    /// Not signed by the gateway
    #[response(status = 403, content_type = "application/problem+json")]
    Unsigned(ProblemBody<'static>),
    /// See docs/api-errors
    #[response(status = "4XX", content_type = "application/problem+json")]
    Otherwise(ProblemBody<'static>),
}

type Form = Vec<(String, String)>;

/// Reads a form whose signature is made over our public address and this path by one of these
/// accounts: the one that the form names, where it names one.
fn signed<'a>(
    request: &HttpRequest,
    body: &[u8],
    accounts: impl Iterator<Item = &'a Account>,
) -> Result<Form, DeliveryError> {
    if body.len() > LARGEST {
        return Err(DeliveryError::Unreadable);
    }
    let form: Form = web::Query::<Form>::from_query(
        std::str::from_utf8(body).map_err(|_| DeliveryError::Unsigned)?,
    )
    .map_err(|_| DeliveryError::Unsigned)?
    .into_inner();
    let path = request.uri().path_and_query().map_or("", |p| p.as_str());
    let signature = request
        .headers()
        .get("x-twilio-signature")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let signs = |account: &Account| {
        let url = format!("{}{path}", account.public_url.trim_end_matches('/'));
        is_signed(account.auth_token.expose_secret(), &url, &form, signature)
    };
    let named = value(&form, "AccountSid");
    let mut theirs = accounts.filter(|account| named.is_none_or(|sid| sid == account.sid));
    match theirs.any(signs) {
        true => Ok(form),
        false => Err(DeliveryError::Unsigned),
    }
}

fn value<'f>(form: &'f Form, key: &str) -> Option<&'f str> {
    form.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
}
