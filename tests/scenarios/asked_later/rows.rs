//! All rows of all tables, what changed between two looks, and names for what differs by chance.

use std::collections::{BTreeMap, HashMap};

use ampara::db::{Conn, DbError};
use ampara::ids::{AlertId, Secret};
use ampara::on;
use ampara::seal::Keyring;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Tables that a press changes otherwise than a tick, and may: folio numbers are drawn ahead.
const LEFT_OUT: [&str; 2] = ["folio_counters", "__diesel_schema_migrations"];
/// Columns of the lease, which a message has only where a sender runs.
const LEASE: [&str; 3] = ["lease_boot", "lease_until", "fence"];
/// Tables in which ids are named first: theirs are in the order in which the rows were made.
const FIRST: [&str; 4] = ["alerts", "records", "notifications", "timeline"];
/// Letters of a link's secret.
const SECRET: usize = 43;

type Row = Map<String, Value>;

/// Each table's rows by id, or by all that they hold where they have none.
pub struct Tables(BTreeMap<String, BTreeMap<String, Row>>);

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    text: String,
}

fn texts(conn: &mut Conn, sql: &str) -> Result<Vec<String>, DbError> {
    let found: Vec<Found> = on!(conn, |c| diesel::sql_query(sql).load(c))?;
    Ok(found.into_iter().map(|one| one.text).collect())
}

impl Tables {
    pub fn read(conn: &mut Conn) -> Result<Self, DbError> {
        let sqlite = matches!(conn, Conn::Sqlite(_));
        let names = texts(
            conn,
            if sqlite {
                "select name as text from sqlite_master where type = 'table' and name not like 'sqlite_%'"
            } else {
                "select table_name::text as text from information_schema.tables \
                 where table_schema = current_schema() and table_type = 'BASE TABLE'"
            },
        )?;
        let mut all = BTreeMap::new();
        for name in names
            .into_iter()
            .filter(|name| !LEFT_OUT.contains(&&**name))
        {
            let sql = if sqlite {
                sqlite_rows(conn, &name)?
            } else {
                format!("select row_to_json(t)::text as text from \"{name}\" t")
            };
            let rows = texts(conn, &sql)?.into_iter().map(|text| {
                let row: Row = serde_json::from_str(&text).unwrap();
                let key = row.get("id").and_then(Value::as_str).map(str::to_owned);
                (key.unwrap_or(text), row)
            });
            all.insert(name, rows.collect());
        }
        Ok(Self(all))
    }

    /// The rows of `after` that were not there before, and of those that were, their id and what
    /// changed in them.
    pub fn changed(after: Self, before: &Self) -> Self {
        let mut changed = BTreeMap::new();
        for (name, rows) in after.0 {
            let were = &before.0[&name];
            let new = rows.into_iter().filter_map(|(key, mut row)| {
                if let Some(was) = were.get(&key) {
                    row.retain(|column, value| was.get(column) != Some(value));
                    if row.is_empty() {
                        return None;
                    }
                    row.insert("id".to_owned(), key.clone().into());
                }
                Some((key, row))
            });
            changed.insert(name, new.collect());
        }
        Self(changed)
    }

    /// The alert that is new, the epoch of its key, and the key as it is wrapped.
    pub fn key(&self) -> (AlertId, String, Vec<u8>) {
        let row = self.0["alerts"]
            .values()
            .next()
            .expect("a press makes an alert");
        let id = Uuid::from_slice(&bytes(&row["id"]).unwrap()).unwrap();
        let epoch = row["epoch"].as_str().unwrap().to_owned();
        (AlertId(id), epoch, bytes(&row["wrapped_key"]).unwrap())
    }

    /// The rows with what is sealed in them opened, in the order in which their ids are to be named.
    pub fn in_plain(&self, keys: &Keyring) -> Vec<(String, Value)> {
        let (alert, epoch, wrapped) = self.key();
        let key = keys.unwrap_alert_key(&epoch, alert, &wrapped).unwrap();
        let others = self
            .0
            .keys()
            .map(String::as_str)
            .filter(|name| !FIRST.contains(name));
        let mut all = Vec::new();
        for name in FIRST.into_iter().chain(others) {
            for row in self.0[name].values() {
                let mut row = row.clone();
                row.retain(|column, _| !LEASE.contains(&&**column));
                let id = row.get("id").and_then(bytes).unwrap_or_default();
                match name {
                    "notifications" => {
                        let sealed = bytes(&row["sealed"]).expect("a queued message has its text");
                        let plain = keys.open("notifications", "sealed", &id, &sealed).unwrap();
                        row.insert("sealed".to_owned(), serde_json::from_slice(&plain).unwrap());
                    }
                    "alerts" => {
                        row.insert("wrapped_key".to_owned(), "opens".into());
                        if let Some(sealed) = bytes(&row["sealed_note"]) {
                            let note = key.open("alerts", "sealed_note", &id, &sealed).unwrap();
                            row.insert(
                                "sealed_note".to_owned(),
                                String::from_utf8(note.to_vec()).unwrap().into(),
                            );
                        }
                    }
                    // Compared as the place that it is.
                    "fixes" => {
                        row.remove("sealed");
                    }
                    _ => {}
                }
                all.push((name.to_owned(), Value::Object(row)));
            }
        }
        all
    }
}

/// Blobs are written as PostgreSQL writes them.
fn sqlite_rows(conn: &mut Conn, table: &str) -> Result<String, DbError> {
    let columns = texts(
        conn,
        &format!("select name as text from pragma_table_info('{table}')"),
    )?;
    let pairs: Vec<String> = columns
        .iter()
        .map(|c| format!("'{c}', case typeof(\"{c}\") when 'blob' then '\\x' || lower(hex(\"{c}\")) else \"{c}\" end"))
        .collect();
    Ok(format!(
        "select json_object({}) as text from \"{table}\"",
        pairs.join(", ")
    ))
}

/// The bytes of a column that holds bytes.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    let hex = value.as_str()?.strip_prefix("\\x")?;
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok())
        .collect()
}

/// Each row as a line in which ids, links and folios have names.
pub fn named(rows: Vec<(String, Value)>) -> Vec<String> {
    let mut names = Names::default();
    let mut lines = Vec::new();
    for (table, row) in rows {
        if let Some(folio) = row.get("folio").and_then(Value::as_str) {
            names.folio = Some(folio.to_owned());
        }
        lines.push(format!("{table} {}", names.value(&row)));
    }
    // Rows that have no id of their own are in no order.
    lines.sort();
    lines
}

#[derive(Default)]
struct Names {
    ids: HashMap<String, usize>,
    folio: Option<String>,
}

impl Names {
    fn of(&mut self, hex: String) -> String {
        let next = self.ids.len();
        format!("#{}", self.ids.entry(hex).or_insert(next))
    }

    fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(all) => all.iter().map(|one| self.value(one)).collect(),
            Value::Object(all) => all
                .iter()
                .map(|(name, one)| (name.clone(), self.value(one)))
                .collect::<Row>()
                .into(),
            other => other.clone(),
        }
    }

    fn text(&mut self, text: &str) -> String {
        // An id or a hash.
        if let Some(hex) = text
            .strip_prefix("\\x")
            .filter(|hex| [32, 64].contains(&hex.len()))
        {
            return self.of(hex.to_owned());
        }
        let mut named = match &self.folio {
            Some(folio) => text.replace(folio, "FOLIO"),
            None => text.to_owned(),
        };
        while let Some((secret, found)) = link_in(&named) {
            let hash: String = secret
                .hash()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let name = self.of(hash);
            named = named.replace(&found, &format!("/w/{name}"));
        }
        while let Some(id) = id_in(&named) {
            let name = self.of(id.replace('-', "").to_lowercase());
            named = named.replace(&id, &name);
        }
        named
    }
}

fn link_in(text: &str) -> Option<(Secret, String)> {
    let at = text.find("/w/")?;
    let found = text.get(at..at + 3 + SECRET)?;
    Some((Secret::parse(&found[3..])?, found.to_owned()))
}

/// An id as text.
fn id_in(text: &str) -> Option<String> {
    let starts = text.char_indices().map(|(at, _)| at);
    let mut found = starts
        .filter_map(|at| text.get(at..at + 36))
        .filter(|part| part.matches('-').count() == 4);
    found
        .find(|part| Uuid::try_parse(part).is_ok())
        .map(str::to_owned)
}
