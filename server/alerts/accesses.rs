//! Which operators read her data, for her to ask: from the read-audit, with role and centre, without
//! names.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{AlertError, Alerts};
use crate::bounds;
use crate::clock::At;
use crate::db::Conn;
use crate::escalation::CentreCache;
use crate::http::Code;
use crate::identity::model::Role;
use crate::identity::operators;
use crate::ids::{PersonId, RecordId};
use crate::timeline::reads::{self, Action, ReadEntry, ReadMark};

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// 1 to 100; 50 where it is left out.
    limit: Option<usize>,
    /// What `next` gave.
    cursor: Option<String>,
}

/// One time that an operator opened her data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Access {
    /// When.
    at: At,
    /// The reader's role as it is today.
    role: Option<Role>,
    /// The name of the reader's centre.
    #[schema(example = "Centro 911 Chihuahua")]
    centre: Option<String>,
    /// How: by the claimer, by a supervisor with a reason, without a claim by two people, and so
    /// on.
    action: Action,
}

/// A page of them, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accesses {
    /// The readings.
    items: Vec<Access>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

/// Lists them. A glance at her phone must not show that 911 has a record of hers, so its route asks
/// for a session that is stepped up.
///
/// # Errors
/// A bad page; the database.
pub(crate) async fn list(
    alerts: &Alerts,
    person: PersonId,
    page: Page,
) -> Result<Accesses, AlertError> {
    let limit = page.limit.unwrap_or(50);
    if !bounds::PAGE.contains(&limit) {
        return Err(AlertError::Query("limit", Code::OUT_OF_RANGE));
    }
    let bad = AlertError::Query("cursor", Code::BAD_VALUE);
    let after = match page.cursor {
        Some(text) => Some(parse(&text).ok_or(bad)?),
        None => None,
    };
    let centres = alerts.centres.clone();
    let read = move |conn: &mut Conn| {
        let mut entries =
            reads::by_person(conn, person, after, i64::try_from(limit + 1).unwrap_or(101))?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next = if more {
            entries.last().map(|entry| written(&entry.mark()))
        } else {
            None
        };
        let items = entries
            .iter()
            .map(|entry| access(conn, &centres, entry))
            .collect::<Result<_, _>>()?;
        Ok(Accesses { items, next })
    };
    alerts.foundation.db.read(read).await
}

fn access(conn: &mut Conn, centres: &CentreCache, entry: &ReadEntry) -> Result<Access, AlertError> {
    let centre = centres
        .get(conn)?
        .get(entry.read.centre)
        .map(|centre| centre.name.clone());
    let role = operators::role_of(conn, entry.read.operator)?;
    Ok(Access {
        at: entry.read.at,
        role,
        centre,
        action: entry.read.action,
    })
}

/// 32 bytes in URL-safe base64: opaque to the phone.
fn written(mark: &ReadMark) -> String {
    let bytes = [
        &mark.at.micros().to_be_bytes()[..],
        mark.record.bytes(),
        &mark.seq.to_be_bytes(),
    ]
    .concat();
    URL_SAFE_NO_PAD.encode(bytes)
}

fn parse(text: &str) -> Option<ReadMark> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (at, rest) = bytes.split_first_chunk::<8>()?;
    let (record, seq) = rest.split_first_chunk::<16>()?;
    let (seq, rest) = seq.split_first_chunk::<8>()?;
    rest.is_empty().then(|| ReadMark {
        at: At::from_micros(i64::from_be_bytes(*at)),
        record: RecordId(Uuid::from_bytes(*record)),
        seq: i64::from_be_bytes(*seq),
    })
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
        assert_eq!(parse(&written(&mark)), Some(mark));
        for text in [
            "",
            "AAAA",
            "not base64!",
            &format!("{}AAAA", written(&mark)),
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
