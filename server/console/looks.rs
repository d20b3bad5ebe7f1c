//! One read for all feeds of this node that look at the same moment.
//!
//! What: a feed asks here instead of the database. Whatever is asked while a read is under way
//! waits for the next one, which answers all of it. Invariant: an answer is read after it was asked
//! for, its session's standing too: nothing leaves after the commit of a revocation. Path: a nudge
//! wakes the feeds → the first asks, and a read begins → the others ask meanwhile, and share the
//! next. On failure: all that shared the read hear of it and look again within a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::error::ConsoleError;
use crate::clock::At;
use crate::config::PlanConfig;
use crate::db::{Conn, DbError};
use crate::escalation::queue::Standing;
use crate::escalation::together::Together;
use crate::escalation::{RecordSummary, Viewer};
use crate::foundation::Foundation;
use crate::identity::operator_session_is_live;
use crate::ids::{OperatorSessionId, RecordId};

/// Where the feeds of this node ask. Clones share it.
#[derive(Clone)]
pub struct Looks {
    foundation: Foundation,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    asks: Vec<Ask>,
    /// Whether a task reads, which takes what waits when it has answered.
    reading: bool,
}

/// Who asks.
#[derive(Clone, Copy)]
pub(super) struct Looker {
    pub viewer: Viewer,
    pub session: OperatorSessionId,
    /// Whether it is the feed of trainings.
    pub training: bool,
}

struct Ask {
    looker: Looker,
    /// Of all that stands in view, or these records.
    records: Option<Vec<RecordId>>,
    answer: oneshot::Sender<Option<Found>>,
}

/// What was found.
pub(super) enum Found {
    /// All that stands in view.
    Standing(Arc<Vec<Standing>>),
    /// Of the records asked for those that are in view, and when they were read.
    Records(Vec<Arc<RecordSummary>>, At),
}

impl Looks {
    /// Over that database.
    #[must_use]
    pub fn new(foundation: &Foundation) -> Self {
        Self {
            foundation: foundation.clone(),
            waiting: Arc::default(),
        }
    }

    pub(super) fn foundation(&self) -> &Foundation {
        &self.foundation
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that stands in view, or of `records` those that are; `None` where the session has ended.
    ///
    /// # Errors
    /// The read failed.
    pub(super) async fn look(
        &self,
        looker: Looker,
        records: Option<Vec<RecordId>>,
    ) -> Result<Option<Found>, ConsoleError> {
        let (answer, answered) = oneshot::channel();
        let ask = Ask {
            looker,
            records,
            answer,
        };
        let begins = {
            let mut waiting = self.waiting();
            waiting.asks.push(ask);
            !std::mem::replace(&mut waiting.reading, true)
        };
        if begins {
            tokio::spawn(self.clone().read_all());
        }
        // Unanswered: the reason was logged.
        answered
            .await
            .map_err(|_| ConsoleError::Db(DbError::Unreachable))
    }

    async fn read_all(self) {
        let mut reads = Reads {
            looks: self,
            ended: false,
        };
        while let Some(asks) = reads.next() {
            let foundation = &reads.looks.foundation;
            let (now, config) = (foundation.clock.now(), Arc::clone(&foundation.config));
            let read = move |conn: &mut Conn| answer(conn, asks, now, &config.plan);
            if let Err(error) = foundation.db.read(read).await {
                tracing::warn!(%error, "operators' feeds could not read");
            }
        }
    }
}

/// The task that reads. Where it is cut off, those that wait hear of it, and the next that asks
/// begins another one.
struct Reads {
    looks: Looks,
    ended: bool,
}

impl Reads {
    fn next(&mut self) -> Option<Vec<Ask>> {
        let mut waiting = self.looks.waiting();
        let asks = std::mem::take(&mut waiting.asks);
        waiting.reading = !asks.is_empty();
        self.ended = asks.is_empty();
        (!self.ended).then_some(asks)
    }
}

impl Drop for Reads {
    fn drop(&mut self) {
        if !self.ended {
            *self.looks.waiting() = Waiting::default();
        }
    }
}

fn answer(
    conn: &mut Conn,
    asks: Vec<Ask>,
    now: At,
    rules: &PlanConfig,
) -> Result<(), ConsoleError> {
    let asked = asks.iter().flat_map(|ask| ask.records.iter().flatten());
    let mut together = Together::read(conn, rules, asked.copied())?;
    let mut live: HashMap<OperatorSessionId, bool> = HashMap::new();
    for ask in asks {
        let Looker {
            viewer,
            session,
            training,
        } = ask.looker;
        let is_live = match live.get(&session) {
            Some(known) => *known,
            None => operator_session_is_live(together.conn(), session, now)?,
        };
        live.insert(session, is_live);
        let found = match ask.records {
            _ if !is_live => None,
            None => Some(Found::Standing(together.standing(&viewer, training)?)),
            Some(ids) => Some(Found::Records(
                together.records(&viewer, training, &ids)?,
                now,
            )),
        };
        // A feed that has gone asks no more.
        let _ = ask.answer.send(found);
    }
    Ok(())
}
