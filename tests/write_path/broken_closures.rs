//! One closure's failure costs no other closure.

use ampara::db::change_marks::{bump_mark, mark};
use ampara::db::schema::change_marks;
use ampara::db::{Conn, DatabaseConfig, Db, DbError, WritePriority};
use ampara::on;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::prelude::*;
use futures_util::future::{join, join_all};

use super::gate::Gate;
use super::sql;
use crate::both_engines;

type Bad = fn(&mut Conn) -> Result<(), DbError>;

/// One group: five good closures, the bad one, five more good ones. What each caller heard, the bad
/// one's last.
async fn beside_ten_good_ones(
    db: &Db,
    bad: Bad,
) -> (Vec<Result<(), DbError>>, Result<(), DbError>) {
    let gate = Gate::shut();
    let good = |n: usize| {
        db.write_idempotent(WritePriority::Background, move |c| {
            bump_mark(c, &format!("good {n}"))
        })
    };
    let held = db.write(WritePriority::Background, gate.holds());
    let first = join_all((0..5).map(good));
    let worse = db.write_idempotent(WritePriority::Background, bad);
    let rest = join_all((5..10).map(good));
    let ((held, first), ((worse, rest), ())) =
        join(join(held, first), join(join(worse, rest), gate.open())).await;
    held.unwrap();
    (first.into_iter().chain(rest).collect(), worse)
}

async fn good_ones_kept(db: &Db) -> usize {
    let like = db.read(|c| {
        let n = on!(c, |c| change_marks::table
            .filter(change_marks::topic.like("good %"))
            .count()
            .get_result::<i64>(c));
        Ok::<_, DbError>(n?)
    });
    usize::try_from(like.await.unwrap()).unwrap()
}

/// In a group and alone, the closure's own changes are undone and the others' stay.
async fn loses_only_its_own(config: &DatabaseConfig, bad: Bad) -> DbError {
    let db = Db::open(&DatabaseConfig {
        writers: 1,
        group_ms: 60_000,
        ..config.clone()
    })
    .unwrap();
    let (good, in_group) = beside_ten_good_ones(&db, bad).await;
    assert!(good.iter().all(Result::is_ok), "{good:?}");
    assert_eq!(good_ones_kept(&db).await, 10);
    let alone = db.write(WritePriority::Alert, bad).await.unwrap_err();
    assert_eq!(
        in_group.unwrap_err(),
        alone,
        "in a group and alone a caller hears the same"
    );
    assert_eq!(
        db.read(|c| mark(c, "bad")).await,
        Ok(0),
        "nothing of the bad closure stays"
    );
    db.write(WritePriority::Alert, |c| bump_mark(c, "after"))
        .await
        .expect("the writer lives");
    alone
}

fn twice(c: &mut Conn) -> Result<usize, diesel::result::Error> {
    let row = (
        change_marks::topic.eq("bad"),
        change_marks::version.eq(1_i64),
    );
    on!(c, |c| diesel::insert_into(change_marks::table)
        .values(row)
        .execute(c))
}

both_engines! {
    async fn a_swallowed_failed_insert_undoes_its_closure(database) {
        let said = loses_only_its_own(&database.config, |c| {
            twice(c)?;
            let _ = twice(c);
            Ok(())
        });
        assert!(matches!(said.await, DbError::Swallowed(why) if why.is_violation()));
    }

    async fn a_swallowed_failed_insert_returning_undoes_its_closure(database) {
        let said = loses_only_its_own(&database.config, |c| {
            twice(c)?;
            let row = (change_marks::topic.eq("bad"), change_marks::version.eq(1_i64));
            let _ = on!(c, |c| diesel::insert_into(change_marks::table)
                .values(row)
                .returning(change_marks::version)
                .get_result::<i64>(c));
            Ok(())
        });
        assert!(matches!(said.await, DbError::Swallowed(why) if why.is_violation()));
    }

    async fn a_swallowed_failure_in_an_inner_transaction_undoes_its_closure(database) {
        let said = loses_only_its_own(&database.config, |c| {
            bump_mark(c, "bad")?;
            let _ = on!(c, |c| c.transaction(|c| {
                let row = (change_marks::topic.eq("bad"), change_marks::version.eq(1_i64));
                diesel::insert_into(change_marks::table).values(row).execute(c)
            }));
            Ok(())
        });
        assert!(matches!(said.await, DbError::Swallowed(_)));
    }

    async fn a_swallowed_statement_that_can_not_be_prepared_undoes_its_closure(database) {
        let said = loses_only_its_own(&database.config, |c| {
            bump_mark(c, "bad")?;
            let _ = on!(c, |c| diesel::sql_query("insert into nowhere values (1)").execute(c));
            Ok(())
        });
        assert!(matches!(said.await, DbError::Swallowed(_)));
    }

    async fn a_swallowed_query_that_can_not_be_prepared_undoes_its_closure(database) {
        let said = loses_only_its_own(&database.config, |c| {
            bump_mark(c, "bad")?;
            let missing = diesel::dsl::sql::<diesel::sql_types::BigInt>("nothing_of_that_name");
            let _ = on!(c, |c| change_marks::table.select(missing).load::<i64>(c));
            Ok(())
        });
        assert!(matches!(said.await, DbError::Swallowed(_)));
    }

    async fn a_violation_comes_back_as_one(database) {
        let said = loses_only_its_own(&database.config, |c| {
            twice(c)?;
            twice(c)?;
            Ok(())
        });
        assert!(said.await.is_violation());
    }

    async fn a_panic_undoes_its_closure(database) {
        let said = loses_only_its_own(&database.config, |c| {
            bump_mark(c, "bad")?;
            panic!("a closure panics, as this test wants it to");
        });
        assert_eq!(said.await, DbError::Panicked);
    }

    async fn a_closure_that_ends_the_transaction_is_refused(database) {
        let db = Db::open(&DatabaseConfig { writers: 1, group_ms: 60_000, ..database.config.clone() }).unwrap();
        let (good, bad) = beside_ten_good_ones(&db, |c| {
            bump_mark(c, "bad")?;
            on!(c, |c| AnsiTransactionManager::rollback_transaction(c))?;
            Ok(())
        })
        .await;
        assert!(good.iter().all(Result::is_ok), "{good:?}");
        assert_eq!(bad, Err(DbError::Broken));
        assert_eq!(good_ones_kept(&db).await, 10);
        assert_eq!(db.read(|c| mark(c, "bad")).await, Ok(0));
    }

    async fn a_commit_that_fails_for_one_is_told_to_that_one_alone(database) {
        let db = Db::open(&DatabaseConfig { writers: 1, group_ms: 60_000, ..database.config.clone() }).unwrap();
        db.write(WritePriority::Alert, |c| {
            sql(c, "create table mothers (id bigint primary key not null)")?;
            sql(c, "create table children (mother bigint references mothers (id) deferrable initially deferred)")
        })
        .await
        .unwrap();
        let (good, bad) = beside_ten_good_ones(&db, |c| sql(c, "insert into children values (1)")).await;
        assert!(good.iter().all(Result::is_ok), "{good:?}");
        assert!(bad.as_ref().is_err_and(DbError::is_violation), "{bad:?}");
        assert_eq!(good_ones_kept(&db).await, 10);
    }
}
