//! Who is connected: rows that a feed's heartbeat refreshes, so that all nodes agree.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::hot::kept;
use crate::db::schema::presence;
use crate::db::{Conn, DbError};
use crate::ids::{BootId, CentreId, OperatorId};
use crate::on;

/// An operator's feed on this node is alive until `until`.
pub fn refresh_presence(
    conn: &mut Conn,
    operator: OperatorId,
    boot: BootId,
    centre: CentreId,
    role: &str,
    until: At,
) -> Result<(), DbError> {
    let row = (
        presence::operator.eq(operator),
        presence::boot.eq(boot),
        presence::centre.eq(centre),
        presence::role.eq(role),
        presence::until.eq(until),
    );
    let refresh = diesel::insert_into(presence::table)
        .values(row)
        .on_conflict((presence::operator, presence::boot))
        .do_update()
        .set((presence::centre.eq(centre), presence::role.eq(role), presence::until.eq(until)));
    on!(conn, |c| kept(refresh).run(c))?;
    Ok(())
}

/// An operator's feed on this node has ended.
pub fn drop_presence(conn: &mut Conn, operator: OperatorId, boot: BootId) -> Result<(), DbError> {
    on!(conn, |c| diesel::delete(presence::table.find((operator, boot))).execute(c))?;
    Ok(())
}

/// Forgets feeds that nobody has refreshed since `before`.
pub fn drop_stale_presence(conn: &mut Conn, before: At) -> Result<(), DbError> {
    on!(conn, |c| diesel::delete(presence::table.filter(presence::until.lt(before))).execute(c))?;
    Ok(())
}

/// Who is connected for a centre: operator and role; one who is connected twice counts once.
pub fn present(conn: &mut Conn, centre: CentreId, now: At) -> Result<Vec<(OperatorId, String)>, DbError> {
    let here = presence::table.filter(presence::centre.eq(centre)).filter(presence::until.gt(now));
    Ok(on!(conn, |c| here.select((presence::operator, presence::role)).distinct().load(c))?)
}
