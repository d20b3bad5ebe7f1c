//! Who is told, who is not, and when 911 is.

use futures_util::future::join;
use serde_json::json;

use ampara::identity::model::Role;

use crate::both_engines;
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::holder::Holder;
use crate::harness::people::{
    Account, ContactPerson, HER_PHONE, Her, Operator911, PhoneOnly, SENDER, Town,
};
use crate::harness::postgres::Cluster;

both_engines! {
    async fn a_contact_removed_in_mid_alert_gets_nothing_more_and_sees_nothing(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        let link = vecina.expects_link().await;
        she.removes(&prima.contact).await;
        she.removes(&vecina.contact).await;
        assert!(prima.watching().await.is_empty());
        prima.tries_to_answer(pressed.id(), "on_my_way").await.expect_problem(404, "not-found");
        let page = vecina.taps_see(&link).await;
        assert_eq!(page.status.as_u16(), 404);
        assert!(!page.text.contains("28.63"), "{}", page.text);
        town.after(600).await;
        she.walks(&pressed, &[(2, 28.64, -106.08)]).await;
        she.closes(&pressed, "").await.expect(200);
        town.after(60).await;
        // Dropping the town fails the test if anything went to either.
    }

    async fn who_took_over_a_contacts_number_neither_sees_whom_it_watches_over_nor_leaves_her(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let leave = format!("/v1/named-by/{}", prima.contact);
        town.after(31).await;
        let taken_over = Account::signs_in(&town, &prima.phone).await;
        taken_over.client().get("/v1/named-by").await.expect_problem(403, "device-too-new");
        taken_over.client().delete(&leave).await.expect_problem(403, "device-too-new");
        town.after(601).await;
        prima.client().get("/v1/named-by").await.expect_problem(403, "step-up-needed");
        prima.client().delete(&leave).await.expect_problem(403, "step-up-needed");
        prima.sets_pin("4821").await;
        prima.client().post("/v1/sessions/step-up", &json!({ "pin": "4821" })).await.expect(200);
        assert_eq!(prima.client().get("/v1/named-by").await.expect(200)["items"][0]["id"], prima.contact);
        prima.client().delete(&leave).await.expect(204);
        she.presses().await;
        prima.expects_nothing();
    }

    async fn what_was_still_owed_to_a_removed_contact_is_called_back(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        town.app.fcm.answers("token-prima", [crate::harness::fcm::Answer::Unavailable(Some(3))]);
        she.presses().await;
        prima.expects_push().await;
        she.removes(&prima.contact).await;
        town.after(120).await;
        prima.expects_nothing();
        assert_eq!(town.count("select count(*) as n from notifications where state = 'queued'").await, 0);
    }

    async fn news_of_an_end_that_a_removed_contact_is_still_owed_is_called_back_too(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let pressed = she.presses().await;
        prima.expects_push().await;
        town.app.fcm.answers("token-prima", [crate::harness::fcm::Answer::Unavailable(Some(3))]);
        she.closes(&pressed, "").await.expect(200);
        prima.expects_push().await;
        she.removes(&prima.contact).await;
        town.after(120).await;
        prima.expects_nothing();
    }

    async fn a_contact_whom_she_removed_and_chose_again_in_mid_alert_gets_the_alarm_again(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        she.removes(&prima.contact).await;
        let (again, link) = she.invites("Prima", "+526144100002").await;
        prima.accepts(&link).await;
        town.after(30).await;
        assert_eq!(prima.gets_alarm().await.data["kind"], "alarm");
        assert_eq!(she.sees_reach(&pressed, &again).await, "delivered");
    }

    async fn a_contact_with_a_phone_alone_leaves_by_the_link_that_made_it_one(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Ana Prueba").await;
        let (contact, link) = she.invites("Vecina", "+526144100004").await;
        let vecina = PhoneOnly::new(&town, contact, "+526144100004");
        vecina.accepts_on_the_page(&link, "Tu vecina").await;
        she.presses().await;
        let watch = vecina.expects_link().await;
        for _ in 0..2 {
            let page = vecina.opens(&link).await;
            assert_eq!(page.status.as_u16(), 200, "{}", page.text);
            assert!(page.text.contains(&format!("action=\"{link}/leave\"")), "{}", page.text);
            assert!(!page.text.contains("Ana") && !page.text.contains("Tu vecina"), "{}", page.text);
        }
        assert_eq!(she.lists().await[0]["state"], "active", "looking changes nothing");
        let left = vecina.leaves(&link).await;
        assert_eq!(left.status.as_u16(), 200, "{}", left.text);
        assert!(left.text.contains("Ya no eres su contacto"), "{}", left.text);
        assert!(she.lists().await.is_empty());
        assert_eq!(vecina.taps_see(&watch).await.status.as_u16(), 404);
        assert_eq!(vecina.opens(&link).await.text, vecina.opens(&format!("/i/{}", "A".repeat(43))).await.text);
        town.after(600).await;
        // Dropping the town fails the test if anything went there.
    }

    async fn a_link_does_not_tell_a_contact_that_she_removed_it(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let mut pages = Vec::new();
        for (phone, is_removed) in [("+526144100004", false), ("+526144100005", true)] {
            let (contact, link) = she.invites("Vecina", phone).await;
            let vecina = PhoneOnly::new(&town, contact, phone);
            vecina.accepts_on_the_page(&link, "").await;
            if is_removed {
                she.removes(&vecina.contact).await;
            }
            let seen = [vecina.opens(&link).await, vecina.leaves(&link).await, vecina.opens(&link).await, vecina.leaves(&link).await];
            pages.push(seen.map(|page| (page.status.as_u16(), page.text.replace(&link, "/i/…"))));
        }
        assert_eq!(pages[0], pages[1]);
        assert_eq!(pages[0].each_ref().map(|(status, _)| *status), [200, 200, 404, 404]);
        let (_, link) = she.invites("Prima", "+526144100002").await;
        let early = town.app.anyone().form(&format!("{link}/leave"), &[]).await;
        assert_eq!(early.status.as_u16(), 410, "nobody leaves before a yes: {}", early.text);
        assert_eq!(she.lists().await.len(), 1);
    }

    async fn she_sees_which_of_her_contacts_no_sms_reaches(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let _prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let stopped = async || she.lists().await.iter().map(|c| c["sms_stopped"] == true).collect::<Vec<_>>();
        let says = async |word| town.app.twilio.inbound("/v1/callbacks/sms/inbound", &vecina.phone, SENDER, word).await;
        assert_eq!(stopped().await, [false, false]);
        assert!(says("ALTO").await.is_success());
        assert_eq!(stopped().await, [false, true]);
        assert!(says("ALTA").await.is_success());
        assert_eq!(stopped().await, [false, false]);
    }

    async fn who_accepts_in_mid_alert_joins_within_a_minute(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (contact, link) = she.invites("Vecina", "+526144100004").await;
        let vecina = PhoneOnly::new(&town, contact, "+526144100004");
        let pressed = she.presses().await;
        town.after(10).await;
        vecina.accepts_on_the_page(&link, "").await;
        town.after(60).await;
        let sms = vecina.expects_sms().await;
        assert!(sms.body.starts_with("Tienes un aviso urgente"), "no alias, no name: {}", sms.body);
        let page = vecina.taps_see(town.app.path_of(sms.link().unwrap())).await;
        assert!(page.text.contains("28.63534"), "{}", page.text);
        she.closes(&pressed, "").await.expect(200);
        town.app.twilio.take_all();
    }

    async fn who_accepts_in_mid_alert_with_the_app_sees_it_and_may_answer(database) {
        let town = Town::found(database).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (contact, link) = she.invites("Prima", "+526144100002").await;
        let account = Account::signs_in(&town, "+526144100002").await;
        account.takes_pushes_at("token-prima").await;
        let prima = ContactPerson::new(account, contact, "token-prima");
        let pressed = she.presses().await;
        town.after(10).await;
        prima.accepts(&link).await;
        town.after(60).await;
        prima.gets_alarm().await;
        let seen = prima.watching().await;
        assert_eq!(seen.len(), 1, "the push leads to it");
        prima.answers(pressed.id(), "on_my_way").await;
        assert_eq!(prima.watching().await[0]["answer"], "on_my_way");
        let seen = she.sees(&pressed).await;
        assert_eq!((&seen["reached"], &seen["total"]), (&json!(1), &json!(1)));
        assert_eq!(seen["contacts"][0]["answer"], "on_my_way", "she, too, knows who comes");
        let record = marta.claims(&marta.sees_one().await).await.expect(200);
        assert_eq!(record["contacts"][0]["name"], "Prima");
        she.closes(&pressed, "").await.expect(200);
        assert!(prima.watching().await.is_empty());
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn with_nobody_to_tell_she_is_told_who_else_helps(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.chooses(json!({ "policy": "network_only", "if_nobody_reached": "hold" })).await;
        let pressed = she.presses().await;
        assert_eq!((&pressed.told["total"], &pressed.told["nine11"], &pressed.told["call_911"]), (&json!(0), &json!("not_told"), &json!(true)));
        let lines = pressed.told["help_lines"].as_array().unwrap();
        assert_eq!(lines[0]["phone"], "911");
        assert!(lines.iter().any(|l| l["phone"].as_str().unwrap().contains("6144900789")), "{lines:?}");
    }

    async fn with_nobody_to_tell_911_is_told_at_once(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        for policy in ["now", "if_unanswered", "network_only"] {
            she.chooses(json!({ "policy": policy })).await;
            let pressed = she.presses().await;
            assert_eq!(pressed.told["nine11"], "told", "{policy}");
            she.cancels(&pressed, "").await.expect(200);
        }
    }

    async fn network_only_stays_withheld_from_everybody(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.chooses(json!({ "policy": "network_only" })).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let mut feed = boss.watches().await;
        assert_eq!(feed.next().await.data, json!({ "records": [] }));
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        prima.answers(pressed.id(), "on_my_way").await;
        assert_eq!(pressed.told["nine11"], "not_told");
        town.after(180).await;
        assert!(boss.sees_queue().await.is_empty());
        assert_eq!(boss.gets("/v1/escalations?over=true").await.expect(200)["items"], json!([]));
        let event = feed.next_within(std::time::Duration::from_millis(2_500)).await;
        assert!(event.is_none(), "not on the feed: {event:?}");
        let id = record_of(&town).await;
        boss.gets(&format!("/v1/escalations/{id}")).await.expect_problem(404, "not-found");
        boss.posts(&format!("/v1/escalations/{id}/open"), &json!({ "reason": "Curiosa" })).await.expect_problem(404, "not-found");
        assert_eq!(she.sees(&pressed).await["nine11"], "not_told");
        assert_eq!(she.sees(&pressed).await["call_911"], false);

        she.escalates(&pressed).await;
        assert_eq!(she.sees(&pressed).await["nine11"], "told");
        assert_eq!(boss.sees_one().await["state"], "queued");
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn network_only_is_freed_when_nobody_could_be_reached(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.chooses(json!({ "policy": "network_only" })).await;
        let _vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let pressed = she.presses().await;
        town.after(119).await;
        assert_eq!(she.sees(&pressed).await["nine11"], "not_told");
        town.after(1).await;
        assert_eq!(she.sees(&pressed).await["nine11"], "told");
        town.app.twilio.take_all();
    }

    async fn an_answer_puts_911_off_once_and_for_ten_minutes_at_most(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.chooses(json!({ "policy": "if_unanswered" })).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        assert_eq!(pressed.told["nine11"], "waiting");
        prima.answers(pressed.id(), "on_my_way").await;
        town.after(590).await;
        assert_eq!(she.sees(&pressed).await["nine11"], "waiting");
        prima.answers(pressed.id(), "with_her").await;
        town.after(71).await;
        assert_eq!(she.sees(&pressed).await["nine11"], "told");
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn unanswered_for_a_minute_911_is_told(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.chooses(json!({ "policy": "if_unanswered" })).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        prima.answers(pressed.id(), "cannot_help").await;
        town.after(59).await;
        assert_eq!(she.sees(&pressed).await["nine11"], "waiting", "cannot_help counts as no answer");
        town.after(1).await;
        assert_eq!(she.sees(&pressed).await["nine11"], "told");
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }
}

#[derive(diesel::QueryableByName)]
struct RecordId {
    #[diesel(sql_type = diesel::sql_types::Binary)]
    id: Vec<u8>,
}

async fn record_of(town: &Town) -> uuid::Uuid {
    use ampara::db::{Conn, DbError};
    use ampara::on;
    use diesel::RunQueryDsl;
    let read = |conn: &mut Conn| -> Result<RecordId, DbError> {
        Ok(on!(conn, |c| diesel::sql_query("select id from records")
            .get_result(c))?)
    };
    uuid::Uuid::from_slice(&town.app.foundation.db.read(read).await.unwrap().id).unwrap()
}

/// What ends a message that waits for its next try.
#[derive(Clone, Copy)]
enum Ends {
    HerRemoval,
    HerCancel,
}

/// On PostgreSQL: while one transaction puts the message back from `sending` to `queued`, another
/// calls it back, and waits for the row. Looked for in either state by itself it would be in neither.
async fn put_back_just_then(ends: Ends, reason: &str) {
    let database = TestDatabase::fresh(TestEngine::Postgres);
    let name = database.name.clone().unwrap();
    let town = Town::found(database).await;
    let she = Her::signs_in(&town, HER_PHONE).await;
    let prima = she
        .trusts_with_app("Prima", "+526144100002", "token-prima")
        .await;
    let failing = [crate::harness::fcm::Answer::Unavailable(Some(3))];
    town.app.fcm.answers("token-prima", failing);
    let pressed = she.presses().await;
    town.app.fcm.take_all();
    let move_all = |from: &str, to: &str| {
        format!("update notifications set state = '{to}' where state = '{from}'")
    };
    Cluster::shared().run(&name, &move_all("queued", "sending"));
    let mut holder = Holder::of(&name, &move_all("sending", "queued"));
    let ending = async {
        match ends {
            Ends::HerRemoval => {
                let contact = format!("/v1/contacts/{}", prima.contact);
                she.client().delete(&contact).await.expect(204);
            }
            Ends::HerCancel => {
                let cancel = pressed.path("/cancel");
                she.alarm().post(&cancel, &json!({})).await.expect(200);
            }
        }
    };
    let put_back = async {
        holder.is_met().await;
        holder.lets_go();
    };
    join(ending, put_back).await;
    let of_the_press =
        "select count(*) as n from notifications where subject_kind = 'alert' and rung = 0";
    let called_back = format!("{of_the_press} and state = 'failed' and reason = '{reason}'");
    assert_eq!(town.count(of_the_press).await, 1);
    assert_eq!(town.count(&called_back).await, 1);
    town.after(10).await;
    let sent = town.app.fcm.take_all();
    assert!(
        sent.iter().all(|push| push.data["kind"] == "over"),
        "{sent:?}"
    );
}

#[test]
fn a_removed_contacts_message_that_is_put_back_just_then_is_called_back() {
    tell(put_back_just_then(Ends::HerRemoval, "contact_removed"));
}

#[test]
fn a_message_of_an_alert_that_ends_is_called_back_though_it_is_put_back_just_then() {
    tell(put_back_just_then(Ends::HerCancel, "alert_closed"));
}
