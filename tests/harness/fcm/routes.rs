//! The fake's two paths; any other is a fault.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{bad_request, unauthenticated};
use super::oauth::TokenAnswer;
use super::{Desk, Push, message};
use crate::harness::description::Description;
use crate::harness::schemas::faults;

pub fn configure(cfg: &mut web::ServiceConfig, desk: &Arc<Desk>) {
    cfg.app_data(web::Data::from(Arc::clone(desk)))
        .route("/token", web::post().to(token))
        .route("/v1/projects/{project}/messages:send", web::post().to(send))
        .default_service(web::to(elsewhere));
}

async fn elsewhere(request: HttpRequest, desk: web::Data<Desk>) -> HttpResponse {
    desk.ledger.fault(format!(
        "{} {} is no path of FCM",
        request.method(),
        request.path()
    ));
    HttpResponse::NotFound().finish()
}

#[derive(Deserialize)]
struct TokenForm {
    grant_type: String,
    assertion: String,
}

async fn token(desk: web::Data<Desk>, form: Option<web::Form<TokenForm>>) -> HttpResponse {
    match desk.oauth.next_answer() {
        Some(TokenAnswer::InvalidGrant) => return refused("Invalid JWT Signature."),
        Some(TokenAnswer::Unavailable) => return HttpResponse::ServiceUnavailable().finish(),
        Some(TokenAnswer::Hang) => return std::future::pending().await,
        Some(TokenAnswer::Garbage) => return HttpResponse::Ok().body("<html></html>"),
        None => {}
    }
    let Some(form) = form else {
        desk.ledger
            .fault("POST /token without a form of grant_type and assertion");
        return refused("no form");
    };
    while desk.oauth.is_held(&form.assertion) {
        actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    }
    match desk.oauth.exchange(&form.grant_type, &form.assertion) {
        Ok(bearer) => HttpResponse::Ok()
            .json(json!({ "access_token": bearer, "expires_in": 3599, "token_type": "Bearer" })),
        Err(why) => {
            desk.ledger.fault(format!("POST /token: {why}"));
            refused(&why)
        }
    }
}

fn refused(why: &str) -> HttpResponse {
    HttpResponse::BadRequest().json(json!({ "error": "invalid_grant", "error_description": why }))
}

fn header<'a>(request: &'a HttpRequest, name: &actix_web::http::header::HeaderName) -> &'a str {
    request
        .headers()
        .get(name)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("")
}

async fn send(
    request: HttpRequest,
    project: web::Path<String>,
    body: web::Bytes,
    desk: web::Data<Desk>,
) -> HttpResponse {
    let bearer = header(&request, &AUTHORIZATION).strip_prefix("Bearer ");
    if bearer.is_none() {
        desk.ledger.fault("a message without a bearer");
    }
    // A bearer that was revoked or has run out is no fault of the server: it can't know before it
    // is told.
    if !bearer.is_some_and(|b| desk.oauth.admits(b, &project)) {
        if !desk.oauth.knows(&project) {
            desk.ledger.fault(format!(
                "a message for the project {project:?}, which has no account here"
            ));
        }
        return unauthenticated();
    }
    if !header(&request, &CONTENT_TYPE).starts_with("application/json") {
        desk.ledger
            .fault("a message that is not said to be application/json");
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(&body) else {
        desk.ledger.fault("a message that is no JSON");
        return bad_request("", "Invalid JSON payload received.");
    };
    let faults = message::faults(&body);
    if let Some((field, what)) = faults.first() {
        for (field, what) in &faults {
            desk.ledger.fault(format!("{field}: {what}"));
        }
        return bad_request(field, what);
    }
    if body.get("validateOnly") == Some(&Value::Bool(true)) {
        return desk
            .next_answer("")
            .respond(&format!("projects/{project}/messages/fake_message_id"))
            .await;
    }
    accept(&desk, &project, body["message"].take()).await
}

async fn accept(desk: &Desk, project: &str, message: Value) -> HttpResponse {
    let target = message
        .get("token")
        .or(message.get("fid"))
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_owned();
    let data: BTreeMap<String, String> = message
        .get("data")
        .and_then(Value::as_object)
        .map(|data| {
            data.iter()
                .map(|(k, v)| (k.clone(), v.as_str().unwrap_or("").to_owned()))
                .collect()
        })
        .unwrap_or_default();
    // The fake's own tests send what no server would.
    if data
        .get("notification")
        .is_some_and(|id| Uuid::parse_str(id).is_ok())
    {
        let push = &Description::get().whole["webhooks"]["push"]["post"];
        let schema = &push["requestBody"]["content"]["application/json"]["schema"];
        for fault in faults(schema, &message["data"], "push") {
            desk.ledger.fault(fault);
        }
    }
    let answer = desk.next_answer(&target);
    let at = Instant::now();
    desk.ledger.record(Push {
        target,
        project: project.to_owned(),
        message,
        data,
        answered: answer.clone(),
        at,
    });
    let name = format!(
        "projects/{project}/messages/0:{}",
        uuid::Uuid::now_v7().simple()
    );
    answer.respond(&name).await
}
