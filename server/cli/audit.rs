//! `ampara audit`

use std::process::ExitCode;

use super::{Settings, wait_for};
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
        /// Print each record's head too: written down elsewhere and compared the next time, it shows a chain cut short
        #[arg(long)]
        heads: bool,
    },
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let Action::Verify { heads } = &args.action;
    let db = Db::open_beside(&settings.load()?.database)?;
    let (mut records, mut entries, mut broken, mut after) = (0_u64, 0_i64, 0_u64, None::<RecordId>);
    loop {
        let from = after;
        let page = wait_for(async { Ok(db.read(move |conn| reads::verify_all(conn, from, BATCH)).await?) })?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (record, verdict) in page {
            records += 1;
            match verdict {
                Verdict::Whole { entries: n, head } => {
                    entries += n;
                    if *heads {
                        println!("{record}\t{n}\t{}", hex(&head));
                    }
                }
                Verdict::Broken { seq } => {
                    broken += 1;
                    println!("{record}\tBROKEN at entry {seq}");
                }
            }
        }
    }
    eprintln!("{records} records, {entries} readings, {broken} broken chains");
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
