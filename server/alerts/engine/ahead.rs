//! What a clock that was ahead has left: alerts, with all that was done about them, that came later
//! than now.
//!
//! A plan that measures from such a moment would stand still until then. A process that starts does
//! not begin before the newest of them ([`begin_clock`]); where another node's clock was ahead, what
//! it wrote is taken for having happened now ([`bring_back`]).

use super::situation::Loaded;
use crate::alerts::store;
use crate::clock::{At, JUMP};
use crate::db::{Conn, DbError, dialect};
use crate::delivery;
use crate::escalation::records;
use crate::foundation::Foundation;
use crate::ids::{AlertId, SubjectId};

/// The newest moment at which something happened to an alert or a record that is not over.
///
/// # Errors
/// The database.
pub fn newest_under_way(conn: &mut Conn) -> Result<Option<At>, DbError> {
    let alerts = store::under_way(conn)?;
    let subjects: Vec<SubjectId> = alerts.iter().copied().map(SubjectId::from).collect();
    let of_alerts = store::newest_under_way(conn)?;
    let of_messages = delivery::newest(conn, &subjects)?;
    let of_records = records::newest_moment(conn, &alerts)?;
    Ok(of_alerts.max(of_messages).max(of_records))
}

/// Has the clock of a process that starts begin: at the database's time where nodes share one, else
/// at the machine's; and never before the newest moment of what is under way, so that no step of it
/// waits for a time to come a second time.
///
/// # Errors
/// The database.
pub async fn begin_clock(foundation: &Foundation) -> Result<(), DbError> {
    let clock = foundation.clock.clone();
    let begin = move |conn: &mut Conn| {
        let shared = match clock.is_manual() {
            true => None,
            false => dialect::clock_of_database(conn)?,
        };
        let reference = shared.unwrap_or_else(|| clock.wall());
        // One table that cannot be read keeps no server from taking presses.
        let newest = newest_under_way(conn).unwrap_or_else(|error| {
            tracing::error!(alarm = true, %error, "the newest moment of what is under way cannot be read");
            None
        });
        let newest = newest.unwrap_or(reference);
        if newest > reference.plus(JUMP) {
            tracing::error!(
                alarm = true,
                seconds = newest.since(reference).as_secs(),
                "the clock is behind what is stored: this process begins with the newest moment of what is under way"
            );
        }
        clock.begin_at(reference.max(newest));
        Ok(())
    };
    foundation.db.read(begin).await
}

/// Takes what happened to an alert after `now` for having happened now; whether anything did.
///
/// # Errors
/// The database.
pub(super) fn bring_back(
    conn: &mut Conn,
    loaded: &Loaded,
    alert: AlertId,
    now: At,
) -> Result<bool, DbError> {
    if newest(loaded).is_none_or(|newest| newest <= now.plus(JUMP)) {
        return Ok(false);
    }
    store::bring_back(conn, alert, now)?;
    records::bring_back(conn, alert, now)?;
    delivery::bring_back(conn, alert.into(), now)?;
    Ok(true)
}

fn newest(loaded: &Loaded) -> Option<At> {
    let (row, situation) = (&loaded.row, &loaded.situation);
    let record = situation.record.as_ref();
    let of_record = record.and_then(|r| {
        r.queued_at
            .max(r.claimed_at)
            .max(r.last_step_at)
            .max(r.closed_at)
    });
    let contacts = situation.contacts.iter().flat_map(|c| &c.told);
    let supervisors = situation.shift.supervisors.iter().flat_map(|s| &s.told);
    let told = contacts.chain(supervisors).map(|t| t.created_at).max();
    Some(row.raised_at.max(row.last_press_at))
        .max(row.closed_at)
        .max(situation.alert.last_fix_at)
        .max(of_record)
        .max(told)
}
