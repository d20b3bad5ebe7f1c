//! One send: is it still right, is the provider there, and what came of it. No transaction is open
//! meanwhile.
//!
//! Where a channel has two providers and the first does not do it for a reason that is not the
//! number's, the second is asked at once, within the same send; each of them has its own breaker,
//! and each try its own row.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::handoff::Slot;
use super::lease::{Standing, before_send};
use super::message::{Content, SendJob};
use super::outcome::{Outcome, SendAttempt};
use super::permits::{Lane, SendPermit};
use super::sender::Delivery;
use crate::clock::At;
use crate::db::{DbError, WritePriority};
use crate::delivery::addresses::PHONE_LOOKUP;
use crate::delivery::channels::fcm;
use crate::delivery::channels::verdict::{Answer, Verdict};
use crate::delivery::model::{Channel, FailReason, NotificationState};
use crate::delivery::stops;
use crate::delivery::store::{addresses, leases};

/// Whether a row may have one of the sends in flight.
enum Permit {
    /// It waits for its first, in its place in the outbox.
    Waits(#[expect(dead_code, reason = "held, never read")] Slot),
    Held(SendPermit),
    /// It gave its permit back to wait for another token.
    Released,
}

impl Permit {
    fn is_held(&self) -> bool {
        matches!(self, Self::Held(_))
    }

    fn held(self) -> Option<SendPermit> {
        match self {
            Self::Held(permit) => Some(permit),
            Self::Waits(_) | Self::Released => None,
        }
    }
}

/// What came of the attempt to ask a provider.
enum Asked {
    Answered(Answer),
    /// The row ended before the request.
    Ended(NotificationState),
    /// Its breaker is open.
    LeftAlone,
}

/// A webhook's target is one person's machine: it holds up no other messages, and its schedule
/// spares it.
fn is_shared(job: &SendJob) -> bool {
    job.message.channel != Channel::Webhook
}

fn refused_twice() -> Answer {
    fcm::client::broken(FailReason::NotAuthorised, "fcm 401 twice")
}

impl Delivery {
    /// Sends one row, or says why not. `None` if the right to it has passed to another node.
    pub(in crate::delivery) async fn send_one(&self, job: SendJob, slot: Slot) -> Option<Outcome> {
        let (id, fence) = (job.id, job.fence);
        let outcome = self.caught(job, slot).await;
        if outcome.is_none() {
            // Where no other node has taken it, it must not wait until its lease ends: a process
            // that was late with a sign of life lives on, and others leave its rows alone.
            self.parts().outbox.free_later(id, fence);
            self.parts().outbox.nudge();
        }
        outcome
    }

    /// A message on which the code fails must hold nothing up, nor fail unseen each time its lease
    /// runs out.
    async fn caught(&self, job: SendJob, slot: Slot) -> Option<Outcome> {
        let (began, spare) = (self.now(), job.clone());
        if let Ok(outcome) = AssertUnwindSafe(self.with_a_permit(job, slot))
            .catch_unwind()
            .await
        {
            return outcome;
        }
        tracing::error!(alarm = true, notification = %spare.id, channel = %spare.message.channel, "the code failed on a message");
        Some(Outcome::broken(
            spare,
            began,
            self.now(),
            self.parts().channels.jitter(),
        ))
    }

    async fn with_a_permit(&self, mut job: SendJob, slot: Slot) -> Option<Outcome> {
        let (mut tries, mut left_alone): (Vec<SendAttempt>, Option<String>) = (Vec::new(), None);
        let mut permit = Permit::Waits(slot);
        for (nth, provider) in self.parts().channels.providers(&job) {
            let now = self.now();
            let answer = match self.ask(&mut job, nth, &provider, &mut permit).await? {
                Asked::Answered(answer) => answer,
                Asked::Ended(state) if tries.is_empty() => {
                    return Some(Outcome {
                        permit: permit.held(),
                        ..Outcome::unsent(job, self.now(), state)
                    });
                }
                // It ends at its next look, by what stands against it now.
                Asked::Ended(_) => break,
                Asked::LeftAlone => {
                    left_alone.get_or_insert(provider);
                    continue;
                }
            };
            let ended = self.now();
            if is_shared(&job) {
                self.note(&provider, &answer, now, ended);
            }
            if let Verdict::Failed {
                alarm: true,
                reason,
                ..
            } = answer.verdict
            {
                let (channel, cause) = (job.message.channel, answer.cause.as_str());
                tracing::error!(alarm = true, notification = %job.id, %channel, %reason, cause, "a provider refuses");
            }
            let another_may = answer.verdict.another_may();
            tries.push(SendAttempt {
                started_at: now,
                ended_at: ended,
                answer,
            });
            if !another_may {
                break;
            }
        }
        let now = self.now();
        // Only a row that comes back has a place among those that wait for the breaker.
        let comes_back = tries
            .last()
            .is_none_or(|last| last.answer.verdict.another_may());
        let held = left_alone
            .filter(|_| comes_back)
            .map(|p| self.parts().breakers.with(&p, |b| b.hold(now)));
        let mut outcome = Outcome::of(job, tries, held, now, self.parts().channels.jitter());
        if outcome.reason == Some(FailReason::OptedOut) {
            let number = outcome.job.message.to.expose();
            outcome.stopped = Some(self.parts().foundation.keys.lookup(PHONE_LOOKUP, number));
        }
        if let Some(held) = permit.held() {
            let lane = self.parts().permits.lane(outcome.job.message.channel);
            outcome.permit = lane.to_record(held).await;
        }
        Some(outcome)
    }

    /// Asks one provider. First comes what may wait (the access token, then the permit), then the
    /// last look at the right to send, then the request: nothing waits between these two. A wait
    /// for a token holds no permit, so that one app's outage takes none from another app. `None` if
    /// the right to the row has passed to another node.
    async fn ask(
        &self,
        job: &mut SendJob,
        nth: usize,
        provider: &str,
        permit: &mut Permit,
    ) -> Option<Asked> {
        let lets_through = |at| self.parts().breakers.with(provider, |b| b.lets_through(at));
        let is_open = || self.parts().breakers.with(provider, |b| b.is_open());
        if job.message.deadline <= self.now() {
            return Some(Asked::Ended(NotificationState::Expired));
        }
        if job.retired {
            let retired = NotificationState::Failed(FailReason::AddressRetired);
            return Some(Asked::Ended(retired));
        }
        let is_probe = is_open();
        if is_shared(job) && !lets_through(self.now()) {
            return Some(Asked::LeftAlone);
        }
        let (mut spent, mut refused) = (Duration::ZERO, None::<String>);
        loop {
            let began = Instant::now();
            let token = match self.parts().channels.token(job, refused.as_deref()).await {
                Ok(token) => token,
                Err(answer) => return Some(Asked::Answered(answer)),
            };
            spent += began.elapsed();
            let lane = self.parts().permits.lane(job.message.channel);
            if !permit.is_held() {
                *permit = Permit::Held(lane.begin().await?);
            }
            // Others may have found out meanwhile that the provider is down.
            if is_shared(job) && !is_probe && !lets_through(self.now()) {
                return Some(Asked::LeftAlone);
            }
            if let Some(state) = self.why_not(job, self.now()).await? {
                return Some(Asked::Ended(state));
            }
            let (began, left) = (Instant::now(), self.times().send.saturating_sub(spent));
            let sent = self.parts().channels.send(job, nth, token.as_deref(), left);
            let Permit::Held(held) = permit else {
                return None;
            };
            match (Lane::answer(held, sent).await, refused) {
                (Some(answer), _) => return Some(Asked::Answered(answer)),
                (None, Some(_)) => return Some(Asked::Answered(refused_twice())),
                (None, None) => refused = token,
            }
            spent += began.elapsed();
            *permit = Permit::Released;
        }
    }

    /// What ends the row now instead of a send, if anything does; `None` around it if the right to
    /// it has passed on. The lease, the deadline (which a withdrawal moves into the past) and the
    /// address are read again where they were last known longer than `FRESH` ago; whether the
    /// number said STOP is read each time.
    async fn why_not(&self, job: &mut SendJob, now: At) -> Option<Option<NotificationState>> {
        if !self.parts().outbox.is_alive(now) {
            // Others think us dead and may have taken the row.
            return None;
        }
        let standing = before_send(now, job.lease_until, job.known_at, self.times().margin);
        if standing == Standing::Renew {
            let until = self.parts().outbox.lease(now).until;
            let (deadline, retired) = self.renew(job, until).await.ok().flatten()?;
            (job.message.deadline, job.retired) = (deadline, retired);
            (job.lease_until, job.known_at) = (until, now);
        }
        if job.message.deadline <= now {
            return Some(Some(NotificationState::Expired));
        }
        if job.retired {
            return Some(Some(NotificationState::Failed(FailReason::AddressRetired)));
        }
        if !job.message.to.is_readable() {
            tracing::error!(alarm = true, notification = %job.id, channel = %job.message.channel, "a message cannot be read");
            return Some(Some(NotificationState::Failed(FailReason::Unreadable)));
        }
        let stopped = self.is_stopped(job).await.ok()?;
        Some(stopped.then_some(NotificationState::Failed(FailReason::OptedOut)))
    }

    /// Asks for more time: the row's deadline as it is now, and whether its address is retired.
    async fn renew(&self, job: &SendJob, until: At) -> Result<Option<(At, bool)>, DbError> {
        let (id, fence, address) = (job.id, job.fence, job.message.key.address);
        self.parts()
            .foundation
            .db
            .write(WritePriority::Alert, move |conn| {
                let Some(deadline) = leases::renew(conn, id, fence, until)? else {
                    return Ok(None);
                };
                let retired = !addresses::not_live(conn, &[address])?.is_empty();
                Ok::<_, DbError>(Some((deadline, retired)))
            })
            .await
    }

    async fn is_stopped(&self, job: &SendJob) -> Result<bool, DbError> {
        match &job.message.content {
            Content::Sms {
                despite_stop: false,
                ..
            }
            | Content::Call { .. } => {
                let lookup = self
                    .parts()
                    .foundation
                    .keys
                    .lookup(PHONE_LOOKUP, job.message.to.expose());
                let senders = job.message.senders.clone();
                self.parts()
                    .foundation
                    .db
                    .read(move |conn| stops::is_stopped(conn, &lookup, &senders))
                    .await
            }
            Content::Sms {
                despite_stop: true, ..
            }
            | Content::Push { .. }
            | Content::Email { .. }
            | Content::Webhook { .. } => Ok(false),
        }
    }
}
