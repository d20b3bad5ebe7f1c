//! What her other alarms bear on one of them: she presses, ends it, and presses again.
//!
//! The end of an alarm is told a moment after it, and not where she has raised another one
//! meanwhile. From the fourth within an hour on, a contact gets one text in ten minutes.

use std::time::Duration;

use super::plan_input::OtherAlarms;
use crate::alerts::AlertError;
use crate::alerts::model::AlertState;
use crate::alerts::store::{self, AlertRow};
use crate::clock::At;
use crate::config::PlanConfig;
use crate::db::{Conn, take_alerts};
use crate::delivery::model::FailReason;
use crate::delivery::{self, facts};
use crate::ids::{AlertId, RecipientId, SubjectId};
use crate::plan::Newer;
use crate::plan::model::Step;

/// Alarms of so long are counted.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// From when on alarms that have ended bear on a new one: they count, or their end may not have left.
#[must_use]
pub fn lately(plan: &PlanConfig, now: At) -> At {
    now.minus(HOUR.max(Duration::from_secs(plan.over_deadline_s)))
}

/// Reads it for an alert that is stored.
///
/// # Errors
/// The database.
pub fn read(conn: &mut Conn, row: &AlertRow, plan: &PlanConfig) -> Result<OtherAlarms, AlertError> {
    if row.drill {
        return Ok(OtherAlarms::default());
    }
    let until = (row.raised_at.minus(HOUR), row.raised_at);
    let lately = store::raised_between(conn, row.person, until)?;
    let mut others = of_many(conn, &lately, plan)?;
    if row.state == AlertState::Closed {
        let newer = store::newer_than(conn, row)?;
        others.newer = newer.first().map(|(_, closed_at)| Newer {
            closed_at: *closed_at,
        });
        let subjects = subjects(newer.iter().map(|(alert, _)| alert));
        let steps = Step::ALARMS.map(Step::number);
        others.told_of_newer = facts::may_have_been_told(conn, &subjects, &steps)?
            .into_iter()
            .map(RecipientId::contact)
            .collect();
    }
    Ok(others)
}

/// For an alarm that is about to be raised, after these within the hour.
///
/// # Errors
/// The database.
pub fn at_press(
    conn: &mut Conn,
    ended: &[AlertId],
    this: AlertId,
    plan: &PlanConfig,
) -> Result<OtherAlarms, AlertError> {
    let all: Vec<AlertId> = ended.iter().copied().chain([this]).collect();
    of_many(conn, &all, plan)
}

fn of_many(
    conn: &mut Conn,
    alarms: &[AlertId],
    plan: &PlanConfig,
) -> Result<OtherAlarms, AlertError> {
    if u64::try_from(alarms.len()).unwrap_or(0) < plan.texts_apart_from {
        return Ok(OtherAlarms::default());
    }
    let apart = Duration::from_secs(plan.texts_apart_s);
    let last = facts::last_texts(conn, &subjects(alarms))?.into_iter();
    let texts_from = last
        .map(|(who, at)| (who.contact(), at.plus(apart)))
        .collect();
    Ok(OtherAlarms {
        texts_from: Some(texts_from),
        ..OtherAlarms::default()
    })
}

/// She has pressed again: the end of these is no news any more, where it has not left. Their plans
/// are asked again, since a contact may not hear of the new one.
///
/// # Errors
/// The database.
pub fn call_back_ends(conn: &mut Conn, ended: &[AlertId], now: At) -> Result<(), AlertError> {
    if ended.is_empty() {
        return Ok(());
    }
    take_alerts(conn, ended)?;
    let (over, why) = (Step::Over.number(), FailReason::PressedAgain);
    let subjects = subjects(ended);
    for alert in delivery::withdraw_step(conn, &subjects, over, why, now)? {
        store::ask_now(conn, alert.alert(), now)?;
    }
    Ok(())
}

fn subjects<'a>(alerts: impl IntoIterator<Item = &'a AlertId>) -> Vec<SubjectId> {
    alerts.into_iter().copied().map(SubjectId::from).collect()
}
