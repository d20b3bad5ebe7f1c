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

/// Accounts from which all contacts are chosen.
pub const CONTACTS: usize = 100;

/// Fields drop in this order: the servers first.
pub struct Stage {
    pub server: RealServer,
    /// More of them on the same database.
    pub others: Vec<RealServer>,
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
        Self::on(database, &url, people, 0, |_| {}).await
    }

    /// The `n`-th server.
    pub fn node(&mut self, n: usize) -> &mut RealServer {
        if n == 0 {
            &mut self.server
        } else {
            &mut self.others[n - 1]
        }
    }

    /// Where they all are.
    pub fn base_urls(&self) -> Vec<String> {
        std::iter::once(&self.server)
            .chain(&self.others)
            .map(RealServer::base_url)
            .collect()
    }

    /// The same on a database of a cluster of its own.
    pub async fn on_cluster(cluster: &Cluster, people: usize) -> (Self, Vec<She>) {
        Self::of_nodes(cluster, people, 0, |_| {}).await
    }

    /// With `others` more servers on the same database, and settings changed.
    pub async fn of_nodes(
        cluster: &Cluster,
        people: usize,
        others: usize,
        change: impl FnOnce(&mut TestSettings),
    ) -> (Self, Vec<She>) {
        let url = cluster.url(&cluster.fresh_database());
        Self::on(
            TestDatabase::fresh(TestEngine::Sqlite),
            &url,
            people,
            others,
            change,
        )
        .await
    }

    /// The same on any database, by this URL.
    pub async fn on(
        database: TestDatabase,
        url: &str,
        people: usize,
        others: usize,
        change: impl FnOnce(&mut TestSettings),
    ) -> (Self, Vec<She>) {
        let clock = Clock::system();
        let (fcm, twilio) = (Fcm::start(clock.clone()), Twilio::start());
        let config = patient(&database, url, &fcm, &twilio, &clock, change);
        let node = || {
            RealServer::new(
                database.folder.path(),
                &database.folder.path().join("ampara.toml"),
            )
        };
        let (mut server, mut others) = (node(), (0..others).map(|_| node()).collect::<Vec<_>>());
        server.start().await;
        for other in &mut others {
            other.start().await;
        }
        let beside = Foundation::open_beside(config, clock).unwrap();
        let town = seed::town(&beside, APP).await;
        let contacts = seed::contacts(&beside, town, APP, CONTACTS).await;
        let stage = Self {
            server,
            others,
            fcm,
            beside,
            _twilio: twilio,
            _database: database,
            town,
        };
        let people = seed::people(&stage.beside, stage.town, 0, people, &contacts).await;
        (stage, people)
    }
}

/// Nothing but the first messages falls due while the test runs, and a slow machine is no time-out.
fn patient(
    database: &TestDatabase,
    url: &str,
    fcm: &Fcm,
    twilio: &Twilio,
    clock: &Clock,
    change: impl FnOnce(&mut TestSettings),
) -> Config {
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
    change(&mut settings);
    settings.config()
}
