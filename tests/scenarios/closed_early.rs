//! A record that was closed while her alert was open stands before supervisors until one of them
//! has looked.

use std::time::Duration;

use ampara::identity::model::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Pressed, Town, path_of};

const PIN: &str = "4821";

/// She has pressed, and an operator has closed her record a minute after the claim.
async fn closed_too_early<'t>(
    town: &'t Town,
    she: &Her<'t>,
    by: &Operator911<'t>,
) -> (Pressed, Value) {
    let pressed = she.presses().await;
    let record = by.sees_one().await;
    by.claims(&record).await.expect(200);
    town.after(60).await;
    by.closes(&record, "attended").await.expect(200);
    (pressed, record)
}

both_engines! {
    async fn closed_while_her_alert_is_open_it_stands_before_supervisors_until_one_has_looked(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let (pressed, record) = closed_too_early(&town, &she, &marta).await;
        assert_eq!(she.sees(&pressed).await["state"], "open");
        assert!(marta.sees_queue().await.is_empty(), "for operators it is over");
        let over = marta.gets("/v1/escalations?over=true").await.expect(200);
        assert_eq!(over["items"][0]["closed_while_open"], false);
        let shown = boss.sees_one().await;
        assert_eq!((&shown["id"], &shown["state"], &shown["disposition"]), (&record["id"], &json!("closed"), &json!("attended")));
        assert_eq!(shown["closed_while_open"], true);
        let acknowledge = path_of(&record, "/acknowledge");
        marta.posts(&acknowledge, &Value::Null).await.expect_problem(403, "forbidden");
        let done = boss.posts(&acknowledge, &Value::Null).await.expect(200);
        assert_eq!(done["version"].as_i64(), shown["version"].as_i64().map(|v| v + 1));
        assert_eq!(boss.posts(&acknowledge, &Value::Null).await.expect(200), done, "said again it changes nothing");
        assert!(boss.sees_queue().await.is_empty());

        she.presses_as(&Uuid::new_v4().to_string(), &json!({})).await.expect(200);
        let again = marta.sees_one().await;
        assert_eq!((&again["state"], &again["closed_while_open"]), (&json!("queued"), &json!(false)));
        boss.posts(&acknowledge, &Value::Null).await.expect_problem(409, "conflict");
    }

    async fn on_the_feed_it_stands_for_supervisors_alone(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let (mut hers, mut theirs) = (boss.watches().await, marta.watches().await);
        let before = hers.next().await.id;
        let (_, record) = closed_too_early(&town, &she, &marta).await;
        let shown = hers.expects_record(|r| r["state"] == "closed").await;
        assert_eq!(shown["closed_while_open"], true);
        let told = theirs.expects_record(|r| r["state"] == "closed").await;
        assert_eq!((&told["closed_while_open"], &told["version"]), (&json!(false), &shown["version"]));
        let standing = json!({ "records": [{ "id": record["id"], "version": shown["version"] }] });
        assert_eq!(boss.watches().await.next().await.data, standing, "also for who comes later");
        assert_eq!(marta.watches().await.next().await.data, json!({ "records": [] }));
        let mut resumed = boss.resumes(&before).await;
        assert_eq!(resumed.next().await.data, standing);
        assert_eq!(resumed.expects("record").await["closed_while_open"], true, "and for who was cut off meanwhile");
        assert!(hers.next_within(Duration::from_millis(1_500)).await.is_none(), "each version comes once");

        boss.posts(&path_of(&record, "/acknowledge"), &Value::Null).await.expect(200);
        let seen = hers.expects_record(|r| r["closed_while_open"] == false).await;
        assert_eq!(seen["version"].as_i64(), shown["version"].as_i64().map(|v| v + 1));
        assert_eq!(boss.watches().await.next().await.data, json!({ "records": [] }));
    }

    async fn to_open_it_with_a_reason_is_to_have_looked(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let (_, record) = closed_too_early(&town, &she, &marta).await;
        let opened = boss.posts(&path_of(&record, "/open"), &json!({ "reason": "Closed within two minutes" })).await;
        assert_eq!(opened.expect(200)["record"]["closed_while_open"], false);
        assert!(boss.sees_queue().await.is_empty());
        assert_eq!(town.count("select count(*) as n from timeline where kind = 'close_seen'").await, 1);
    }

    async fn who_closed_it_is_not_who_looks(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let chief = Operator911::sits_down(&town, "chief", Role::Supervisor).await;
        let (_, record) = closed_too_early(&town, &she, &boss).await;
        let acknowledge = path_of(&record, "/acknowledge");
        boss.posts(&acknowledge, &Value::Null).await.expect_problem(409, "second-person-needed");
        boss.posts(&path_of(&record, "/open"), &json!({ "reason": "Mine" })).await.expect(200);
        assert_eq!(chief.sees_one().await["closed_while_open"], true, "nor by opening it");
        chief.posts(&acknowledge, &Value::Null).await.expect(200);
        assert!(boss.sees_queue().await.is_empty());
    }

    async fn who_proposed_the_close_is_not_who_looks_either(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        she.presses().await;
        let record = boss.sees_one().await;
        boss.claims(&record).await.expect(200);
        boss.closes(&record, "false_alarm").await.expect(202);
        marta.closes(&record, "false_alarm").await.expect(200);
        assert_eq!(boss.sees_one().await["closed_while_open"], true);
        let refused = boss.posts(&path_of(&record, "/acknowledge"), &Value::Null).await;
        refused.expect_problem(409, "second-person-needed");
    }

    async fn it_stands_no_longer_once_she_has_ended_her_alert_by_her_pin(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.sets_pin(PIN).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let (pressed, _) = closed_too_early(&town, &she, &marta).await;
        she.closes(&pressed, "0000").await.expect_problem(422, "pin-wrong");
        assert_eq!(boss.sees_queue().await.len(), 1);
        she.closes(&pressed, PIN).await.expect(200);
        assert!(boss.sees_queue().await.is_empty());
    }

    async fn it_stays_where_nobody_proved_that_it_was_she_who_ended_her_alert(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let (pressed, record) = closed_too_early(&town, &she, &marta).await;
        she.closes(&pressed, "").await.expect(200);
        let shown = boss.sees_one().await;
        assert_eq!((&shown["closed_while_open"], &shown["flags"]), (&json!(true), &json!(["closed_unverified"])));
        boss.posts(&path_of(&record, "/acknowledge"), &Value::Null).await.expect(200);
        assert!(boss.sees_queue().await.is_empty());
    }

    async fn closed_after_her_alert_it_stands_before_nobody(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let pressed = she.presses().await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        town.after(60).await;
        she.closes(&pressed, "").await.expect(200);
        marta.closes(&record, "no_contact").await.expect(200);
        assert!(boss.sees_queue().await.is_empty());
    }
}
