//! Her places while an alert is open.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::AlertState;
use super::store::{self, AlertRow};
use super::{AlertError, Alerts, noted};
use crate::bus::Event;
use crate::clock::At;
use crate::db::{Conn, WritePriority, change_marks};
use crate::escalation::records::{self, RecordChange};
use crate::escalation::{CentreCache, Spot};
use crate::foundation::Foundation;
use crate::http::LenientBody;
use crate::identity::{self, AlertCaller, AlertToken};
use crate::ids::{AlertId, ClientId, DeviceId, PersonId};
use crate::location::{self, Batch, Fix, Latest, Warning, next_interval_s, parse_batch};
use crate::seal::{self, AlertKey};

/// What the phone is told of the places it sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Located {
    /// Fixes that were taken; one that had come before counts again.
    pub accepted: usize,
    /// Seconds until the next fix is wanted.
    pub next_interval_s: u32,
    /// What could not be understood, by path and code.
    pub warnings: Vec<Warning>,
}

/// Takes a batch of 1 to 100 fixes, in any order; the first of a (device, seq) wins, and another
/// place under the same number is left out and named. After the alert is closed the answer is the
/// same and nothing is kept: what a phone is told must not tell which PIN closed it.
///
/// # Errors
/// `Unknown` where the server has no such alert of hers, `Batch` for a body that is no batch, and
/// the database.
pub async fn locate(
    alerts: &Alerts,
    token: AlertToken,
    client_id: ClientId,
    body: &LenientBody,
) -> Result<Located, AlertError> {
    let foundation = &alerts.foundation;
    let now = foundation.clock.now();
    let batch = parse_batch(&body.salvage(), now);
    let seqs = batch.as_ref().map(Batch::own_seqs).unwrap_or_default();
    let (device, row, stored) = foundation
        .db
        .read_here(move |conn| {
            let caller = token.holder(conn)?;
            let row = of_caller(conn, &caller, client_id)?;
            let stored = match row.state {
                AlertState::Open => location::sent_before(conn, row.id, caller.device, &seqs)?,
                AlertState::Closed => Vec::new(),
            };
            Ok::<_, AlertError>((caller.device, row, stored))
        })
        .await?;
    let mut batch = batch.map_err(AlertError::Batch)?;
    let key = key_of(foundation, &row);
    if let Some(key) = key.as_ref().filter(|_| !stored.is_empty()) {
        batch.drop_used(&location::open_all(key, &stored));
    }
    let speaks = row.state == AlertState::Open && !batch.fixes.is_empty();
    if speaks && key.is_none() {
        batch.cannot_be_kept();
    }
    let told = Located {
        accepted: batch.fixes.len(),
        next_interval_s: next_interval_s(&foundation.config.alerts, batch.battery),
        warnings: batch.warnings,
    };
    if !speaks {
        return Ok(told);
    }
    if let Some(key) = key {
        keep(alerts, device, (&row, key), batch.fixes, now).await?;
    }
    if row.restored_at.is_some() {
        is_heard_again(foundation, row.id, now).await?;
    }
    foundation.bus.publish(Event::Fix { alert: row.id });
    Ok(told)
}

/// Her phone speaks of an alert that a restore brought back: its plan is asked again.
async fn is_heard_again(
    foundation: &Foundation,
    alert: AlertId,
    now: At,
) -> Result<(), AlertError> {
    let leaves = move |conn: &mut Conn| match store::take(conn, alert)? {
        Some(row) => store::leave_quarantine(conn, &row, now),
        None => Ok(false),
    };
    foundation.db.write(WritePriority::Alert, leaves).await?;
    foundation.bus.nudge_engine();
    Ok(())
}

/// What seals her places in this alert. `None` where it does not open: her week's key is missing or
/// was destroyed, and her places with it.
pub(super) fn key_of(foundation: &Foundation, row: &AlertRow) -> Option<AlertKey> {
    let opened = foundation
        .keys
        .unwrap_alert_key(&row.epoch, row.id, &row.wrapped_key);
    seal::or_none("the key of an alert", row.id, opened)
}

/// Where she is as far as is known, for those who watch; what does not open is unknown.
pub(super) fn shown(
    conn: &mut Conn,
    foundation: &Foundation,
    row: &AlertRow,
) -> Result<Option<Latest>, AlertError> {
    match key_of(foundation, row) {
        Some(key) => Ok(location::shown(conn, &key, row.id, foundation.clock.now())?),
        None => Ok(None),
    }
}

/// When her phone was last heard by a place, and every how many seconds it was then told to send
/// them.
pub(super) fn pace(
    conn: &mut Conn,
    foundation: &Foundation,
    row: &AlertRow,
    now: At,
) -> Result<(Option<At>, u32), AlertError> {
    let key = key_of(foundation, row);
    let (at, battery) = location::last_sign(conn, key.as_ref(), row.id, now)?.unzip();
    Ok((
        at,
        next_interval_s(&foundation.config.alerts, battery.flatten()),
    ))
}

async fn keep(
    alerts: &Alerts,
    device: DeviceId,
    (row, key): (&AlertRow, AlertKey),
    fixes: Vec<Fix>,
    now: At,
) -> Result<(), AlertError> {
    let sealed = location::seal_fixes(&key, row.id, device, &fixes);
    let word = location::latest(fixes, now).map(|latest| noted::word(&latest));
    if !word.is_some_and(|word| alerts.noted.is_news(row.id, &word, now)) {
        return Ok(alerts.intake.append(sealed).await?);
    }
    let (centres, alert, person) = (alerts.centres.clone(), row.id, row.person);
    let (changed, word) = alerts
        .foundation
        .db
        .write(WritePriority::Background, move |conn| {
            location::append(conn, &sealed)?;
            note_on_record(conn, &centres, (alert, person), &key, now)
        })
        .await?;
    if let Some(word) = word {
        alerts.noted.told(row.id, &word, now);
    }
    if let Some(changed) = changed {
        alerts.foundation.bus.publish(Event::RecordChanged {
            record: changed.record,
            centre: changed.centre,
        });
    }
    Ok(())
}

/// The record's change, and what it was told ([`noted::word`]).
type Noted = (Option<records::Changed>, Option<String>);

/// The record shows cell, accuracy and time of the place that every other view shows; a good fix on
/// other ground adds that centre. A queue of old places that comes in late changes nothing of it.
pub(super) fn note_on_record(
    conn: &mut Conn,
    centres: &CentreCache,
    (alert, person): (AlertId, PersonId),
    key: &AlertKey,
    now: At,
) -> Result<Noted, AlertError> {
    let Some(shown) = location::shown(conn, key, alert, now)? else {
        return Ok((None, None));
    };
    let fix = shown.fix();
    let home_centre = identity::home_of(conn, person)?;
    let spot = Spot {
        lat: fix.lat,
        lon: fix.lon,
        accuracy_m: fix.accuracy_m,
    };
    let version = change_marks::mark(conn, change_marks::CENTRES)?;
    let centres = centres.in_write(conn, home_centre.municipality, Some(version))?;
    let at_home = home_centre
        .home_centre
        .or_else(|| centres.home_of(home_centre.municipality));
    let placement = centres
        .jurisdictions
        .decide(home_centre.municipality, at_home, Some(spot));
    let change = RecordChange::Placed {
        placement,
        cell: Some(fix.cell()),
        accuracy_m: fix.accuracy_m,
        fix_at: shown.hour(),
    };
    let changed = records::change(conn, alert, change, now)?;
    Ok((changed, Some(noted::word(&shown))))
}

/// The caller's alert by the phone's id.
impl Alerts {
    pub(super) async fn of_caller(
        &self,
        caller: &AlertCaller,
        client_id: ClientId,
    ) -> Result<AlertRow, AlertError> {
        let caller = caller.clone();
        self.foundation
            .db
            .read(move |conn| of_caller(conn, &caller, client_id))
            .await
    }
}

fn of_caller(
    conn: &mut Conn,
    caller: &AlertCaller,
    client_id: ClientId,
) -> Result<AlertRow, AlertError> {
    let row = store::by_client_id(conn, caller.person, client_id)?.ok_or(AlertError::Unknown)?;
    let open = row.state == AlertState::Open;
    if caller.only_open_alert && !(open && row.device == caller.device) {
        return Err(AlertError::Unauthorized);
    }
    Ok(row)
}
