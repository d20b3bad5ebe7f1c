//! A press that lands on an alert that is there: the same press again, or another one while it is
//! open.

use serde_json::json;

use super::rows::{Draft, Outcome, birth, sealed_fix};
use crate::alerts::AlertError;
use crate::alerts::engine::context::{Extent, StepContext, Stepped};
use crate::alerts::engine::step;
use crate::alerts::model::AlertState;
use crate::alerts::store::{self, AlertChange, AlertRow};
use crate::db::Conn;
use crate::delivery;
use crate::delivery::model::FailReason;
use crate::escalation::CentreCache;
use crate::escalation::records::{self, RecordChange};
use crate::foundation::Foundation;
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
    let stepped = if becomes_real {
        Some(become_real(conn, step, centres, draft, &same)?)
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
    let record = birth(&centres, draft, drill, &her);
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
        append_fix(conn, &step.foundation, draft, &open)?;
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
        ..AlertChange::default()
    };
    store::change(conn, open.id, &change)?;
    let entry = NewEntry::new(open.id, draft.now, Kind::PressedAgain, Actor::Her);
    timeline::append(conn, &entry.with(json!({ "presses": open.presses + 1 })))?;
    records::change(conn, open.id, RecordChange::PressedAgain, draft.now)?;
    let stepped = step::step(conn, step, open.id, draft.now)?;
    Ok(Outcome::known(open.id, Some(stepped)))
}

/// Puts the fix that came with a press on the trail of the alert it lands on.
fn append_fix(
    conn: &mut Conn,
    foundation: &Foundation,
    draft: &Draft,
    row: &AlertRow,
) -> Result<(), AlertError> {
    location::append(conn, &sealed_fix(foundation, draft, row)?)?;
    Ok(())
}
