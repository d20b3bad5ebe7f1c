//! Clocks that jump or are wrong, and what a clock that was wrong has left in rows.

use std::time::Duration;

use ampara::alerts::Alerts;
use ampara::alerts::engine::ahead::begin_clock;
use ampara::alerts::engine::run;
use ampara::db::{Conn, DbError, WritePriority};
use ampara::delivery::Outbox;
use ampara::escalation::CentreCache;
use ampara::identity::model::Role;
use ampara::moments;
use ampara::on;
use diesel::prelude::*;
use serde_json::json;

use crate::both_engines;
use crate::harness::log::Log;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

const HOUR: Duration = Duration::from_secs(3_600);
const YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);
/// When it is looked what has been sent, in seconds after the press.
const LOOKS: [u64; 9] = [0, 5, 31, 60, 61, 91, 121, 181, 400];

/// Ahead, or behind.
type Jump = (bool, Duration);

const JUMPS: [Jump; 4] = [
    (true, HOUR),
    (false, HOUR),
    (true, Duration::from_secs(86_400)),
    (false, Duration::from_secs(86_400)),
];

fn jumps(town: &Town, (ahead, by): Jump) {
    let wall = town.app.clock.wall();
    town.app
        .clock
        .put_to(if ahead { wall.plus(by) } else { wall.minus(by) });
}

async fn puts(town: &Town, sql: String) {
    let write = move |conn: &mut Conn| -> Result<usize, DbError> {
        Ok(on!(conn, |c| diesel::sql_query(&sql).execute(c))?)
    };
    let db = &town.app.foundation.db;
    assert!(db.write(WritePriority::Background, write).await.unwrap() > 0);
}

/// What left, by kind: pushes by their own, texts as such. The ids of pushes are each one's own.
fn left(town: &Town, at: u64) -> Vec<(u64, String)> {
    let pushes = town
        .app
        .fcm
        .take_all()
        .into_iter()
        .map(|push| push.data["kind"].clone());
    let texts = town
        .app
        .twilio
        .take_all()
        .into_iter()
        .map(|_| "text".to_owned());
    let mut all: Vec<_> = pushes.chain(texts).map(|kind| (at, kind)).collect();
    all.sort();
    all
}

/// A press, and all that left in the seven minutes after it; the jump comes at that look.
async fn night(town: &Town, she: &Her<'_>, jump: Option<(usize, Jump)>) -> Vec<(u64, String)> {
    let (mut all, mut before) = (Vec::new(), 0);
    let jumps_at = |look: usize| jump.filter(|(at, _)| *at == look).map(|(_, jump)| jump);
    jumps_at(0).into_iter().for_each(|jump| jumps(town, jump));
    let pressed = she.presses_with(json!({})).await;
    for (look, at) in LOOKS.into_iter().enumerate() {
        town.after(at - before).await;
        before = at;
        all.extend(left(town, at));
        jumps_at(look + 1)
            .into_iter()
            .for_each(|jump| jumps(town, jump));
    }
    assert_eq!(she.sees(&pressed).await["state"], "open");
    she.closes(&pressed, "2580").await.expect(200);
    town.after(120).await;
    all.extend(left(town, 520));
    all
}

both_engines! {
    async fn a_machines_clock_that_jumps_delays_no_step_repeats_none_and_ends_nothing(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.sets_pin("2580").await;
        she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        she.trusts_by_phone("Vecina", "+526144100003").await;
        town.app.fcm.take_all();
        town.app.twilio.take_all();
        let calm = night(&town, &she, None).await;
        assert!(calm.len() > 8, "{calm:?}");
        for jump in JUMPS {
            for look in 0..3 {
                assert_eq!(night(&town, &she, Some((look, jump))).await, calm, "{jump:?} at look {look}");
            }
        }
    }

    async fn health_and_an_alarm_say_that_the_clock_has_jumped(database) {
        let town = Town::found(database).await;
        let health = async || town.app.anyone().get("/health/alerting").await.expect(200);
        assert!(health().await["clock_off_s"].is_null());
        for jump in JUMPS {
            let (log, wall) = (Log::heard(), town.app.clock.wall());
            jumps(&town, jump);
            town.app.settle().await;
            let told = health().await;
            assert_eq!((&told["status"], &told["clock_off_s"]), (&json!("degraded"), &json!(jump.1.as_secs())));
            town.app.settle().await;
            let alarms = log.alarms();
            assert_eq!(alarms.len(), 1, "{alarms:?}");
            assert!(alarms[0].contains("the machine's clock has jumped"), "{alarms:?}");
            town.app.clock.put_to(wall);
            town.app.settle().await;
            assert_eq!(health().await["status"], "ok");
        }
    }

    async fn a_plan_that_is_due_later_than_it_can_be_is_asked_now(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        she.presses().await;
        prima.gets_alarm().await;
        for ahead in [HOUR, YEARS] {
            let due = town.app.clock.now().plus(ahead).micros();
            puts(&town, format!("update alerts set plan_due_at = {due}")).await;
            town.app.fast_forward(Duration::from_secs(61)).await;
            let sent = town.app.fcm.take_all().len() + town.app.twilio.take_all().len();
            assert!(sent > 0, "silent for {ahead:?}");
        }
    }

    async fn an_alert_that_was_raised_by_a_clock_that_was_ahead_climbs_from_now(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        town.app.fcm.take_all();
        let calm = {
            let before = town.app.clock.now();
            // Another node, an hour ahead, takes the press and sends at once; then it dies.
            town.app.clock.advance(HOUR);
            she.presses().await;
            assert_eq!(left(&town, 0), [(0, "alarm".to_owned())]);
            town.app.clock.advance_to(before);
            let mut all = Vec::new();
            for at in [0, 31, 61, 121, 181] {
                town.app.fast_forward(Duration::from_secs(if at == 0 { 0 } else { 31 })).await;
                all.extend(left(&town, at));
            }
            all
        };
        assert!(calm.iter().any(|(_, kind)| kind == "text"), "no other way is tried: {calm:?}");
        assert!(calm.iter().filter(|(_, kind)| kind == "alarm").count() > 0, "it is not repeated: {calm:?}");
    }

    async fn pressing_again_is_heard_though_it_was_told_by_a_clock_that_was_ahead(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        she.presses().await;
        prima.gets_alarm().await;
        town.after(20).await;
        let told = town.app.clock.now().plus(HOUR).micros();
        puts(&town, format!("update alerts set told_again_at = {told}")).await;
        she.presses_as(&uuid::Uuid::new_v4().to_string(), &json!({})).await.expect(200);
        town.after(45).await;
        let kinds: Vec<String> = town.app.fcm.take_all().iter().map(|push| push.data["kind"].clone()).collect();
        assert!(kinds.iter().any(|kind| kind == "pressed_again"), "{kinds:?}");
        town.app.twilio.take_all();
    }

    async fn an_operator_who_is_connected_until_later_than_can_be_is_not_there(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        drop(marta);
        let until = town.app.clock.now().plus(HOUR).micros();
        puts(&town, format!(
            "insert into presence (operator, boot, centre, role, until) select id, id, centre, role, {until} from operators"
        )).await;
        town.app.settle().await;
        assert_eq!(town.count("select count(*) as n from presence").await, 0);
        drop(she);
    }

    async fn a_code_or_a_step_up_that_lasts_for_longer_than_it_can_is_over(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let until = town.app.clock.now().plus(YEARS).micros();
        she.client().get("/v1/contacts").await.expect(200);
        puts(&town, format!("update sessions set stepped_up_until = {until}")).await;
        she.client().get("/v1/contacts").await.expect_problem(403, "step-up-needed");
        town.after(60).await;
        town.app.anyone().post("/v1/sign-in", &json!({ "phone": HER_PHONE })).await.expect(202);
        town.app.settle().await;
        let sms = town.app.twilio.expects_sms(HER_PHONE).await;
        let code: String = sms.body.chars().filter(char::is_ascii_digit).take(6).collect();
        puts(&town, format!("update sign_in_codes set expires_at = {until}")).await;
        let body = json!({ "phone": HER_PHONE, "code": code });
        assert_ne!(town.app.anyone().post("/v1/sign-in/verify", &body).await.status, 200);
        // Codes that were made later than now keep her from no other.
        puts(&town, format!("update sign_in_codes set created_at = {until}")).await;
        town.app.anyone().post("/v1/sign-in", &json!({ "phone": HER_PHONE })).await.expect(202);
        town.app.settle().await;
        town.app.twilio.expects_sms(HER_PHONE).await;
    }

    async fn a_reminder_that_is_due_in_ten_years_is_looked_at_now(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", "+526144100003").await;
        let due = town.app.clock.now().plus(YEARS).micros();
        puts(&town, format!("update people set reminder_due_at = {due} where reminder_due_at is not null")).await;
        town.app.reminds().await;
        let beyond = format!("select count(*) as n from people where reminder_due_at >= {due}");
        assert_eq!(town.count(&beyond).await, 0);
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn a_server_that_starts_with_its_clock_behind_goes_on_where_it_was(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        for (_, by) in JUMPS {
            let pressed = she.presses().await;
            town.after(200).await;
            let last = town.app.clock.now();
            left(&town, 0);
            town.app.clock.put_to(last.minus(by));
            begin_clock(&town.app.foundation).await.unwrap();
            let begun = town.app.clock.now();
            assert!(begun <= last && last.since(begun) < Duration::from_secs(90), "{begun} after {last}");
            town.after(180).await;
            assert!(!left(&town, 0).is_empty(), "silent");
            she.cancels(&pressed, "").await.expect(200);
            town.after(60).await;
            left(&town, 0);
            town.app.clock.put_to(town.app.clock.now());
        }
    }

    async fn plans_that_can_neither_be_asked_nor_put_off_end_the_round_with_few_words(database) {
        if !database.is_sqlite() {
            return; // Each engine fails alike here; a trigger is written differently.
        }
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let pressed = she.presses().await;
        puts(&town, "with recursive n(i) as (select 1 union all select i + 1 from n where i < 150) \
            insert into alerts select randomblob(16), person, randomblob(16), device, municipality, state, policy, \
            if_nobody_reached, if_duress, drill, network, raised_at, phone_at, presses, last_press_at, told_again_at, \
            last_fix_at, escalated_at, postponed_until, call_911, wrong_pins, closed_at, close_kind, close_verified, 1, \
            epoch, wrapped_key, sealed_note, warnings, plan_failures, restored_at from alerts, n".to_owned()).await;
        let fails = "create trigger full before update on alerts begin select raise(abort, 'the disk is full'); end";
        let write = move |conn: &mut Conn| -> Result<usize, DbError> {
            Ok(on!(conn, |c| diesel::sql_query(fails).execute(c))?)
        };
        town.app.foundation.db.write(WritePriority::Background, write).await.unwrap();
        let log = Log::heard();
        let foundation = town.app.foundation.clone();
        let outbox = Outbox::new(&foundation.config.delivery);
        let engine = Alerts::new(foundation, outbox, CentreCache::default());
        run::tick(&engine).await.unwrap();
        let alarms = log.alarms().into_iter().filter(|alarm| alarm.contains("plan")).count();
        assert!((1..=5).contains(&alarms), "{:?}", log.alarms());
        drop(pressed);
    }

    async fn with_nothing_under_way_a_server_starts_by_the_machines_clock(database) {
        let town = Town::found(database).await;
        let wall = town.app.clock.now().minus(HOUR);
        town.app.clock.put_to(wall);
        begin_clock(&town.app.foundation).await.unwrap();
        assert_eq!(town.app.clock.now(), wall);
    }
}

#[test]
fn each_column_with_a_distance_has_its_scenario() {
    // Here, in `delivery::crashes` and in `identity::operators`.
    let tried = [
        "alerts.plan_due_at",
        "alerts.told_again_at",
        "alerts.postponed_until",
        "notifications.due_at",
        "notifications.deadline",
        "notifications.lease_until",
        "nodes.alive_until",
        "presence.until",
        "people.reminder_due_at",
        "sessions.stepped_up_until",
        "sign_in_codes.expires_at",
        "operators.locked_until",
        "operators.totp_last_step",
    ];
    let stands = |moment: &&moments::Moment| !matches!(moment.longest, moments::Longest::Stands(_));
    let all: Vec<&str> = moments::ALL
        .iter()
        .filter(stands)
        .map(|moment| moment.column)
        .collect();
    assert_eq!(all, tried);
}
