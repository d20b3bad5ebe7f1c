//! The plan: which contact and which supervisor is notified, over which channel, and when.
//!
//! What: one pure function, [`next`]. It gets a [`Situation`] (the alert, her contacts with all
//! that was sent to them, the record, the shift) at one moment and says what to do now and when to
//! ask again. It knows no database, no clock and no channel's words; every number is in
//! [`PlanConfig`].
//!
//! Invariant: total, deterministic and idempotent. What has been sent is part of the situation, so
//! asking twice does nothing twice, and asking after a crash, an hour late or on another node does
//! what is still missing and no more. While an alert is open there is always a next moment, minutes
//! away at most; it is always later than now. A removed contact gets nothing; a drill never touches
//! the record; a withheld record leaves by her own choices alone; a record only ever gets louder
//! here. What one contact is told depends on nothing that another contact or 911 does, except for
//! the one bit `call_911`.
//!
//! Path: `contacts` (the ladder of each contact, by way of `ladder`), `record` and `supervisors`
//! (911), `expiry`. `alerts::press` asks at the press, and `alerts::engine` on a nudge or when the
//! time has come. Both gather the situation alike, and one match (`engine::effects`) turns the
//! decision into rows.
//!
//! On failure: it has no errors. A moment that has passed is due now; of several missed repeats only
//! the latest is sent.

mod contacts;
mod decision;
mod draft;
mod expiry;
mod ladder;
pub mod model;
mod record;
mod schedule;
mod situation;
mod supervisors;
#[cfg(test)]
mod tests;

pub use crate::config::plan::PlanConfig;
pub use decision::{Action, Alarm, Decision, Notice};
pub use situation::{
    Address, Alert, Answered, Closed, Contact, Newer, Record, SentNotice, Shift, Situation,
    Supervisor,
};

use draft::DecisionDraft;

/// What a decision can bring about at once is at most: expiry, the queue, its level, the bit, the
/// contacts told of it. One round more than that always finds nothing new.
const ROUNDS: usize = 8;

/// What to do now, and when to ask again. Asked again at the same moment, with the actions done, it
/// has none.
#[must_use]
pub fn next(situation: &Situation, config: &PlanConfig) -> Decision {
    let mut decision = ask(situation, config);
    let mut fresh = decision.actions.clone();
    let mut after = situation.clone();
    for _ in 0..ROUNDS {
        if fresh.is_empty() {
            break;
        }
        for action in &fresh {
            after.apply(action);
        }
        let follows = ask(&after, config);
        decision.next_due = follows.next_due;
        decision.actions.extend_from_slice(&follows.actions);
        fresh = follows.actions;
    }
    decision
}

/// One round: each family of rules in turn. Expiry comes first, so that no contact is told of an
/// alarm that has ended.
fn ask(situation: &Situation, config: &PlanConfig) -> Decision {
    let mut draft = DecisionDraft::new(situation.now, config);
    expiry::rules(&mut draft, situation);
    if draft.idle() {
        contacts::rules(&mut draft, situation);
        record::rules(&mut draft, situation);
        supervisors::rules(&mut draft, situation);
    }
    draft.done()
}
