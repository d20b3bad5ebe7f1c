//! A statement with a fixed text is prepared once a connection.

use ampara::db::marks::mark;
use ampara::db::{Conn, DbError, Lane};
use ampara::{hot_statement, load_skip_locked, lock_row};
use diesel::RunQueryDsl;
use diesel::sql_types::{Array, BigInt, Text};

use crate::both_engines;
use crate::harness::databases::{TestDatabase, TestEngine, tell};

hot_statement! {
    struct ManyMarks on diesel::pg::Pg {
        "insert into change_marks (topic, version) select unnest(", topics: Array<Text> as Vec<String>,
        "), ", version: BigInt as i64,
    } " on conflict do nothing"
}

#[derive(diesel::QueryableByName)]
struct Prepared {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[test]
fn a_hot_statement_is_prepared_once_and_sees_its_binds() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Postgres);
        let db = database.open();
        let prepared = db.write(Lane::Alert, |c| {
            let Conn::Postgres(c) = c else { return Err(DbError::Broken) };
            for n in 0..5_i64 {
                let topics = vec![format!("a{n}"), format!("b{n}")];
                assert_eq!(ManyMarks { topics, version: n }.execute(c)?, 2);
            }
            let sql =
                "select count(*) as n from pg_prepared_statements where statement like 'insert into change_marks%'";
            Ok(diesel::sql_query(sql).get_result::<Prepared>(c)?.n)
        });
        assert_eq!(prepared.await, Ok(1));
        assert_eq!(db.read(|c| mark(c, "b4")).await, Ok(4));
    });
}

both_engines! {
    async fn rows_can_be_locked_and_claimed(database) {
        use ampara::db::schema::{municipalities, notifications};
        use diesel::prelude::*;
        let db = database.open();
        let claimed = db.write(Lane::Background, |c| {
            lock_row!(c, municipalities, vec![7_u8; 16])?;
            let due = notifications::table.filter(notifications::state.eq("queued")).select(notifications::id).limit(9);
            let ids: Vec<Vec<u8>> = load_skip_locked!(c, due)?;
            Ok::<_, DbError>(ids.len())
        });
        assert_eq!(claimed.await, Ok(0));
        let clock = db.read(ampara::db::dialect::clock_of_database).await.unwrap();
        assert_eq!(clock.is_none(), database.is_sqlite());
    }
}
