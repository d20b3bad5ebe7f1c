//! A press that lands on an alert that is there: the same press again, or another one while it is
//! open.

use serde_json::json;

use super::rows::{Draft, Outcome, birth};
use crate::alerts::AlertError;
use crate::alerts::engine::context::{Extent, StepContext, Stepped};
use crate::alerts::engine::step;
use crate::alerts::locate::{key_of, note_on_record};
use crate::alerts::model::AlertState;
use crate::alerts::store::{self, AlertChange, AlertRow};
use crate::clock::At;
use crate::db::{Conn, take_alerts};
use crate::delivery;
use crate::delivery::model::FailReason;
use crate::escalation::CentreCache;
use crate::escalation::records::{self, RecordChange};
use crate::identity::{self, AlertCaller};
use crate::location;
use crate::timeline::{self, Actor, Kind, NewEntry};

/// A revoked device's token is good only for the alert that this device has open.
fn may_use(caller: &AlertCaller, row: &AlertRow) -> Result<(), AlertError> {
    let its_own = row.device == caller.device && row.state == AlertState::Open;
    if caller.only_open_alert && !its_own {
        Err(AlertError::Unauthorized)
    } else {
        Ok(())
    }
}

/// A retry, or a queue flushed late: the same alert, open or closed. A drill may still become real.
pub(super) fn same_press(
    conn: &mut Conn,
    step: &StepContext,
    centres: &CentreCache,
    draft: &Draft,
    same: Option<AlertRow>,
    becomes_real: bool,
) -> Result<Outcome, AlertError> {
    let same = same.ok_or(AlertError::Unknown)?;
    may_use(&draft.caller, &same)?;
    if same.state == AlertState::Open {
        // A try that was cut off may have come without it.
        keep_fix(conn, step, centres, draft, &same)?;
    }
    let stepped = if becomes_real {
        Some(become_real(conn, step, centres, draft, &same)?)
    } else if same.state == AlertState::Open && store::leave_quarantine(conn, &same, draft.now)? {
        Some(step::step(conn, step, same.id, draft.now)?)
    } else {
        None
    };
    Ok(Outcome::known(same.id, stepped))
}

/// An earlier run of this very press may be committed, its answer lost on the way. Its messages are
/// then leased to this process, and its senders have never heard of them: they are freed, to be
/// found at once instead of when the lease ends.
pub(super) fn after_unknown_commit(
    conn: &mut Conn,
    step: &StepContext,
    draft: &Draft,
    outcome: Outcome,
) -> Result<Outcome, AlertError> {
    if let Some(lease) = &step.lease {
        delivery::free_subject(conn, outcome.alert.into(), lease)?;
    }
    let nothing_new = Stepped {
        alert: outcome.alert,
        messages: Vec::new(),
        record: None,
    };
    Ok(Outcome {
        fresh: outcome.alert == draft.alert,
        stepped: outcome.stepped.or(Some(nothing_new)),
        ..outcome
    })
}

/// A drill that is meant after all: a record is born, contacts are told in earnest. What was said
/// to the drill is no answer to the alarm, and what it still owes would call the alarm a drill.
fn become_real(
    conn: &mut Conn,
    step: &StepContext,
    centres: &CentreCache,
    draft: &Draft,
    drill: &AlertRow,
) -> Result<Stepped, AlertError> {
    let change = AlertChange {
        drill: Some(false),
        raised_at: Some(draft.now),
        told_again_at: Some(draft.now),
        presses: Some(drill.presses + 1),
        last_press_at: Some(draft.now),
        restored_at: drill.restored_at.map(|_| None),
        ..AlertChange::default()
    };
    store::change(conn, drill.id, &change)?;
    store::forget_answers(conn, drill.id)?;
    delivery::withdraw(
        conn,
        drill.id.into(),
        None,
        FailReason::BecameReal,
        draft.now,
    )?;
    timeline::append(
        conn,
        &NewEntry::new(drill.id, draft.now, Kind::DrillBecameReal, Actor::Her),
    )?;
    let her = identity::person_for_raise(conn, drill.person, step.extent.unread_names())?;
    let centres = centres.in_write(conn, her.municipality, her.centres_version)?;
    // Its places are read with the rest of a plan; a bare press does without.
    let key = match step.extent {
        Extent::Bare => None,
        _ => key_of(&step.foundation, drill),
    };
    let shown = key.and_then(|key| location::shown(conn, &key, drill.id, draft.now).ok());
    let record = birth(&centres, draft, drill, &her, shown.flatten().as_ref());
    records::insert(conn, &record, her.named_officers, draft.now)?;
    step::step(conn, step, drill.id, draft.now)
}

/// A new id while an alert is open: another name of it. The record gets louder, contacts are told
/// again in time.
pub(super) fn pressed_again(
    conn: &mut Conn,
    step: &StepContext,
    centres: &CentreCache,
    draft: &Draft,
    open: Option<AlertRow>,
    becomes_real: bool,
) -> Result<Outcome, AlertError> {
    let open = open.ok_or(AlertError::Unknown)?;
    may_use(&draft.caller, &open)?;
    if step.extent != Extent::Bare {
        store::add_name(conn, open.person, draft.client_id, open.id, draft.now)?;
        keep_fix(conn, step, centres, draft, &open)?;
    }
    // A rehearsal during a real alert changes nothing of it.
    if draft.press.drill && !open.drill {
        return Ok(Outcome::known(open.id, None));
    }
    if becomes_real {
        let stepped = become_real(conn, step, centres, draft, &open)?;
        return Ok(Outcome::known(open.id, Some(stepped)));
    }
    let change = AlertChange {
        presses: Some(open.presses + 1),
        last_press_at: Some(draft.now),
        // What a restored alert says of the last telling may be long undone: contacts are told at
        // once.
        told_again_at: open.restored_at.map(|_| At::from_micros(0)),
        restored_at: open.restored_at.map(|_| None),
        ..AlertChange::default()
    };
    store::change(conn, open.id, &change)?;
    let entry = NewEntry::new(open.id, draft.now, Kind::PressedAgain, Actor::Her);
    timeline::append(conn, &entry.with(json!({ "presses": open.presses + 1 })))?;
    records::change(conn, open.id, RecordChange::PressedAgain, draft.now)?;
    let stepped = step::step(conn, step, open.id, draft.now)?;
    Ok(Outcome::known(open.id, Some(stepped)))
}

/// Puts the fix that came with a press on the trail of the alert it lands on, and its place on the
/// record. A press is not sent again with another number: a place whose number stands for another
/// one already is kept under a number of ours.
fn keep_fix(
    conn: &mut Conn,
    step: &StepContext,
    centres: &CentreCache,
    draft: &Draft,
    row: &AlertRow,
) -> Result<(), AlertError> {
    let Some(fix) = &draft.press.fix else {
        return Ok(());
    };
    // Without the key her place cannot be kept; the press is.
    let Some(key) = key_of(&step.foundation, row) else {
        return Ok(());
    };
    // Alerts are locked before their records.
    take_alerts(conn, &[row.id])?;
    let device = draft.caller.device;
    let stored = location::sent_before(conn, row.id, device, &[fix.seq])?;
    let known = location::open_all(&key, &stored);
    let mut kept = fix.clone();
    // One that does not open is another place.
    if known.len() < stored.len() || known.iter().any(|known| !known.is_same_place(fix)) {
        kept.seq = location::spare_seq(fix.received_at, 0);
    }
    let sealed = location::seal_fixes(&key, row.id, device, &[kept]);
    location::append(conn, &sealed)?;
    note_on_record(conn, centres, (row.id, row.person), &key, draft.now)?;
    Ok(())
}
