//! A foreign transaction on PostgreSQL, which holds rows until it is told to let go.
//!
//! What: [`Holder`] has one connection that holds and one that looks. Invariant: it waits for what it
//! sees in PostgreSQL's own views, never for a time. On failure: a server that waits too long for a
//! row is broken off by its own statement time-out, and the test hears that.

use actix_web::rt::task::yield_now;
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};

use super::postgres::Cluster;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn number(conn: &mut PgConnection, sql: &str) -> i64 {
    sql_query(sql).get_result::<Number>(conn).unwrap().n
}

/// One transaction, and a look at who waits for it.
pub struct Holder {
    holds: PgConnection,
    looks: PgConnection,
    pid: i64,
}

impl Holder {
    /// Runs `sql` in a transaction that stays open.
    pub fn of(database: &str, sql: &str) -> Self {
        let connect = || PgConnection::establish(&Cluster::shared().url(database)).unwrap();
        let (mut holds, looks) = (connect(), connect());
        let pid = number(&mut holds, "select pg_backend_pid()::bigint as n");
        holds.batch_execute(&format!("begin; {sql}")).unwrap();
        Self { holds, looks, pid }
    }

    /// Whether another transaction waits for this one.
    pub fn is_waited_for(&mut self) -> bool {
        let pid = self.pid;
        let waiting = format!(
            "select count(*) as n from pg_stat_activity where {pid} = any(pg_blocking_pids(pid))"
        );
        number(&mut self.looks, &waiting) > 0
    }

    /// Goes on once another transaction waits for this one.
    pub async fn is_met(&mut self) {
        while !self.is_waited_for() {
            yield_now().await;
        }
    }

    /// How many rows of a table other transactions have locked.
    pub fn locked_rows_of(&mut self, table: &str) -> i64 {
        let free = format!("select 1 from {table} for no key update skip locked");
        let all = format!(
            "select (select count(*) from {table}) - (select count(*) from ({free}) as free) as n"
        );
        number(&mut self.looks, &all)
    }

    /// Commits.
    pub fn lets_go(&mut self) {
        self.holds.batch_execute("commit").unwrap();
    }
}
