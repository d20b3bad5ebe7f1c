//! Opening, migrating, copying and bringing back.

use ampara::db::change_marks::{bump_mark, mark};
use ampara::db::{
    DatabaseConfig, Db, DbError, WritePriority, backup_sqlite, migrate, restore_sqlite,
};

use super::sql;
use crate::both_engines;
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::postgres::Cluster;

fn refused<T>(result: Result<T, DbError>) -> String {
    match result {
        Err(DbError::Refused(why)) => why,
        Err(other) => panic!("another error: {other:?}"),
        Ok(_) => panic!("it was not refused"),
    }
}

both_engines! {
    async fn only_a_schema_that_asks_for_a_newer_ampara_is_refused(database) {
        let asks_for = |version: &'static str| {
            let db = database.open();
            async move {
                let set = db.write(WritePriority::Alert, move |c| {
                    sql(c, &format!("update schema_info set min_binary = '{version}'"))
                });
                set.await.unwrap();
            }
        };
        asks_for("0.0.9").await;
        asks_for("99.0.0").await;
        let needs = String::from("99.0.0");
        assert!(matches!(Db::open(&database.config), Err(DbError::TooOld { needs: n, .. }) if n == needs));
        assert!(matches!(migrate(&database.config), Err(DbError::TooOld { .. })));
    }

    async fn the_probe_of_durability_commits(database) {
        let db = database.open();
        db.prove_durable().await.unwrap();
        assert_eq!(db.write_stats().commits, 1);
    }
}

#[test]
fn postgresql_without_its_schema_names_the_command_to_run() {
    let cluster = Cluster::shared();
    cluster.run("postgres", "create database never_migrated");
    let config = DatabaseConfig::at(cluster.url("never_migrated"));
    let error = Db::open(&config).err().unwrap();
    assert!(error.to_string().contains("ampara migrate"), "{error}");
    assert!(!migrate(&config).unwrap().ran.is_empty());
    assert!(
        migrate(&config).unwrap().ran.is_empty(),
        "the second time there is nothing to do"
    );
    Db::open(&config).map(drop).unwrap();
    cluster.drop_database("never_migrated");
}

#[test]
fn one_process_serves_a_file_and_others_work_beside_it() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        let serving = database.open();
        assert!(refused(Db::open(&database.config)).contains("already serves"));
        let beside = Db::open_beside(&database.config).unwrap();
        beside
            .write(WritePriority::Background, |c| bump_mark(c, "operators"))
            .await
            .unwrap();
        assert_eq!(serving.read(|c| mark(c, "operators")).await, Ok(1));
        drop((serving, beside));
        database.open();
    });
}

#[test]
fn a_file_is_copied_before_its_schema_changes() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        let undo = "drop view alerts_in_words; drop view records_in_words; drop view notifications_in_words; \
                    drop table timeline; drop table read_audit; \
                    delete from __diesel_schema_migrations where version like '20261124000007%'";
        database
            .open()
            .write(WritePriority::Alert, move |c| {
                bump_mark(c, "before").and_then(|()| sql(c, undo))
            })
            .await
            .unwrap();
        assert_eq!(
            Db::open_beside(&database.config).err(),
            Some(DbError::NotMigrated(1))
        );
        database
            .open()
            .write(WritePriority::Alert, |c| {
                sql(c, "select count(*) from timeline")
            })
            .await
            .unwrap();
        let copies: Vec<_> = std::fs::read_dir(database.folder.path())
            .unwrap()
            .flatten()
            .filter(|file| file.file_name().to_string_lossy().contains(".before-"))
            .collect();
        assert_eq!(copies.len(), 1);
        let copy = DatabaseConfig::at(format!("sqlite:{}", copies[0].path().display()));
        assert_eq!(
            Db::open_beside(&copy).err(),
            Some(DbError::NotMigrated(1)),
            "the copy is as it was"
        );
    });
}

#[test]
fn a_backup_taken_beside_the_server_comes_back_whole() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        let backup = database.folder.path().join("backup.db");
        let db = database.open();
        db.write(WritePriority::Alert, |c| bump_mark(c, "press"))
            .await
            .unwrap();
        backup_sqlite(&database.config, &backup).unwrap();
        db.write(WritePriority::Alert, |c| bump_mark(c, "press"))
            .await
            .unwrap();
        assert!(refused(restore_sqlite(&database.config, &backup)).contains("already serves"));
        assert!(refused(backup_sqlite(&database.config, &backup)).contains("already there"));
        drop(db);
        let kept = restore_sqlite(&database.config, &backup).unwrap().unwrap();
        assert_eq!(database.open().read(|c| mark(c, "press")).await, Ok(1));
        let replaced =
            Db::open_beside(&DatabaseConfig::at(format!("sqlite:{}", kept.display()))).unwrap();
        assert_eq!(
            replaced.read(|c| mark(c, "press")).await,
            Ok(2),
            "what was replaced is still there"
        );
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&backup).unwrap()) & 0o077,
            0
        );
    });
}

#[test]
fn a_damaged_backup_is_refused_and_nothing_is_touched() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        database
            .open()
            .write(WritePriority::Alert, |c| bump_mark(c, "press"))
            .await
            .unwrap();
        let backup = database.folder.path().join("backup.db");
        backup_sqlite(&database.config, &backup).unwrap();
        let whole = std::fs::read(&backup).unwrap();
        let empty = database.folder.path().join("other.db");
        std::fs::write(&empty, b"").unwrap();
        assert!(
            refused(restore_sqlite(&database.config, &empty)).contains("no database of Ampara")
        );
        let mut torn = whole.clone();
        torn[8_192..60_000].fill(0xA5);
        std::fs::write(&backup, &torn).unwrap();
        refused(restore_sqlite(&database.config, &backup));
        std::fs::write(&backup, &whole[..whole.len() / 2]).unwrap();
        refused(restore_sqlite(&database.config, &backup));
        assert_eq!(database.open().read(|c| mark(c, "press")).await, Ok(1));
    });
}
