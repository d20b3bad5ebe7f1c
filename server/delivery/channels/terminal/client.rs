//! Shows one message.

use std::sync::Arc;

use crate::delivery::channels::verdict::{Answer, Verdict};
use crate::delivery::model::Channel;
use crate::delivery::outbox::message::Content;
use crate::delivery::outbox::message::SendJob;
use crate::ids::{NotificationId, RecipientId, SubjectId};

/// What a phone would show.
#[derive(Clone)]
pub struct Shown {
    /// The notification.
    pub notification: NotificationId,
    /// On whose behalf.
    pub subject: SubjectId,
    /// The recipient.
    pub recipient: RecipientId,
    /// What it would have gone over.
    pub channel: Channel,
    /// The token or the number.
    pub to: String,
    /// What the lock screen, the message or the voice says.
    pub words: String,
    /// The push's kind; empty for a text message and a call.
    pub kind: String,
}

impl Shown {
    pub(in crate::delivery) fn of(job: &SendJob) -> Self {
        let (words, kind) = match &job.message.content {
            Content::Push { words, kind, .. } => (words.clone(), kind.clone()),
            Content::Sms { text, .. } | Content::Email { text, .. } => {
                (text.clone(), String::new())
            }
            Content::Call { words, .. } => (words.clone(), String::new()),
            Content::Webhook { kind, .. } => (String::new(), kind.clone()),
        };
        Self {
            notification: job.id,
            subject: job.message.key.subject,
            recipient: job.message.key.recipient,
            channel: job.message.channel,
            to: job.message.to.expose().to_owned(),
            words,
            kind,
        }
    }
}

/// Takes what is shown.
pub type Printer = Arc<dyn Fn(Shown) + Send + Sync>;

/// The terminal.
pub struct Client(Printer);

impl Client {
    /// A terminal that shows by `printer`.
    #[must_use]
    pub fn new(printer: Printer) -> Self {
        Self(printer)
    }

    /// Shows it.
    #[must_use]
    pub fn send(&self, job: &SendJob) -> Answer {
        (self.0)(Shown::of(job));
        Answer::of(Verdict::Sent, "shown")
    }
}
