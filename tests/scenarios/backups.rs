//! A backup is taken, restored, and one day opens no trail any more.

use std::path::{Path, PathBuf};
use std::process::Command;

use ampara::db::{self, Conn, DatabaseConfig, Db, DbError};
use ampara::ids::AlertId;
use ampara::location;
use ampara::on;
use ampara::seal::{Epoch, Keyring, SealError};
use diesel::RunQueryDsl;
use diesel::sql_types::{Binary, Text};
use serde_json::json;

use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::people::{HER_PHONE, Her, Town};
use crate::harness::postgres::{Cluster, programs};

#[derive(diesel::QueryableByName)]
struct Wrapped {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = Text)]
    epoch: String,
    #[diesel(sql_type = Binary)]
    wrapped_key: Vec<u8>,
}

/// Backs the server's database up while it runs, and restores the copy beside it.
fn backed_up_and_restored(database: &TestDatabase) -> DatabaseConfig {
    let Some(name) = &database.name else {
        let copy = database.folder.path().join("backup.db");
        db::backup_sqlite(&database.config, &copy).unwrap();
        let restored = DatabaseConfig::at(format!(
            "sqlite:{}",
            database.folder.path().join("restored.db").display()
        ));
        db::restore_sqlite(&restored, &copy).unwrap();
        return restored;
    };
    let (cluster, restored) = (Cluster::shared(), format!("{name}_restored"));
    let dump = database.folder.path().join("backup.sql");
    let run = |program: &str, arguments: &[&str]| {
        let done = Command::new(programs().join(program))
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        done.stdout
    };
    std::fs::write(&dump, run("pg_dump", &["--dbname", &cluster.url(name)])).unwrap();
    cluster.run("postgres", &format!("create database {restored}"));
    run(
        "psql",
        &[
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--dbname",
            &cluster.url(&restored),
            "--file",
            dump.to_str().unwrap(),
        ],
    );
    DatabaseConfig::at(cluster.url(&restored))
}

fn copied(from: &Path, to: PathBuf) -> PathBuf {
    std::fs::create_dir(&to).unwrap();
    for file in std::fs::read_dir(from).unwrap().flatten() {
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o700)).unwrap();
    to
}

/// How many places of her trail these keys open in this database.
async fn trail_of(restored: &DatabaseConfig, keys: &Path) -> Result<usize, SealError> {
    let (database, keys) = (
        Db::open_beside(restored).unwrap(),
        Keyring::open_dir(keys).unwrap(),
    );
    let read = |conn: &mut Conn| -> Result<Wrapped, DbError> {
        Ok(on!(conn, |c| diesel::sql_query(
            "select id, epoch, wrapped_key from alerts"
        )
        .get_result(c))?)
    };
    let row = database.read(read).await.unwrap();
    let alert = AlertId(uuid::Uuid::from_slice(&row.id).unwrap());
    let key = keys.unwrap_alert_key(&row.epoch, alert, &row.wrapped_key)?;
    let trail = database
        .read(move |conn| location::trail(conn, &key, alert, None, 100))
        .await
        .unwrap();
    assert!(trail.fixes.iter().any(|fix| fix.lat == 28.6361));
    Ok(trail.fixes.len())
}

both_engines! {
    async fn a_backup_restored_has_her_trail_until_its_epoch_is_destroyed(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let pressed = she.presses().await;
        she.walks(&pressed, &[(2, 28.6361, -106.0772), (3, 28.6370, -106.0780)]).await;
        let restored = backed_up_and_restored(&town.app.database);
        she.closes(&pressed, "").await.expect(200);
        let folder = town.app.database.folder.path().to_owned();
        let (live, control) = (folder.join("keys"), copied(&folder.join("keys"), folder.join("control")));
        assert_eq!(trail_of(&restored, &live).await.unwrap(), 3, "restored, it opens");

        // Its week passes out of retention and its key is destroyed, in the directory that the
        // server runs on.
        let epoch = Epoch::of(town.app.clock.now());
        town.app.clock.advance(std::time::Duration::from_secs(14 * 7 * 24 * 60 * 60));
        let keys = Keyring::open_dir(&live).unwrap();
        assert!(keys.destroy(&epoch, town.app.clock.now()).unwrap());
        let shut = trail_of(&restored, &live).await;
        assert!(matches!(shut, Err(SealError::EpochDestroyed(_))), "{shut:?}");
        assert_eq!(trail_of(&restored, &control).await.unwrap(), 3, "it was the key, and nothing else, that shut it");
        // The server itself goes on: she may press in a week whose key it makes.
        let again = she.presses_as(&uuid::Uuid::new_v4().to_string(), &json!({})).await.expect(201);
        assert_eq!(again["state"], "open");
    }
}
