//! What the SMS gateways report.

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::form::{Form, NotTaken, signed, value};
use crate::delivery::channels::sms::callback::event;
use crate::delivery::error::DeliveryError;
use crate::delivery::inbound::Text;
use crate::delivery::outbox::sender::Delivery;
use crate::http::Failure;
use crate::ids::NotificationId;

/// What the gateway says of a message; the rest of its form is passed over.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(
    dead_code,
    reason = "describes the form; it is read as pairs, since the signature covers all of them"
)]
struct SmsStatus {
    /// `delivered`, `undelivered`, `failed`, `canceled`, `read`; older gateways call the field
    /// `SmsStatus`. Steps in between change nothing.
    #[schema(example = "delivered")]
    message_status: String,
    /// The gateway's code where it failed.
    #[schema(example = "30003")]
    error_code: Option<String>,
}

/// A reply as the gateway sends it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(
    dead_code,
    reason = "describes the form; it is read as pairs, since the signature covers all of them"
)]
struct SmsReply {
    /// The number it came from, E.164.
    #[schema(example = "+526145550100")]
    from: String,
    /// Our number that it was sent to, or the service in `MessagingServiceSid`.
    #[schema(example = "+526145550190")]
    to: Option<String>,
    /// What it says, in Spanish or English (docs/wording.md). STOP, ALTO or BAJA and nothing else
    /// ends texts and calls from that sender; START, YES, UNSTOP and ALTA allow them again. `1`, sí
    /// or "voy para allá" answer the open alert that the number was told of as on my way; `2` or no
    /// as unable. What is not understood is answered once.
    #[schema(example = "ALTO")]
    body: String,
    /// The gateway's reference of this text: one that was taken before changes nothing.
    #[schema(example = "SM0123456789abcdef0123456789abcdef")]
    message_sid: Option<String>,
}

/// Takes the SMS gateway's receipt for a message.
///
/// Only the gateway calls this. `X-Twilio-Signature` must be base64(HMAC-SHA1(auth token, public
/// URL and the form's keys and values in the keys' order)); anything else is refused. A message
/// that is not known any more is no error.
#[utoipa::path(tag = "providers",
    params(("notification" = String, Path, description = "The notification that was sent"),
           ("X-Twilio-Signature" = String, Header, description = "Of this URL and form")),
    request_body(content = SmsStatus, content_type = "application/x-www-form-urlencoded",
        example = json!({"MessageStatus": "delivered"})),
    responses((status = 204, description = "Taken"), NotTaken))]
#[post("/v1/callbacks/sms/status/{notification}")]
pub(crate) async fn sms_status(
    request: HttpRequest,
    path: Path<String>,
    body: web::Bytes,
    delivery: Data<Delivery>,
) -> Result<HttpResponse, Failure> {
    let form = from_a_gateway(&request, &body, &delivery)?;
    let (status, code) = (
        value(&form, "MessageStatus")
            .or_else(|| value(&form, "SmsStatus"))
            .unwrap_or_default(),
        value(&form, "ErrorCode"),
    );
    let notification: Option<NotificationId> = path.parse().ok();
    if let (Some(said), Some(id)) = (event(status, code), notification) {
        delivery.hears(id, said, cause(status, code)).await?;
    }
    // Steps in between and messages that are gone are no reason for the gateway to try again.
    Ok(HttpResponse::NoContent().finish())
}

/// Takes a reply to an SMS.
///
/// Only the gateway calls this, signed as its receipts are. Of the text only the first
/// word is kept.
#[utoipa::path(tag = "providers",
    params(("X-Twilio-Signature" = String, Header, description = "Of this URL and form")),
    request_body(content = SmsReply, content_type = "application/x-www-form-urlencoded",
        example = json!({"From": "+526145550100", "Body": "ALTO"})),
    responses((status = 200, description = "Taken; nothing is answered to the number", content_type = "text/xml",
               body = String, example = json!("<Response/>")), NotTaken))]
#[post("/v1/callbacks/sms/inbound")]
pub(crate) async fn sms_inbound(
    request: HttpRequest,
    body: web::Bytes,
    delivery: Data<Delivery>,
) -> Result<HttpResponse, Failure> {
    let form = from_a_gateway(&request, &body, &delivery)?;
    let (Some(from), Some(text)) = (value(&form, "From"), value(&form, "Body")) else {
        return Err(DeliveryError::Unreadable.into());
    };
    let to = ["To", "MessagingServiceSid"].map(|key| value(&form, key));
    let text = Text {
        reference: value(&form, "MessageSid").map(str::to_owned),
        from: from.to_owned(),
        to: to.into_iter().flatten().map(str::to_owned).collect(),
        body: text.to_owned(),
    };
    delivery.takes_reply(text).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/xml")
        .body("<Response/>"))
}

fn from_a_gateway(
    request: &HttpRequest,
    body: &[u8],
    delivery: &Delivery,
) -> Result<Form, DeliveryError> {
    signed(
        request,
        body,
        delivery
            .channels()
            .sms
            .iter()
            .map(|sms| sms.gateway().account()),
    )
}

/// The carrier's word and code, as an attempt's row keeps them: what is no code is left out.
fn cause(status: &str, code: Option<&str>) -> String {
    let code = code.filter(|code| code.len() <= 8 && code.bytes().all(|b| b.is_ascii_digit()));
    code.map_or_else(
        || format!("sms {status}"),
        |code| format!("sms {status} {code}"),
    )
}
