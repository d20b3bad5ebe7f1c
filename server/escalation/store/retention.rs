//! What retention asks of records.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::records;
use crate::db::{Conn, DbError};
use crate::ids::AlertId;
use crate::on;

/// Those of the alerts whose record has a folio and is not closed.
pub fn on_open_folio(conn: &mut Conn, alerts: &[AlertId]) -> Result<Vec<AlertId>, DbError> {
    let open = records::table
        .filter(records::alert.eq_any(alerts.to_vec()))
        .filter(records::folio.is_not_null())
        .filter(records::closed_at.is_null());
    Ok(on!(conn, |c| open.select(records::alert).load(c))?)
}

/// Takes the coarse place off an alert's record.
pub fn forget_place(conn: &mut Conn, alert: AlertId) -> Result<(), DbError> {
    let none = (
        records::cell.eq(None::<String>),
        records::accuracy_m.eq(None::<f64>),
        records::fix_at.eq(None::<At>),
    );
    on!(conn, |c| diesel::update(
        records::table.filter(records::alert.eq(alert))
    )
    .set(none)
    .execute(c))?;
    Ok(())
}
