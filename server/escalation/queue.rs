//! What a viewer's queue and feed read.

use std::collections::HashSet;

use super::error::EscalationError;
use super::sight::Sight;
use super::store::{self, SightRow};
use super::summary::RecordSummary;
use super::viewer::Viewer;
use crate::clock::At;
use crate::config;
use crate::db::Conn;
use crate::ids::RecordId;

/// The most records that a resumed feed or a list of closed ones reads.
const MOST: i64 = 5_000;

/// With so many changes or more, a resumed feed begins afresh: some may be missing.
pub const MOST_CHANGED: usize = 5_000;

/// A record on a feed: which, and as of which version.
pub type Standing = (RecordId, i64);

/// What stands in the viewer's sight, oldest first, with its version: open records, and for
/// supervisors those that were closed while her alert was open and that none of them has looked at.
///
/// # Errors
/// The database.
pub fn standing(
    conn: &mut Conn,
    viewer: &Viewer,
    training: bool,
) -> Result<Vec<Standing>, EscalationError> {
    let sight = Sight::load(conn, viewer)?;
    Ok(stands(conn, &sight, training)?
        .iter()
        .map(|row| (row.id, row.version))
        .collect())
}

pub(super) fn stands(
    conn: &mut Conn,
    sight: &Sight,
    training: bool,
) -> Result<Vec<SightRow>, EscalationError> {
    let mut rows = store::not_over(conn, sight.viewer.centre, &sight.backs, training)?;
    if sight.viewer.supervises() && !training {
        rows.extend(store::closed_early(conn)?);
        rows.sort_by_key(|row| row.id);
    }
    rows.retain(|row| sight.sees(row));
    Ok(rows)
}

/// Those of `ids` that are in the viewer's sight, as they stand: open ones, and those that are over
/// by now.
///
/// # Errors
/// The database.
pub fn read(
    conn: &mut Conn,
    viewer: &Viewer,
    training: bool,
    ids: &[RecordId],
    rules: &config::PlanConfig,
) -> Result<Vec<RecordSummary>, EscalationError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sight = Sight::load(conn, viewer)?;
    let rows = store::by_ids(conn, ids)?;
    let seen = rows
        .iter()
        .filter(|row| row.training == training && sight.sees(&row.sight()));
    Ok(seen
        .map(|row| RecordSummary::of(row, &sight, rules))
        .collect())
}

/// What changed in the viewer's sight since `mark`, records that are over by now included, oldest
/// record first.
///
/// # Errors
/// The database.
pub fn changed_since(
    conn: &mut Conn,
    viewer: &Viewer,
    training: bool,
    mark: At,
    rules: &config::PlanConfig,
) -> Result<Vec<RecordSummary>, EscalationError> {
    let sight = Sight::load(conn, viewer)?;
    let mut rows = store::changed_since(conn, viewer.centre, training, mark, MOST)?;
    let known: HashSet<RecordId> = rows.iter().map(|row| row.id).collect();
    // A centre that is backed up is asked for what stands there only: what is over there is over
    // here.
    let backed = stands(conn, &sight, training)?;
    let backed: Vec<RecordId> = backed
        .iter()
        .map(|row| row.id)
        .filter(|id| !known.contains(id))
        .collect();
    rows.extend(
        store::by_ids(conn, &backed)?
            .into_iter()
            .filter(|row| row.changed_at >= mark),
    );
    rows.sort_by_key(|row| row.id);
    let seen = rows.iter().filter(|row| sight.sees(&row.sight()));
    Ok(seen
        .map(|row| RecordSummary::of(row, &sight, rules))
        .collect())
}

/// A page of the viewer's queue, oldest first, after a record.
///
/// # Errors
/// The database.
pub fn page(
    conn: &mut Conn,
    viewer: &Viewer,
    training: bool,
    (after, limit): (Option<RecordId>, usize),
    rules: &config::PlanConfig,
) -> Result<Vec<RecordSummary>, EscalationError> {
    let ids: Vec<RecordId> = standing(conn, viewer, training)?
        .into_iter()
        .map(|(id, _)| id)
        .filter(|id| after.is_none_or(|after| *id > after))
        .take(limit)
        .collect();
    read(conn, viewer, training, &ids, rules)
}

/// What was closed or withdrawn in the viewer's sight since `mark`, at most `limit`, the latest
/// change first.
///
/// # Errors
/// The database.
pub fn over_since(
    conn: &mut Conn,
    viewer: &Viewer,
    training: bool,
    (mark, limit): (At, usize),
    rules: &config::PlanConfig,
) -> Result<Vec<RecordSummary>, EscalationError> {
    let sight = Sight::load(conn, viewer)?;
    let rows = store::changed_since(conn, viewer.centre, training, mark, MOST)?;
    let over = rows
        .iter()
        .filter(|row| row.state.is_over() && sight.sees(&row.sight()))
        .take(limit);
    Ok(over
        .map(|row| RecordSummary::of(row, &sight, rules))
        .collect())
}

/// One record as the queue shows it.
///
/// # Errors
/// `NotFound` where it is not in the viewer's sight, or the database.
pub fn one(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
    rules: &config::PlanConfig,
) -> Result<RecordSummary, EscalationError> {
    let row = store::by_id(conn, record)?.ok_or(EscalationError::NotFound)?;
    let sight = Sight::load(conn, viewer)?;
    if !sight.sees(&row.sight()) {
        return Err(EscalationError::NotFound);
    }
    Ok(RecordSummary::of(&row, &sight, rules))
}
