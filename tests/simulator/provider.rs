//! The providers: what becomes of a message once a process has begun to send it, whether the
//! process lives on or not.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ampara::delivery::channels::simulated::Script;
use ampara::delivery::channels::terminal::client::Shown;
use ampara::delivery::channels::verdict::{AddressAction, Answer, Verdict};
use ampara::delivery::model::{Channel, FailReason};
use ampara::delivery::outbox::retry::{OVER_QUOTA, PROVIDER_FAILS};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::dice::Dice;
use super::story::Failing;

/// A message that a process has begun to send, and who waits for the answer.
pub struct Taken {
    pub message: Shown,
    pub reply: oneshot::Sender<Answer>,
}

/// The way from one process to all providers.
pub struct Line {
    taken: Mutex<Vec<Taken>>,
    dice: Dice,
    drawn: AtomicU64,
}

impl Line {
    pub fn new(dice: Dice) -> Arc<Self> {
        Arc::new(Self {
            taken: Mutex::default(),
            dice,
            drawn: AtomicU64::new(0),
        })
    }

    /// What has come since it was asked last.
    pub fn take(&self) -> Vec<Taken> {
        std::mem::take(&mut *self.taken.lock().unwrap())
    }
}

impl Script for Line {
    fn send(&self, message: Shown) -> BoxFuture<'static, Answer> {
        let (reply, answer) = oneshot::channel();
        self.taken.lock().unwrap().push(Taken { message, reply });
        answer
            .map(|answer| answer.unwrap_or_else(|_| again(FailReason::TimedOut, "nobody answers")))
            .boxed()
    }

    fn jitter(&self) -> f64 {
        self.dice
            .with(self.drawn.fetch_add(1, Ordering::SeqCst))
            .unit()
    }
}

/// What becomes of a message.
pub struct Fate {
    pub answer: Answer,
    pub answers_after: Duration,
    /// `None`: it is lost.
    pub arrives_after: Option<Duration>,
    /// In a word, for the trace.
    pub word: &'static str,
}

/// The longest a client waits.
const TIME_OUT: Duration = Duration::from_secs(5);

fn again(reason: FailReason, cause: &str) -> Answer {
    Answer::of(
        Verdict::Again {
            reason,
            schedule: PROVIDER_FAILS,
        },
        cause,
    )
}

fn fate_of(word: &'static str, answer: Answer, answers_after: Duration, arrives: bool) -> Fate {
    Fate {
        answer,
        answers_after,
        arrives_after: arrives.then_some(answers_after.min(TIME_OUT / 2)),
        word,
    }
}

fn over_quota(dice: Dice) -> Answer {
    let verdict = Verdict::Again {
        reason: FailReason::Quota,
        schedule: OVER_QUOTA,
    };
    Answer {
        retry_after: Some(Duration::from_secs(dice.with(5).between(5, 60))),
        ..Answer::of(verdict, "429")
    }
}

fn refused(channel: Channel) -> Answer {
    let (reason, address) = match channel {
        Channel::Fcm | Channel::Email => (FailReason::Unregistered, AddressAction::Retire),
        _ => (FailReason::Rejected, AddressAction::Keep),
    };
    let verdict = Verdict::Failed {
        reason,
        address,
        alarm: false,
    };
    Answer::of(verdict, "refused")
}

/// Draws it.
pub fn fate(dice: Dice, channel: Channel, calm: bool, outage: Option<Failing>) -> Fate {
    let quick = Duration::from_millis(dice.with(1).between(60, 400));
    let taken = || Answer::of(Verdict::Sent, "taken");
    match outage {
        Some(Failing::Refuses) => {
            return fate_of("503", again(FailReason::Unavailable, "503"), quick, false);
        }
        Some(Failing::Silent) => {
            return fate_of(
                "silence",
                again(FailReason::TimedOut, "time-out"),
                TIME_OUT,
                false,
            );
        }
        None => {}
    }
    if calm {
        return fate_of("ok", taken(), quick, true);
    }
    let maybe = dice.with(2).percent(50);
    match dice.with(3).below(100) {
        0..=7 => fate_of(
            "slow",
            taken(),
            Duration::from_millis(dice.with(4).between(1_000, 4_800)),
            true,
        ),
        8..=12 => fate_of(
            "time-out",
            again(FailReason::TimedOut, "time-out"),
            TIME_OUT,
            maybe,
        ),
        13..=16 => fate_of("503", again(FailReason::Unavailable, "503"), quick, false),
        17..=19 => fate_of("500", again(FailReason::Internal, "500"), quick, maybe),
        20..=22 => fate_of("429", over_quota(dice), quick, false),
        23..=27 => fate_of("refused", refused(channel), quick, false),
        _ => fate_of("ok", taken(), quick, true),
    }
}

/// What the phone, or the carrier on its behalf, says after it arrived.
pub struct Receipts {
    /// When and how often "it is there" is said; empty: the receipt is lost.
    pub delivered: Vec<Duration>,
    /// When somebody looks at a push.
    pub seen: Option<Duration>,
}

/// Draws them.
pub fn receipts(dice: Dice, calm: bool) -> Receipts {
    let after = Duration::from_millis(dice.with(1).between(100, 2_500));
    if calm {
        return Receipts {
            delivered: vec![after],
            seen: None,
        };
    }
    let late = Duration::from_secs(dice.with(2).between(20, 120));
    let delivered = match dice.with(3).below(100) {
        0..=19 => vec![],
        20..=34 => vec![after, after * 2],
        35..=44 => vec![late],
        _ => vec![after],
    };
    let seen = dice
        .with(4)
        .percent(25)
        .then(|| after + Duration::from_secs(dice.with(5).between(0, 60)));
    Receipts { delivered, seen }
}

/// How a call goes that was put through.
pub struct Course {
    /// When a key is pressed, and which.
    pub key: Option<(Duration, &'static str)>,
    pub ends: Duration,
    /// What the gateway says of the end; `None`: its word is lost.
    pub said: Option<FailReason>,
}

/// Draws it. In a calm story it rings, and nobody picks up.
pub fn course(dice: Dice, calm: bool) -> Course {
    let key_after = Duration::from_millis(dice.with(1).between(7_000, 40_000));
    let picked_up = |key, ends| Course {
        key: Some((key_after, key)),
        ends,
        said: Some(FailReason::NoKeyPressed),
    };
    let in_vain = |seconds, reason| Course {
        key: None,
        ends: Duration::from_secs(seconds),
        said: Some(reason),
    };
    match if calm { 50 } else { dice.with(2).below(100) } {
        0..=7 => picked_up("1", key_after + Duration::from_secs(2)),
        8..=15 => picked_up("2", key_after + Duration::from_secs(2)),
        // The word of its end overtakes the key.
        16..=19 => picked_up("1", key_after.saturating_sub(Duration::from_millis(600))),
        20..=44 => in_vain(48, FailReason::NoKeyPressed),
        45..=69 => in_vain(30, FailReason::NoAnswer),
        70..=84 => in_vain(3, FailReason::Busy),
        85..=92 => in_vain(2, FailReason::CallFailed),
        _ => Course {
            said: None,
            ..in_vain(30, FailReason::NoAnswer)
        },
    }
}
