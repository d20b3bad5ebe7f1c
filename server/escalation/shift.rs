//! Who is there tonight. "Connected" is a row that a feed's heartbeat refreshes, so that all nodes
//! agree and a node that died is forgotten by itself.

use std::collections::HashMap;
use std::time::Duration;

use super::error::EscalationError;
use super::model::{Post, ShiftFacts};
use super::sight::Sight;
use super::store;
use super::viewer::Viewer;
use crate::clock::At;
use crate::config::Config;
use crate::db::{Conn, Db, DbError, WritePriority};
use crate::ids::{BootId, CentreId, OperatorId};
use crate::moments::PRESENCE;

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
pub fn beat(
    conn: &mut Conn,
    who: &Presence,
    now: At,
    lasts: Duration,
) -> Result<(), EscalationError> {
    let role = who.post.as_str();
    Ok(store::refresh_presence(
        conn,
        who.operator,
        who.connection,
        who.centre,
        role,
        (now, now.plus(lasts)),
    )?)
}

/// Says that a feed has ended, and clears away what nodes that died have left.
///
/// # Errors
/// The database.
pub fn leave(conn: &mut Conn, who: &Presence, now: At) -> Result<(), EscalationError> {
    store::drop_presence(conn, who.operator, who.connection)?;
    Ok(store::drop_stale_presence(
        conn,
        now.minus(Duration::from_secs(3_600)),
    )?)
}

/// Forgets feeds that are alive until later than any can be: a clock that was ahead wrote it, and
/// nothing would show that the operator is gone. A feed that is alive says so again. How many.
///
/// # Errors
/// The database.
pub async fn bring_back(db: &Db, config: &Config, now: At) -> Result<usize, DbError> {
    let latest = PRESENCE.latest(config, now);
    let longest = db.read(store::longest_presence).await?;
    if longest.is_none_or(|until| until <= latest) {
        return Ok(0);
    }
    db.write(WritePriority::Alert, move |conn| {
        store::drop_impossible_presence(conn, latest)
    })
    .await
}

/// An operator or supervisor who is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnShift {
    /// Who.
    pub operator: OperatorId,
    /// As what.
    pub post: Post,
    /// Since when, by the oldest feed that is open; `None` where a node of before wrote it.
    pub since: Option<At>,
    /// How many records of the viewer's own sight are that person's now.
    pub records: usize,
}

/// Who is connected for a supervisor's centre, the longest first. Of the records each works only
/// those count that the viewer may see: a number must not tell an officer of one who named him.
///
/// # Errors
/// The database.
pub fn list(conn: &mut Conn, viewer: &Viewer, now: At) -> Result<Vec<OnShift>, EscalationError> {
    let sight = Sight::load(conn, viewer)?;
    let mut works: HashMap<OperatorId, usize> = HashMap::new();
    for row in store::not_over(conn, viewer.centre, &sight.backs, false)? {
        if let Some(operator) = row.claimed_by.filter(|_| sight.sees(&row)) {
            *works.entry(operator).or_default() += 1;
        }
    }
    let on_shift = |(operator, role, since): (OperatorId, String, Option<At>)| {
        let records = works.get(&operator).copied().unwrap_or_default();
        Some(OnShift {
            operator,
            post: Post::parse(&role)?,
            since,
            records,
        })
    };
    let mut all: Vec<OnShift> = store::present_since(conn, viewer.centre, now)?
        .into_iter()
        .filter_map(on_shift)
        .collect();
    all.sort_by_key(|one| (one.since, one.operator));
    Ok(all)
}

/// How many are connected, by centre; a centre without any is left out.
///
/// # Errors
/// The database.
pub fn everywhere(conn: &mut Conn, now: At) -> Result<HashMap<CentreId, ShiftFacts>, DbError> {
    let mut all: HashMap<CentreId, ShiftFacts> = HashMap::new();
    for (centre, _, role) in store::present_everywhere(conn, now)? {
        if let Some(post) = Post::parse(&role) {
            all.entry(centre).or_default().count(post);
        }
    }
    Ok(all)
}
