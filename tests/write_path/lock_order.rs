//! PostgreSQL's rows are locked in one order: people, alerts, records, notifications. Each verb of an
//! alert is made to wait for one of these and must then hold nothing that comes later.

use std::time::Duration;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ampara::db::change_marks::{bump_mark, mark};
use ampara::db::{DatabaseConfig, Db, WritePriority};
use ampara::identity::model::Role;
use futures_util::future::{Either, join, select};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::gate::Gate;
use crate::harness::client::sent;
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::fcm::{Answer, Push};
use crate::harness::holder::Holder;
use crate::harness::people::{
    ContactPerson, HER_PHONE, Her, Operator911, PhoneOnly, Pressed, SENDER, Town, path_of,
};
use crate::harness::twilio::Sms;

/// Where her cousin's phone takes pushes.
const TOKEN: &str = "token-prima";

/// What may be locked, in its order.
const ORDER: [&str; 4] = ["people", "alerts", "records", "notifications"];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verb {
    Press,
    PressAgain,
    DrillBecomesReal,
    Cancel,
    Close,
    Escalate,
    Answer,
    AnswerByLink,
    Look,
    Receipt,
    CarriersReceipt,
    Reply,
    Outcome,
    Tick,
    Remove,
    Claim,
    Note,
    CloseRecord,
    Expiry,
}

const VERBS: [Verb; 19] = [
    Verb::Press,
    Verb::PressAgain,
    Verb::DrillBecomesReal,
    Verb::Cancel,
    Verb::Close,
    Verb::Escalate,
    Verb::Answer,
    Verb::AnswerByLink,
    Verb::Look,
    Verb::Receipt,
    Verb::CarriersReceipt,
    Verb::Reply,
    Verb::Outcome,
    Verb::Tick,
    Verb::Remove,
    Verb::Claim,
    Verb::Note,
    Verb::CloseRecord,
    // A day later no operator is signed in at 911.
    Verb::Expiry,
];

impl Verb {
    /// The rows of which at least one verb must have been made to wait: what it is known to take.
    fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Press | Self::Remove => &["people"],
            Self::CloseRecord | Self::Claim | Self::Note | Self::PressAgain => {
                &["people", "alerts", "records"]
            }
            _ => &["people", "alerts"],
        }
    }
}

#[test]
fn who_waits_for_a_row_holds_none_that_comes_later() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Postgres);
        let name = database.name.clone().unwrap();
        let town = Town::found(database).await;
        let mut cast = Cast::gathers(&town).await;
        for verb in VERBS {
            for held in &ORDER[..3] {
                let scene = cast.sets(verb).await;
                let lock = format!("select 1 from {held} for no key update");
                let mut holder = Holder::of(&name, &lock);
                let first = select(Box::pin(cast.does(verb, &scene)), Box::pin(holder.is_met()));
                let waiting = match first.await {
                    Either::Left(_) => None,
                    Either::Right((_, does)) => Some(does),
                };
                let waited = waiting.is_some();
                if waited {
                    later_ones_are_free(&mut holder, verb, held);
                }
                holder.lets_go();
                if let Some(does) = waiting {
                    does.await;
                }
                assert!(
                    waited || !verb.takes().contains(held),
                    "{verb:?} does not take {held}"
                );
                cast.clears().await;
            }
        }
        assert_eq!(town.app.foundation.db.write_stats().failures, 0);
    });
}

fn later_ones_are_free(holder: &mut Holder, verb: Verb, held: &str) {
    let at = ORDER.iter().position(|table| *table == held).unwrap();
    for later in &ORDER[at + 1..] {
        assert_eq!(
            holder.locked_rows_of(later),
            0,
            "{verb:?} waits for {held} and holds {later}"
        );
    }
}

/// An open alert, as the verb needs it.
struct Scene {
    pressed: Pressed,
    push: Option<Push>,
    sms: Sms,
    link: String,
    record: Value,
}

struct Cast<'t> {
    town: &'t Town,
    she: Her<'t>,
    prima: ContactPerson<'t>,
    vecina: PhoneOnly<'t>,
    /// Contacts to be taken off her list.
    others: Vec<String>,
    desk: Operator911<'t>,
}

impl<'t> Cast<'t> {
    async fn gathers(town: &'t Town) -> Self {
        let she = Her::signs_in(town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", TOKEN).await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let mut others = Vec::new();
        for n in 0..3 {
            let phone = format!("+52614410001{n}");
            others.push(she.trusts_by_phone("Otra", &phone).await.contact);
        }
        let desk = Operator911::sits_down(town, "marta", Role::Operator).await;
        Self {
            town,
            she,
            prima,
            vecina,
            others,
            desk,
        }
    }

    /// An alert of hers is open and its first messages are out; before a press it is over again.
    async fn sets(&mut self, verb: Verb) -> Scene {
        self.prima.refreshes().await;
        self.she.refreshes().await;
        let (fcm, twilio) = (&self.town.app.fcm, &self.town.app.twilio);
        if verb == Verb::Outcome {
            fcm.answers(TOKEN, [Answer::Unavailable(None), Answer::Internal]);
        }
        let drill = json!({ "drill": verb == Verb::DrillBecomesReal });
        let pressed = self.she.presses_with(drill).await;
        let push = fcm.claim(TOKEN);
        let sms = twilio.expects_sms(&self.vecina.phone).await;
        let link = self.town.app.path_of(sms.link().unwrap()).to_owned();
        let mut record = Value::Null;
        if matches!(verb, Verb::Claim | Verb::Note | Verb::CloseRecord) {
            // Those of alerts that are over stay for a call-back.
            let queue = self.desk.sees_queue().await.into_iter();
            record = queue.max_by_key(|r| r["id"].to_string()).unwrap();
        }
        if matches!(verb, Verb::Note | Verb::CloseRecord) {
            self.desk.claims(&record).await.expect(200);
            // Earlier a close would wait for a second person.
            self.town.app.clock.advance(Duration::from_secs(61));
        }
        if verb == Verb::Press {
            self.she.cancels(&pressed, "").await.expect(200);
        }
        Scene {
            pressed,
            push,
            sms,
            link,
            record,
        }
    }

    async fn does(&self, verb: Verb, scene: &Scene) {
        match verb {
            Verb::Claim => self.works(scene, "/claim", json!({})).await,
            Verb::Note => {
                let note = json!({ "note": "llamada" });
                self.works(scene, "/note", note).await;
            }
            Verb::CloseRecord => {
                let how = json!({ "disposition": "attended" });
                self.works(scene, "/close", how).await;
            }
            Verb::Reply | Verb::Outcome | Verb::Tick | Verb::Expiry => self.waits(verb).await,
            Verb::Answer | Verb::AnswerByLink | Verb::Look | Verb::Receipt => {
                self.contact_does(verb, scene).await;
            }
            Verb::CarriersReceipt => {
                let taken = self.town.app.twilio.reports(&scene.sms, "delivered").await;
                assert_eq!(taken, 204);
            }
            _ => self.she_does(verb, scene).await,
        }
    }

    async fn she_does(&self, verb: Verb, scene: &Scene) {
        let alarm = self.she.alarm();
        let fresh = Uuid::new_v4().to_string();
        let below = match verb {
            Verb::Press => {
                self.she.presses_as(&fresh, &json!({})).await.expect(201);
                return;
            }
            Verb::PressAgain | Verb::DrillBecomesReal => {
                self.she.presses_as(&fresh, &json!({})).await.expect(200);
                return;
            }
            Verb::Remove => {
                let active = self.she.lists().await;
                let still = |id: &&String| active.iter().any(|c| c["id"] == **id);
                let one = self.others.iter().find(still).unwrap();
                let contact = format!("/v1/contacts/{one}");
                self.she.client().delete(&contact).await.expect(204);
                return;
            }
            Verb::Cancel => "/cancel",
            Verb::Close => "/close",
            _ => "/escalate",
        };
        let path = scene.pressed.path(below);
        alarm.post(&path, &json!({})).await.expect(200);
    }

    async fn contact_does(&self, verb: Verb, scene: &Scene) {
        let anyone = self.town.app.anyone();
        let page = match verb {
            Verb::Answer => {
                let id = scene.pressed.id();
                self.prima
                    .tries_to_answer(id, "on_my_way")
                    .await
                    .expect(204);
                return;
            }
            Verb::Receipt => {
                let push = scene.push.as_ref().unwrap();
                self.prima.looks_at(push).await;
                return;
            }
            Verb::AnswerByLink => {
                let fields = [("answer", "on_my_way"), ("drill", "false")];
                anyone
                    .form(&format!("{}/answer", scene.link), &fields)
                    .await
            }
            _ => anyone.form(&scene.link, &[]).await,
        };
        assert_eq!(page.status.as_u16(), 200, "{}", page.text);
    }

    /// What happens by itself: a reply is read, a message fails, a plan is asked, an alert runs out.
    async fn waits(&self, verb: Verb) {
        let app = &self.town.app;
        let seconds = match verb {
            Verb::Reply => {
                let (path, from) = ("/v1/callbacks/sms/inbound", &self.vecina.phone);
                assert_eq!(app.twilio.inbound(path, from, SENDER, "voy").await, 200);
                0
            }
            Verb::Outcome => 6,
            Verb::Expiry => 25 * 60 * 60,
            _ => 31,
        };
        app.clock.advance(Duration::from_secs(seconds));
        if verb == Verb::Outcome {
            app.sends_once().await;
        } else {
            app.works_once().await;
        }
    }

    async fn works(&self, scene: &Scene, verb: &str, body: Value) {
        let request = self
            .desk
            .request(Method::POST, &path_of(&scene.record, verb));
        let done = sent(request.json(&body)).await;
        assert!(done.status.is_success(), "{}", done.text);
    }

    /// Her alert is over, and what was sent is forgotten.
    async fn clears(&self) {
        self.town.app.settle().await;
        let open = self
            .town
            .count("select count(*) as n from alerts where state = 'open'");
        if open.await > 0 {
            let (id, body) = (Uuid::new_v4().to_string(), json!({}));
            self.she.presses_as(&id, &body).await.expect(200);
            let path = format!("/v1/alerts/{id}/cancel");
            self.she.alarm().post(&path, &body).await.expect(200);
            self.town.app.settle().await;
        }
        self.town.app.fcm.take_all();
        self.town.app.twilio.take_all();
    }
}

#[test]
fn a_closure_of_a_group_that_waits_for_a_row_holds_up_none_of_the_others() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Postgres);
        let name = database.name.clone().unwrap();
        let config = DatabaseConfig {
            writers: 1,
            group_ms: 60_000,
            ..database.config.clone()
        };
        let db = Db::open(&config).unwrap();
        let bump = |topic: &'static str| {
            db.write_idempotent(WritePriority::Alert, move |c| bump_mark(c, topic))
        };
        bump("held").await.unwrap();
        let mut holder = Holder::of(
            &name,
            "update change_marks set version = version where topic = 'held'",
        );
        let gate = Gate::shut();
        let ran = Arc::new(AtomicUsize::new(0));
        let group = async {
            gate.entered().await;
            let runs = Arc::clone(&ran);
            let waits = db.write_idempotent(WritePriority::Alert, move |c| {
                runs.fetch_add(1, Ordering::Relaxed);
                bump_mark(c, "held")
            });
            let before = bump("before");
            futures_util::pin_mut!(before, waits);
            assert!(futures_util::poll!(before.as_mut()).is_pending());
            assert!(futures_util::poll!(waits.as_mut()).is_pending());
            gate.open().await;
            assert_eq!(before.await, Ok(()), "while the row is held");
            assert!(futures_util::poll!(waits.as_mut()).is_pending());
            holder.is_met().await;
            holder.lets_go();
            assert_eq!(waits.await, Ok(()));
            let ran = ran.load(Ordering::Relaxed);
            assert_eq!(ran, 2, "it waits beside the others once, and then alone");
        };
        let held = db.write(WritePriority::Alert, gate.holds());
        join(held, group).await.0.unwrap();
        assert_eq!(db.read(|c| mark(c, "held")).await, Ok(2));
    });
}
