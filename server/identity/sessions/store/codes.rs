//! Sign-in codes. Only the newest of a number counts.

use diesel::prelude::*;
use uuid::Uuid;

use crate::clock::At;
use crate::db::schema::sign_in_codes;
use crate::db::{Conn, DbError};
use crate::ids::SubjectId;
use crate::on;

#[derive(Queryable, Insertable)]
#[diesel(table_name = sign_in_codes, treat_none_as_default_value = false)]
pub(in crate::identity::sessions) struct CodeRow {
    pub id: SubjectId,
    pub phone_lookup: Vec<u8>,
    pub code_hmac: Vec<u8>,
    pub tries: i64,
    pub created_at: At,
    pub expires_at: At,
    pub used_at: Option<At>,
}

impl CodeRow {
    pub fn uuid(&self) -> Uuid {
        self.id.0
    }
}

/// When the codes of this number since `since` were made, newest first.
pub(in crate::identity::sessions) fn code_times(
    conn: &mut Conn,
    phone_lookup: &[u8],
    since: At,
) -> Result<Vec<At>, DbError> {
    Ok(on!(conn, |c| sign_in_codes::table
        .filter(sign_in_codes::phone_lookup.eq(phone_lookup))
        .filter(sign_in_codes::created_at.gt(since))
        .order(sign_in_codes::created_at.desc())
        .select(sign_in_codes::created_at)
        .load(c))?)
}

pub(in crate::identity::sessions) fn add_code(
    conn: &mut Conn,
    row: &CodeRow,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(sign_in_codes::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

/// The newest code of this number, if it can still be tried, with one try taken from it. One that
/// expires later than `latest` was made by a clock that was ahead: it has expired.
pub(in crate::identity::sessions) fn take_try(
    conn: &mut Conn,
    phone_lookup: &[u8],
    max_tries: i64,
    (now, latest): (At, At),
) -> Result<Option<CodeRow>, DbError> {
    let newest: Option<SubjectId> = on!(conn, |c| sign_in_codes::table
        .filter(sign_in_codes::phone_lookup.eq(phone_lookup))
        .order((sign_in_codes::created_at.desc(), sign_in_codes::id.desc()))
        .select(sign_in_codes::id)
        .first(c)
        .optional())?;
    let Some(id) = newest else { return Ok(None) };
    let taken = on!(conn, |c| diesel::update(sign_in_codes::table.find(id))
        .filter(sign_in_codes::used_at.is_null())
        .filter(sign_in_codes::expires_at.gt(now))
        .filter(sign_in_codes::expires_at.le(latest))
        .filter(sign_in_codes::tries.lt(max_tries))
        .set(sign_in_codes::tries.eq(sign_in_codes::tries + 1))
        .execute(c))?;
    if taken == 0 {
        return Ok(None);
    }
    Ok(on!(conn, |c| sign_in_codes::table
        .find(id)
        .first::<CodeRow>(c)
        .optional())?)
}

pub(in crate::identity::sessions) fn use_code(
    conn: &mut Conn,
    id: SubjectId,
    now: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(sign_in_codes::table.find(id))
        .set(sign_in_codes::used_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Removes codes made before `before`: they have expired.
pub(in crate::identity::sessions) fn forget_codes(
    conn: &mut Conn,
    before: At,
) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::delete(
        sign_in_codes::table.filter(sign_in_codes::created_at.lt(before))
    )
    .execute(c))?)
}
