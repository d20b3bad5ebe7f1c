//! One part that is missing (a week's key, a seal key, a centre, a sender) costs what it holds and
//! nothing else: every view of an alert and every verb of it goes on, and another woman's alert
//! stands whole beside it.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use ampara::identity::model::Role;
use ampara::municipality::chihuahua;
use ampara::seal::{self, SealError};
use futures_util::FutureExt as _;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use super::broken_rows::behind_its_back;
use crate::both_engines;
use crate::harness::client::{self, Reply};
use crate::harness::databases::TestDatabase;
use crate::harness::description::Description;
use crate::harness::fcm::Push;
use crate::harness::log::Log;
use crate::harness::people::{Account, ContactPerson, Feed, Her, Operator911, Pressed, Town};

const HERS: &str = "person = (select person from alerts where id = {id})";

/// Parts of one woman's night, each with the SQL that takes it away; `{junk}` is sealed by a key that
/// is not there, `{id}` is her alert.
const PARTS: [(&str, &str); 16] = [
    ("nothing", "update alerts set epoch = epoch where id = {id}"),
    (
        "the week's key",
        "update alerts set epoch = '2001-W01' where id = {id}",
    ),
    (
        "her wrapped key",
        "update alerts set wrapped_key = {junk} where id = {id}",
    ),
    (
        "one of her places",
        "update fixes set sealed = {junk} where alert = {id} and seq = 2",
    ),
    (
        "all her places",
        "update fixes set sealed = {junk} where alert = {id}",
    ),
    (
        "her note",
        "update alerts set sealed_note = {junk} where id = {id}",
    ),
    (
        "the operators' notes",
        "update timeline set sealed_note = {junk} where subject = {id} and sealed_note is not null",
    ),
    (
        "why her record was read",
        "update read_audit set sealed_reason = {junk} where {hers} and sealed_reason is not null",
    ),
    (
        "why it is to be read",
        "update break_glass set sealed_reason = {junk} where record = (select id from records where alert = {id})",
    ),
    (
        "her name",
        "update people set sealed_name = {junk} where {her}",
    ),
    (
        "her number",
        "update people set sealed_phone = {junk} where {her}",
    ),
    (
        "the officers she named",
        "update conflicts set sealed = {junk} where {hers}",
    ),
    (
        "her contacts' names",
        "update contacts set sealed_name = {junk} where {hers}",
    ),
    (
        "her contacts' numbers",
        "update contacts set sealed_phone = {junk} where {hers}",
    ),
    (
        "what her contacts call her",
        "update contacts set sealed_alias = {junk} where {hers} and sealed_alias is not null",
    ),
    (
        "her contacts' addresses",
        "update addresses set sealed = {junk} where owner in (select id from contacts where {hers})",
    ),
];

const ANEW: &str = "update change_marks set version = version + 1";

/// Parts that a whole town shares, each with the SQL that takes it away (`{id}` is the centre that
/// works her record) and the routes whose content follows from it.
const SHARED: [(&str, &[&str], &[&str]); 9] = [
    (
        "the operators' names",
        &["update operators set sealed_name = {junk}"],
        &[],
    ),
    (
        "the operators' numbers",
        &["update operators set sealed_phone = {junk} where sealed_phone is not null"],
        &[],
    ),
    (
        "the keys that sign tokens",
        &["update signing_keys set sealed_private = {junk}"],
        &[],
    ),
    (
        "the centre",
        &[
            "delete from folio_counters where centre = {id}",
            "delete from centre_policy_changes where centre = {id}",
            "delete from centre_times where centre = {id}",
            "delete from centres where id = {id}",
            ANEW,
        ],
        &[
            "/v1/audit",
            "/v1/centres/",
            "/v1/me/readiness",
            "/v1/shift for administrator",
        ],
    ),
    (
        "the centres' outlines",
        &["update centres set polygon = '{}'", ANEW],
        &[],
    ),
    (
        "the centre's times",
        &[
            "delete from centre_times where centre = {id}",
            "insert into centre_times (centre, times) values ({id}, 'none')",
            ANEW,
        ],
        &[],
    ),
    (
        "the municipality's sender",
        &[
            "update municipalities set sms_sender = null, sms_second_sender = null, voice_sender = null",
            ANEW,
        ],
        &["/v1/me/readiness"],
    ),
    (
        "the form of the municipality's sender",
        &[
            "update municipalities set sms_sender = 'nobody', voice_sender = ''",
            ANEW,
        ],
        &[],
    ),
    (
        "the municipality's hour",
        &[
            "update municipalities set time_zone = 'Nowhere/Else', language = 'xx', area_code = 'x'",
            ANEW,
        ],
        &[
            "/v1/alerts/",
            "/v1/help-lines",
            "/v1/me/readiness",
            "/v1/municipalities",
        ],
    ),
];

/// Those who work at 911.
struct Desk<'t> {
    marta: Operator911<'t>,
    lupe: Operator911<'t>,
    boss: Operator911<'t>,
    admin: Operator911<'t>,
    ima: Operator911<'t>,
}

impl<'t> Desk<'t> {
    async fn of(town: &'t Town) -> Self {
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
struct Night<'t> {
    town: &'t Town,
    she: Her<'t>,
    prima: ContactPerson<'t>,
    pressed: Pressed,
    push: Push,
    record: Value,
    /// An invitation that was not answered.
    code: String,
}

/// Another woman, whose alert is open too: her objects' ids, which stand whole in every list.
struct Neighbour {
    ids: Vec<String>,
}

impl Neighbour {
    async fn of(town: &Town, desk: &Desk<'_>, prima: &Account<'_>) -> Self {
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
    async fn falls(town: &'t Town, desk: &Desk<'t>, prima: &Account<'t>, nth: usize) -> Self {
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
    async fn seen(&self, desk: &Desk<'t>) -> BTreeMap<String, (u16, Value)> {
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
                        false => shown(client::sent(request).await),
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

    async fn breaks(&self, part: &str) {
        let sql = part
            .replace("{hers}", HERS)
            .replace("{her}", "id = (select person from alerts where id = {id})");
        let rows = behind_its_back(self.town, &sql, self.pressed.id()).await;
        assert!(rows > 0, "nothing was taken away: {sql}");
    }

    /// Every verb of an open alert, by each who has it. Those that failed.
    async fn goes_on(&self, desk: &Desk<'t>) -> Vec<String> {
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
fn shown(reply: Reply) -> (u16, Value) {
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

/// Whether `after` shows what `before` did, but for parts that are now null or empty. What is the
/// neighbour's is the same.
fn fits(before: &Value, after: &Value, neighbour: &Neighbour) -> bool {
    let is_hers = |part: &Value| {
        part.as_str()
            .is_some_and(|id| neighbour.ids.iter().any(|n| n == id))
    };
    match (before, after) {
        (Value::Object(parts), Value::Object(_)) if parts.values().any(is_hers) => before == after,
        (Value::Object(parts), Value::Object(now)) => parts
            .iter()
            .all(|(name, part)| fits(part, now.get(name).unwrap_or(&Value::Null), neighbour)),
        // Places are sealed whole, and the one before stands in.
        (Value::Object(parts), _) if parts.contains_key("lat") => {
            after.is_null() || after["lat"].is_number()
        }
        (Value::Array(items), Value::Array(now)) => items.iter().all(|item| {
            item["lat"].is_number() || now.iter().any(|now| fits(item, now, neighbour))
        }),
        _ => before == after || after.is_null() || after == "",
    }
}

/// What is wrong with what is shown after a part was taken away, from which those routes follow.
fn wrong(
    before: &BTreeMap<String, (u16, Value)>,
    after: &BTreeMap<String, (u16, Value)>,
    neighbour: &Neighbour,
    follows: &[&str],
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (who, (status, body)) in before {
        let (now, shown) = &after[who];
        let follows = follows.iter().any(|path| who.starts_with(path));
        let stands = match follows {
            true => *now < 500,
            false => now == status && fits(body, shown, neighbour),
        };
        if !stands {
            wrong.push(format!("{who}: {status} {body}\n   became {now} {shown}"));
        }
    }
    wrong
}

async fn town_of(database: TestDatabase) -> Town {
    let town = Town::found_at_a_border(database).await;
    town.calls_people().await;
    town
}

#[test]
fn what_does_not_open_is_told_once() {
    let log = Log::heard();
    let (row, other) = (Uuid::new_v4(), Uuid::new_v4());
    let missing = || Err::<(), _>(SealError::NoKey(format!("seal-{row}")));
    for _ in 0..3 {
        for row in [row, other] {
            assert!(seal::or_none("a name", row, missing()).is_none());
            assert!(seal::or_none("a note", row, Err::<(), _>(SealError::Tampered)).is_none());
            let destroyed = SealError::EpochDestroyed("2026-W48".to_owned());
            assert!(seal::or_none("a place", row, Err::<(), _>(destroyed)).is_none());
        }
    }
    let told = log.alarms();
    let of = |what: &str| told.iter().filter(|words| words.contains(what)).count();
    assert_eq!(
        (of("a name"), of("a note"), of("a place")),
        (1, 2, 0),
        "a key once, a changed row each: {told:?}"
    );
}

both_engines! {
    async fn what_one_woman_lost_costs_its_own_field_on_every_route(database) {
        let town = town_of(database).await;
        let desk = Desk::of(&town).await;
        let mut prima = Account::signs_in(&town, "+526144100002").await;
        prima.takes_pushes_at("token-prima").await;
        let neighbour = Neighbour::of(&town, &desk, &prima).await;
        town.app.fcm.take_all();
        let mut faults = Vec::new();
        for (nth, (part, sql)) in PARTS.iter().enumerate() {
            prima.refreshes().await;
            let night = Night::falls(&town, &desk, &prima, nth).await;
            let before = night.seen(&desk).await;
            assert!(before.len() > 40, "{before:?}");
            night.breaks(sql).await;
            let after = night.seen(&desk).await;
            let mut found = wrong(&before, &after, &neighbour, &["/v1/audit"]);
            found.extend(night.goes_on(&desk).await);
            if !found.is_empty() {
                faults.push(format!("without {part}:\n {}", found.join("\n ")));
            }
        }
        town.app.twilio.take_calls();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    async fn what_a_town_lost_costs_its_own_field_on_every_route(database) {
        let mut faults = Vec::new();
        for (part, all, follows) in SHARED {
            let town = town_of(TestDatabase::fresh(database.engine)).await;
            let desk = Desk::of(&town).await;
            let prima = Account::signs_in(&town, "+526144100002").await;
            prima.takes_pushes_at("token-prima").await;
            let neighbour = Neighbour::of(&town, &desk, &prima).await;
            let night = Night::falls(&town, &desk, &prima, 0).await;
            let before = night.seen(&desk).await;
            for sql in all {
                behind_its_back(&town, sql, &town.centres[0].to_string()).await;
            }
            let after = night.seen(&desk).await;
            let mut found = wrong(&before, &after, &neighbour, follows);
            found.extend(night.goes_on(&desk).await);
            if !found.is_empty() {
                faults.push(format!("without {part}:\n {}", found.join("\n ")));
            }
            town.app.twilio.take_calls();
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    async fn a_place_that_does_not_open_leaves_the_one_before_it(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, "+526144100001").await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let place = json!({ "lat": 28.63, "lon": -106.07, "seq": 1, "at": town.app.clock.now() });
        let pressed = she.presses_with(json!({ "location": place })).await;
        prima.gets_alarm().await;
        town.after(20).await;
        she.walks(&pressed, &[(2, 28.64, -106.08), (3, 28.65, -106.09)]).await;
        let lost = "update fixes set sealed = {junk} where alert = {id} and seq > 1";
        assert_eq!(behind_its_back(&town, lost, pressed.id()).await, 2);
        let shown = prima.watching().await[0]["place"].clone();
        assert_eq!((&shown["lat"], &shown["at"]), (&json!(28.63), &place["at"]));
    }
}
