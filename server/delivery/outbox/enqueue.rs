//! Queues messages as rows, in the caller's transaction.

use std::borrow::Cow;
use std::collections::HashSet;

use super::message::{Enqueued, Lease, NewNotification, SealedMessage, SendJob};
use super::receipt_secret;
use crate::clock::At;
use crate::db::{Batch, Conn, DbError};
use crate::delivery::facts::NotificationFact;
use crate::delivery::model::StateWord;
use crate::delivery::store::{leases, rows as store, senders};
use crate::ids::{NotificationId, SubjectId};
use crate::seal::Keyring;

/// The fence of a row that is born leased.
const FIRST_FENCE: i64 = 1;

/// Writes the rows, once each by [`MessageKey`](crate::delivery::MessageKey): what is there already
/// stays, and only what is new comes back. With a lease, rows that are due now are born leased to this process
/// and are to be handed over after the commit; without one, or where they are due later, they are
/// born free.
///
/// # Errors
/// What the database says.
pub fn enqueue(
    conn: &mut Conn,
    keys: &Keyring,
    now: At,
    lease: Option<&Lease>,
    new: &[NewNotification],
) -> Result<Vec<Enqueued>, DbError> {
    NewMessages::seal(keys, now, lease, new).insert(conn)
}

/// Frees what this process leased of a subject, so that the senders find it: for rows whose hand-over
/// never came, since the outcome of their COMMIT was unknown. A row that is just being sent may go
/// twice, with the same notification id.
///
/// # Errors
/// What the database says.
pub fn free_subject(conn: &mut Conn, subject: SubjectId, lease: &Lease) -> Result<(), DbError> {
    leases::free_subject(conn, subject, lease.boot)
}

/// Messages that are sealed and not yet written.
pub struct NewMessages<'x> {
    new: Vec<&'x NewNotification>,
    now: At,
    enqueued: Vec<Enqueued>,
    rows: Vec<store::NewRow<'x>>,
}

impl<'x> NewMessages<'x> {
    /// Seals them and gives each its id; of two with one key, the first. With a lease as in
    /// [`enqueue`].
    #[must_use]
    pub fn seal(
        keys: &Keyring,
        now: At,
        lease: Option<&Lease>,
        new: &'x [NewNotification],
    ) -> Self {
        let new = once_each(new);
        let (enqueued, rows) = new.iter().map(|one| born(keys, now, lease, one)).unzip();
        Self {
            new,
            now,
            enqueued,
            rows,
        }
    }

    /// Writes them one by one; what is there already stays. What was new, to be handed over after
    /// the commit.
    ///
    /// # Errors
    /// What the database says.
    pub fn insert(self, conn: &mut Conn) -> Result<Vec<Enqueued>, DbError> {
        if self.rows.is_empty() {
            return Ok(Vec::new());
        }
        let written: HashSet<NotificationId> =
            store::insert(conn, &self.rows)?.into_iter().collect();
        let new = self.enqueued.into_iter();
        Ok(new.filter(|one| written.contains(&one.id)).collect())
    }

    /// Writes them with what else is written: for a subject that is new itself, of which nothing
    /// can be there already.
    ///
    /// # Errors
    /// What the database says.
    pub fn add<'a>(&'a self, batch: &mut Batch<'a>) -> Result<(), DbError> {
        if self.rows.is_empty() {
            Ok(())
        } else {
            store::add(batch, &self.rows)
        }
    }

    /// What there is to know of each once it is written, as it would be read back.
    #[must_use]
    pub fn facts(&self) -> Vec<NotificationFact> {
        let each = self.new.iter().zip(&self.enqueued);
        each.map(|(new, enqueued)| NotificationFact::of_new(new, enqueued, self.now))
            .collect()
    }

    /// What is to be handed over after the commit.
    #[must_use]
    pub fn into_enqueued(self) -> Vec<Enqueued> {
        self.enqueued
    }
}

/// Each message once, by its key.
fn once_each(new: &[NewNotification]) -> Vec<&NewNotification> {
    let mut once: Vec<&NewNotification> = Vec::with_capacity(new.len());
    for one in new {
        if !once.iter().any(|earlier| earlier.key == one.key) {
            once.push(one);
        }
    }
    once
}

fn born<'x>(
    keys: &Keyring,
    now: At,
    lease: Option<&Lease>,
    new: &'x NewNotification,
) -> (Enqueued, store::NewRow<'x>) {
    let id = NotificationId::new();
    let message = SealedMessage {
        to: Cow::Borrowed(&new.to),
        content: Cow::Borrowed(&new.content),
    };
    // Strings and maps of strings always serialise; an empty blob would be told apart and fail as a
    // bad request.
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(&message).unwrap_or_default());
    let sealed = keys.seal("notifications", "sealed", id.bytes(), &plain);
    let lease = lease.filter(|_| new.due_at <= now);
    let enqueued = Enqueued {
        id,
        address: new.key.address,
        job: lease.map(|lease| SendJob {
            id,
            message: new.clone(),
            receipt_secret: receipt_secret::of(keys, id),
            attempts: 0,
            fence: FIRST_FENCE,
            lease_until: lease.until,
            known_at: now,
            retired: false,
        }),
    };
    (enqueued, row(id, new, sealed, lease, now))
}

fn row<'x>(
    id: NotificationId,
    new: &'x NewNotification,
    sealed: Vec<u8>,
    lease: Option<&Lease>,
    now: At,
) -> store::NewRow<'x> {
    let state = match lease {
        Some(_) => StateWord::Sending,
        None => StateWord::Queued,
    };
    store::NewRow {
        id,
        subject_kind: &new.subject_kind,
        key: new.key,
        channel: new.channel.as_str(),
        sender: senders::to_column(&new.senders),
        state,
        reason: None,
        sealed: Some(sealed),
        deadline: new.deadline,
        due_at: new.due_at,
        attempts: 0,
        lease_boot: lease.map(|l| l.boot),
        fence: lease.map_or(0, |_| FIRST_FENCE),
        lease_until: lease.map(|l| l.until),
        failing_since: None,
        provider_ref: None,
        created_at: now,
        sent_at: None,
        delivered_at: None,
        seen_at: None,
        final_at: None,
    }
}
