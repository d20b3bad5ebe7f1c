//! Sets the stage: Chihuahua, its centre, two operators, and four people who sign in and build a
//! network over HTTP.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::api::{Api, text};
use super::phones::{Phones, code_in, link_in};
use crate::cli::say::say;
use crate::cli::terminal::told;
use crate::config::FcmApp;
use crate::db::{Conn, WritePriority};
use crate::escalation::{centres, geojson_import};
use crate::foundation::Foundation;
use crate::identity::model::Role;
use crate::identity::operators::{self, NewOperator};
use crate::ids::MunicipalityId;
use crate::language::Language;
use crate::municipality::{self, NewMunicipality, chihuahua};

/// The demo's app, whose pushes are shown here.
pub const APP: &str = "mx.ampara.demo";
/// A number that no carrier has given out, as the sender of the demo's SMS and calls.
const SENDER: &str = "+526140000000";
/// Where the cast is kept between runs.
const CAST: &str = "demo.json";

/// A person of the demo with the app.
#[derive(Clone, Serialize, Deserialize)]
pub struct Phone {
    pub name: String,
    pub number: String,
    pub push: String,
    pub access: String,
    pub refresh: String,
    pub alert_token: String,
    pub device: String,
}

/// An operator of the demo.
#[derive(Clone, Serialize, Deserialize)]
pub struct Desk {
    pub name: String,
    pub sign_in_name: String,
    pub password: String,
    pub otpauth: String,
    pub operator: crate::ids::OperatorId,
}

/// All people of the demo.
#[derive(Clone, Serialize, Deserialize)]
pub struct Cast {
    /// Ana, who presses.
    pub ana: Phone,
    /// Two contacts with the app.
    pub with_app: Vec<Phone>,
    /// One contact with a phone alone: name and number.
    pub phone_alone: (String, String),
    /// Two operators.
    pub desks: Vec<Desk>,
}

/// Seeds what is missing and signs all people in. A directory that has a cast already is used
/// again.
pub async fn set(
    foundation: &Foundation,
    base: &str,
    phones: &Phones,
    dir: &Path,
    own: Option<&FcmApp>,
) -> anyhow::Result<Cast> {
    if let Some(mut cast) = kept(dir)? {
        add_own(foundation, own).await?;
        for phone in std::iter::once(&mut cast.ana).chain(&mut cast.with_app) {
            refresh(base, phone).await?;
        }
        keep(dir, &cast)?;
        return Ok(cast);
    }
    let folder = dir.display().to_string();
    say!("{}", told("demo-stage", &[("folder", &folder)]));
    let municipality = seed(foundation).await?;
    add_own(foundation, own).await?;
    let desks = vec![
        desk(
            foundation,
            municipality,
            "olga",
            "Olga Rentería",
            Role::Operator,
        )
        .await?,
        desk(
            foundation,
            municipality,
            "saul",
            "Saúl Terrazas",
            Role::Supervisor,
        )
        .await?,
    ];
    let ana = sign_in(base, phones, "Ana Lozano", "+526145550101", "ana").await?;
    let beatriz = sign_in(base, phones, "Beatriz Nava", "+526145550102", "beatriz").await?;
    let carmen = sign_in(base, phones, "Carmen Ochoa", "+526145550103", "carmen").await?;
    let phone_alone = ("Doña Delia".to_owned(), "+526145550104".to_owned());
    for (name, number, alias) in [
        (beatriz.name.as_str(), beatriz.number.as_str(), "Tu hermana"),
        (
            carmen.name.as_str(),
            carmen.number.as_str(),
            "Tu amiga de la prepa",
        ),
        (phone_alone.0.as_str(), phone_alone.1.as_str(), "Tu vecina"),
    ] {
        befriend(base, phones, &ana, (name, number), alias).await?;
    }
    let cast = Cast {
        ana,
        with_app: vec![beatriz, carmen],
        phone_alone,
        desks,
    };
    keep(dir, &cast)?;
    Ok(cast)
}

/// The cast of an earlier run in that directory.
pub fn kept(dir: &Path) -> anyhow::Result<Option<Cast>> {
    let file = dir.join(CAST);
    let Ok(kept) = std::fs::read_to_string(&file) else {
        return Ok(None);
    };
    serde_json::from_str(&kept).map(Some).with_context(|| {
        format!(
            "{} is no cast: remove the folder and start again",
            file.display()
        )
    })
}

/// Tokens of made-up people, but tokens: for the owner alone.
pub fn keep(dir: &Path, cast: &Cast) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut open = std::fs::OpenOptions::new();
    open.write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(dir.join(CAST))?
        .write_all(&serde_json::to_vec_pretty(cast)?)?;
    Ok(())
}

/// Makes the people of an app of one's own those of the demo's municipality.
async fn add_own(foundation: &Foundation, own: Option<&FcmApp>) -> anyhow::Result<()> {
    let Some(app) = own.map(|app| app.app_id.clone()) else {
        return Ok(());
    };
    let add = move |conn: &mut Conn| match municipality::find(conn, chihuahua::CODE)? {
        Some(here) => municipality::add_app(conn, &app, here.id),
        None => Ok(()),
    };
    Ok(foundation.db.write(WritePriority::Background, add).await?)
}

async fn seed(foundation: &Foundation) -> anyhow::Result<MunicipalityId> {
    let now = foundation.clock.now();
    let drafts = geojson_import::drafts(chihuahua::CENTRES_GEOJSON)?;
    foundation
        .db
        .write(WritePriority::Background, move |conn| {
            let municipality =
                chihuahua::seed(conn, Some(SENDER), now).map_err(|e| centre_error(&e))?;
            if let Some(seeded) = municipality::by_id(conn, municipality)? {
                let calls = NewMunicipality {
                    voice_sender: Some(SENDER.to_owned()),
                    ..seeded.into()
                };
                municipality::change(conn, municipality, &calls)?;
            }
            municipality::add_app(conn, APP, municipality)?;
            centres::import(conn, municipality, &drafts, now)?;
            Ok::<_, centres::ImportError>(municipality)
        })
        .await
        .map_err(Into::into)
}

pub fn centre_error(error: &municipality::MunicipalityError) -> centres::ImportError {
    centres::ImportError::Db(crate::db::DbError::Other(error.to_string()))
}

async fn desk(
    foundation: &Foundation,
    municipality: MunicipalityId,
    sign_in_name: &str,
    name: &str,
    role: Role,
) -> anyhow::Result<Desk> {
    let centre = foundation
        .db
        .read(centres::load)
        .await?
        .home_of(municipality);
    let new = NewOperator {
        sign_in_name: sign_in_name.to_owned(),
        name: name.to_owned(),
        role,
        municipality,
        centre,
        corporation: Some("DSPM".to_owned()),
        badge: Some(format!("demo-{sign_in_name}")),
        unlisted: false,
        phone: None,
        language: Language::Es,
        password: None,
    };
    let made = operators::add(foundation, new).await?;
    Ok(Desk {
        name: name.to_owned(),
        sign_in_name: made.sign_in_name,
        password: made.password.unwrap_or_default(),
        otpauth: made.otpauth,
        operator: made.operator,
    })
}

/// Signs in as the app does: asks for a code, reads it off the phone, says what it is called,
/// registers for pushes.
pub async fn sign_in(
    base: &str,
    phones: &Phones,
    name: &str,
    number: &str,
    push: &str,
) -> anyhow::Result<Phone> {
    let api = Api::new(base)?;
    api.post(
        "/v1/sign-in",
        json!({ "phone": number, "municipality": chihuahua::CODE }),
    )
    .await?;
    let sms = phones.next(number).await?;
    let code = code_in(&sms.shown.words).context("the SMS carries no code")?;
    let given = json!({
        "phone": number,
        "code": code,
        "device": { "platform": "android", "label": "Demo" },
        "municipality": chihuahua::CODE,
        "privacy_notice": chihuahua::NOTICE_VERSION,
    });
    let tokens = api.post("/v1/sign-in/verify", given).await?;
    let token = |field: &str| text(&tokens, field).map(str::to_owned);
    let push = format!("demo-push-token-{push}");
    let phone = Phone {
        name: name.to_owned(),
        number: number.to_owned(),
        push: push.clone(),
        access: token("access")?,
        refresh: token("refresh")?,
        alert_token: token("alert_token")?,
        device: token("device")?,
    };
    let me = api.bearing(&phone.access);
    me.send(
        reqwest::Method::PATCH,
        "/v1/me",
        Some(json!({ "name": name })),
    )
    .await?;
    let registration =
        json!({ "platform": "android", "app_id": APP, "provider": "fcm", "token": push });
    me.put(&format!("/v1/devices/{}/push", phone.device), registration)
        .await?;
    Ok(phone)
}

pub async fn refresh(base: &str, phone: &mut Phone) -> anyhow::Result<()> {
    let tokens = Api::new(base)?
        .post("/v1/sessions/refresh", json!({ "refresh": phone.refresh }))
        .await?;
    text(&tokens, "access")?.clone_into(&mut phone.access);
    text(&tokens, "refresh")?.clone_into(&mut phone.refresh);
    Ok(())
}

/// Ana invites a contact; the link in the SMS is opened and accepted with an alias.
pub async fn befriend(
    base: &str,
    phones: &Phones,
    ana: &Phone,
    (name, number): (&str, &str),
    alias: &str,
) -> anyhow::Result<()> {
    let api = Api::new(base)?;
    api.bearing(&ana.access)
        .post("/v1/contacts", json!({ "name": name, "phone": number }))
        .await?;
    let sms = phones.next(number).await?;
    let code = link_in(&sms.shown.words, "/i/").context("the SMS carries no link")?;
    api.post(
        &format!("/v1/invitations/{code}"),
        json!({ "accept": true, "alias": alias, "drills": true }),
    )
    .await?;
    Ok(())
}
