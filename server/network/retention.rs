//! What ends by itself: invitations without an answer, and the names and numbers of contacts who
//! are none any more.
//!
//! An invitation that has run out is shown as such, holds no place on her list any more, and may be
//! sent again. A contact who declined, left, was removed or never answered is forgotten, name,
//! number and links, once an alert that he or she was told of has lost its places too; a number
//! that asked for no more invitations stays on the block list, as a keyed hash.

use std::time::Duration;

use super::model::ContactState;
use super::store;
use crate::db::{Conn, DbError, WritePriority};
use crate::foundation::Foundation;

/// Contacts moved or forgotten in one transaction, so that no press waits long behind them.
const BATCH: i64 = 200;
const DAY_S: u64 = 24 * 60 * 60;

/// Does it, and says how many contacts were forgotten. Idempotent; made for a daily call, on
/// several nodes at once.
///
/// # Errors
/// What the database says.
pub async fn pass(foundation: &Foundation) -> Result<usize, DbError> {
    let now = foundation.clock.now();
    let before = now.minus(Duration::from_secs(
        foundation.config.network.ended_contact_days * DAY_S,
    ));
    let run_out = move |conn: &mut Conn| {
        let over = store::unanswered(conn, now, BATCH)?;
        store::end(
            conn,
            &over,
            ContactState::Invited,
            ContactState::Expired,
            now,
        )
    };
    while foundation
        .db
        .write(WritePriority::Background, run_out)
        .await?
        > 0
    {}
    let mut forgotten = 0;
    loop {
        match foundation
            .db
            .write(WritePriority::Background, move |conn| {
                store::forget_ended(conn, before, BATCH)
            })
            .await?
        {
            0 => return Ok(forgotten),
            some => forgotten += some,
        }
    }
}
