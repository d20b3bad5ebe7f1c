//! A step of the senders, taken apart, so that a test can let a process freeze or die between two
//! of its parts.

use super::handoff::Slot;
use super::message::SendJob;
use super::outcome::Outcome;
use super::sender::Delivery;
use crate::clock::At;
use crate::db::DbError;
use crate::delivery::inbound::{PressedKey, Text};
use crate::ids::NotificationId;

/// A row that this process has leased and not begun to send.
pub struct Waiting(SendJob, Slot);

/// A row that was sent, or must not be, and is not recorded yet.
pub struct Sent(Outcome);

impl Waiting {
    /// Which.
    #[must_use]
    pub fn notification(&self) -> NotificationId {
        self.0.id
    }
}

impl Sent {
    /// Which.
    #[must_use]
    pub fn notification(&self) -> NotificationId {
        self.0.job.id
    }
}

impl Delivery {
    /// Says that this process lives.
    ///
    /// # Errors
    /// What the database says.
    pub async fn says_it_lives(&self) -> Result<(), DbError> {
        self.beat().await
    }

    /// Says that this process lives, frees the rows of dead ones, and leases what is due.
    ///
    /// # Errors
    /// What the database says.
    pub async fn look(&self) -> Result<(), DbError> {
        self.beat().await?;
        self.bring_back().await?;
        self.free_dead().await?;
        self.claim_due().await?;
        Ok(())
    }

    /// What this process has leased and sends next.
    pub async fn waiting(&self) -> Vec<Waiting> {
        self.outbox()
            .take_waiting()
            .await
            .into_iter()
            .map(|(job, slot)| Waiting(job, slot))
            .collect()
    }

    /// Sends one row. `None` if another node has the right to it now.
    pub async fn send(&self, Waiting(job, slot): Waiting) -> Option<Sent> {
        self.send_one(job, slot).await.map(Sent)
    }

    /// Records the outcomes of rows, with what their owner does about them.
    pub async fn write_down(&self, sent: Vec<Sent>) {
        self.record(sent.into_iter().map(|Sent(outcome)| outcome).collect())
            .await;
    }

    /// Takes a gateway's receipt, as its callback does.
    ///
    /// # Errors
    /// What the database says.
    pub async fn hears_of(
        &self,
        id: NotificationId,
        said: crate::delivery::model::NotificationEvent,
    ) -> Result<(), DbError> {
        self.hears(id, said, "stepwise".to_owned())
            .await
            .map_err(|error| DbError::Other(error.to_string()))
    }

    /// Takes a key that was pressed in the call of that notification, as the gateway's callback
    /// does.
    ///
    /// # Errors
    /// What the database says.
    pub async fn hears_key(&self, id: NotificationId, key: &str) -> Result<(), DbError> {
        let pressed = PressedKey {
            reference: None,
            key: key.to_owned(),
        };
        self.takes_key(id, pressed)
            .await
            .map_err(|error| DbError::Other(error.to_string()))
    }

    /// Takes a text from that number, as the gateway's callback does.
    ///
    /// # Errors
    /// What the database says.
    pub async fn hears_text(&self, from: &str, words: &str) -> Result<(), DbError> {
        let text = Text {
            reference: None,
            from: from.to_owned(),
            to: Vec::new(),
            body: words.to_owned(),
        };
        let taken = self.takes_reply(text).await;
        taken.map_err(|error| DbError::Other(error.to_string()))
    }

    /// Compares this process's clock with the one that all share: too far from it, it leases nothing
    /// from its next sign of life on, if another node does.
    pub fn compare_clocks_with(&self, theirs: At) {
        self.clocks_read(self.now(), theirs);
    }
}
