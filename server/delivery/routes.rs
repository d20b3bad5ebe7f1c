//! Where the gateway reports: receipts and replies, believed only with its signature.

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use secrecy::ExposeSecret;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::aftermath::Settled;
use super::fault::DeliveryError;
use super::inbound;
use super::model::NotificationEvent;
use super::receipts::happened;
use super::sms::callback::{Reply, event, is_signed};
use super::worker::Delivery;
use crate::db::{DbError, Lane};
use crate::http::{Failure, ProblemBody};
use crate::ids::NotificationId;

/// The largest form taken, in bytes.
const LARGEST: usize = 65_536;

/// Adds this room's routes. They need a [`Delivery`] as app data.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(sms_status).service(sms_inbound);
}

type Form = Vec<(String, String)>;

/// What the gateway says of a message; the rest of its form is passed over.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes the form; it is read as pairs, since the signature covers all of them")]
struct SmsStatus {
    /// `delivered`, `undelivered`, `failed`, `read`; steps in between change nothing.
    #[schema(example = "delivered")]
    message_status: String,
    /// The gateway's code where it failed.
    #[schema(example = "30003")]
    error_code: Option<String>,
}

/// A reply as the gateway sends it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes the form; it is read as pairs, since the signature covers all of them")]
struct SmsReply {
    /// The number it came from, E.164.
    #[schema(example = "+526140000000")]
    from: String,
    /// What it says. STOP, ALTO and BAJA end messages to that number; ALTA and START allow them again.
    #[schema(example = "ALTO")]
    body: String,
}

/// Takes the SMS gateway's receipt for a message.
///
/// Only the gateway calls this. `X-Twilio-Signature` must be base64(HMAC-SHA1(auth token, public URL and the form's keys
/// and values in the keys' order)); anything else is refused. A message that is not known any more is no error.
#[utoipa::path(tag = "providers",
    params(("notification" = String, Path, description = "The notification that was sent"),
           ("X-Twilio-Signature" = String, Header, description = "Of this URL and form")),
    request_body(content = SmsStatus, content_type = "application/x-www-form-urlencoded",
        example = json!({"MessageStatus": "delivered"})),
    responses((status = 204, description = "Taken"),
              (status = 403, description = "Not signed by the gateway", body = ProblemBody,
               content_type = "application/problem+json"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody,
               content_type = "application/problem+json")))]
#[post("/v1/callbacks/sms/status/{notification}")]
pub(crate) async fn sms_status(
    request: HttpRequest,
    path: Path<String>,
    body: web::Bytes,
    delivery: Data<Delivery>,
) -> Result<HttpResponse, Failure> {
    let form = signed(&request, &body, &delivery)?;
    let said = event(value(&form, "MessageStatus").unwrap_or_default(), value(&form, "ErrorCode"));
    let notification: Option<NotificationId> = path.parse().ok();
    if let (Some(said), Some(id)) = (said, notification) {
        delivery.hears(id, said).await?;
    }
    // Steps in between and messages that are gone are no reason for the gateway to try again.
    Ok(HttpResponse::NoContent().finish())
}

/// Takes a reply to an SMS.
///
/// Only the gateway calls this, signed as its receipts are. Of what somebody wrote only the first word is kept.
#[utoipa::path(tag = "providers",
    params(("X-Twilio-Signature" = String, Header, description = "Of this URL and form")),
    request_body(content = SmsReply, content_type = "application/x-www-form-urlencoded",
        example = json!({"From": "+526140000000", "Body": "ALTO"})),
    responses((status = 200, description = "Taken; nothing is answered to the number", content_type = "text/xml",
               body = String, example = json!("<Response/>")),
              (status = 403, description = "Not signed by the gateway", body = ProblemBody,
               content_type = "application/problem+json"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody,
               content_type = "application/problem+json")))]
#[post("/v1/callbacks/sms/inbound")]
pub(crate) async fn sms_inbound(
    request: HttpRequest,
    body: web::Bytes,
    delivery: Data<Delivery>,
) -> Result<HttpResponse, Failure> {
    let form = signed(&request, &body, &delivery)?;
    let (Some(from), Some(text)) = (value(&form, "From"), value(&form, "Body")) else {
        return Err(DeliveryError::Unreadable.into());
    };
    delivery.takes_reply(from.to_owned(), text.to_owned()).await?;
    Ok(HttpResponse::Ok().content_type("text/xml").body("<Response/>"))
}

/// Reads a form whose signature is the gateway's, made over our public address and this path.
fn signed(request: &HttpRequest, body: &[u8], delivery: &Delivery) -> Result<Form, DeliveryError> {
    let Some(sms) = &delivery.channels().sms else { return Err(DeliveryError::Unsigned) };
    let account = sms.account();
    if body.len() > LARGEST {
        return Err(DeliveryError::Unreadable);
    }
    let form: Form = web::Query::<Form>::from_query(std::str::from_utf8(body).map_err(|_| DeliveryError::Unsigned)?)
        .map_err(|_| DeliveryError::Unsigned)?
        .into_inner();
    let path = request.uri().path_and_query().map_or("", |p| p.as_str());
    let url = format!("{}{path}", account.public_url.trim_end_matches('/'));
    let signature = request.headers().get("x-twilio-signature").and_then(|v| v.to_str().ok()).unwrap_or_default();
    match is_signed(account.auth_token.expose_secret(), &url, &form, signature) {
        true => Ok(form),
        false => Err(DeliveryError::Unsigned),
    }
}

fn value<'f>(form: &'f Form, key: &str) -> Option<&'f str> {
    form.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
}

impl Delivery {
    /// Takes a receipt from a provider, with whatever its owner does about it.
    pub(super) async fn hears(&self, id: NotificationId, said: NotificationEvent) -> Result<(), DeliveryError> {
        let aftermath = std::sync::Arc::clone(&self.parts().aftermath);
        let now = self.now();
        let settled: Option<Settled> = self
            .parts()
            .foundation
            .db
            .write(Lane::Alert, move |conn| {
                let settled = happened(conn, id, said, now)?;
                if let Some(one) = &settled {
                    aftermath.settle(conn, now, std::slice::from_ref(one))?;
                }
                Ok::<_, DbError>(settled)
            })
            .await?;
        self.after_commit(settled.as_slice());
        Ok(())
    }

    async fn takes_reply(&self, from: String, text: String) -> Result<(), DeliveryError> {
        let (keys, now) = (std::sync::Arc::clone(&self.parts().foundation.keys), self.now());
        let said = self
            .parts()
            .foundation
            .db
            .write(Lane::Background, move |conn| inbound::take(conn, &keys, &from, &text, now))
            .await?;
        if matches!(said, Reply::Word(_)) {
            self.parts().foundation.bus.nudge_engine();
        }
        Ok(())
    }
}
