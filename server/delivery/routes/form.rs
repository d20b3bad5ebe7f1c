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
        let token = account.auth_token.expose_secret();
        let forms = address_forms(account.public_url.trim_end_matches('/'));
        forms
            .iter()
            .any(|address| is_signed(token, &format!("{address}{path}"), &form, signature))
    };
    let named = value(&form, "AccountSid");
    let mut theirs = accounts.filter(|account| named.is_none_or(|sid| sid == account.sid));
    match theirs.any(signs) {
        true => Ok(form),
        false => {
            // A gateway whose reports are refused reports no delivery and no reply: ops have to
            // compare its account and our public address. Ops are told of one kind once.
            tracing::error!(
                alarm = true,
                "a gateway's report is refused: its signature does not fit"
            );
            Err(DeliveryError::Unsigned)
        }
    }
}

/// An address of ours as gateways sign it: as it is configured, and with the port of its scheme
/// left out or put in, since some sign one form and some the other.
fn address_forms(address: &str) -> Vec<String> {
    let mut forms = vec![address.to_owned()];
    let port = match address.split_once("://") {
        Some(("https", _)) => ":443",
        Some(("http", _)) => ":80",
        _ => return forms,
    };
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let (host, behind) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    // The colons of an IPv6 address are no port.
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    forms.push(match host.rsplit_once(':').filter(|_| has_port) {
        Some((bare, _)) => format!("{scheme}://{bare}{behind}"),
        None => format!("{scheme}://{host}{port}{behind}"),
    });
    forms
}

pub(super) fn value<'f>(form: &'f Form, key: &str) -> Option<&'f str> {
    form.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_with_and_without_its_port() {
        for (configured, other) in [
            ("https://ampara.mx", "https://ampara.mx:443"),
            ("http://ampara.mx", "http://ampara.mx:80"),
            ("https://ampara.mx:443", "https://ampara.mx"),
            ("https://ampara.mx:8443", "https://ampara.mx"),
            ("https://ampara.mx/alerts", "https://ampara.mx:443/alerts"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]:443"),
            ("https://[2001:db8::1]:8443", "https://[2001:db8::1]"),
        ] {
            assert_eq!(address_forms(configured), [configured, other]);
        }
    }
}
