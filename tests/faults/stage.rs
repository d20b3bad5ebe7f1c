//! A town with people by the hundred, each with five contacts who have the app and a number.

use std::collections::HashMap;
use std::time::Duration;

use ampara::clock::At;
use ampara::db::{Conn, DbError, Lane};
use ampara::delivery::model::Medium;
use ampara::delivery::{NotificationFact, notifications_of};
use ampara::ids::AlertId;
use ampara::on;
use diesel::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::app::TestApp;
use crate::harness::client::Client;
use crate::harness::databases::TestDatabase;
use crate::harness::people::SENDER;
use crate::harness::seed::{self, CHOSEN, She};
use crate::harness::settings::{APP, TestSettings};

/// A server, and people who can press.
pub struct Stage {
    pub app: TestApp,
    pub people: Vec<She>,
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
    pub async fn set(database: TestDatabase, people: usize, change: impl FnOnce(&mut TestSettings)) -> Self {
        let app = TestApp::start_with(database, change);
        let town = seed::town(&app.foundation, APP).await;
        sends_texts_from_a_number(&app).await;
        let contacts = seed::contacts(&app.foundation, town, APP, people * CHOSEN).await;
        let people = seed::people(&app.foundation, town, 0, people, &contacts).await;
        Self { app, people }
    }

    /// She presses; nothing is sent yet.
    pub async fn presses(&self, she: &She) -> Alert {
        let her = self.app.anyone().with_bearer(&she.alert_token);
        let client_id = Uuid::new_v4();
        let told = her.put(&format!("/v1/alerts/{client_id}"), &json!({})).await.expect(201);
        Alert { id: told["id"].as_str().unwrap().parse().unwrap(), client_id, raised_at: self.app.clock.now(), her }
    }

    /// Moves time on in steps.
    pub async fn goes_on(&self, times: u64, step: u64) {
        for _ in 0..times {
            self.app.fast_forward(Duration::from_secs(step)).await;
        }
    }

    /// What her contacts were sent about an alert, by contact.
    pub async fn told(&self, alert: &Alert) -> HashMap<[u8; 16], Vec<NotificationFact>> {
        let (id, now) = (alert.id, self.app.clock.now());
        let facts = self.app.foundation.db.read(move |conn| notifications_of(conn, id.into(), now)).await.unwrap();
        let mut by_contact: HashMap<[u8; 16], Vec<NotificationFact>> = HashMap::new();
        for fact in facts {
            by_contact.entry(fact.recipient).or_default().push(fact);
        }
        assert_eq!(by_contact.len(), CHOSEN, "each of them is told something: {by_contact:?}");
        by_contact
    }
}

impl Alert {
    /// What her phone shows.
    pub async fn shown(&self) -> Value {
        self.her.get(&format!("/v1/alerts/{}", self.client_id)).await.expect(200)
    }

    /// She ends it.
    pub async fn closes(&self) {
        self.her.post(&format!("/v1/alerts/{}/close", self.client_id), &json!({ "pin": "" })).await.expect(200);
    }
}

/// When this contact was first sent something over a medium.
pub fn first(facts: &[NotificationFact], medium: Medium) -> Option<At> {
    facts.iter().filter(|f| f.channel.medium() == medium).map(|f| f.created_at).min()
}

async fn sends_texts_from_a_number(app: &TestApp) {
    let sender = format!("update municipalities set sms_sender = '{SENDER}'");
    let write =
        move |conn: &mut Conn| -> Result<usize, DbError> { Ok(on!(conn, |c| diesel::sql_query(&sender).execute(c))?) };
    assert_eq!(app.foundation.db.write(Lane::Background, write).await.unwrap(), 1);
}
