//! The fake's two paths; any other is a fault.

use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::answer::refusal;
use super::request::{Fields, faults, field};
use super::{ACCOUNT_SID, AUTH_TOKEN, Desk, Sms};

pub fn configure(cfg: &mut web::ServiceConfig, desk: &Arc<Desk>) {
    cfg.app_data(web::Data::from(Arc::clone(desk)))
        .route("/2010-04-01/Accounts/{sid}/Messages.json", web::post().to(send))
        .route(&format!("/2010-04-01/Accounts/{ACCOUNT_SID}.json"), web::get().to(account))
        .default_service(web::to(elsewhere));
}

async fn elsewhere(request: HttpRequest, desk: web::Data<Desk>) -> HttpResponse {
    desk.ledger.fault(format!("{} {} is no path of the provider", request.method(), request.path()));
    refusal(404, 20404, "The requested resource was not found")
}

fn header<'a>(request: &'a HttpRequest, name: &actix_web::http::header::HeaderName) -> &'a str {
    request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
}

/// The account itself, for whoever asks whether its secret is right. A wrong one is refused and is no fault: asking is
/// how it is found out.
async fn account(request: HttpRequest) -> HttpResponse {
    let basic = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT_SID}:{AUTH_TOKEN}")));
    match header(&request, &AUTHORIZATION) == basic {
        true => HttpResponse::Ok().json(json!({ "sid": ACCOUNT_SID, "status": "active" })),
        false => refusal(401, 20003, "Authenticate"),
    }
}

async fn send(
    request: HttpRequest,
    account: web::Path<String>,
    body: web::Bytes,
    desk: web::Data<Desk>,
) -> HttpResponse {
    let basic = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT_SID}:{AUTH_TOKEN}")));
    if header(&request, &AUTHORIZATION) != basic || account.as_str() != ACCOUNT_SID {
        desk.ledger.fault("a message with the wrong account or secret");
        return refusal(401, 20003, "Authenticate");
    }
    if !header(&request, &CONTENT_TYPE).starts_with("application/x-www-form-urlencoded") {
        desk.ledger.fault("a message that is no form");
        return refusal(400, 20001, "no form");
    }
    let Ok(form) = web::Query::<Fields>::from_query(&String::from_utf8_lossy(&body)) else {
        desk.ledger.fault("a message whose form can't be read");
        return refusal(400, 20001, "no form");
    };
    let broken = faults(&form);
    if let Some((code, what)) = broken.first() {
        for (code, what) in &broken {
            desk.ledger.fault(format!("{code}: {what}"));
        }
        return refusal(400, *code, what);
    }
    accept(&desk, &form).await
}

async fn accept(desk: &Desk, form: &Fields) -> HttpResponse {
    let text = |name: &str| field(form, name).unwrap_or("").to_owned();
    let to = text("To");
    let answered = desk.next_answer(&to);
    let sms = Sms {
        sid: format!("SM{}", uuid::Uuid::now_v7().simple()),
        from: field(form, "From").or(field(form, "MessagingServiceSid")).unwrap_or("").to_owned(),
        body: text("Body"),
        status_callback: field(form, "StatusCallback").map(str::to_owned),
        answered: answered.clone(),
        to,
    };
    let queued = json!({
        "sid": sms.sid, "account_sid": ACCOUNT_SID, "to": sms.to, "from": sms.from, "body": sms.body,
        "status": "queued", "direction": "outbound-api", "num_segments": "1", "num_media": "0", "price": null,
        "error_code": null, "error_message": null, "api_version": "2010-04-01",
        "uri": format!("/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{}.json", sms.sid),
    });
    desk.ledger.record(sms);
    answered.respond(queued).await
}
