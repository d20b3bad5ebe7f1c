//! Devices and their alert tokens.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::{devices, people};
use crate::db::{Conn, DbError};
use crate::ids::{DeviceId, PersonId};
use crate::on;

#[derive(Queryable, Insertable)]
#[diesel(table_name = devices, treat_none_as_default_value = false)]
pub(in crate::identity::sessions) struct DeviceRow {
    pub id: DeviceId,
    pub person: PersonId,
    pub platform: String,
    pub label: Option<String>,
    pub alert_token_hash: Vec<u8>,
    pub trusted_at: At,
    pub created_at: At,
    pub revoked_at: Option<At>,
}

pub(in crate::identity::sessions) fn add_device(
    conn: &mut Conn,
    row: &DeviceRow,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(devices::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

/// Whether this person ever had a device, revoked ones counted: a stolen number must not start
/// afresh.
pub(in crate::identity::sessions) fn had_a_device(
    conn: &mut Conn,
    person: PersonId,
) -> Result<bool, DbError> {
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(
        devices::table.filter(devices::person.eq(person))
    ))
    .get_result(c))?)
}

/// This person's device with that alert token, unless it was revoked.
pub(in crate::identity::sessions) fn device_by_alert_token(
    conn: &mut Conn,
    person: PersonId,
    hash: &[u8],
) -> Result<Option<DeviceRow>, DbError> {
    Ok(on!(conn, |c| devices::table
        .filter(devices::alert_token_hash.eq(hash))
        .filter(devices::person.eq(person))
        .filter(devices::revoked_at.is_null())
        .first::<DeviceRow>(c)
        .optional())?)
}

pub(in crate::identity::sessions) fn device(
    conn: &mut Conn,
    id: DeviceId,
) -> Result<Option<DeviceRow>, DbError> {
    Ok(on!(conn, |c| devices::table
        .find(id)
        .first::<DeviceRow>(c)
        .optional())?)
}

pub(in crate::identity::sessions) fn trust_device(
    conn: &mut Conn,
    id: DeviceId,
    now: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(devices::table.find(id))
        .filter(devices::trusted_at.gt(now))
        .set(devices::trusted_at.eq(now))
        .execute(c))?;
    Ok(())
}

pub(in crate::identity::sessions) fn revoke_device(
    conn: &mut Conn,
    id: DeviceId,
    now: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(devices::table.find(id))
        .filter(devices::revoked_at.is_null())
        .set(devices::revoked_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// What an alert token stands for.
#[derive(Queryable)]
pub(in crate::identity::sessions) struct Holder {
    pub device: DeviceId,
    pub revoked_at: Option<At>,
    pub person: PersonId,
    pub language: String,
    pub open_alerts: i64,
}

/// One query, since a press waits for it.
pub(in crate::identity::sessions) fn holder_of_alert_token(
    conn: &mut Conn,
    hash: &[u8],
) -> Result<Option<Holder>, DbError> {
    Ok(on!(conn, |c| devices::table
        .inner_join(people::table.on(people::id.eq(devices::person)))
        .filter(devices::alert_token_hash.eq(hash))
        .filter(people::deleted_at.is_null())
        .select((
            devices::id,
            devices::revoked_at,
            people::id,
            people::language,
            people::open_alerts,
        ))
        .first::<Holder>(c)
        .optional())?)
}

/// Devices that are not revoked.
pub fn live_ids(conn: &mut Conn) -> Result<HashSet<DeviceId>, DbError> {
    let live = devices::table.filter(devices::revoked_at.is_null());
    let ids: Vec<DeviceId> = on!(conn, |c| live.select(devices::id).load(c))?;
    Ok(ids.into_iter().collect())
}
