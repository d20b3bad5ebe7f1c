//! `backup` and `restore`.

use super::stage::Installation;
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::server::RealServer;

#[test]
fn a_backup_is_made_beside_a_server_and_restored_only_without_one() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Sqlite);
        let here = Installation::ready(&database);
        let mut server = RealServer::new(database.folder.path(), &here.path("cli.toml"));
        server.start().await;
        let copy = here.path("copy.db").display().to_string();
        here.run(&["backup", &copy]).ok();
        here.run(&["backup", &copy])
            .fails(1, "nothing is overwritten");
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(&copy).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
        here.run(&[
            "operator",
            "add",
            "olga",
            "--name",
            "Olga",
            "--role",
            "administrator",
        ])
        .ok();
        here.run(&["restore", &copy]).fails(1, "already serves");
        assert!(server.stop().await, "{}", server.log());

        assert!(here.run(&["restore", &copy]).ok().contains("replaced-1"));
        assert_eq!(
            here.run(&["operator", "list"]).ok(),
            "",
            "as it was at the backup"
        );
        let release = || here.run(&["restore", "--release"]).ok();
        assert_eq!(
            release(),
            "no restore waits for its release\n",
            "not started since"
        );
        server.start().await;
        server.client().get("/readyz").await.expect(200);
        let list = here.run(&["restore", "--list"]).ok();
        assert!(
            list.contains("restored 20") && list.contains("0 open alerts wait"),
            "{list}"
        );
        assert!(list.contains("0 numbers that said STOP"), "{list}");
        assert!(release().contains("released: 0 alerts"));
        assert_eq!(release(), "no restore waits for its release\n");
        assert!(server.stop().await);
    });
}

#[test]
fn what_is_no_backup_is_refused_and_the_database_stays() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let here = Installation::ready(&database);
    let noise = here.write(
        "noise.db",
        "this is no database, though it is long enough to be taken for one",
    );
    here.run(&["restore", &noise])
        .fails(1, "the backup can't be used");
    here.run(&["restore", "nothing.db"]).fails(1, "nothing.db");
    assert!(
        here.run(&["municipality", "list"])
            .ok()
            .starts_with("chihuahua")
    );
}

#[test]
fn postgresql_is_pointed_to_its_own_tools() {
    let database = TestDatabase::fresh(TestEngine::Postgres);
    let here = Installation::ready(&database);
    here.run(&["backup", "copy.db"]).fails(1, "pg_dump");
    here.run(&["restore", "copy.db"]).fails(1, "pg_restore");
}

#[test]
fn the_keys_are_not_in_a_backup() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let here = Installation::ready(&database);
    here.run(&["backup", "copy.db"]).ok();
    let copy = std::fs::read(here.path("copy.db")).unwrap();
    for entry in std::fs::read_dir(here.path("keys")).unwrap() {
        let key = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!copy.windows(key.len()).any(|part| part == key));
    }
}
