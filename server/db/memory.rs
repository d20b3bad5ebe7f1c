//! A database in memory that runs each closure on its caller's own thread, one after the other: for
//! a simulator, which must come out the same each time. What it holds is gone with it, so no server
//! opens one.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::{RunQueryDsl, SqliteConnection, sql_query, sql_types};

use super::session::Session;
use super::write_job::WriteJob;
use super::writer::Writer;
use super::{Conn, DbError, WritePriority};

/// A moment of a write at which a process may die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Nothing has been written.
    Before,
    /// It is committed, and its caller does not know yet.
    After,
}

/// Asked at each edge whether the process lives on. If not, the write's future never ends: drop it.
pub type Lives = Arc<dyn Fn(Edge) -> bool + Send + Sync>;

pub(super) struct Memory {
    writer: Mutex<Writer>,
    lives: Lives,
    pub(super) alone: bool,
}

impl Memory {
    /// A connection to a database in memory that holds what `template` holds.
    pub(super) fn copy_of(template: &Path) -> Result<Session, DbError> {
        let mut session = Session::in_memory()?;
        let Conn::Sqlite(c) = &mut session.conn else {
            return Err(DbError::Broken);
        };
        copy(c, template)?;
        Ok(session)
    }

    /// `writer` must hold a connection that [`Memory::copy_of`] made.
    pub(super) fn new(writer: Writer, alone: bool, lives: Lives) -> Self {
        Self {
            writer: Mutex::new(writer),
            lives,
            alone,
        }
    }

    pub(super) async fn write(&self, job: Box<dyn WriteJob>) {
        self.cross(Edge::Before).await;
        self.writer().one_transaction((job, WritePriority::Alert));
        self.cross(Edge::After).await;
    }

    pub(super) fn read<T, E: From<DbError>>(
        &self,
        f: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = self.writer();
        f(&mut writer.session()?.conn)
    }

    async fn cross(&self, edge: Edge) {
        if !(self.lives)(edge) {
            std::future::pending::<()>().await;
        }
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(diesel::QueryableByName)]
struct Made {
    #[diesel(sql_type = sql_types::Text)]
    kind: String,
    #[diesel(sql_type = sql_types::Text)]
    name: String,
    #[diesel(sql_type = sql_types::Text)]
    sql: String,
}

fn copy(c: &mut SqliteConnection, template: &Path) -> Result<(), DbError> {
    let text = template.to_string_lossy().replace('\'', "''");
    c.batch_execute(&format!(
        "pragma foreign_keys = off; attach '{text}' as template; begin"
    ))?;
    let all: Vec<Made> = sql_query(
        "select type as kind, name, sql from template.sqlite_schema \
         where sql is not null and name not like 'sqlite_%' order by type <> 'table', rowid",
    )
    .load(c)?;
    for made in &all {
        c.batch_execute(&made.sql)?;
        if made.kind == "table" {
            c.batch_execute(&format!(
                "insert into main.\"{0}\" select * from template.\"{0}\"",
                made.name
            ))?;
        }
    }
    c.batch_execute("commit; detach template; pragma foreign_keys = on")?;
    Ok(())
}
