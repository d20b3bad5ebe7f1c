//! Places one call through a Twilio-compatible gateway.

use super::errors::TABLE;
use super::twiml::{LONGEST, call};
use crate::clock::Clock;
use crate::delivery::channels::twilio::{Account, Gateway};
use crate::delivery::channels::verdict::Answer;
use crate::delivery::model::FailReason;
use crate::delivery::outbox::message::{Content, SendJob};

/// The provider's name.
pub const NAME: &str = "voice";
/// How long it rings, in seconds: mailboxes pick up at about that time.
const RINGS_S: &str = "25";

/// The gateway.
pub struct Client(Gateway);

impl Client {
    /// A client for one account.
    #[must_use]
    pub fn new(http: &reqwest::Client, clock: &Clock, account: Account) -> Self {
        Self(Gateway::new(NAME, TABLE, http, clock, account))
    }

    /// The account at the gateway, for those who ask it and check what it sends us.
    #[must_use]
    pub fn gateway(&self) -> &Gateway {
        &self.0
    }

    /// Places it once.
    pub async fn send(&self, job: &SendJob) -> Answer {
        let Content::Call { words, language } = &job.message.content else {
            return self.0.broken(FailReason::BadRequest, "no words");
        };
        let Some(sender) = job.sender(0) else {
            return self.0.broken(FailReason::NotConfigured, "no sender");
        };
        let path = format!(
            "/v1/callbacks/voice/keys/{}?language={}",
            job.id,
            language.tag()
        );
        let twiml = call(words, *language, &self.0.callback(&path));
        if twiml.chars().count() > LONGEST {
            return self.0.broken(FailReason::BadRequest, "too many words");
        }
        let status = self
            .0
            .repeated_callback(&format!("/v1/callbacks/voice/status/{}", job.id));
        let form = [
            ("To", job.message.to.expose()),
            ("From", sender),
            ("Twiml", &twiml),
            ("Timeout", RINGS_S),
            ("StatusCallback", &status),
            // The one event that says how it ended, whichever way.
            ("StatusCallbackEvent", "completed"),
        ];
        self.0.post("Calls", &form).await
    }
}
