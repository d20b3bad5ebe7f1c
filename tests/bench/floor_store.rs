//! The floor under an alert's store: as many rows, index entries and updates as an alert and its
//! outcomes have, by statements that are prepared once, and nothing else.

use std::time::{Duration, Instant};

use ampara::hot_statement;
use diesel::connection::SimpleConnection as _;
use diesel::pg::Pg;
use diesel::sql_types::{Array, BigInt, Binary, Text};
use diesel::sqlite::Sqlite;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection};
use uuid::Uuid;

/// Rows of a press.
const ROWS: usize = 17;
/// Messages of a press, each of which is updated once and adds a row.
const MESSAGES: usize = 5;
/// Alerts in one commit.
pub const AT_ONCE: usize = 32;

const TABLE: &str = "create table floor_rows (id BLOB primary key, subject BLOB not null, kind TEXT not null, \
                     body BLOB not null, due BIGINT not null); \
                     create index floor_by_subject on floor_rows (subject, kind); \
                     create index floor_by_due on floor_rows (due);";

hot_statement! {
    struct Insert on Sqlite {
        "insert into floor_rows (id, subject, kind, body, due) values (", id: Binary as Vec<u8>,
        ", ", subject: Binary as Vec<u8>,
        ", ", kind: Text as &'static str,
        ", ", body: Binary as Vec<u8>,
        ", ", due: BigInt as i64,
    } ")"
}

hot_statement! {
    struct Update on Sqlite {
        "update floor_rows set due = ", due: BigInt as i64,
        " where id = ", id: Binary as Vec<u8>,
    }
}

hot_statement! {
    struct InsertAll on Pg {
        "insert into floor_rows (id, subject, kind, body, due) select a, b, 'row', c, d from unnest(",
        ids: Array<Binary> as Vec<Vec<u8>>,
        ", ", subjects: Array<Binary> as Vec<Vec<u8>>,
        ", ", bodies: Array<Binary> as Vec<Vec<u8>>,
        ", ", dues: Array<BigInt> as Vec<i64>,
    } ") as t(a, b, c, d)"
}

hot_statement! {
    struct UpdateAll on Pg {
        "update floor_rows set due = ", due: BigInt as i64,
        " where id = any(", ids: Array<Binary> as Vec<Vec<u8>>,
    } ")"
}

/// An alert's rows, on either engine.
pub enum Store {
    Sqlite(Box<SqliteConnection>),
    Postgres(Box<PgConnection>),
}

/// What a press has written: its messages' ids.
pub type Messages = Vec<Vec<u8>>;

fn ids(n: usize) -> Vec<Vec<u8>> {
    (0..n).map(|_| Uuid::now_v7().as_bytes().to_vec()).collect()
}

fn body() -> Vec<u8> {
    vec![7; 180]
}

impl Store {
    /// A new database in this file.
    pub fn sqlite(file: &str) -> Self {
        let mut conn = SqliteConnection::establish(file).unwrap();
        conn.batch_execute("pragma journal_mode = wal; pragma synchronous = full;")
            .unwrap();
        conn.batch_execute(TABLE).unwrap();
        Self::Sqlite(Box::new(conn))
    }

    /// A table in an empty database.
    pub fn postgres(url: &str) -> Self {
        let mut conn = PgConnection::establish(url).unwrap();
        conn.batch_execute(&TABLE.replace("BLOB", "bytea")).unwrap();
        Self::Postgres(Box::new(conn))
    }

    /// One commit.
    pub fn commit<T>(&mut self, mut within: impl FnMut(&mut Self) -> T) -> T {
        let mut says = |sql: &str| match self {
            Self::Sqlite(c) => c.batch_execute(sql).unwrap(),
            Self::Postgres(c) => c.batch_execute(sql).unwrap(),
        };
        says("begin");
        let done = within(self);
        match self {
            Self::Sqlite(c) => c.batch_execute("commit").unwrap(),
            Self::Postgres(c) => c.batch_execute("commit").unwrap(),
        }
        done
    }

    fn insert(&mut self, subject: &[u8], count: usize) -> Vec<Vec<u8>> {
        let ids = ids(count);
        match self {
            Self::Sqlite(c) => {
                for id in &ids {
                    let row = Insert {
                        id: id.clone(),
                        subject: subject.to_vec(),
                        kind: "row",
                        body: body(),
                        due: 1,
                    };
                    row.execute(&mut **c).unwrap();
                }
            }
            Self::Postgres(c) => {
                let all = InsertAll {
                    ids: ids.clone(),
                    subjects: vec![subject.to_vec(); count],
                    bodies: vec![body(); count],
                    dues: vec![1; count],
                };
                all.execute(&mut **c).unwrap();
            }
        }
        ids
    }

    /// A press.
    pub fn press(&mut self, subject: &[u8]) -> Messages {
        let mut ids = self.insert(subject, ROWS);
        ids.truncate(MESSAGES);
        ids
    }

    /// Its outcomes.
    pub fn outcomes(&mut self, subject: &[u8], messages: &Messages) {
        match self {
            Self::Sqlite(c) => {
                for id in messages {
                    let update = Update {
                        due: 2,
                        id: id.clone(),
                    };
                    update.execute(&mut **c).unwrap();
                }
            }
            Self::Postgres(c) => {
                let update = UpdateAll {
                    due: 2,
                    ids: messages.clone(),
                };
                update.execute(&mut **c).unwrap();
            }
        }
        self.insert(subject, messages.len());
    }
}

/// Alerts a second of one thread that does nothing else, `AT_ONCE` in a commit.
pub fn alone(store: &mut Store, time: Duration) -> f64 {
    let (begun, mut alerts) = (Instant::now(), 0);
    while begun.elapsed() < time {
        let subjects = ids(AT_ONCE);
        let written: Vec<Messages> =
            store.commit(|store| subjects.iter().map(|s| store.press(s)).collect());
        store.commit(|store| {
            for (subject, messages) in subjects.iter().zip(&written) {
                store.outcomes(subject, messages);
            }
        });
        alerts += AT_ONCE;
    }
    alerts as f64 / begun.elapsed().as_secs_f64()
}
