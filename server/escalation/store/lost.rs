//! Who lost which record to another operator, and when.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::lost_claims;
use crate::db::{Conn, DbError};
use crate::ids::{OperatorId, RecordId};
use crate::on;

/// The operator loses the record now; an earlier loss of it is forgotten.
pub fn lose(
    conn: &mut Conn,
    record: RecordId,
    operator: OperatorId,
    now: At,
) -> Result<(), DbError> {
    let row = (
        lost_claims::record.eq(record),
        lost_claims::operator.eq(operator),
        lost_claims::at.eq(now),
    );
    on!(conn, |c| diesel::insert_into(lost_claims::table)
        .values(row)
        .on_conflict((lost_claims::record, lost_claims::operator))
        .do_update()
        .set(lost_claims::at.eq(now))
        .execute(c))?;
    Ok(())
}

/// When the operator last lost the record.
pub fn lost_at(
    conn: &mut Conn,
    record: RecordId,
    operator: OperatorId,
) -> Result<Option<At>, DbError> {
    let one = lost_claims::table
        .find((record, operator))
        .select(lost_claims::at);
    Ok(on!(conn, |c| one.first(c).optional())?)
}
