//! The fake's three paths; any other is a fault.

use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::answer::{Answer, refusal};
use super::request::{Fields, faults, field};
use super::{Call, Desk, Sms, call, held};

pub fn configure(cfg: &mut web::ServiceConfig, desk: &Arc<Desk>) {
    cfg.app_data(web::Data::from(Arc::clone(desk)))
        .route(
            "/2010-04-01/Accounts/{sid}/Messages.json",
            web::post().to(send),
        )
        .route(
            "/2010-04-01/Accounts/{sid}/Calls.json",
            web::post().to(place),
        )
        .route(
            &format!("/2010-04-01/Accounts/{}.json", desk.account.0),
            web::get().to(account),
        )
        .default_service(web::to(elsewhere));
}

async fn elsewhere(request: HttpRequest, desk: web::Data<Desk>) -> HttpResponse {
    desk.texts.ledger.fault(format!(
        "{} {} is no path of the provider",
        request.method(),
        request.path()
    ));
    refusal(404, 20404, "The requested resource was not found")
}

fn header<'a>(request: &'a HttpRequest, name: &actix_web::http::header::HeaderName) -> &'a str {
    request
        .headers()
        .get(name)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("")
}

/// The account itself, for a probe that asks whether its secret is right. A wrong one is refused and is
/// no fault: asking is how it is found out. Where every message is answered that nobody is there,
/// so is this.
async fn account(request: HttpRequest, desk: web::Data<Desk>) -> HttpResponse {
    if matches!(*held(&desk.texts.otherwise), Answer::Unavailable) {
        return refusal(503, 20503, "Service unavailable");
    }
    match header(&request, &AUTHORIZATION) == basic(&desk) {
        true => HttpResponse::Ok().json(json!({ "sid": desk.account.0, "status": "active" })),
        false => refusal(401, 20003, "Authenticate"),
    }
}

fn basic(desk: &Desk) -> String {
    let (sid, secret) = desk.account;
    format!("Basic {}", STANDARD.encode(format!("{sid}:{secret}")))
}

/// Status, code and words.
type Refused = (u16, u32, &'static str);

/// The fields of a request whose account, secret and type are right.
fn form(request: &HttpRequest, account: &str, body: &[u8], desk: &Desk) -> Result<Fields, Refused> {
    if header(request, &AUTHORIZATION) != basic(desk) || account != desk.account.0 {
        desk.texts
            .ledger
            .fault("a message with the wrong account or secret");
        return Err((401, 20003, "Authenticate"));
    }
    if !header(request, &CONTENT_TYPE).starts_with("application/x-www-form-urlencoded") {
        desk.texts.ledger.fault("a message that is no form");
        return Err((400, 20001, "no form"));
    }
    web::Query::<Fields>::from_query(&String::from_utf8_lossy(body))
        .map(web::Query::into_inner)
        .map_err(|_| {
            desk.texts
                .ledger
                .fault("a message whose form can't be read");
            (400, 20001, "no form")
        })
}

fn refused(desk: &Desk, broken: &[(u32, String)]) -> Option<HttpResponse> {
    for (code, what) in broken {
        desk.texts.ledger.fault(format!("{code}: {what}"));
    }
    broken.first().map(|(code, what)| refusal(400, *code, what))
}

async fn send(
    request: HttpRequest,
    account: web::Path<String>,
    body: web::Bytes,
    desk: web::Data<Desk>,
) -> HttpResponse {
    match form(&request, &account, &body, &desk) {
        Err((status, code, what)) => refusal(status, code, what),
        Ok(form) => match refused(&desk, &faults(&form)) {
            Some(refusal) => refusal,
            None => accept(&desk, &form).await,
        },
    }
}

async fn place(
    request: HttpRequest,
    account: web::Path<String>,
    body: web::Bytes,
    desk: web::Data<Desk>,
) -> HttpResponse {
    let call = match form(&request, &account, &body, &desk).map(|form| call::read(&form)) {
        Err((status, code, what)) => return refusal(status, code, what),
        Ok(Err(broken)) => {
            return refused(&desk, &broken).unwrap_or_else(|| refusal(400, 20001, "broken"));
        }
        Ok(Ok(call)) => call,
    };
    let answered = desk.calls.next_answer(&call.to);
    let sid = desk.account.0;
    let queued = json!({
        "sid": call.sid, "account_sid": sid, "to": call.to, "from": call.from, "status": "queued",
        "direction": "outbound-api", "price": null, "api_version": "2010-04-01",
        "uri": format!("/2010-04-01/Accounts/{sid}/Calls/{}.json", call.sid),
    });
    desk.calls.ledger.record(Call {
        answered: answered.clone(),
        ..call
    });
    answered.respond(queued).await
}

async fn accept(desk: &Desk, form: &Fields) -> HttpResponse {
    let text = |name: &str| field(form, name).unwrap_or("").to_owned();
    let to = text("To");
    let answered = desk.texts.next_answer(&to);
    let sms = Sms {
        sid: format!("SM{}", uuid::Uuid::now_v7().simple()),
        from: field(form, "From")
            .or(field(form, "MessagingServiceSid"))
            .unwrap_or("")
            .to_owned(),
        body: text("Body"),
        // What stands behind `#` is the gateway's own: how often it repeats a report.
        status_callback: field(form, "StatusCallback").map(|url| {
            assert!(url.ends_with("#rc=5&rp=5xx,ct,rt"), "{url}");
            url.split('#').next().unwrap_or(url).to_owned()
        }),
        answered: answered.clone(),
        to,
    };
    let queued = json!({
        "sid": sms.sid, "account_sid": desk.account.0, "to": sms.to, "from": sms.from, "body": sms.body,
        "status": "queued", "direction": "outbound-api", "num_segments": "1", "num_media": "0", "price": null,
        "error_code": null, "error_message": null, "api_version": "2010-04-01",
        "uri": format!("/2010-04-01/Accounts/{}/Messages/{}.json", desk.account.0, sms.sid),
    });
    desk.texts.ledger.record(sms);
    answered.respond(queued).await
}
