//! In which order rows are locked.
//!
//! **What.** PostgreSQL lets several transactions work at once; two that lock the same two rows in
//! opposite order wait for each other until one is broken off. [`take_alerts`] locks what nearly
//! every change of an alert needs, in the one order there is.
//!
//! **Invariant.** Every transaction locks in this order, and may leave steps out:
//! 1. **people**, by id. A press begins with hers;
//! 2. **alerts**, by id;
//! 3. **records** of 911, by id;
//! 4. **notifications**, by id;
//! 5. what belongs to one of these or to none of them: addresses by id, numbers that said STOP by lookup,
//!    contacts, devices, sessions, counters, presence.
//!
//! A closure that changes an alert, or a notification on its behalf, takes the alert first ([`take_alerts`]);
//! afterwards rows of that alert may come in any order, since a closure that changes several of
//! them waits for the alert, and one that changes a single row waits for nothing else. A closure that
//! changes several notifications without their alerts passes over rows that are locked
//! ([`load_skip_locked!`](crate::load_skip_locked)). Rows that a new row refers to are locked by
//! PostgreSQL itself, for their key alone: that is why all of these locks are `FOR NO KEY UPDATE`,
//! beside which such a key lock is no conflict.
//!
//! A closure of a group ([`super::writer`]) comes after others that hold their locks until the
//! group's COMMIT: it waits for a lock for [`GROUP_WAITS_MS`] at most, and then runs alone.
//!
//! **On failure.** A deadlock is broken off by PostgreSQL, and the closure runs again, three times.
//! On SQLite there is one writer, and nothing here does anything.

use diesel::RunQueryDsl;
use diesel::pg::Pg;
use diesel::sql_types::{Array, Binary};

use super::{Conn, DbError};
use crate::ids::AlertId;

/// How long a closure in a group waits for a lock, in milliseconds: longer than a commit takes, and
/// far below PostgreSQL's `deadlock_timeout` of a second.
pub(super) const GROUP_WAITS_MS: u32 = 20;

crate::hot_statement! {
    /// The people's rows are locked before the first alert is looked for, since that needs to know
    /// how many they are; and the alerts before the first record.
    struct TakeAlerts on Pg {
        "with p as materialized (select id from people where id = any(array(\
           select person from alerts where id = any(", of_people: Array<Binary> as Vec<AlertId>,
        "))) order by id for no key update), \
         a as materialized (select id from alerts where (select count(*) from p) >= 0 and id = any(",
        themselves: Array<Binary> as Vec<AlertId>,
        ") order by id for no key update) \
         select id from records where (select count(*) from a) >= 0 and alert = any(",
        of_records: Array<Binary> as Vec<AlertId>,
    } ") order by id for no key update"
}

/// Locks these alerts until the transaction ends: first their people, then they, then their records.
/// What is not there is no error.
///
/// # Errors
/// What the database says.
pub fn take_alerts(conn: &mut Conn, alerts: &[AlertId]) -> Result<(), DbError> {
    let Conn::Postgres(c) = conn else {
        return Ok(());
    };
    if alerts.is_empty() {
        return Ok(());
    }
    let take = TakeAlerts {
        of_people: alerts.to_vec(),
        themselves: alerts.to_vec(),
        of_records: alerts.to_vec(),
    };
    take.execute(c)?;
    Ok(())
}
