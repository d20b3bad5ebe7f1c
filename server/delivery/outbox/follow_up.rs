//! What the owner of a subject does about an outcome, in the outcome's own transaction.
//!
//! This room knows no alert; the room that does is given at composition. So the next channel after
//! a hard failure is queued in the transaction that records the failure, and no crash can come
//! between.

use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::delivery::MessageKey;
use crate::delivery::model::{Channel, FailReason, NotificationState};
use crate::ids::{NotificationId, SubjectId};

/// A notification after something happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The notification.
    pub notification: NotificationId,
    /// What its subject is, in a word.
    pub subject_kind: String,
    /// What makes it this message and no other.
    pub key: MessageKey,
    /// The channel.
    pub channel: Channel,
    /// Where it stands. `Queued` means that it will be tried again.
    pub state: NotificationState,
    /// Why the last attempt failed, for good or for now.
    pub reason: Option<FailReason>,
}

/// The owner's part.
pub trait OutcomeHook: Send + Sync + 'static {
    /// Called before rows of notifications are locked of which [`OutcomeHook::settle`] will be told,
    /// with the kind and the id of each one's subject: the owner's own rows come first in the order
    /// in which rows are locked.
    ///
    /// # Errors
    /// What the database says.
    fn lock(&self, conn: &mut Conn, subjects: &[(&str, SubjectId)]) -> Result<(), DbError> {
        let _ = (conn, subjects);
        Ok(())
    }

    /// Called with every outcome but a plain `sent`: failures for good and for now, expiries,
    /// receipts. Within the transaction that writes them, which may run again: no effects outside
    /// the database.
    ///
    /// # Errors
    /// An error undoes the outcomes too; they are tried again.
    fn settle(&self, conn: &mut Conn, now: At, settled: &[Settled]) -> Result<(), DbError>;

    /// Called instead of [`OutcomeHook::settle`] where that fails: the messages were set aside as dead
    /// letters, or a provider's report is kept by itself. What follows from that is asked for later,
    /// by a path that one failure cannot undo.
    ///
    /// # Errors
    /// After an error the next node that gets their leases sends the messages.
    fn set_aside(&self, conn: &mut Conn, now: At, settled: &[Settled]) -> Result<(), DbError> {
        let _ = (conn, now, settled);
        Ok(())
    }

    /// Called after the commit, with `sent` as well: the place to publish live events.
    fn published(&self, settled: &[Settled]) {
        let _ = settled;
    }
}

/// Does nothing about outcomes.
#[derive(Debug, Clone, Copy)]
pub struct NoOutcomeHook;

impl OutcomeHook for NoOutcomeHook {
    fn settle(&self, _: &mut Conn, _: At, _: &[Settled]) -> Result<(), DbError> {
        Ok(())
    }
}
