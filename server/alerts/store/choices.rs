//! The letters by which a contact's number tells several open alerts apart.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::reply_choices as r;
use crate::db::{Conn, DbError};
use crate::ids::{AlertId, ContactId};
use crate::on;

/// The letters that a number was given, from 0, each with its alert.
pub fn choices_of(conn: &mut Conn, number: &[u8]) -> Result<Vec<(i64, AlertId)>, DbError> {
    Ok(on!(conn, |c| r::table
        .filter(r::phone_lookup.eq(number))
        .order(r::letter)
        .select((r::letter, r::alert))
        .load(c))?)
}

/// Gives an alert its letter. A letter that is taken stays with its alert.
pub fn add_choice(
    conn: &mut Conn,
    number: &[u8],
    letter: i64,
    (alert, contact): (AlertId, ContactId),
    now: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(r::table)
        .values((
            r::phone_lookup.eq(number),
            r::letter.eq(letter),
            r::alert.eq(alert),
            r::contact.eq(contact),
            r::at.eq(now)
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Takes back all letters of a number: none of its alerts is open any more.
pub fn forget_choices(conn: &mut Conn, number: &[u8]) -> Result<(), DbError> {
    on!(conn, |c| diesel::delete(
        r::table.filter(r::phone_lookup.eq(number))
    )
    .execute(c))?;
    Ok(())
}
