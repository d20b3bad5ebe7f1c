//! One send: is it still right, is the provider there, and what came of it. No transaction is open meanwhile.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::OwnedSemaphorePermit;

use super::addresses::PHONE_LOOKUP;
use super::answer::{AddressFate, Answer, Verdict};
use super::leases::{Standing, before_send};
use super::model::{Channel, FailReason, NotificationState};
use super::outbox::Place;
use super::parcel::{Content, Job};
use super::retry::PROVIDER_FAILS;
use super::store::{inbound, leases};
use super::worker::Delivery;
use crate::clock::At;
use crate::db::{DbError, Lane};

/// A message on which the code fails is set aside after so many tries.
const TRIES: i64 = 3;

/// What came of one row.
#[derive(Clone)]
pub(super) struct Outcome {
    pub(super) job: Job,
    pub(super) state: NotificationState,
    /// Why, for good or for now.
    pub(super) reason: Option<FailReason>,
    pub(super) due_at: At,
    pub(super) tried: bool,
    pub(super) started_at: At,
    pub(super) ended_at: At,
    pub(super) cause: String,
    pub(super) provider_ref: Option<String>,
    pub(super) fate: AddressFate,
    /// The number's lookup, if the gateway told us that it said STOP.
    pub(super) stopped: Option<Vec<u8>>,
    /// Its turn among the sends in flight, which lasts until the outcome is written: should this process die, no more
    /// sends than have a turn are repeated.
    #[expect(dead_code, reason = "held, never read")]
    pub(super) turn: Option<Turn>,
}

/// One of the sends in flight.
pub(super) type Turn = Arc<OwnedSemaphorePermit>;

impl Outcome {
    /// Of a row that was not sent.
    fn unsent(job: Job, now: At, state: NotificationState, cause: &str) -> Self {
        Self {
            reason: state.reason(),
            state,
            due_at: now,
            tried: false,
            started_at: now,
            ended_at: now,
            cause: cause.to_owned(),
            provider_ref: None,
            fate: AddressFate::Keep,
            stopped: None,
            turn: None,
            job,
        }
    }

    fn of(job: Job, answer: Answer, started_at: At, now: At, dice: f64) -> Self {
        let failed = u32::try_from(job.attempts.saturating_add(1)).unwrap_or(u32::MAX);
        let mut outcome = Self::unsent(job, now, NotificationState::Sent, &answer.cause);
        outcome.tried = true;
        outcome.started_at = started_at;
        outcome.provider_ref = answer.provider_ref;
        match answer.verdict {
            Verdict::Sent => {}
            Verdict::Failed { reason, address, .. } => {
                outcome.state = NotificationState::Failed(reason);
                outcome.reason = Some(reason);
                outcome.fate = address;
            }
            Verdict::Again { reason, schedule } => {
                outcome.state = NotificationState::Queued;
                outcome.reason = Some(reason);
                // Never sent late: at the deadline it is looked at once more, and ends.
                outcome.due_at = schedule.next(now, failed, answer.retry_after, dice).min(outcome.job.deadline);
            }
        }
        outcome
    }

    /// Of a row on which the code failed: it goes again as after any failure that may pass, and is set aside at the third.
    fn broken(job: Job, started_at: At, now: At) -> Self {
        let verdict = match job.attempts + 1 < TRIES {
            true => Verdict::Again { reason: FailReason::Internal, schedule: PROVIDER_FAILS },
            false => Verdict::Failed { reason: FailReason::DeadLetter, address: AddressFate::Keep, alarm: true },
        };
        Self::of(job, Answer::of(verdict, "the code failed"), started_at, now, dice())
    }

    /// The word for it in an attempt's row and in metrics.
    pub(super) fn word(&self) -> &'static str {
        match self.state {
            NotificationState::Queued => "again",
            other => other.as_str(),
        }
    }
}

impl Delivery {
    /// Sends one row, or says why not. `None` if the right to it has passed to somebody else.
    pub(super) async fn send_one(&self, job: Job, place: Place) -> Option<Outcome> {
        let lane = if job.channel == Channel::Fcm { &self.parts().pushes } else { &self.parts().texts };
        let turn = Arc::clone(lane).acquire_owned().await.ok()?;
        drop(place);
        let (id, fence) = (job.id, job.fence);
        let Some(outcome) = self.caught(job).await else {
            // Where nobody has taken it, it must not wait until its lease ends: a process that was late with a sign of
            // life lives on, and others leave its rows alone.
            self.parts().outbox.free_later(id, fence);
            return None;
        };
        Some(Outcome { turn: Some(Arc::new(turn)), ..outcome })
    }

    /// A message on which the code fails must hold nothing up, nor fail unseen each time its lease runs out.
    async fn caught(&self, job: Job) -> Option<Outcome> {
        let (began, spare) = (self.now(), job.clone());
        if let Ok(outcome) = AssertUnwindSafe(self.in_its_turn(job)).catch_unwind().await {
            return outcome;
        }
        tracing::error!(alarm = true, notification = %spare.id, channel = %spare.channel, "the code failed on a message");
        Some(Outcome::broken(spare, began, self.now()))
    }

    async fn in_its_turn(&self, mut job: Job) -> Option<Outcome> {
        let now = self.now();
        if !self.parts().outbox.is_alive(now) {
            // Others think us dead and take the row.
            return None;
        }
        if before_send(now, job.lease_until, job.known_at, self.times().margin) == Standing::Renew {
            job.deadline = self.renew(&job, now).await.ok().flatten()?;
        }
        if job.deadline <= now {
            return Some(Outcome::unsent(job, now, NotificationState::Expired, "deadline"));
        }
        if job.retired {
            let state = NotificationState::Failed(FailReason::AddressRetired);
            return Some(Outcome::unsent(job, now, state, "address retired"));
        }
        if !job.parcel.to.is_readable() {
            tracing::error!(alarm = true, notification = %job.id, channel = %job.channel, "a message cannot be read");
            let state = NotificationState::Failed(FailReason::Unreadable);
            return Some(Outcome::unsent(job, now, state, "does not open"));
        }
        if self.is_stopped(&job).await.ok()? {
            let state = NotificationState::Failed(FailReason::OptedOut);
            return Some(Outcome::unsent(job, now, state, "stop"));
        }
        let provider = provider(&job);
        let held_until = self.parts().breakers.with(&provider, |b| (!b.lets_through(now)).then(|| b.hold(now)));
        if let Some(back) = held_until {
            let mut held = Outcome::unsent(job, now, NotificationState::Queued, "breaker open");
            held.reason = Some(FailReason::Unavailable);
            held.due_at = back.min(held.job.deadline);
            return Some(held);
        }
        let answer = self.parts().channels.send(&job).await;
        let ended = self.now();
        self.note(&provider, &answer, now, ended);
        if let Verdict::Failed { alarm: true, reason, .. } = answer.verdict {
            tracing::error!(alarm = true, channel = %job.channel, %reason, cause = answer.cause, "a provider refuses");
        }
        let stop = matches!(answer.verdict, Verdict::Failed { reason: FailReason::OptedOut, .. });
        let stopped = stop.then(|| self.parts().foundation.keys.lookup(PHONE_LOOKUP, job.parcel.to.expose()));
        Some(Outcome { stopped, ..Outcome::of(job, answer, now, ended, dice()) })
    }

    /// Tells the provider's breaker what came of a request.
    pub(super) fn note(&self, provider: &str, answer: &Answer, started: At, ended: At) {
        self.parts().breakers.with(provider, |b| match answer.verdict.is_an_answer() {
            true => b.answered(ended),
            false => b.failed(started, ended, self.times().patience),
        });
    }

    /// Asks for more time, and whether the row is still wanted.
    async fn renew(&self, job: &Job, now: At) -> Result<Option<At>, DbError> {
        let (id, fence, until) = (job.id, job.fence, self.parts().outbox.lease(now).until);
        self.parts().foundation.db.write(Lane::Alert, move |conn| leases::renew(conn, id, fence, until)).await
    }

    async fn is_stopped(&self, job: &Job) -> Result<bool, DbError> {
        match &job.parcel.content {
            Content::Sms { despite_stop: false, .. } => {
                let lookup = self.parts().foundation.keys.lookup(PHONE_LOOKUP, job.parcel.to.expose());
                self.parts().foundation.db.read(move |conn| inbound::is_stopped(conn, &lookup)).await
            }
            _ => Ok(false),
        }
    }
}

/// What fails together: an app's project, or the gateway.
fn provider(job: &Job) -> String {
    match (job.channel, job.sender.as_deref()) {
        (Channel::Fcm, Some(app)) => format!("fcm/{app}"),
        (channel, _) => channel.as_str().to_owned(),
    }
}

/// Uniform in 0..1.
fn dice() -> f64 {
    rand::random::<f64>()
}
