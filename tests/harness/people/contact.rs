//! Those she chose: one with the app, one with a phone alone.

use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

use super::{Account, Town};
use crate::harness::client::Reply;
use crate::harness::fcm::Push;
use crate::harness::twilio::Sms;

/// A contact with an account and a device that takes pushes.
pub struct ContactPerson<'t> {
    account: Account<'t>,
    /// The contact's id, as her phone knows it.
    pub contact: String,
    /// Where the device takes pushes.
    pub token: String,
}

impl<'t> Deref for ContactPerson<'t> {
    type Target = Account<'t>;
    fn deref(&self) -> &Account<'t> {
        &self.account
    }
}

impl DerefMut for ContactPerson<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.account
    }
}

impl<'t> ContactPerson<'t> {
    /// That account, as this contact of hers.
    pub fn new(account: Account<'t>, contact: String, token: &str) -> Self {
        Self {
            account,
            contact,
            token: token.to_owned(),
        }
    }

    /// Says yes through the API that the link's page stands on.
    pub async fn accepts(&self, link: &str) {
        let code = link.strip_prefix("/i/").unwrap();
        let said = json!({ "accept": true, "alias": "Tu prima", "drills": true });
        let answered = self
            .client()
            .post(&format!("/v1/invitations/{code}"), &said)
            .await
            .expect(200);
        assert_eq!(answered["state"], "active");
    }

    /// Waits for a push.
    pub async fn expects_push(&self) -> Push {
        self.town.app.fcm.expects_push(&self.token).await
    }

    /// Waits for an alarm and takes it as an app does: the phone has it.
    pub async fn gets_alarm(&self) -> Push {
        let push = self.expects_push().await;
        self.receives(&push).await;
        push
    }

    /// Fails when a push or an SMS has come that was not expected.
    pub fn expects_nothing(&self) {
        self.town.app.fcm.expects_nothing_for(&self.token);
        self.town.app.twilio.expects_nothing_for(&self.phone);
    }

    /// The app confirms that the push is on the phone.
    pub async fn receives(&self, push: &Push) {
        self.confirms(push, &json!({})).await.expect(204);
    }

    /// The app confirms that its user looked.
    pub async fn looks_at(&self, push: &Push) {
        self.confirms(push, &json!({ "seen": true }))
            .await
            .expect(204);
    }

    /// A receipt, whatever comes of it.
    pub async fn confirms(&self, push: &Push, body: &Value) -> Reply {
        self.client()
            .post(
                &format!("/v1/notifications/{}/receipt", push.notification()),
                body,
            )
            .await
    }

    /// The alerts this contact watches over.
    pub async fn watching(&self) -> Vec<Value> {
        self.client().get("/v1/watching").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Answers an alert by the server's id of it.
    pub async fn answers(&self, alert: &str, answer: &str) {
        self.tries_to_answer(alert, answer).await.expect(204);
        self.town.app.settle().await;
    }

    /// Tries to, whatever comes of it.
    pub async fn tries_to_answer(&self, alert: &str, answer: &str) -> Reply {
        self.client()
            .post(
                &format!("/v1/watching/{alert}/answer"),
                &json!({ "answer": answer }),
            )
            .await
    }
}

/// A contact with a phone alone: SMS and pages.
pub struct PhoneOnly<'t> {
    town: &'t Town,
    /// The contact's id, as her phone knows it.
    pub contact: String,
    /// E.164.
    pub phone: String,
}

impl<'t> PhoneOnly<'t> {
    /// That phone, as this contact of hers.
    pub fn new(town: &'t Town, contact: String, phone: &str) -> Self {
        Self {
            town,
            contact,
            phone: phone.to_owned(),
        }
    }

    /// Reads the invitation's page and presses *Acepto*.
    pub async fn accepts_on_the_page(&self, link: &str, alias: &str) {
        let anyone = self.town.app.anyone();
        let page = anyone.get(link).await;
        assert_eq!(page.status.as_u16(), 200, "{}", page.text);
        assert!(
            page.text.contains("name=\"answer\" value=\"accept\""),
            "{}",
            page.text
        );
        let answered = anyone
            .form(
                link,
                &[
                    ("answer", "accept"),
                    ("alias", alias),
                    ("drills", "yes"),
                    ("language", "es"),
                ],
            )
            .await;
        assert_eq!(answered.status.as_u16(), 200, "{}", answered.text);
    }

    /// Waits for an SMS.
    pub async fn expects_sms(&self) -> Sms {
        self.town.app.twilio.expects_sms(&self.phone).await
    }

    /// Waits for an SMS and returns the path of the page it leads to.
    pub async fn expects_link(&self) -> String {
        let sms = self.expects_sms().await;
        let link = sms
            .link()
            .unwrap_or_else(|| panic!("no link in {:?}", sms.body));
        self.town.app.path_of(link).to_owned()
    }

    /// Opens the link, as a person or a preview's robot does.
    pub async fn opens(&self, link: &str) -> Reply {
        self.town.app.anyone().get(link).await
    }

    /// Taps *Ver*.
    pub async fn taps_see(&self, link: &str) -> Reply {
        let page = self.town.app.anyone().form(link, &[]).await;
        self.town.app.settle().await;
        page
    }

    /// Says on the invitation's page that he or she no longer wants to be a contact.
    pub async fn leaves(&self, link: &str) -> Reply {
        let page = self
            .town
            .app
            .anyone()
            .form(&format!("{link}/leave"), &[("language", "es")])
            .await;
        self.town.app.settle().await;
        page
    }

    /// Takes *Ver* and answers by the form of the page that comes.
    pub async fn answers(&self, link: &str, answer: &str) -> Reply {
        let shown = self.taps_see(link).await;
        self.answers_on(&shown, link, answer).await
    }

    /// Answers by the form of a page that may be old.
    pub async fn answers_on(&self, shown: &Reply, link: &str, answer: &str) -> Reply {
        let (_, drill) = shown
            .text
            .split_once("name=\"drill\" value=\"")
            .expect("a form that says what it answers");
        let fields = [
            ("answer", answer),
            ("drill", drill.split_once('"').unwrap().0),
        ];
        let page = self
            .town
            .app
            .anyone()
            .form(&format!("{link}/answer"), &fields)
            .await;
        self.town.app.settle().await;
        page
    }
}
