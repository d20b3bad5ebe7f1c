//! Moments of `notifications` that cannot be: a clock that was ahead wrote them.

use diesel::dsl::{max, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::clock::At;
use crate::db::schema::notifications as n;
use crate::db::{Conn, DbError};
use crate::ids::{NotificationId, SubjectId};
use crate::{load_locked, on};

/// Rows looked at for a moment that cannot be: the furthest off.
const FURTHEST: i64 = 200;

/// A queued row: when it was queued, its deadline, when it is due.
type Waits = (NotificationId, At, At, At);

/// Whether it was queued later than now, or is due later than a message can be that lives as long as
/// this one. `latest` is now and what two clocks may differ by.
fn is_ahead((_, created_at, deadline, due_at): &Waits, latest: At) -> bool {
    *created_at > latest || due_at.since(latest) > deadline.since(*created_at)
}

/// The queued rows whose moments cannot be, of those that are due last, by id.
pub(in crate::delivery) fn ahead(conn: &mut Conn, latest: At) -> Result<Vec<Waits>, DbError> {
    let furthest = n::table
        .filter(sql::<Bool>("notifications.state = 'queued'"))
        .filter(n::due_at.gt(latest))
        .order(n::due_at.desc())
        .limit(FURTHEST)
        .select((n::id, n::created_at, n::deadline, n::due_at));
    let mut rows: Vec<Waits> = on!(conn, |c| furthest.load(c))?;
    rows.retain(|row| is_ahead(row, latest));
    rows.sort_by_key(|row| row.0);
    Ok(rows)
}

/// Makes those due now; one that was queued later than now was queued now, and lives as long as it
/// would have. How many.
pub(in crate::delivery) fn make_due(
    conn: &mut Conn,
    (now, latest): (At, At),
) -> Result<usize, DbError> {
    let rows = ahead(conn, latest)?;
    for (id, created_at, deadline, _) in &rows {
        let (queued_at, until) = match *created_at > now {
            true => (now, now.plus(deadline.since(*created_at))),
            false => (*created_at, *deadline),
        };
        let moments = (
            n::created_at.eq(queued_at),
            n::deadline.eq(until),
            n::due_at.eq(now.min(until)),
        );
        let row = n::table
            .filter(n::id.eq(id))
            .filter(sql::<Bool>("notifications.state = 'queued'"));
        on!(conn, |c| diesel::update(row).set(moments).execute(c))?;
    }
    Ok(rows.len())
}

/// Takes messages of a subject that were queued after `now` for queued now, whatever has become of
/// them. The caller has taken the subject's own row.
///
/// # Errors
/// What the database says.
pub fn bring_back(conn: &mut Conn, subject: SubjectId, now: At) -> Result<(), DbError> {
    let later = n::table
        .filter(n::subject.eq(subject))
        .filter(n::created_at.gt(now))
        .order(n::id)
        .select((n::id, n::created_at, n::deadline));
    let later: Vec<(NotificationId, At, At)> = load_locked!(conn, later)?;
    for (id, created_at, deadline) in later {
        let deadline = now.plus(deadline.since(created_at));
        let moments = (
            n::created_at.eq(now),
            n::deadline.eq(deadline),
            n::due_at.eq(now),
            n::failing_since.eq(None::<At>),
        );
        on!(conn, |c| diesel::update(n::table.find(id))
            .set(moments)
            .execute(c))?;
    }
    Ok(())
}

/// The newest moment at which a message of these subjects was queued.
///
/// # Errors
/// What the database says.
pub fn newest(conn: &mut Conn, subjects: &[SubjectId]) -> Result<Option<At>, DbError> {
    let mut newest = None;
    // SQLite takes a bounded number of parameters.
    for some in subjects.chunks(500) {
        let of = n::table.filter(n::subject.eq_any(some.to_vec()));
        let one: Option<At> = on!(conn, |c| of.select(max(n::created_at)).first(c))?;
        newest = newest.max(one);
    }
    Ok(newest)
}
