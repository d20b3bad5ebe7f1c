//! The back of the write path: one thread, one connection, groups of closures. The same code for
//! both engines; where they differ is in [`transaction`](super::transaction).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::result::Error;

use super::queue::{Picked, Queue, Takes};
use super::session::{Purpose, Session};
use super::transaction::{
    begin, begin_group, depth_of, is_grave, release, roll_all_back, rollback, savepoint,
};
use super::write_job::{Ran, WriteJob};
use super::{Conn, DatabaseConfig, DbError, Engine, WritePriority};
use crate::telemetry::WriteMeters;

/// How often a closure is tried again alone before its caller hears why it failed.
const TRIES: u32 = 3;

/// Counts for [`super::WriteStats`], and what readers and writers tell one another.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) commits: AtomicU64,
    pub(super) closures: AtomicU64,
    pub(super) reruns: AtomicU64,
    pub(super) failures: AtomicU64,
    pub(super) read_failures: AtomicU64,
    pub(super) meters: WriteMeters,
    /// Connections found lost so far: a thread that sees it move checks its own.
    pub(super) lost: AtomicU64,
    pub(super) max_pages: AtomicU64,
    pub(super) last_commit: Mutex<Option<Instant>>,
}

/// Why a transaction ended without its COMMIT.
enum Stop {
    /// Nothing is committed; its closures may run again.
    Again(DbError),
    /// Lost during COMMIT.
    Unknown,
    /// There is no connection to be had.
    NoSession(DbError),
}

pub(super) struct Writer {
    pub(super) config: Arc<DatabaseConfig>,
    pub(super) engine: Engine,
    pub(super) queue: Arc<Queue>,
    pub(super) shared: Arc<Shared>,
    pub(super) takes: Takes,
    pub(super) session: Option<Session>,
    pub(super) pages: u64,
}

impl Writer {
    /// Until the queue is closed and empty. Nothing that a closure or the database does ends this
    /// thread.
    pub(super) fn work(mut self) {
        while let Some(first) = self.queue.next(self.takes) {
            let survived = catch_unwind(AssertUnwindSafe(|| self.one_transaction(first)));
            if survived.is_err() {
                tracing::error!(
                    "the writer broke down in a transaction; its connection is dropped"
                );
                self.session = None;
            }
        }
    }

    pub(super) fn one_transaction(&mut self, first: Picked) {
        let mut group = vec![];
        // Alone it needs no savepoint: two round trips fewer for a press on a quiet night.
        let shares = self.engine == Engine::Sqlite || first.0.is_idempotent();
        let ended = if !shares || self.queue.is_empty(self.takes) {
            let (mut only, _) = first;
            let ended = self.alone(only.as_mut()).map(|ran| vec![ran]);
            group.push(only);
            ended
        } else {
            self.together(first, &mut group)
        };
        self.settle(group, ended);
    }

    fn settle(&mut self, group: Vec<Box<dyn WriteJob>>, ended: Result<Vec<Ran>, (Stop, Vec<Ran>)>) {
        let (stop, rans) = match ended {
            Ok(rans) => return self.told(group, &rans),
            Err(stop) => stop,
        };
        self.note_failure(&stop);
        for (at, mut job) in group.into_iter().enumerate() {
            // One that had already declined was rolled back before the COMMIT, whatever became of
            // that.
            let declined = rans.get(at).is_some_and(|ran| *ran != Ran::Fine);
            match &stop {
                Stop::Unknown if !declined && !job.is_idempotent() => {
                    job.fail(DbError::OutcomeUnknown);
                }
                Stop::NoSession(error) => job.fail(error.clone()),
                Stop::Again(_) | Stop::Unknown => self.singly(job.as_mut()),
            }
            job.reply();
        }
    }

    /// After the COMMIT. One that waited for a lock was rolled back before, and runs alone now.
    fn told(&mut self, group: Vec<Box<dyn WriteJob>>, rans: &[Ran]) {
        for (at, mut job) in group.into_iter().enumerate() {
            if rans.get(at) == Some(&Ran::Waits) {
                self.singly(job.as_mut());
            }
            job.reply();
        }
    }

    /// Again, alone, so that one closure's trouble is not another's.
    fn singly(&mut self, job: &mut dyn WriteJob) {
        let mut last = DbError::Broken;
        let tries = if self.engine == Engine::Sqlite {
            1
        } else {
            TRIES
        };
        for _ in 0..tries {
            self.shared.reruns.fetch_add(1, Ordering::Relaxed);
            let Err((stop, _)) = self.alone(job) else {
                return;
            };
            self.note_failure(&stop);
            last = match stop {
                Stop::Unknown if job.is_idempotent() => DbError::OutcomeUnknown,
                Stop::Unknown => return job.fail(DbError::OutcomeUnknown),
                Stop::NoSession(error) => {
                    // A closure that may already be committed stays unknown until the database can
                    // be asked.
                    last = if last.outcome_unknown() { last } else { error };
                    return job.fail(last);
                }
                Stop::Again(error) => error,
            };
        }
        job.fail(last);
    }

    fn note_failure(&mut self, stop: &Stop) {
        self.shared.failures.fetch_add(1, Ordering::Relaxed);
        let error = match stop {
            Stop::Again(error) | Stop::NoSession(error) => error,
            Stop::Unknown => &DbError::OutcomeUnknown,
        };
        tracing::warn!(%error, "a transaction did not commit");
        if !matches!(stop, Stop::Again(DbError::Contended | DbError::Locked)) {
            self.session = None;
            self.shared.lost.fetch_add(1, Ordering::Release);
        }
    }

    /// One closure, one transaction.
    fn alone(&mut self, job: &mut dyn WriteJob) -> Result<Ran, (Stop, Vec<Ran>)> {
        let engine = self.engine;
        let session = self
            .session()
            .map_err(|error| (Stop::NoSession(error), vec![]))?;
        begin(&mut session.conn).map_err(again)?;
        let (ran, seen) = run(engine, session, job, 1).map_err(|stop| (stop, vec![]))?;
        if ran == Ran::Fine && seen.is_none() {
            let asked = Instant::now();
            commit(&mut session.conn).map_err(|stop| (stop, vec![ran]))?;
            self.note_commit(asked, 1);
        } else {
            rollback(&mut session.conn).map_err(again)?;
            if let Some(error) = seen {
                job.fail(DbError::Swallowed(Box::new(error)));
            }
        }
        self.count(1);
        Ok(ran)
    }

    /// As many closures as wait and the limits allow. Nearly always all go well; a savepoint for
    /// each of them would cost a round trip on PostgreSQL, and on SQLite a copy of every page that
    /// the closure changes.
    fn together(
        &mut self,
        (first, priority): Picked,
        group: &mut Vec<Box<dyn WriteJob>>,
    ) -> Result<Vec<Ran>, (Stop, Vec<Ran>)> {
        let (engine, takes, queue) = (self.engine, self.takes, Arc::clone(&self.queue));
        let (most, span) = (
            super::config::group(&self.config, engine),
            Duration::from_millis(self.config.group_ms),
        );
        let mut holds_alert = priority == WritePriority::Alert;
        group.push(first);
        let session = self
            .session()
            .map_err(|error| (Stop::NoSession(error), vec![]))?;
        begin_group(&mut session.conn).map_err(again)?;
        let started = Instant::now();
        while let Some((job, before)) = group.split_last_mut() {
            let before = before.len();
            match run(engine, session, job.as_mut(), 1) {
                Ok((Ran::Fine, None)) => {}
                Ok(_) => return self.apart(group, before + 1),
                Err(Stop::Again(DbError::Locked)) => return self.apart(group, before),
                Err(stop) => return Err((self.broken_off(stop), vec![])),
            }
            if group.len() >= most || started.elapsed() >= span {
                break;
            }
            let any = engine == Engine::Sqlite;
            let Some((next, priority)) = queue.try_next(takes, holds_alert, any) else {
                break;
            };
            holds_alert |= priority == WritePriority::Alert;
            group.push(next);
        }
        self.commit_group(vec![Ran::Fine; group.len()])
    }

    /// The first `most` closures of a group of which one did not go well, anew, each in its
    /// savepoint. One that waits for a lock, or has waited, ends the group and runs alone.
    fn apart(
        &mut self,
        group: &mut [Box<dyn WriteJob>],
        most: usize,
    ) -> Result<Vec<Ran>, (Stop, Vec<Ran>)> {
        let engine = self.engine;
        let session = self
            .session()
            .map_err(|error| (Stop::NoSession(error), vec![]))?;
        roll_all_back(&mut session.conn).map_err(again)?;
        begin_group(&mut session.conn).map_err(again)?;
        let mut rans = vec![];
        for job in group.iter_mut().take(most) {
            match in_savepoint(engine, session, job.as_mut()) {
                Ok(Ran::Waits) => break,
                Ok(ran) => rans.push(ran),
                Err(stop) => return Err((self.broken_off(stop), rans)),
            }
        }
        rans.resize(group.len(), Ran::Waits);
        self.commit_group(rans)
    }

    /// Not worth a connection where others' locks are the cause: they end with this ROLLBACK.
    fn broken_off(&mut self, stop: Stop) -> Stop {
        if matches!(stop, Stop::Again(DbError::Contended))
            && let Some(session) = &mut self.session
            && roll_all_back(&mut session.conn).is_err()
        {
            self.session = None;
        }
        stop
    }

    fn commit_group(&mut self, rans: Vec<Ran>) -> Result<Vec<Ran>, (Stop, Vec<Ran>)> {
        let session = self
            .session()
            .map_err(|error| (Stop::NoSession(error), vec![]))?;
        let asked = Instant::now();
        commit(&mut session.conn).map_err(|stop| (stop, rans.clone()))?;
        self.note_commit(asked, rans.len());
        self.count(rans.len());
        Ok(rans)
    }

    fn note_commit(&self, asked: Instant, closures: usize) {
        let done = Instant::now();
        *self
            .shared
            .last_commit
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(done);
        self.shared
            .meters
            .commit
            .observe((done - asked).as_secs_f64());
        self.shared.meters.group.observe(closures as f64);
    }

    fn count(&self, closures: usize) {
        self.shared.commits.fetch_add(1, Ordering::Relaxed);
        self.shared
            .closures
            .fetch_add(closures as u64, Ordering::Relaxed);
    }

    /// The connection, or a new one; sought for `acquire_timeout_ms` when the server does not
    /// answer.
    pub(super) fn session(&mut self) -> Result<&mut Session, DbError> {
        if self.session.is_none() {
            self.session = Some(connect(&self.config, Purpose::Write)?);
            self.pages = 0;
        }
        let Some(session) = self.session.as_mut() else {
            return Err(DbError::Unreachable);
        };
        let pages = self.shared.max_pages.load(Ordering::Relaxed);
        if pages != self.pages {
            session.limit_pages(pages)?;
            self.pages = pages;
        }
        Ok(session)
    }
}

/// Connects, and tries again until `acquire_timeout_ms` has passed: a database that restarts is
/// back by then.
pub(super) fn connect(config: &DatabaseConfig, purpose: Purpose) -> Result<Session, DbError> {
    let until = Instant::now() + config.acquire();
    loop {
        match Session::connect(config, purpose) {
            Err(error)
                if error.is_passing() && !error.needs_a_person() && Instant::now() < until =>
            {
                std::thread::sleep(Duration::from_millis(50));
            }
            other => return other,
        }
    }
}

/// Runs a closure and says how it ended and which statement failed in it first, if one did.
fn run(
    engine: Engine,
    session: &mut Session,
    job: &mut dyn WriteJob,
    depth: u32,
) -> Result<(Ran, Option<DbError>), Stop> {
    session.start_watch();
    let ran = job.run(&mut session.conn);
    let seen = session.seen();
    if let Some(error) = &seen
        && is_grave(engine, error)
    {
        let swallowed = ran == Ran::Fine && !error.is_passing();
        return Err(Stop::Again(if swallowed {
            DbError::Swallowed(Box::new(error.clone()))
        } else {
            error.clone()
        }));
    }
    if depth_of(&mut session.conn) != Some(depth) {
        return Err(Stop::Again(DbError::Broken));
    }
    Ok((ran, seen))
}

fn in_savepoint(
    engine: Engine,
    session: &mut Session,
    job: &mut dyn WriteJob,
) -> Result<Ran, Stop> {
    savepoint(&mut session.conn).map_err(|error| Stop::Again(error.into()))?;
    let (ran, seen) = match run(engine, session, job, 2) {
        // The others of the group, which hold locks of their own, wait no longer for this one.
        Err(Stop::Again(DbError::Locked)) => {
            rollback(&mut session.conn).map_err(|error| Stop::Again(error.into()))?;
            return Ok(Ran::Waits);
        }
        ended => ended?,
    };
    let failed = match (ran, seen) {
        (Ran::Fine, None) => match release(&mut session.conn) {
            Ok(()) => return Ok(ran),
            // PostgreSQL refuses to release a savepoint in which a statement failed: the witness's
            // second pair of eyes.
            Err(error) if is_grave(engine, &DbError::of(&error)) => {
                return Err(Stop::Again(error.into()));
            }
            Err(error) => Some(DbError::of(&error)),
        },
        (_, seen) => seen,
    };
    rollback(&mut session.conn).map_err(|error| Stop::Again(error.into()))?;
    if let Some(error) = failed {
        job.fail(DbError::Swallowed(Box::new(error)));
    }
    Ok(if ran == Ran::Fine { Ran::Declined } else { ran })
}

fn commit(conn: &mut Conn) -> Result<(), Stop> {
    let Err(error) = release(conn) else {
        return Ok(());
    };
    let said = DbError::of(&error);
    let lost = said == DbError::Unreachable || matches!(error, Error::RollbackErrorOnCommit { .. });
    match conn {
        Conn::Postgres(_) if lost => Err(Stop::Unknown),
        _ => Err(Stop::Again(said)),
    }
}

fn again(error: Error) -> (Stop, Vec<Ran>) {
    (Stop::Again(error.into()), vec![])
}
