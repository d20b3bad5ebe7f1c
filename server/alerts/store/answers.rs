//! What contacts answered: the last word of each counts.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::answers;
use crate::db::{Conn, DbError};
use crate::ids::{AlertId, ContactId};
use crate::on;

/// Writes a contact's answer over an earlier one.
pub fn put_answer(conn: &mut Conn, alert: AlertId, contact: ContactId, answer: &str, now: At) -> Result<(), DbError> {
    let row = (answers::alert.eq(alert), answers::contact.eq(contact), answers::answer.eq(answer), answers::at.eq(now));
    on!(conn, |c| diesel::insert_into(answers::table)
        .values(row)
        .on_conflict((answers::alert, answers::contact))
        .do_update()
        .set((answers::answer.eq(answer), answers::at.eq(now)))
        .execute(c))?;
    Ok(())
}

/// Each contact's last answer, and when.
pub fn answers_of(conn: &mut Conn, alert: AlertId) -> Result<Vec<(ContactId, String, At)>, DbError> {
    let all = answers::table.filter(answers::alert.eq(alert));
    Ok(on!(conn, |c| all.select((answers::contact, answers::answer, answers::at)).load(c))?)
}
