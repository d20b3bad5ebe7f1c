//! A loop of the server panics: it goes on, and the ops webhook has an alarm to tell.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use ampara::app::App;
use ampara::clock::Clock;
use serde_json::json;
use uuid::Uuid;

use crate::both_engines;
use crate::harness::client::Client;
use crate::harness::fcm::Fcm;
use crate::harness::log::Log;
use crate::harness::seed::{self, CHOSEN};
use crate::harness::settings::{APP, TestSettings};
use crate::harness::twilio::Twilio;

/// Waits until one phone was sent so many messages.
async fn comes_again(fcm: &Fcm, times: usize) {
    let mut came: HashMap<String, HashSet<String>> = HashMap::new();
    let comes = async {
        while came
            .values()
            .all(|notifications| notifications.len() < times)
        {
            for push in fcm.take_all() {
                let notification = push.notification().to_owned();
                came.entry(push.target).or_default().insert(notification);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), comes).await;
    assert!(waited.is_ok(), "no phone was sent {times} messages");
}

both_engines! {
    async fn the_engine_that_panics_is_started_again_and_raises_an_alarm(database) {
        let clock = Clock::system();
        let (fcm, twilio) = (Fcm::start(clock.clone()), Twilio::start());
        let mut settings = TestSettings::new(&database, &fcm, &twilio, clock.now());
        settings
            .set("plan.unanswered_s", 1)
            .set("plan.repeat_soon_s", 1)
            .set("plan.repeat_soon_times", 100)
            .set("delivery.connect_timeout_ms", 5_000)
            .set("delivery.total_timeout_ms", 5_000);
        let log = Log::that_panics_on("the plan was asked");
        let app = App::build(settings.config(), clock).await.unwrap();
        let (foundation, stop) = (app.foundation().clone(), app.stop());
        let base = format!("http://127.0.0.1:{}", app.port());
        let running = actix_web::rt::spawn(app.run_until_stopped());
        let town = seed::town(&foundation, APP).await;
        let contacts = seed::contacts(&foundation, town, APP, CHOSEN).await;
        let she = seed::people(&foundation, town, 0, 1, &contacts).await.remove(0);
        let phone = Client::anyone(base).with_bearer(&she.alert_token);
        phone.put(&format!("/v1/alerts/{}", Uuid::new_v4()), &json!({})).await.expect(201);
        log.has_panicked().await;
        // The alarm at the press, and what the plan was asked when the engine panicked; any more is
        // the engine's, begun anew.
        comes_again(&fcm, 4).await;
        assert!(log.alarms().contains(&"engine: a loop panicked".to_owned()), "{:?}", log.alarms());
        stop.now();
        running.await.unwrap().unwrap();
        fcm.take_all();
    }
}
