//! `ampara centre`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::{Settings, wait_for};
use crate::cli::say::{say, say_aside};
use crate::clock::Clock;
use crate::db::{Conn, Db, DbError, WritePriority};
use crate::escalation::centres::{self, ImportError};
use crate::escalation::geojson_import;
use crate::municipality::{self, Municipality};

/// Import and list the 911 centres and their ground
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Add the centres of a GeoJSON file, or change those of the same code; none is removed
    Import {
        /// A FeatureCollection: a (Multi)Polygon each, with properties `code`, `name`, `rank`,
        /// `default`, `backup`
        file: PathBuf,
        /// The municipality's code, as `chihuahua`
        #[arg(long)]
        municipality: String,
    },
    /// Give a centre that closes no more records; its operators finish those it has. Importing its
    /// code again brings it back
    Retire {
        /// The centre's code
        code: String,
        /// The municipality's code, as `chihuahua`
        #[arg(long)]
        municipality: String,
    },
    /// List the centres, lowest rank first
    List {
        /// Only this municipality's
        #[arg(long)]
        municipality: Option<String>,
    },
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    // Beside a serving node: it notices by the change mark.
    let db = Db::open_beside(&settings.load()?.database)?;
    match &args.action {
        Action::Import { file, municipality } => {
            let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
            let drafts =
                geojson_import::drafts(&text).with_context(|| file.display().to_string())?;
            let (municipality, now) = (wait_for(named(&db, municipality))?, Clock::system().now());
            let import = move |conn: &mut Conn| -> Result<usize, ImportError> {
                centres::import(conn, municipality.id, &drafts, now)
            };
            let n = wait_for(async { Ok(db.write(WritePriority::Background, import).await?) })?;
            say!("{n} centres written");
        }
        Action::Retire { code, municipality } => retire(&db, code, municipality)?,
        Action::List { municipality } => {
            let municipalities = match municipality {
                Some(code) => vec![wait_for(named(&db, code))?],
                None => wait_for(async { Ok(db.read(municipality::list).await?) })?,
            };
            for municipality in municipalities {
                let id = municipality.id;
                let centres =
                    wait_for(async { Ok(db.read(move |conn| centres::list(conn, id)).await?) })?;
                for centre in centres {
                    say!("{}", line(&municipality, &centre));
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn retire(db: &Db, code: &str, municipality: &str) -> anyhow::Result<()> {
    let id = wait_for(named(db, municipality))?.id;
    let all = wait_for(async { Ok(db.read(move |conn| centres::list(conn, id)).await?) })?;
    let Some(centre) = all.iter().find(|centre| centre.code == code) else {
        bail!("there is no centre {code}: `ampara centre list` shows them");
    };
    let (id, now) = (centre.id, Clock::system().now());
    let retire = move |conn: &mut Conn| centres::retire(conn, id, now);
    wait_for(async { Ok(db.write(WritePriority::Background, retire).await?) })
        .with_context(|| format!("centre {code}"))?;
    say!("{code}\tretired");
    say_aside!(
        "Its operators finish the records that it has. Then move them by `ampara operator change NAME --centre CODE`, \
         or disable them."
    );
    Ok(())
}

async fn named(db: &Db, code: &str) -> anyhow::Result<Municipality> {
    let asked = code.to_owned();
    match db
        .read(move |conn| -> Result<_, DbError> { municipality::find(conn, &asked) })
        .await?
    {
        Some(municipality) => Ok(municipality),
        None => bail!("there is no municipality {code}: `ampara municipality list` shows them"),
    }
}

/// Tab-separated: municipality, code, id, rank, name, marks.
fn line(municipality: &Municipality, centre: &centres::Centre) -> String {
    let marks = [
        (centre.is_default, "default"),
        (centre.backup.is_some(), "has-backup"),
        (!centre.has_polygon, "no-ground"),
        (centre.is_retired, "retired"),
    ];
    let marks: Vec<&str> = marks
        .into_iter()
        .filter_map(|(is, mark)| is.then_some(mark))
        .collect();
    let (code, id, rank, name) = (&centre.code, centre.id, centre.rank, &centre.name);
    format!(
        "{}\t{code}\t{id}\t{rank}\t{name}\t{}",
        municipality.code,
        marks.join(",")
    )
}
