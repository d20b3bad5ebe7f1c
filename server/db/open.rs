//! Opening and closing: connections and the threads that own them.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};

use super::config::{DatabaseConfig, Target};
use super::here::Here;
use super::memory::{Lives, Memory};
use super::queue::{Queue, Takes};
use super::reader::{ReadQueue, Reader, ReaderTakes};
use super::session::{self, Purpose, Session};
use super::writer::{Shared, Writer, connect};
use super::{Conn, DbError, Engine, WritePriority, change_marks, dialect, lock, migrate};
use crate::telemetry::WriteMeters;

/// The database, as every room has it. Clones are cheap and share all connections; the last one to
/// go waits until what is queued is written.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    engine: Engine,
    config: Arc<DatabaseConfig>,
    writes: Arc<Queue>,
    reads: Arc<ReadQueue>,
    shared: Arc<Shared>,
    /// SQLite: for reads on the caller's own thread.
    here: Option<Arc<Here>>,
    /// Of a simulator: then there are no threads.
    memory: Option<Memory>,
    threads: Vec<JoinHandle<()>>,
    /// Held until the last thread is gone, then freed by the operating system.
    lock: Option<File>,
}

/// How the write path is doing, for health and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteStats {
    /// Alert closures that wait.
    pub alert_waiting: usize,
    /// Background closures that wait.
    pub background_waiting: usize,
    /// Reads that wait.
    pub reads_waiting: usize,
    /// How long the first waiting alert closure has waited. Milliseconds.
    pub oldest_alert_ms: u64,
    /// How long the first waiting background closure has waited. Milliseconds.
    pub oldest_background_ms: u64,
    /// Transactions that ended as they should, since the start.
    pub commits: u64,
    /// Closures in them.
    pub closures: u64,
    /// Closures run again, since the start.
    pub reruns: u64,
    /// Transactions that failed as a whole, since the start.
    pub failures: u64,
    /// Reads in which a statement failed, since the start.
    pub read_failures: u64,
    /// How long ago a transaction committed last; `None` before the first.
    pub since_commit: Option<std::time::Duration>,
}

impl Db {
    /// Opens for serving. SQLite: takes the lock file, copies and migrates. PostgreSQL: must be
    /// migrated.
    ///
    /// # Errors
    /// [`DbError::Refused`], [`DbError::NotMigrated`], [`DbError::TooOld`] in words for the person
    /// who starts the server; [`DbError::Unreachable`].
    pub fn open(config: &DatabaseConfig) -> Result<Self, DbError> {
        match config.target()? {
            Target::Sqlite(path) => {
                let held = lock::take(&path)?;
                let migrated = migrate::migrate_sqlite(config, &path)?;
                if let Some(copy) = &migrated.copy {
                    tracing::info!(copy = %copy.display(), ran = migrated.ran.len(), "migrated after a copy");
                }
                Self::start(config, Engine::Sqlite, Some(held))
            }
            Target::Postgres { .. } => Self::start(config, Engine::Postgres, None),
        }
    }

    /// Opens beside a running server, as the command line does: takes no lock and never migrates.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub fn open_beside(config: &DatabaseConfig) -> Result<Self, DbError> {
        match config.target()? {
            Target::Sqlite(path) if !path.exists() => Err(DbError::Refused(format!(
                "there is no database at {}: `ampara migrate` makes it, and so does the first `ampara serve`",
                path.display()
            ))),
            Target::Sqlite(_) => Self::start(config, Engine::Sqlite, None),
            Target::Postgres { .. } => Self::start(config, Engine::Postgres, None),
        }
    }

    /// A copy of the SQLite database at `template`, in memory. Its clones may stand for several
    /// processes that share it, unless they are `alone`.
    ///
    /// # Errors
    /// What SQLite says of the template.
    pub fn in_memory(template: &Path, alone: bool, lives: Lives) -> Result<Self, DbError> {
        // Where a connection lost would be sought again: nowhere.
        let config = DatabaseConfig::at(String::from("sqlite:/dev/null/gone"));
        let session = Memory::copy_of(template)?;
        let mut inner = Self::idle(&config, Engine::Sqlite, None);
        let writer = Writer {
            config: Arc::clone(&inner.config),
            engine: Engine::Sqlite,
            queue: Arc::clone(&inner.writes),
            shared: Arc::clone(&inner.shared),
            takes: Takes::Everything,
            session: Some(session),
            pages: 0,
        };
        inner.memory = Some(Memory::new(writer, alone, lives));
        Ok(Self(Arc::new(inner)))
    }

    fn start(config: &DatabaseConfig, engine: Engine, lock: Option<File>) -> Result<Self, DbError> {
        let mut first = connect(config, Purpose::Write)?;
        session::assert_sqlite_version(&mut first.conn)?;
        session::assert_near(&mut first.conn, config)?;
        migrate::assert_current(&mut first.conn)?;
        let mut inner = Self::idle(config, engine, lock);
        inner
            .shared
            .max_pages
            .store(config.max_pages, Ordering::Relaxed);
        inner.start_writers(first)?;
        inner.start_readers()?;
        // A command beside the server asks too little to open more connections for.
        if engine == Engine::Sqlite && inner.lock.is_some() {
            inner.here = Some(Arc::new(Here::open(config)?));
        }
        Ok(Self(Arc::new(inner)))
    }

    fn idle(config: &DatabaseConfig, engine: Engine, lock: Option<File>) -> Inner {
        Inner {
            engine,
            config: Arc::new(config.clone()),
            writes: Arc::default(),
            reads: Arc::default(),
            shared: Arc::default(),
            here: None,
            memory: None,
            threads: vec![],
            lock,
        }
    }

    /// Whether no other process can serve the same data meanwhile: SQLite's lock file sees to that.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.0
            .memory
            .as_ref()
            .map_or(self.0.engine == Engine::Sqlite, |memory| memory.alone)
    }

    /// Which engine the data is in.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.0.engine
    }

    /// How the write path is doing.
    #[must_use]
    pub fn write_stats(&self) -> WriteStats {
        let [
            (alert_waiting, alert_since),
            (background_waiting, background_since),
        ] = self.0.writes.lengths();
        let ms = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let shared = &self.0.shared;
        WriteStats {
            alert_waiting,
            background_waiting,
            reads_waiting: self.0.reads.len(),
            oldest_alert_ms: ms(alert_since),
            oldest_background_ms: ms(background_since),
            commits: shared.commits.load(Ordering::Relaxed),
            closures: shared.closures.load(Ordering::Relaxed),
            reruns: shared.reruns.load(Ordering::Relaxed),
            failures: shared.failures.load(Ordering::Relaxed),
            read_failures: shared.read_failures.load(Ordering::Relaxed),
            since_commit: shared
                .last_commit
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .map(|at| at.elapsed()),
        }
    }

    /// Sizes and times of its commits.
    #[must_use]
    pub fn write_meters(&self) -> WriteMeters {
        self.0.shared.meters.clone()
    }

    /// Proves that an alert could be kept now: it finds room for one, and commits in the alerts'
    /// lane.
    ///
    /// # Errors
    /// Why it could not.
    pub async fn prove_durable(&self) -> Result<(), DbError> {
        let prove = |conn: &mut Conn| {
            dialect::find_room(conn)?;
            change_marks::bump_mark(conn, "durable")
        };
        self.write(WritePriority::Alert, prove).await
    }

    /// SQLite: lets the file grow to so many pages (of 4 KiB) from the next transaction on; 0 sets
    /// no limit. Does nothing on PostgreSQL.
    pub fn limit_pages(&self, pages: u64) {
        self.0.shared.max_pages.store(pages, Ordering::Relaxed);
    }

    pub(super) fn queue(&self) -> &Queue {
        &self.0.writes
    }

    pub(super) fn reads(&self) -> &ReadQueue {
        &self.0.reads
    }

    pub(super) fn here(&self) -> Option<&Arc<Here>> {
        self.0.here.as_ref()
    }

    pub(super) fn memory(&self) -> Option<&Memory> {
        self.0.memory.as_ref()
    }

    pub(super) fn config(&self) -> &DatabaseConfig {
        &self.0.config
    }
}

impl Inner {
    fn start_writers(&mut self, first: Session) -> Result<(), DbError> {
        let count = if self.engine == Engine::Sqlite {
            1
        } else {
            self.config.writers
        };
        let mut first = Some(first);
        for n in 0..count {
            // One writer of several is kept for alerts, so that no background closure, however
            // slow, is in their way.
            let takes = if n == 0 && count > 1 {
                Takes::AlertsOnly
            } else {
                Takes::Everything
            };
            let writer = Writer {
                config: Arc::clone(&self.config),
                engine: self.engine,
                queue: Arc::clone(&self.writes),
                shared: Arc::clone(&self.shared),
                takes,
                session: first.take(),
                pages: 0,
            };
            self.spawn(format!("db-write-{n}"), move || writer.work())?;
        }
        Ok(())
    }

    fn start_readers(&mut self) -> Result<(), DbError> {
        // One more than the settings say: for presses alone.
        for n in 0..=self.config.readers {
            let takes = if n == 0 {
                ReaderTakes::PressesOnly
            } else {
                ReaderTakes::Everything
            };
            let reader = Reader {
                config: Arc::clone(&self.config),
                queue: Arc::clone(&self.reads),
                shared: Arc::clone(&self.shared),
                takes,
                session: None,
            };
            self.spawn(format!("db-read-{n}"), move || reader.work())?;
        }
        Ok(())
    }

    fn spawn(&mut self, name: String, work: impl FnOnce() + Send + 'static) -> Result<(), DbError> {
        let thread = thread::Builder::new().name(name).spawn(work);
        let thread =
            thread.map_err(|e| DbError::Refused(format!("can't start a database thread: {e}")))?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.writes.close();
        self.reads.close();
        for thread in self.threads.drain(..) {
            // The last clone may have lived in a closure: a thread can't wait for itself.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}
