//! P4. It does not fall silent: one answer stops no other notification, what is unanswered repeats on
//! other channels, an unclaimed or idle record gets louder, and where no operator is there she and her
//! people are told to call themselves.

use ampara::identity::model::Role;
use ampara::municipality::chihuahua;
use serde_json::json;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

const BOSS_PHONE: &str = "+526144100090";

both_engines! {
    async fn one_answer_silences_neither_the_others_nor_911(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        amiga.expects_push().await;
        prima.answers(pressed.id(), "with_her").await;
        town.after(31).await;
        town.app.twilio.expects_sms(&amiga.phone).await;
        town.app.twilio.expects_nothing_for(&prima.phone);
        assert_eq!(she.sees(&pressed).await["nine11"], "told");
        town.after(30).await;
        assert_eq!(prima.expects_push().await.data["kind"], "call_911", "news of 911 comes to who answered too");
        let more = amiga.expects_push().await;
        assert_ne!(more.data["kind"], "over");
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn unanswered_it_comes_again_and_again_over_other_ways(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        she.presses().await;
        prima.gets_alarm().await;
        let (mut pushes, mut texts) = (0, 0);
        for minute in 1..=10 {
            town.after(60).await;
            let (push, sms) = (town.app.fcm.take_all().len(), town.app.twilio.take_all().len());
            assert!(minute > 5 || push + sms > 0, "silent in minute {minute}");
            (pushes, texts) = (pushes + push, texts + sms);
        }
        assert!(pushes >= 2 && texts >= 2, "both ways: {pushes} pushes, {texts} texts");
        for hour in 1..=3 {
            town.after(3_600).await;
            assert!(town.app.fcm.take_all().len() + town.app.twilio.take_all().len() > 0, "silent in hour {hour}");
        }
    }

    async fn her_phone_is_told_to_look_and_shows_nothing_to_who_stands_beside_her(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.takes_pushes_at("token-hers").await;
        town.after(31).await;
        let elsewhere = Her::signs_in(&town, HER_PHONE).await;
        elsewhere.takes_pushes_at("token-at-home").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _shift = marta.watches().await;
        let pressed = she.presses().await;
        town.after(59).await;
        town.app.fcm.expects_nothing_for("token-hers");
        town.after(1).await;
        let push = town.app.fcm.expects_push("token-hers").await;
        let told = [("alert", pressed.client_id.as_str()), ("kind", "alert_changed"), ("notification", push.notification()), ("receipt", push.data["receipt"].as_str())];
        assert_eq!(push.data, told.map(|(k, v)| (k.to_owned(), v.to_owned())).into(), "ids, and no words");
        assert_eq!(push.apns_alert(), None);
        assert_eq!(she.sees(&pressed).await["call_911"], true, "what there is to say, the app asks for");
        she.client().post(&format!("/v1/notifications/{}/receipt", push.notification()), &json!({})).await.expect(204);
        town.after(600).await;
        // Once; and dropping the town fails the test if anything went to the phone that did not
        // raise it.
        town.app.fcm.expects_nothing_for("token-hers");
    }

    async fn her_phone_is_silent_after_three_of_the_intervals_that_it_was_told(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _shift = marta.watches().await;
        let pressed = she.presses_with(json!({ "battery": 0.3, "location": { "lat": 28.63, "lon": -106.07, "seq": 0 } })).await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        let level = async || marta.sees_one().await["level"].as_i64().unwrap();
        let mut told = pressed.told["next_interval_s"].as_u64().unwrap();
        // Each place comes just in time; it tells of another battery, and her phone is told another
        // interval.
        for (seq, battery) in [(1, 0.6), (2, 0.2), (3, 0.3)] {
            assert_eq!(she.sees(&pressed).await["next_interval_s"], told, "what she asks for says the same");
            let mut left = 3 * told - 1;
            while left > 0 {
                let some = left.min(60);
                town.after(some).await;
                assert_eq!(level().await, 0, "{told} s, {left} s before the end");
                marta.notes(&record, "Sigo aquí").await;
                left -= some;
            }
            let fix = json!({ "seq": seq, "lat": 28.63, "lon": -106.07, "battery": battery });
            let taken = she.alarm().post(&pressed.path("/locations"), &json!({ "fixes": [fix] })).await.expect(200);
            told = taken["next_interval_s"].as_u64().unwrap();
        }
        assert_eq!(told, 30);
        town.after(60).await;
        marta.notes(&record, "Sigo aquí").await;
        town.after(29).await;
        assert_eq!(level().await, 0);
        town.after(1).await;
        assert_eq!(level().await, 1, "no place for three times 30 s");
    }

    async fn an_answer_is_good_for_ten_minutes(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _shift = marta.watches().await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let pressed = she.presses().await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        prima.gets_alarm().await;
        prima.answers(pressed.id(), "on_my_way").await;
        town.after(599).await;
        prima.expects_nothing();
        town.after(2).await;
        assert!(town.app.fcm.take_all().len() + town.app.twilio.take_all().len() > 0, "are you still on your way?");
    }

    async fn an_unclaimed_record_gets_louder_and_in_the_end_everybody_is_told_to_call(database) {
        // A console beats by the machine's clock and its presence is judged by the story's: here it
        // outlasts the story.
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| {
            settings.set("escalation.presence_s", 120);
        })
        .await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _boss = Operator911::sits_down_at(&town, town.centres[0], "boss", Role::Supervisor, Some(BOSS_PHONE)).await;
        let _shift = marta.watches().await;
        let pressed = she.presses_with(json!({})).await;
        prima.gets_alarm().await;
        prima.answers(pressed.id(), "on_my_way").await;
        assert_eq!(marta.sees_one().await["level"], 0);
        town.app.twilio.expects_nothing_for(BOSS_PHONE);
        town.after(30).await;
        assert_eq!(marta.sees_one().await["level"], 1);
        assert_eq!(she.sees(&pressed).await["call_911"], false);
        town.after(30).await;
        assert_eq!(marta.sees_one().await["level"], 2);
        let sms = town.app.twilio.expects_sms(BOSS_PHONE).await;
        assert!(sms.body.contains("CUU-26-000001 sin tomar"), "{}", sms.body);
        assert_eq!(she.sees(&pressed).await["call_911"], true);
        assert_eq!(prima.expects_push().await.data["words"], "Nadie en el 911 ha tomado este aviso: llama al 911");
        assert_eq!(prima.watching().await[0]["call_911"], true);
        town.after(60).await;
        assert_eq!(marta.sees_one().await["level"], 3);
        marta.claims(&marta.sees_one().await).await.expect(200);
        assert_eq!(prima.watching().await[0]["call_911"], true, "never taken back: it would tell of 911's side");
        let over_the_other_way = town.app.twilio.expects_sms(&prima.phone).await;
        assert!(over_the_other_way.body.starts_with("Nadie en el 911"), "{}", over_the_other_way.body);
        // Two minutes on, the console's presence has run out.
        town.app.twilio.expects_sms(BOSS_PHONE).await;
    }

    async fn with_nobody_on_shift_the_supervisors_are_called_at_once(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let _boss = Operator911::sits_down_at(&town, town.centres[0], "boss", Role::Supervisor, Some(BOSS_PHONE)).await;
        she.presses().await;
        let sms = town.app.twilio.expects_sms(BOSS_PHONE).await;
        assert!(sms.body.contains("nadie en turno"), "{}", sms.body);
        assert!(!sms.body.contains("614410"), "no name, no number, no place: {}", sms.body);
    }

    async fn after_two_minutes_the_backup_centre_sees_it(database) {
        let town = Town::found_with(database, WITH_BACKUP, |_| {}).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let backup = Operator911::sits_down_at(&town, town.centres[1], "far", Role::Operator, None).await;
        let pressed = she.presses_with(json!({})).await;
        town.after(119).await;
        assert!(backup.sees_queue().await.is_empty());
        town.after(1).await;
        let record = backup.sees_one().await;
        backup.claims(&record).await.expect(200);
        assert_eq!(she.sees(&pressed).await["nine11"], "has_it");
    }

    async fn a_unit_that_was_sent_and_went_quiet_is_loud_before_supervisors_too(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let pressed = she.presses_with(json!({})).await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        for state in ["dispatched", "on_scene"] {
            if state == "dispatched" { marta.dispatches(&record, "U-204").await } else { marta.on_scene(&record).await }
            town.after(599).await;
            assert_eq!(boss.sees_one().await["level"], 0, "{state}");
            town.after(1).await;
            let loud = boss.sees_one().await;
            assert_eq!((&loud["state"], &loud["level"]), (&json!(state), &json!(3)));
        }
        she.closes(&pressed, "").await.expect(200);
        marta.notes(&record, "La unidad sigue ahí").await;
        assert_eq!(boss.sees_one().await["level"], 0);
        town.after(600).await;
        assert_eq!(boss.sees_one().await["level"], 3, "also once her alert has ended");
        boss.takes_over(&record).await.expect(200);
    }

    async fn a_day_without_a_sign_is_no_news_and_never_an_end(database) {
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| {
            // The same rule with fewer repeats on the way.
            settings.set("plan.expires_s", 3_600);
        })
        .await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let pressed = she.presses().await;
        town.after(3_599).await;
        assert_eq!(she.sees(&pressed).await["state"], "open");
        town.app.twilio.take_all();
        town.after(2).await;
        assert_eq!((&she.sees(&pressed).await["state"], &she.sees(&pressed).await["close_kind"]), (&json!("closed"), &json!("expired")));
        let sms = vecina.expects_sms().await;
        assert!(sms.body.contains("No sabemos si termino"), "{}", sms.body);
        let page = vecina.taps_see(town.app.path_of(sms.link().unwrap())).await;
        assert!(page.text.contains("no ha dado noticias") && !page.text.contains("28.63"), "{}", page.text);
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let record = marta.sees_one().await;
        assert!(record["flags"].as_array().unwrap().contains(&json!("expired")), "the record stays: {record}");
    }
}

const WITH_BACKUP: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "PON", "name": "Poniente", "rank": 1, "default": true, "backup": "ORI"},
  "geometry": {"type": "Polygon", "coordinates": [[[-107, 28], [-106, 28], [-106, 29], [-107, 29], [-107, 28]]]}},
 {"type": "Feature", "properties": {"code": "ORI", "name": "Oriente", "rank": 2},
  "geometry": {"type": "Polygon", "coordinates": [[[-106, 28], [-105, 28], [-105, 29], [-106, 29], [-106, 28]]]}}]}"#;
