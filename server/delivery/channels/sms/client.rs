//! Sends one text message through a Twilio-compatible gateway.

use super::errors::TABLE;
use crate::clock::Clock;
use crate::delivery::channels::gsm7::transliterate;
use crate::delivery::channels::twilio::{Account, Gateway};
use crate::delivery::channels::verdict::Answer;
use crate::delivery::model::FailReason;
use crate::delivery::outbox::message::{Content, SendJob};

/// The names of the providers, in the order in which they are asked.
pub const NAMES: [&str; 2] = ["sms", "sms/second"];

/// One of the gateways.
pub struct Client {
    gateway: Gateway,
    /// Which of the municipality's senders is this gateway's, from 0.
    nth: usize,
}

impl Client {
    /// Clients for these accounts, in order.
    #[must_use]
    pub fn all(http: &reqwest::Client, clock: &Clock, accounts: Vec<Account>) -> Vec<Self> {
        let named = NAMES.into_iter().zip(accounts).enumerate();
        named
            .map(|(nth, (name, account))| Self {
                gateway: Gateway::new(name, TABLE, http, clock, account),
                nth,
            })
            .collect()
    }

    /// The account at the gateway, for those who ask it and check what it sends us.
    #[must_use]
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Whether there is a sender to send it from.
    pub(in crate::delivery) fn has_sender(&self, job: &SendJob) -> bool {
        job.sender(self.nth).is_some()
    }

    /// Sends it once.
    pub async fn send(&self, job: &SendJob) -> Answer {
        let Content::Sms { text, .. } = &job.message.content else {
            return self.gateway.broken(FailReason::BadRequest, "no text");
        };
        let Some(sender) = job.sender(self.nth) else {
            return self.gateway.broken(FailReason::NotConfigured, "no sender");
        };
        let from = if sender.starts_with("MG") {
            "MessagingServiceSid"
        } else {
            "From"
        };
        let body = transliterate(text);
        let callback = self
            .gateway
            .repeated_callback(&format!("/v1/callbacks/sms/status/{}", job.id));
        let form = [
            ("To", job.message.to.expose()),
            (from, sender),
            ("Body", &body),
            ("StatusCallback", &callback),
        ];
        self.gateway.post("Messages", &form).await
    }
}
