//! Destroys trails on schedule: her places and words go with the key of their week.
//!
//! A week's key (an epoch) is due once its last moment is `alerts.retention_weeks` ago, and it
//! waits for the last of its alerts to have been closed for so long. What must outlive it, an alert
//! that is open or whose folio 911 has not closed yet, is wrapped anew by this week's key first.
//! Then the rows of the others are deleted, their own keys with them, and last the epoch's file:
//! from then on no copy of the database opens those places. Every step may be cut off and run
//! again, on several nodes at once: each destroys its own copy of the key once no row needs it.

use std::time::Duration;

use super::AlertError;
use super::model::AlertState;
use super::store::{self, WrappedRow};
use crate::clock::At;
use crate::db::{Conn, WritePriority};
use crate::escalation::records;
use crate::foundation::Foundation;
use crate::ids::AlertId;
use crate::location;
use crate::seal::{Epoch, SealError};
use crate::timeline::{self, Actor, Kind, NewEntry};

/// Alerts ended in one transaction: each may have thousands of places, and no press shall wait
/// behind them.
const BATCH: i64 = 5;
const WEEK_S: u64 = 7 * 24 * 60 * 60;

/// What a pass did, or would do, with one epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The week.
    pub epoch: Epoch,
    /// Alerts whose trail is destroyed.
    pub trails: usize,
    /// Alerts that live on under this week's key: open, or on a folio that is not closed.
    pub kept: usize,
    /// Alerts that could not be wrapped anew here; each is logged by id.
    pub stuck: usize,
    /// Whether the key is gone. `false`: an alert was closed too lately, or one is stuck.
    pub destroyed: bool,
}

/// Destroys what is past retention. Idempotent; made for a daily call and for `ampara keys
/// destroy`.
///
/// # Errors
/// The database, or the key directory.
pub async fn pass(foundation: &Foundation) -> Result<Vec<Ended>, AlertError> {
    let mut all = Vec::new();
    for epoch in due(foundation)? {
        all.push(end(foundation, epoch).await?);
    }
    Ok(all)
}

/// What [`pass`] would do now, without doing it. `destroyed` says that it would be.
///
/// # Errors
/// The database, or the key directory.
pub async fn preview(foundation: &Foundation) -> Result<Vec<Ended>, AlertError> {
    let mut all = Vec::new();
    for epoch in due(foundation)? {
        let mut ended = nothing_yet(&epoch);
        ended.destroyed = !waits(foundation, &epoch).await?;
        let mut after = None;
        while ended.destroyed {
            let name = epoch.clone();
            let rows = foundation
                .db
                .read(move |conn| judged(conn, &name, after))
                .await?;
            let Some((last, _)) = rows.last() else { break };
            after = Some(last.id);
            ended.kept += rows.iter().filter(|(_, held)| *held).count();
            ended.trails += rows.iter().filter(|(_, held)| !*held).count();
        }
        all.push(ended);
    }
    Ok(all)
}

/// Closed after this moment: not past retention yet.
fn cutoff(foundation: &Foundation) -> At {
    let weeks = u64::from(foundation.config.alerts.retention_weeks);
    foundation
        .clock
        .now()
        .minus(Duration::from_secs(weeks * WEEK_S))
}

/// The weeks that lie wholly before the cut-off and whose keys are still here.
fn due(foundation: &Foundation) -> Result<Vec<Epoch>, AlertError> {
    let young = Epoch::of(cutoff(foundation));
    Ok(foundation
        .keys
        .epochs()?
        .into_iter()
        .filter(|epoch| *epoch < young)
        .collect())
}

fn nothing_yet(epoch: &Epoch) -> Ended {
    Ended {
        epoch: epoch.clone(),
        trails: 0,
        kept: 0,
        stuck: 0,
        destroyed: false,
    }
}

/// Whether one of its alerts was closed too lately.
async fn waits(foundation: &Foundation, epoch: &Epoch) -> Result<bool, AlertError> {
    let (name, cutoff) = (epoch.clone(), cutoff(foundation));
    Ok(foundation
        .db
        .read(move |conn| store::closed_since(conn, name.as_str(), cutoff))
        .await?)
}

/// The next alerts of an epoch that still have their key, each with whether it must outlive it.
fn judged(
    conn: &mut Conn,
    epoch: &Epoch,
    after: Option<AlertId>,
) -> Result<Vec<(WrappedRow, bool)>, AlertError> {
    let rows = store::wrapped_in(conn, epoch.as_str(), after, BATCH)?;
    let ids: Vec<AlertId> = rows.iter().map(|row| row.id).collect();
    let worked = records::on_open_folio(conn, &ids)?;
    let held = |row: &WrappedRow| row.state == AlertState::Open || worked.contains(&row.id);
    Ok(rows
        .into_iter()
        .map(|row| (row.clone(), held(&row)))
        .collect())
}

async fn end(foundation: &Foundation, epoch: Epoch) -> Result<Ended, AlertError> {
    let mut ended = nothing_yet(&epoch);
    if waits(foundation, &epoch).await? {
        return Ok(ended);
    }
    let mut after = None;
    loop {
        let (within, name, from) = (foundation.clone(), epoch.clone(), after);
        let batch = foundation
            .db
            .write(WritePriority::Background, move |conn| {
                end_some(conn, &within, &name, from)
            })
            .await?;
        let Some(last) = batch.last else { break };
        after = Some(last);
        ended.trails += batch.trails;
        ended.kept += batch.kept;
        ended.stuck += batch.stuck;
    }
    let name = epoch.clone();
    // Asked again: a press that found no other key may have been wrapped with this one in the
    // meantime.
    let left = foundation
        .db
        .read(move |conn| store::wrapped_in(conn, name.as_str(), None, 1))
        .await?;
    if left.is_empty() {
        let (keys, now) = (foundation.keys.clone(), foundation.clock.now());
        let destroyed = tokio::task::spawn_blocking(move || keys.destroy(&epoch, now)).await;
        destroyed.map_err(|_| {
            SealError::Io(
                foundation.config.seal.key_dir.clone(),
                "interrupted".to_owned(),
            )
        })??;
        ended.destroyed = true;
        tracing::info!(epoch = %ended.epoch, trails = ended.trails, kept = ended.kept, "a week's key was destroyed");
    }
    Ok(ended)
}

struct Batch {
    last: Option<AlertId>,
    trails: usize,
    kept: usize,
    stuck: usize,
}

fn end_some(
    conn: &mut Conn,
    foundation: &Foundation,
    epoch: &Epoch,
    after: Option<AlertId>,
) -> Result<Batch, AlertError> {
    let rows = judged(conn, epoch, after)?;
    let mut batch = Batch {
        last: rows.last().map(|(row, _)| row.id),
        trails: 0,
        kept: 0,
        stuck: 0,
    };
    let mut shredded = Vec::new();
    for (row, held) in rows {
        if !held {
            // Another node may have come first.
            shredded.extend(store::shred(conn, row.id)?.then_some(row.id));
            batch.trails += 1;
        } else if keep(conn, foundation, epoch, &row)? {
            batch.kept += 1;
        } else {
            batch.stuck += 1;
        }
    }
    // The alerts' own rows, by id, were locked before the first record's.
    for alert in shredded {
        forget(conn, alert, foundation.clock.now())?;
    }
    Ok(batch)
}

/// Her places and her words: gone from the rows too, as the key to them is.
fn forget(conn: &mut Conn, alert: AlertId, now: At) -> Result<(), AlertError> {
    location::forget(conn, alert)?;
    records::forget_place(conn, alert)?;
    timeline::append(
        conn,
        &NewEntry::new(alert, now, Kind::TrailDestroyed, Actor::System),
    )?;
    Ok(())
}

/// Wraps an alert's key by this week's. `false`: not here, or not by a younger key; the epoch
/// stays.
fn keep(
    conn: &mut Conn,
    foundation: &Foundation,
    epoch: &Epoch,
    row: &WrappedRow,
) -> Result<bool, AlertError> {
    match foundation.keys.rewrap_alert_key(
        foundation.clock.now(),
        row.id,
        epoch.as_str(),
        &row.wrapped_key,
    ) {
        Ok(wrapped) if wrapped.epoch > *epoch => {
            store::rewrap(conn, row.id, wrapped.epoch.as_str(), &wrapped.wrapped)?;
            Ok(true)
        }
        Ok(_) => Ok(false),
        Err(error) => {
            tracing::error!(alert = %row.id, %epoch, %error, "an alert's key could not be wrapped anew: its epoch stays");
            Ok(false)
        }
    }
}
