//! The write path's contract, each rule on both engines.

mod alerts_first;
mod basics;
mod broken_closures;
mod cut;
mod follows;
mod full;
pub mod gate;
mod here;
mod hot;
mod keeping;
mod lock_order;
mod pace;

use ampara::db::{Conn, DbError};
use ampara::on;
use diesel::connection::SimpleConnection;

/// Runs SQL that both engines understand.
fn sql(conn: &mut Conn, text: &str) -> Result<(), DbError> {
    Ok(on!(conn, |c| c.batch_execute(text))?)
}
