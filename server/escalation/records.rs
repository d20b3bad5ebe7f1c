//! The record as the alert and the plan move it: born with the alert, told on, made louder, called
//! off.
//!
//! Everything here runs inside the alert's own transaction. [`insert`] writes no timeline entry,
//! since a raise appends all its first entries at once; [`change`] appends its own.

use serde_json::json;

use super::centres::{self, Centres};
use super::conflict;
use super::error::EscalationError;
use super::flags;
use super::folio::{self, Folios};
use super::jurisdiction::{PlacedBy, Placement};
use super::model::{LOUDEST, Priority, RecordEvent, RecordFacts, RecordState};
use super::store::{self, RecordRow};
use crate::clock::At;
use crate::db::{Batch, Conn};
use crate::ids::{AlertId, CentreId, MunicipalityId, PersonId, RecordId};
use crate::timeline::{self, Actor, Kind, NewEntry};

pub use super::changed::Changed;

/// Stands for the centre on a server that has none: a record is always born, and
/// [`RecordChange::Placed`] finds it one.
pub const NO_CENTRE: CentreId = CentreId(uuid::Uuid::nil());

/// A record to be born with its alert.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// Its id.
    pub id: RecordId,
    /// Whose record it is.
    pub alert: AlertId,
    /// Who pressed.
    pub person: PersonId,
    /// Her municipality.
    pub municipality: MunicipalityId,
    /// Which centre works it.
    pub placement: Placement,
    /// CNIE code.
    pub kind: String,
    /// How urgent.
    pub priority: Priority,
    /// For training: in its own queue.
    pub training: bool,
    /// `Withheld`, `Waiting` or `Queued`.
    pub state: RecordState,
    /// Her place to ~1 km, as `28.63,-106.08`.
    pub cell: Option<String>,
    /// The fix's radius in metres.
    pub accuracy_m: Option<f64>,
    /// The fix's time.
    pub fix_at: Option<At>,
    /// When she pressed.
    pub raised_at: At,
}

/// Writes the record, version 1; draws its folio if it is born in the queue, and returns it. Its
/// timeline entries are the caller's.
///
/// # Errors
/// The database.
pub fn insert(
    conn: &mut Conn,
    new: &NewRecord,
    now: At,
) -> Result<Option<String>, EscalationError> {
    let mut row = row_of(new, now);
    conflict::mark(conn, &mut row)?;
    if new.state == RecordState::Queued {
        row.queued_at = Some(now);
        row.folio = folio::draw(conn, row.centre, now)?;
    }
    store::insert(conn, &row)?;
    Ok(row.folio)
}

/// A record that is complete and not yet written.
pub struct Ready(RecordRow);

impl Ready {
    /// As [`insert`], for a press: asks nothing that its caller knows already, and leaves the
    /// writing to [`Ready::write`]. Comes last before the writing, since it may hold the centre's
    /// folio counter.
    ///
    /// # Errors
    /// The database.
    pub fn make(
        conn: &mut Conn,
        (centres, folios): (&Centres, &Folios),
        new: &NewRecord,
        named_officers: bool,
        now: At,
    ) -> Result<Self, EscalationError> {
        let mut row = row_of(new, now);
        if named_officers {
            conflict::mark(conn, &mut row)?;
        }
        if new.state == RecordState::Queued {
            row.queued_at = Some(now);
            row.folio = folios.next(conn, centres, row.centre, now)?;
        }
        Ok(Self(row))
    }

    /// Its folio, if it is born in the queue.
    #[must_use]
    pub fn folio(&self) -> Option<&str> {
        self.0.folio.as_deref()
    }

    /// What is to be published once it is written.
    #[must_use]
    pub fn changed(&self) -> Changed {
        Changed::of(&self.0)
    }

    /// Writes it.
    ///
    /// # Errors
    /// The database.
    pub fn write(self, batch: &mut Batch<'_>) -> Result<(), EscalationError> {
        Ok(store::add(batch, self.0)?)
    }
}

fn row_of(new: &NewRecord, now: At) -> RecordRow {
    let mut row = store::blank(new.id, new.alert, new.person, new.municipality, now);
    row.centre = new.placement.centre.unwrap_or(NO_CENTRE);
    row.other_centre = new.placement.other_centre;
    row.placed_by = new.placement.by.as_str().to_owned();
    row.kind.clone_from(&new.kind);
    row.priority = new.priority.as_str().to_owned();
    row.training = new.training;
    row.state = new.state.as_str().to_owned();
    row.cell.clone_from(&new.cell);
    row.accuracy_m = new.accuracy_m;
    row.fix_at = new.fix_at;
    row.raised_at = new.raised_at;
    mark_outside(&mut row, new.placement);
    row
}

/// What the plan and the alert ask of the record of an alert. `None`: the alert has none.
///
/// # Errors
/// The database.
pub fn facts(conn: &mut Conn, alert: AlertId) -> Result<Option<RecordFacts>, EscalationError> {
    let Some(row) = store::by_alert(conn, alert)? else {
        return Ok(None);
    };
    let centre = centres::by_id(conn, row.centre)?;
    Ok(Some(RecordFacts {
        id: row.id,
        state: row.state(),
        level: row.level,
        version: row.version,
        training: row.training,
        centre: row.centre,
        other_centre: row.other_centre,
        has_backup: centre.as_ref().is_some_and(|c| c.backup.is_some()),
        times: centre.map(|c| c.times).unwrap_or_default(),
        widened: row.widened_at.is_some(),
        queued_at: row.queued_at,
        claimed_at: row.claimed_at,
        first_claimed_at: row.first_claimed_at,
        last_step_at: row.last_step_at,
        closed_at: row.closed_at,
        flags: flags::all(&row.flags),
        folio: row.folio,
    }))
}

/// Whose record it is.
///
/// # Errors
/// The database.
pub fn alert_of(conn: &mut Conn, record: RecordId) -> Result<Option<AlertId>, EscalationError> {
    Ok(store::by_id(conn, record)?.map(|row| row.alert))
}

/// Those of the alerts whose record has a folio that nobody has closed yet: 911 still works with
/// what they hold.
///
/// # Errors
/// The database.
pub fn on_open_folio(conn: &mut Conn, alerts: &[AlertId]) -> Result<Vec<AlertId>, EscalationError> {
    Ok(store::on_open_folio(conn, alerts)?)
}

/// Takes the place off an alert's record, its trail being destroyed. The record was closed months
/// ago and is on no feed: its version stays, or every feed would show it as news.
///
/// # Errors
/// The database.
pub fn forget_place(conn: &mut Conn, alert: AlertId) -> Result<(), EscalationError> {
    Ok(store::forget_place(conn, alert)?)
}

/// What the alert or the plan does to a record.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordChange {
    /// Into the queue, with a folio.
    Queue,
    /// As loud as that, 0 to [`LOUDEST`].
    Level(i64),
    /// The backup centre sees it too.
    Widen,
    /// She called it off; only before the first claim.
    Withdraw,
    /// She ended her alert, beyond doubt: no supervisor has to look at a record that was closed
    /// before.
    AlertEnded,
    /// A code to stand out by.
    Flag(&'static str),
    /// She pressed again: louder; a closed one queues again.
    PressedAgain,
    /// Her place is known, or known better. A centre may be added; the first keeps its claim.
    Placed {
        /// Which centre the place points to.
        placement: Placement,
        /// Her place to ~1 km.
        cell: Option<String>,
        /// The fix's radius in metres.
        accuracy_m: Option<f64>,
        /// The fix's time.
        fix_at: Option<At>,
    },
}

/// Changes the record of an alert: takes its row, moves its version on by one, and appends to the
/// alert's timeline. `None`: there is no record, or the change changes nothing or cannot happen
/// where it stands.
///
/// # Errors
/// The database.
pub fn change(
    conn: &mut Conn,
    alert: AlertId,
    change: RecordChange,
    now: At,
) -> Result<Option<Changed>, EscalationError> {
    let Some(mut row) = store::lock_by_alert(conn, alert)? else {
        return Ok(None);
    };
    let Some(entry) = applied(conn, &mut row, change, now)? else {
        return Ok(None);
    };
    store::save(conn, &mut row, now)?;
    if let Some((kind, detail)) = entry {
        timeline::append(
            conn,
            &NewEntry::new(alert, now, kind, Actor::System).with(detail),
        )?;
    }
    Ok(Some(Changed::of(&row)))
}

/// `Some(None)`: changed, with nothing to tell.
type Applied = Option<Option<(Kind, serde_json::Value)>>;

fn applied(
    conn: &mut Conn,
    row: &mut RecordRow,
    change: RecordChange,
    now: At,
) -> Result<Applied, EscalationError> {
    let state = row.state();
    let ever_claimed = row.first_claimed_at.is_some();
    Ok(match change {
        RecordChange::Queue => {
            if state.after(RecordEvent::Queue, ever_claimed).is_none() {
                return Ok(None);
            }
            enter_queue(conn, row, now)?;
            Some(Some((Kind::RecordQueued, json!({ "folio": row.folio }))))
        }
        RecordChange::Level(level) => {
            let level = level.clamp(0, LOUDEST);
            if level == row.level || !state.is_open() {
                return Ok(None);
            }
            let louder = level > row.level;
            row.level = level;
            Some(louder.then(|| (Kind::Louder, json!({ "level": level }))))
        }
        RecordChange::Widen => {
            let backup = centres::by_id(conn, row.centre)?.and_then(|c| c.backup);
            if row.widened_at.is_some() || backup.is_none() || !state.is_open() {
                return Ok(None);
            }
            row.widened_at = Some(now);
            Some(Some((Kind::BackupTold, json!({ "centre": backup }))))
        }
        RecordChange::Withdraw => {
            let Some(next) = state.after(RecordEvent::Withdraw, ever_claimed) else {
                return Ok(None);
            };
            row.set_state(next);
            row.closed_at = Some(now);
            Some(Some((Kind::RecordWithdrawn, serde_json::Value::Null)))
        }
        RecordChange::AlertEnded => row.closed_early_at.take().is_some().then_some(None),
        RecordChange::Flag(flag) => flags::raise(&mut row.flags, flag).then_some(None),
        RecordChange::PressedAgain => return pressed_again(conn, row, now),
        RecordChange::Placed {
            placement,
            cell,
            accuracy_m,
            fix_at,
        } => {
            return placed(conn, row, placement, (cell, accuracy_m, fix_at), now);
        }
    })
}

fn pressed_again(
    conn: &mut Conn,
    row: &mut RecordRow,
    now: At,
) -> Result<Applied, EscalationError> {
    let state = row.state();
    if state
        .after(RecordEvent::PressedAgain, row.first_claimed_at.is_some())
        .is_none()
    {
        return Ok(None);
    }
    row.level = (row.level + 1).min(LOUDEST);
    row.void_proposal();
    flags::raise(&mut row.flags, flags::PRESSED_AGAIN);
    if state != RecordState::Closed {
        return Ok(Some(Some((Kind::Louder, json!({ "level": row.level })))));
    }
    flags::raise(&mut row.flags, flags::REOPENED);
    (row.closed_at, row.closed_by, row.closed_early_at) = (None, None, None);
    enter_queue(conn, row, now)?;
    Ok(Some(Some((Kind::Reopened, json!({ "folio": row.folio })))))
}

/// Into the queue, nobody's: with a folio if it has none yet.
pub(super) fn enter_queue(
    conn: &mut Conn,
    row: &mut RecordRow,
    now: At,
) -> Result<(), EscalationError> {
    row.set_state(RecordState::Queued);
    row.queued_at = Some(now);
    (row.claimed_by, row.claimed_at, row.last_step_at) = (None, None, None);
    row.void_proposal();
    if row.folio.is_none() {
        row.folio = folio::draw(conn, row.centre, now)?;
    }
    Ok(())
}

type Spotted = (Option<String>, Option<f64>, Option<At>);

fn placed(
    conn: &mut Conn,
    row: &mut RecordRow,
    placement: Placement,
    (cell, accuracy_m, fix_at): Spotted,
    now: At,
) -> Result<Applied, EscalationError> {
    if row.state().is_over() {
        return Ok(None);
    }
    let before = (
        row.centre,
        row.other_centre,
        row.cell.clone(),
        row.flags.clone(),
    );
    let spotted_before = (row.accuracy_m.is_some(), row.fix_at.is_some());
    if row.centre == NO_CENTRE {
        row.centre = placement.centre.unwrap_or(NO_CENTRE);
        if row.state().is_open() && row.folio.is_none() {
            row.folio = folio::draw(conn, row.centre, now)?;
        }
    }
    // Who was handed the record does not lose it to a fix; who was told of it stays told unless
    // another place calls.
    let transferred = row.placed_by == PlacedBy::Transfer.as_str();
    let named = if transferred {
        [placement.other_centre, None]
    } else {
        [placement.other_centre, placement.centre]
    };
    if let Some(other) = named.into_iter().flatten().find(|c| *c != row.centre) {
        row.other_centre = Some(other);
    }
    if !transferred {
        row.placed_by = placement.by.as_str().to_owned();
    }
    mark_outside(row, placement);
    if (row.centre, row.other_centre) != (before.0, before.1) {
        conflict::mark(conn, row)?;
    }
    (row.cell, row.accuracy_m, row.fix_at) = (cell, accuracy_m, fix_at);
    let after = (
        row.centre,
        row.other_centre,
        row.cell.clone(),
        row.flags.clone(),
    );
    // A fix inside the same cell is no news to the queue: the live place has a stream of its own.
    if before == after && spotted_before == (row.accuracy_m.is_some(), row.fix_at.is_some()) {
        return Ok(None);
    }
    let added = after.1.filter(|c| before.1 != Some(*c));
    Ok(Some(added.map(|centre| {
        (Kind::CentreAdded, json!({ "centre": centre }))
    })))
}

fn mark_outside(row: &mut RecordRow, placement: Placement) {
    // By the default rule *and* with a fix: outside every polygon. Without a fix nothing is known.
    if placement.by == PlacedBy::Default && row.fix_at.is_some() {
        flags::raise(&mut row.flags, flags::OUTSIDE);
    } else {
        flags::lower(&mut row.flags, flags::OUTSIDE);
    }
}
