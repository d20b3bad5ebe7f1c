//! The scratch server of a rehearsal, and its made-up people.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::real::RealPhone;
use crate::cli::demo::phones::Phones;
use crate::cli::demo::stage::{APP, Phone, befriend, centre_error, sign_in};
use crate::config::{Config, DatabaseUrl};
use crate::db::{Conn, WritePriority};
use crate::escalation::centres::{self, ImportError};
use crate::escalation::geojson_import;
use crate::foundation::Foundation;
use crate::identity::model::Role;
use crate::identity::operators::{self, NewOperator};
use crate::ids::MunicipalityId;
use crate::language::Language;
use crate::municipality::{self, NewMunicipality, chihuahua};

/// A folder that only this user reads, and that is deleted when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn make() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("ampara-rehearsal-{}", uuid::Uuid::new_v4()));
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What a full disk or another user leaves of it lies in the system's folder for such.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The real settings, with a database, keys and a port of its own, and nothing that tells others.
pub fn configure(mut config: Config, folder: &Path) -> Config {
    config.database.url = DatabaseUrl::new(format!("sqlite:{}", folder.join("db").display()));
    config.seal.key_dir = folder.join("keys");
    "127.0.0.1:0".clone_into(&mut config.http.bind);
    config.http.tls.cert_file = None;
    config.http.tls.key_file = None;
    config.metrics.bind = String::new();
    config.ops.webhook_secret_file = None;
    config
}

/// Makes the municipality, a centre whose folios say that it is a drill, and the supervisor.
pub async fn seed(foundation: &Foundation, phone: &RealPhone) -> anyhow::Result<()> {
    let mut drafts = geojson_import::drafts(chihuahua::CENTRES_GEOJSON)?;
    for draft in &mut drafts {
        folio_prefix(phone.municipality.language).clone_into(&mut draft.code);
    }
    let (now, like) = (foundation.clock.now(), phone.municipality.clone());
    let seed = move |conn: &mut Conn| {
        let id = chihuahua::seed(conn, None, now).map_err(|e| centre_error(&e))?;
        let as_there = NewMunicipality {
            code: chihuahua::CODE.to_owned(),
            notice_version: chihuahua::NOTICE_VERSION.to_owned(),
            ..like.clone().into()
        };
        municipality::change(conn, id, &as_there)?;
        municipality::add_app(conn, APP, id)?;
        centres::import(conn, id, &drafts, now)?;
        Ok::<_, ImportError>(id)
    };
    let id = foundation.db.write(WritePriority::Background, seed).await?;
    supervisor(foundation, id, phone).await
}

async fn supervisor(
    foundation: &Foundation,
    municipality: MunicipalityId,
    phone: &RealPhone,
) -> anyhow::Result<()> {
    let centres = foundation.db.read(centres::load).await?;
    let new = NewOperator {
        sign_in_name: "supervisor".to_owned(),
        name: "Supervisor".to_owned(),
        role: Role::Supervisor,
        municipality,
        centre: centres.home_of(municipality),
        corporation: None,
        badge: None,
        unlisted: false,
        phone: Some(phone.number.clone()),
        language: phone.municipality.language,
        password: None,
    };
    operators::add(foundation, new).await?;
    Ok(())
}

/// What a drill's folio begins with: 2 to 8 capitals. It is read in each alarm, and heard in each call.
const fn folio_prefix(language: Language) -> &'static str {
    match language {
        Language::Es => "ENSAYO",
        Language::En => "DRILL",
    }
}

/// The woman who presses, and one contact, by numbers that no carrier has given out.
pub async fn people(base: &str, phones: &Phones) -> anyhow::Result<Phone> {
    let she = sign_in(base, phones, "Ana Lozano", "+526145550101", "ana").await?;
    let contact = ("Doña Delia", "+526145550104");
    befriend(base, phones, &she, contact, "Tu vecina").await?;
    Ok(she)
}
