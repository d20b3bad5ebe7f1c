//! The database goes from under a running server: those who run it are told so by the server
//! itself, meanwhile.

use ampara::clock::Clock;
use tempfile::TempDir;

use super::stage::Stage;
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::postgres::Cluster;
use crate::harness::proxy::Proxy;
use crate::harness::settings::TestSettings;
use crate::harness::webhook::WebhookFake;

const OPS: &str = "/ops";
const SECRET: &str = "un secreto de la guardia";

/// Those who run it, and their webhook.
struct Keepers {
    webhook: WebhookFake,
    folder: TempDir,
}

impl Keepers {
    fn listen() -> Self {
        let (webhook, folder) = (
            WebhookFake::start(Clock::system()),
            tempfile::tempdir().unwrap(),
        );
        webhook.shares(OPS, SECRET);
        std::fs::write(folder.path().join("secret"), SECRET).unwrap();
        Self { webhook, folder }
    }

    fn are_told(&self, settings: &mut TestSettings) {
        settings
            .set("webhook.allow", vec!["127.0.0.1/32"])
            .set("ops.webhook_url", self.webhook.url(OPS))
            .set(
                "ops.webhook_secret_file",
                self.folder.path().join("secret").to_str().unwrap(),
            );
    }

    /// Waits for as long as anything comes; where nothing does, the webhook's own patience ends it.
    async fn hear_of_it(&self) {
        while self.webhook.expects(OPS).await.body["code"] != "the-database-cannot-be-read" {}
    }
}

#[test]
fn that_the_database_is_down_is_told_while_it_is_down() {
    tell(async {
        let (keepers, cluster) = (Keepers::listen(), Cluster::start());
        let (mut stage, _) =
            Stage::of_nodes(&cluster, 1, 0, |settings| keepers.are_told(settings)).await;
        cluster.crash();
        keepers.hear_of_it().await;
        cluster.revive();
        assert!(stage.server.stop().await, "{}", stage.server.log());
        keepers.webhook.take_all();
    });
}

#[test]
fn that_the_database_hangs_is_told_while_it_hangs() {
    tell(async {
        let (keepers, proxy) = (Keepers::listen(), Proxy::start());
        let database = TestDatabase::fresh(TestEngine::Postgres);
        let url = proxy.url(database.name.as_deref().unwrap());
        let (mut stage, _) =
            Stage::on(database, &url, 1, 0, |settings| keepers.are_told(settings)).await;
        let asks = async || stage.server.client().get("/health/alerting").await;
        for _ in 0..8 {
            // Each reader is connected by then: the next who asks waits for an answer, not for a
            // connection.
            asks().await.expect(200);
        }
        proxy.holds_up(true);
        let health = asks().await;
        assert_eq!(
            (health.status.as_u16(), &health.json()["status"]),
            (503, &"failing".into())
        );
        keepers.hear_of_it().await;
        proxy.holds_up(false);
        assert!(stage.server.stop().await, "{}", stage.server.log());
        keepers.webhook.take_all();
    });
}
