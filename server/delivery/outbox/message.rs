//! What a row carries sealed: where it goes and what it says. Wiped when nothing more is to be
//! sent.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::clock::At;
use crate::ids::{AddressId, BootId, NotificationId};
use crate::language::Language;

use crate::delivery::MessageKey;
use crate::delivery::model::Channel;

/// A push token, a number in E.164, a mailbox, or a webhook's secret and address. Prints nothing of
/// itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Destination(String);

impl Destination {
    /// Takes a token or a number.
    #[must_use]
    pub fn new(to: impl Into<String>) -> Self {
        Self(to.into())
    }

    /// Of an address that does not open: what goes there fails visibly and leads on to the next
    /// channel.
    #[must_use]
    pub const fn unreadable() -> Self {
        Self(String::new())
    }

    /// Whether there is anything to send to.
    #[must_use]
    pub const fn is_readable(&self) -> bool {
        !self.0.is_empty()
    }

    /// The token or number itself, for the provider's request alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Destination(…)")
    }
}

/// What is said.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// To the app.
    Push {
        /// What the app is to do with it, in a word.
        kind: String,
        /// What a lock screen may show: the alias that was agreed upon, or neutral words. Empty:
        /// nothing is shown, the app alone is told.
        words: String,
        /// Ids and codes for the app; never a place, a name or a number.
        data: BTreeMap<String, String>,
    },
    /// As a text message.
    Sms {
        /// The whole text.
        text: String,
        /// Only for what the receiver has just asked for (a sign-in code): goes out to a number
        /// that said STOP too.
        despite_stop: bool,
    },
    /// Read out in a call.
    Call {
        /// The words, which ask for a key at their end; never a place or a name.
        words: String,
        /// What they are in.
        language: Language,
    },
    /// As an email of plain text.
    #[serde(rename = "mail")]
    Email {
        /// What a list of emails, and a lock screen, shows: neutral words or the alias, as on a
        /// push.
        subject: String,
        /// The whole text.
        text: String,
    },
    /// To a machine, as JSON. The notification's id is added when it is sent.
    #[serde(rename = "hook")]
    Webhook {
        /// What happened, in a word.
        kind: String,
        /// What is known of it; never a name, a number or a place.
        body: BTreeMap<String, serde_json::Value>,
    },
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Push { .. } => "Push(…)",
            Self::Sms { .. } => "Sms(…)",
            Self::Call { .. } => "Call(…)",
            Self::Email { .. } => "Mail(…)",
            Self::Webhook { .. } => "Hook(…)",
        })
    }
}

/// Both, as they are sealed together.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SealedMessage<'m> {
    pub to: Cow<'m, Destination>,
    pub content: Cow<'m, Content>,
}

/// A message, from the decision to the row and from the row to the send.
#[derive(Clone, Debug)]
pub struct NewNotification {
    /// What the subject is, in a word: `alert`, `sign-in`, `invitation`, …
    pub subject_kind: Cow<'static, str>,
    /// What makes it this message and no other.
    pub key: MessageKey,
    /// Over what.
    pub channel: Channel,
    /// For a push the `app_id`; for a call the municipality's number; for a text message its number
    /// or messaging service at each provider, in order, empty at one that has none.
    pub senders: Vec<String>,
    /// Where to.
    pub to: Destination,
    /// What.
    pub content: Content,
    /// From then on it is `expired`: never sent late.
    pub deadline: At,
    /// Not before.
    pub due_at: At,
}

/// A right to send rows until a moment, held by this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The process.
    pub boot: BootId,
    /// The end of the right.
    pub until: At,
}

/// A row that was written, as it is handed over to be sent.
#[derive(Clone, Debug)]
pub struct Enqueued {
    /// The notification.
    pub id: NotificationId,
    /// The address it goes to.
    pub address: AddressId,
    /// What the sender needs, where the row was born leased to this process.
    pub(in crate::delivery) job: Option<SendJob>,
}

/// All that sending needs, so that a send reads no table.
#[derive(Clone, Debug)]
pub struct SendJob {
    pub(in crate::delivery) id: NotificationId,
    pub(in crate::delivery) message: NewNotification,
    /// What a push carries for its receipt.
    pub(in crate::delivery) receipt_secret: String,
    pub(in crate::delivery) attempts: i64,
    pub(in crate::delivery) fence: i64,
    pub(in crate::delivery) lease_until: At,
    /// When this process last knew the row to be wanted.
    pub(in crate::delivery) known_at: At,
    /// The address was retired or disabled since: nothing is to be sent there.
    pub(in crate::delivery) retired: bool,
}

impl SendJob {
    /// The sender at the `nth` provider, from 0.
    pub(in crate::delivery) fn sender(&self, nth: usize) -> Option<&str> {
        self.message
            .senders
            .get(nth)
            .map(|sender| sender.trim())
            .filter(|sender| !sender.is_empty())
    }
}

impl From<SendJob> for Enqueued {
    fn from(job: SendJob) -> Self {
        Self {
            id: job.id,
            address: job.message.key.address,
            job: Some(job),
        }
    }
}
