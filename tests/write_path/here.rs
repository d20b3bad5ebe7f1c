//! Reads of a press on the caller's own thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};

use ampara::db::change_marks::{bump_mark, mark};
use ampara::db::{Conn, DbError, WritePriority};
use diesel::RunQueryDsl;

use crate::harness::databases::{TestDatabase, TestEngine, tell};

fn on_which_thread(_: &mut Conn) -> Result<ThreadId, DbError> {
    Ok(thread::current().id())
}

#[test]
fn on_sqlite_it_is_the_callers_thread_and_sees_what_is_committed() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        let db = database.open();
        for n in 1..5 {
            db.write(WritePriority::Alert, |c| bump_mark(c, "here"))
                .await
                .unwrap();
            let read = db.read_first(|c| Ok::<_, DbError>((mark(c, "here")?, on_which_thread(c)?)));
            assert_eq!(read.await, Ok((n, thread::current().id())));
            let read = db.read_here(|c| mark(c, "here"));
            assert_eq!(read.await, Ok(n));
        }
    });
}

#[test]
fn on_postgresql_it_is_a_readers_thread() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Postgres);
        let db = database.open();
        assert_ne!(
            db.read_first(on_which_thread).await,
            Ok(thread::current().id())
        );
        assert_ne!(
            db.read_here(on_which_thread).await,
            Ok(thread::current().id())
        );
    });
}

#[test]
fn it_refuses_to_write() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        let db = database.open();
        assert!(db.read_first(|c| bump_mark(c, "here")).await.is_err());
        assert_eq!(db.read_first(|c| mark(c, "here")).await, Ok(0));
    });
}

/// Runs a statement that fails in its first run, and swallows it.
fn fails_once(runs: &AtomicUsize, c: &mut Conn) -> Result<ThreadId, DbError> {
    let Conn::Sqlite(sqlite) = c else {
        return Err(DbError::Broken);
    };
    if runs.fetch_add(1, Ordering::Relaxed) == 0 {
        let _ = diesel::sql_query("select nothing from nowhere").execute(sqlite);
    }
    on_which_thread(c)
}

#[test]
fn where_a_statement_fails_or_the_code_does_a_reader_reads_again_and_the_next_is_here() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        let db = database.open();
        let here = thread::current().id();
        for _ in 0..10 {
            // A reader has opened another connection by the time that it has read some more.
            let mut tries = 0;
            while db.read_first(on_which_thread).await != Ok(here) {
                tries += 1;
                assert!(
                    tries < 1_000,
                    "no connection is opened in place of those that failed"
                );
                db.read(on_which_thread).await.unwrap();
            }
            let runs = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&runs);
            let read = db.read_first(move |c| fails_once(&counted, c)).await;
            assert_ne!(read, Ok(here));
            assert_eq!(runs.load(Ordering::Relaxed), 2);
            let panics = db.read_first(move |c| {
                assert!(thread::current().id() != here, "the code fails here");
                on_which_thread(c)
            });
            assert!(panics.await.is_ok());
        }
    });
}
