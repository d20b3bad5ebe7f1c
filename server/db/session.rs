//! One connection, set up, with a witness that sees every statement that fails.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection, sql_query, sql_types};

use super::config::{DatabaseConfig, Target};
use super::connect_fault::ConnectFault;
use super::{Conn, DbError, noted_failures};
use crate::on;

/// The oldest SQLite that is free of the WAL-reset corruption bug.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
/// A connection that slept for so long is asked whether it still lives before a closure that can't
/// run twice gets it.
const TRUSTED_FOR: Duration = Duration::from_millis(250);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
    /// Migrations: no statement time-out.
    Migrate,
}

pub(super) struct Session {
    pub(super) conn: Conn,
    witness: Witness,
    last_used: Instant,
}

impl Session {
    pub(super) fn connect(config: &DatabaseConfig, purpose: Purpose) -> Result<Self, DbError> {
        let conn = match config.target()? {
            Target::Sqlite(path) => Conn::Sqlite(sqlite(&path, purpose)?),
            Target::Postgres { .. } => Conn::Postgres(postgres(config, purpose)?),
        };
        Ok(Self::on(conn))
    }

    /// One of SQLite's in memory, which is gone with it.
    pub(super) fn in_memory() -> Result<Self, DbError> {
        Ok(Self::on(Conn::Sqlite(sqlite(
            Path::new(":memory:"),
            Purpose::Write,
        )?)))
    }

    fn on(mut conn: Conn) -> Self {
        let witness = Witness::default();
        on!(&mut conn, |c| c.set_instrumentation(witness.clone()));
        Self {
            conn,
            witness,
            last_used: Instant::now(),
        }
    }

    /// Forgets failures seen so far.
    pub(super) fn start_watch(&self) {
        self.witness.take();
        noted_failures::take();
    }

    /// The first statement that failed since [`Session::start_watch`], whatever the closure made of
    /// it.
    pub(super) fn seen(&mut self) -> Option<DbError> {
        self.last_used = Instant::now();
        let noted = noted_failures::take();
        self.witness.take().or(noted)
    }

    /// Whether this connection still answers; asked only after a pause or after another connection
    /// was lost.
    pub(super) fn lives(&mut self, suspicious: bool) -> bool {
        match &mut self.conn {
            Conn::Sqlite(_) => true,
            Conn::Postgres(c) => {
                let trusted = !suspicious && self.last_used.elapsed() < TRUSTED_FOR;
                trusted || c.batch_execute("select 1").is_ok()
            }
        }
    }

    pub(super) fn limit_pages(&mut self, pages: u64) -> Result<(), DbError> {
        // SQLite knows no "unlimited": this is the most it takes.
        let pages = if pages == 0 { 4_294_967_294 } else { pages };
        match &mut self.conn {
            Conn::Sqlite(c) => Ok(c.batch_execute(&format!("pragma max_page_count = {pages}"))?),
            Conn::Postgres(_) => Ok(()),
        }
    }
}

fn sqlite(path: &Path, purpose: Purpose) -> Result<SqliteConnection, DbError> {
    let Some(text) = path.to_str() else {
        return Err(DbError::Misconfigured(String::from(
            "database.url: the path is not valid UTF-8: choose another",
        )));
    };
    let mut c = SqliteConnection::establish(text).map_err(|e| {
        DbError::Misconfigured(format!(
            "can't open the SQLite file {}: {e}: the server's user needs its folder, and the right to write there",
            path.display()
        ))
    })?;
    c.batch_execute(
        "pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full; \
         pragma wal_autocheckpoint = 10000; pragma foreign_keys = on; pragma temp_store = memory; \
         pragma cache_size = -32768;",
    )?;
    if purpose == Purpose::Read {
        c.batch_execute("pragma query_only = on")?;
    }
    Ok(c)
}

fn postgres(config: &DatabaseConfig, purpose: Purpose) -> Result<PgConnection, DbError> {
    let url = config.url.expose();
    let mark = if url.contains('?') { '&' } else { '?' };
    // A machine that vanishes without a word is noticed within seconds, not after TCP's quarter of
    // an hour.
    let url = format!(
        "{url}{mark}connect_timeout=2&tcp_user_timeout=6000&keepalives_idle=5&keepalives_interval=2&keepalives_count=2"
    );
    // libpq's own words may repeat the URL's user and host; they are not passed on.
    let mut c = PgConnection::establish(&url)
        .map_err(|e| DbError::NotConnected(ConnectFault::of(&e.to_string())))?;
    let statement_ms = if purpose == Purpose::Migrate {
        0
    } else {
        config.statement_timeout_ms
    };
    // PostgreSQL keeps the plan it made of a statement. One made while the tables were empty reads
    // them from end to end for as long as the connection lives, however large they have grown.
    let seqscan = if purpose == Purpose::Migrate {
        "on"
    } else {
        "off"
    };
    let reads_only = if purpose == Purpose::Read {
        "on"
    } else {
        "off"
    };
    c.batch_execute(&format!(
        "set statement_timeout = {statement_ms}; set idle_in_transaction_session_timeout = 5000; \
         set default_transaction_read_only = {reads_only}; set application_name = 'ampara'; set jit = off; \
         set enable_seqscan = {seqscan}; \
         set default_transaction_isolation = 'read committed'; \
         select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'; \
         do $$ begin perform set_config('lc_messages', 'C', false); \
         exception when insufficient_privilege then null; end $$;"
    ))?;
    Ok(c)
}

/// Refuses a SQLite that may corrupt the file, as a distribution's own library may.
pub(super) fn assert_sqlite_version(conn: &mut Conn) -> Result<(), DbError> {
    let Conn::Sqlite(c) = conn else { return Ok(()) };
    let found = text(sql_query("select sqlite_version() as answer").get_result::<Answer>(c)?);
    let mut parts = found
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < OLDEST_SQLITE {
        let (a, b, c) = OLDEST_SQLITE;
        return Err(DbError::Misconfigured(format!(
            "this build holds SQLite {found}; {a}.{b}.{c} or later is needed (older ones can corrupt the file): build \
             with the bundled library"
        )));
    }
    let mode = text(
        sql_query("select journal_mode as answer from pragma_journal_mode")
            .get_result::<Answer>(c)?,
    );
    if mode != "wal" {
        return Err(DbError::Misconfigured(format!(
            "the SQLite file's journal is {mode}, not WAL: put it on a local file system, which allows shared memory"
        )));
    }
    Ok(())
}

/// Without a host in the URL libpq asks the environment, so the connection itself is asked where it
/// leads.
pub(super) fn assert_near(conn: &mut Conn, config: &DatabaseConfig) -> Result<(), DbError> {
    let (Conn::Postgres(c), Target::Postgres { unnamed_host: true }) = (conn, config.target()?)
    else {
        return Ok(());
    };
    let far = sql_query(
        "select coalesce(not inet_server_addr() <<= '127.0.0.0/8' and inet_server_addr() <> '::1', false)::text as answer",
    );
    if text(far.get_result::<Answer>(c)?) == "true" && !config.plaintext_ok {
        return Err(DbError::Misconfigured(String::from(
            "database.url names no host and libpq went to another machine: name the host",
        )));
    }
    Ok(())
}

#[derive(diesel::QueryableByName)]
struct Answer {
    #[diesel(sql_type = sql_types::Text)]
    answer: String,
}

fn text(answer: Answer) -> String {
    answer.answer
}

/// Told by diesel of each statement's end. It keeps the first failure, so that a closure can't go
/// on as if nothing had happened: PostgreSQL says "success" to the COMMIT of a transaction in which
/// a statement failed.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<Option<DbError>>>);

impl Witness {
    fn take(&self) -> Option<DbError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Instrumentation for Witness {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::FinishQuery {
            error: Some(error), ..
        } = event
        {
            let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert_with(|| DbError::of(error));
        }
    }
}
