//! A record while one transaction changes it: new in it, or locked by it.
//!
//! Changes are made to the row in memory, one after the other, and the row is written once: with
//! [`RecordEdit::add`] or [`RecordEdit::insert`] where the transaction creates it, with
//! [`RecordEdit::save`] where it was there. Each change moves the version on by one and gives the
//! timeline entry that tells of it, so that a record which queues at the press and one which
//! queues a moment later have the same row.

use super::acting::Acting;
use super::apply::{applied, mark_outside};
use super::centres::{Centre, Centres};
use super::changed::{Changed, NO_CENTRE, RecordChange};
use super::error::EscalationError;
use super::flags;
use super::folio::{self, Folios};
use super::jurisdiction::Placement;
use super::mark;
use super::model::{Priority, RecordFacts, RecordState};
use super::store::{self, RecordRow};
use crate::clock::At;
use crate::db::{Batch, Conn};
use crate::ids::{AlertId, CentreId, MunicipalityId, OperatorId, PersonId, RecordId};
use crate::timeline::{self, Actor, NewEntry};

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
    /// When she was there; `None`: the hour is unknown.
    pub fix_at: Option<At>,
    /// When she pressed.
    pub raised_at: At,
}

/// Where a folio's number comes from.
#[derive(Clone, Copy)]
pub enum FolioSource<'a> {
    /// Drawn ahead by this node, where it has one left.
    Ahead(&'a Centres, &'a Folios),
    /// The centre's counter, which is then held until the commit.
    Database,
}

/// A record in the hands of one transaction.
pub struct RecordEdit {
    row: RecordRow,
    entries: Vec<NewEntry>,
    changed: bool,
    /// The time and radius of her place moved on within its cell: kept, and no news.
    touched: bool,
}

impl RecordEdit {
    /// A record that is not there yet. `named_officers`: whether she named any; only then is it
    /// asked whether the record is in conflict. `None`, not read, counts as a conflict until
    /// [`RecordEdit::mark_anew`]; before it queues it exists for no operator.
    ///
    /// # Errors
    /// The database.
    pub fn new(
        conn: &mut Conn,
        new: &NewRecord,
        named_officers: Option<bool>,
        now: At,
    ) -> Result<Self, EscalationError> {
        let mut row = row_of(new, now);
        match named_officers {
            Some(true) => mark::conflict(conn, &mut row)?,
            Some(false) => {}
            None => {
                flags::raise(&mut row.flags, flags::CONFLICT);
            }
        }
        if new.state == RecordState::Queued {
            row.queued_at = Some(now);
        }
        Ok(Self::of(row))
    }

    /// The record of an alert, locked until the commit. `None`: it has none.
    ///
    /// # Errors
    /// The database.
    pub fn lock(conn: &mut Conn, alert: AlertId) -> Result<Option<Self>, EscalationError> {
        Ok(store::lock_by_alert(conn, alert)?.map(Self::of))
    }

    /// As [`RecordEdit::lock`], where [`take_alerts`](crate::db::take_alerts) has locked it already.
    ///
    /// # Errors
    /// The database.
    pub fn taken(conn: &mut Conn, alert: AlertId) -> Result<Option<Self>, EscalationError> {
        Ok(store::by_alert(conn, alert)?.map(Self::of))
    }

    /// Asks again whether a record that may be in conflict is, as long as it exists for no operator.
    ///
    /// # Errors
    /// The database.
    pub fn mark_anew(&mut self, conn: &mut Conn) -> Result<(), EscalationError> {
        let unseen = matches!(self.row.state, RecordState::Withheld | RecordState::Waiting);
        if unseen && flags::has(&self.row.flags, flags::CONFLICT) {
            mark::conflict(conn, &mut self.row)?;
            self.changed |= !flags::has(&self.row.flags, flags::CONFLICT);
        }
        Ok(())
    }

    fn of(row: RecordRow) -> Self {
        Self {
            row,
            entries: Vec::new(),
            changed: false,
            touched: false,
        }
    }

    /// Where it is worked.
    #[must_use]
    pub fn centre(&self) -> CentreId {
        self.row.centre
    }

    /// Who can act on it now. `named`: the officers its person named.
    ///
    /// # Errors
    /// The database.
    pub fn acting(
        &self,
        conn: &mut Conn,
        centre: Option<&Centre>,
        named: Vec<OperatorId>,
        now: At,
    ) -> Result<Acting, EscalationError> {
        let backup = centre.and_then(|c| c.backup);
        Acting::on(conn, self.row.sight(), backup, named, now)
    }

    /// Its folio, once it has one.
    #[must_use]
    pub fn folio(&self) -> Option<&str> {
        self.row.folio.as_deref()
    }

    /// What it tells the plan; `centre` is the record's own.
    #[must_use]
    pub fn facts(&self, centre: Option<&Centre>) -> RecordFacts {
        facts_of(&self.row, centre)
    }

    /// Gives it a folio if it has none: for a record that is about to queue.
    ///
    /// # Errors
    /// The database.
    pub fn draw_folio(
        &mut self,
        conn: &mut Conn,
        from: FolioSource<'_>,
        now: At,
    ) -> Result<(), EscalationError> {
        if self.row.folio.is_none() {
            self.row.folio = match from {
                FolioSource::Ahead(centres, folios) => {
                    folios.next(conn, centres, self.row.centre, now)?
                }
                FolioSource::Database => folio::draw(conn, self.row.centre, now)?,
            };
        }
        Ok(())
    }

    /// Makes one change in memory. Nothing happens where it changes nothing or cannot happen in the
    /// state that the record is in.
    ///
    /// # Errors
    /// The database.
    pub fn change(
        &mut self,
        conn: &mut Conn,
        change: RecordChange,
        now: At,
    ) -> Result<(), EscalationError> {
        let place = |row: &RecordRow| (row.accuracy_m, row.fix_at);
        let before = place(&self.row);
        let Some(entry) = applied(conn, &mut self.row, change, now)? else {
            self.touched |= place(&self.row) != before;
            return Ok(());
        };
        self.row.version += 1;
        self.changed = true;
        if let Some((kind, detail)) = entry {
            let entry = NewEntry::new(self.row.alert, now, kind, Actor::System);
            self.entries.push(entry.with(detail));
        }
        Ok(())
    }

    /// What its changes put on the alert's timeline, once: for the caller of [`RecordEdit::add`].
    #[must_use]
    pub fn take_entries(&mut self) -> Vec<NewEntry> {
        std::mem::take(&mut self.entries)
    }

    /// What is to be published once it is written.
    #[must_use]
    pub fn published(&self) -> Changed {
        Changed::of(&self.row)
    }

    /// Writes a new one with what else is written. Its entries are the caller's to append.
    ///
    /// # Errors
    /// The database.
    #[expect(
        clippy::should_implement_trait,
        reason = "adds a row to a batch, as every store's `add` does"
    )]
    pub fn add(self, batch: &mut Batch<'_>) -> Result<(), EscalationError> {
        Ok(store::add(batch, self.row)?)
    }

    /// Writes a new one.
    ///
    /// # Errors
    /// The database.
    pub fn insert(&self, conn: &mut Conn) -> Result<(), EscalationError> {
        Ok(store::insert(conn, &self.row)?)
    }

    /// Writes back one that was locked, with its timeline entries. `None`: nothing has changed that
    /// a feed shows.
    ///
    /// # Errors
    /// The database.
    pub fn save(mut self, conn: &mut Conn, now: At) -> Result<Option<Changed>, EscalationError> {
        if !self.changed {
            if self.touched {
                store::write(conn, &self.row)?;
            }
            return Ok(None);
        }
        self.row.changed_at = now;
        store::write(conn, &self.row)?;
        for entry in &self.entries {
            timeline::append(conn, entry)?;
        }
        Ok(Some(self.published()))
    }
}

/// What a record's row, read or about to be written, tells the plan.
pub(super) fn facts_of(row: &RecordRow, centre: Option<&Centre>) -> RecordFacts {
    RecordFacts {
        id: row.id,
        state: row.state,
        level: row.level,
        version: row.version,
        training: row.training,
        centre: row.centre,
        other_centre: row.other_centre,
        has_backup: centre.is_some_and(|c| c.backup.is_some()),
        times: centre.map(|c| c.times).unwrap_or_default(),
        widened: row.widened_at.is_some(),
        queued_at: row.queued_at,
        claimed_at: row.claimed_at,
        first_claimed_at: row.first_claimed_at,
        last_step_at: row.last_step_at,
        closed_at: row.closed_at,
        flags: flags::all(&row.flags),
        folio: row.folio.clone(),
    }
}

fn row_of(new: &NewRecord, now: At) -> RecordRow {
    let mut row = store::blank(new.id, new.alert, new.person, new.municipality, now);
    row.centre = new.placement.centre.unwrap_or(NO_CENTRE);
    row.other_centre = new.placement.other_centre;
    row.placed_by = new.placement.by.as_str().to_owned();
    row.kind.clone_from(&new.kind);
    row.priority = new.priority;
    row.training = new.training;
    row.state = new.state;
    row.cell.clone_from(&new.cell);
    row.accuracy_m = new.accuracy_m;
    row.fix_at = new.fix_at;
    row.raised_at = new.raised_at;
    mark_outside(&mut row, new.placement);
    row
}
