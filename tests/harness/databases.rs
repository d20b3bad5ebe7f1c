//! A database of its own for each test, on either engine.

use ampara::db::{DatabaseConfig, Db};
use tempfile::TempDir;

use super::postgres::Cluster;
use super::scratch;

/// The engines a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestEngine {
    Sqlite,
    Postgres,
}

/// One empty, migrated database; gone when this is dropped.
pub struct TestDatabase {
    pub engine: TestEngine,
    /// May be changed before [`TestDatabase::open`].
    pub config: DatabaseConfig,
    /// Its name on the shared cluster.
    pub name: Option<String>,
    /// A folder for whatever the test needs; SQLite's file is in it.
    pub folder: TempDir,
}

impl TestDatabase {
    pub fn fresh(engine: TestEngine) -> Self {
        let folder = scratch::folder();
        let (url, name) = match engine {
            TestEngine::Sqlite => (
                format!("sqlite:{}", folder.path().join("ampara.db").display()),
                None,
            ),
            TestEngine::Postgres => {
                let name = Cluster::shared().fresh_database();
                (Cluster::shared().url(&name), Some(name))
            }
        };
        let config = DatabaseConfig {
            readers: 2,
            ..DatabaseConfig::at(url)
        };
        Self {
            engine,
            config,
            name,
            folder,
        }
    }

    /// As a server opens it.
    pub fn open(&self) -> Db {
        Db::open(&self.config).expect("open the test's database")
    }

    pub fn is_sqlite(&self) -> bool {
        self.engine == TestEngine::Sqlite
    }

    /// The URL in words, for a server started as a program.
    pub fn url(&self) -> String {
        match &self.name {
            Some(name) => Cluster::shared().url(name),
            None => format!("sqlite:{}", self.folder.path().join("ampara.db").display()),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            Cluster::shared().drop_database(name);
        }
    }
}

/// Runs a test's story where actix and tokio both work.
pub fn tell<F: Future<Output = ()>>(story: F) {
    actix_web::rt::System::new().block_on(story);
}

/// Writes each test twice, as `name::on_sqlite` and `name::on_postgres`:
/// `both_engines! { async fn a_press_is_kept(database) { let db = database.open(); … } }`.
#[macro_export]
macro_rules! both_engines {
    ($(async fn $name:ident($database:ident) $body:block)*) => {$(
        async fn $name($database: $crate::harness::databases::TestDatabase) $body

        mod $name {
            use $crate::harness::databases::{TestDatabase, TestEngine, tell};

            #[test]
            fn on_sqlite() {
                tell(super::$name(TestDatabase::fresh(TestEngine::Sqlite)));
            }

            #[test]
            fn on_postgres() {
                tell(super::$name(TestDatabase::fresh(TestEngine::Postgres)));
            }
        }
    )*};
}
