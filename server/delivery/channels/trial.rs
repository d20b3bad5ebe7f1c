//! One message that ops send by hand, to see whether it arrives on a real phone.
//!
//! It goes over the same channel as an alarm would, once, and is no row: nothing repeats it, and what
//! the provider reports about it later is about a message that nobody knows.

use std::time::Duration;

use super::Channels;
use super::verdict::{Answer, Verdict};
use crate::clock::At;
use crate::delivery::MessageKey;
use crate::delivery::model::Channel;
use crate::delivery::outbox::message::{Content, Destination, NewNotification, SendJob};
use crate::ids::{AddressId, NotificationId, RecipientId, SubjectId};
use crate::language::Language;
use crate::wording::say;

/// How long a provider may take; a person waits at the terminal.
const PATIENCE: Duration = Duration::from_secs(15);

/// A message to try.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Over what.
    pub channel: Channel,
    /// Over which of the channel's providers, from 0.
    pub nth: usize,
    /// As [`SendJob`] has them: the `app_id`, or the municipality's numbers.
    pub senders: Vec<String>,
    /// A push token, or a number in E.164.
    pub to: String,
    /// Which words: after `sms-`, `call-` or `lock-`.
    pub words: &'static str,
    /// What the words are in.
    pub language: Language,
}

impl Channels {
    /// Sends it once. `Ok`: the provider took it.
    ///
    /// # Errors
    /// The provider's code and status, or why none was asked.
    pub async fn send_trial(&self, trial: Trial, now: At) -> Result<(), String> {
        let (nth, job) = (trial.nth, job(trial, now));
        let token = match self.token(&job, None).await {
            Ok(token) => token,
            Err(Answer { cause, .. }) => return Err(cause),
        };
        match self.send(&job, nth, token.as_deref(), PATIENCE).await {
            Some(Answer {
                verdict: Verdict::Sent,
                ..
            }) => Ok(()),
            Some(Answer { cause, .. }) => Err(cause),
            None => Err("the provider refused a fresh access token".to_owned()),
        }
    }
}

fn job(trial: Trial, now: At) -> SendJob {
    let words = |over: &str| say(trial.language, &format!("{over}-{}", trial.words), &[]);
    let content = match trial.channel {
        Channel::Voice => Content::Call {
            words: words("call"),
            language: trial.language,
        },
        Channel::Sms => Content::Sms {
            text: words("sms"),
            despite_stop: false,
        },
        _ => Content::Push {
            kind: "trial".to_owned(),
            words: words("lock"),
            data: Default::default(),
        },
    };
    let deadline = now.plus(PATIENCE);
    let message = NewNotification {
        subject_kind: "trial".into(),
        key: MessageKey {
            subject: SubjectId::new(),
            recipient: RecipientId::new(),
            address: AddressId::new(),
            step: 0,
            repeat: 0,
        },
        channel: trial.channel,
        senders: trial.senders,
        to: Destination::new(trial.to),
        content,
        deadline,
        due_at: now,
    };
    SendJob {
        id: NotificationId::new(),
        message,
        receipt_secret: String::new(),
        attempts: 0,
        fence: 0,
        lease_until: deadline,
        known_at: now,
        retired: false,
    }
}
