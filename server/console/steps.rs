//! `POST /v1/escalations/{id}/…`: what an operator does. Each answers with the record's new
//! version.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::detail::{By, OpenedRecord, opened};
use crate::alerts::{Alerts, by_operator, is_open};
use crate::bounds;
use crate::db::WritePriority;
use crate::escalation::close::{Closing, Ending, acknowledge, close as close_it};
use crate::escalation::{
    Disposition, EscalationError, Viewer, Words, claim, hand_on, kinds, training, work,
};
use crate::http::{Failure, ProblemBody, StrictJson};
use crate::ids::{CentreId, RecordId};

/// What a step came to.
#[derive(Serialize, ToSchema)]
struct StepDone {
    /// The record.
    record: RecordId,
    /// Its new version.
    #[schema(example = 4)]
    version: i64,
}

fn done(record: RecordId, version: i64) -> HttpResponse {
    HttpResponse::Ok().json(StepDone { record, version })
}

/// An operator's words in that member of the body, if any.
fn words(member: &'static str, text: Option<&str>) -> Result<Option<Words>, EscalationError> {
    text.map(|text| Words::parse(text).ok_or(EscalationError::BadNote(member)))
        .transpose()
}

/// Claims a record from the queue. Of two at once one has it; the other is told that it is claimed.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), security(("operator" = [])),
    responses((status = 200, description = "It is yours: the record, opened", body = OpenedRecord),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/claim")]
pub(crate) async fn claim_record(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
) -> Result<HttpResponse, Failure> {
    let record = id.into_inner();
    let claimed = by_operator(&alerts, record, move |conn, foundation, now| {
        let waited = claim::waited(conn, record, now)?;
        Ok((
            waited,
            claim::claim(conn, &viewer, record, &foundation.config.escalation, now)?,
        ))
    });
    if let Some(waited) = claimed.await? {
        alerts.foundation.meters.claim.observe(waited.as_secs_f64());
    }
    Ok(HttpResponse::Ok().json(opened(&alerts, viewer, record, By::JustClaimed).await?))
}

/// Takes a record over from an operator who took no step for 90 s.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), security(("operator" = [])),
    responses((status = 200, description = "It is yours: the record, opened", body = OpenedRecord),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/take-over")]
pub(crate) async fn take_over_record(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
) -> Result<HttpResponse, Failure> {
    let record = id.into_inner();
    let taken = by_operator(&alerts, record, move |conn, foundation, now| {
        Ok((
            (),
            claim::take_over(conn, &viewer, record, &foundation.config, now)?,
        ))
    });
    taken.await?;
    Ok(HttpResponse::Ok().json(opened(&alerts, viewer, record, By::JustClaimed).await?))
}

/// Puts a record back into the queue: its operator, or a supervisor who wants it reassigned.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), security(("operator" = [])),
    responses((status = 200, description = "Done", body = StepDone),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/release")]
pub(crate) async fn release_record(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
) -> Result<HttpResponse, Failure> {
    let record = id.into_inner();
    let version = by_operator(&alerts, record, move |conn, _, now| {
        let changed = hand_on::release(conn, &viewer, record, now)?;
        Ok((changed.version, changed))
    });
    Ok(done(record, version.await?))
}

/// Where a record goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TransferBody {
    /// The other centre.
    centre: CentreId,
    /// Why, 1 to 2,000 characters.
    reason: Option<String>,
}

/// Hands a record to another centre's queue.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), request_body = TransferBody, security(("operator" = [])),
    responses((status = 200, description = "Done", body = StepDone),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/transfer")]
pub(crate) async fn transfer_record(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
    body: StrictJson<TransferBody>,
) -> Result<HttpResponse, Failure> {
    let (record, to) = (id.into_inner(), body.0.centre);
    let why = words("reason", body.0.reason.as_deref())?;
    let version = by_operator(&alerts, record, move |conn, foundation, now| {
        let changed = hand_on::transfer(
            conn,
            &foundation.keys,
            &viewer,
            record,
            to,
            why.as_ref(),
            now,
        )?;
        Ok((changed.version, changed))
    });
    Ok(done(record, version.await?))
}

/// A step's words.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StepBody {
    /// Which unit, what it said: 1 to 2,000 characters.
    note: Option<String>,
}

/// A unit was sent, or another one.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), request_body = StepBody, security(("operator" = [])),
    responses((status = 200, description = "Done", body = StepDone),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/dispatch")]
pub(crate) async fn dispatch_unit(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
    body: StrictJson<StepBody>,
) -> Result<HttpResponse, Failure> {
    let (record, note) = (id.into_inner(), words("note", body.0.note.as_deref())?);
    let version = by_operator(&alerts, record, move |conn, foundation, now| {
        let changed = work::dispatch(conn, &foundation.keys, &viewer, record, note.as_ref(), now)?;
        Ok((changed.version, changed))
    });
    Ok(done(record, version.await?))
}

/// The unit is with her.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), request_body = StepBody, security(("operator" = [])),
    responses((status = 200, description = "Done", body = StepDone),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/on-scene")]
pub(crate) async fn unit_on_scene(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
    body: StrictJson<StepBody>,
) -> Result<HttpResponse, Failure> {
    let (record, note) = (id.into_inner(), words("note", body.0.note.as_deref())?);
    let version = by_operator(&alerts, record, move |conn, foundation, now| {
        let changed = work::on_scene(conn, &foundation.keys, &viewer, record, note.as_ref(), now)?;
        Ok((changed.version, changed))
    });
    Ok(done(record, version.await?))
}

/// What is noted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    /// 1 to 2,000 characters; or a kind, or both.
    note: Option<String>,
    /// The right CNIE code.
    #[schema(example = "30502")]
    kind: Option<String>,
}

/// Notes something, or gives the record its right kind, or both.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), request_body = NoteBody, security(("operator" = [])),
    responses((status = 200, description = "Done", body = StepDone),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/note")]
pub(crate) async fn note_on_record(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
    body: StrictJson<NoteBody>,
) -> Result<HttpResponse, Failure> {
    let (record, kind) = (id.into_inner(), body.0.kind);
    let note = words("note", body.0.note.as_deref())?;
    if kind
        .as_deref()
        .is_some_and(|code| kinds::of(code).is_none())
    {
        return Err(EscalationError::UnknownKind.into());
    }
    if note.is_none() && kind.is_none() {
        return Err(EscalationError::BadNote("note").into());
    }
    let version = by_operator(&alerts, record, move |conn, foundation, now| {
        let recoded = kind
            .as_deref()
            .map(|code| work::recode(conn, &viewer, record, code, now))
            .transpose()?;
        let noted = note
            .as_ref()
            .map(|note| work::note(conn, &foundation.keys, &viewer, record, note, now))
            .transpose()?;
        let changed = noted.or(recoded).ok_or(EscalationError::BadNote("note"))?;
        Ok((changed.version, changed))
    });
    Ok(done(record, version.await?))
}

/// How a record ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CloseBody {
    /// How.
    disposition: Disposition,
    /// 1 to 2,000 characters.
    note: Option<String>,
}

/// What a close came to.
#[derive(Serialize, ToSchema)]
struct CloseDone {
    /// The record.
    record: RecordId,
    /// Its new version.
    version: i64,
    /// False: it waits for a second person, who sends the same.
    closed: bool,
}

/// Closes a record. A false alarm, or a close within 60 s of the claim, takes a second person, who
/// sends the same.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), request_body = CloseBody, security(("operator" = [])),
    responses((status = 200, description = "Closed", body = CloseDone),
              (status = 202, description = "Waits for a second person", body = CloseDone),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/close")]
pub(crate) async fn close_record(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
    body: StrictJson<CloseBody>,
) -> Result<HttpResponse, Failure> {
    let (record, how) = (id.into_inner(), body.0.disposition);
    let note = words("note", body.0.note.as_deref())?;
    let closing = by_operator(&alerts, record, move |conn, foundation, now| {
        let (keys, rules) = (&foundation.keys, &foundation.config.escalation);
        let ending = Ending {
            disposition: how,
            words: note.as_ref(),
            alert_open: is_open(conn, record)?,
        };
        let closing = close_it(conn, keys, &viewer, record, ending, rules, now)?;
        Ok((closing, closing.changed()))
    });
    let closing = closing.await?;
    let closed = matches!(closing, Closing::Closed(_));
    let mut answer = if closed {
        HttpResponse::Ok()
    } else {
        HttpResponse::Accepted()
    };
    Ok(answer.json(CloseDone {
        record,
        version: closing.changed().version,
        closed,
    }))
}

/// A supervisor has looked at a record that was closed while her alert was open: it stands before
/// supervisors no more.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), security(("operator" = [])),
    responses((status = 200, description = "Done", body = StepDone),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/acknowledge")]
pub(crate) async fn acknowledge_close(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
) -> Result<HttpResponse, Failure> {
    let (record, now) = (id.into_inner(), alerts.now());
    let look = move |conn: &mut _| acknowledge(conn, &viewer, record, now);
    let changed = alerts
        .foundation
        .db
        .write(WritePriority::Background, look)
        .await?;
    changed.publish(&alerts.foundation.bus);
    Ok(done(record, changed.version))
}

/// A training record to begin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TrainingBody {
    /// A place to about 1 km, made up: degrees north and east with two decimals.
    #[schema(example = "28.63,-106.08")]
    cell: Option<String>,
}

/// Puts a training record (CNIE 60210) into the training queue of the supervisor's centre.
#[utoipa::path(tag = "escalations", request_body = TrainingBody, security(("operator" = [])),
    responses((status = 201, description = "It stands in the training queue", body = StepDone),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/training")]
pub(crate) async fn begin_training(
    alerts: Data<Alerts>,
    viewer: Viewer,
    body: StrictJson<TrainingBody>,
) -> Result<HttpResponse, Failure> {
    let (cell, now) = (body.0.cell, alerts.now());
    if cell.as_deref().is_some_and(|cell| !is_cell(cell)) {
        return Err(super::ConsoleError::BadField("cell").into());
    }
    let begin = move |conn: &mut _| training::begin(conn, &viewer, cell.as_deref(), now);
    let (record, changed) = alerts
        .foundation
        .db
        .write(WritePriority::Alert, begin)
        .await?;
    changed.publish(&alerts.foundation.bus);
    Ok(HttpResponse::Created().json(StepDone {
        record,
        version: changed.version,
    }))
}

fn is_cell(text: &str) -> bool {
    let degrees = |part: &str, most: f64| part.parse::<f64>().is_ok_and(|d| d.abs() <= most);
    bounds::CELL.contains(&text.len())
        && text
            .split_once(',')
            .is_some_and(|(lat, lon)| degrees(lat, 90.0) && degrees(lon, 180.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_two_numbers_in_range() {
        assert!(is_cell("28.63,-106.08"));
        for text in [
            "",
            "28.63",
            "91,0",
            "0,181",
            "NaN,0",
            "1,2,3",
            "28.630000000,-106.08",
        ] {
            assert!(!is_cell(text), "{text}");
        }
    }
}
