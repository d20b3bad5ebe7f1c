//! The senders of one process: what they share, and for how long each of their parts may take.
//!
//! What: [`Delivery`] is a handle on everything that the loops of the outbox need: the foundation,
//! the channels, the breakers, the permits for sends in flight, the settings as times. Invariant:
//! this file is the lowest of the senders: the loops ([`run`](super::run), [`claim`](super::claim),
//! [`send`](super::send), [`record`](super::record)), the receipts and the probes use it, and it
//! uses none of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::breaker::Breakers;
use super::counters::Counters;
use super::follow_up::{OutcomeHook, Settled};
use super::handoff::Outbox;
use super::permits::Permits;
use crate::clock::At;
use crate::config as settings;
use crate::delivery::channels::Channels;
use crate::delivery::channels::verdict::Answer;
use crate::delivery::model::NotificationState;
use crate::foundation::Foundation;

/// The senders. Clones share them.
#[derive(Clone)]
pub struct Delivery(Arc<Parts>);

/// The times of the settings, as times.
pub(in crate::delivery) struct Times {
    /// How long a send may take: a lease must outlast it.
    pub(in crate::delivery) margin: Duration,
    /// How long a provider has for a whole send, the access token included.
    pub(in crate::delivery) send: Duration,
    /// How long this process is believed to live after a sign of life.
    pub(in crate::delivery) alive: Duration,
    pub(in crate::delivery) beat: Duration,
    /// How long a provider may do nothing but fail before its breaker opens.
    pub(in crate::delivery) patience: Duration,
    pub(in crate::delivery) clock_check: Duration,
    pub(in crate::delivery) clock_slack: Duration,
    /// How often a process looks for due rows by itself. A nudge is only quicker; this is what is
    /// relied upon.
    pub(in crate::delivery) look: Duration,
}

impl Times {
    fn of(settings: &settings::Delivery) -> Self {
        let (secs, millis) = (Duration::from_secs, Duration::from_millis);
        Self {
            margin: secs(settings.lease_margin_s),
            send: millis(settings.total_timeout_ms),
            alive: secs(settings.alive_s),
            beat: secs(settings.alive_period_s.max(1)),
            patience: secs(settings.breaker_open_s)
                .saturating_sub(millis(settings.total_timeout_ms)),
            clock_check: secs(settings.clock_check_s),
            clock_slack: millis(settings.clock_slack_ms),
            look: millis(settings.poll_ms.max(10)),
        }
    }
}

pub(in crate::delivery) struct Parts {
    pub(in crate::delivery) foundation: Foundation,
    pub(in crate::delivery) outbox: Outbox,
    pub(in crate::delivery) channels: Channels,
    pub(in crate::delivery) outcome_hook: Arc<dyn OutcomeHook>,
    pub(in crate::delivery) breakers: Breakers,
    pub(in crate::delivery) counters: Counters,
    pub(in crate::delivery) permits: Permits,
    pub(in crate::delivery) times: Times,
    /// Outcomes in one transaction.
    pub(in crate::delivery) group: usize,
    /// One step at a time.
    pub(in crate::delivery) stepping: Mutex<()>,
}

impl Delivery {
    /// Senders that do not run yet.
    #[must_use]
    pub fn new(
        foundation: Foundation,
        outbox: Outbox,
        channels: Channels,
        outcome_hook: Arc<dyn OutcomeHook>,
    ) -> Self {
        let settings = &foundation.config.delivery;
        let (permits, group, times) = (
            Permits::of(settings),
            settings.outcome_group.max(1),
            Times::of(settings),
        );
        Self(Arc::new(Parts {
            foundation,
            outbox,
            channels,
            outcome_hook,
            breakers: Breakers::default(),
            counters: Counters::default(),
            permits,
            times,
            group,
            stepping: Mutex::new(()),
        }))
    }

    pub(in crate::delivery) fn parts(&self) -> &Parts {
        &self.0
    }

    pub(in crate::delivery) fn times(&self) -> &Times {
        &self.0.times
    }

    pub(in crate::delivery) fn now(&self) -> At {
        self.0.foundation.clock.now()
    }

    /// The outbox that rows are handed over to.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// The channels, for `doctor`.
    #[must_use]
    pub fn channels(&self) -> &Channels {
        &self.0.channels
    }

    /// Tells the provider's breaker what came of a request.
    pub(in crate::delivery) fn note(
        &self,
        provider: &str,
        answer: &Answer,
        started: At,
        ended: At,
    ) {
        self.parts()
            .breakers
            .with(provider, |b| match answer.verdict.is_an_answer() {
                true => b.answered(ended),
                false => b.failed(started, ended, self.times().patience),
            });
    }

    /// What follows a commit: the owner publishes, and the engine and the senders are nudged. An
    /// event that cannot be published keeps no other from being published.
    pub(in crate::delivery) fn after_commit(&self, settled: &[Settled]) {
        let publish = |settled: &[Settled]| {
            let publishes = || self.parts().outcome_hook.published(settled);
            catch_unwind(AssertUnwindSafe(publishes)).is_err()
        };
        if publish(settled) {
            tracing::error!(alarm = true, "the code failed on publishing outcomes");
            for one in settled {
                publish(std::slice::from_ref(one));
            }
        }
        if settled.iter().any(|s| s.state != NotificationState::Sent) {
            self.parts().foundation.bus.nudge_engine();
            self.parts().outbox.nudge();
        }
    }
}
