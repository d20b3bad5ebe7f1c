//! Whether a message would leave now: every provider is asked, and nothing is sent.
//!
//! On a quiet night no message tells whether a provider is there. A probe also closes the breaker
//! that the last alert left open, and opens one before the next alert has to wait for five
//! time-outs.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::Channels;
use super::twilio::Gateway;
use super::verdict::{Answer, Verdict};
use crate::delivery::model::Channel;
use crate::delivery::outbox::sender::Delivery;

/// Over what a message would leave now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Works {
    apps: BTreeSet<String>,
    texts: bool,
    calls: bool,
    /// The demo's terminal takes everything.
    shown: bool,
}

impl Works {
    /// Pushes to the users of this app.
    #[must_use]
    pub fn push(&self, app_id: &str) -> bool {
        self.shown || self.apps.contains(app_id)
    }

    /// Text messages, over either gateway.
    #[must_use]
    pub fn sms(&self) -> bool {
        self.shown || self.texts
    }

    /// Calls.
    #[must_use]
    pub fn voice(&self) -> bool {
        self.shown || self.calls
    }
}

impl Channels {
    /// Keeps what a send needs at hand, so that the first alert of a night does not wait for an
    /// access token.
    pub(in crate::delivery) async fn stay_ready(&self) {
        if let Some(fcm) = &self.fcm {
            for (app_id, cause) in fcm.unreachable().await {
                tracing::warn!(
                    app_id,
                    cause,
                    "no access token: pushes of this app would not leave"
                );
            }
        }
    }
}

impl Delivery {
    /// Asks all providers at once; takes as long as one send at most, and as long again where an
    /// access token is due.
    pub async fn probe(&self) -> Works {
        let channels = self.channels();
        let apps = channels
            .fcm
            .iter()
            .flat_map(|fcm| fcm.apps().map(move |app| (fcm, app)));
        let pushes = apps.map(|(fcm, app)| async move {
            let works = self
                .asked(&format!("{}/{app}", Channel::Fcm), fcm.probe(app))
                .await;
            works.then(|| app.to_owned())
        });
        let texts = channels
            .sms
            .iter()
            .map(|sms| self.gateway_works(sms.gateway()));
        // What comes of emails only their breaker is told: they are promised to no caller.
        let calls = channels
            .voice
            .iter()
            .map(|voice| self.gateway_works(voice.gateway()));
        let emails = channels
            .email
            .iter()
            .map(|email| self.asked(Channel::Email.as_str(), email.probe()));
        let (apps, texts, calls, _) = tokio::join!(
            join_all(pushes),
            join_all(texts),
            join_all(calls),
            join_all(emails)
        );
        let texts = texts.contains(&true);
        Works {
            apps: apps.into_iter().flatten().collect(),
            texts,
            calls: calls.contains(&true),
            shown: channels.terminal.is_some(),
        }
    }

    async fn gateway_works(&self, gateway: &Gateway) -> bool {
        self.asked(gateway.name(), gateway.probe()).await
    }

    /// One request without an answer is no outage: the breaker says when it is one.
    async fn asked(&self, provider: &str, probe: impl Future<Output = Answer>) -> bool {
        let started = self.now();
        let answer = probe.await;
        self.note(provider, &answer, started, self.now());
        let silent = !answer.verdict.is_an_answer();
        answer.verdict == Verdict::Sent
            || (silent && !self.parts().breakers.with(provider, |b| b.is_open()))
    }
}
