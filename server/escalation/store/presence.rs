//! Who is connected: rows that a feed's heartbeat refreshes, so that all nodes agree.

use diesel::dsl::{max, min};
use diesel::prelude::*;

use crate::clock::At;

use crate::db::schema::presence;
use crate::db::{Conn, DbError};
use crate::ids::{BootId, CentreId, OperatorId};
use crate::{load_skip_locked, on, prepared};

/// An operator's feed on this node is alive until `until`; it began when this was said first.
pub fn refresh_presence(
    conn: &mut Conn,
    operator: OperatorId,
    boot: BootId,
    centre: CentreId,
    role: &str,
    (now, until): (At, At),
) -> Result<(), DbError> {
    let row = (
        presence::operator.eq(operator),
        presence::boot.eq(boot),
        presence::centre.eq(centre),
        presence::role.eq(role),
        presence::until.eq(until),
        presence::since.eq(Some(now)),
    );
    let refresh = diesel::insert_into(presence::table)
        .values(row)
        .on_conflict((presence::operator, presence::boot))
        .do_update()
        .set((
            presence::centre.eq(centre),
            presence::role.eq(role),
            presence::until.eq(until),
        ));
    on!(conn, |c| prepared!(refresh).run(c))?;
    Ok(())
}

/// An operator's feed on this node has ended.
pub fn drop_presence(conn: &mut Conn, operator: OperatorId, boot: BootId) -> Result<(), DbError> {
    on!(conn, |c| diesel::delete(
        presence::table.find((operator, boot))
    )
    .execute(c))?;
    Ok(())
}

/// Forgets feeds that were not refreshed since `before`.
pub fn drop_stale_presence(conn: &mut Conn, before: At) -> Result<(), DbError> {
    // Another feed that refreshes its own at this moment holds it.
    let stale: Vec<(OperatorId, BootId)> = load_skip_locked!(
        conn,
        presence::table
            .filter(presence::until.lt(before))
            .select((presence::operator, presence::boot))
    )?;
    for one in stale {
        on!(conn, |c| diesel::delete(presence::table.find(one))
            .execute(c))?;
    }
    Ok(())
}

/// The moment until which the feed is alive that is so for longest, if there is any.
pub fn longest_presence(conn: &mut Conn) -> Result<Option<At>, DbError> {
    Ok(on!(conn, |c| presence::table
        .select(max(presence::until))
        .first(c))?)
}

/// Forgets feeds that are alive until later than `latest`, which cannot be.
pub fn drop_impossible_presence(conn: &mut Conn, latest: At) -> Result<usize, DbError> {
    let beyond: Vec<(OperatorId, BootId)> = load_skip_locked!(
        conn,
        presence::table
            .filter(presence::until.gt(latest))
            .select((presence::operator, presence::boot))
    )?;
    for one in &beyond {
        on!(conn, |c| diesel::delete(presence::table.find(*one))
            .execute(c))?;
    }
    Ok(beyond.len())
}

/// Who is connected for a centre: operator and role; one who is connected twice counts once.
pub fn present(
    conn: &mut Conn,
    centre: CentreId,
    now: At,
) -> Result<Vec<(OperatorId, String)>, DbError> {
    let here = presence::table
        .filter(presence::centre.eq(centre))
        .filter(presence::until.gt(now));
    Ok(on!(conn, |c| here
        .select((presence::operator, presence::role))
        .distinct()
        .load(c))?)
}

/// Who is connected anywhere: centre, operator and role; one who is connected twice at a centre
/// counts once.
pub fn present_everywhere(
    conn: &mut Conn,
    now: At,
) -> Result<Vec<(CentreId, OperatorId, String)>, DbError> {
    let there = presence::table.filter(presence::until.gt(now));
    let each = there
        .select((presence::centre, presence::operator, presence::role))
        .distinct();
    Ok(on!(conn, |c| each.load(c))?)
}

/// Who is connected for a centre: operator, role, and since when by the oldest feed that is open.
pub fn present_since(
    conn: &mut Conn,
    centre: CentreId,
    now: At,
) -> Result<Vec<(OperatorId, String, Option<At>)>, DbError> {
    let here = presence::table
        .filter(presence::centre.eq(centre))
        .filter(presence::until.gt(now));
    let each = here.group_by((presence::operator, presence::role));
    Ok(on!(conn, |c| each
        .select((presence::operator, presence::role, min(presence::since)))
        .load(c))?)
}
