//! A gateway's report: a form whose signature is checked before anything in it is believed.

use actix_web::HttpRequest;
use actix_web::web;
use secrecy::ExposeSecret;
use utoipa::IntoResponses;

use crate::delivery::channels::twilio::{Account, is_signed};
use crate::delivery::error::DeliveryError;
use crate::http::ProblemBody;

/// The largest form taken, in bytes.
const LARGEST: usize = 65_536;

/// Why a report is not taken.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes the answers")]
pub(super) enum NotTaken {
    /// Not signed by the gateway
    #[response(status = 403, content_type = "application/problem+json")]
    Unsigned(ProblemBody<'static>),
    /// See docs/api-errors
    #[response(status = "4XX", content_type = "application/problem+json")]
    Otherwise(ProblemBody<'static>),
}

pub(super) type Form = Vec<(String, String)>;

/// Reads a form whose signature is made over our public address and this path by one of these
/// accounts: the one that the form names, where it names one.
pub(super) fn signed<'a>(
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

pub(super) fn value<'f>(form: &'f Form, key: &str) -> Option<&'f str> {
    form.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
}
