//! What contacts answered: the last word of each counts.

use diesel::dsl::max;
use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::answers;
use crate::db::{Conn, DbError};
use crate::ids::{AlertId, ContactId};
use crate::network::model::Answer;
use crate::on;

/// Writes a contact's answer over an earlier one.
pub fn put_answer(
    conn: &mut Conn,
    alert: AlertId,
    contact: ContactId,
    answer: Answer,
    now: At,
) -> Result<(), DbError> {
    let row = (
        answers::alert.eq(alert),
        answers::contact.eq(contact),
        answers::answer.eq(answer),
        answers::at.eq(now),
    );
    on!(conn, |c| diesel::insert_into(answers::table)
        .values(row)
        .on_conflict((answers::alert, answers::contact))
        .do_update()
        .set((answers::answer.eq(answer), answers::at.eq(now)))
        .execute(c))?;
    Ok(())
}

/// Forgets what was answered: it was said to a drill that is none any more.
pub fn forget_answers(conn: &mut Conn, alert: AlertId) -> Result<(), DbError> {
    on!(conn, |c| diesel::delete(
        answers::table.filter(answers::alert.eq(alert))
    )
    .execute(c))?;
    Ok(())
}

/// Each contact's last answer, and when.
pub fn answers_of(
    conn: &mut Conn,
    alert: AlertId,
) -> Result<Vec<(ContactId, Answer, At)>, DbError> {
    let all = answers::table.filter(answers::alert.eq(alert));
    Ok(on!(conn, |c| all
        .select((answers::contact, answers::answer, answers::at))
        .load(c))?)
}

/// When each contact last answered one of these alerts.
pub fn last_answers(
    conn: &mut Conn,
    alerts: &[AlertId],
) -> Result<Vec<(ContactId, Option<At>)>, DbError> {
    let given = answers::table
        .filter(answers::alert.eq_any(alerts))
        .group_by(answers::contact);
    Ok(on!(conn, |c| given
        .select((answers::contact, max(answers::at)))
        .load(c))?)
}
