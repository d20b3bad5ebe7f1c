//! The steps of one alert by the clock: what docs/life-of-an-alert.md says, second by second.

use std::time::Duration;

use ampara::identity::model::Role;
use ampara::municipality::chihuahua;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

const PRIMA: &str = "+526144100002";
const BOSS_PHONE: &str = "+526144100090";

/// Lets so much time pass in steps of half a minute; at which second after `from` an SMS came, and
/// its words.
async fn texts(town: &Town, from: ampara::clock::At, seconds: u64) -> Vec<(u64, String)> {
    let mut came = Vec::new();
    for _ in 0..seconds.div_ceil(30) {
        town.after(30).await;
        let at = town.app.clock.now().since(from).as_secs();
        came.extend(
            town.app
                .twilio
                .take_all()
                .into_iter()
                .map(|sms| (at, sms.body)),
        );
    }
    came
}

fn kinds(town: &Town) -> Vec<String> {
    town.app
        .fcm
        .take_all()
        .into_iter()
        .map(|push| push.data["kind"].clone())
        .collect()
}

both_engines! {
    async fn unanswered_it_comes_by_the_minute_then_every_five_then_every_thirty(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let vecina = she.trusts_by_phone("Vecina", PRIMA).await;
        let pressed = town.app.clock.now();
        she.presses_with(json!({})).await;
        vecina.expects_sms().await;
        // Claimed, so that only the missing answers lead to messages.
        marta.claims(&marta.sees_one().await).await.expect(200);
        let came = texts(&town, pressed, 7_600).await;
        let soon = (1..=6).map(|n| n * 60);
        let later = (1..=12).map(|n| 360 + n * 300);
        let last = [3_960 + 1_800, 3_960 + 3_600];
        let expected: Vec<u64> = soon.chain(later).chain(last).collect();
        assert_eq!(came.iter().map(|(at, _)| *at).collect::<Vec<_>>(), expected);
        assert!(came.iter().all(|(_, words)| words.starts_with("Tu vecina")), "{:?}", came[0]);
    }

    async fn i_cannot_help_is_no_answer_and_who_said_it_is_asked_again(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let pressed = she.presses_with(json!({})).await;
        marta.claims(&marta.sees_one().await).await.expect(200);
        prima.gets_alarm().await;
        town.after(10).await;
        prima.answers(pressed.id(), "cannot_help").await;
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "answered");
        town.after(59).await;
        prima.expects_nothing();
        town.after(1).await;
        town.app.twilio.expects_sms(PRIMA).await;
        prima.answers(pressed.id(), "on_my_way").await;
        town.after(590).await;
        prima.expects_nothing();
    }

    async fn a_drill_climbs_once_and_is_not_repeated(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let pressed = town.app.clock.now();
        she.presses_with(json!({ "drill": true })).await;
        assert_eq!(prima.expects_push().await.data["kind"], "drill");
        let came = texts(&town, pressed, 3_600).await;
        assert_eq!(came.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [30], "no receipt for half a minute: {came:?}");
        assert_eq!(kinds(&town), Vec::<String>::new());
    }

    async fn supervisors_are_called_again_and_again_until_somebody_works_it(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _boss = Operator911::sits_down_at(&town, town.centres[0], "boss", Role::Supervisor, Some(BOSS_PHONE)).await;
        let pressed = town.app.clock.now();
        she.presses_with(json!({})).await;
        assert!(town.app.twilio.expects_sms(BOSS_PHONE).await.body.contains("nadie en turno"));
        let unclaimed = texts(&town, pressed, 690).await;
        assert_eq!(unclaimed.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [60, 360, 660], "{unclaimed:?}");
        marta.claims(&marta.sees_one().await).await.expect(200);
        let claimed = town.app.clock.now();
        let idle = texts(&town, claimed, 510).await;
        assert_eq!(idle.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [180, 480], "claimed, and nothing follows: {idle:?}");
        marta.dispatches(&marta.sees_one().await, "U-204").await;
        assert!(texts(&town, claimed, 900).await.is_empty());
    }

    async fn a_press_on_a_claimed_record_is_one_louder_until_the_next_step(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        she.presses_with(json!({})).await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        assert_eq!(marta.sees_one().await["level"], 0);
        town.after(10).await;
        she.presses_as("7f1f0c1e-6d56-4a39-9f5e-0d8a5f2b7c11", &json!({})).await.expect(200);
        assert_eq!(marta.sees_one().await["level"], 1);
        town.after(10).await;
        marta.notes(&record, "La escucho").await;
        assert_eq!(marta.sees_one().await["level"], 0);
    }

    async fn a_place_puts_off_the_end_by_a_whole_day(database) {
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| {
            // The same rule in an hour.
            settings.set("plan.expires_s", 3_600);
        })
        .await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let pressed = she.presses().await;
        town.after(3_000).await;
        she.walks(&pressed, &[(2, 28.6361, -106.0772)]).await;
        let state = async || she.sees(&pressed).await["state"].as_str().unwrap().to_owned();
        town.after(3_599).await;
        assert_eq!(state().await, "open");
        town.after(1).await;
        assert_eq!(state().await, "closed");
    }

    async fn after_five_wrong_pins_the_right_one_closes_as_ever_and_911_keeps_the_record(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.sets_pin("4821").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        for (wrong, stays) in [(4, false), (5, true)] {
            let pressed = she.presses_with(json!({})).await;
            for _ in 0..wrong {
                she.closes(&pressed, "0000").await.expect_problem(422, "pin-wrong");
            }
            assert_eq!(she.closes(&pressed, "4821").await.expect(200)["state"], "closed");
            let queue = marta.sees_queue().await;
            assert_eq!(queue.len(), usize::from(stays), "{wrong} wrong ones: {queue:?}");
            assert!(!stays || queue[0]["flags"] == json!(["wrong_pins"]), "{queue:?}");
        }
    }

    async fn the_number_of_wrong_pins_is_the_one_of_the_settings(database) {
        let engine = database.engine;
        drop(database);
        for most in [3, 10] {
            let town = Town::found_with(TestDatabase::fresh(engine), chihuahua::CENTRES_GEOJSON, |settings| {
                settings.set("plan.wrong_pins", most);
            })
            .await;
            let she = Her::signs_in(&town, HER_PHONE).await;
            she.sets_pin("4821").await;
            let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
            for (wrong, stays) in [(most - 1, false), (most, true)] {
                let pressed = she.presses_with(json!({})).await;
                for _ in 0..wrong {
                    she.closes(&pressed, "0000").await.expect_problem(422, "pin-wrong");
                }
                she.closes(&pressed, "4821").await.expect(200);
                let flags: Vec<Value> = marta.sees_queue().await.into_iter().map(|r| r["flags"].clone()).collect();
                let expected = if stays { vec![json!(["wrong_pins"])] } else { vec![] };
                assert_eq!(flags, expected, "{wrong} wrong ones of {most}");
            }
        }
    }

    async fn supervisors_are_alarmed_when_the_settings_say_however_soon_that_is(database) {
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| {
            settings.set("plan.unclaimed_louder_s", 1).set("plan.unclaimed_supervisors_s", 2);
        })
        .await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let _marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _boss = Operator911::sits_down_at(&town, town.centres[0], "boss", Role::Supervisor, Some(BOSS_PHONE)).await;
        she.presses_with(json!({})).await;
        assert!(town.app.twilio.expects_sms(BOSS_PHONE).await.body.contains("nadie en turno"));
        town.after(1).await;
        assert!(town.app.twilio.take_all().is_empty());
        town.after(1).await;
        assert!(town.app.twilio.expects_sms(BOSS_PHONE).await.body.contains("sin tomar"));
    }

    async fn a_phone_whose_clock_is_ahead_is_said_to_be_so_and_ours_counts(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let now = town.app.clock.now();
        let pressed = she.presses_with(json!({ "at": now.plus(Duration::from_secs(600)) })).await;
        assert_eq!(pressed.told["raised_at"], json!(now));
        let ahead = "select count(*) as n from timeline where kind = 'late' and detail like '%ahead%'";
        assert_eq!(town.count(ahead).await, 1);
    }

    async fn the_end_is_told_once_to_whoever_was_told_of_the_beginning(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        she.cancels(&pressed, "").await.expect(200);
        let push = prima.expects_push().await;
        assert_eq!(push.data["kind"], "over");
        prima.receives(&push).await;
        she.cancels(&pressed, "").await.expect(200);
        town.after(3_600).await;
        prima.expects_nothing();
    }
}
