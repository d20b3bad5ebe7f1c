//! What goes in comes out.

use ampara::db::change_marks::{bump_mark, mark};
use ampara::db::{DbError, WritePriority};

use crate::both_engines;

both_engines! {
    async fn a_change_is_read_back(database) {
        let db = database.open();
        for _ in 0..3 {
            db.write(WritePriority::Background, |c| bump_mark(c, "centres")).await.unwrap();
        }
        assert_eq!(db.read(|c| mark(c, "centres")).await, Ok(3));
        assert_eq!(db.read(|c| mark(c, "operators")).await, Ok(0));
    }

    async fn a_reader_can_not_write(database) {
        let db = database.open();
        assert_eq!(db.read(|c| bump_mark(c, "centres")).await, Err(DbError::ReadOnly));
        assert_eq!(db.read(|c| mark(c, "centres")).await, Ok(0));
    }

    async fn a_closure_that_declines_leaves_nothing(database) {
        let db = database.open();
        let declined = db.write(WritePriority::Alert, |c| {
            bump_mark(c, "centres")?;
            Err::<(), _>(DbError::NotFound)
        });
        assert_eq!(declined.await, Err(DbError::NotFound));
        assert_eq!(db.read(|c| mark(c, "centres")).await, Ok(0));
    }
}
