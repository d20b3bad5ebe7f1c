//! She ends her alert: a mistake (cancel), or it is over (close). Her PIN, where she has set one.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::engine::end::{Ending, end};
use super::engine::step;
use super::model::{AlertState, CloseKind};
use super::store::{self, AlertChange, AlertRow};
use super::{AlertError, Alerts};
use crate::bus::Event;
use crate::clock::At;
use crate::db::Conn;
use crate::identity::{self, AlertCaller, PinVerdict};
use crate::ids::{AlertId, ClientId};
use crate::timeline::{self, Actor, Kind, NewEntry};

/// What her phone reads. The same bytes whichever PIN it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct Closed {
    /// The phone's own id.
    pub client_id: ClientId,
    /// Always `closed`.
    pub state: AlertState,
    /// How.
    pub kind: CloseKind,
}

/// Cancels (`CloseKind::Cancelled`) or closes (`CloseKind::Resolved`) her alert. Closing a closed
/// one changes nothing.
///
/// # Errors
/// `WrongPin` where a PIN is set and another, or none, was given: the same answer each time,
/// without lock-out.
pub async fn close(
    alerts: &Alerts,
    caller: &AlertCaller,
    client_id: ClientId,
    kind: CloseKind,
    pin: Option<&str>,
) -> Result<Closed, AlertError> {
    let row = alerts.of_caller(caller, client_id).await?;
    // Checked for a closed alert too, so that the answer tells nothing about what a PIN has done.
    let verdict =
        identity::check_pin(&alerts.foundation, caller.person, pin.unwrap_or_default()).await?;
    by_verdict(alerts, caller, (row.id, client_id), kind, verdict).await
}

/// [`close`] once the PIN has been looked at, which takes tens of milliseconds.
///
/// # Errors
/// As [`close`].
pub async fn by_verdict(
    alerts: &Alerts,
    caller: &AlertCaller,
    (alert, client_id): (AlertId, ClientId),
    kind: CloseKind,
    verdict: PinVerdict,
) -> Result<Closed, AlertError> {
    let (foundation, now, device) = (
        alerts.foundation.clone(),
        alerts.foundation.clock.now(),
        caller.device,
    );
    let right = !matches!(verdict, PinVerdict::Wrong);
    let most_wrong = foundation.config.plan.wrong_pins;
    let stepped = alerts
        .write_and_step(alerts.step_context(), move |conn, step| {
            let Some(row) = store::take(conn, alert)? else {
                return Err(AlertError::Unknown);
            };
            if row.state != AlertState::Open {
                return Ok(None);
            }
            if !right {
                note_wrong_pin(conn, &row, now)?;
                return Ok(None);
            }
            let ending = Ending {
                kind,
                verified: !matches!(verdict, PinVerdict::NoneSet),
                most_wrong,
            };
            end(conn, &row, ending, now)?;
            let entry = NewEntry::new(row.id, now, ended_as(kind), Actor::Her);
            let detail = json!({ "device": device, "verified": ending.verified });
            timeline::append(conn, &entry.with(detail))?;
            Ok(Some(step::step(conn, step, row.id, now)?))
        })
        .await?;
    if let Some(stepped) = stepped {
        alerts.after(stepped);
    }
    foundation.bus.publish(Event::AlertChanged { alert });
    if right {
        Ok(Closed {
            client_id,
            state: AlertState::Closed,
            kind,
        })
    } else {
        Err(AlertError::WrongPin)
    }
}

fn note_wrong_pin(conn: &mut Conn, row: &AlertRow, now: At) -> Result<(), AlertError> {
    let change = AlertChange {
        wrong_pins: Some(row.wrong_pins + 1),
        ..AlertChange::default()
    };
    store::change(conn, row.id, &change)?;
    timeline::append(
        conn,
        &NewEntry::new(row.id, now, Kind::WrongPin, Actor::Her),
    )?;
    Ok(())
}

fn ended_as(kind: CloseKind) -> Kind {
    match kind {
        CloseKind::Cancelled => Kind::Cancelled,
        CloseKind::Resolved => Kind::Resolved,
        CloseKind::Expired => Kind::Expired,
    }
}
