//! What a contact says to an alert.

use std::time::Duration;

use serde_json::json;

use super::engine::context::{StepContext, Stepped};
use super::engine::step;
use super::model::AlertState;
use super::store;
use super::{AlertError, Alerts};
use crate::bus::Event;
use crate::clock::At;
use crate::db::Conn;
use crate::ids::{AlertId, ContactId};
use crate::network;
use crate::network::model::Answer;
use crate::timeline::{self, Actor, Kind, NewEntry};

/// What a contact answers, and to what.
#[derive(Debug, Clone, Copy)]
pub struct GivenAnswer {
    /// The answer.
    pub answer: Answer,
    /// Who answers was shown a drill: no answer to the alarm that it may have become meanwhile.
    pub to_drill: bool,
}

/// Takes a contact's answer; the last word counts. The other contacts and 911 are
/// notified all the same.
///
/// # Errors
/// `NotFound` where the contact is none of this open alert's (removed ones included); `BecameReal`
/// for what is said to a drill that is none any more.
pub async fn answer(
    alerts: &Alerts,
    alert: AlertId,
    contact: ContactId,
    said: GivenAnswer,
) -> Result<(), AlertError> {
    tracing::Span::current().record("alert", tracing::field::display(alert));
    let now = alerts.now();
    let put = alerts
        .write_and_step(alerts.step_context(), move |conn, step| {
            put(conn, step, alert, contact, said, now)?.ok_or(AlertError::NotFound)
        })
        .await?;
    put.announce(alerts);
    Ok(())
}

/// An answer that was written, for after the commit.
pub(super) struct RecordedAnswer {
    stepped: Stepped,
    /// For the first of an alert: how long she waited for it.
    first_after: Option<Duration>,
}

impl RecordedAnswer {
    /// Lets those know who wait for it.
    pub(super) fn announce(self, alerts: &Alerts) {
        if let Some(waited) = self.first_after {
            alerts
                .foundation
                .meters
                .first_answer
                .observe(waited.as_secs_f64());
        }
        let alert = self.stepped.alert;
        alerts.after(self.stepped);
        alerts.foundation.bus.publish(Event::AlertChanged { alert });
    }
}

/// The same in the caller's transaction; `None` where the contact is none of this open alert's.
///
/// # Errors
/// `BecameReal` as [`answer()`], the database, or a sealed column that does not open.
pub(super) fn put(
    conn: &mut Conn,
    step: &StepContext,
    alert: AlertId,
    contact: ContactId,
    said: GivenAnswer,
    now: At,
) -> Result<Option<RecordedAnswer>, AlertError> {
    let Some(row) = store::take(conn, alert)? else {
        return Ok(None);
    };
    let open = row.state == AlertState::Open;
    if !open || network::still_active(conn, row.person, &[contact])?.is_empty() {
        return Ok(None);
    }
    if said.to_drill && !row.drill {
        return Err(AlertError::BecameReal);
    }
    let answer = said.answer;
    let first_after = store::answers_of(conn, alert)?
        .is_empty()
        .then(|| now.since(row.raised_at));
    store::put_answer(conn, alert, contact, answer, now)?;
    let entry = NewEntry::new(alert, now, Kind::Answered, Actor::Contact(contact));
    timeline::append(conn, &entry.with(json!({ "answer": answer })))?;
    Ok(Some(RecordedAnswer {
        stepped: step::step(conn, step, alert, now)?,
        first_after,
    }))
}
