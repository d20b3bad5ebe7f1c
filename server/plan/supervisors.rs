//! Supervisors: alarmed by their own channels when a record has no operator.
//!
//! Three reasons: it came while no operator was connected; no operator has claimed it for a minute;
//! it was claimed and nothing followed. The latter two are repeated, since a supervisor who did not
//! hear is no help.

use super::draft::DecisionDraft;
use crate::clock::At;
use crate::escalation::model::RecordState;
use crate::plan::decision::{Action, Alarm};
use crate::plan::model::Step;
use crate::plan::record::last_step;
use crate::plan::situation::{Situation, Supervisor};

/// The rules for supervisors.
pub(super) fn rules(draft: &mut DecisionDraft<'_>, situation: &Situation) {
    let alert = &situation.alert;
    let Some(record) = situation.record.as_ref().filter(|_| !alert.drill) else {
        return;
    };
    // A record that was just withdrawn, or is about to be, raises no alarm.
    if alert.ended_by_her(draft.config.wrong_pins) && !record.ever_claimed {
        return;
    }
    match record.state {
        RecordState::Queued => {
            // Another node's clock may be ahead of this one's: what it has queued came now.
            let since = record.queued_at.unwrap_or(alert.raised_at).min(draft.now);
            if situation.shift.operators == 0 {
                empty_shift(draft, situation, since);
            }
            again_and_again(
                draft,
                situation,
                Step::Unclaimed,
                draft.after(since, draft.config.unclaimed_supervisors_s),
            );
        }
        RecordState::Claimed => {
            let quiet = last_step(alert, record);
            again_and_again(
                draft,
                situation,
                Step::Idle,
                draft.after(quiet, draft.config.idle_supervisors_s),
            );
        }
        _ => {}
    }
}

/// Once for each time it comes to the queue.
fn empty_shift(draft: &mut DecisionDraft<'_>, situation: &Situation, since: At) {
    for supervisor in situation.supervisors() {
        let mine = || {
            supervisor
                .told
                .iter()
                .filter(|t| t.step == Step::EmptyShift)
        };
        let earlier = mine()
            .filter(|t| t.created_at < since)
            .map(|t| t.repeat)
            .max();
        let repeat = earlier.map_or(0, |repeat| repeat.saturating_add(1));
        alarm(draft, supervisor, Step::EmptyShift, repeat);
    }
}

/// From `begins` on: every five minutes for an hour, every half hour for two, then every hour, until
/// it is claimed or over. Of those missed (the server was down) only the latest.
fn again_and_again(draft: &mut DecisionDraft<'_>, situation: &Situation, step: Step, begins: At) {
    if begins > draft.now {
        draft.ask_at(begins);
        return;
    }
    let pace = draft.config.of_supervisors();
    let times = pace.due(draft.now.since(begins)).saturating_sub(1);
    draft.ask_at(begins.plus(pace.at(times.saturating_add(2))));
    for supervisor in situation.supervisors() {
        let earlier = supervisor
            .told
            .iter()
            .filter(|t| t.step == step && t.created_at < begins)
            .map(|t| t.repeat)
            .max();
        let base = earlier.map_or(0, |repeat| repeat.saturating_add(1));
        alarm(
            draft,
            supervisor,
            step,
            base.saturating_add(i64::try_from(times).unwrap_or(i64::MAX)),
        );
    }
}

/// Over all of a supervisor's channels at once.
fn alarm(draft: &mut DecisionDraft<'_>, supervisor: &Supervisor, step: Step, repeat: i64) {
    let told = |address| {
        supervisor
            .told
            .iter()
            .any(|t| t.step == step && t.repeat == repeat && t.address == address)
    };
    let deadline = draft.after(draft.now, draft.config.alarm_deadline_s);
    for address in supervisor.addresses.iter().filter(|a| !told(a.id)) {
        draft.act(Action::AlarmSupervisor(Alarm {
            operator: supervisor.id,
            address: address.id,
            channel: address.channel,
            step,
            repeat,
            deadline,
        }));
    }
}
