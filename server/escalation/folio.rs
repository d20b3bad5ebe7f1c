//! The number people say on the phone: `CUU-26-000123`.
//!
//! The centre's code, the year in the municipality's own time zone, and a number that begins at 1 each year. It is drawn
//! when the record queues, so that a record that never reaches 911 leaves no gap that tells of it.

use chrono::Datelike;

use super::centres;
use super::store;
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::ids::CentreId;
use crate::municipality;

/// Draws the next folio of a centre. `None`: there is no such centre, as on a server without any.
///
/// # Errors
/// What the database says.
pub(super) fn draw(conn: &mut Conn, centre: CentreId, now: At) -> Result<Option<String>, DbError> {
    let Some(centre) = centres::by_id(conn, centre)? else { return Ok(None) };
    let zone = municipality::by_id(conn, centre.municipality)?.map_or(chrono_tz::UTC, |m| m.zone);
    let year = i64::from(now.utc().with_timezone(&zone).year());
    let number = store::draw_folio(conn, centre.id, year)?;
    Ok(Some(written(&centre.code, year, number)))
}

fn written(code: &str, year: i64, number: i64) -> String {
    format!("{code}-{:02}-{number:06}", year.rem_euclid(100))
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
