//! What a restore brought back, by ids: ops look at it before they release.

use std::path::Path;

use serde::Serialize;
use utoipa::ToSchema;

use super::quarantine::since;
use crate::alerts::{AlertError, store};
use crate::clock::At;
use crate::config::{DatabaseConfig, DatabaseUrl};
use crate::db::{Conn, Db};
use crate::escalation::records;
use crate::ids::{AlertId, ContactId, DeviceId, MunicipalityId, PersonId};
use crate::{delivery, identity, network};

/// Since when a restore waits, and what it holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct CameBack {
    /// When the restore was noticed; null: nothing waits.
    pub restored_at: Option<At>,
    /// Open alerts that say nothing until the release or until her phone is heard, oldest first.
    pub alerts: Vec<HeldAlert>,
}

/// An alert under quarantine.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldAlert {
    /// Which.
    pub alert: AlertId,
    /// When she pressed first.
    pub raised_at: At,
    /// When she pressed last, as far as the backup knows.
    pub last_press_at: At,
    /// A drill has no record.
    pub drill: bool,
    /// Its record's folio, where it had one.
    pub folio: Option<String>,
}

/// Reads it, of one municipality or of all.
///
/// # Errors
/// The database.
pub fn came_back(conn: &mut Conn, of: Option<MunicipalityId>) -> Result<CameBack, AlertError> {
    let restored_at = since(conn)?;
    let mut alerts = Vec::new();
    for row in store::quarantined(conn, of)? {
        let record = records::facts(conn, row.id)?;
        alerts.push(HeldAlert {
            alert: row.id,
            raised_at: row.raised_at,
            last_press_at: row.last_press_at,
            drill: row.drill,
            folio: record.and_then(|record| record.folio),
        });
    }
    Ok(CameBack {
        restored_at,
        alerts,
    })
}

/// What the database that was replaced knew and the restored one does not.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Undone {
    /// Contacts who had been removed, had left or had declined, and stand again.
    pub contacts: Vec<ContactId>,
    /// Devices that had been revoked, and are live again.
    pub devices: Vec<DeviceId>,
    /// People whose PIN or duress PIN is another one again.
    pub pins: Vec<PersonId>,
    /// People whose named officers are other ones again.
    pub officers: Vec<PersonId>,
    /// How many numbers had said STOP, and get texts again.
    pub stops: usize,
}

/// Compares the restored SQLite database with the file that it replaced.
///
/// # Errors
/// The file cannot be opened or read as this version's database.
pub async fn undone(db: &Db, config: &DatabaseConfig, old: &Path) -> Result<Undone, AlertError> {
    let beside = DatabaseConfig {
        url: DatabaseUrl::new(format!("sqlite:{}", old.display())),
        ..config.clone()
    };
    let before = Db::open_beside(&beside)?.read(Known::read).await?;
    let now = db.read(Known::read).await?;
    Ok(now.without(&before))
}

struct Known {
    contacts: std::collections::HashSet<ContactId>,
    devices: std::collections::HashSet<DeviceId>,
    people: std::collections::HashMap<PersonId, identity::Guarded>,
    stops: std::collections::HashSet<(Vec<u8>, String)>,
}

impl Known {
    fn read(conn: &mut Conn) -> Result<Self, AlertError> {
        Ok(Self {
            contacts: network::standing(conn)?,
            devices: identity::live_devices(conn)?,
            people: identity::guarded(conn)?,
            stops: delivery::stops::all(conn)?,
        })
    }

    fn without(&self, before: &Self) -> Undone {
        let differ = |what: fn(&identity::Guarded, &identity::Guarded) -> bool| {
            let mut people: Vec<PersonId> = self
                .people
                .iter()
                .filter(|(id, now)| before.people.get(*id).is_some_and(|was| what(now, was)))
                .map(|(id, _)| *id)
                .collect();
            people.sort_unstable();
            people
        };
        let mut undone = Undone {
            contacts: self
                .contacts
                .difference(&before.contacts)
                .copied()
                .collect(),
            devices: self.devices.difference(&before.devices).copied().collect(),
            pins: differ(|now, was| now.pins != was.pins),
            officers: differ(|now, was| now.officers != was.officers),
            stops: before.stops.difference(&self.stops).count(),
        };
        undone.contacts.sort_unstable();
        undone.devices.sort_unstable();
        undone
    }
}
