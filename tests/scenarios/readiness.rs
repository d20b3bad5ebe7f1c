//! Would an alert work tonight? What she is told before she needs it.

use ampara::identity::model::Role;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::fcm::Answer;
use crate::harness::people::{
    ContactPerson, HER_PHONE, Her, Operator911, PhoneOnly, Pressed, Town,
};

const DAY: u64 = 24 * 60 * 60;
const PIN: &str = "4821";

struct Night<'t> {
    she: Her<'t>,
    prima: ContactPerson<'t>,
    vecina: PhoneOnly<'t>,
}

impl<'t> Night<'t> {
    /// She has a PIN and two contacts: one with the app, one with a phone alone.
    async fn falls(town: &'t Town) -> Self {
        let she = Her::signs_in(town, HER_PHONE).await;
        she.sets_pin(PIN).await;
        let prima = she
            .trusts_with_app("Prima", "+526144100002", "token-prima")
            .await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        Self { she, prima, vecina }
    }

    async fn asks(&self) -> Value {
        self.she.client().get("/v1/me/readiness").await.expect(200)
    }

    /// Days later, by her PIN.
    async fn passes(&mut self, days: u64) {
        self.she.town.after(days * DAY).await;
        self.she.refreshes().await;
        self.she
            .client()
            .post("/v1/sessions/step-up", &json!({ "pin": PIN }))
            .await
            .expect(200);
    }

    async fn rehearses(&self) -> Pressed {
        self.she.presses_with(json!({ "drill": true })).await
    }

    /// The drill is over, and what it sent is of no interest any more.
    async fn ends(&self, drill: &Pressed) {
        self.she.closes(drill, PIN).await.expect(200);
        self.she.town.app.fcm.take_all();
        self.she.town.app.twilio.take_all();
    }
}

/// A contact's verdict, push, text, and what to do.
fn of(told: &Value, contact: &str) -> (String, String, String, Value) {
    let contacts = told["contacts"].as_array().unwrap();
    let one = contacts.iter().find(|c| c["contact"] == contact).unwrap();
    let state = |n: usize| one["channels"][n]["state"].as_str().unwrap().to_owned();
    (
        one["verdict"].as_str().unwrap().to_owned(),
        state(0),
        state(1),
        one["do"].clone(),
    )
}

fn is(verdict: &str, push: &str, text: &str, to_do: Value) -> (String, String, String, Value) {
    (verdict.to_owned(), push.to_owned(), text.to_owned(), to_do)
}

both_engines! {
    async fn with_two_contacts_within_reach_a_pin_and_a_shift_she_is_ready(database) {
        let town = Town::found(database).await;
        let night = Night::falls(&town).await;
        let told = night.asks().await;
        assert_eq!((&told["verdict"], &told["do"]), (&json!("weak"), &json!(["call_911_yourself"])));
        assert_eq!(told["own"]["nine11_on_shift"], false);
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _feed = marta.watches().await;
        let told = night.asks().await;
        assert_eq!((&told["verdict"], &told["do"]), (&json!("ready"), &json!([])), "{told}");
        assert_eq!(of(&told, &night.prima.contact), is("ready", "ready", "ready", json!([])));
        assert_eq!(of(&told, &night.vecina.contact), is("ready", "none", "ready", json!([])));
        let own = &told["own"];
        assert_eq!((&own["has_pin"], &own["policy"], &own["nine11_on_shift"]), (&json!(true), &json!("now"), &json!(true)));
        assert_eq!(own["help_lines"][0]["phone"], "911");
    }

    async fn alone_and_without_a_pin_she_is_told_what_to_do(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (asked, _) = she.invites("Otra", "+526144100005").await;
        let told = she.client().get("/v1/me/readiness").await.expect(200);
        assert_eq!(told["verdict"], "not_ready");
        assert_eq!(told["do"], json!(["add_contact", "set_pin", "call_911_yourself"]));
        let one = &told["contacts"][0];
        assert_eq!((&one["contact"], &one["state"]), (&json!(asked), &json!("invited")));
        assert_eq!((&one["verdict"], &one["do"]), (&json!("not_ready"), &json!(["invite_again"])));
    }

    async fn an_app_that_is_not_opened_and_a_number_that_is_not_used_grow_doubtful_until_a_drill(database) {
        let town = Town::found(database).await;
        let mut night = Night::falls(&town).await;
        night.passes(31).await;
        let told = night.asks().await;
        assert_eq!(of(&told, &night.prima.contact), is("ready", "unproven", "ready", json!(["ask_to_open_app"])));
        night.passes(60).await;
        let told = night.asks().await;
        assert_eq!(of(&told, &night.prima.contact), is("weak", "unproven", "unproven", json!(["ask_to_open_app", "rehearse"])));
        assert_eq!(of(&told, &night.vecina.contact), is("weak", "none", "unproven", json!(["rehearse"])));
        let drill = night.rehearses().await;
        let push = night.prima.expects_push().await;
        night.prima.refreshes().await;
        night.prima.receives(&push).await;
        let sms = night.vecina.expects_sms().await;
        assert!(town.app.twilio.reports(&sms, "delivered").await.is_success());
        night.ends(&drill).await;
        let told = night.asks().await;
        assert_eq!(of(&told, &night.prima.contact), is("ready", "ready", "unproven", json!([])));
        assert_eq!(of(&told, &night.vecina.contact), is("ready", "none", "ready", json!([])));
    }

    async fn an_answer_over_the_link_shows_that_the_number_is_good(database) {
        let town = Town::found(database).await;
        let mut night = Night::falls(&town).await;
        night.passes(91).await;
        let drill = night.rehearses().await;
        let link = night.vecina.expects_link().await;
        night.vecina.taps_see(&link).await;
        night.vecina.answers(&link, "cannot_help").await;
        night.ends(&drill).await;
        assert_eq!(of(&night.asks().await, &night.vecina.contact).0, "ready");
    }

    async fn a_number_that_said_stop_and_one_where_nothing_arrives_are_named(database) {
        let town = Town::found(database).await;
        let night = Night::falls(&town).await;
        let drill = night.rehearses().await;
        let sms = night.vecina.expects_sms().await;
        assert!(town.app.twilio.reports_failure(&sms, "undelivered", 30_005).await.is_success());
        night.ends(&drill).await;
        let failing = is("not_ready", "none", "failing", json!(["check_number", "choose_another"]));
        assert_eq!(of(&night.asks().await, &night.vecina.contact), failing);
        let inbound = town.app.twilio.inbound("/v1/callbacks/sms/inbound", &night.prima.phone, &sms.from, "STOP").await;
        assert!(inbound.is_success());
        let stopped = is("ready", "ready", "stopped", json!(["ask_to_allow_texts"]));
        assert_eq!(of(&night.asks().await, &night.prima.contact), stopped);
    }

    async fn an_app_that_was_removed_is_no_way_to_reach_her(database) {
        let town = Town::found(database).await;
        let night = Night::falls(&town).await;
        town.app.fcm.answers("token-prima", [Answer::Unregistered]);
        let drill = night.rehearses().await;
        night.ends(&drill).await;
        assert_eq!(of(&night.asks().await, &night.prima.contact), is("ready", "none", "ready", json!([])));
    }

    async fn it_takes_what_her_list_takes_and_names_nobody(database) {
        let town = Town::found(database).await;
        let night = Night::falls(&town).await;
        let text = night.asks().await.to_string();
        for personal in ["Prima", "Vecina", "410000", "token-prima", HER_PHONE] {
            assert!(!text.contains(personal), "{personal}: {text}");
        }
        town.after(601).await;
        night.she.client().get("/v1/me/readiness").await.expect_problem(403, "step-up-needed");
        let other = Her::signs_in(&town, HER_PHONE).await;
        other.client().get("/v1/me/readiness").await.expect_problem(403, "device-too-new");
        town.app.anyone().get("/v1/me/readiness").await.expect_problem(401, "unauthorized");
    }
}
