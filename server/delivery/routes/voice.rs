//! What the gateway for calls reports: how a call ended, and which key was pressed.

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::form::{Form, NotTaken, signed, value};
use crate::delivery::channels::voice::callback::{answers, event};
use crate::delivery::channels::voice::twiml::{once_more, thanks};
use crate::delivery::error::DeliveryError;
use crate::delivery::inbound::PressedKey;
use crate::delivery::outbox::sender::Delivery;
use crate::http::Failure;
use crate::ids::NotificationId;
use crate::language::Language;

/// How a call ended; the rest of the gateway's form is passed over.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(
    dead_code,
    reason = "describes the form; it is read as pairs, since the signature covers all of them"
)]
struct VoiceStatus {
    /// `completed`, `busy`, `no-answer`, `failed`, `canceled`; steps in between change nothing.
    #[schema(example = "no-answer")]
    call_status: String,
    /// The answer of the telephone network where it failed, as 404.
    #[schema(example = "486")]
    sip_response_code: Option<String>,
}

/// A key, as the gateway sends it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(
    dead_code,
    reason = "describes the form; it is read as pairs, since the signature covers all of them"
)]
struct VoiceKey {
    /// `1`: on my way, or heard. `2`: I can't. Another key asks once more.
    #[schema(example = "1")]
    digits: String,
    /// The gateway's reference of the call: a key that was taken before changes nothing.
    #[schema(example = "CA0123456789abcdef0123456789abcdef")]
    call_sid: Option<String>,
}

/// Takes the gateway's word on how a call ended.
///
/// Only the gateway calls this, signed as the receipts of messages are. A call that was picked up
/// and in which no key was pressed has reached no person: a mailbox picks up too.
#[utoipa::path(tag = "providers",
    params(("notification" = String, Path, description = "The notification that the call carried"),
           ("X-Twilio-Signature" = String, Header, description = "Of this URL and form")),
    request_body(content = VoiceStatus, content_type = "application/x-www-form-urlencoded",
        example = json!({"CallStatus": "no-answer"})),
    responses((status = 204, description = "Taken"), NotTaken))]
#[post("/v1/callbacks/voice/status/{notification}")]
pub(crate) async fn voice_status(
    request: HttpRequest,
    path: Path<String>,
    body: web::Bytes,
    delivery: Data<Delivery>,
) -> Result<HttpResponse, Failure> {
    let form = from_the_gateway(&request, &body, &delivery)?;
    let status = value(&form, "CallStatus").unwrap_or_default();
    let notification: Option<NotificationId> = path.parse().ok();
    if let (Some(said), Some(id)) = (event(status), notification) {
        let code = value(&form, "SipResponseCode")
            .filter(|c| c.len() <= 3 && c.bytes().all(|b| b.is_ascii_digit()));
        let cause = code.map_or_else(
            || format!("voice {status}"),
            |code| format!("voice {status} {code}"),
        );
        delivery.hears(id, said, cause).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Takes a key that was pressed in a call.
///
/// Only the gateway calls this, signed as the receipts of messages are; it reads out what is
/// answered.
#[utoipa::path(tag = "providers",
    params(("notification" = String, Path, description = "The notification that the call carries"),
           ("language" = Option<String>, Query, description = "What the answer is read in: `es` or `en`"),
           ("X-Twilio-Signature" = String, Header, description = "Of this URL and form")),
    request_body(content = VoiceKey, content_type = "application/x-www-form-urlencoded",
        example = json!({"Digits": "1"})),
    responses((status = 200, description = "Taken; what is read out now", content_type = "text/xml", body = String,
               example = json!("<Response><Say language=\"es-MX\">Gracias.</Say></Response>")), NotTaken))]
#[post("/v1/callbacks/voice/keys/{notification}")]
pub(crate) async fn voice_keys(
    request: HttpRequest,
    path: Path<String>,
    body: web::Bytes,
    delivery: Data<Delivery>,
) -> Result<HttpResponse, Failure> {
    let form = from_the_gateway(&request, &body, &delivery)?;
    let Some(key) = value(&form, "Digits") else {
        return Err(DeliveryError::Unreadable.into());
    };
    let language = Language::of_tag(
        request
            .query_string()
            .strip_prefix("language=")
            .unwrap_or_default(),
    );
    let said = if answers(key) {
        if let Ok(id) = path.parse() {
            let pressed = PressedKey {
                reference: value(&form, "CallSid").map(str::to_owned),
                key: key.to_owned(),
            };
            delivery.takes_key(id, pressed).await?;
        }
        thanks(language)
    } else {
        let here = request.uri().path_and_query().map_or("", |p| p.as_str());
        let url = delivery
            .channels()
            .voice
            .as_ref()
            .map(|voice| voice.gateway().callback(here));
        once_more(language, &url.unwrap_or_default())
    };
    Ok(HttpResponse::Ok().content_type("text/xml").body(said))
}

fn from_the_gateway(
    request: &HttpRequest,
    body: &[u8],
    delivery: &Delivery,
) -> Result<Form, DeliveryError> {
    signed(
        request,
        body,
        delivery
            .channels()
            .voice
            .iter()
            .map(|voice| voice.gateway().account()),
    )
}
