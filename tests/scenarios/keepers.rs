//! Those who run the server are told what needs their eyes.

use std::time::Duration;

use ampara::clock::{At, Clock};
use ampara::municipality::chihuahua;

use crate::both_engines;
use crate::harness::app::EVENING;
use crate::harness::people::{HER_PHONE, Her, Town};
use crate::harness::webhook::{Answer, WebhookFake};

const OPS: &str = "/ops";
const SECRET: &str = "un secreto de la guardia";

both_engines! {
    async fn an_alarm_goes_out_once_in_ten_minutes_with_how_often_it_came(database) {
        // The receiver's clock is moved along with the town's.
        let clock = Clock::manual(At::parse(EVENING).unwrap());
        let webhook = WebhookFake::start(clock.clone());
        webhook.shares(OPS, SECRET);
        let file = database.folder.path().join("ops-secret");
        std::fs::write(&file, SECRET).unwrap();
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| {
            settings
                .set("webhook.allow", vec!["127.0.0.1/32"])
                .set("ops.webhook_url", webhook.url(OPS))
                .set("ops.webhook_secret_file", file.to_str().unwrap());
        })
        .await;
        let wait = |seconds| {
            clock.advance(Duration::from_secs(seconds));
            town.app.clock.advance(Duration::from_secs(seconds));
        };
        let she = Her::signs_in(&town, HER_PHONE).await;
        assert_eq!(town.app.tells_its_keepers().await, 0, "a quiet night is told to nobody");
        she.presses().await;
        // The engine does not run: her plan falls due and is not asked.
        wait(400);
        webhook.answers(OPS, [Answer::Status(503)]);
        assert_eq!(town.app.tells_its_keepers().await, 0);
        let lost = webhook.expects(OPS).await;
        wait(10);
        assert_eq!(town.app.tells_its_keepers().await, 1);
        let told = webhook.expects(OPS).await;
        assert_eq!(told.id, lost.id, "it is the same alarm, tried again");
        assert_eq!((&told.body["code"], &told.body["count"]), (&"alerting-is-failing-see-health-alerting".into(), &2.into()));
        assert_eq!(told.body["since"], lost.body["since"]);
        for _ in 0..59 {
            wait(10);
            assert_eq!(town.app.tells_its_keepers().await, 0, "not before ten minutes have passed");
        }
        wait(10);
        assert_eq!(town.app.tells_its_keepers().await, 1);
        assert_eq!(webhook.expects(OPS).await.body["count"], 60);
    }
}
