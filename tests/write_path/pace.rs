//! How fast the path is, roughly: `cargo test --release -- --ignored pace --nocapture`.

use std::time::Instant;

use ampara::db::schema::timeline;
use ampara::db::{DbError, WritePriority};
use ampara::on;
use diesel::prelude::*;
use futures_util::future::join_all;

use crate::harness::databases::{TestDatabase, TestEngine, tell};

const TASKS: usize = 64;
const EACH: usize = 150;

/// As much as a small alert writes: five rows by time-ordered ids.
fn five_rows(c: &mut ampara::db::Conn) -> Result<(), DbError> {
    for _ in 0..5 {
        let row = (
            timeline::id.eq(uuid::Uuid::now_v7().as_bytes().to_vec()),
            timeline::subject.eq(vec![1_u8; 16]),
            timeline::at.eq(1_i64),
            timeline::kind.eq("raised"),
            timeline::actor_kind.eq("person"),
            timeline::detail.eq("{}"),
        );
        on!(c, |c| diesel::insert_into(timeline::table)
            .values(row)
            .execute(c))?;
    }
    Ok(())
}

#[test]
#[ignore = "prints a pace, proves nothing"]
fn pace() {
    tell(async {
        for engine in [TestEngine::Sqlite, TestEngine::Postgres] {
            let database = TestDatabase::fresh(engine);
            let db = database.open();
            for _ in 0..2 {
                let (before, started) = (db.write_stats(), Instant::now());
                join_all((0..TASKS).map(|_| async {
                    for _ in 0..EACH {
                        db.write(WritePriority::Alert, five_rows).await.unwrap();
                    }
                }))
                .await;
                let (seconds, after) = (started.elapsed().as_secs_f64(), db.write_stats());
                println!(
                    "{engine:?}: {:.0} closures of 5 rows/s, {:.1} a commit",
                    (TASKS * EACH) as f64 / seconds,
                    (after.closures - before.closures) as f64
                        / (after.commits - before.commits) as f64
                );
            }
            let mut alone: Vec<_> = vec![];
            for _ in 0..200 {
                let started = Instant::now();
                db.write(WritePriority::Alert, five_rows).await.unwrap();
                alone.push(started.elapsed());
            }
            alone.sort();
            println!(
                "{engine:?}: one at a time, p50 {:?}, p99 {:?}",
                alone[100], alone[197]
            );
        }
    });
}
