//! PostgreSQL's connection is lost: before COMMIT, during it, and for a while.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use ampara::db::change_marks::{bump_mark, mark};
use ampara::db::{DatabaseConfig, Db, DbError, WritePriority, WriteStats};
use futures_util::future::{join, join_all};

use super::gate::Gate;
use super::sql;
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::postgres::Cluster;
use crate::harness::proxy::{Cut, Proxy};

struct Line {
    db: Db,
    proxy: Proxy,
    _database: TestDatabase,
}

fn through_a_proxy() -> Line {
    let database = TestDatabase::fresh(TestEngine::Postgres);
    let proxy = Proxy::start();
    let url = proxy.url(database.name.as_deref().unwrap());
    // One writer that takes all that waits, however slow this machine is.
    let config = DatabaseConfig {
        writers: 1,
        readers: 1,
        group_ms: 60_000,
        ..DatabaseConfig::at(url)
    };
    let db = Db::open(&config).unwrap();
    Line {
        db,
        proxy,
        _database: database,
    }
}

impl Line {
    /// All that `queued` queues becomes one group: the writer is held meanwhile, in a transaction
    /// without a COMMIT.
    async fn together<T>(&self, queued: impl Future<Output = T>) -> T {
        let gate = Gate::shut();
        let hold = gate.holds();
        let held = self.db.write(WritePriority::Alert, move |c| {
            hold(c).and(Err::<(), _>(DbError::NotFound))
        });
        let then = async {
            gate.entered().await;
            join(queued, gate.open()).await.0
        };
        join(held, then).await.1
    }

    async fn three_presses(&self, idempotent: bool) -> Vec<Result<(), DbError>> {
        let presses = (0..3).map(|n| async move {
            let press = move |c: &mut _| bump_mark(c, &format!("press {n}"));
            if idempotent {
                self.db.write_idempotent(WritePriority::Alert, press).await
            } else {
                self.db.write(WritePriority::Alert, press).await
            }
        });
        self.together(join_all(presses)).await
    }

    async fn marks(&self) -> Vec<i64> {
        let mut found = vec![];
        for n in 0..3 {
            found.push(
                self.db
                    .read(move |c| mark(c, &format!("press {n}")))
                    .await
                    .unwrap(),
            );
        }
        found
    }
}

#[test]
fn cut_before_commit_a_group_is_written_again_and_once() {
    tell(async {
        let line = through_a_proxy();
        line.proxy.cuts("change_marks", Cut::Before, 1);
        assert_eq!(line.three_presses(true).await, vec![Ok(()); 3]);
        assert_eq!((line.marks().await, line.proxy.left()), (vec![1; 3], 0));
    });
}

#[test]
fn cut_before_commit_again_and_again_a_press_is_tried_three_times_more() {
    tell(async {
        let line = through_a_proxy();
        line.proxy.cuts("change_marks", Cut::Before, 3);
        line.db
            .write(WritePriority::Alert, |c| bump_mark(c, "press 0"))
            .await
            .unwrap();
        assert_eq!((line.marks().await, line.proxy.left()), (vec![1, 0, 0], 0));
        // A connection that has said it once sends the statement's name alone: a new one.
        let line = through_a_proxy();
        line.proxy.cuts("change_marks", Cut::Before, 4);
        let heard = line
            .db
            .write(WritePriority::Alert, |c| bump_mark(c, "press 0"))
            .await;
        assert_eq!(heard, Err(DbError::Unreachable));
        assert_eq!((line.marks().await, line.proxy.left()), (vec![0; 3], 0));
    });
}

#[test]
fn cut_during_commit_nobody_is_told_more_than_is_known() {
    tell(async {
        for (cut, there) in [(Cut::Before, 0), (Cut::After, 1)] {
            let line = through_a_proxy();
            line.proxy.cuts("COMMIT", cut, 1);
            // Each has a COMMIT of its own: what is unknown of one is not of the others.
            assert_eq!(
                line.three_presses(false).await,
                vec![Err(DbError::OutcomeUnknown), Ok(()), Ok(())]
            );
            let (marks, left) = (line.marks().await, line.proxy.left());
            assert_eq!((marks, left), (vec![there, 1, 1], 0));
            line.proxy.cuts("COMMIT", cut, 1);
            let alone = line
                .db
                .write(WritePriority::Alert, |c| bump_mark(c, "press 0"))
                .await
                .unwrap_err();
            assert!(alone.outcome_unknown());
            assert_eq!(line.marks().await, vec![2 * there, 1, 1]);
        }
    });
}

#[test]
fn cut_during_commit_a_closure_that_declined_is_simply_asked_again() {
    tell(async {
        let line = through_a_proxy();
        line.proxy.cuts("COMMIT", Cut::After, 1);
        let declines = line
            .db
            .write_idempotent(WritePriority::Alert, |_| Err::<(), _>(DbError::NotFound));
        let writes = line
            .db
            .write_idempotent(WritePriority::Alert, |c| bump_mark(c, "press 0"));
        let (wrote, declined) = line.together(join(writes, declines)).await;
        assert_eq!(declined, Err(DbError::NotFound));
        assert_eq!((wrote, line.marks().await), (Ok(()), vec![2, 0, 0]));
    });
}

#[test]
fn cut_during_commit_an_idempotent_closure_runs_again() {
    tell(async {
        for (cut, times) in [(Cut::Before, 1), (Cut::After, 2)] {
            let line = through_a_proxy();
            line.proxy.cuts("COMMIT", cut, 1);
            assert_eq!(line.three_presses(true).await, vec![Ok(()); 3]);
            assert_eq!((line.marks().await, line.proxy.left()), (vec![times; 3], 0));
        }
    });
}

#[test]
fn two_that_deadlock_are_both_written() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Postgres);
        let db = Db::open(&DatabaseConfig {
            writers: 3,
            ..database.config.clone()
        })
        .unwrap();
        db.write(WritePriority::Alert, |c| {
            bump_mark(c, "a").and_then(|()| bump_mark(c, "b"))
        })
        .await
        .unwrap();
        let both_hold_one = Arc::new(Barrier::new(2));
        let crossing = |lane, first: &'static str, second: &'static str| {
            let (barrier, runs) = (Arc::clone(&both_hold_one), AtomicUsize::new(0));
            db.write(lane, move |c| {
                bump_mark(c, first)?;
                if runs.fetch_add(1, Ordering::SeqCst) == 0 {
                    barrier.wait();
                }
                bump_mark(c, second)
            })
        };
        let both = join(
            crossing(WritePriority::Alert, "a", "b"),
            crossing(WritePriority::Background, "b", "a"),
        )
        .await;
        assert_eq!(both, (Ok(()), Ok(())));
        assert_eq!(
            db.read(|c| Ok::<_, DbError>((mark(c, "a")?, mark(c, "b")?)))
                .await,
            Ok((3, 3))
        );
        let WriteStats { reruns, .. } = db.write_stats();
        assert!(reruns >= 1, "one of them ran again");
    });
}

#[test]
fn a_server_that_crashes_and_comes_back_is_found_again() {
    tell(async {
        let cluster = Cluster::start();
        let name = cluster.fresh_database();
        let config = DatabaseConfig {
            acquire_timeout_ms: 300,
            readers: 1,
            ..DatabaseConfig::at(cluster.url(&name))
        };
        let db = Db::open(&config).unwrap();
        db.write(WritePriority::Alert, |c| bump_mark(c, "press"))
            .await
            .unwrap();
        assert_eq!(db.read(|c| mark(c, "press")).await, Ok(1));
        cluster.crash();
        let write = db.write(WritePriority::Alert, |c| bump_mark(c, "press"));
        let write = write.await.unwrap_err();
        let read = db.read(|c| mark(c, "press")).await.unwrap_err();
        assert!(
            write.is_passing() && read.is_passing(),
            "{write:?}, {read:?}"
        );
        cluster.revive();
        db.write(WritePriority::Alert, |c| bump_mark(c, "press"))
            .await
            .unwrap();
        assert_eq!(
            db.read(|c| mark(c, "press")).await,
            Ok(2),
            "what was acknowledged outlived the crash"
        );
    });
}

#[test]
fn a_statement_that_takes_too_long_is_cancelled_and_the_connection_goes_on() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Postgres);
        let db = Db::open(&DatabaseConfig {
            statement_timeout_ms: 100,
            ..database.config.clone()
        })
        .unwrap();
        assert_eq!(
            db.write(WritePriority::Alert, |c| sql(c, "select pg_sleep(10)"))
                .await,
            Err(DbError::TimedOut)
        );
        assert_eq!(
            db.read(|c| sql(c, "select pg_sleep(10)")).await,
            Err(DbError::TimedOut)
        );
        db.write(WritePriority::Alert, |c| bump_mark(c, "press"))
            .await
            .unwrap();
    });
}
