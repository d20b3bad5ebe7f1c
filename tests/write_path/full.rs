//! No room left in the middle of a group.

use ampara::db::change_marks::{bump_mark, mark};
use ampara::db::{Conn, DatabaseConfig, Db, DbError, WritePriority};
use ampara::on;
use diesel::RunQueryDsl;
use futures_util::future::{join, join_all, join3};

use super::gate::Gate;
use super::sql;
use crate::both_engines;

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// From now on no row of 100,000 characters finds room. PostgreSQL's disk can't be filled here, so
/// a trigger says what the server says then.
async fn fill_up(db: &Db) {
    db.write(WritePriority::Alert, |c| match c {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(_) => sql(
            c,
            "create function no_room() returns trigger language plpgsql as $$ begin
               if length(new.topic) > 100000 then
                 raise exception 'could not extend file \"base/1/2\": No space left on device' using errcode = '53100';
               end if; return new; end $$;
             create trigger no_room before insert on change_marks for each row execute function no_room();",
        ),
    })
    .await
    .unwrap();
    let pages = db.read(|c| match c {
        Conn::Postgres(_) => Ok(0),
        Conn::Sqlite(c) => {
            let count = diesel::sql_query("select page_count as n from pragma_page_count")
                .get_result::<Count>(c);
            Ok::<_, DbError>(count?.n)
        }
    });
    db.limit_pages(u64::try_from(pages.await.unwrap()).unwrap() + 10);
}

async fn make_room(db: &Db) {
    db.limit_pages(0);
    db.write(WritePriority::Alert, |c| match c {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(_) => sql(c, "drop trigger no_room on change_marks"),
    })
    .await
    .unwrap();
}

fn huge() -> String {
    // Not compressible into a page by PostgreSQL's index, whose rows may not exceed a third of one:
    // it never gets there.
    "x".repeat(200_000)
}

both_engines! {
    async fn a_full_database_fails_those_who_need_room_and_nobody_else(database) {
        let db = Db::open(&DatabaseConfig { writers: 1, group_ms: 60_000, ..database.config.clone() }).unwrap();
        fill_up(&db).await;
        let gate = Gate::shut();
        let small = |n: usize| db.write(WritePriority::Background, move |c| bump_mark(c, &format!("small {n}")));
        let before = join(db.write(WritePriority::Background, gate.holds()), join_all((0..5).map(small)));
        let too_big = db.write(WritePriority::Background, |c| bump_mark(c, &huge()));
        let after = join(join_all((5..9).map(small)), gate.open());
        let ((held, first), big, (rest, ())) = join3(before, too_big, after).await;
        held.unwrap();
        assert_eq!(big, Err(DbError::Full));
        for (n, heard) in first.into_iter().chain(rest).enumerate() {
            assert_eq!(heard, Ok(()), "small {n}");
            assert_eq!(db.read(move |c| mark(c, &format!("small {n}"))).await, Ok(1));
        }
        make_room(&db).await;
        db.write(WritePriority::Alert, |c| bump_mark(c, "room again")).await.expect("the writer lives");
    }

    async fn a_swallowed_full_database_is_told(database) {
        let db = database.open();
        fill_up(&db).await;
        let heard = db.write(WritePriority::Alert, |c| {
            let _ = bump_mark(c, &huge());
            Ok::<_, DbError>(())
        });
        let heard = heard.await.unwrap_err();
        assert!(heard == DbError::Full || heard == DbError::Swallowed(Box::new(DbError::Full)), "{heard:?}");
        make_room(&db).await;
        db.write(WritePriority::Alert, |c| bump_mark(c, "room again")).await.expect("the writer lives");
        let kept = db.read(|c| {
            let rows = on!(c, |c| diesel::sql_query("select count(*) as n from change_marks").get_result::<Count>(c));
            Ok::<_, DbError>(rows?.n)
        });
        assert_eq!(kept.await, Ok(1));
    }
}
