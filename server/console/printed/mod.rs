//! `GET /v1/escalations/{id}/print`: an opened record as one page for paper.
//!
//! What: the record, her, her contacts, what happened, in Spanish or English, with nothing loaded
//! from anywhere: the style stands in the page and is named by its hash in the policy, so that a
//! copy on a disk prints alike. Invariant: only an operator who may read on may print; the line of
//! the read-audit (`printed`), and an entry on the record's timeline, are committed before a byte
//! leaves. The page is kept by no cache. Path: [`opened`] → [`page`] puts it into words ([`words`])
//! → the template, checked when it is compiled. On failure: nothing is shown. A print whose page
//! could not be put together stands on the audit all the same.

mod page;
mod words;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use askama::Template as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use self::page::{Page, Printing};
use super::detail::{By, opened};
use super::error::ConsoleError;
use crate::alerts::Alerts;
use crate::db::Conn;
use crate::escalation::{Viewer, centres};
use crate::http::{Code, Failure, Problem, ProblemBody};
use crate::identity::operator_card;
use crate::ids::RecordId;
use crate::language::Language;
use crate::municipality;

/// A record as one page to print, by Accept-Language in Spanish or English.
///
/// For those who may read on: the operator who has the record, a supervisor who has opened it with
/// a reason within the last half hour (`POST …/open`), and an operator to whom a second person
/// granted it. Each
/// print is a line of the read-audit.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), security(("operator" = [])),
    responses((status = 200, description = "The page", content_type = "text/html", body = String),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/escalations/{id}/print")]
pub(crate) async fn print_record(
    alerts: Data<Alerts>,
    viewer: Viewer,
    language: Language,
    id: Path<RecordId>,
) -> Result<HttpResponse, Failure> {
    let record = opened(&alerts, viewer, id.into_inner(), By::Printer).await?;
    let (keys, now) = (alerts.foundation.keys.clone(), alerts.now());
    let who: Vec<_> = page::operators(&record).collect();
    let centre = record.record.centre;
    let read = move |conn: &mut Conn| -> Result<Printing, ConsoleError> {
        let centre = centres::by_id(conn, centre)?;
        let municipality = centre
            .as_ref()
            .map(|centre| municipality::by_id(conn, centre.municipality))
            .transpose()?
            .flatten();
        let mut names = std::collections::HashMap::new();
        for operator in who {
            let card = operator_card(conn, &keys, operator)?;
            // Who stands on no list stands on no paper either.
            names.insert(operator, (!card.unlisted).then_some(card.name));
        }
        Ok(Printing {
            by: operator_card(conn, &keys, viewer.operator)?.name,
            at: now,
            centre: centre.map(|centre| centre.name).unwrap_or_default(),
            zone: municipality.map_or(Tz::UTC, |municipality| municipality.zone),
            names,
            language,
        })
    };
    let page = Page::of(&record, &alerts.foundation.db.read(read).await?);
    let html = page.render().map_err(|error| {
        tracing::error!(%error, "a record could not be put on a page");
        Problem::of(Code::INTERNAL)
    })?;
    let hash = STANDARD.encode(Sha256::digest(&page.style));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("Content-Security-Policy", policy))
        .insert_header(("Content-Language", language.tag()))
        .insert_header(("Cache-Control", "no-store"))
        .body(html))
}
