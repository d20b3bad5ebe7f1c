//! A statement with a fixed text is prepared once a connection.

use ampara::db::change_marks::{bump_mark, mark};
use ampara::db::{Batch, Conn, DbError, WritePriority};
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
        let prepared = db.write(WritePriority::Alert, |c| {
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

#[test]
fn an_update_that_is_kept_is_prepared_once_and_so_is_a_batch() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Postgres);
        let db = database.open();
        let prepared = db.write(WritePriority::Alert, |c| {
            for _ in 0..5 {
                bump_mark(c, "kept")?;
                let mut batch = Batch::on(c);
                both(&mut batch, "alone")?;
                batch.send()?;
            }
            let Conn::Postgres(c) = c else { return Err(DbError::Broken) };
            let count = |like: &str| {
                format!("select count(*) as n from pg_prepared_statements where statement ilike '{like}%change_marks%'")
            };
            let upserts = diesel::sql_query(count("insert")).get_result::<Prepared>(c)?.n;
            Ok((upserts, diesel::sql_query(count("with s0")).get_result::<Prepared>(c)?.n))
        });
        assert_eq!(prepared.await, Ok((1, 1)));
        assert_eq!(db.read(|c| mark(c, "kept")).await, Ok(5));
    });
}

/// The versions of these topics, by a statement whose text differs with their number on SQLite.
fn versions(c: &mut Conn, topics: &[&str]) -> Result<Vec<i64>, DbError> {
    use ampara::db::schema::change_marks as m;
    use diesel::prelude::*;
    let these = m::table.filter(m::topic.eq_any(topics.to_vec()));
    let Conn::Sqlite(c) = c else {
        return Err(DbError::Broken);
    };
    Ok(ampara::prepared!(these.select(m::version)).load(c)?)
}

#[test]
fn a_statement_kept_by_its_place_has_one_text() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        let db = database.open();
        db.write(WritePriority::Alert, |c| bump_mark(c, "b"))
            .await
            .unwrap();
        let one = db.read(|c| Ok::<_, DbError>((versions(c, &["a"])?, versions(c, &["b"])?)));
        assert_eq!(one.await, Ok((vec![], vec![1])));
        // With one key for both, the second would run as the first: a debug build stops it.
        assert!(db.read(|c| versions(c, &["a", "b"])).await.is_err());
    });
}

#[test]
fn sqlite_does_not_prepare_anew_because_a_limit_is_bound() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        let db = database.open();
        let found = db.read(|c| {
            let Conn::Sqlite(c) = c else { return Err(DbError::Broken) };
            let sql = "select count(*) as n from pragma_compile_options where compile_options = 'ENABLE_QPSG'";
            Ok(diesel::sql_query(sql).get_result::<Prepared>(c)?.n)
        });
        assert_eq!(found.await, Ok(1), "built without .cargo/config.toml");
    });
}

/// A row that is there already or not, and one that is changed.
fn both(batch: &mut Batch<'_>, topic: &'static str) -> Result<(), DbError> {
    use ampara::db::schema::change_marks as m;
    use diesel::prelude::*;
    batch.add(
        diesel::insert_into(m::table)
            .values((m::topic.eq(topic), m::version.eq(1_i64)))
            .on_conflict_do_nothing(),
    )?;
    batch.add(diesel::update(m::table.find("kept")).set(m::version.eq(m::version + 0)))
}

both_engines! {
    async fn a_batch_is_written_whole_or_not_at_all(database) {
        use ampara::db::schema::change_marks as m;
        use diesel::prelude::*;
        let db = database.open();
        db.write(WritePriority::Alert, |c| bump_mark(c, "kept")).await.unwrap();
        let whole = db.write(WritePriority::Alert, |c| {
            let mut batch = Batch::on(c);
            both(&mut batch, "new")?;
            batch.send()
        });
        assert_eq!(whole.await, Ok(()));
        assert_eq!(db.read(|c| mark(c, "new")).await, Ok(1));
        let broken = db.write(WritePriority::Alert, |c| {
            let mut batch = Batch::on(c);
            both(&mut batch, "newer")?;
            batch.add(diesel::insert_into(m::table).values((m::topic.eq("new"), m::version.eq(7_i64))))?;
            batch.send()
        });
        assert!(matches!(broken.await, Err(DbError::Violation(_))));
        assert_eq!(db.read(|c| Ok::<_, DbError>((mark(c, "newer")?, mark(c, "new")?))).await, Ok((0, 1)));
    }

    async fn rows_can_be_locked_and_claimed(database) {
        use ampara::db::schema::{municipalities, notifications};
        use diesel::prelude::*;
        let db = database.open();
        let claimed = db.write(WritePriority::Background, |c| {
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
