//! What a phone or a carrier says about a notification after it was sent. A state only ever gets
//! better, or fails once.

use std::sync::Arc;

use super::error::DeliveryError;
use super::model::{Channel, NotificationEvent, NotificationState};
use super::outbox::follow_up::{OutcomeHook, Settled};
use super::outbox::sender::Delivery;
use super::store::{outcomes, rows};
use crate::clock::At;
use crate::db::{Conn, DbError, WritePriority};
use crate::ids::NotificationId;

pub use super::facts::{Found, find};
pub use super::outbox::receipt_secret::is_of as is_secret_of;

/// What a phone says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It has it.
    Delivered,
    /// A person looked.
    Seen,
}

/// Takes a phone's receipt; whether its caller may give it has been asked before ([`find`]). `None`
/// if it says nothing new, or there is no such notification.
///
/// # Errors
/// What the database says.
pub fn receipt(
    conn: &mut Conn,
    id: NotificationId,
    said: Receipt,
    now: At,
) -> Result<Option<Settled>, DbError> {
    let event = match said {
        Receipt::Delivered => NotificationEvent::Delivered,
        Receipt::Seen => NotificationEvent::Seen,
    };
    happened(conn, id, event, now)
}

/// Moves a notification on by an event from outside of a send.
pub(super) fn happened(
    conn: &mut Conn,
    id: NotificationId,
    event: NotificationEvent,
    now: At,
) -> Result<Option<Settled>, DbError> {
    // Another transaction may move the row between our read and our write: then what it became is
    // read and judged anew.
    for _ in 0..3 {
        let Some(row) = rows::find(conn, id)? else {
            return Ok(None);
        };
        let Some(next) = NotificationState::of(row.state, row.reason).after(event) else {
            return Ok(None);
        };
        let reached = next.reached();
        let moved = rows::Moved {
            state: next.word(),
            reason: next.reason(),
            delivered_at: row.delivered_at.or(reached.then_some(now)),
            seen_at: row
                .seen_at
                .or((next == NotificationState::Seen).then_some(now)),
            final_at: row.final_at.or(Some(now)),
        };
        if rows::move_on(conn, id, row.state, &moved)? {
            return Ok(settled(row, next));
        }
    }
    Ok(None)
}

fn settled(row: rows::NotificationRow, state: NotificationState) -> Option<Settled> {
    Some(Settled {
        notification: row.id,
        subject_kind: row.subject_kind,
        key: row.key.read()?,
        channel: Channel::parse(&row.channel)?,
        state,
        reason: state.reason(),
    })
}

/// Locks the rows of a notification's owner, before its own is.
fn lock_owner(
    conn: &mut Conn,
    outcome_hook: &dyn OutcomeHook,
    id: NotificationId,
) -> Result<(), DbError> {
    match rows::find(conn, id)? {
        Some(row) => match row.key.read() {
            Some(key) => outcome_hook.lock(conn, &[(&row.subject_kind, key.subject)]),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

impl Delivery {
    /// Takes a receipt from a provider, with whatever its owner does about it. `cause` is the
    /// provider's own word, for the attempt's row.
    pub(super) async fn hears(
        &self,
        id: NotificationId,
        said: NotificationEvent,
        cause: String,
    ) -> Result<(), DeliveryError> {
        let now = self.now();
        let write = move |conn: &mut Conn| {
            let settled = happened(conn, id, said, now)?;
            if settled.as_ref().is_some_and(|one| one.reason.is_some()) {
                outcomes::explain(conn, id, &cause)?;
            }
            Ok(settled)
        };
        self.takes_report(id, write).await
    }

    /// Writes what a provider reports of a notification, with what its owner does about it. A
    /// provider may report a thing only once: where the owner's part fails each time, the report is
    /// kept by itself, and the owner asks later for what follows.
    pub(super) async fn takes_report(
        &self,
        id: NotificationId,
        write: impl Fn(&mut Conn) -> Result<Option<Settled>, DbError> + Send + Sync + 'static,
    ) -> Result<(), DeliveryError> {
        let write = Arc::new(write);
        let settled = match self.report(id, Arc::clone(&write), true).await {
            Err(error) if !error.is_passing() => {
                tracing::error!(alarm = true, notification = %id, %error, "what follows from a report failed: it is left to its owner");
                self.report(id, write, false).await?
            }
            done => done?,
        };
        self.after_commit(settled.as_slice());
        Ok(())
    }

    async fn report(
        &self,
        id: NotificationId,
        write: Arc<impl Fn(&mut Conn) -> Result<Option<Settled>, DbError> + Send + Sync + 'static>,
        follows: bool,
    ) -> Result<Option<Settled>, DbError> {
        let (now, outcome_hook) = (self.now(), Arc::clone(&self.parts().outcome_hook));
        let report = move |conn: &mut Conn| {
            lock_owner(conn, outcome_hook.as_ref(), id)?;
            let settled = write(conn)?;
            match (settled.as_slice(), follows) {
                ([], _) => {}
                (one, true) => outcome_hook.settle(conn, now, one)?,
                (one, false) => outcome_hook.set_aside(conn, now, one)?,
            }
            Ok(settled)
        };
        let db = &self.parts().foundation.db;
        db.write(WritePriority::Alert, report).await
    }
}
