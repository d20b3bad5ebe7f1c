//! `ampara audit`

use std::process::ExitCode;

use serde::Serialize;

use super::{Settings, wait_for};
use crate::cli::say::{say, say_aside};
use crate::db::Db;
use crate::ids::RecordId;
use crate::timeline::reads::{self, Verdict};

/// Records checked in one look at the database.
const BATCH: i64 = 500;

/// Check the read-audit: who opened her data
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Walk every record's hash chain. Exits 1 if an entry was altered, removed or slipped in
    Verify {
        /// Print each record's head too: written down elsewhere and compared the next time, it
        /// shows a chain cut short
        #[arg(long)]
        heads: bool,
        /// Print one JSON object: counts, the broken chains, and the heads if they are asked for
        #[arg(long)]
        json: bool,
    },
}

/// What the walk found.
#[derive(Debug, Default, Serialize)]
struct Walk {
    records: u64,
    readings: i64,
    broken: Vec<Break>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    heads: Vec<Head>,
}

/// The first entry of a record that does not follow from the one before.
#[derive(Debug, Serialize)]
struct Break {
    record: RecordId,
    entry: i64,
}

/// Where a whole chain ends.
#[derive(Debug, Serialize)]
struct Head {
    record: RecordId,
    readings: i64,
    hash: String,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let Action::Verify { heads, json } = &args.action;
    let db = Db::open_beside(&settings.load()?.database)?;
    let walk = walk(&db, *heads)?;
    if *json {
        say!("{}", serde_json::to_string(&walk)?);
    } else {
        for Head {
            record,
            readings,
            hash,
        } in &walk.heads
        {
            say!("{record}\t{readings}\t{hash}");
        }
        for Break { record, entry } in &walk.broken {
            say!("{record}\tBROKEN at entry {entry}");
        }
        say_aside!(
            "{} records, {} readings, {} broken chains",
            walk.records,
            walk.readings,
            walk.broken.len()
        );
    }
    Ok(if walk.broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn walk(db: &Db, heads: bool) -> anyhow::Result<Walk> {
    let (mut walk, mut after) = (Walk::default(), None::<RecordId>);
    loop {
        let from = after;
        let page = wait_for(async {
            Ok(db
                .read(move |conn| reads::verify_all(conn, from, BATCH))
                .await?)
        })?;
        let Some((last, _)) = page.last() else {
            return Ok(walk);
        };
        after = Some(*last);
        for (record, verdict) in page {
            walk.records += 1;
            match verdict {
                Verdict::Whole { entries, head } => {
                    walk.readings += entries;
                    if heads {
                        walk.heads.push(Head {
                            record,
                            readings: entries,
                            hash: hex(&head),
                        });
                    }
                }
                Verdict::Broken { seq } => walk.broken.push(Break { record, entry: seq }),
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
