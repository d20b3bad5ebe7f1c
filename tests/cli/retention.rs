//! Trails are destroyed on schedule, in backups too.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ampara::alerts;
use ampara::alerts::retention::{self, Ended};
use ampara::clock::At;
use ampara::config::DatabaseConfig;
use ampara::db::{self, Conn, Db, DbError};
use ampara::foundation::Foundation;
use ampara::ids::AlertId;
use ampara::location;
use ampara::on;
use ampara::seal::{Epoch, Keyring, SealError};
use diesel::RunQueryDsl;
use diesel::sql_types::{Binary, Text};

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, PLAZA, Pressed, Town};

const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);
const PIN: &str = "4821";

fn alert(pressed: &Pressed) -> AlertId {
    pressed.id().parse().unwrap()
}

/// Where an operator who opens its record sees her; `None` once the trail cannot be opened.
async fn seen(foundation: &Foundation, alert: AlertId) -> Option<(f64, f64)> {
    let (within, now) = (foundation.clone(), foundation.clock.now());
    let read = move |conn: &mut Conn| -> Result<_, alerts::AlertError> {
        let opened = alerts::for_operator(conn, &within, alert, now)?;
        Ok(match opened.key {
            Some(key) => location::shown(conn, &key, alert, now)?,
            None => None,
        })
    };
    foundation
        .db
        .read(read)
        .await
        .unwrap()
        .map(|latest| (latest.fix().lat, latest.fix().lon))
}

async fn presses_and_closes(she: &Her<'_>) -> AlertId {
    let pressed = she.presses().await;
    she.closes(&pressed, PIN).await.expect(200);
    alert(&pressed)
}

async fn with_pin<'t>(town: &'t Town, phone: &str) -> Her<'t> {
    let she = Her::signs_in(town, phone).await;
    she.sets_pin(PIN).await;
    she
}

#[derive(diesel::QueryableByName)]
struct Wrapped {
    #[diesel(sql_type = Text)]
    epoch: String,
    #[diesel(sql_type = Binary)]
    wrapped_key: Vec<u8>,
}

/// An alert's wrapped key, as a backup of this moment holds it.
async fn wrapped(foundation: &Foundation, alert: AlertId) -> Wrapped {
    let read = move |conn: &mut Conn| -> Result<Wrapped, DbError> {
        let text = match conn {
            Conn::Postgres(_) => "select epoch, wrapped_key from alerts where id = $1",
            Conn::Sqlite(_) => "select epoch, wrapped_key from alerts where id = ?",
        };
        Ok(on!(conn, |c| diesel::sql_query(text)
            .bind::<Binary, _>(alert.bytes().to_vec())
            .get_result(c))?)
    };
    foundation.db.read(read).await.unwrap()
}

/// A backup put in another place, beside the keys as they are now.
fn restored(foundation: &Foundation, copy: &Path, folder: &Path) -> Foundation {
    let config = DatabaseConfig::at(format!("sqlite:{}", folder.join("restored.db").display()));
    db::restore_sqlite(&config, copy).unwrap();
    let keys = Keyring::open_dir(&foundation.config.seal.key_dir).unwrap();
    Foundation {
        db: Db::open(&config).unwrap(),
        keys: Arc::new(keys),
        ..foundation.clone()
    }
}

both_engines! {
    async fn a_trail_opens_until_its_week_is_past_retention_and_never_after(database) {
        let town = Town::found(database).await;
        let (foundation, folder) = (town.app.foundation.clone(), town.app.database.folder.path().to_owned());
        let she = with_pin(&town, HER_PHONE).await;
        let old = presses_and_closes(&she).await;
        let week = Epoch::of(town.app.clock.now());
        town.app.clock.advance(WEEK * 3);
        let control = presses_and_closes(&with_pin(&town, "+526144100002").await).await;

        town.app.clock.advance(WEEK * 10);
        assert_eq!(retention::pass(&foundation).await.unwrap(), [], "thirteen weeks are not over for the last of that week");
        town.app.clock.advance(WEEK);
        let due = Ended { epoch: week.clone(), trails: 1, kept: 0, stuck: 0, destroyed: true };
        assert_eq!(retention::preview(&foundation).await.unwrap(), std::slice::from_ref(&due));
        assert_eq!((seen(&foundation, old).await, seen(&foundation, control).await), (Some(PLAZA), Some(PLAZA)), "before");
        let backed_up = wrapped(&foundation, old).await;
        let copy = folder.join("copy.db");
        if town.app.database.is_sqlite() {
            db::backup_sqlite(&town.app.database.config, &copy).unwrap();
        }

        assert_eq!(retention::pass(&foundation).await.unwrap(), [due]);
        assert_eq!((seen(&foundation, old).await, seen(&foundation, control).await), (None, Some(PLAZA)), "after, with its control");
        assert_eq!(town.count("select count(*) as n from fixes").await, 1, "the control's");
        assert_eq!(town.count("select count(*) as n from records where cell is not null").await, 1);
        assert_eq!(town.count("select count(*) as n from timeline where kind = 'trail_destroyed'").await, 1);
        assert_eq!(retention::pass(&foundation).await.unwrap(), [], "once is enough");

        // What an old backup holds opens neither with the server's keys nor with the directory read
        // anew.
        for keys in [foundation.keys.clone(), Arc::new(Keyring::open_dir(&foundation.config.seal.key_dir).unwrap())] {
            let opened = keys.unwrap_alert_key(&backed_up.epoch, old, &backed_up.wrapped_key);
            assert!(matches!(opened, Err(SealError::EpochDestroyed(_))), "{:?}", opened.err());
        }
        if town.app.database.is_sqlite() {
            let past = restored(&foundation, &copy, &folder);
            assert_eq!((seen(&past, old).await, seen(&past, control).await), (None, Some(PLAZA)), "restored");
        }
    }

    async fn what_is_open_or_on_an_open_folio_outlives_its_week(database) {
        let town = Town::found(database).await;
        let foundation = town.app.foundation.clone();
        let gone = presses_and_closes(&with_pin(&town, HER_PHONE).await).await;
        // Without a PIN her close is unverified, and the folio stays for a call-back.
        let nina = Her::signs_in(&town, "+526144100002").await;
        let on_folio = nina.presses().await;
        nina.closes(&on_folio, "").await.expect(200);
        let open = alert(&Her::signs_in(&town, "+526144100003").await.presses().await);
        let week = Epoch::of(town.app.clock.now());

        town.app.clock.advance(WEEK * 14);
        let due = Ended { epoch: week.clone(), trails: 1, kept: 2, stuck: 0, destroyed: true };
        assert_eq!(retention::preview(&foundation).await.unwrap(), std::slice::from_ref(&due));
        assert_eq!(retention::pass(&foundation).await.unwrap(), [due]);
        assert_eq!(seen(&foundation, gone).await, None);
        assert_eq!((seen(&foundation, open).await, seen(&foundation, alert(&on_folio)).await), (Some(PLAZA), Some(PLAZA)));
        assert_eq!(wrapped(&foundation, open).await.epoch, Epoch::of(town.app.clock.now()).as_str());
        assert!(!foundation.keys.epochs().unwrap().contains(&week));
    }

    async fn an_alert_closed_late_keeps_its_week_until_it_is_past_retention_too(database) {
        let town = Town::found(database).await;
        let foundation = town.app.foundation.clone();
        let she = with_pin(&town, HER_PHONE).await;
        let pressed = she.presses().await;
        let week = Epoch::of(town.app.clock.now());
        town.app.clock.advance(WEEK * 2);
        she.closes(&pressed, PIN).await;
        town.app.clock.advance(WEEK * 12);
        let waits = Ended { epoch: week, trails: 0, kept: 0, stuck: 0, destroyed: false };
        assert_eq!(retention::pass(&foundation).await.unwrap(), [waits]);
        assert_eq!(seen(&foundation, alert(&pressed)).await, Some(PLAZA));
        town.app.clock.advance(WEEK * 2);
        assert!(retention::pass(&foundation).await.unwrap()[0].destroyed);
        assert_eq!(seen(&foundation, alert(&pressed)).await, None);
    }
}

#[test]
fn a_week_is_a_week() {
    let at = |text| Epoch::of(At::parse(text).unwrap());
    assert!(
        at("2026-12-28T00:00:00Z") < at("2027-01-04T00:00:00Z"),
        "epochs are compared over the turn of a year"
    );
}
