//! The 911 record: when it comes to the queue, and how it gets louder while no operator works it.
//!
//! A withheld record leaves by her own choices alone: `if_nobody_reached`, `if_duress`, or her
//! `escalate`. A drill has no record, and nothing here touches one.

use std::time::Duration;

use super::draft::DecisionDraft;
use crate::clock::{At, JUMP};
use crate::escalation::model::{Level, RecordEvent, RecordState};
use crate::identity::model::{Hold, Policy};
use crate::plan::decision::Action;
use crate::plan::model::{AlertState, Cause};
use crate::plan::situation::{Alert, Contact, Record, Situation};

/// The rules for the record.
pub(super) fn rules(draft: &mut DecisionDraft<'_>, situation: &Situation) {
    let alert = &situation.alert;
    let Some(record) = situation.record.as_ref().filter(|_| !alert.drill) else {
        return;
    };
    if alert.ended_by_her(draft.config.wrong_pins) {
        if let Some(state) = record
            .state
            .after(RecordEvent::Withdraw, record.ever_claimed)
        {
            draft.act(Action::RecordTo {
                state,
                because: Cause::ClosedByHer,
            });
            return;
        }
        if !record.state.on_feed() {
            return;
        }
    }
    match record.state {
        RecordState::Withheld => withheld(draft, situation),
        RecordState::Waiting => waiting(draft, situation),
        RecordState::Queued => unclaimed(draft, alert, record),
        RecordState::Claimed | RecordState::Dispatched | RecordState::OnScene => {
            held(draft, alert, record);
        }
        RecordState::Closed => {
            let pressed_since = record.closed_at.is_some_and(|at| alert.last_press_at > at);
            if pressed_since && alert.state == AlertState::Open {
                queue(draft, Cause::PressedAgain);
            }
        }
        RecordState::Withdrawn => {}
    }
}

fn queue(draft: &mut DecisionDraft<'_>, because: Cause) {
    draft.act(Action::RecordTo {
        state: RecordState::Queued,
        because,
    });
}

/// Freed by her escalation, by duress and when no contact is reached, the last two only where she
/// chose 911 for them.
fn withheld(draft: &mut DecisionDraft<'_>, situation: &Situation) {
    let alert = &situation.alert;
    if alert.escalated_at.is_some() {
        queue(draft, Cause::Escalated);
    } else if alert.duress && alert.if_duress == Hold::Call911 {
        queue(draft, Cause::Duress);
    } else if alert.if_nobody_reached == Hold::Call911 && nobody_reached(draft, situation) {
        queue(draft, Cause::NobodyReached);
    }
}

/// No contact is reached when none who is still hers has a message that a phone confirmed, or has
/// answered anything at all, and either every way to each of them has failed for good (at once,
/// then; with no contacts, or none with a live address, at the press), or two minutes have passed
/// since the press.
fn nobody_reached(draft: &mut DecisionDraft<'_>, situation: &Situation) -> bool {
    if hers(situation).any(Contact::reached) {
        return false;
    }
    let late = draft.after(situation.alert.raised_at, draft.config.nobody_reached_s);
    if nobody_left(situation) || late <= draft.now {
        return true;
    }
    draft.ask_at(late);
    false
}

fn hers(situation: &Situation) -> impl Iterator<Item = &Contact> {
    situation.contacts.iter().filter(|c| !c.removed)
}

/// No way is left to any contact. One who accepted a moment ago and is yet to be told is a way.
fn nobody_left(situation: &Situation) -> bool {
    hers(situation).all(Contact::out_of_ways)
}

/// For 911 after a minute, unless a contact answers `on_my_way` or `with_her`: that puts it off
/// once, ten minutes at most, and only for as long as the answer stands.
fn waiting(draft: &mut DecisionDraft<'_>, situation: &Situation) {
    let alert = &situation.alert;
    if alert.policy == Policy::Now {
        return queue(draft, Cause::Policy);
    }
    if alert.escalated_at.is_some() {
        return queue(draft, Cause::Escalated);
    }
    if alert.duress {
        return queue(draft, Cause::Duress);
    }
    if nobody_left(situation) {
        return queue(draft, Cause::NobodyToTell);
    }
    let deadline = draft.after(alert.raised_at, draft.config.queue_unanswered_s);
    if deadline > draft.now {
        return draft.ask_at(deadline);
    }
    let decay = Duration::from_secs(draft.config.answer_decays_s);
    let standing = hers(situation)
        .filter_map(|c| c.answered)
        .filter(|a| a.counts_until(decay) > Some(draft.now));
    let Some(latest) = standing.map(|a| a.at).max() else {
        let put_off = alert.postponed_until.is_some();
        return queue(
            draft,
            if put_off {
                Cause::PostponementOver
            } else {
                Cause::Unanswered
            },
        );
    };
    let until = alert.postponed_until.unwrap_or_else(|| {
        let most = draft.after(deadline, draft.config.postpone_max_s);
        draft.after(latest, draft.config.postpone_max_s).min(most)
    });
    let most = draft.after(draft.now, draft.config.postpone_max_s);
    if until <= draft.now || until > most.plus(JUMP) {
        return queue(draft, Cause::PostponementOver);
    }
    if alert.postponed_until.is_none() {
        draft.act(Action::Postpone { until });
    }
    draft.ask_at(until.min(latest.plus(decay)));
}

/// Louder with time, with each sign that it is urgent, and shown to the backup in the end.
fn unclaimed(draft: &mut DecisionDraft<'_>, alert: &Alert, record: &Record) {
    let since = record.queued_at.unwrap_or(alert.raised_at);
    let steps = [
        draft.config.unclaimed_louder_s,
        draft.config.unclaimed_supervisors_s,
        draft.config.unclaimed_backup_s,
    ];
    let steps: i64 = steps
        .into_iter()
        .map(|s| i64::from(passed(draft, since, s)))
        .sum();
    let pressed = alert.presses > 1;
    let signs = i64::from(pressed) + i64::from(phone_silent(draft, alert));
    let because = match (steps, pressed) {
        (1.., _) => Cause::Unclaimed,
        (_, true) => Cause::PressedAgain,
        _ => Cause::PhoneSilent,
    };
    louder(draft, record, Level::new(steps).louder(signs), because);
    let open = alert.state == AlertState::Open && !alert.duress;
    let untold = open && alert.policy == Policy::Now && !alert.call_911;
    if untold && passed(draft, since, draft.config.call_911_s) {
        draft.act(Action::TellCall911);
    }
    if steps >= 3 && record.has_backup && !record.widened {
        draft.act(Action::SendToBackup);
    }
}

/// A claimed record: loud when nothing follows, a little louder when she presses again
/// or her phone falls silent.
fn held(draft: &mut DecisionDraft<'_>, alert: &Alert, record: &Record) {
    let last_step = last_step(alert, record);
    let idle_s = if record.state == RecordState::Claimed {
        draft.config.idle_s
    } else {
        draft.config.unit_idle_s
    };
    let pressed = alert.last_press_at > last_step;
    let silent = phone_silent(draft, alert);
    if passed(draft, last_step, idle_s) {
        louder(draft, record, Level::LOUDEST, Cause::Idle);
    } else {
        let because = if pressed {
            Cause::PressedAgain
        } else {
            Cause::PhoneSilent
        };
        louder(
            draft,
            record,
            Level::new(i64::from(pressed) + i64::from(silent)),
            because,
        );
    }
}

/// The moment from which a held record's quiet is counted.
pub(super) fn last_step(alert: &Alert, record: &Record) -> At {
    record
        .last_step_at
        .max(record.claimed_at)
        .or(record.queued_at)
        .unwrap_or(alert.raised_at)
}

/// Only ever louder: operators' steps make it quieter, never the plan.
fn louder(draft: &mut DecisionDraft<'_>, record: &Record, level: Level, because: Cause) {
    if level > record.level {
        draft.act(Action::RecordLevel { level, because });
    }
}

/// Whether so many seconds have passed since; if not, the plan is asked when they have.
fn passed(draft: &mut DecisionDraft<'_>, since: At, seconds: u64) -> bool {
    let at = draft.after(since, seconds);
    if at > draft.now {
        draft.ask_at(at);
    }
    at <= draft.now
}

/// Her phone was sending places and has missed three of its intervals.
fn phone_silent(draft: &mut DecisionDraft<'_>, alert: &Alert) -> bool {
    let Some(fix) = alert
        .last_fix_at
        .filter(|_| alert.state == AlertState::Open)
    else {
        return false;
    };
    passed(
        draft,
        fix,
        alert
            .fix_interval_s
            .max(1)
            .saturating_mul(draft.config.silent_intervals),
    )
}
