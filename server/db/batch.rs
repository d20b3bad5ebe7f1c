//! Several rooms' statements in one round trip.
//!
//! A press writes a dozen rows of six rooms. Sent one by one over PostgreSQL's wire each costs more
//! to carry than to run; gathered as data-modifying CTEs of one statement they are carried once.
//! SQLite has no wire: there each statement runs when it is added, in the order of adding.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Integer;
use diesel::sqlite::Sqlite;
use diesel::{PgConnection, QueryResult, RunQueryDsl};

use super::prepared::prepared;
use super::{Conn, DbError};

/// Statements that need nothing from one another: on PostgreSQL all see the state before the first
/// of them, and in no order. Foreign keys among their rows hold, since they are checked at the end
/// of the whole. Two must not touch one row.
///
/// The statements' own texts are few and stay the same, so the whole is prepared once for each way
/// of putting them together.
#[must_use = "on PostgreSQL nothing is written before `send`"]
pub struct Batch<'a> {
    conn: &'a mut Conn,
    parts: Parts<'a>,
}

impl<'a> Batch<'a> {
    /// An empty batch on that connection.
    pub fn on(conn: &'a mut Conn) -> Self {
        Self {
            conn,
            parts: Parts(Vec::new()),
        }
    }

    /// Adds a statement that changes rows.
    ///
    /// # Errors
    /// On SQLite, what the database says.
    pub fn add<S>(&mut self, statement: S) -> Result<(), DbError>
    where
        S: QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId + 'a,
    {
        match self.conn {
            Conn::Postgres(_) => self.parts.0.push(Box::new(statement)),
            Conn::Sqlite(c) => prepared(statement).run(c)?,
        }
        Ok(())
    }

    /// Adds many rows: as one statement on PostgreSQL, one by one on SQLite.
    ///
    /// # Errors
    /// On SQLite, what the database says.
    pub fn add_rows<S, R>(
        &mut self,
        together: impl FnOnce() -> S,
        one_by_one: impl IntoIterator<Item = R>,
    ) -> Result<(), DbError>
    where
        S: QueryFragment<Pg> + 'a,
        R: QueryFragment<Sqlite> + QueryId,
    {
        match self.conn {
            Conn::Postgres(_) => self.parts.0.push(Box::new(together())),
            Conn::Sqlite(c) => one_by_one
                .into_iter()
                .try_for_each(|row| prepared(row).run(c))?,
        }
        Ok(())
    }

    /// Sends what was gathered.
    ///
    /// # Errors
    /// What the database says; then none of the statements has happened.
    pub fn send(self) -> Result<(), DbError> {
        if let Conn::Postgres(c) = self.conn
            && !self.parts.0.is_empty()
        {
            self.parts.load::<i32>(c)?;
        }
        Ok(())
    }
}

struct Parts<'a>(Vec<Box<dyn QueryFragment<Pg> + 'a>>);

impl QueryId for Parts<'_> {
    type QueryId = ();
    // By its text: which parts there are differs from batch to batch.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Parts<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (n, part) in self.0.iter().enumerate() {
            out.push_sql(if n == 0 { "WITH s" } else { "), s" });
            out.push_sql(&n.to_string());
            out.push_sql(" AS (");
            part.walk_ast(out.reborrow())?;
        }
        out.push_sql(") SELECT 1");
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl Query for Parts<'_> {
    type SqlType = Integer;
}

impl RunQueryDsl<PgConnection> for Parts<'_> {}
