//! The number people say on the phone: `CUU-26-000123`.
//!
//! The centre's code, the year in the municipality's own time zone, and a number that begins at 1
//! each year. It is drawn when the record queues, so that a record that never reaches 911 leaves no
//! gap that tells of it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Datelike;

use super::centres::{self, Centre, Centres};
use super::error::EscalationError;
use super::store;
use crate::clock::At;
use crate::db::{Conn, Db, DbError, Engine, WritePriority};
use crate::ids::{AlertId, CentreId};
use crate::municipality;

/// Numbers that a node draws ahead for a centre.
const AHEAD: i64 = 64;

/// Draws the next folio of a centre. `None`: there is no such centre, as on a server without any.
///
/// # Errors
/// What the database says.
pub(super) fn draw(conn: &mut Conn, centre: CentreId, now: At) -> Result<Option<String>, DbError> {
    let Some(centre) = centres::by_id(conn, centre)? else {
        return Ok(None);
    };
    let zone = municipality::by_id(conn, centre.municipality)?.map_or(chrono_tz::UTC, |m| m.zone);
    let year = year_of(zone, now);
    let number = store::draw_folios(conn, centre.id, year, 1)?;
    Ok(Some(written(&centre.code, year, number.start)))
}

/// Numbers that this node has drawn ahead, so that presses of one centre do not wait for one
/// another's commit: a transaction that draws holds the centre's counter until its end. On
/// SQLite, where one writes at a time, no press waits and nothing is drawn ahead. A node that is
/// killed leaves what it had drawn unused; one that stops gives it back. Clones share them.
#[derive(Clone)]
pub struct Folios(Arc<Mutex<Drawn>>);

struct Drawn {
    /// Whether anything is drawn ahead.
    ahead: bool,
    by_year: HashMap<(CentreId, i64), Numbers>,
}

struct Numbers {
    left: Range<i64>,
    drawing: bool,
}

impl Folios {
    /// None drawn yet.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self(Arc::new(Mutex::new(Drawn {
            ahead: !engine.has_one_writer(),
            by_year: HashMap::new(),
        })))
    }

    /// The next folio of a centre: one drawn ahead, or else drawn here. A closure that runs again
    /// takes another number.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn next(
        &self,
        conn: &mut Conn,
        centres: &Centres,
        centre: CentreId,
        now: At,
    ) -> Result<Option<String>, DbError> {
        let Some(Centre {
            id,
            municipality,
            code,
            ..
        }) = centres.get(centre)
        else {
            return Ok(None);
        };
        let year = year_of(
            centres
                .municipality(*municipality)
                .map_or(chrono_tz::UTC, |m| m.zone),
            now,
        );
        let ahead = self.take(*id, year);
        let number = ahead.map_or_else(
            || store::draw_folios(conn, *id, year, 1).map(|drawn| drawn.start),
            Ok,
        )?;
        Ok(Some(written(code, year, number)))
    }

    fn take(&self, centre: CentreId, year: i64) -> Option<i64> {
        let mut drawn = self.drawn();
        if !drawn.ahead {
            return None;
        }
        drawn
            .by_year
            .entry((centre, year))
            .or_insert(Numbers {
                left: 0..0,
                drawing: false,
            })
            .left
            .next()
    }

    /// Draws ahead where less than half is left, and does not wait for it. After a press.
    pub fn top_up(&self, db: &Db) {
        let low: Vec<(CentreId, i64)> = self
            .drawn()
            .by_year
            .iter_mut()
            .filter(|(_, numbers)| {
                !numbers.drawing && numbers.left.end - numbers.left.start < AHEAD / 2
            })
            .map(|(of, numbers)| {
                numbers.drawing = true;
                *of
            })
            .collect();
        for (centre, year) in low {
            let (this, db) = (self.clone(), db.clone());
            tokio::spawn(async move {
                let fresh = db
                    .write(WritePriority::Alert, move |conn| {
                        store::draw_folios(conn, centre, year, AHEAD)
                    })
                    .await;
                let mut drawn = this.drawn();
                let Some(numbers) = drawn.by_year.get_mut(&(centre, year)) else {
                    return;
                };
                numbers.drawing = false;
                match fresh {
                    // What is left of the old ones is skipped unless the new ones follow it.
                    Ok(fresh) if fresh.start == numbers.left.end => numbers.left.end = fresh.end,
                    Ok(fresh) => numbers.left = fresh,
                    Err(error) => tracing::warn!(%error, "no folios drawn ahead"),
                }
            });
        }
    }

    /// Draws nothing ahead any more, and gives back what is unused, where no other node has drawn
    /// since.
    ///
    /// # Errors
    /// What the database says.
    pub async fn give_back(&self, db: &Db) -> Result<(), DbError> {
        let left: Vec<((CentreId, i64), Range<i64>)> = {
            let mut drawn = self.drawn();
            drawn.ahead = false;
            drawn
                .by_year
                .drain()
                .map(|(of, numbers)| (of, numbers.left))
                .collect()
        };
        db.write(WritePriority::Background, move |conn| {
            let unused = left.iter().filter(|(_, numbers)| !numbers.is_empty());
            unused
                .into_iter()
                .try_for_each(|((centre, year), numbers)| {
                    store::return_folios(conn, *centre, *year, numbers)
                })
        })
        .await
    }

    fn drawn(&self) -> MutexGuard<'_, Drawn> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn year_of(zone: chrono_tz::Tz, now: At) -> i64 {
    i64::from(now.utc().with_timezone(&zone).year())
}

fn written(code: &str, year: i64, number: i64) -> String {
    format!("{code}-{:02}-{number:06}", year.rem_euclid(100))
}

/// Whose record has that folio: a look at every record, for a person who asks once.
///
/// # Errors
/// The database.
pub fn alert_of_folio(conn: &mut Conn, folio: &str) -> Result<Option<AlertId>, EscalationError> {
    Ok(store::alert_of_folio(conn, folio)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folio_has_the_centre_two_digits_of_the_year_and_six_of_the_number() {
        assert_eq!(written("CUU", 2026, 123), "CUU-26-000123");
        assert_eq!(written("JRZ", 2100, 1_234_567), "JRZ-00-1234567");
    }
}
