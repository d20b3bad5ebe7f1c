//! A night with an open alert: who sees what of it, and every verb of it.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use ampara::identity::model::Role;
use ampara::municipality::chihuahua;
use futures_util::FutureExt as _;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::client::{self, Reply};
use crate::harness::description::Description;
use crate::harness::fcm::Push;
use crate::harness::people::{Account, ContactPerson, Feed, Her, Operator911, Pressed, Town};
use crate::scenarios::broken_rows::behind_its_back;

const HERS: &str = "person = (select person from alerts where id = {id})";

/// Those who work at 911.
pub struct Desk<'t> {
    marta: Operator911<'t>,
    lupe: Operator911<'t>,
    boss: Operator911<'t>,
    admin: Operator911<'t>,
    ima: Operator911<'t>,
}

impl<'t> Desk<'t> {
    pub async fn of(town: &'t Town) -> Self {
        let phone = Some("+526144100090");
        Self {
            marta: Operator911::sits_down(town, "marta", Role::Operator).await,
            lupe: Operator911::sits_down(town, "lupe", Role::Operator).await,
            boss: Operator911::sits_down_at(town, town.centres[0], "boss", Role::Supervisor, phone)
                .await,
            admin: Operator911::sits_down(town, "admin", Role::Administrator).await,
            ima: Operator911::sits_down(town, "ima", Role::Auditor).await,
        }
    }

    fn all(&self) -> [(&'static str, &Operator911<'t>); 5] {
        [
            ("operator", &self.marta),
            ("another operator", &self.lupe),
            ("supervisor", &self.boss),
            ("administrator", &self.admin),
            ("auditor", &self.ima),
        ]
    }

    /// The record that came up last.
    async fn newest(&self, known: &[String]) -> Value {
        let queue = self.marta.sees_queue().await;
        let is_new = |record: &&Value| !known.iter().any(|id| record["id"] == id.as_str());
        queue.iter().find(is_new).expect("a new record").clone()
    }
}

/// A night with an open alert of hers that a contact knows of and an operator works.
pub struct Night<'t> {
    town: &'t Town,
    she: Her<'t>,
    prima: ContactPerson<'t>,
    pub pressed: Pressed,
    push: Push,
    record: Value,
    /// An invitation that was not answered.
    code: String,
}

/// Another woman, whose alert is open too: her objects' ids, which stand whole in every list.
pub struct Neighbour {
    pub ids: Vec<String>,
}

impl Neighbour {
    pub async fn of(town: &Town, desk: &Desk<'_>, prima: &Account<'_>) -> Self {
        let other = Her::signs_in(town, "+526144100200").await;
        let contact = names(&other, prima).await;
        let pressed = other.presses().await;
        let record = desk.newest(&[]).await;
        let ids = [
            pressed.id(),
            contact.contact.as_str(),
            record["id"].as_str().unwrap(),
        ];
        Self {
            ids: ids.map(str::to_owned).to_vec(),
        }
    }
}

/// This account becomes a contact of hers.
async fn names<'t>(she: &Her<'t>, account: &Account<'t>) -> ContactPerson<'t> {
    let (contact, link) = she.invites("Prima", &account.phone).await;
    let (device, session) = (account.device.clone(), account.session.clone());
    let same = Account {
        town: account.town,
        phone: account.phone.clone(),
        device,
        session,
        access: account.access.clone(),
        refresh: account.refresh.clone(),
        alert_token: account.alert_token.clone(),
    };
    let person = ContactPerson::new(same, contact, "token-prima");
    person.accepts(&link).await;
    person
}

impl<'t> Night<'t> {
    pub async fn falls(town: &'t Town, desk: &Desk<'t>, prima: &Account<'t>, nth: usize) -> Self {
        let she = Her::signs_in(town, &format!("+5261441003{nth:02}")).await;
        she.is_called("Ana Prueba").await;
        // One number is invited by many here.
        behind_its_back(town, "delete from message_counts", "").await;
        she.sets_pin("4821").await;
        she.names_officer("NOBODY").await;
        let prima = names(&she, prima).await;
        let (_, link) = she.invites("Otra", &format!("+5261441004{nth:02}")).await;
        let known: Vec<String> = desk.marta.sees_queue().await.iter().map(id_of).collect();
        let at = town.app.clock.now();
        let place = json!({ "lat": 28.63, "lon": -106.07, "accuracy": 15.0, "seq": 1, "at": at });
        let pressed = she
            .presses_with(json!({ "location": place, "note": "Está en la puerta" }))
            .await;
        she.walks(&pressed, &[(2, 28.631, -106.071)]).await;
        let push = prima.gets_alarm().await;
        let record = desk.newest(&known).await;
        let path = |verb: &str| format!("/v1/escalations/{}{verb}", id_of(&record));
        let reason = json!({ "reason": "La conozco del caso anterior." });
        desk.lupe
            .posts(&path("/break-glass"), &reason)
            .await
            .expect(202);
        desk.boss.posts(&path("/open"), &reason).await.expect(200);
        desk.marta.claims(&record).await.expect(200);
        desk.marta.notes(&record, "Habla en voz baja").await;
        Self {
            town,
            she,
            prima,
            pressed,
            push,
            record,
            code: link.strip_prefix("/i/").unwrap().to_owned(),
        }
    }

    /// The path of an operation, filled with the ids of this night.
    fn filled(&self, path: &str) -> String {
        let centre = self.town.centres[0].to_string();
        let id = match path {
            _ if path.starts_with("/v1/escalations/") => id_of(&self.record),
            _ if path.starts_with("/v1/watching/") => self.pressed.id().to_owned(),
            _ => centre,
        };
        let code = match path.starts_with("/v1/municipalities/") {
            true => chihuahua::CODE,
            false => &self.code,
        };
        let path = path
            .replace("{client_id}", &self.pressed.client_id)
            .replace("{id}", &id)
            .replace("{code}", code);
        assert!(!path.contains('{'), "{path}");
        match path.as_str() {
            "/v1/help-lines" => format!("{path}?municipality={}", chihuahua::CODE),
            "/v1/audit" => format!("{path}?centre={}", self.town.centres[0]),
            _ if path.ends_with("/story") => format!("{path}?cursor={}", Uuid::max()),
            _ => path,
        }
    }

    /// Everybody who may ask for this operation, with the request.
    fn requests(&self, desk: &Desk<'t>, name: &str) -> Vec<(String, RequestBuilder)> {
        let pattern = name.strip_prefix("GET ").unwrap();
        let path = self.filled(pattern);
        let needs = Description::get().operation(name).unwrap()["security"].to_string();
        let get = Method::GET;
        let from = match () {
            () if needs.contains("operator") => desk
                .all()
                .into_iter()
                .map(|(who, operator)| (who, operator.request(get.clone(), &path)))
                .collect(),
            () if needs.contains("alert") => {
                vec![("she", self.she.alarm().request(get, &path))]
            }
            () if needs.contains("bearer") => vec![
                ("she", self.she.client().request(get.clone(), &path)),
                ("contact", self.prima.client().request(get, &path)),
            ],
            () => vec![("anyone", self.town.app.anyone().request(get, &path))],
        };
        from.into_iter()
            .map(|(who, request)| (format!("{pattern} for {who}"), request))
            .collect()
    }

    /// What each of them is shown, by operation and caller.
    pub async fn seen(&self, desk: &Desk<'t>) -> BTreeMap<String, (u16, Value)> {
        self.she
            .client()
            .post("/v1/sessions/step-up", &json!({ "pin": "4821" }))
            .await
            .expect(200);
        let mut seen = BTreeMap::new();
        let names = Description::get().operations().map(|(name, _)| name);
        for name in names.filter(|name| name.starts_with("GET ")) {
            for (who, request) in self.requests(desk, &name) {
                let asked = async {
                    match name.ends_with("/stream") {
                        true => begins(request, &name).await,
                        false => shown(&client::sent(request).await),
                    }
                };
                // What is not as the contract has it is one fault among others.
                let found = AssertUnwindSafe(asked).catch_unwind().await;
                let faulty =
                    |panic: Box<dyn Any + Send>| (0, json!(panic.downcast_ref::<String>()));
                seen.insert(who, found.unwrap_or_else(faulty));
            }
        }
        seen
    }

    pub async fn breaks(&self, part: &str) {
        let sql = part
            .replace("{hers}", HERS)
            .replace("{her}", "id = (select person from alerts where id = {id})");
        let rows = behind_its_back(self.town, &sql, self.pressed.id()).await;
        assert!(rows > 0, "nothing was taken away: {sql}");
    }

    /// Every verb of an open alert, by each who has it. Those that failed.
    #[expect(clippy::too_many_lines, reason = "one verb after the other")]
    pub async fn goes_on(&self, desk: &Desk<'t>) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut done = |verb: &str, reply: Reply| {
            if !reply.status.is_success() {
                wrong.push(format!("{verb}: {} {}", reply.status, reply.text));
            }
        };
        let (she, pressed) = (&self.she, &self.pressed);
        let place = |seq: i64| json!({ "lat": 28.64, "lon": -106.08, "accuracy": 9.0, "seq": seq });
        let alarm = she.alarm();
        let again = Uuid::new_v4().to_string();
        let retry = json!({ "location": place(1) });
        done(
            "the press again",
            she.presses_as(&pressed.client_id, &retry).await,
        );
        done(
            "another press",
            she.presses_as(&again, &json!({ "location": place(3) }))
                .await,
        );
        for seq in [1, 2, 4] {
            let batch = json!({ "fixes": [place(seq)] });
            done(
                "a place",
                alarm.post(&pressed.path("/locations"), &batch).await,
            );
        }
        done(
            "escalate",
            alarm.post(&pressed.path("/escalate"), &json!({})).await,
        );
        self.town.app.settle().await;
        done(
            "a receipt",
            self.prima
                .confirms(&self.push, &json!({ "seen": true }))
                .await,
        );
        done(
            "an answer",
            self.prima.tries_to_answer(pressed.id(), "on_my_way").await,
        );
        let path = |verb: &str| format!("/v1/escalations/{}{verb}", id_of(&self.record));
        let reason = json!({ "reason": "La conozco." });
        let none = Value::Null;
        done(
            "dispatch",
            desk.marta
                .posts(&path("/dispatch"), &json!({ "note": "U-204" }))
                .await,
        );
        done(
            "on scene",
            desk.marta.posts(&path("/on-scene"), &json!({})).await,
        );
        done(
            "a note",
            desk.marta
                .posts(&path("/note"), &json!({ "note": "Ya" }))
                .await,
        );
        done("release", desk.marta.posts(&path("/release"), &none).await);
        done("open", desk.boss.posts(&path("/open"), &reason).await);
        let asked = desk.lupe.posts(&path("/break-glass"), &reason).await;
        let request = asked.json()["request"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        done("break the glass", asked);
        let grant = path(&format!("/break-glass/{request}/grant"));
        done("grant", desk.boss.posts(&grant, &none).await);
        done("the record again", desk.lupe.gets(&path("")).await);
        done("claim", desk.marta.posts(&path("/claim"), &none).await);
        self.town.after(91).await;
        done(
            "take over",
            desk.lupe.posts(&path("/take-over"), &none).await,
        );
        let pin = json!({ "pin": "0000" });
        let refused = alarm.post(&pressed.path("/cancel"), &pin).await;
        assert_eq!(refused.code(), "pin-wrong", "{}", refused.text);
        let hand_on = json!({ "centre": self.town.centres[1], "reason": "Está en Aldama." });
        done(
            "transfer",
            desk.lupe.posts(&path("/transfer"), &hand_on).await,
        );
        done(
            "close",
            alarm
                .post(&pressed.path("/close"), &json!({ "pin": "4821" }))
                .await,
        );
        self.town.app.settle().await;
        done("her alert at its end", alarm.get(&pressed.path("")).await);
        done(
            "what her contact watched",
            self.prima.client().get("/v1/watching").await,
        );
        let health = self.town.app.anyone().get("/health/alerting").await;
        if health.json()["plans_failing"] != 0 {
            wrong.push(format!("plans fail: {}", health.text));
        }
        self.town.app.fcm.take_all();
        self.town.app.twilio.take_all();
        wrong
    }
}

/// The status and the body; of a refusal its code.
fn shown(reply: &Reply) -> (u16, Value) {
    let body = match reply.status.as_u16() {
        ..400 => serde_json::from_str(&reply.text).unwrap_or(Value::Null),
        _ => json!(reply.code()),
    };
    (reply.status.as_u16(), body)
}

/// A stream's first event, or its refusal. A live place has none where no place opens.
async fn begins(request: RequestBuilder, name: &str) -> (u16, Value) {
    let again = request.try_clone().unwrap();
    let status = request.send().await.unwrap().status();
    if !status.is_success() || name == "GET /v1/escalations/{id}/stream" {
        return (status.as_u16(), Value::Null);
    }
    let event = Feed::open(again)
        .await
        .next_within(Duration::from_secs(5))
        .await;
    (status.as_u16(), event.expect("an event").data)
}

fn id_of(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}
