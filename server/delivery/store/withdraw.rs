//! Calls messages back that have not left yet.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::rows::fail;
use crate::clock::At;
use crate::db::schema::notifications as n;
use crate::db::{Conn, DbError};
use crate::delivery::model::{FailReason, StateWord};
use crate::ids::{NotificationId, RecipientId, SubjectId};
use crate::{load_locked, on, one_or_several};

/// A deadline that has passed by any clock: who calls a message back and who holds it may be two
/// nodes.
const LONG_AGO: At = At::from_micros(0);

/// Ends what is queued of a subject, for all recipients or these, and lets what is in flight end
/// with its attempt.
pub(in crate::delivery) fn withdraw(
    conn: &mut Conn,
    subject: SubjectId,
    recipients: Option<&[RecipientId]>,
    why: FailReason,
    now: At,
) -> Result<usize, DbError> {
    let pending = n::table
        .filter(n::subject.eq(subject))
        .filter(n::state.eq_any([StateWord::Queued, StateWord::Sending]))
        .order(n::id)
        .select((n::id, n::state));
    let pending: Vec<Pending> = match recipients {
        None => load_locked!(conn, pending)?,
        Some(some) => load_locked!(conn, pending.filter(n::recipient.eq_any(some)))?,
    };
    end_pending(conn, &pending, why, now)
}

/// Ends what is queued, of any subject.
pub(in crate::delivery) fn withdraw_all(
    conn: &mut Conn,
    why: FailReason,
    now: At,
) -> Result<usize, DbError> {
    let all = n::table
        .filter(n::state.eq_any([StateWord::Queued, StateWord::Sending]))
        .order(n::id)
        .select((n::id, n::state));
    let pending: Vec<Pending> = load_locked!(conn, all)?;
    // A statement takes so many values and no more.
    pending
        .chunks(1_000)
        .try_fold(0, |n, some| Ok(n + end_pending(conn, some, why, now)?))
}

/// Ends what is queued of one step of these subjects; those of which something was.
pub(in crate::delivery) fn withdraw_step(
    conn: &mut Conn,
    subjects: &[SubjectId],
    step: i64,
    why: FailReason,
    now: At,
) -> Result<Vec<SubjectId>, DbError> {
    let pending = n::table
        .filter(n::subject.eq_any(subjects))
        .filter(n::rung.eq(step))
        .filter(n::state.eq_any([StateWord::Queued, StateWord::Sending]))
        .order(n::id)
        .select((n::id, n::state, n::subject));
    let pending: Vec<(NotificationId, StateWord, SubjectId)> = load_locked!(conn, pending)?;
    let rows: Vec<Pending> = pending.iter().map(|(id, state, _)| (*id, *state)).collect();
    end_pending(conn, &rows, why, now)?;
    Ok(pending.into_iter().map(|(.., subject)| subject).collect())
}

/// Ends what is queued for a recipient, of any subject. The states are written out so that the
/// partial indexes serve: what is queued is little, whatever the table has grown to. SQLite uses
/// them for one state at a time, without an order, and has no other writer to fear.
pub(in crate::delivery) fn withdraw_recipient(
    conn: &mut Conn,
    recipient: RecipientId,
    why: FailReason,
    now: At,
) -> Result<usize, DbError> {
    let of = n::table
        .filter(n::recipient.eq(recipient))
        .select((n::id, n::state));
    let (queued, sending) = (
        sql::<Bool>("notifications.state = 'queued'"),
        sql::<Bool>("notifications.state = 'sending'"),
    );
    let pending: Vec<Pending> = one_or_several!(
        &mut *conn,
        |c| of
            .filter(queued.or(sending))
            .order(n::id)
            .for_no_key_update()
            .load(c)?,
        |c| {
            let mut pending: Vec<Pending> = of.filter(queued).load(c)?;
            pending.extend(of.filter(sending).load::<Pending>(c)?);
            pending
        }
    );
    end_pending(conn, &pending, why, now)
}

/// A row that is locked and not final, with its state.
type Pending = (NotificationId, StateWord);

/// Ends rows that one statement has found and locked, whichever of the two states they were in:
/// after two statements, a row that another transaction put back from `sending` to `queued` in
/// between would escape both.
fn end_pending(
    conn: &mut Conn,
    pending: &[Pending],
    why: FailReason,
    now: At,
) -> Result<usize, DbError> {
    let in_state = |state| -> Vec<NotificationId> {
        let these = pending.iter().filter(|(_, is)| *is == state);
        these.map(|(id, _)| *id).collect()
    };
    let (queued, sending) = (in_state(StateWord::Queued), in_state(StateWord::Sending));
    fail(conn, &queued, why, now)?;
    if !sending.is_empty() {
        on!(conn, |c| diesel::update(
            n::table.filter(n::id.eq_any(&sending))
        )
        .set(n::deadline.eq(LONG_AGO))
        .execute(c))?;
    }
    Ok(queued.len())
}
