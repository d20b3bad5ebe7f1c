//! The tables `operators` and `operator_sessions`.

use diesel::prelude::*;

use crate::clock::At;

use crate::db::schema::{operator_sessions, operators};
use crate::db::{Conn, DbError};
use crate::ids::{CentreId, MunicipalityId, OperatorId, OperatorSessionId};
use crate::{on, prepared};

#[derive(Clone, Queryable, Insertable)]
#[diesel(table_name = operators, treat_none_as_default_value = false)]
pub(super) struct OperatorRow {
    pub id: OperatorId,
    pub municipality: MunicipalityId,
    pub centre: Option<CentreId>,
    pub role: String,
    pub sign_in_name: String,
    pub sealed_name: Vec<u8>,
    pub name_lookup: Vec<u8>,
    pub badge_lookup: Option<Vec<u8>>,
    pub corporation: Option<String>,
    pub unlisted: bool,
    pub password_hash: String,
    pub sealed_totp: Vec<u8>,
    pub totp_last_step: i64,
    pub sealed_phone: Option<Vec<u8>>,
    pub language: String,
    pub failed_sign_ins: i64,
    pub locked_until: At,
    pub created_at: At,
    pub disabled_at: Option<At>,
}

/// How many rows were added: none where the sign-in name is taken.
pub(super) fn add(conn: &mut Conn, row: &OperatorRow) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::insert_into(operators::table)
        .values(row)
        .on_conflict(operators::sign_in_name)
        .do_nothing()
        .execute(c))?)
}

pub(super) fn by_id(conn: &mut Conn, id: OperatorId) -> Result<Option<OperatorRow>, DbError> {
    Ok(on!(conn, |c| operators::table
        .find(id)
        .first::<OperatorRow>(c)
        .optional())?)
}

pub(super) fn by_name(conn: &mut Conn, name: &str) -> Result<Option<OperatorRow>, DbError> {
    // PostgreSQL takes no NUL in a text.
    if name.contains('\0') {
        return Ok(None);
    }
    Ok(on!(conn, |c| operators::table
        .filter(operators::sign_in_name.eq(name))
        .first::<OperatorRow>(c)
        .optional())?)
}

pub(super) fn of_municipality(
    conn: &mut Conn,
    municipality: MunicipalityId,
    after: Option<OperatorId>,
    limit: i64,
) -> Result<Vec<OperatorRow>, DbError> {
    Ok(on!(conn, |c| {
        let mut query = operators::table
            .filter(operators::municipality.eq(municipality))
            .order(operators::id)
            .limit(limit)
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(operators::id.gt(after));
        }
        query.load::<OperatorRow>(c)
    })?)
}

pub(super) fn of_centre(conn: &mut Conn, centre: CentreId) -> Result<Vec<OperatorRow>, DbError> {
    Ok(on!(conn, |c| operators::table
        .filter(operators::centre.eq(centre))
        .filter(operators::disabled_at.is_null())
        .order(operators::id)
        .load::<OperatorRow>(c))?)
}

/// Operators by the lookups a conflict carries.
pub(super) fn known_as(
    conn: &mut Conn,
    name: Option<&[u8]>,
    badge: Option<&[u8]>,
) -> Result<Vec<OperatorRow>, DbError> {
    let mut found: Vec<OperatorRow> = Vec::new();
    if let Some(name) = name {
        found.extend(on!(conn, |c| operators::table
            .filter(operators::name_lookup.eq(name))
            .load::<OperatorRow>(c))?);
    }
    if let Some(badge) = badge {
        found.extend(on!(conn, |c| operators::table
            .filter(operators::badge_lookup.eq(badge))
            .load::<OperatorRow>(c))?);
    }
    Ok(found)
}

/// New password and TOTP secret; the lock and the count of failures start afresh.
pub(super) fn reset(
    conn: &mut Conn,
    id: OperatorId,
    password_hash: &str,
    sealed_totp: &[u8],
) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::update(operators::table.find(id))
        .set((
            operators::password_hash.eq(password_hash),
            operators::sealed_totp.eq(sealed_totp),
            operators::totp_last_step.eq(0),
            operators::failed_sign_ins.eq(0),
            operators::locked_until.eq(At::from_micros(0)),
            operators::disabled_at.eq(None::<At>),
        ))
        .execute(c))?)
}

/// Writes what [`super::change`] may change, from the row as it is to be.
pub(super) fn change(conn: &mut Conn, row: &OperatorRow) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::update(
        operators::table.find(row.id)
    )
    .set((
        operators::centre.eq(row.centre),
        operators::role.eq(&row.role),
        operators::sealed_name.eq(&row.sealed_name),
        operators::name_lookup.eq(&row.name_lookup),
        operators::sealed_phone.eq(&row.sealed_phone),
    ))
    .execute(c))?)
}

pub(super) fn disable(conn: &mut Conn, id: OperatorId, now: At) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::update(operators::table.find(id))
        .filter(operators::disabled_at.is_null())
        .set(operators::disabled_at.eq(now))
        .execute(c))?)
}

/// Uses up a TOTP step; no row where the step was used, or the account locked or disabled
/// meanwhile. A step later than `latest_step` cannot have been used, and no account is locked until
/// later than `latest`.
pub(super) fn sign_in(
    conn: &mut Conn,
    id: OperatorId,
    (step, latest_step): (i64, i64),
    (now, latest): (At, At),
) -> Result<bool, DbError> {
    let last = operators::totp_last_step;
    let locked = operators::locked_until;
    let signed_in = on!(conn, |c| diesel::update(operators::table.find(id))
        .filter(last.lt(step).or(last.gt(latest_step)))
        .filter(locked.le(now).or(locked.gt(latest)))
        .filter(operators::disabled_at.is_null())
        .set((
            operators::totp_last_step.eq(step),
            operators::failed_sign_ins.eq(0)
        ))
        .execute(c))?;
    Ok(signed_in == 1)
}

pub(super) fn failed(conn: &mut Conn, id: OperatorId, locked_until: At) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(operators::table.find(id))
        .set((
            operators::failed_sign_ins.eq(operators::failed_sign_ins + 1),
            operators::locked_until.eq(locked_until),
        ))
        .execute(c))?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = operator_sessions, treat_none_as_default_value = false)]
pub(super) struct SessionRow {
    pub id: OperatorSessionId,
    pub operator: OperatorId,
    pub token_hash: Vec<u8>,
    pub csrf_hash: Vec<u8>,
    pub created_at: At,
    pub last_seen_at: At,
    pub expires_at: At,
    pub revoked_at: Option<At>,
}

pub(super) fn add_session(conn: &mut Conn, row: &SessionRow) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(operator_sessions::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

#[derive(Queryable)]
pub(super) struct Standing {
    pub session: OperatorSessionId,
    pub csrf_hash: Vec<u8>,
    pub last_seen_at: At,
    pub expires_at: At,
    pub revoked_at: Option<At>,
    pub operator: OperatorId,
    pub municipality: MunicipalityId,
    pub centre: Option<CentreId>,
    pub role: String,
    pub unlisted: bool,
    pub language: String,
    pub disabled_at: Option<At>,
}

/// One query, since every request waits for it.
pub(super) fn standing(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<Standing>, DbError> {
    Ok(on!(conn, |c| operator_sessions::table
        .inner_join(operators::table.on(operators::id.eq(operator_sessions::operator)))
        .filter(operator_sessions::token_hash.eq(token_hash))
        .select((
            operator_sessions::id,
            operator_sessions::csrf_hash,
            operator_sessions::last_seen_at,
            operator_sessions::expires_at,
            operator_sessions::revoked_at,
            operators::id,
            operators::municipality,
            operators::centre,
            operators::role,
            operators::unlisted,
            operators::language,
            operators::disabled_at,
        ))
        .first::<Standing>(c)
        .optional())?)
}

pub(super) fn is_live(
    conn: &mut Conn,
    session: OperatorSessionId,
    now: At,
) -> Result<bool, DbError> {
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(
        operator_sessions::table
            .inner_join(operators::table.on(operators::id.eq(operator_sessions::operator)))
            .filter(operator_sessions::id.eq(session))
            .filter(operator_sessions::revoked_at.is_null())
            .filter(operator_sessions::expires_at.gt(now))
            .filter(operators::disabled_at.is_null())
    ))
    .get_result(c))?)
}

pub(super) fn seen(conn: &mut Conn, session: OperatorSessionId, now: At) -> Result<(), DbError> {
    let seen = diesel::update(operator_sessions::table.find(session))
        .filter(operator_sessions::last_seen_at.lt(now))
        .set(operator_sessions::last_seen_at.eq(now));
    on!(conn, |c| prepared!(seen).run(c))?;
    Ok(())
}

pub(super) fn revoke(conn: &mut Conn, session: OperatorSessionId, now: At) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(
        operator_sessions::table.find(session)
    )
    .filter(operator_sessions::revoked_at.is_null())
    .set(operator_sessions::revoked_at.eq(now))
    .execute(c))?;
    Ok(())
}

pub(super) fn revoke_all(conn: &mut Conn, operator: OperatorId, now: At) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(
        operator_sessions::table.filter(operator_sessions::operator.eq(operator))
    )
    .filter(operator_sessions::revoked_at.is_null())
    .set(operator_sessions::revoked_at.eq(now))
    .execute(c))?;
    Ok(())
}
