//! Moments of records: the newest, and those that cannot be, since a clock that was ahead wrote them.

use diesel::dsl::max;
use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::records;
use crate::db::{Conn, DbError};
use crate::ids::AlertId;
use crate::on;

/// The newest moment at which something happened to the records of these alerts.
pub fn newest_moment(conn: &mut Conn, alerts: &[AlertId]) -> Result<Option<At>, DbError> {
    let mut newest = None;
    // SQLite takes a bounded number of parameters.
    for some in alerts.chunks(500) {
        let of = records::table.filter(records::alert.eq_any(some.to_vec()));
        let of = of.select((
            max(records::queued_at),
            max(records::claimed_at),
            max(records::last_step_at),
        ));
        let (queued, claimed, step): (Option<At>, Option<At>, Option<At>) =
            on!(conn, |c| of.first(c))?;
        newest = newest.max(queued).max(claimed).max(step);
    }
    Ok(newest)
}

/// Takes moments of a record that are after `now` for now. The caller has taken the record's row.
pub fn take_back_moments(conn: &mut Conn, alert: AlertId, now: At) -> Result<(), DbError> {
    macro_rules! not_after_now {
        ($($column:ident),+) => {$(
            let later = records::table.filter(records::alert.eq(alert)).filter(records::$column.gt(now));
            on!(conn, |c| diesel::update(later).set(records::$column.eq(Some(now))).execute(c))?;
        )+};
    }
    not_after_now!(
        queued_at,
        claimed_at,
        first_claimed_at,
        last_step_at,
        closed_at
    );
    Ok(())
}
