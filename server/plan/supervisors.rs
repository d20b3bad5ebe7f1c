//! Supervisors: alarmed by their own channels when a record has nobody.
//!
//! Three reasons: it came while no operator was connected; nobody has claimed it for a minute; it
//! was claimed and nothing followed. The latter two are repeated, since a supervisor who did not
//! hear is no help.

use super::draft::Pen;
use crate::clock::At;
use crate::escalation::model::RecordState;
use crate::plan::decision::{Action, Alarm};
use crate::plan::model::Rung;
use crate::plan::record::last_step;
use crate::plan::situation::{Situation, Supervisor};

/// The rules for supervisors.
pub(super) fn rules(pen: &mut Pen<'_>, situation: &Situation) {
    let alert = &situation.alert;
    let Some(record) = situation.record.as_ref().filter(|_| !alert.drill) else {
        return;
    };
    // What has just been withdrawn or is about to be alarms nobody.
    if alert.ended_by_her(pen.config.wrong_pins) && !record.ever_claimed {
        return;
    }
    match record.state {
        RecordState::Queued => {
            // Another node's clock may be ahead of this one's: what it has queued came now.
            let since = record.queued_at.unwrap_or(alert.raised_at).min(pen.now);
            if situation.shift.operators == 0 {
                empty_shift(pen, situation, since);
            }
            again_and_again(
                pen,
                situation,
                Rung::Unclaimed,
                pen.after(since, pen.config.unclaimed_supervisors_s),
            );
        }
        RecordState::Claimed => {
            let quiet = last_step(alert, record);
            again_and_again(
                pen,
                situation,
                Rung::Idle,
                pen.after(quiet, pen.config.idle_supervisors_s),
            );
        }
        _ => {}
    }
}

/// Once for each time it comes to the queue.
fn empty_shift(pen: &mut Pen<'_>, situation: &Situation, since: At) {
    for supervisor in &situation.shift.supervisors {
        let mine = || {
            supervisor
                .told
                .iter()
                .filter(|t| t.rung == Rung::EmptyShift)
        };
        let earlier = mine().filter(|t| t.created_at < since).map(|t| t.rep).max();
        let rep = earlier.map_or(0, |rep| rep.saturating_add(1));
        alarm(pen, supervisor, Rung::EmptyShift, rep);
    }
}

/// From `begins` on, every five minutes. Of those missed (the server was down) only the latest.
fn again_and_again(pen: &mut Pen<'_>, situation: &Situation, rung: Rung, begins: At) {
    if begins > pen.now {
        pen.ask_at(begins);
        return;
    }
    let every = pen.config.supervisors_again_s.max(1);
    let times = pen.now.since(begins).as_secs() / every;
    let next = pen.after(begins, every.saturating_mul(times.saturating_add(1)));
    pen.ask_at(next);
    for supervisor in &situation.shift.supervisors {
        let earlier = supervisor
            .told
            .iter()
            .filter(|t| t.rung == rung && t.created_at < begins)
            .map(|t| t.rep)
            .max();
        let base = earlier.map_or(0, |rep| rep.saturating_add(1));
        alarm(
            pen,
            supervisor,
            rung,
            base.saturating_add(i64::try_from(times).unwrap_or(i64::MAX)),
        );
    }
}

/// Over all of a supervisor's channels at once.
fn alarm(pen: &mut Pen<'_>, supervisor: &Supervisor, rung: Rung, rep: i64) {
    let told = |address| {
        supervisor
            .told
            .iter()
            .any(|t| t.rung == rung && t.rep == rep && t.address == address)
    };
    let deadline = pen.after(pen.now, pen.config.alarm_deadline_s);
    for address in supervisor.addresses.iter().filter(|a| !told(a.id)) {
        pen.act(Action::AlarmSupervisor(Alarm {
            operator: supervisor.id,
            address: address.id,
            channel: address.channel,
            rung,
            rep,
            deadline,
        }));
    }
}
