//! `ampara municipality`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Deserialize;

use super::{Settings, wait_for};
use crate::cli::say::{say, say_all, say_aside};
use crate::clock::{At, Clock};
use crate::db::{Conn, Db, WritePriority};
use crate::escalation::{centres, geojson_import};
use crate::ids::MunicipalityId;
use crate::language::Language;
use crate::municipality::{self, HelpLineDraft, NewMunicipality, chihuahua};

/// Set up municipalities: the tenants, each with its notice, help lines and apps
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Add the municipality that a TOML file describes (`ampara municipality example` prints one)
    Add {
        /// The description.
        #[arg(long)]
        file: PathBuf,
        /// Change the municipality of that code, which is there already
        #[arg(long)]
        change: bool,
    },
    /// Add Chihuahua with its notice, help lines and a coarse outline of its centre, where it is
    /// not there yet
    Chihuahua {
        /// The number or messaging service that its SMS come from.
        #[arg(long)]
        sms_sender: Option<String>,
        /// The same at the second provider of SMS.
        #[arg(long)]
        sms_second_sender: Option<String>,
        /// The number that it calls from.
        #[arg(long)]
        voice_sender: Option<String>,
        /// An app whose users belong to it; may be given more than once.
        #[arg(long = "app")]
        apps: Vec<String>,
    },
    /// List them: code, name, time zone, area code, senders of SMS and of calls, apps
    List,
    /// Print a description to begin with
    Example,
}

/// What the file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MunicipalityFile {
    code: String,
    name: String,
    time_zone: String,
    area_code: String,
    language: Language,
    sms_sender: Option<String>,
    sms_second_sender: Option<String>,
    voice_sender: Option<String>,
    #[serde(default)]
    apps: Vec<String>,
    notice: Notice,
    #[serde(default)]
    holidays: Vec<NaiveDate>,
    #[serde(default)]
    help_lines: Vec<HelpLineDraft>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notice {
    version: String,
    es: String,
    en: String,
}

const SENDER: &str = "a number as +526141234567, or a messaging service as MG…";
const EXAMPLE: &str = r#"# Its name in addresses: a to z, 0 to 9 and "-".
code = "san-pedro"
name = "San Pedro"
# As in the IANA list.
time_zone = "America/Chihuahua"
# What a local number lacks: two or three digits.
area_code = "625"
# Spoken to people who did not choose: es or en.
language = "es"
# The number (E.164) or messaging service (MG…) that its SMS come from. Without it no one can sign in.
sms_sender = "+526251234567"
# The same at the second SMS provider, where [sms.second] of the settings names one.
# sms_second_sender = "+526251234568"
# The number (E.164) that calls come from, where [voice] of the settings names a provider.
# voice_sender = "+526251234569"
# The apps whose users belong to it; each also stands in [[fcm.apps]] of the settings.
apps = ["mx.example.app"]
# Days on which help lines with hours stay closed.
holidays = ["2026-12-25", "2027-01-01"]

# What people accept when they sign in. A version, once published, never changes: a new text is a new version.
[notice]
version = "2026-11"
es = """
AVISO DE PRIVACIDAD
…
"""
en = """
PRIVACY NOTICE
…
"""

# 911 is always shown first. days: 1 = Monday to 7 = Sunday.
[[help_lines]]
phone = "6251230000"
name_es = "Atención en situación de violencia"
name_en = "Help in a situation of violence"
hours = [{ days = [1, 2, 3, 4, 5], from = "09:00", to = "15:00" }]
"#;

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    if let Action::Example = args.action {
        say_all(EXAMPLE);
        return Ok(ExitCode::SUCCESS);
    }
    let db = Db::open_beside(&settings.load()?.database)?;
    let now = Clock::system().now();
    wait_for(async {
        match &args.action {
            Action::Example => {}
            Action::Add { file, change } => add(&db, file, *change, now).await?,
            Action::Chihuahua {
                sms_sender,
                sms_second_sender,
                voice_sender,
                apps,
            } => {
                let given = Given {
                    sms: sms_sender.clone(),
                    second: sms_second_sender.clone(),
                    voice: voice_sender.clone(),
                };
                seed(&db, given, apps.clone(), now).await?;
            }
            Action::List => list(&db).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Reads the file and refuses what would only be noticed later, by people who cannot sign in.
fn read(file: &Path) -> anyhow::Result<MunicipalityFile> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let municipality: MunicipalityFile =
        toml::from_str(&text).with_context(|| file.display().to_string())?;
    if municipality.time_zone.parse::<Tz>().is_err() {
        bail!(
            "{}: time_zone: a name of the IANA list, as America/Chihuahua",
            file.display()
        );
    }
    let sign = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(2..=40).contains(&municipality.code.len()) || !municipality.code.chars().all(sign) {
        bail!(
            "{}: code: 2 to 40 of a to z, 0 to 9 and \"-\"",
            file.display()
        );
    }
    if !(2..=3).contains(&municipality.area_code.len())
        || !municipality.area_code.chars().all(|c| c.is_ascii_digit())
    {
        bail!("{}: area_code: two or three digits", file.display());
    }
    for (name, text) in [
        ("name", &municipality.name),
        ("notice.version", &municipality.notice.version),
        ("notice.es", &municipality.notice.es),
        ("notice.en", &municipality.notice.en),
    ] {
        if text.trim().is_empty() {
            bail!("{}: {name} is empty", file.display());
        }
    }
    let senders = Given {
        sms: municipality.sms_sender.clone(),
        second: municipality.sms_second_sender.clone(),
        voice: municipality.voice_sender.clone(),
    };
    if let Err(refused) = senders.check() {
        bail!("{}: {refused}", file.display());
    }
    Ok(municipality)
}

async fn add(db: &Db, file: &Path, change: bool, now: At) -> anyhow::Result<()> {
    let municipality = read(file)?;
    let (code, name) = (municipality.code.clone(), municipality.name.clone());
    let write = move |conn: &mut Conn| write(conn, &municipality, change, now);
    let lines = db
        .write(WritePriority::Background, write)
        .await
        .with_context(|| file.display().to_string())?;
    say!("{code}\t{name}\t{lines} help lines");
    say_aside!(
        "Next: `ampara centre import FILE.geojson --municipality {code}` and `ampara operator add`."
    );
    Ok(())
}

/// All of it, in one transaction.
fn write(
    conn: &mut Conn,
    municipality: &MunicipalityFile,
    change: bool,
    now: At,
) -> anyhow::Result<usize> {
    let new = NewMunicipality {
        code: municipality.code.clone(),
        name: municipality.name.clone(),
        zone: municipality
            .time_zone
            .parse()
            .map_err(|e: chrono_tz::ParseError| anyhow::anyhow!("time_zone: {e}"))?,
        area_code: municipality.area_code.clone(),
        language: municipality.language,
        sms_sender: municipality.sms_sender.clone(),
        sms_second_sender: municipality.sms_second_sender.clone(),
        voice_sender: municipality.voice_sender.clone(),
        notice_version: municipality.notice.version.clone(),
    };
    let id = match (municipality::find(conn, &municipality.code)?, change) {
        (Some(_), false) => bail!(
            "there is a municipality {} already: --change writes over it",
            municipality.code
        ),
        (None, true) => bail!("there is no municipality {} to change", municipality.code),
        (Some(there), true) => there.id,
        (None, false) => municipality::add(conn, &new, now)?,
    };
    for (language, body) in [
        (Language::Es, &municipality.notice.es),
        (Language::En, &municipality.notice.en),
    ] {
        let version = &municipality.notice.version;
        municipality::publish_notice(conn, id, version, language, body, now)?;
        if municipality::notice(conn, id, version, language)?.as_ref() != Some(body) {
            bail!(
                "notice {version} is published and people may have accepted it: give the new text a new version"
            );
        }
    }
    municipality::change(conn, id, &new)?;
    add_apps(conn, &municipality.apps, id)?;
    if let Err(fault) = municipality::replace_help_lines(conn, id, &municipality.help_lines, now) {
        let fields = fault.fields().into_iter();
        let named =
            fields.map(|f| format!("help_lines{}: {}", f.path.replace("items", ""), f.code));
        let fields: Vec<String> = named.collect();
        return Err(anyhow::Error::new(fault).context(fields.join("; ")));
    }
    municipality::set_holidays(conn, id, &municipality.holidays)?;
    Ok(municipality.help_lines.len())
}

fn add_apps(conn: &mut Conn, apps: &[String], municipality: MunicipalityId) -> anyhow::Result<()> {
    for app in apps {
        match municipality::app_municipality(conn, app)? {
            Some(other) if other != municipality => {
                bail!("app {app} belongs to another municipality")
            }
            _ => municipality::add_app(conn, app, municipality)?,
        }
    }
    Ok(())
}

/// Senders as the command line gave them.
struct Given {
    sms: Option<String>,
    second: Option<String>,
    voice: Option<String>,
}

impl Given {
    fn check(&self) -> anyhow::Result<()> {
        for (setting, sender) in [
            ("sms_sender", &self.sms),
            ("sms_second_sender", &self.second),
        ] {
            if !sender.iter().all(|s| is_service(s) || is_number(s)) {
                bail!("{setting}: {SENDER}");
            }
        }
        if !self.voice.iter().all(|s| is_number(s)) {
            bail!("voice_sender: a number as +526141234567");
        }
        Ok(())
    }
}

async fn seed(db: &Db, given: Given, apps: Vec<String>, now: At) -> anyhow::Result<()> {
    given.check()?;
    let write = move |conn: &mut Conn| -> anyhow::Result<()> {
        let id = chihuahua::seed(conn, given.sms.as_deref(), now)?;
        set_senders(conn, id, &given)?;
        add_apps(conn, &apps, id)?;
        if centres::list(conn, id)?.is_empty() {
            let drafts =
                geojson_import::drafts(chihuahua::CENTRES_GEOJSON).context("the outline")?;
            centres::import(conn, id, &drafts, now)?;
        }
        Ok(())
    };
    db.write(WritePriority::Background, write).await?;
    say!("{}", chihuahua::CODE);
    say_aside!(
        "Its centre CUU has a coarse outline drawn by hand: `ampara centre import` puts the surveyed one in its place."
    );
    Ok(())
}

/// For one that was there before; what is not given stays as it is.
fn set_senders(conn: &mut Conn, id: MunicipalityId, given: &Given) -> anyhow::Result<()> {
    let Some(municipality) = municipality::by_id(conn, id)? else {
        bail!("it is gone")
    };
    let new = NewMunicipality {
        sms_sender: given.sms.clone().or(municipality.sms_sender.clone()),
        sms_second_sender: given
            .second
            .clone()
            .or(municipality.sms_second_sender.clone()),
        voice_sender: given.voice.clone().or(municipality.voice_sender.clone()),
        ..municipality.into()
    };
    Ok(municipality::change(conn, id, &new)?)
}

/// A comma would make two senders of one: a message's are stored with a comma between.
fn is_service(text: &str) -> bool {
    let plain = |id: &str| id.chars().all(|c| c.is_ascii_alphanumeric());
    text.strip_prefix("MG").is_some_and(plain)
}

fn is_number(text: &str) -> bool {
    let digits = |n: &str| (8..=15).contains(&n.len()) && n.chars().all(|c| c.is_ascii_digit());
    text.strip_prefix('+').is_some_and(digits)
}

async fn list(db: &Db) -> anyhow::Result<()> {
    let (municipalities, apps) = db
        .read(|conn| -> anyhow::Result<_> {
            Ok((municipality::list(conn)?, municipality::apps(conn)?))
        })
        .await?;
    for municipality in municipalities {
        let own: Vec<&str> = apps
            .iter()
            .filter(|(_, of)| *of == municipality.id)
            .map(|(app, _)| app.as_str())
            .collect();
        let own = own.join(",");
        let senders = municipality.senders();
        let listed = |all: &[String]| (!all.is_empty()).then(|| all.join(","));
        let (texts, calls) = (listed(&senders.texts), listed(&senders.calls));
        let texts = texts.as_deref().unwrap_or("no SMS sender");
        let calls = calls.as_deref().unwrap_or("no calls");
        let (code, name, zone, area) = (
            &municipality.code,
            &municipality.name,
            municipality.zone,
            &municipality.area_code,
        );
        say!("{code}\t{name}\t{zone}\t{area}\t{texts}\t{calls}\t{own}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("town.toml");
        std::fs::write(&file, EXAMPLE).unwrap();
        assert_eq!(read(&file).unwrap().help_lines.len(), 1);
    }
}
