//! One query text for two engines.

use diesel::{PgConnection, SqliteConnection};

/// A connection to whichever database this server was told to use.
pub enum Conn {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// Embedded SQLite.
    Sqlite(SqliteConnection),
}

/// Runs one diesel expression on either engine: it is compiled once for each, so all of diesel stays available.
#[macro_export]
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::db::Conn::Postgres($c) => $body,
            $crate::db::Conn::Sqlite($c) => $body,
        }
    };
}
