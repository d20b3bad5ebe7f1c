//! The one rule for all that a contact sees: two worlds that differ only in what contacts must not
//! learn (what 911 does beyond the one bit, the other contacts and their answers, which PIN, how
//! the record moved) give a contact the same bytes, in the app, on the page, by push and by SMS.
//!
//! Both worlds live by manual clocks that begin alike, so times are equal by themselves; the ids
//! that a server draws are put in by name, and a test fails over any that is not known.

mod choices;

use std::collections::BTreeMap;

use ampara::identity::model::Role;
use serde_json::{Value, json};

use self::choices::{Dice, Hidden, Own, Shared};
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::people::{
    ContactPerson, HER_PHONE, Her, Operator911, PhoneOnly, Pressed, Town, path_of,
};
use crate::harness::tier;
use crate::harness::twilio::Sms;

/// One world, and what two contacts of hers have seen of it.
struct World<'t> {
    town: &'t Town,
    she: Her<'t>,
    prima: ContactPerson<'t>,
    vecina: PhoneOnly<'t>,
    amiga: ContactPerson<'t>,
    marta: Operator911<'t>,
    boss: Operator911<'t>,
    /// Empty where she has set none.
    pin: &'static str,
    names: BTreeMap<String, String>,
    links: Vec<String>,
    seen: Vec<String>,
}

impl<'t> World<'t> {
    async fn of(town: &'t Town, pin: &'static str) -> Self {
        let she = Her::signs_in(town, HER_PHONE).await;
        she.is_called("Ana Prueba").await;
        let prima = she
            .trusts_with_app("Prima", "+526144100002", "token-prima")
            .await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let amiga = she
            .trusts_with_app("Amiga", "+526144100003", "token-amiga")
            .await;
        let marta = Operator911::sits_down(town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(town, "boss", Role::Supervisor).await;
        let mut names = BTreeMap::new();
        for (id, name) in [(&prima.contact, "PRIMA"), (&vecina.contact, "VECINA")] {
            names.insert(id.clone(), name.to_owned());
        }
        if !pin.is_empty() {
            she.sets_pin(pin).await;
        }
        Self {
            town,
            she,
            prima,
            vecina,
            amiga,
            marta,
            boss,
            pin,
            names,
            links: vec![],
            seen: vec![],
        }
    }

    /// The text with every id that this world drew put in by its name.
    fn told(&self, text: &str) -> String {
        let mut told = text.to_owned();
        for (id, name) in &self.names {
            told = told.replace(id, name);
        }
        assert!(!holds_an_id(&told), "an id that is not known: {told}");
        told
    }

    async fn does(&mut self, hidden: Hidden, pressed: &Pressed) {
        let queue = self.marta.sees_queue().await;
        let record = queue.first();
        match hidden {
            Hidden::Nothing => {}
            Hidden::AnotherHasIt => {
                if let Some(push) = self.town.app.fcm.claim("token-amiga") {
                    self.amiga.confirms(&push, &json!({})).await;
                }
            }
            Hidden::AnotherAnswers(answer) => {
                self.amiga.tries_to_answer(pressed.id(), answer).await;
            }
            Hidden::AnotherIsRemoved => {
                self.she
                    .client()
                    .delete(&format!("/v1/contacts/{}", self.amiga.contact))
                    .await;
            }
            Hidden::AnotherLooks => {
                self.amiga.client().get("/v1/watching").await.expect(200);
            }
            Hidden::AnothersPhoneIsDead => {
                self.town
                    .app
                    .fcm
                    .answers("token-amiga", [crate::harness::fcm::Answer::Unregistered]);
            }
            // Without a PIN any would do.
            Hidden::WrongPin if self.pin.is_empty() => {}
            Hidden::WrongPin => {
                self.she.cancels(pressed, "0000").await;
            }
            Hidden::SheReadsEnglish => {
                self.she
                    .client()
                    .patch("/v1/me", &json!({ "language": "en" }))
                    .await
                    .expect(200);
            }
            Hidden::SupervisorReads => {
                if let Some(record) = record {
                    self.boss
                        .posts(&path_of(record, "/open"), &json!({ "reason": "Queja 12" }))
                        .await;
                }
            }
            step => {
                let Some(record) = record else { return };
                self.works(record, step).await;
            }
        }
        self.town.app.settle().await;
    }

    /// What the operator does. Where it may not be done now, it was not: that is a story too.
    async fn works(&self, record: &Value, step: Hidden) {
        let (verb, body) = match step {
            Hidden::Dispatched => ("/dispatch", json!({ "note": "U-204" })),
            Hidden::OnScene => ("/on-scene", Value::Null),
            Hidden::Noted => ("/note", json!({ "note": "Está en la puerta" })),
            Hidden::Released => ("/release", Value::Null),
            Hidden::Closed => ("/close", json!({ "disposition": "attended" })),
            _ => ("/claim", Value::Null),
        };
        self.marta.posts(&path_of(record, verb), &body).await;
    }

    /// All that the two contacts can see now goes on the list.
    async fn look(&mut self, pressed: &Pressed) {
        // Which of two messages that are due at once goes out first is nobody's choice, also where
        // both are one person's.
        let mut pushes = self.town.app.fcm.take_all();
        pushes.sort_by_key(|push| format!("{} {}", push.data["kind"], push.data["words"]));
        for push in pushes
            .into_iter()
            .filter(|push| push.target == "token-prima")
        {
            let n = format!("PUSH-{}", self.names.len());
            if let Some(secret) = push.data.get("receipt") {
                self.names.insert(secret.clone(), format!("RECEIPT-{n}"));
            }
            self.names.insert(push.notification().to_owned(), n);
            self.prima.confirms(&push, &json!({})).await;
            self.seen.push(self.told(&push.message.to_string()));
        }
        let mut texts = self.town.app.twilio.take_all();
        texts.sort_by_key(|sms| (sms.to.clone(), without_link(sms)));
        for sms in texts {
            if sms.to == self.vecina.phone || sms.to == self.prima.phone {
                let link = sms.link().map(str::to_owned).unwrap_or_default();
                self.seen.push(format!("{} {}", sms.to, without_link(&sms)));
                if sms.to == self.vecina.phone && !link.is_empty() {
                    self.links.push(self.town.app.path_of(&link).to_owned());
                }
            }
        }
        self.town.app.settle().await;
        for path in [
            "/v1/watching".to_owned(),
            format!("/v1/watching/{}", pressed.id()),
        ] {
            let reply = self.prima.client().get(&path).await;
            let text = match reply.status.is_success() {
                true => self.told(&reply.text),
                // A problem names the request.
                false => reply.code(),
            };
            self.seen.push(format!("{} {text}", reply.status));
        }
        if let Some(link) = self.links.last() {
            let page = self.vecina.taps_see(link).await;
            let page = page.text.replace(link.as_str(), "LINK");
            self.seen.push(page);
        }
        self.seen.push(format!("at {}", self.town.app.clock.now()));
    }
}

fn without_link(sms: &Sms) -> String {
    sms.link()
        .map_or_else(|| sms.body.clone(), |link| sms.body.replace(link, "LINK"))
}

/// Whether something in it looks like an id.
fn holds_an_id(text: &str) -> bool {
    let part = |c: char| c.is_ascii_hexdigit() || c == '-';
    text.split(|c: char| !part(c))
        .any(|word| word.len() == 36 && uuid::Uuid::parse_str(word).is_ok())
}

/// Lives through a story, and says what the two contacts saw.
async fn lived(engine: TestEngine, shared: Shared, own: &Own) -> Vec<String> {
    let town = Town::found(TestDatabase::fresh(engine)).await;
    let pin = if own.pin { "4821" } else { "" };
    let mut world = World::of(&town, pin).await;
    world.she.chooses(json!({ "policy": shared.policy })).await;
    let _feed = world.marta.watches().await;
    let fix = json!({ "lat": 28.63534, "lon": -106.07672, "accuracy": 12.0, "seq": 1 });
    let pressed = world
        .she
        .presses_with(json!({ "location": fix, "drill": shared.drill }))
        .await;
    world
        .names
        .insert(pressed.id().to_owned(), "ALERT".to_owned());
    world.look(&pressed).await;
    for hidden in &own.early {
        town.after(10).await;
        world.does(*hidden, &pressed).await;
        world.look(&pressed).await;
    }
    if shared.claimed_early {
        world.does(Hidden::Claimed, &pressed).await;
    }
    world.she.walks(&pressed, &[(2, 28.6370, -106.0780)]).await;
    if let Some(answer) = shared.prima_answers {
        world.prima.answers(pressed.id(), answer).await;
    }
    town.after(40).await;
    for hidden in &own.late {
        world.look(&pressed).await;
        world.does(*hidden, &pressed).await;
        town.after(20).await;
    }
    if shared.presses_again {
        world
            .she
            .presses_as(
                "11111111-2222-4333-8444-555555555555",
                &json!({ "drill": shared.drill }),
            )
            .await;
        town.after(20).await;
        world.look(&pressed).await;
    }
    match shared.ends {
        "cancel" => world.she.cancels(&pressed, pin).await.expect(200),
        _ => world.she.closes(&pressed, pin).await.expect(200),
    };
    world.look(&pressed).await;
    town.after(90).await;
    world.look(&pressed).await;
    world.seen
}

fn hold(engine: TestEngine, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut dice = Dice(seed);
        let shared = Shared::of(&mut dice);
        let (one, other) = (Own::of(&mut dice, shared), Own::of(&mut dice, shared));
        tell(async {
            let (a, b) = (
                lived(engine, shared, &one).await,
                lived(engine, shared, &other).await,
            );
            for (n, (a, b)) in a.iter().zip(&b).enumerate() {
                assert_eq!(
                    a, b,
                    "seed {seed}, sight {n}: {shared:?}\n{one:?}\n{other:?}"
                );
            }
            assert_eq!(
                a.len(),
                b.len(),
                "seed {seed}: {shared:?}\n{one:?}\n{other:?}"
            );
        });
    }
}

#[test]
fn contacts_see_the_same_bytes_whatever_they_must_not_learn_on_sqlite() {
    hold(TestEngine::Sqlite, 0..tier::count(4, 150) as u64);
}

#[test]
fn contacts_see_the_same_bytes_whatever_they_must_not_learn_on_postgres() {
    hold(
        TestEngine::Postgres,
        1_000..1_000 + tier::count(2, 50) as u64,
    );
}
