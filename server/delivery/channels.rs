//! The channels that this server has.

use super::answer::{AddressFate, Answer, Verdict};
use super::model::{Channel, FailReason};
use super::parcel::Job;
use super::{fcm, sms, terminal};

/// What messages can go over here. A channel that is not configured fails what is sent over it, so that the next one
/// is tried.
#[derive(Default)]
pub struct Channels {
    /// Pushes.
    pub fcm: Option<fcm::client::Client>,
    /// Text messages.
    pub sms: Option<sms::client::Client>,
    /// The demo: everything is shown here and nothing is sent.
    pub terminal: Option<terminal::client::Client>,
}

impl Channels {
    /// The demo's: whatever is owed is shown, whichever channel it is for.
    #[must_use]
    pub fn demo(printer: terminal::client::Printer) -> Self {
        Self { terminal: Some(terminal::client::Client::new(printer)), ..Self::default() }
    }

    /// Sends one message.
    pub(super) async fn send(&self, job: &Job) -> Answer {
        if let Some(terminal) = &self.terminal {
            return terminal.send(job);
        }
        match (job.channel, &self.fcm, &self.sms) {
            (Channel::Fcm, Some(fcm), _) => fcm.send(job).await,
            (Channel::Sms, _, Some(sms)) => sms.send(job).await,
            _ => {
                let reason = FailReason::NotConfigured;
                Answer::of(Verdict::Failed { reason, address: AddressFate::Keep, alarm: true }, "not configured")
            }
        }
    }
}
