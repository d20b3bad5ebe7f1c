//! A municipality, its operators, people to choose, and women who press.

use std::sync::Arc;
use std::time::Duration;

use ampara::alerts::Alerts;
use ampara::alerts::press::body::Press;
use ampara::bus::Bus;
use ampara::clock::{At, Clock};
use ampara::config::Config;
use ampara::db::schema::people as people_table;
use ampara::db::{Conn, DbError, WritePriority};
use ampara::delivery::Outbox;
use ampara::delivery::addresses::{self, PushRegistration};
use ampara::delivery::channels::email::mailbox::Mailbox;
use ampara::delivery::model::Channel;
use ampara::escalation::model::Post;
use ampara::escalation::shift::{self, Presence};
use ampara::escalation::{CentreCache, centres, geojson_import};
use ampara::foundation::Foundation;
use ampara::identity::AlertCaller;
use ampara::identity::model::Role;
use ampara::identity::operators::{self, NewOperator};
use ampara::identity::people::{self, Officer};
use ampara::identity::sessions::Opened;
use ampara::ids::{BootId, CentreId, DeviceId, MunicipalityId, PersonId};
use ampara::language::Language;
use ampara::location::{self, Fix};
use ampara::municipality::{self, NewMunicipality, chihuahua};
use ampara::on;
use ampara::phone::Phone;
use ampara::seal::Keyring;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::case::{ACCOUNTS, Case, OFFICERS};
use super::people::{choose, number};
use super::rows::Tables;
use crate::harness::databases::TestDatabase;
use crate::harness::seed::account;

const APP: &str = "mx.example.mia";
/// Two squares side by side; the second is the first one's backup.
const CENTRES: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "CUU", "name": "Poniente", "rank": 1, "default": true, "backup": "ORI"},
  "geometry": {"type": "Polygon", "coordinates": [[[-107, 28], [-106, 28], [-106, 29], [-107, 29], [-107, 28]]]}},
 {"type": "Feature", "properties": {"code": "ORI", "name": "Oriente", "rank": 2},
  "geometry": {"type": "Polygon", "coordinates": [[[-106, 28], [-105, 28], [-105, 29], [-106, 29], [-106, 28]]]}}]}"#;
pub struct World {
    pub foundation: Foundation,
    pub alerts: Alerts,
    town: MunicipalityId,
    centres: Vec<CentreId>,
    accounts: Vec<(PersonId, Phone)>,
    officers: Vec<Presence>,
    _keys: tempfile::TempDir,
    _database: TestDatabase,
}

impl World {
    pub async fn set(database: TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let clock = Clock::manual(At::parse("2026-11-24T22:00:00-06:00").unwrap());
        Keyring::make(&keys, clock.now(), 2).unwrap();
        let mut config = Config::embedded().unwrap();
        // There is a gateway for calls: nothing is sent here.
        config.voice.account_sid = "AC1".to_owned();
        config.voice.auth_token_file = Some(folder.path().join("token"));
        // A phone that has sent a place is missed first: the plan's next moment shows whether it was
        // told of the place.
        config.plan.silent_intervals = 1;
        let foundation = Foundation {
            db: database.open(),
            bus: Bus::default(),
            keys: Arc::new(Keyring::open_dir(&keys).unwrap()),
            clock,
            config: Arc::new(config),
            meters: Arc::default(),
        };
        let (town, centres) = Self::founded(&foundation).await;
        let accounts = Self::people(&foundation, town).await;
        let officers = Self::officers(&foundation, town, &centres).await;
        let outbox = Outbox::new(&foundation.config.delivery);
        Self {
            alerts: Alerts::new(foundation.clone(), outbox, CentreCache::default()),
            foundation,
            town,
            centres,
            accounts,
            officers,
            _keys: folder,
            _database: database,
        }
    }

    async fn founded(foundation: &Foundation) -> (MunicipalityId, Vec<CentreId>) {
        let now = foundation.clock.now();
        let found = move |conn: &mut Conn| -> Result<_, DbError> {
            let town = chihuahua::seed(conn, None, now).unwrap();
            municipality::add_app(conn, APP, town).unwrap();
            let drafts = geojson_import::drafts(CENTRES).unwrap();
            centres::import(conn, town, &drafts, now).unwrap();
            let centres = centres::list(conn, town)?
                .into_iter()
                .map(|centre| centre.id)
                .collect();
            Ok((town, centres))
        };
        foundation
            .db
            .write(WritePriority::Background, found)
            .await
            .unwrap()
    }

    async fn people(foundation: &Foundation, town: MunicipalityId) -> Vec<(PersonId, Phone)> {
        let mut all = Vec::new();
        for n in 0..ACCOUNTS {
            let phones: Vec<Opened> = (0..(n % 3).max(1)).map(|_| Opened::new()).collect();
            let within = foundation.clone();
            let write = move |conn: &mut Conn| -> Result<_, DbError> {
                let mut person = None;
                for (k, drawn) in phones.iter().enumerate() {
                    let who = account(conn, &within, town, &number(n), drawn, within.clock.now());
                    person = Some(who);
                    let token = format!("token-{n}-{k}");
                    let push = PushRegistration {
                        person: who,
                        device: drawn.device,
                        channel: Channel::Fcm,
                        app_id: APP,
                        token: &token,
                    };
                    if n % 3 > 0 {
                        addresses::put_push(conn, &within.keys, &push, within.clock.now())?;
                    }
                }
                Ok(person.unwrap())
            };
            let person = foundation
                .db
                .write(WritePriority::Background, write)
                .await
                .unwrap();
            all.push((person, number(n)));
        }
        all
    }

    async fn officers(
        foundation: &Foundation,
        town: MunicipalityId,
        centres: &[CentreId],
    ) -> Vec<Presence> {
        let mut all = Vec::new();
        for (n, (badge, post, at)) in OFFICERS.into_iter().enumerate() {
            let new = NewOperator {
                sign_in_name: badge.to_lowercase(),
                name: format!("Oficial {badge}"),
                role: if post == Post::Operator {
                    Role::Operator
                } else {
                    Role::Supervisor
                },
                municipality: town,
                centre: Some(centres[at]),
                corporation: Some("DSPM".to_owned()),
                badge: Some(badge.to_owned()),
                unlisted: post == Post::Unlisted,
                phone: (post != Post::Operator).then(|| number(700_000 + n)),
                language: if n % 2 == 0 {
                    Language::Es
                } else {
                    Language::En
                },
                password: None,
            };
            let operator = operators::add(foundation, new).await.unwrap().operator;
            if post == Post::Supervisor {
                let mailbox = Mailbox::parse(&format!("{badge}@centro.example")).unwrap();
                operators::set_email(foundation, operator, mailbox)
                    .await
                    .unwrap();
            }
            all.push(Presence {
                operator,
                connection: BootId::new(),
                centre: centres[at],
                post,
            });
        }
        all
    }

    /// Changes a row by hand.
    pub async fn spoils(&self, sql: &'static str) {
        let write = move |conn: &mut Conn| -> Result<usize, DbError> {
            Ok(on!(conn, |c| diesel::sql_query(sql).execute(c))?)
        };
        let changed = self.foundation.db.write(WritePriority::Alert, write).await;
        assert_eq!(changed, Ok(1), "{sql}");
    }

    pub async fn tables(&self) -> Tables {
        self.foundation.db.read(Tables::read).await.unwrap()
    }

    /// Connects the operators of this case, and returns them.
    pub async fn takes_shift(&self, case: &Case) -> Vec<Presence> {
        let connected: Vec<Presence> = case.connected.iter().map(|n| self.officers[*n]).collect();
        let (these, now) = (connected.clone(), self.foundation.clock.now());
        let beat = move |conn: &mut Conn| {
            these
                .iter()
                .try_for_each(|who| shift::beat(conn, who, now, Duration::from_secs(10)))
        };
        self.foundation
            .db
            .write(WritePriority::Alert, beat)
            .await
            .unwrap();
        connected
    }

    pub async fn goes_home(&self, connected: Vec<Presence>) {
        let now = self.foundation.clock.now();
        let leave = move |conn: &mut Conn| {
            connected
                .iter()
                .try_for_each(|who| shift::leave(conn, who, now))
        };
        self.foundation
            .db
            .write(WritePriority::Alert, leave)
            .await
            .unwrap();
    }

    /// The municipality's senders in this case.
    pub async fn has_senders(&self, case: &Case) {
        let (town, case) = (self.town, case.clone());
        let write = move |conn: &mut Conn| -> Result<(), DbError> {
            let municipality = municipality::by_id(conn, town)?.unwrap();
            let new = NewMunicipality {
                sms_sender: case.sms.map(str::to_owned),
                sms_second_sender: case.second_sms.map(str::to_owned),
                voice_sender: case.calls.map(str::to_owned),
                ..municipality.into()
            };
            municipality::change(conn, town, &new).unwrap();
            Ok(())
        };
        self.foundation
            .db
            .write(WritePriority::Alert, write)
            .await
            .unwrap();
    }

    /// A woman who has chosen as the case says, and the phone on which she is signed in.
    pub async fn woman(&self, case: &Case) -> AlertCaller {
        static WOMEN: std::sync::atomic::AtomicUsize =
            std::sync::atomic::AtomicUsize::new(1_000_000);
        let n = WOMEN.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (foundation, town, case, drawn) = (
            self.foundation.clone(),
            self.town,
            case.clone(),
            Opened::new(),
        );
        let home = case.home.map(|at| self.centres[at]);
        let accounts = self.accounts.clone();
        let write = move |conn: &mut Conn| -> Result<(PersonId, DeviceId), DbError> {
            let person = account(
                conn,
                &foundation,
                town,
                &number(n),
                &drawn,
                foundation.clock.now(),
            );
            let choices = (
                people_table::policy.eq(case.policy.as_str()),
                people_table::if_nobody_reached.eq(case.if_nobody_reached.as_str()),
                people_table::if_duress.eq(case.if_duress.as_str()),
                people_table::home_centre.eq(home),
            );
            on!(conn, |c| diesel::update(people_table::table.find(person))
                .set(choices)
                .execute(c))?;
            name_officers(conn, &foundation, person, &case);
            for (position, chosen) in case.chosen.iter().enumerate() {
                choose(conn, &foundation, person, position, chosen, &accounts)?;
            }
            Ok((person, drawn.device))
        };
        let (person, device) = self
            .foundation
            .db
            .write(WritePriority::Alert, write)
            .await
            .unwrap();
        AlertCaller {
            person,
            device,
            language: Language::Es,
            only_open_alert: false,
        }
    }

    /// What her phone sends.
    pub fn press(&self, case: &Case) -> Press {
        let now = self.foundation.clock.now();
        let fix = case.place.map(|(lat, lon, accuracy_m)| Fix {
            seq: 1,
            effective_at: now,
            received_at: now,
            plausible: true,
            phone_at: Some(now),
            lat,
            lon,
            accuracy_m,
            altitude_m: None,
            speed_mps: None,
            heading_deg: None,
            battery: case.battery,
            mock: false,
            provider: None,
        });
        Press {
            drill: case.drill,
            policy: case.policy_of_press,
            phone_at: case.late_s.map(|s| now.minus(Duration::from_secs(s))),
            pressed_at: case.late_s.map(|s| now.minus(Duration::from_secs(s))),
            note: case.note.then(|| "Me sigue un coche".to_owned()),
            // A battery without a place is told to this request alone.
            battery: case.battery.filter(|_| fix.is_some()),
            fix,
            warnings: Vec::new(),
        }
    }

    /// The latest place of the alert that is new.
    pub async fn place(&self, changed: &Tables) -> Option<Value> {
        let (alert, epoch, wrapped) = changed.key();
        let key = self
            .foundation
            .keys
            .unwrap_alert_key(&epoch, alert, &wrapped)
            .unwrap();
        let now = self.foundation.clock.now();
        let latest = move |conn: &mut Conn| location::shown(conn, &key, alert, now);
        let latest = self.foundation.db.read(latest).await.unwrap()?;
        let fix = latest.fix();
        Some(json!([
            fix.lat,
            fix.lon,
            fix.accuracy_m,
            fix.battery,
            fix.received_at
        ]))
    }
}

/// She names the officers of the case by their badges.
fn name_officers(conn: &mut Conn, foundation: &Foundation, person: PersonId, case: &Case) {
    let officer = |badge: &&str| Officer {
        name: None,
        badge: Some((*badge).to_owned()),
        corporation: Some("DSPM".to_owned()),
    };
    let officers: Vec<Officer> = case.names.iter().map(officer).collect();
    let (keys, now) = (&foundation.keys, foundation.clock.now());
    people::set_conflicts(conn, keys, person, &officers, now).unwrap();
}
