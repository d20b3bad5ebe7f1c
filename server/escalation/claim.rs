//! Taking a record: from the queue, or from an operator who has fallen silent.

use std::time::Duration;

use serde_json::json;

use super::centres;
use super::changed::Changed;
use super::error::EscalationError;
use super::model::RecordEvent;
use super::sight;
use super::step::{self, TimelineNote};
use super::store::{self, RecordRow};
use super::viewer::Viewer;
use crate::clock::At;
use crate::config::{Config, Escalation};
use crate::db::Conn;
use crate::ids::{OperatorId, RecordId};
use crate::timeline::Kind;

/// Claims a queued record. Who has it already is told so again, and nothing changes: a retry after
/// a lost answer.
///
/// # Errors
/// `NotFound`, `AlreadyClaimed`, `ReclaimTooSoon`, `Over`, or the database.
pub fn claim(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
    rules: &Escalation,
    now: At,
) -> Result<Changed, EscalationError> {
    let mut row = step::taken(conn, viewer, record)?;
    let state = row.state;
    if state.is_over() {
        return Err(EscalationError::Over);
    }
    if state.is_worked() {
        let again = row.claimed_by == Some(viewer.operator);
        return if again {
            Ok(Changed::of(&row))
        } else {
            Err(EscalationError::AlreadyClaimed)
        };
    }
    let next = state
        .after(RecordEvent::Claim, row.first_claimed_at.is_some())
        .ok_or(EscalationError::WrongState)?;
    not_too_soon(conn, viewer, record, rules, now)?;
    row.state = next;
    give_to(&mut row, viewer.operator, now);
    step::written(
        conn,
        viewer,
        &mut row,
        TimelineNote::plainly(Kind::Claimed),
        now,
    )
}

/// How long a record has waited in the queue that was never claimed; `None` for others, and for
/// training.
///
/// # Errors
/// The database.
pub fn waited(
    conn: &mut Conn,
    record: RecordId,
    now: At,
) -> Result<Option<Duration>, EscalationError> {
    let row =
        store::by_id(conn, record)?.filter(|row| row.first_claimed_at.is_none() && !row.training);
    Ok(row.and_then(|row| row.queued_at).map(|at| now.since(at)))
}

/// Takes a record from an operator who took no step for the idle time. Who lost it waits before
/// claiming it again.
///
/// # Errors
/// `NotFound`, `AlreadyClaimed` while its operator is not idle, `ReclaimTooSoon`, `WrongState`, or
/// the database.
pub fn take_over(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
    settings: &Config,
    now: At,
) -> Result<Changed, EscalationError> {
    let mut row = step::taken(conn, viewer, record)?;
    if row.state.is_over() {
        return Err(EscalationError::Over);
    }
    row.state
        .after(RecordEvent::TakeOver, true)
        .ok_or(EscalationError::WrongState)?;
    let from = row.claimed_by.ok_or(EscalationError::WrongState)?;
    if from == viewer.operator {
        return Ok(Changed::of(&row));
    }
    let idle = row
        .last_step_at
        .or(row.claimed_at)
        .map_or(Duration::MAX, |at| now.since(at));
    let own = centres::by_id(conn, row.centre)?.and_then(|centre| centre.times.idle_s);
    if idle < Duration::from_secs(own.unwrap_or(settings.plan.idle_s)) {
        return Err(EscalationError::AlreadyClaimed);
    }
    not_too_soon(conn, viewer, record, &settings.escalation, now)?;
    store::lose(conn, record, from, now)?;
    give_to(&mut row, viewer.operator, now);
    let told = TimelineNote {
        kind: Kind::TakenOver,
        detail: json!({ "from": from }),
        note: None,
    };
    step::written(conn, viewer, &mut row, told, now)
}

fn give_to(row: &mut RecordRow, operator: OperatorId, now: At) {
    row.claimed_by = Some(operator);
    row.claimed_at = Some(now);
    row.first_claimed_at = row.first_claimed_at.or(Some(now));
    row.stepped(now);
}

fn not_too_soon(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
    rules: &Escalation,
    now: At,
) -> Result<(), EscalationError> {
    let wait = Duration::from_secs(rules.reclaim_wait_s);
    match store::lost_at(conn, record, viewer.operator)?.map(|at| now.since(at)) {
        Some(since) if since < wait => {
            Err(EscalationError::ReclaimTooSoon(wait.saturating_sub(since)))
        }
        _ => Ok(()),
    }
}

/// Whether this viewer has the record now, and may still see it. For streams, which ask with each
/// look.
///
/// # Errors
/// The database.
pub fn has(conn: &mut Conn, viewer: &Viewer, record: RecordId) -> Result<bool, EscalationError> {
    let Some(row) = store::by_id(conn, record)? else {
        return Ok(false);
    };
    let its = row.state.is_worked() && row.claimed_by == Some(viewer.operator);
    Ok(its && sight::sees(conn, viewer, &row)?)
}
