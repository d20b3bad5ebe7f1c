//! A town with people by the hundred, each with five contacts who have the app and a number.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use ampara::clock::At;
use ampara::db::schema::contacts;
use ampara::db::{Conn, DbError, WritePriority};
use ampara::delivery::addresses::{self, OwnerKind};
use ampara::delivery::channels::email::mailbox::Mailbox;
use ampara::delivery::model::Medium;
use ampara::delivery::{NotificationFact, attempts_of, notifications_of};
use ampara::escalation::centres;
use ampara::ids::{AlertId, CentreId, ContactId, MunicipalityId, RecipientId};
use ampara::on;
use diesel::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::app::TestApp;
use crate::harness::client::Client;
use crate::harness::databases::TestDatabase;
use crate::harness::people::{CALLER, SENDER};
use crate::harness::seed::{self, CHOSEN, She};
use crate::harness::settings::{APP, TestSettings};

/// A server, and people who can press.
pub struct Stage {
    pub app: TestApp,
    pub people: Vec<She>,
    pub town: MunicipalityId,
}

/// A press that was taken.
pub struct Alert {
    pub id: AlertId,
    pub client_id: Uuid,
    pub raised_at: At,
    her: Client,
}

impl Stage {
    /// With settings changed.
    pub async fn set(
        database: TestDatabase,
        people: usize,
        change: impl FnOnce(&mut TestSettings),
    ) -> Self {
        let app = TestApp::start_with(database, change);
        let town = seed::town(&app.foundation, APP).await;
        sends_from(&app, "sms_sender", SENDER).await;
        let contacts = seed::contacts(&app.foundation, town, APP, people * CHOSEN).await;
        let people = seed::people(&app.foundation, town, 0, people, &contacts).await;
        Self { app, people, town }
    }

    /// From now on their contacts are called too, and get emails.
    pub async fn opens_all_ways(&self) {
        sends_from(&self.app, "voice_sender", CALLER).await;
        let (keys, now) = (self.app.foundation.keys.clone(), self.app.clock.now());
        let write = move |conn: &mut Conn| -> Result<(), DbError> {
            let all: Vec<ContactId> = on!(conn, |c| contacts::table.select(contacts::id).load(c))?;
            for (n, id) in all.iter().enumerate() {
                let mailbox = Mailbox::parse(&format!("contacto{n}@correo.test")).unwrap();
                addresses::put_email(conn, &keys, OwnerKind::Contact, (*id).into(), &mailbox, now)?;
            }
            Ok(())
        };
        self.app
            .foundation
            .db
            .write(WritePriority::Background, write)
            .await
            .unwrap();
    }

    /// The centre of the first rank.
    pub async fn centre(&self) -> CentreId {
        let town = self.town;
        self.app
            .foundation
            .db
            .read(move |conn| centres::list(conn, town))
            .await
            .unwrap()[0]
            .id
    }

    /// She presses; nothing is sent yet.
    pub async fn presses(&self, she: &She) -> Alert {
        let her = self.app.anyone().with_bearer(&she.alert_token);
        let client_id = Uuid::new_v4();
        let told = her
            .put(&format!("/v1/alerts/{client_id}"), &json!({}))
            .await
            .expect(201);
        Alert {
            id: told["id"].as_str().unwrap().parse().unwrap(),
            client_id,
            raised_at: self.app.clock.now(),
            her,
        }
    }

    /// Moves time on in steps.
    async fn goes_on(&self, times: u64, step: u64) {
        for _ in 0..times {
            self.app.fast_forward(Duration::from_secs(step)).await;
        }
    }

    /// What is due at once, half a minute in small steps, and until all has ended.
    pub async fn lets_all_end(&self) {
        self.app.settle().await;
        self.goes_on(15, 2).await;
        self.goes_on(16, 10).await;
    }

    /// All that was sent about an alert.
    pub async fn facts(&self, alert: &Alert) -> Vec<NotificationFact> {
        let (id, now) = (alert.id, self.app.clock.now());
        self.app
            .foundation
            .db
            .read(move |conn| notifications_of(conn, id.into(), now))
            .await
            .unwrap()
    }

    /// What came of each try to send these, and its cause.
    pub async fn tries(&self, of: &[NotificationFact]) -> BTreeSet<String> {
        let ids: Vec<_> = of.iter().map(|fact| fact.id).collect();
        let tries = self
            .app
            .foundation
            .db
            .read(move |conn| attempts_of(conn, &ids))
            .await
            .unwrap();
        tries
            .into_iter()
            .map(|one| format!("{}: {}", one.outcome, one.cause.unwrap_or_default()))
            .collect()
    }

    /// What her contacts were sent about an alert, by contact.
    pub async fn told(&self, alert: &Alert) -> HashMap<RecipientId, Vec<NotificationFact>> {
        let mut by_contact: HashMap<RecipientId, Vec<NotificationFact>> = HashMap::new();
        for fact in self.facts(alert).await {
            by_contact.entry(fact.key.recipient).or_default().push(fact);
        }
        assert_eq!(
            by_contact.len(),
            CHOSEN,
            "each of them is told something: {by_contact:?}"
        );
        by_contact
    }
}

impl Alert {
    /// What her phone shows.
    pub async fn shown(&self) -> Value {
        self.her
            .get(&format!("/v1/alerts/{}", self.client_id))
            .await
            .expect(200)
    }

    /// She ends it.
    pub async fn closes(&self) {
        self.her
            .post(
                &format!("/v1/alerts/{}/close", self.client_id),
                &json!({ "pin": "" }),
            )
            .await
            .expect(200);
    }
}

/// When this contact was first sent something over a medium.
pub fn first(facts: &[NotificationFact], medium: Medium) -> Option<At> {
    facts
        .iter()
        .filter(|f| f.channel.medium() == medium)
        .map(|f| f.created_at)
        .min()
}

async fn sends_from(app: &TestApp, over: &str, number: &str) {
    let sender = format!("update municipalities set {over} = '{number}'");
    let write = move |conn: &mut Conn| -> Result<usize, DbError> {
        Ok(on!(conn, |c| diesel::sql_query(&sender).execute(c))?)
    };
    assert_eq!(
        app.foundation
            .db
            .write(WritePriority::Background, write)
            .await
            .unwrap(),
        1
    );
}
