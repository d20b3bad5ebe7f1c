//! Within five minutes her phone says that pressing would reach nobody: the server's presets and
//! the rules of mobile-api-spec/guide.md together, on the manual clock.

use std::time::Duration;

use ampara::clock::At;
use ampara::identity::model::Role;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::fcm;
use crate::harness::heartbeat::heard;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};
use crate::harness::settings::APP;
use crate::harness::twilio;
use crate::promises::honest_when_it_fails::fill_up;

/// The promise.
const WITHIN: Duration = Duration::from_secs(300);
/// The server makes a statement so often, and a phone asks so often.
const MADE: u64 = 60;
const ASKED: u64 = 120;
/// Where a question fails: again after 10 s, and after 20 s more; then the phone says so.
const AGAIN: [u64; 2] = [10, 20];

/// What is wrong, as the server's side of the story has it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    /// The server makes no statements any more, and still answers.
    Heartbeat,
    /// Google is away, while nobody presses.
    Push,
    /// The gateway of text messages is away.
    Texts,
    /// The server cannot keep an alert.
    Room,
    /// The shift has gone home.
    Shift,
}

/// A phone that keeps to the guide.
struct Phone {
    asks_at: At,
    failures: usize,
}

impl Phone {
    /// Asks, if it is time to; whether the phone now says that pressing would reach nobody, or
    /// nobody at 911.
    async fn looks(&mut self, town: &Town, trouble: Trouble) -> bool {
        let now = town.app.clock.now();
        if now < self.asks_at {
            return false;
        }
        if town
            .app
            .anyone()
            .get("/v1/heartbeat")
            .await
            .status
            .is_success()
        {
            let told = heard(&town.app).await;
            assert!(
                told["exp"].as_i64().unwrap() > now.micros() / 1_000_000,
                "what is too old is not served"
            );
            *self = Self {
                asks_at: now.plus(Duration::from_secs(ASKED)),
                failures: 0,
            };
            return says(&told, trouble);
        }
        let Some(wait) = AGAIN.get(self.failures) else {
            return true;
        };
        *self = Self {
            asks_at: now.plus(Duration::from_secs(*wait)),
            failures: self.failures + 1,
        };
        false
    }
}

fn says(told: &Value, trouble: Trouble) -> bool {
    match trouble {
        Trouble::Heartbeat => false,
        Trouble::Push => told["push"][APP] == false,
        Trouble::Texts => told["sms"] == false,
        Trouble::Room => told["alerts"] == false,
        Trouble::Shift => told["nine11"]["chihuahua"] == false,
    }
}

/// Until the phone says so, ten seconds after ten seconds; how long it took from the trouble's
/// beginning. `since_made` and `since_asked`: how old the last statement and the last question are
/// when it begins.
async fn known_after(town: &Town, trouble: Trouble, since_made: u64, since_asked: u64) -> Duration {
    let began = town.app.clock.now();
    let mut phone = Phone {
        asks_at: began.plus(Duration::from_secs(ASKED - since_asked)),
        failures: 0,
    };
    let mut next = began.plus(Duration::from_secs(MADE - since_made));
    loop {
        let now = town.app.clock.now();
        if trouble != Trouble::Heartbeat && now >= next {
            town.app.beats().await;
            next = now.plus(Duration::from_secs(MADE));
        }
        if phone.looks(town, trouble).await {
            return now.since(began);
        }
        assert!(
            now.since(began) <= WITHIN,
            "{trouble:?}, {since_made} s and {since_asked} s: not known in time"
        );
        town.app.clock.advance(Duration::from_secs(10));
    }
}

/// All is well, and a statement says so.
async fn quiet(town: &Town) {
    town.app.fcm.answers_all(fcm::Answer::Ok);
    town.app.twilio.answers_all(twilio::Answer::Queued);
    for _ in 0..3 {
        town.app.clock.advance(Duration::from_secs(MADE));
        town.app.beats().await;
    }
    let told = heard(&town.app).await;
    assert_eq!(
        (&told["push"][APP], &told["sms"]),
        (&json!(true), &json!(true)),
        "{told}"
    );
}

/// At the worst moments: just after a statement was made, or just before the next, and likewise for
/// the question.
async fn each_phase(town: &Town, trouble: Trouble, begins: impl AsyncFn()) {
    for (since_made, since_asked) in [(0, 0), (0, 60), (50, 0), (30, 110)] {
        quiet(town).await;
        town.app.clock.advance(Duration::from_secs(since_made));
        begins().await;
        let took = known_after(town, trouble, since_made, since_asked).await;
        assert!(took <= WITHIN, "{trouble:?}: {took:?}");
    }
}

both_engines! {
    async fn a_heartbeat_that_stops_is_known_within_five_minutes(database) {
        let town = Town::found(database).await;
        each_phase(&town, Trouble::Heartbeat, async || {}).await;
    }

    async fn google_failing_while_nobody_presses_is_known_within_five_minutes(database) {
        let town = Town::found(database).await;
        each_phase(&town, Trouble::Push, async || {
            town.app.fcm.answers_all(fcm::Answer::Unavailable(None));
        }).await;
    }

    async fn text_messages_failing_while_nobody_presses_is_known_within_five_minutes(database) {
        let town = Town::found(database).await;
        each_phase(&town, Trouble::Texts, async || {
            town.app.twilio.answers_all(twilio::Answer::Unavailable);
        }).await;
    }

    async fn a_server_that_can_keep_no_alert_is_known_within_five_minutes(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        quiet(&town).await;
        assert_eq!(heard(&town.app).await["alerts"], true);
        fill_up(&town, &she).await;
        // An answer stays good for half a second of real time, which the manual clock does not
        // move.
        tokio::time::sleep(Duration::from_millis(600)).await;
        let took = known_after(&town, Trouble::Room, 0, 0).await;
        assert!(took <= WITHIN, "{took:?}");
    }

    async fn a_shift_that_goes_home_is_known_within_five_minutes(database) {
        let town = Town::found(database).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let feed = marta.watches().await;
        town.app.beats().await;
        assert_eq!(heard(&town.app).await["nine11"]["chihuahua"], true);
        marta.posts("/v1/operators/sign-out", &Value::Null).await.expect(204);
        drop(feed);
        for _ in 0..6_000 {
            if town.count("select count(*) as n from presence").await == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let took = known_after(&town, Trouble::Shift, 0, 0).await;
        assert!(took <= WITHIN, "{took:?}");
    }
}
