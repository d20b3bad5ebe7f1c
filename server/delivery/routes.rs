//! Where the gateway reports: receipts and replies, believed only with its signature.

use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret;

use super::aftermath::Settled;
use super::fault::DeliveryError;
use super::inbound;
use super::receipts::happened;
use super::sms::callback::{Reply, event, is_signed};
use super::worker::Delivery;
use crate::db::{DbError, Lane};
use crate::http::Failure;
use crate::ids::NotificationId;

/// The routes of this room. They need a [`Delivery`] as app data.
pub fn configure(app: &mut ServiceConfig) {
    app.route("/v1/callbacks/sms/status/{notification}", web::post().to(status))
        .route("/v1/callbacks/sms/inbound", web::post().to(inbound));
}

type Form = Vec<(String, String)>;

async fn status(
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

async fn inbound(request: HttpRequest, body: web::Bytes, delivery: Data<Delivery>) -> Result<HttpResponse, Failure> {
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
    pub(super) async fn hears(
        &self,
        id: NotificationId,
        said: super::model::NotificationEvent,
    ) -> Result<(), DeliveryError> {
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
