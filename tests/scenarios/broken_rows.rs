//! One row or table that the code cannot read, or on which it fails, is shown as what it is and stops
//! no other notification.

use ampara::db::{Conn, DbError, WritePriority};
use ampara::identity::model::Role;
use ampara::on;
use diesel::RunQueryDsl;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::databases::TestEngine;
use crate::harness::fcm::Answer;
use crate::harness::people::{HER_PHONE, Her, Operator911, Pressed, Town};

const PRIMA: &str = "+526144100002";
const VECINA: &str = "+526144100004";

/// Runs SQL behind the server's back; `{junk}` is a sealed column that nothing opens, `{id}` a
/// row's id.
pub(super) async fn behind_its_back(town: &Town, sql: &str, id: &str) -> usize {
    let hex = id.replace('-', "");
    let bytes = |hex: &str| match town.app.database.engine {
        TestEngine::Sqlite => format!("x'{hex}'"),
        TestEngine::Postgres => format!("'\\x{hex}'::bytea"),
    };
    let sql = sql
        .replace("{junk}", &bytes("0102030405"))
        .replace("{id}", &bytes(&hex));
    let write = move |conn: &mut Conn| -> Result<usize, DbError> {
        Ok(on!(conn, |c| diesel::sql_query(&sql).execute(c))?)
    };
    town.app
        .foundation
        .db
        .write(WritePriority::Background, write)
        .await
        .unwrap()
}

/// From now on no message of this alert can be owed, or of any where none is named: as when the
/// code has a bug that only it meets.
async fn curse(town: &Town, alert: &str) {
    let which = if alert.is_empty() {
        "new.subject_kind = 'alert'"
    } else {
        "new.subject = {id}"
    };
    let fails = match town.app.database.engine {
        TestEngine::Sqlite => vec![format!(
            "create trigger curse before insert on notifications when {which} begin select raise(abort, 'cursed'); end"
        )],
        TestEngine::Postgres => vec![
            "create function curse() returns trigger language plpgsql as $$ begin raise exception 'cursed'; end $$"
                .into(),
            format!(
                "create trigger curse before insert on notifications for each row when ({which}) execute function curse()"
            ),
        ],
    };
    for sql in fails {
        behind_its_back(town, &sql, alert).await;
    }
}

async fn lift_the_curse(town: &Town) {
    let sql = match town.app.database.engine {
        TestEngine::Sqlite => "drop trigger curse",
        TestEngine::Postgres => "drop trigger curse on notifications",
    };
    behind_its_back(town, sql, "").await;
}

async fn contact(she: &Her<'_>, pressed: &Pressed, id: &str) -> Value {
    let seen = she.sees(pressed).await;
    seen["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["contact"] == id)
        .unwrap()
        .clone()
}

const SPOIL_NUMBER: &str =
    "update addresses set sealed = {junk} where owner = {id} and channel = 'sms'";

both_engines! {
    async fn a_record_in_a_state_that_this_release_does_not_know_is_on_the_feed(database) {
        let town = Town::found(database).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.presses().await;
        assert_eq!(behind_its_back(&town, "update records set state = 'whispered'", "").await, 1);
        let record = marta.sees_one().await;
        assert_eq!(record["state"], "queued");
        marta.claims(&record).await.expect(200);
    }

    async fn a_message_whose_recipient_is_damaged_stops_no_other(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        town.app.fcm.answers(&prima.token, [Answer::Unavailable(None)]);
        she.presses().await;
        town.app.fcm.take_all();
        let damage = "update notifications set recipient = {junk} where state = 'queued'";
        assert_eq!(behind_its_back(&town, damage, "").await, 1, "it waits for its second attempt");
        town.after(30).await;
        town.app.twilio.expects_sms(&amiga.phone).await;
        // The contact of the damaged row is told anew, since no row says that it was.
        let told = town.app.fcm.take_all();
        assert!(told.iter().any(|push| push.target == prima.token), "{told:?}");
        town.app.twilio.take_all();
    }

    async fn a_number_that_does_not_open_fails_visibly_and_the_others_are_told(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let vecina = she.trusts_by_phone("Vecina", VECINA).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        assert_eq!(behind_its_back(&town, SPOIL_NUMBER, &vecina.contact).await, 1);
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        let failed = contact(&she, &pressed, &vecina.contact).await;
        assert_eq!((&failed["reach"], &failed["reason"]), (&json!("failed"), &json!("unreadable")));
        let opened = marta.claims(&marta.sees_one().await).await.expect(200);
        let shown = opened["contacts"].as_array().unwrap().iter().find(|c| c["id"] == vecina.contact.as_str());
        assert_eq!(shown.unwrap()["reason"], "unreadable", "the operator sees whom to call: {opened}");
        // Nor is anything held up later on, or sent to nowhere.
        prima.answers(pressed.id(), "on_my_way").await;
        town.after(130).await;
        town.app.twilio.expects_nothing_for(VECINA);
        assert_eq!(contact(&she, &pressed, &vecina.contact).await["reason"], "unreadable");
    }

    async fn a_token_that_does_not_open_leads_to_a_text_at_once(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        behind_its_back(&town, "update addresses set sealed = {junk} where channel = 'fcm'", "").await;
        let pressed = she.presses().await;
        town.app.twilio.expects_sms(PRIMA).await;
        assert_eq!(contact(&she, &pressed, &prima.contact).await["over"], json!(["push", "text"]));
    }

    async fn an_alias_that_does_not_open_is_told_in_neutral_words(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let vecina = she.trusts_by_phone("Vecina", VECINA).await;
        behind_its_back(&town, "update contacts set sealed_alias = {junk} where id = {id}", &prima.contact).await;
        she.presses().await;
        let push = prima.gets_alarm().await;
        assert!(!push.data["words"].is_empty() && !push.data["words"].contains("prima"), "{:?}", push.data);
        assert_eq!(prima.watching().await.len(), 1);
        assert!(vecina.expects_sms().await.body.contains("Tu vecina"));
    }

    async fn what_stops_to_open_during_an_alert_keeps_no_step_from_the_others(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let pressed = she.presses().await;
        prima.expects_push().await;
        amiga.expects_push().await;
        behind_its_back(&town, SPOIL_NUMBER, &prima.contact).await;
        behind_its_back(&town, "update contacts set sealed_alias = {junk} where id = {id}", &amiga.contact).await;
        town.after(30).await;
        town.app.twilio.expects_sms(&amiga.phone).await;
        town.app.twilio.expects_nothing_for(PRIMA);
        assert_eq!(contact(&she, &pressed, &prima.contact).await["over"], json!(["push", "text"]));
        assert_eq!(contact(&she, &pressed, &prima.contact).await["reach"], "sent", "what the push came to");
    }

    async fn one_supervisors_number_that_does_not_open_keeps_the_other_from_nothing(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let phones = ["+526144100090", "+526144100091"];
        let mut bosses = Vec::new();
        for (name, phone) in [("boss", phones[0]), ("chief", phones[1])] {
            bosses.push(Operator911::sits_down_at(&town, town.centres[0], name, Role::Supervisor, Some(phone)).await);
        }
        assert_eq!(behind_its_back(&town, SPOIL_NUMBER, &bosses[0].id).await, 1);
        she.presses().await;
        town.app.twilio.expects_sms(phones[1]).await;
    }

    async fn the_operator_sees_all_but_what_does_not_open(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Ana Prueba").await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        she.presses_with(json!({ "note": "Está en la puerta", "location": { "lat": 28.63, "lon": -106.07, "seq": 1 } })).await;
        prima.gets_alarm().await;
        amiga.gets_alarm().await;
        behind_its_back(&town, "update people set sealed_name = {junk}", "").await;
        behind_its_back(&town, "update alerts set sealed_note = {junk}", "").await;
        behind_its_back(&town, "update contacts set sealed_name = {junk} where id = {id}", &prima.contact).await;
        let opened = marta.claims(&marta.sees_one().await).await.expect(200);
        assert_eq!((&opened["her"]["name"], &opened["her"]["phone"]), (&Value::Null, &json!(HER_PHONE)));
        assert_eq!(opened["place"]["lat"], 28.63);
        let people: Vec<_> = opened["contacts"].as_array().unwrap().iter().map(|c| (&c["name"], &c["phone"])).collect();
        assert_eq!(people, [(&json!(""), &json!(PRIMA)), (&json!("Amiga"), &json!(amiga.phone))]);
    }

    async fn a_plan_that_fails_is_asked_on_and_on_is_seen_and_holds_up_no_other(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let other = Her::signs_in(&town, "+526144100005").await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let amiga = other.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let health = async || town.app.anyone().get("/health/alerting").await;
        let pressed = she.presses().await;
        prima.expects_push().await;
        curse(&town, pressed.id()).await;
        other.presses().await;
        amiga.expects_push().await;
        town.after(36).await;
        town.app.twilio.expects_sms(&amiga.phone).await;
        town.app.twilio.expects_nothing_for(PRIMA);
        let twice = health().await.expect(200);
        assert_eq!((&twice["status"], &twice["plans_failing"]), (&json!("ok"), &json!(0)), "30 and 35 s");
        town.after(4).await;
        let thrice = health().await.expect(503);
        assert_eq!((&thrice["status"], &thrice["plans_failing"]), (&json!("failing"), &json!(1)));
        lift_the_curse(&town).await;
        town.after(5).await;
        town.app.twilio.expects_sms(PRIMA).await;
        assert_eq!(health().await.expect(200)["plans_failing"], 0);
    }

    async fn a_press_is_kept_though_the_plan_fails_on_it(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        curse(&town, "").await;
        she.presses().await;
        prima.expects_nothing();
        assert_eq!(town.count("select count(*) as n from records").await, 1);
        lift_the_curse(&town).await;
        town.after(5).await;
        prima.gets_alarm().await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        assert_eq!(marta.sees_one().await["state"], "queued");
    }

    async fn nobody_is_refused_for_what_the_plan_cannot_do(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        curse(&town, pressed.id()).await;
        town.after(61).await;
        let again = "7f1f0c1e-6d56-4a39-9f5e-0d8a5f2b7c11";
        assert_eq!(she.presses_as(again, &json!({})).await.expect(200)["presses"], 2);
        marta.claims(&marta.sees_one().await).await.expect(200);
        prima.answers(pressed.id(), "on_my_way").await;
        assert_eq!(she.sees(&pressed).await["nine11"], "has_it");
        assert_eq!(she.cancels(&pressed, "").await.expect(200)["state"], "closed");
        prima.expects_nothing();
        lift_the_curse(&town).await;
        town.after(5).await;
        assert_eq!(prima.expects_push().await.data["kind"], "over", "told as soon as it can be");
        assert_eq!(town.app.anyone().get("/health/alerting").await.expect(200)["plans_failing"], 0);
    }

    async fn a_carriers_report_is_kept_though_the_plan_fails_on_it(database) {
        let town = Town::found_with_calls(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        let pressed = she.presses().await;
        let sms = town.app.twilio.expects_sms(VECINA).await;
        curse(&town, pressed.id()).await;
        assert_eq!(town.app.twilio.reports_failure(&sms, "undelivered", 30_003).await, 204);
        let failed = "select count(*) as n from notifications where channel = 'sms' and state = 'failed' \
                      and subject_kind = 'alert'";
        assert_eq!(town.count(failed).await, 1);
        lift_the_curse(&town).await;
        town.after(5).await;
        town.app.twilio.expects_call(VECINA).await;
    }

    async fn an_outcome_whose_follow_up_fails_is_a_dead_letter_and_what_follows_is_asked_for_later(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let reply = she.presses_as("7f1f0c1e-6d56-4a39-9f5e-0d8a5f2b7c11", &json!({})).await.expect(201);
        curse(&town, reply["id"].as_str().unwrap()).await;
        town.app.fcm.answers(&prima.token, [crate::harness::fcm::Answer::Unregistered]);
        town.app.settle().await;
        prima.expects_push().await;
        let dead = "select count(*) as n from notifications where state = 'failed' and reason = 'dead_letter'";
        assert_eq!(town.count(dead).await, 1);
        town.app.twilio.expects_nothing_for(PRIMA);
        lift_the_curse(&town).await;
        town.after(5).await;
        town.app.twilio.expects_sms(PRIMA).await;
    }
}
