//! Shows one message, and says whether it leaves the machine all the same.

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
    /// What its provider answered; `None` where it was shown and not sent.
    pub answered: Option<Answered>,
}

/// What a provider answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What becomes of the message.
    pub verdict: Verdict,
    /// The provider's code and status.
    pub cause: String,
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
            answered: None,
        }
    }
}

/// Takes what is shown.
pub type Printer = Arc<dyn Fn(Shown) + Send + Sync>;

/// What is sent as well as shown. All else stays on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// Nothing: the demo.
    Nothing,
    /// Pushes of this app: the demo, with a service account.
    PushesOf(String),
    /// Texts and calls to this number, in E.164: a rehearsal.
    To(String),
}

/// The terminal.
pub struct Client {
    printer: Printer,
    leaves: Leaves,
}

impl Client {
    /// A terminal that shows by `printer`.
    #[must_use]
    pub fn new(printer: Printer, leaves: Leaves) -> Self {
        Self { printer, leaves }
    }

    /// Whether its provider is asked to send it.
    pub(in crate::delivery) fn lets_out(&self, job: &SendJob) -> bool {
        match &self.leaves {
            Leaves::Nothing => false,
            Leaves::PushesOf(app_id) => {
                job.message.channel == Channel::Fcm && job.message.senders.first() == Some(app_id)
            }
            Leaves::To(number) => {
                matches!(job.message.channel, Channel::Sms | Channel::Voice)
                    && job.message.to.expose() == number
            }
        }
    }

    /// Shows a message that stays here.
    #[must_use]
    pub fn send(&self, job: &SendJob) -> Answer {
        (self.printer)(Shown::of(job));
        Answer::of(Verdict::Sent, "shown")
    }

    /// Shows a message that was sent, with what came of it.
    pub(in crate::delivery) fn sent(&self, job: &SendJob, answer: &Answer) {
        let answered = Some(Answered {
            verdict: answer.verdict,
            cause: answer.cause.clone(),
        });
        (self.printer)(Shown {
            answered,
            ..Shown::of(job)
        });
    }
}
