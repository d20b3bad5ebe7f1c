//! The server as a program of its own, its fakes, and people who can press.

use ampara::clock::Clock;
use ampara::config::Config;
use ampara::foundation::Foundation;
use ampara::ids::MunicipalityId;

use crate::harness::databases::{TestDatabase, TestEngine};
use crate::harness::fcm::Fcm;
use crate::harness::postgres::Cluster;
use crate::harness::seed::{self, She};
use crate::harness::server::RealServer;
use crate::harness::settings::{APP, TestSettings};
use crate::harness::twilio::Twilio;

/// Accounts among whom everybody's contacts are.
const CONTACTS: usize = 100;

/// Fields drop in this order: the server first.
pub struct Stage {
    pub server: RealServer,
    pub fcm: Fcm,
    /// The same database and keys, opened beside the server.
    pub beside: Foundation,
    /// For a test whose clock and gateway must outlive the server.
    _twilio: Twilio,
    _database: TestDatabase,
    town: MunicipalityId,
}

impl Stage {
    /// A server on `database`, and `people` who can press.
    pub async fn set(database: TestDatabase, people: usize) -> (Self, Vec<She>) {
        let url = database.url();
        Self::on(database, &url, people).await
    }

    /// The same on a database of a cluster of its own.
    pub async fn on_cluster(cluster: &Cluster, people: usize) -> (Self, Vec<She>) {
        let url = cluster.url(&cluster.fresh_database());
        Self::on(TestDatabase::fresh(TestEngine::Sqlite), &url, people).await
    }

    async fn on(database: TestDatabase, url: &str, people: usize) -> (Self, Vec<She>) {
        let clock = Clock::system();
        let (fcm, twilio) = (Fcm::start(clock.clone()), Twilio::start());
        let config = patient(&database, url, &fcm, &twilio, &clock);
        let mut server = RealServer::new(database.folder.path(), &database.folder.path().join("ampara.toml"));
        server.start().await;
        let beside = Foundation::open_beside(config, clock).unwrap();
        let town = seed::town(&beside, APP).await;
        let contacts = seed::contacts(&beside, town, APP, CONTACTS).await;
        let stage = Self { server, fcm, beside, _twilio: twilio, _database: database, town };
        let people = seed::people(&stage.beside, stage.town, 0, people, &contacts).await;
        (stage, people)
    }
}

/// Nothing but the first messages falls due while the test runs, and a slow machine is no time-out.
fn patient(database: &TestDatabase, url: &str, fcm: &Fcm, twilio: &Twilio, clock: &Clock) -> Config {
    let mut settings = TestSettings::new(database, fcm, twilio, clock.now());
    settings
        .set("database.url", url)
        .set("delivery.connect_timeout_ms", 5_000)
        .set("delivery.total_timeout_ms", 5_000)
        .set("delivery.lease_s", 12)
        .set("plan.soft_failure_s", 60)
        .set("plan.no_receipt_s", 300)
        .set("plan.unanswered_s", 600)
        .set("plan.call_911_s", 3_600);
    settings.config()
}
