//! Who plays: made once, by the rooms' own verbs, on a SQLite file that each seed begins with a
//! copy of.

mod sketches;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ampara::bus::Bus;
use ampara::clock::{At, Clock};
use ampara::config::Config;
use ampara::db::schema::{centres as centres_table, contacts, municipalities};
use ampara::db::{Conn, DatabaseConfig, Db, DbError, WritePriority};
use ampara::delivery::PHONE_LOOKUP;
use ampara::delivery::addresses::{self, OwnerKind, PushRegistration};
use ampara::delivery::channels::email::mailbox::Mailbox;
use ampara::delivery::model::Channel;
use ampara::escalation::{centres, geojson_import};
use ampara::foundation::Foundation;
use ampara::identity::model::Role;
use ampara::identity::operators::{self, NewOperator};
use ampara::identity::people::{self, NewPerson};
use ampara::ids::{AddressId, CentreId, ContactId, DeviceId, MunicipalityId, OperatorId, PersonId};
use ampara::language::Language;
use ampara::municipality::{self, chihuahua};
use ampara::on;
use ampara::phone::Phone;
use ampara::seal::Keyring;
use diesel::prelude::*;

use self::sketches::{NETWORKS, Sketch};

const APP: &str = "mx.example.mia";
const SENDER: &str = "+526140000000";

/// A centre with ground, and the one that stands in for it.
const CENTRES: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "PON", "name": "Poniente", "rank": 1, "default": true},
  "geometry": {"type": "Polygon", "coordinates": [[[-107, 28], [-106, 28], [-106, 29], [-107, 29], [-107, 28]]]}},
 {"type": "Feature", "properties": {"code": "ORI", "name": "Oriente", "rank": 2},
  "geometry": {"type": "Polygon", "coordinates": [[[-106, 28], [-105, 28], [-105, 29], [-106, 29], [-106, 28]]]}}]}"#;

/// Somebody she chose, or invited.
#[derive(Clone, Debug)]
pub struct Friend {
    pub id: ContactId,
    /// With the app.
    pub person: Option<PersonId>,
    pub alias: Option<&'static str>,
    pub language: Language,
    /// Has said yes before it begins.
    pub active: bool,
    /// Takes part in drills.
    pub drills: bool,
    pub number: Phone,
    pub push: Option<AddressId>,
    pub sms: AddressId,
    pub mail: Option<AddressId>,
}

/// Somebody who may press.
#[derive(Clone, Debug)]
pub struct Her {
    pub person: PersonId,
    pub device: DeviceId,
    pub friends: Vec<Friend>,
}

pub struct Cast {
    _folder: tempfile::TempDir,
    /// The database that each seed copies.
    pub template: PathBuf,
    pub keys: Arc<Keyring>,
    pub config: Config,
    pub town: MunicipalityId,
    pub centre: CentreId,
    pub hers: Vec<Her>,
    pub operators: Vec<OperatorId>,
}

/// When every story begins.
pub fn evening() -> At {
    At::parse("2026-11-24T21:40:00-06:00").unwrap()
}

/// The cast of this process.
pub fn cast() -> &'static Cast {
    static CAST: OnceLock<Cast> = OnceLock::new();
    CAST.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(hire())
    })
}

async fn hire() -> Cast {
    let folder = tempfile::tempdir().unwrap();
    let before = evening().minus(Duration::from_secs(86_400));
    let (keys, template) = (
        folder.path().join("keys"),
        folder.path().join("template.db"),
    );
    Keyring::make(&keys, before, 4).unwrap();
    let keys = Arc::new(Keyring::open_dir(&keys).unwrap());
    let config = settings(folder.path());
    let foundation = Foundation {
        db: Db::open(&DatabaseConfig::at(format!(
            "sqlite:{}",
            template.display()
        )))
        .unwrap(),
        bus: Bus::default(),
        keys: Arc::clone(&keys),
        clock: Clock::manual(before),
        config: Arc::new(config.clone()),
        meters: Arc::default(),
    };
    let town = found(&foundation).await;
    let centre = foundation
        .db
        .read(centres::load)
        .await
        .unwrap()
        .home_of(town)
        .unwrap();
    let mut desk = Vec::new();
    for (name, role) in [
        ("marta", Role::Operator),
        ("olga", Role::Operator),
        ("saul", Role::Supervisor),
    ] {
        desk.push(operator(&foundation, town, centre, name, role).await);
    }
    let within = foundation.clone();
    let hers = foundation.db.write(WritePriority::Background, move |conn| {
        NETWORKS
            .iter()
            .enumerate()
            .map(|(n, network)| her(conn, &within, town, n, network))
            .collect()
    });
    let hers: Result<Vec<Her>, DbError> = hers.await;
    Cast {
        _folder: folder,
        template,
        keys,
        config,
        town,
        centre,
        hers: hers.unwrap(),
        operators: desk,
    }
}

fn settings(folder: &Path) -> Config {
    let mut config = Config::embedded().unwrap();
    config.http.public_url = "https://ampara.test".to_owned();
    config.plan.alarm_deadline_s = 300;
    config.plan.over_deadline_s = 600;
    // Whether numbers are called is each story's own; no file is read, since a script stands for
    // the gateway.
    config.voice.auth_token_file = Some(folder.join("token"));
    config
}

async fn found(foundation: &Foundation) -> MunicipalityId {
    let (drafts, now) = (
        geojson_import::drafts(CENTRES).unwrap(),
        foundation.clock.now(),
    );
    let founded = foundation.db.write(WritePriority::Background, move |conn| {
        let town =
            chihuahua::seed(conn, Some(SENDER), now).map_err(|e| DbError::Other(e.to_string()))?;
        municipality::add_app(conn, APP, town)?;
        centres::import(conn, town, &drafts, now).map_err(|e| DbError::Other(e.to_string()))?;
        let backup = centres::list(conn, town)?
            .into_iter()
            .find(|c| c.code == "ORI")
            .map(|c| c.id);
        on!(conn, |c| diesel::update(
            centres_table::table.filter(centres_table::code.eq("PON"))
        )
        .set(centres_table::backup.eq(backup))
        .execute(c))?;
        on!(conn, |c| diesel::update(municipalities::table.find(town))
            .set(municipalities::voice_sender.eq(Some(SENDER)))
            .execute(c))?;
        Ok::<_, DbError>(town)
    });
    founded.await.unwrap()
}

async fn operator(
    foundation: &Foundation,
    town: MunicipalityId,
    centre: CentreId,
    name: &str,
    role: Role,
) -> OperatorId {
    let phone = (role == Role::Supervisor).then(|| number(900));
    let new = NewOperator {
        sign_in_name: name.to_owned(),
        name: name.to_owned(),
        role,
        municipality: town,
        centre: Some(centre),
        corporation: Some("DSPM".to_owned()),
        badge: Some(name.to_owned()),
        unlisted: false,
        phone,
        language: Language::Es,
        password: None,
    };
    operators::add(foundation, new).await.unwrap().operator
}

fn number(n: usize) -> Phone {
    Phone::from_stored(&format!("+526144{n:06}")).unwrap()
}

fn account(
    conn: &mut Conn,
    foundation: &Foundation,
    town: MunicipalityId,
    phone: Phone,
) -> Result<PersonId, DbError> {
    let notice_version = chihuahua::NOTICE_VERSION.to_owned();
    let new = NewPerson {
        phone,
        municipality: town,
        language: Language::Es,
        notice_version,
    };
    let made = people::register(conn, &foundation.keys, &new, foundation.clock.now());
    Ok(made.map_err(|e| DbError::Other(e.to_string()))?.0)
}

fn takes_pushes(
    conn: &mut Conn,
    foundation: &Foundation,
    person: PersonId,
    device: DeviceId,
) -> Result<AddressId, DbError> {
    let token = format!("token-{person}");
    let new = PushRegistration {
        person,
        device,
        channel: Channel::Fcm,
        app_id: APP,
        token: &token,
    };
    addresses::put_push(conn, &foundation.keys, &new, foundation.clock.now())
}

fn her(
    conn: &mut Conn,
    foundation: &Foundation,
    town: MunicipalityId,
    n: usize,
    network: &[Sketch],
) -> Result<Her, DbError> {
    let (person, device) = (
        account(conn, foundation, town, number(n * 10))?,
        DeviceId::new(),
    );
    takes_pushes(conn, foundation, person, device)?;
    let mut friends = Vec::new();
    for (i, sketch) in network.iter().enumerate() {
        friends.push(friend(
            conn,
            foundation,
            (person, town),
            n * 10 + i + 1,
            *sketch,
        )?);
    }
    Ok(Her {
        person,
        device,
        friends,
    })
}

fn friend(
    conn: &mut Conn,
    foundation: &Foundation,
    (of, town): (PersonId, MunicipalityId),
    n: usize,
    sketch: Sketch,
) -> Result<Friend, DbError> {
    let (id, phone, now) = (ContactId::new(), number(n), foundation.clock.now());
    let Sketch {
        alias,
        language,
        active,
        drills,
        ..
    } = sketch;
    let app = sketch.app;
    let person = app.then(|| account(conn, foundation, town, phone.clone()));
    let person = person.transpose()?;
    let push = person
        .map(|person| takes_pushes(conn, foundation, person, DeviceId::new()))
        .transpose()?;
    let keys = &foundation.keys;
    let sealed = |column, text| keys.seal_text("contacts", column, id.bytes(), text);
    let row = (
        contacts::id.eq(id),
        contacts::person.eq(of),
        contacts::position.eq(i64::try_from(n).unwrap()),
        contacts::state.eq(if active { "active" } else { "invited" }),
        contacts::sealed_name.eq(sealed("sealed_name", "Beatriz")),
        contacts::sealed_phone.eq(sealed("sealed_phone", phone.as_str())),
        contacts::phone_lookup.eq(foundation.keys.lookup(PHONE_LOOKUP, phone.as_str())),
        contacts::phone_inferred.eq(false),
        contacts::sealed_alias.eq(alias.map(|alias| sealed("sealed_alias", alias))),
        contacts::language.eq(if language == Language::Es { "es" } else { "en" }),
        contacts::contact_person.eq(person),
        contacts::knows_duress.eq(false),
        contacts::drills.eq(drills),
        contacts::invited_at.eq(now),
        contacts::answered_at.eq(active.then_some(now)),
    );
    on!(conn, |c| diesel::insert_into(contacts::table)
        .values(row.clone())
        .execute(c))?;
    let sms = addresses::put_phone(
        conn,
        &foundation.keys,
        OwnerKind::Contact,
        id.into(),
        phone.as_str(),
        now,
    )?;
    let mail = sketch.mail.then(|| takes_emails(conn, foundation, id, n));
    Ok(Friend {
        id,
        person,
        alias,
        language,
        active,
        drills,
        number: phone,
        push,
        sms,
        mail: mail.transpose()?.flatten(),
    })
}

fn takes_emails(
    conn: &mut Conn,
    foundation: &Foundation,
    contact: ContactId,
    n: usize,
) -> Result<Option<AddressId>, DbError> {
    let Some(to) = Mailbox::parse(&format!("f{n}@correo.example")) else {
        return Ok(None);
    };
    let (keys, now) = (&foundation.keys, foundation.clock.now());
    addresses::put_email(conn, keys, OwnerKind::Contact, contact.into(), &to, now).map(Some)
}
