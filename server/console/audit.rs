//! `GET /v1/audit`: who opened what. For supervisors, their own centre's; for the auditor, a centre
//! of her municipality. No place and no name in it.

use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::ConsoleError;
use crate::alerts::Alerts;
use crate::bounds;
use crate::clock::At;
use crate::db::Conn;
use crate::escalation::{EscalationError, centres};
use crate::http::{Failure, ProblemBody};
use crate::identity::Operator;
use crate::identity::model::Role;
use crate::ids::{CentreId, OperatorId, RecordId};
use crate::seal::{self, Keyring};
use crate::timeline::reads::{self, Action, ReadEntry, ReadMark};

/// Which part of the audit.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The centre whose people read. A supervisor may leave it out.
    centre: Option<CentreId>,
    /// 1 to 100; 50 if missing.
    limit: Option<usize>,
    /// What `next` gave.
    cursor: Option<String>,
}

/// A reading.
#[derive(Serialize, ToSchema)]
struct ReadView {
    /// The record.
    record: RecordId,
    /// Its number within the record, from 1, without gaps.
    seq: i64,
    /// When.
    at: At,
    /// Who read.
    operator: OperatorId,
    /// How.
    action: Action,
    /// Why, where a reason was asked for.
    reason: Option<String>,
}

/// A page of the audit, newest first.
#[derive(Serialize, ToSchema)]
struct AuditPage {
    /// The readings.
    items: Vec<ReadView>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

/// Lists who opened records, newest first.
#[utoipa::path(tag = "audit", params(Asked), security(("operator" = [])),
    responses((status = 200, description = "A page", body = AuditPage),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/audit")]
pub(crate) async fn list_reads(
    alerts: Data<Alerts>,
    operator: Operator,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    operator.must_be(&[Role::Supervisor, Role::Auditor])?;
    let Asked {
        centre,
        limit,
        cursor,
    } = asked.into_inner();
    let limit = limit.unwrap_or(50);
    if !bounds::PAGE.contains(&limit) {
        return Err(ConsoleError::BadQuery.into());
    }
    let after = match cursor {
        Some(text) => Some(read_mark(&text).ok_or(ConsoleError::BadQuery)?),
        None => None,
    };
    let keys = alerts.foundation.keys.clone();
    let page = alerts
        .foundation
        .db
        .read(move |conn| {
            let centre = whose(conn, &operator, centre)?;
            let most = i64::try_from(limit + 1).unwrap_or(101);
            let mut entries = reads::by_centre(conn, centre, after, most)?;
            let more = entries.len() > limit;
            entries.truncate(limit);
            let next = if more {
                entries.last().map(|entry| written_mark(&entry.mark()))
            } else {
                None
            };
            let items = entries
                .into_iter()
                .map(|entry| view(&keys, entry))
                .collect();
            Ok::<_, ConsoleError>(AuditPage { items, next })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// The centre whose audit this person may read; another municipality's is as none.
fn whose(
    conn: &mut Conn,
    operator: &Operator,
    asked: Option<CentreId>,
) -> Result<CentreId, ConsoleError> {
    let centre = asked.or(operator.centre).ok_or(ConsoleError::BadQuery)?;
    let allowed = match operator.role {
        Role::Supervisor => operator.centre == Some(centre),
        _ => centres::by_id(conn, centre)?.is_some_and(|c| c.municipality == operator.municipality),
    };
    if allowed {
        Ok(centre)
    } else {
        Err(EscalationError::NotFound.into())
    }
}

fn view(keys: &Keyring, entry: ReadEntry) -> ReadView {
    let ReadEntry { seq, read } = entry;
    let open = |sealed: &Vec<u8>| {
        let opened = keys.open_text("read_audit", "sealed_reason", read.record.bytes(), sealed);
        seal::or_none("why a record was read", read.record, opened).map(|text| text.to_string())
    };
    let reason = read.sealed_reason.as_ref().and_then(open);
    ReadView {
        record: read.record,
        seq,
        at: read.at,
        operator: read.operator,
        action: read.action,
        reason,
    }
}

fn written_mark(mark: &ReadMark) -> String {
    format!("{}.{}.{}", mark.at.micros(), mark.record, mark.seq)
}

fn read_mark(text: &str) -> Option<ReadMark> {
    let mut parts = text.split('.');
    let mark = ReadMark {
        at: At::from_micros(parts.next()?.parse().ok()?),
        record: parts.next()?.parse().ok()?,
        seq: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let mark = ReadMark {
            at: At::from_micros(-7),
            record: RecordId::new(),
            seq: 3,
        };
        assert_eq!(read_mark(&written_mark(&mark)), Some(mark));
        for text in ["", "1", "1.2.3", "1..3"] {
            assert_eq!(read_mark(text), None, "{text}");
        }
    }
}
