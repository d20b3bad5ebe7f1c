//! Everything at once: no press is refused, none is lost, and no two transactions wait for each
//! other.
//!
//! What: one woman presses again and again while her six contacts confirm and answer, her provider
//! fails every other time, an operator works her record, she cancels, escalates and takes a contact
//! off her list; ten others press and cancel, whose contacts are the same five people with phones
//! that are gone; five more pressed long ago, and their alerts run out meanwhile; the engine asks
//! its plans all along. Invariant: the numbers of requests are fixed, and what is counted at the end
//! depends on no moment. On failure: the refusals, or PostgreSQL's own words on the deadlock.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use ampara::identity::model::Role;
use futures_util::future::{join, join_all, join3, join4};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::both_engines;
use crate::harness::client::{Client, Reply, sent};
use crate::harness::databases::TestDatabase;
use crate::harness::fcm::answer::Answer;
use crate::harness::people::{ContactPerson, HER_PHONE, Her, Operator911, Town, path_of};
use crate::harness::postgres::Cluster;
use crate::harness::seed::{self, She};
use crate::harness::settings::APP;
use crate::harness::tier;

/// Women besides her who press.
const OTHERS: usize = 10;
/// Women whose alerts run out.
const SILENT: usize = 5;
/// Her contacts.
const CONTACTS: usize = 6;
/// After so long without a press an alert runs out. Seconds.
const RUNS_OUT: u64 = 1_200;

both_engines! {
    async fn no_press_is_refused_or_lost_when_everything_happens_at_once(database) {
        let name = database.name.clone();
        let town = found(database).await;
        let storm = Storm::over(&town).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let contacts = chooses(&she).await;
        let last = contacts.last().unwrap().contact.clone();
        let desk = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let rounds = tier::count(40, 400);

        let hers = join4(
            join_all((0..2).map(|_| storm.she_presses(&she, rounds))),
            storm.she_does_all_else(&she, rounds / 4, &last),
            join_all(contacts.iter().map(|contact| storm.listens(contact, rounds))),
            storm.works(&desk, rounds),
        );
        let others = join_all(storm.others.iter().map(|other| storm.presses_and_cancels(other, rounds / 4)));
        let people = async {
            join(hers, others).await;
            storm.is_over.set(true);
        };
        join(people, storm.engine()).await;
        town.app.settle().await;

        let refused = storm.refused.borrow().clone();
        let deadlocks = name.map(|name| Cluster::shared().deadlocks(&name)).unwrap_or_default();
        let reruns = town.app.foundation.db.write_stats().reruns;
        assert!(
            deadlocks.is_empty() && refused.is_empty(),
            "{} deadlocks and {} refusals among {} presses, {reruns} closures run again: {deadlocks:#?} {refused:#?}",
            deadlocks.len(), refused.len(), storm.pressed.get(),
        );
        storm.lost_nothing().await;
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }
}

async fn found(database: TestDatabase) -> Town {
    Town::found_with(
        database,
        ampara::municipality::chihuahua::CENTRES_GEOJSON,
        |settings| {
            settings.set("plan.expires_s", i64::try_from(RUNS_OUT).unwrap());
        },
    )
    .await
}

async fn chooses<'t>(she: &Her<'t>) -> Vec<ContactPerson<'t>> {
    let mut contacts = Vec::new();
    for n in 0..CONTACTS {
        let (phone, token) = (
            format!("+5261441001{n:02}"),
            format!("token-of-contact-{n}"),
        );
        let failing = [Answer::Unavailable(None), Answer::Ok, Answer::Internal].into_iter();
        she.town
            .app
            .fcm
            .answers(&token, failing.cycle().take(3_000));
        contacts.push(she.trusts_with_app("Amiga", &phone, &token).await);
    }
    contacts
}

struct Storm<'t> {
    town: &'t Town,
    others: Vec<She>,
    /// Presses that were answered by a 2xx, each under an id of its own.
    pressed: Cell<i64>,
    /// What was answered by anything that no client should see.
    refused: RefCell<Vec<String>>,
    /// Her alert as the last press showed it.
    alert: RefCell<Option<String>>,
    is_over: Cell<bool>,
}

impl<'t> Storm<'t> {
    /// The others and their contacts; some pressed twenty minutes ago.
    async fn over(town: &'t Town) -> Self {
        let foundation = &town.app.foundation;
        let among = seed::contacts(foundation, town.id, APP, seed::CHOSEN).await;
        let mut others = seed::people(foundation, town.id, 0, OTHERS + SILENT, &among).await;
        let storm = Self {
            town,
            others: others.split_off(SILENT),
            pressed: Cell::new(0),
            refused: RefCell::default(),
            alert: RefCell::default(),
            is_over: Cell::new(false),
        };
        for silent in &others {
            storm.presses(&storm.phone(silent), json!({})).await;
        }
        for n in 0..seed::CHOSEN {
            let gone = [Answer::Ok, Answer::Unavailable(None), Answer::Unregistered];
            town.app.fcm.answers(&seed::token(n), gone);
        }
        town.app.clock.advance(Duration::from_secs(RUNS_OUT - 100));
        storm
    }

    fn phone(&self, she: &She) -> Client {
        self.town.app.anyone().with_bearer(&she.alert_token)
    }

    fn note(&self, what: &str, reply: &Reply, fine: &[u16]) -> bool {
        let (status, code) = (reply.status.as_u16(), reply.code());
        let is_fine = fine.contains(&status);
        if !is_fine {
            self.refused
                .borrow_mut()
                .push(format!("{what}: {status} {code}"));
        }
        is_fine
    }

    async fn presses(&self, phone: &Client, body: Value) -> Option<Value> {
        let path = format!("/v1/alerts/{}", Uuid::new_v4());
        let reply = phone.put(&path, &body).await;
        if !self.note("a press", &reply, &[200, 201]) {
            return None;
        }
        self.pressed.set(self.pressed.get() + 1);
        Some(reply.json())
    }

    async fn she_presses(&self, she: &Her<'_>, times: usize) {
        for n in 0..times {
            let body = json!({ "location": { "lat": 28.63, "lon": -106.07, "seq": n } });
            if let Some(told) = self.presses(&she.alarm(), body).await {
                *self.alert.borrow_mut() = Some(told["id"].as_str().unwrap().to_owned());
            }
        }
    }

    async fn she_does_all_else(&self, she: &Her<'_>, times: usize, last: &str) {
        for n in 0..times {
            let Some(told) = self.presses(&she.alarm(), json!({})).await else {
                continue;
            };
            let path = format!("/v1/alerts/{}", told["client_id"].as_str().unwrap());
            let (alarm, app) = (she.alarm(), she.client());
            let escalated = alarm.post(&format!("{path}/escalate"), &json!({})).await;
            self.note("an escalation", &escalated, &[200]);
            let name = json!({ "name": format!("Ana {n}") });
            self.note(
                "a change of her name",
                &app.patch("/v1/me", &name).await,
                &[200],
            );
            if n == times / 2 {
                let removed = app.delete(&format!("/v1/contacts/{last}")).await;
                self.note("a removal", &removed, &[204]);
            }
            let verb = if n % 2 == 0 { "cancel" } else { "close" };
            let ended = alarm.post(&format!("{path}/{verb}"), &json!({})).await;
            self.note("the end of an alert", &ended, &[200]);
        }
    }

    async fn presses_and_cancels(&self, other: &She, times: usize) {
        let phone = self.phone(other);
        for _ in 0..times {
            let Some(told) = self.presses(&phone, json!({})).await else {
                continue;
            };
            self.presses(&phone, json!({})).await;
            let path = format!("/v1/alerts/{}/cancel", told["client_id"].as_str().unwrap());
            self.note("a cancel", &phone.post(&path, &json!({})).await, &[200]);
        }
    }

    /// Confirms each push that has come, looks, and answers.
    async fn listens(&self, contact: &ContactPerson<'_>, times: usize) {
        for n in 0..times {
            if let Some(push) = self.town.app.fcm.claim(&contact.token) {
                let looked = contact
                    .confirms(&push, &json!({ "seen": n % 2 == 0 }))
                    .await;
                self.note("a receipt", &looked, &[204]);
            }
            let alert = self.alert.borrow().clone();
            if let Some(alert) = alert {
                let answer = ["on_my_way", "cannot_help"][n % 2];
                let answered = contact.tries_to_answer(&alert, answer).await;
                self.note("an answer", &answered, &[204, 404]);
            }
        }
    }

    /// Claims what waits, writes a note, sends a unit, closes.
    async fn works(&self, desk: &Operator911<'_>, times: usize) {
        let get = |path: &str| sent(desk.request(Method::GET, path));
        let post = |path: String, body: Value| sent(desk.request(Method::POST, &path).json(&body));
        for n in 0..times {
            let queue = get("/v1/escalations").await;
            if !self.note("the queue", &queue, &[200]) {
                continue;
            }
            let queue = queue.json();
            let items = queue["items"].as_array().unwrap();
            let Some(record) = items.get(n % items.len().max(1)) else {
                continue;
            };
            let fine = [200, 403, 404, 409];
            let claimed = post(path_of(record, "/claim"), json!({})).await;
            self.note("a claim", &claimed, &fine);
            let (read, noted, sent_out) = join3(
                get(&path_of(record, "")),
                post(path_of(record, "/note"), json!({ "note": "llamada" })),
                post(path_of(record, "/dispatch"), json!({ "note": "unidad 12" })),
            )
            .await;
            self.note("a look", &read, &fine);
            self.note("a note", &noted, &fine);
            self.note("a unit", &sent_out, &fine);
            let closed = post(
                path_of(record, "/close"),
                json!({ "disposition": "attended" }),
            );
            self.note("a close", &closed.await, &[200, 202, 403, 404, 409, 422]);
        }
    }

    /// Plans, retries and expiries, until all others have done.
    async fn engine(&self) {
        let (steps, each) = (150, Duration::from_secs(5));
        for n in 0.. {
            if n < steps {
                self.town.app.clock.advance(each);
            }
            self.town.app.works_once().await;
            if self.is_over.get() {
                return;
            }
        }
    }

    /// Each acknowledged press names an alert; each alert has its record, its story, and a message
    /// for each of at least five contacts.
    async fn lost_nothing(&self) {
        let count = async |query: &str| self.town.count(query).await;
        let alerts = count("select count(*) as n from alerts").await;
        let names = count("select count(*) as n from alert_names").await;
        assert_eq!(
            alerts + names,
            self.pressed.get(),
            "an acknowledged press is gone"
        );
        for (missing, query) in [
            (
                "a record",
                "select count(*) as n from alerts a where not exists (select 1 from records r where r.alert = a.id)",
            ),
            (
                "its story",
                "select count(*) as n from alerts a where not exists \
                 (select 1 from timeline t where t.subject = a.id and t.kind = 'raised')",
            ),
            (
                "a message to each contact",
                "select count(*) as n from alerts a where (select count(distinct n.recipient) from notifications n \
                 where n.subject = a.id) < 5",
            ),
        ] {
            assert_eq!(count(query).await, 0, "an alert lacks {missing}");
        }
        let presses =
            count("select cast(coalesce(sum(presses), 0) as bigint) as n from alerts").await;
        assert_eq!(presses, self.pressed.get(), "a press was not counted");
        let expired = count("select count(*) as n from alerts where close_kind = 'expired'").await;
        assert!(
            expired >= i64::try_from(SILENT).unwrap(),
            "{expired} ran out"
        );
    }
}
