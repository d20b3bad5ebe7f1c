//! A server with two centres that back one another up, operators, and people who press.

use std::sync::Arc;
use std::time::Duration;

use ampara::bus::Bus;
use ampara::clock::{At, Clock};
use ampara::config::Config;
use ampara::db::{Conn, DbError, WritePriority};
use ampara::escalation::changed::Changed;
use ampara::escalation::model::Post;
use ampara::escalation::records::{self, NewRecord, RecordChange};
use ampara::escalation::shift::{self, Presence};
use ampara::escalation::{
    Acting, EscalationError, PlacedBy, Placement, RecordFacts, RecordState, ShiftFacts, Viewer,
    centres, geojson_import, kinds, queue,
};
use ampara::foundation::Foundation;
use ampara::identity::model::Role;
use ampara::identity::operators::{self, NewOperator};
use ampara::identity::people::{self, NewPerson, Officer};
use ampara::ids::{AlertId, BootId, CentreId, MunicipalityId, PersonId, RecordId};
use ampara::language::Language;
use ampara::municipality::chihuahua;
use ampara::phone::Phone;
use ampara::seal::Keyring;

use crate::harness::databases::TestDatabase;

const CENTRES: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "CUU", "name": "Poniente", "rank": 1, "default": true, "backup": "ORI"},
  "geometry": {"type": "Polygon", "coordinates": [[[-107, 28], [-106, 28], [-106, 29], [-107, 29], [-107, 28]]]}},
 {"type": "Feature", "properties": {"code": "ORI", "name": "Oriente", "rank": 2},
  "geometry": {"type": "Polygon", "coordinates": [[[-106, 28], [-105, 28], [-105, 29], [-106, 29], [-106, 28]]]}}]}"#;

pub struct Scene {
    pub foundation: Foundation,
    pub town: MunicipalityId,
    pub here: CentreId,
    pub backup: CentreId,
    _keys: tempfile::TempDir,
    _database: TestDatabase,
}

impl Scene {
    pub async fn set(database: TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let clock = Clock::manual(At::parse("2026-11-24T22:00:00-06:00").unwrap());
        Keyring::make(&keys, clock.now(), 2).unwrap();
        let foundation = Foundation {
            db: database.open(),
            bus: Bus::default(),
            keys: Arc::new(Keyring::open_dir(&keys).unwrap()),
            clock: clock.clone(),
            config: Arc::new(Config::embedded().unwrap()),
            meters: std::sync::Arc::default(),
        };
        let now = clock.now();
        let (town, list) = foundation
            .db
            .write(
                WritePriority::Background,
                move |conn: &mut Conn| -> Result<_, DbError> {
                    let town = chihuahua::seed(conn, None, now).unwrap();
                    let drafts = geojson_import::drafts(CENTRES).unwrap();
                    centres::import(conn, town, &drafts, now).unwrap();
                    Ok((town, centres::list(conn, town)?))
                },
            )
            .await
            .unwrap();
        Self {
            foundation,
            town,
            here: list[0].id,
            backup: list[1].id,
            _keys: folder,
            _database: database,
        }
    }

    pub fn now(&self) -> At {
        self.foundation.clock.now()
    }

    pub fn fast_forward(&self, seconds: u64) {
        self.foundation.clock.advance(Duration::from_secs(seconds));
    }

    /// Runs a verb in a write closure, as a route does.
    pub async fn does<T: Send + 'static>(
        &self,
        verb: impl Fn(&mut Conn, &Foundation, At) -> Result<T, EscalationError> + Send + 'static,
    ) -> Result<T, EscalationError> {
        let (foundation, now) = (self.foundation.clone(), self.now());
        self.foundation
            .db
            .write(WritePriority::Alert, move |conn| {
                verb(conn, &foundation, now)
            })
            .await
    }

    pub async fn somebody(&self, name: &str, badge: &str, post: Post, centre: CentreId) -> Viewer {
        let role = if post == Post::Operator {
            Role::Operator
        } else {
            Role::Supervisor
        };
        let new = NewOperator {
            sign_in_name: badge.to_lowercase(),
            name: name.to_owned(),
            role,
            municipality: self.town,
            centre: Some(centre),
            corporation: Some("DSPM".to_owned()),
            badge: Some(badge.to_owned()),
            unlisted: post == Post::Unlisted,
            phone: None,
            language: Language::Es,
            password: None,
        };
        let added = operators::add(&self.foundation, new).await.unwrap();
        Viewer {
            operator: added.operator,
            centre,
            municipality: self.town,
            post,
        }
    }

    pub async fn operator(&self, badge: &str) -> Viewer {
        self.somebody(
            &format!("Operadora {badge}"),
            badge,
            Post::Operator,
            self.here,
        )
        .await
    }

    pub async fn supervisor(&self, badge: &str) -> Viewer {
        self.somebody(
            &format!("Supervisora {badge}"),
            badge,
            Post::Supervisor,
            self.here,
        )
        .await
    }

    /// A person who named these officers, by their badges.
    pub async fn she(&self, number: &str, badges: &[&str]) -> PersonId {
        let new = NewPerson {
            phone: Phone::parse(number, "614").unwrap().phone,
            municipality: self.town,
            language: Language::Es,
            notice_version: chihuahua::NOTICE_VERSION.to_owned(),
        };
        let officers: Vec<Officer> = badges
            .iter()
            .map(|badge| Officer {
                name: None,
                badge: Some((*badge).to_owned()),
                corporation: Some("DSPM".to_owned()),
            })
            .collect();
        self.does(move |conn, f, now| {
            let (person, ..) = people::register(conn, &f.keys, &new, now)?;
            people::set_conflicts(conn, &f.keys, person, &officers, now)?;
            Ok(person)
        })
        .await
        .unwrap()
    }

    /// She presses; her record is born in that state, at the home centre.
    pub async fn presses(&self, she: PersonId, state: RecordState) -> Pressed {
        let new = self.record(she, AlertId::new(), state);
        let pressed = Pressed {
            alert: new.alert,
            record: new.id,
        };
        self.does(move |conn, _, now| records::insert(conn, &new, Some(true), now))
            .await
            .unwrap();
        pressed
    }

    /// A record of hers, not yet written.
    pub fn record(&self, she: PersonId, alert: AlertId, state: RecordState) -> NewRecord {
        NewRecord {
            id: RecordId::new(),
            alert,
            person: she,
            municipality: self.town,
            placement: Placement {
                centre: Some(self.here),
                other_centre: None,
                by: PlacedBy::Home,
            },
            kind: kinds::DEFAULT.to_owned(),
            priority: kinds::of(kinds::DEFAULT).unwrap().priority,
            training: false,
            state,
            cell: Some("28.63,-106.08".to_owned()),
            accuracy_m: Some(18.0),
            fix_at: Some(self.now()),
            raised_at: self.now(),
        }
    }

    pub async fn change(&self, pressed: Pressed, change: RecordChange) -> Option<Changed> {
        self.does(move |conn, _, now| records::change(conn, pressed.alert, change.clone(), now))
            .await
            .unwrap()
    }

    pub async fn facts(&self, pressed: Pressed) -> RecordFacts {
        self.does(move |conn, _, _| records::facts(conn, pressed.alert))
            .await
            .unwrap()
            .unwrap()
    }

    /// Who is connected at the first centre.
    pub async fn on_shift(&self) -> ShiftFacts {
        let here = self.here;
        self.does(move |conn, _, now| Ok(Acting::at(conn, here, now)?.on_shift()))
            .await
            .unwrap()
    }

    /// The folios on this operator's queue.
    pub async fn queue_of(&self, viewer: Viewer) -> Vec<String> {
        let config = Arc::clone(&self.foundation.config);
        let page = self
            .foundation
            .db
            .read(move |conn| queue::page(conn, &viewer, false, (None, 100), &config.plan))
            .await
            .unwrap();
        page.into_iter()
            .map(|record| record.folio.unwrap())
            .collect()
    }

    /// This operator's feed is alive for ten seconds from now.
    pub async fn watches(&self, viewer: Viewer) {
        let who = Presence {
            operator: viewer.operator,
            connection: BootId::new(),
            centre: viewer.centre,
            post: viewer.post,
        };
        self.does(move |conn, _, now| shift::beat(conn, &who, now, Duration::from_secs(10)))
            .await
            .unwrap();
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Pressed {
    pub alert: AlertId,
    pub record: RecordId,
}
