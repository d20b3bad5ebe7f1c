//! One query text for two engines.

use diesel::{PgConnection, SqliteConnection};

/// A connection to whichever database this server was told to use.
pub enum Conn {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// Embedded SQLite.
    Sqlite(SqliteConnection),
}

/// Runs one diesel expression on either engine: it is compiled once for each, so all of diesel
/// stays available.
///
/// It also takes note of a failure that the expression returns, because diesel does not report
/// every one to the connection's witness (see [`noted`](super::noted_failures)): a closure can't go
/// on as if nothing had happened.
#[macro_export]
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {{
        use $crate::db::noted_failures::NothingToNote as _;
        match $conn {
            $crate::db::Conn::Postgres($c) => {
                let outcome = $body;
                $crate::db::noted_failures::Outcome(&outcome).note().go_on();
                outcome
            }
            $crate::db::Conn::Sqlite($c) => {
                let outcome = $body;
                $crate::db::noted_failures::Outcome(&outcome).note().go_on();
                outcome
            }
        }
    }};
}
