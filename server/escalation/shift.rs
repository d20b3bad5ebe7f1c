//! Who is there tonight. "Connected" is a row that a feed's heartbeat refreshes, so that all nodes agree and a node that
//! died is forgotten by itself.

use std::collections::HashMap;
use std::time::Duration;

use super::fault::EscalationError;
use super::model::ShiftFacts;
use super::store;
use crate::clock::At;
use crate::db::Conn;
use crate::ids::{BootId, CentreId, OperatorId};
use crate::words;

words! {
    /// As what somebody is connected.
    pub enum Post {
        /// An operator.
        Operator = "operator",
        /// A supervisor.
        Supervisor = "supervisor",
        /// A supervisor who stands on no list that officers see: the first to see records in conflict.
        Unlisted = "unlisted",
    }
}

/// One live feed of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Who.
    pub operator: OperatorId,
    /// Of this connection alone: two windows of one operator do not end one another.
    pub connection: BootId,
    /// Where.
    pub centre: CentreId,
    /// As what.
    pub post: Post,
}

/// Says that a feed is alive for `lasts` from now.
///
/// # Errors
/// The database.
pub fn beat(conn: &mut Conn, who: &Presence, now: At, lasts: Duration) -> Result<(), EscalationError> {
    let role = who.post.as_str();
    Ok(store::refresh_presence(conn, who.operator, who.connection, who.centre, role, now.plus(lasts))?)
}

/// Says that a feed has ended, and clears away what nodes that died have left.
///
/// # Errors
/// The database.
pub fn leave(conn: &mut Conn, who: &Presence, now: At) -> Result<(), EscalationError> {
    store::drop_presence(conn, who.operator, who.connection)?;
    Ok(store::drop_stale_presence(conn, now.minus(Duration::from_secs(3_600)))?)
}

/// How many are connected for a centre; who is connected twice counts once.
///
/// # Errors
/// The database.
pub fn on_shift(conn: &mut Conn, centre: CentreId, now: At) -> Result<ShiftFacts, EscalationError> {
    let mut facts = ShiftFacts::default();
    for post in there(conn, centre, now)?.into_values() {
        match post {
            Post::Operator => facts.operators += 1,
            Post::Supervisor | Post::Unlisted => facts.supervisors += 1,
        }
    }
    Ok(facts)
}

/// Who is connected for a centre, and as what.
///
/// # Errors
/// The database.
pub(super) fn there(conn: &mut Conn, centre: CentreId, now: At) -> Result<HashMap<OperatorId, Post>, EscalationError> {
    let rows = store::present(conn, centre, now)?;
    Ok(rows.into_iter().filter_map(|(operator, role)| Post::parse(&role).map(|post| (operator, post))).collect())
}
