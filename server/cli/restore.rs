//! `ampara restore`

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Settings, wait_for};
use crate::alerts::restored::list::{self, CameBack, Undone};
use crate::alerts::restored::{high_water, release};
use crate::cli::say::{say, say_aside};
use crate::clock::Clock;
use crate::config::Config;
use crate::db;
use crate::foundation::Foundation;

/// Put a backup in the place of the SQLite database (the server must be stopped), or see and release
/// what a restore brought back
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file that `ampara backup` wrote.
    #[arg(value_name = "FILE", required_unless_present_any = ["list", "release"])]
    from: Option<PathBuf>,
    /// List what came back, by ids: open alerts, and on SQLite what was undone
    #[arg(long, conflicts_with_all = ["from", "release"])]
    list: bool,
    /// Let alerts from before the restore speak again, once you have read the list
    #[arg(long, conflicts_with = "from")]
    release: bool,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let config = settings.load()?;
    let Some(from) = &args.from else {
        return wait_for(look(config, args.release));
    };
    let kept = db::restore_sqlite(&config.database, from)?;
    match &kept {
        Some(kept) => say!(
            "restored; what was there before is kept as {}",
            kept.display()
        ),
        None => say!("restored"),
    }
    high_water::say_restored(&config.seal.key_dir).map_err(|error| {
        anyhow::anyhow!(
            "the key directory {} cannot be written ({}): make it writable and restore again, or what was queued before the backup leaves",
            config.seal.key_dir.display(),
            error.kind()
        )
    })?;
    say_aside!(
        "what was queued before the backup does not leave, and its open alerts say nothing: after the start, read `ampara restore --list`, then `ampara restore --release`"
    );
    Ok(ExitCode::SUCCESS)
}

async fn look(config: Config, releases: bool) -> anyhow::Result<ExitCode> {
    let database = config.database.clone();
    let foundation = Foundation::open_beside(config, Clock::system())?;
    let came_back = foundation
        .db
        .read(|conn| list::came_back(conn, None))
        .await?;
    if came_back.restored_at.is_none() {
        say!("no restore waits for its release");
        return Ok(ExitCode::SUCCESS);
    }
    say_alerts(&came_back);
    match db::replaced_last(&database) {
        Some(old) => match list::undone(&foundation.db, &database, &old).await {
            Ok(undone) => say_undone(&undone),
            Err(error) => say_aside!("{} cannot be compared: {error}", old.display()),
        },
        None => say_aside!(
            "what was removed, revoked or stopped since the backup is not known here: ask those concerned"
        ),
    }
    if releases && let Some(alerts) = release(&foundation, None).await? {
        say!("released: {alerts} alerts speak again");
    }
    Ok(ExitCode::SUCCESS)
}

fn say_alerts(came_back: &CameBack) {
    if let Some(at) = came_back.restored_at {
        say!("restored {at}");
    }
    for one in &came_back.alerts {
        let folio = one.folio.as_deref().unwrap_or("no folio");
        let drill = if one.drill { ", a drill" } else { "" };
        say!(
            "alert {} ({folio}{drill}): raised {}, last pressed {}",
            one.alert,
            one.raised_at,
            one.last_press_at
        );
    }
    say!("{} open alerts wait", came_back.alerts.len());
}

fn say_undone(undone: &Undone) {
    for id in &undone.contacts {
        say!("contact {id} had ended, and is told again");
    }
    for id in &undone.devices {
        say!("device {id} had been revoked, and is live again");
    }
    for id in &undone.pins {
        say!("person {id} has an older PIN again");
    }
    for id in &undone.officers {
        say!("person {id} has an older list of officers again");
    }
    say!("{} numbers that said STOP get texts again", undone.stops);
}
