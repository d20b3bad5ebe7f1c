//! Her places while an alert is open.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::AlertState;
use super::store::{self, AlertRow};
use super::{AlertError, Alerts};
use crate::bus::Event;
use crate::clock::At;
use crate::db::{Conn, WritePriority, change_marks};
use crate::escalation::records::{self, RecordChange};
use crate::escalation::{CentreCache, Spot};
use crate::foundation::Foundation;
use crate::http::LenientBody;
use crate::identity::{self, AlertCaller, AlertToken};
use crate::ids::{AlertId, ClientId, DeviceId};
use crate::location::model::{Fix, Warning};
use crate::location::{self, next_interval_s, parse_batch};

/// What the phone is told of the places it sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Located {
    /// Fixes that were readable; one that had come before counts again.
    pub accepted: usize,
    /// Seconds until the next fix is wanted.
    pub next_interval_s: u32,
    /// What could not be understood, by path and code.
    pub warnings: Vec<Warning>,
}

/// Takes a batch of 1 to 100 fixes, in any order; the first of a (device, seq) wins. After the
/// alert is closed the answer is the same and nothing is kept: what a phone is told must not tell
/// which PIN closed it.
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
    let (device, row) = foundation
        .db
        .read_here(move |conn| {
            let caller = token.holder(conn)?;
            Ok::<_, AlertError>((caller.device, of_caller(conn, &caller, client_id)?))
        })
        .await?;
    let now = foundation.clock.now();
    let json = body
        .json()
        .ok_or(AlertError::Batch(location::BatchFault::NotAList))?;
    let batch = parse_batch(&json, row.raised_at, now).map_err(AlertError::Batch)?;
    let told = Located {
        accepted: batch.fixes.len(),
        next_interval_s: next_interval_s(&foundation.config.alerts, batch.battery),
        warnings: batch.warnings,
    };
    if row.state != AlertState::Open || batch.fixes.is_empty() {
        return Ok(told);
    }
    keep(alerts, device, &row, &batch.fixes, now).await?;
    foundation.bus.publish(Event::Fix { alert: row.id });
    Ok(told)
}

/// When her latest place came in, and every how many seconds her phone was then told to send them.
pub(super) fn pace(
    conn: &mut Conn,
    foundation: &Foundation,
    row: &AlertRow,
) -> Result<(Option<At>, u32), AlertError> {
    let key = foundation
        .keys
        .unwrap_alert_key(&row.epoch, row.id, &row.wrapped_key)
        .ok();
    let (at, battery) = location::last_sign(conn, key.as_ref(), row.id)?.unzip();
    Ok((
        at,
        next_interval_s(&foundation.config.alerts, battery.flatten()),
    ))
}

async fn keep(
    alerts: &Alerts,
    device: DeviceId,
    row: &AlertRow,
    fixes: &[Fix],
    now: At,
) -> Result<(), AlertError> {
    let key = alerts
        .foundation
        .keys
        .unwrap_alert_key(&row.epoch, row.id, &row.wrapped_key)?;
    let sealed = location::seal_fixes(&key, row.id, device, fixes);
    let latest = fixes
        .iter()
        .reduce(|a, b| if b.is_later_than(a) { b } else { a });
    let Some(noted) = latest
        .filter(|fix| alerts.noted.is_news(row.id, &fix.cell(), now))
        .cloned()
    else {
        return Ok(alerts.intake.append(sealed).await?);
    };
    let cell = noted.cell();
    let (centres, alert, person) = (alerts.centres.clone(), row.id, row.person);
    let changed = alerts
        .foundation
        .db
        .write(WritePriority::Background, move |conn| {
            location::append(conn, &sealed)?;
            note_on_record(conn, &centres, alert, person, &noted, now)
        })
        .await?;
    alerts.noted.told(row.id, &cell, now);
    if let Some(changed) = changed {
        alerts.foundation.bus.publish(Event::RecordChanged {
            record: changed.record,
            centre: changed.centre,
        });
    }
    Ok(())
}

/// The record shows a cell, the accuracy and the age of the fix; a good fix on other ground adds
/// that centre.
fn note_on_record(
    conn: &mut Conn,
    centres: &CentreCache,
    alert: AlertId,
    person: crate::ids::PersonId,
    fix: &Fix,
    now: At,
) -> Result<Option<records::Changed>, AlertError> {
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
        fix_at: Some(fix.effective_at),
    };
    Ok(records::change(conn, alert, change, now)?)
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
