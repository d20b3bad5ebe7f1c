//! Sessions of devices.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::{devices, people, sessions};
use crate::db::{Conn, DbError};
use crate::ids::{DeviceId, MunicipalityId, PersonId, SessionId};
use crate::on;

#[derive(Queryable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(in crate::identity::sessions) struct SessionRow {
    pub id: SessionId,
    pub person: PersonId,
    pub device: DeviceId,
    pub refresh_hash: Vec<u8>,
    pub previous_hash: Option<Vec<u8>>,
    pub rotated_at: At,
    pub stepped_up_until: At,
    pub created_at: At,
    pub revoked_at: Option<At>,
}

pub(in crate::identity::sessions) fn add_session(
    conn: &mut Conn,
    row: &SessionRow,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(sessions::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

/// What a session's row says of who is calling.
#[derive(Queryable)]
pub(in crate::identity::sessions) struct Standing {
    pub person: PersonId,
    pub device: DeviceId,
    pub municipality: MunicipalityId,
    pub language: String,
    pub trusted_at: At,
    pub stepped_up_until: At,
    pub revoked_at: Option<At>,
    pub device_revoked_at: Option<At>,
    pub deleted_at: Option<At>,
}

impl Standing {
    pub fn is_live(&self) -> bool {
        self.revoked_at.is_none() && self.device_revoked_at.is_none() && self.deleted_at.is_none()
    }
}

/// One query, since every request waits for it.
pub(in crate::identity::sessions) fn standing(
    conn: &mut Conn,
    id: SessionId,
) -> Result<Option<Standing>, DbError> {
    Ok(on!(conn, |c| sessions::table
        .inner_join(devices::table.on(devices::id.eq(sessions::device)))
        .inner_join(people::table.on(people::id.eq(sessions::person)))
        .filter(sessions::id.eq(id))
        .select((
            people::id,
            devices::id,
            people::municipality,
            people::language,
            devices::trusted_at,
            sessions::stepped_up_until,
            sessions::revoked_at,
            devices::revoked_at,
            people::deleted_at,
        ))
        .first::<Standing>(c)
        .optional())?)
}

pub(in crate::identity::sessions) fn session(
    conn: &mut Conn,
    id: SessionId,
) -> Result<Option<SessionRow>, DbError> {
    Ok(on!(conn, |c| sessions::table
        .find(id)
        .first::<SessionRow>(c)
        .optional())?)
}

/// Moves the chain on by one, if `presented` is still the current token of a live session.
pub(in crate::identity::sessions) fn rotate(
    conn: &mut Conn,
    id: SessionId,
    presented: &[u8],
    successor: &[u8],
    now: At,
) -> Result<bool, DbError> {
    let rotated = on!(conn, |c| diesel::update(sessions::table.find(id))
        .filter(sessions::refresh_hash.eq(presented))
        .filter(sessions::revoked_at.is_null())
        .set((
            sessions::refresh_hash.eq(successor),
            sessions::previous_hash.eq(Some(presented)),
            sessions::rotated_at.eq(now),
        ))
        .execute(c))?;
    Ok(rotated == 1)
}

pub(in crate::identity::sessions) fn revoke_session(
    conn: &mut Conn,
    id: SessionId,
    now: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(sessions::table.find(id))
        .filter(sessions::revoked_at.is_null())
        .set(sessions::revoked_at.eq(now))
        .execute(c))?;
    Ok(())
}

pub(in crate::identity::sessions) fn revoke_sessions_of_device(
    conn: &mut Conn,
    device: DeviceId,
    now: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(
        sessions::table.filter(sessions::device.eq(device))
    )
    .filter(sessions::revoked_at.is_null())
    .set(sessions::revoked_at.eq(now))
    .execute(c))?;
    Ok(())
}

pub(in crate::identity::sessions) fn step_up(
    conn: &mut Conn,
    id: SessionId,
    until: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(sessions::table.find(id))
        .set(sessions::stepped_up_until.eq(until))
        .execute(c))?;
    Ok(())
}

/// A session as its owner sees it.
#[derive(Queryable)]
pub(in crate::identity::sessions) struct ListedRow {
    pub id: SessionId,
    pub device: DeviceId,
    pub platform: String,
    pub label: Option<String>,
    pub trusted_at: At,
    pub created_at: At,
    pub rotated_at: At,
}

/// The live sessions of a person, newest first.
pub(in crate::identity::sessions) fn live_sessions(
    conn: &mut Conn,
    person: PersonId,
    before: Option<SessionId>,
    limit: i64,
) -> Result<Vec<ListedRow>, DbError> {
    Ok(on!(conn, |c| {
        let mut query = sessions::table
            .inner_join(devices::table.on(devices::id.eq(sessions::device)))
            .filter(sessions::person.eq(person))
            .filter(sessions::revoked_at.is_null())
            .filter(devices::revoked_at.is_null())
            .order(sessions::id.desc())
            .limit(limit)
            .select((
                sessions::id,
                devices::id,
                devices::platform,
                devices::label,
                devices::trusted_at,
                sessions::created_at,
                sessions::rotated_at,
            ))
            .into_boxed();
        if let Some(before) = before {
            query = query.filter(sessions::id.lt(before));
        }
        Ok(query.load::<ListedRow>(c)?)
    })?)
}
