//! Keys that sign, oldest first; never deleted.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::signing_keys;
use crate::db::{Conn, DbError};
use crate::on;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, treat_none_as_default_value = false)]
pub(in crate::identity::sessions) struct SigningKeyRow {
    pub kid: String,
    pub sealed_private: Vec<u8>,
    pub public_key: Vec<u8>,
    pub created_at: At,
    pub signs_from: At,
    pub signs_until: At,
    pub verifies_until: At,
}

pub(in crate::identity::sessions) fn signing_keys(
    conn: &mut Conn,
) -> Result<Vec<SigningKeyRow>, DbError> {
    Ok(on!(conn, |c| signing_keys::table
        .select((
            signing_keys::kid,
            signing_keys::sealed_private,
            signing_keys::public_key,
            signing_keys::created_at,
            signing_keys::signs_from,
            signing_keys::signs_until,
            signing_keys::verifies_until,
        ))
        .order((signing_keys::signs_from, signing_keys::kid))
        .load(c))?)
}

pub(in crate::identity::sessions) fn signing_key_exists(
    conn: &mut Conn,
    kid: &str,
) -> Result<bool, DbError> {
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(
        signing_keys::table.find(kid)
    ))
    .get_result(c))?)
}

pub(in crate::identity::sessions) fn add_signing_key(
    conn: &mut Conn,
    row: &SigningKeyRow,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(signing_keys::table)
        .values(row)
        .execute(c))?;
    Ok(())
}
