//! What came of one row: its next state, when it is due again, and what each provider answered.

use super::message::SendJob;
use super::permits::SendPermit;
use super::retry::{PROVIDER_FAILS, granted};
use crate::clock::At;
use crate::delivery::channels::verdict::{AddressAction, Answer, Verdict};
use crate::delivery::model::{FailReason, NotificationState};

/// A message on which the code fails is set aside after so many tries.
const TRIES: i64 = 3;

/// What came of one row.
#[derive(Clone)]
pub(in crate::delivery) struct Outcome {
    pub(in crate::delivery) job: SendJob,
    pub(in crate::delivery) state: NotificationState,
    /// Why, for good or for now.
    pub(in crate::delivery) reason: Option<FailReason>,
    pub(in crate::delivery) due_at: At,
    /// Each time that a provider was asked, in order.
    pub(in crate::delivery) tries: Vec<SendAttempt>,
    pub(in crate::delivery) ended_at: At,
    pub(in crate::delivery) fate: AddressAction,
    /// The number's lookup, if the gateway told us that it said STOP.
    pub(in crate::delivery) stopped: Option<Vec<u8>>,
    /// Its permit for a send in flight, held until the outcome is recorded: should this process
    /// die, no more sends are repeated than there are permits.
    pub(in crate::delivery) permit: Option<SendPermit>,
}

/// One request to a provider, and what it answered.
#[derive(Clone)]
pub(in crate::delivery) struct SendAttempt {
    pub(in crate::delivery) started_at: At,
    pub(in crate::delivery) ended_at: At,
    pub(in crate::delivery) answer: Answer,
}

impl SendAttempt {
    /// The word for it in its row.
    pub(in crate::delivery) fn word(&self) -> &'static str {
        match self.answer.verdict {
            Verdict::Sent => NotificationState::Sent.as_str(),
            Verdict::Failed { reason, .. } => NotificationState::Failed(reason).as_str(),
            Verdict::Again { .. } => AGAIN,
        }
    }
}

const AGAIN: &str = "again";

impl Outcome {
    /// Of a row that was not sent.
    pub(in crate::delivery) fn unsent(job: SendJob, now: At, state: NotificationState) -> Self {
        let (reason, fate) = (state.reason(), AddressAction::Keep);
        Self {
            reason,
            state,
            due_at: now,
            tries: Vec::new(),
            ended_at: now,
            fate,
            stopped: None,
            permit: None,
            job,
        }
    }

    /// Of a row whose providers are all left alone, until their breakers let it through.
    pub(in crate::delivery) fn held(job: SendJob, now: At, back: At) -> Self {
        let due_at = back.min(job.message.deadline);
        let reason = Some(FailReason::Unavailable);
        Self {
            reason,
            due_at,
            ..Self::unsent(job, now, NotificationState::Queued)
        }
    }

    pub(in crate::delivery) fn of(
        job: SendJob,
        tries: Vec<SendAttempt>,
        held: Option<At>,
        now: At,
        jitter: f64,
    ) -> Self {
        let Some(deciding) = deciding(&tries, held) else {
            return Self {
                tries,
                ..Self::held(job, now, held.unwrap_or(now))
            };
        };
        let (verdict, retry_after) = (deciding.answer.verdict, deciding.answer.retry_after);
        // Several providers asked in one send are one failure.
        let sends = u32::try_from(job.attempts).unwrap_or(u32::MAX)
            / u32::try_from(tries.len()).unwrap_or(1).max(1);
        let failed = sends.saturating_add(1);
        let mut outcome = Self {
            tries,
            ..Self::unsent(job, now, NotificationState::Sent)
        };
        match verdict {
            Verdict::Sent => {}
            Verdict::Failed {
                reason, address, ..
            } => {
                outcome.state = NotificationState::Failed(reason);
                outcome.reason = Some(reason);
                outcome.fate = address;
            }
            Verdict::Again { reason, schedule } => {
                outcome.state = NotificationState::Queued;
                outcome.reason = Some(reason);
                let mut next = schedule.next(now, failed, retry_after, jitter);
                if retry_after.is_some() {
                    let left = outcome.job.message.deadline.since(now);
                    next = now.plus(granted(
                        &outcome.job.message.subject_kind,
                        next.since(now),
                        left,
                    ));
                }
                // Never sent late: at the deadline it is looked at once more, and ends.
                outcome.due_at = held
                    .map_or(next, |back| back.min(next))
                    .min(outcome.job.message.deadline);
            }
        }
        outcome
    }

    /// Of a row on which the code failed: it goes again as after any failure that may pass, and is
    /// set aside at the third.
    pub(in crate::delivery) fn broken(job: SendJob, started_at: At, now: At, jitter: f64) -> Self {
        let verdict = match job.attempts + 1 < TRIES {
            true => Verdict::Again {
                reason: FailReason::Internal,
                schedule: PROVIDER_FAILS,
            },
            false => Verdict::Failed {
                reason: FailReason::DeadLetter,
                address: AddressAction::Keep,
                alarm: true,
            },
        };
        let one = SendAttempt {
            started_at,
            ended_at: now,
            answer: Answer::of(verdict, "the code failed"),
        };
        Self::of(job, vec![one], None, now, jitter)
    }

    /// The word for it in metrics.
    pub(in crate::delivery) fn word(&self) -> &'static str {
        match self.state {
            NotificationState::Queued => AGAIN,
            other => other.as_str(),
        }
    }

    /// What the provider that took it calls it.
    pub(in crate::delivery) fn provider_ref(&self) -> Option<&str> {
        self.tries.last()?.answer.provider_ref.as_deref()
    }

    /// Logs it, by ids: a success at the level `debug`, since there are many.
    pub(in crate::delivery) fn log(&self) {
        let (notification, kind, subject) = (
            self.job.id,
            &*self.job.message.subject_kind,
            self.job.message.key.subject,
        );
        let (channel, outcome, cause) = (
            self.job.message.channel,
            self.word(),
            self.tries
                .last()
                .map_or("not sent", |last| last.answer.cause.as_str()),
        );
        let ms = u64::try_from(
            self.ended_at
                .since(
                    self.tries
                        .first()
                        .map_or(self.ended_at, |first| first.started_at),
                )
                .as_millis(),
        )
        .unwrap_or(u64::MAX);
        match self.state {
            NotificationState::Sent => {
                tracing::debug!(%notification, kind, %subject, %channel, outcome, cause, ms, "a message");
            }
            _ => {
                tracing::info!(%notification, kind, %subject, %channel, outcome, cause, ms, "a message");
            }
        }
    }
}

/// The try that says what becomes of the row: the last, where no other provider may do what it did
/// not; else one whose failure may pass, since then the row is tried again. `None`: the row waits
/// for a breaker that has `held` it.
pub(in crate::delivery) fn deciding(
    tries: &[SendAttempt],
    held: Option<At>,
) -> Option<&SendAttempt> {
    let last = tries.last()?;
    if !last.answer.verdict.another_may() {
        return Some(last);
    }
    let passing = tries
        .iter()
        .find(|t| matches!(t.answer.verdict, Verdict::Again { .. }));
    passing.or(if held.is_some() { None } else { tries.first() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::outbox::retry::PROVIDER_FAILS;

    fn asked(verdict: Verdict) -> SendAttempt {
        let at = At::from_micros(1);
        SendAttempt {
            started_at: at,
            ended_at: at,
            answer: Answer::of(verdict, ""),
        }
    }

    fn refused(reason: FailReason) -> SendAttempt {
        asked(Verdict::Failed {
            reason,
            address: AddressAction::Keep,
            alarm: true,
        })
    }

    fn passing(reason: FailReason) -> SendAttempt {
        asked(Verdict::Again {
            reason,
            schedule: PROVIDER_FAILS,
        })
    }

    #[test]
    fn of_two_providers_the_one_decides_after_which_something_can_still_be_done() {
        use FailReason as R;
        let held = Some(At::from_micros(9));
        let says = |tries: &[SendAttempt], held| {
            deciding(tries, held).map(|t| match t.answer.verdict {
                Verdict::Sent => None,
                Verdict::Failed { reason, .. } | Verdict::Again { reason, .. } => Some(reason),
            })
        };
        let cases = [
            (
                vec![passing(R::TimedOut), asked(Verdict::Sent)],
                None,
                Some(None),
            ),
            (
                vec![passing(R::TimedOut), refused(R::BadAddress)],
                None,
                Some(Some(R::BadAddress)),
            ),
            (
                vec![passing(R::TimedOut), refused(R::NotAuthorised)],
                None,
                Some(Some(R::TimedOut)),
            ),
            (
                vec![refused(R::NotAuthorised), passing(R::Quota)],
                None,
                Some(Some(R::Quota)),
            ),
            (
                vec![refused(R::NotAuthorised), refused(R::BadRequest)],
                None,
                Some(Some(R::NotAuthorised)),
            ),
            (vec![refused(R::NotAuthorised)], held, None),
            (vec![], held, None),
        ];
        for (tries, held, decides) in cases {
            assert_eq!(says(&tries, held), decides);
        }
    }
}
