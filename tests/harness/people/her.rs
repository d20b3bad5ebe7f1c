//! She who presses.

use std::ops::{Deref, DerefMut};

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Account, ContactPerson, PhoneOnly, Town};
use crate::harness::client::Reply;

/// Her phone and what she does with it.
pub struct Her<'t> {
    account: Account<'t>,
}

impl<'t> Deref for Her<'t> {
    type Target = Account<'t>;
    fn deref(&self) -> &Account<'t> {
        &self.account
    }
}

impl DerefMut for Her<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.account
    }
}

/// A press and what her phone was told.
pub struct Pressed {
    /// The phone's own id of the alert.
    pub client_id: String,
    /// The alert as the reply shows it.
    pub told: Value,
}

impl Pressed {
    /// Below the alert's path.
    pub fn path(&self, verb: &str) -> String {
        format!("/v1/alerts/{}{verb}", self.client_id)
    }

    /// The server's id, as contacts' pushes name it.
    pub fn id(&self) -> &str {
        self.told["id"].as_str().unwrap()
    }
}

impl<'t> Her<'t> {
    /// She whose account that is.
    pub const fn of(account: Account<'t>) -> Self {
        Self { account }
    }

    /// Signs in by the code that her phone was sent.
    pub async fn signs_in(town: &'t Town, phone: &str) -> Self {
        Self {
            account: Account::signs_in(town, phone).await,
        }
    }

    /// Says what she is called.
    pub async fn is_called(&self, name: &str) {
        self.client()
            .patch("/v1/me", &json!({ "name": name }))
            .await
            .expect(200);
    }

    /// Says when 911 is to be told.
    pub async fn chooses(&self, policy: Value) {
        self.client().patch("/v1/me", &policy).await.expect(200);
    }

    /// Names officers who must not see her records, by badge.
    pub async fn names_officer(&self, badge: &str) {
        let officers = json!({ "officers": [{ "badge": badge, "corporation": "DSPM" }] });
        self.client()
            .put("/v1/me/conflicts", &officers)
            .await
            .expect(200);
    }

    /// Asks a person to be her contact: the contact's id and the path of the invitation, out of the
    /// SMS.
    pub async fn invites(&self, name: &str, phone: &str) -> (String, String) {
        let added = self
            .client()
            .post("/v1/contacts", &json!({ "name": name, "phone": phone }))
            .await
            .expect(201);
        self.town.app.settle().await;
        let sms = self.town.app.twilio.expects_sms(phone).await;
        let link = sms
            .link()
            .unwrap_or_else(|| panic!("no link in {:?}", sms.body));
        let path = self.town.app.path_of(link).to_owned();
        (added["id"].as_str().unwrap().to_owned(), path)
    }

    /// A contact with the app, who said yes and takes pushes at `token`.
    pub async fn trusts_with_app(&self, name: &str, phone: &str, token: &str) -> ContactPerson<'t> {
        let (contact, link) = self.invites(name, phone).await;
        let account = Account::signs_in(self.town, phone).await;
        account.takes_pushes_at(token).await;
        let person = ContactPerson::new(account, contact, token);
        person.accepts(&link).await;
        person
    }

    /// A contact with a phone alone, who said yes on the page.
    pub async fn trusts_by_phone(&self, name: &str, phone: &str) -> PhoneOnly<'t> {
        let (contact, link) = self.invites(name, phone).await;
        let somebody = PhoneOnly::new(self.town, contact, phone);
        somebody.accepts_on_the_page(&link, "Tu vecina").await;
        somebody
    }

    /// Presses, on the plaza.
    pub async fn presses(&self) -> Pressed {
        let ((lat, lon), at) = (super::PLAZA, self.town.app.clock.now());
        self.presses_with(
            json!({ "location": { "lat": lat, "lon": lon, "accuracy": 12.0, "seq": 1, "at": at } }),
        )
        .await
    }

    /// Presses with this body; what is due is sent before this returns.
    pub async fn presses_with(&self, body: Value) -> Pressed {
        let client_id = Uuid::new_v4().to_string();
        let reply = self.presses_as(&client_id, &body).await;
        self.town.app.settle().await;
        Pressed {
            client_id,
            told: reply.expect(201),
        }
    }

    /// Presses under this id, and sends nothing on.
    pub async fn presses_as(&self, client_id: &str, body: &Value) -> Reply {
        self.alarm()
            .put(&format!("/v1/alerts/{client_id}"), body)
            .await
    }

    /// Sends where she is: `(seq, lat, lon)`.
    pub async fn walks(&self, pressed: &Pressed, fixes: &[(i64, f64, f64)]) -> Value {
        let at = self.town.app.clock.now();
        let fix = |(seq, lat, lon): &(i64, f64, f64)| json!({ "seq": seq, "lat": lat, "lon": lon, "accuracy": 15.0, "at": at });
        let fixes: Vec<Value> = fixes.iter().map(fix).collect();
        self.alarm()
            .post(&pressed.path("/locations"), &json!({ "fixes": fixes }))
            .await
            .expect(200)
    }

    /// Sends these bytes as a batch of places.
    pub async fn sends(&self, pressed: &Pressed, body: impl Into<Vec<u8>>) -> Reply {
        let path = pressed.path("/locations");
        self.alarm()
            .raw(Method::POST, &path, "application/json", body.into())
            .await
    }

    /// Asks for 911 whatever she chose before.
    pub async fn escalates(&self, pressed: &Pressed) -> Value {
        let seen = self
            .alarm()
            .post(&pressed.path("/escalate"), &json!({}))
            .await
            .expect(200);
        self.town.app.settle().await;
        seen
    }

    /// Says that it was a mistake.
    pub async fn cancels(&self, pressed: &Pressed, pin: &str) -> Reply {
        let reply = self
            .alarm()
            .post(&pressed.path("/cancel"), &json!({ "pin": pin }))
            .await;
        self.town.app.settle().await;
        reply
    }

    /// Says that it is over.
    pub async fn closes(&self, pressed: &Pressed, pin: &str) -> Reply {
        let reply = self
            .alarm()
            .post(&pressed.path("/close"), &json!({ "pin": pin }))
            .await;
        self.town.app.settle().await;
        reply
    }

    /// Her list of contacts.
    pub async fn lists(&self) -> Vec<Value> {
        self.client().get("/v1/contacts").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Removes a contact from her list.
    pub async fn removes(&self, contact: &str) {
        self.client()
            .delete(&format!("/v1/contacts/{contact}"))
            .await
            .expect(204);
        self.town.app.settle().await;
    }

    /// What her phone shows.
    pub async fn sees(&self, pressed: &Pressed) -> Value {
        self.alarm().get(&pressed.path("")).await.expect(200)
    }

    /// How far one contact is told, as her phone shows it.
    pub async fn sees_reach(&self, pressed: &Pressed, contact: &str) -> String {
        let seen = self.sees(pressed).await;
        let contacts = seen["contacts"].as_array().unwrap();
        let one = contacts
            .iter()
            .find(|c| c["contact"] == contact)
            .unwrap_or_else(|| panic!("no {contact} in {seen}"));
        one["reach"].as_str().unwrap().to_owned()
    }
}
