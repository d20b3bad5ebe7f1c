//! When the plans of alerts are asked.

use diesel::dsl::{max, min, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::clock::At;
use crate::db::schema::alerts;
use crate::db::{Conn, DbError};
use crate::ids::AlertId;
use crate::on;

/// Asks a plan that failed later, unless another transaction has set a time since.
/// `failures` counts how often it has failed in a row.
pub fn put_off(
    conn: &mut Conn,
    alert: AlertId,
    (until, latest): (At, At),
) -> Result<Option<i64>, DbError> {
    let due = alerts::plan_due_at
        .lt(until)
        .or(alerts::plan_due_at.gt(latest));
    let due = alerts::table.filter(alerts::id.eq(alert)).filter(due);
    let later = (
        alerts::plan_due_at.eq(until),
        alerts::plan_failures.eq(alerts::plan_failures + 1),
    );
    let put_off = diesel::update(due)
        .set(later)
        .returning(alerts::plan_failures);
    Ok(on!(conn, |c| put_off.get_result(c).optional())?)
}

/// Has the engine ask the plan at once.
pub fn ask_now(conn: &mut Conn, alert: AlertId, now: At) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(alerts::table.find(alert))
        .set(alerts::plan_due_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Alerts whose plan has failed three times in a row or more. Written out, since a bound number
/// would keep either engine from the partial index that holds just these.
pub fn failing(conn: &mut Conn) -> Result<i64, DbError> {
    let failing = alerts::table.filter(sql::<Bool>("plan_failures >= 3"));
    Ok(on!(conn, |c| failing.count().get_result(c))?)
}

/// The alerts whose plan is to be asked by `now`, longest overdue first, and those that are due later
/// than `latest`, which cannot be. Those under quarantine wait.
pub fn due(conn: &mut Conn, (now, latest): (At, At), limit: i64) -> Result<Vec<AlertId>, DbError> {
    let by = |due: At| alerts::plan_due_at.le(due);
    let first = alerts::table
        .filter(alerts::restored_at.is_null())
        .order(alerts::plan_due_at.asc());
    let mut due: Vec<AlertId> = on!(conn, |c| first
        .filter(by(now))
        .limit(limit)
        .select(alerts::id)
        .load(c))?;
    let left = limit.saturating_sub(i64::try_from(due.len()).unwrap_or(limit));
    let beyond: Vec<AlertId> = on!(conn, |c| first
        .filter(alerts::plan_due_at.gt(latest))
        .limit(left)
        .select(alerts::id)
        .load(c))?;
    due.extend(beyond);
    Ok(due)
}

/// The newest moment at which something happened to an alert whose plan is still asked.
pub fn newest_under_way(conn: &mut Conn) -> Result<Option<At>, DbError> {
    let under_way = alerts::table.filter(alerts::plan_due_at.is_not_null());
    let newest: (Option<At>, Option<At>) = on!(conn, |c| under_way
        .select((max(alerts::last_press_at), max(alerts::last_fix_at)))
        .first(c))?;
    Ok(newest.0.max(newest.1))
}

/// Takes moments of an alert that are after `now` for now: a clock that was ahead wrote them.
pub fn bring_back(conn: &mut Conn, alert: AlertId, now: At) -> Result<(), DbError> {
    macro_rules! not_after_now {
        ($($column:ident),+) => {$(
            let later = alerts::table.find(alert).filter(alerts::$column.gt(now));
            on!(conn, |c| diesel::update(later).set(alerts::$column.eq(now)).execute(c))?;
        )+};
    }
    not_after_now!(
        raised_at,
        last_press_at,
        told_again_at,
        last_fix_at,
        closed_at
    );
    Ok(())
}

/// The alerts whose plan is still asked.
pub fn under_way(conn: &mut Conn) -> Result<Vec<AlertId>, DbError> {
    let under_way = alerts::table.filter(alerts::plan_due_at.is_not_null());
    Ok(on!(conn, |c| under_way.select(alerts::id).load(c))?)
}

/// When the plan that is due first is due, if any is.
pub fn next_due(conn: &mut Conn) -> Result<Option<At>, DbError> {
    Ok(on!(conn, |c| alerts::table
        .filter(alerts::restored_at.is_null())
        .select(min(alerts::plan_due_at))
        .first(c))?)
}
