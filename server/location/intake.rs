//! Many phones' fixes in one write.
//!
//! Each request waits until its fixes are on disk, and a commit costs the same for one fix as for
//! fifty. So those that come while a write is under way wait for the next one and share it. On a
//! quiet night no request waits for another.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::store::{self, SealedFix};
use crate::db::{Conn, Db, DbError, WritePriority};

/// Requests that share a write, at most.
const TOGETHER: usize = 64;
/// Writes under way at once: while one waits for the disk, the next is being gathered.
const WRITES: usize = 2;

/// The way of fixes into the database. Clones share it.
#[derive(Clone)]
pub struct Intake(Arc<Inner>);

struct Inner {
    db: Db,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    writes: usize,
}

struct Waiting {
    rows: Vec<SealedFix>,
    done: oneshot::Sender<Result<(), DbError>>,
}

impl Intake {
    /// A way into that database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(Arc::new(Inner {
            db,
            queue: Mutex::default(),
        }))
    }

    /// Puts fixes on their alerts' tracks; they are on disk when it returns. One that is there
    /// already by (alert, device, `seq`) stays as it was.
    ///
    /// # Errors
    /// What the database says of these very fixes.
    pub async fn append(&self, rows: Vec<SealedFix>) -> Result<(), DbError> {
        let (done, told) = oneshot::channel();
        let begins = {
            let mut queue = self.queue();
            queue.waiting.push(Waiting { rows, done });
            let begins = queue.writes < WRITES;
            queue.writes += usize::from(begins);
            begins
        };
        if begins {
            // Not by this request itself, which may be given up while others count on it.
            tokio::spawn(self.clone().write());
        }
        told.await.unwrap_or(Err(DbError::OutcomeUnknown))
    }

    async fn write(self) {
        while let Some(group) = self.next() {
            let (rows, callers): (Vec<_>, Vec<_>) =
                group.into_iter().map(|w| (w.rows, w.done)).unzip();
            let all = rows.concat();
            let written = self.put(all).await;
            let alone = callers.len() == 1;
            for (rows, caller) in rows.into_iter().zip(callers) {
                let told = match &written {
                    Err(_) if !alone => self.put(rows).await,
                    one => one.clone(),
                };
                // A caller that has gone away changes nothing.
                let _ = caller.send(told);
            }
        }
    }

    async fn put(&self, rows: Vec<SealedFix>) -> Result<(), DbError> {
        let append = move |conn: &mut Conn| store::append(conn, &rows).map(drop);
        self.0
            .db
            .write_idempotent(WritePriority::Background, append)
            .await
    }

    /// The next to share a write; none ends this one's work.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.queue();
        if queue.waiting.is_empty() {
            queue.writes -= 1;
            return None;
        }
        let together = queue.waiting.len().min(TOGETHER);
        Some(queue.waiting.drain(..together).collect())
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
