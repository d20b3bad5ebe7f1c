//! What follows a commit follows it once, on the writer's thread, and nothing else.

use std::sync::{Arc, Mutex};

use ampara::db::change_marks::{bump_mark, mark};
use ampara::db::{Conn, DatabaseConfig, Db, DbError, WritePriority};
use futures_util::future::join3;

use super::gate::Gate;
use crate::both_engines;

fn seven(c: &mut Conn) -> Result<u8, DbError> {
    bump_mark(c, "kept")?;
    Ok(7)
}

fn declines(c: &mut Conn) -> Result<u8, DbError> {
    bump_mark(c, "declined")?;
    Err(DbError::NotFound)
}

both_engines! {
    async fn what_follows_a_commit_comes_before_its_caller_and_after_no_other_end(database) {
        let db = Db::open(&database.config).unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = || {
            let told = Arc::clone(&told);
            move |value: &mut u8| told.lock().unwrap().push(std::mem::take(value))
        };
        let left = db.write_then(WritePriority::Alert, true, seven, tell()).await;
        assert_eq!((left, told.lock().unwrap().as_slice()), (Ok(0), &[7][..]), "it may take the value");
        let left = db.write_then(WritePriority::Alert, false, declines, tell()).await;
        assert_eq!((left, told.lock().unwrap().len()), (Err(DbError::NotFound), 1));
        assert_eq!(db.read(|c| mark(c, "declined")).await, Ok(0));
    }

    async fn a_panic_in_what_follows_a_commit_takes_neither_the_change_nor_the_others_answers(database) {
        let config = DatabaseConfig { writers: 1, group_ms: 60_000, ..database.config.clone() };
        let db = Db::open(&config).unwrap();
        let gate = Gate::shut();
        let held = db.write(WritePriority::Alert, gate.holds());
        let breaks = |_: &mut u8| panic!("the senders are gone");
        let both = join3(
            db.write_then(WritePriority::Alert, true, seven, breaks),
            db.write_idempotent(WritePriority::Alert, seven),
            gate.open(),
        );
        let (held, (broken, other, ())) = futures_util::future::join(held, both).await;
        assert_eq!((held, broken, other), (Ok(()), Ok(7), Ok(7)));
        assert_eq!(db.read(|c| mark(c, "kept")).await, Ok(2));
        assert_eq!(db.write(WritePriority::Alert, seven).await, Ok(7), "the writer lives");
    }
}
