//! What happened to the notifications of a subject: the plan decides by it, and she sees it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::addresses::OwnerKind;
use super::model::{Channel, FailReason, NotificationState};
use super::outbox::message::{Enqueued, NewNotification};
use super::store::key::MessageKey;
use super::store::{addresses, attempts, rows, signs};
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::ids::{AddressId, NotificationId, RecipientId, SubjectId};

/// One notification, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationFact {
    /// The notification.
    pub id: NotificationId,
    /// What makes it this message and no other.
    pub key: MessageKey,
    /// The channel.
    pub channel: Channel,
    /// Where it stands. What was sent and brought no receipt until its deadline is `Expired`.
    pub state: NotificationState,
    /// Why the last attempt failed, for good or for now.
    pub reason: Option<FailReason>,
    /// The first attempt that failed in a way that may pass.
    pub failing_since: Option<At>,
    /// When it was queued.
    pub created_at: At,
    /// Not before.
    pub due_at: At,
    /// From then on it is never sent.
    pub deadline: At,
    /// When the provider took it.
    pub sent_at: Option<At>,
    /// When the phone said that it has it.
    pub delivered_at: Option<At>,
    /// When the recipient looked.
    pub seen_at: Option<At>,
    /// When it expired or failed.
    pub ended_at: Option<At>,
    /// How often the provider was asked.
    pub attempts: i64,
    /// A provider took it, or the outcome of an attempt is unknown.
    pub may_have_left: bool,
}

impl NotificationFact {
    /// Of one that is about to be written, as it would be read back.
    pub(super) fn of_new(new: &NewNotification, enqueued: &Enqueued, now: At) -> Self {
        Self {
            id: enqueued.id,
            key: new.key,
            channel: new.channel,
            state: match enqueued.job {
                Some(_) => NotificationState::Sending,
                None => NotificationState::Queued,
            },
            reason: None,
            failing_since: None,
            created_at: now,
            due_at: new.due_at,
            deadline: new.deadline,
            sent_at: None,
            delivered_at: None,
            seen_at: None,
            ended_at: None,
            attempts: 0,
            may_have_left: false,
        }
    }
}

/// All notifications of a subject, oldest first. A row over a channel that only a newer server knows
/// is left out, and so is one whose key cannot be read, with an alarm.
///
/// # Errors
/// What the database says.
pub fn notifications_of(
    conn: &mut Conn,
    subject: SubjectId,
    now: At,
) -> Result<Vec<NotificationFact>, DbError> {
    Ok(rows::of_subject(conn, subject)?
        .iter()
        .filter_map(|row| fact(row, now))
        .collect())
}

fn fact(row: &rows::NotificationRow, now: At) -> Option<NotificationFact> {
    let state = match NotificationState::of(row.state, row.reason) {
        NotificationState::Sent if row.deadline <= now => NotificationState::Expired,
        state => state,
    };
    Some(NotificationFact {
        id: row.id,
        key: row.key.read()?,
        channel: Channel::parse(&row.channel)?,
        state,
        reason: row.reason,
        failing_since: row.failing_since,
        created_at: row.created_at,
        due_at: row.due_at,
        deadline: row.deadline,
        sent_at: row.sent_at,
        delivered_at: row.delivered_at,
        seen_at: row.seen_at,
        ended_at: row.final_at,
        attempts: row.attempts,
        may_have_left: row.sent_at.or(row.unsure_at).is_some(),
    })
}

/// Which recipients were sent a message of one of these steps about one of these subjects, or may
/// have been.
///
/// # Errors
/// What the database says.
pub fn may_have_been_told(
    conn: &mut Conn,
    subjects: &[SubjectId],
    steps: &[i64],
) -> Result<HashSet<RecipientId>, DbError> {
    Ok(signs::may_have_been_told(conn, subjects, steps)?
        .into_iter()
        .collect())
}

/// When each recipient was last sent a text about one of these subjects, by the moment at which it
/// was queued; withdrawn ones do not count.
///
/// # Errors
/// What the database says.
pub fn last_texts(
    conn: &mut Conn,
    subjects: &[SubjectId],
) -> Result<HashMap<RecipientId, At>, DbError> {
    let last = signs::last_texts(conn, subjects)?.into_iter();
    Ok(last.filter_map(|(who, at)| Some((who, at?))).collect())
}

/// One try to send a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Of which notification.
    pub notification: NotificationId,
    /// Its number, from 1.
    pub n: i64,
    /// When the provider was asked.
    pub started_at: At,
    /// When it had answered, or was given up on.
    pub ended_at: At,
    /// `sent`, `again`, `failed` or `expired`.
    pub outcome: String,
    /// The provider's code and status.
    pub cause: Option<String>,
}

/// Every try of these, each one's in order.
///
/// # Errors
/// What the database says.
pub fn attempts_of(
    conn: &mut Conn,
    notifications: &[NotificationId],
) -> Result<Vec<Attempt>, DbError> {
    let attempt = |row: attempts::Row| Attempt {
        notification: row.notification,
        n: row.n,
        started_at: row.started_at,
        ended_at: row.ended_at,
        outcome: row.outcome,
        cause: row.cause,
    };
    Ok(attempts::of(conn, notifications)?
        .into_iter()
        .map(attempt)
        .collect())
}

/// What the messages of some subjects say of an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs {
    /// When a message was last confirmed there.
    pub reached_at: Option<At>,
    /// When the provider last said that nothing can arrive there.
    pub dead_at: Option<At>,
}

/// Reasons that lie with the address and not with us or a provider.
const OF_THE_ADDRESS: [FailReason; 4] = [
    FailReason::Unregistered,
    FailReason::BadAddress,
    FailReason::Undelivered,
    FailReason::Rejected,
];

/// The signs of each address in the messages of these subjects.
///
/// # Errors
/// What the database says.
pub fn signs_of(
    conn: &mut Conn,
    subjects: &[SubjectId],
) -> Result<HashMap<AddressId, Signs>, DbError> {
    let mut found: HashMap<AddressId, Signs> = HashMap::new();
    for (address, at) in signs::last_reached(conn, subjects)? {
        found.entry(address).or_default().reached_at = at;
    }
    for (address, at) in signs::last_failed(conn, subjects, &OF_THE_ADDRESS)? {
        found.entry(address).or_default().dead_at = at;
    }
    Ok(found)
}

/// How long after its deadline a push may be confirmed by the secret that it carried: a phone that
/// was out of coverage says late what it got in time.
const RECEIPT_GRACE: Duration = Duration::from_secs(300);

/// A notification, for a caller who judges whether a person may send a receipt for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What its subject is, in a word.
    pub subject_kind: String,
    /// What makes it this message and no other.
    pub key: MessageKey,
    /// Who owns the address it went to, where the address is kept.
    pub owner: Option<(OwnerKind, RecipientId)>,
    /// Where it stands.
    pub state: NotificationState,
    /// Until when the secret that it carried is good for its receipt.
    pub receipt_until: At,
}

/// Looks one up.
///
/// # Errors
/// What the database says.
pub fn find(conn: &mut Conn, id: NotificationId) -> Result<Option<Found>, DbError> {
    let Some(row) = rows::find(conn, id)? else {
        return Ok(None);
    };
    let Some(key) = row.key.read() else {
        return Ok(None);
    };
    let owner = addresses::owner(conn, key.address)?;
    let owner = owner.and_then(|(kind, owner)| Some((OwnerKind::parse(&kind)?, owner.0?)));
    Ok(Some(Found {
        subject_kind: row.subject_kind,
        key,
        owner,
        state: NotificationState::of(row.state, row.reason),
        // A withdrawn message's deadline is moved to the past; its phone may have it all the same.
        receipt_until: row.deadline.max(row.created_at).plus(RECEIPT_GRACE),
    }))
}
