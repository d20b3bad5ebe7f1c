//! A town to press in: people, their contacts and 911, as objects with verbs, over real HTTP.
//!
//! What: [`Town`] (Chihuahua with its centre, an app and its FCM project), [`Her`],
//! [`ContactPerson`], [`PhoneOnly`], [`Operator911`] and the feed that one of them reads.
//! Invariant: all they do goes through the server's doors; time moves only by
//! [`Town::fast_forward`]. On failure: a push or SMS that the test did not expect fails it when the
//! town is dropped.

mod account;
mod contact;
mod feed;
mod her;
mod operator;

use std::time::Duration;

use ampara::clock::At;
use ampara::db::{Conn, DbError, WritePriority};
use ampara::escalation::{centres, geojson_import};
use ampara::ids::{CentreId, MunicipalityId};
use ampara::municipality::{self, NewMunicipality, chihuahua};
use ampara::on;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Nullable};

pub use self::account::Account;
pub use self::contact::{ContactPerson, PhoneOnly};
pub use self::feed::Feed;
pub use self::her::{Her, Pressed};
pub use self::operator::{Operator911, path_of};
use super::app::TestApp;
use super::databases::TestDatabase;
use super::settings::{APP, TestSettings};

/// The number that the town's SMS come from.
pub const SENDER: &str = "+526140000000";

/// The number that the town calls from, where it does.
pub const CALLER: &str = "+526140000009";

/// Her phone in most stories.
pub const HER_PHONE: &str = "+526144100001";

/// The plaza in the middle of Chihuahua, in degrees.
pub const PLAZA: (f64, f64) = (28.63534, -106.07672);

/// Two made-up centres that share a border; the plaza is the first one's.
const TWO_CENTRES: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "PON", "name": "Poniente", "rank": 1, "default": true},
  "geometry": {"type": "Polygon", "coordinates": [[[-107, 28], [-106, 28], [-106, 29], [-107, 29], [-107, 28]]]}},
 {"type": "Feature", "properties": {"code": "ORI", "name": "Oriente", "rank": 2},
  "geometry": {"type": "Polygon", "coordinates": [[[-106, 28], [-105, 28], [-105, 29], [-106, 29], [-106, 28]]]}}]}"#;

/// A server with Chihuahua in it.
pub struct Town {
    /// The server and its fakes.
    pub app: TestApp,
    /// The municipality.
    pub id: MunicipalityId,
    /// Its centres, by rank.
    pub centres: Vec<CentreId>,
}

#[derive(diesel::QueryableByName)]
struct NextDue {
    #[diesel(sql_type = Nullable<BigInt>)]
    at: Option<i64>,
}

const NEXT_DUE: &str = "select min(at) as at from (\
    select min(plan_due_at) as at from alerts where plan_due_at > $NOW union all \
    select min(due_at) as at from notifications where due_at > $NOW and state = 'queued') as due";

impl Town {
    /// Chihuahua as it is seeded.
    pub async fn found(database: TestDatabase) -> Self {
        Self::found_with(database, chihuahua::CENTRES_GEOJSON, |_| {}).await
    }

    /// With two centres that share a border, instead of its own.
    pub async fn found_at_a_border(database: TestDatabase) -> Self {
        Self::found_with(database, TWO_CENTRES, |_| {}).await
    }

    /// With other centres, or other settings.
    pub async fn found_with(
        database: TestDatabase,
        outlines: &'static str,
        change: impl FnOnce(&mut TestSettings),
    ) -> Self {
        let app = TestApp::start_with(database, change);
        let now = app.clock.now();
        let (id, centres) = app
            .foundation
            .db
            .write(
                WritePriority::Background,
                move |conn: &mut Conn| -> Result<_, DbError> {
                    let id = chihuahua::seed(conn, Some(SENDER), now).unwrap();
                    municipality::add_app(conn, APP, id)?;
                    centres::import(conn, id, &geojson_import::drafts(outlines).unwrap(), now)
                        .unwrap();
                    Ok((id, centres::list(conn, id)?))
                },
            )
            .await
            .unwrap();
        let centres = centres.into_iter().map(|c| c.id).collect();
        Self { app, id, centres }
    }

    /// Chihuahua, whose people are called from [`CALLER`] too.
    pub async fn found_with_calls(database: TestDatabase) -> Self {
        let town = Self::found(database).await;
        town.calls_people().await;
        town
    }

    /// From now on people are called from [`CALLER`].
    pub async fn calls_people(&self) {
        self.sends_from(|town| town.voice_sender = Some(CALLER.to_owned()))
            .await;
    }

    /// Changes the senders of the municipality.
    pub async fn sends_from(&self, change: impl FnOnce(&mut NewMunicipality)) {
        let id = self.id;
        let read = move |conn: &mut Conn| municipality::by_id(conn, id);
        let mut new: NewMunicipality = self
            .app
            .foundation
            .db
            .read(read)
            .await
            .unwrap()
            .unwrap()
            .into();
        change(&mut new);
        let write = move |conn: &mut Conn| municipality::change(conn, id, &new);
        self.app
            .foundation
            .db
            .write(WritePriority::Background, write)
            .await
            .unwrap();
    }

    /// Moves time on. What falls due on the way happens at its own moment, in its order.
    pub async fn fast_forward(&self, by: Duration) {
        let end = self.app.clock.now().plus(by);
        self.app.settle().await;
        while let Some(next) = self.next_due().await.filter(|at| *at <= end) {
            self.app
                .fast_forward(next.since(self.app.clock.now()))
                .await;
        }
        self.app.fast_forward(end.since(self.app.clock.now())).await;
    }

    /// [`Town::fast_forward`] in seconds.
    pub async fn after(&self, seconds: u64) {
        self.fast_forward(Duration::from_secs(seconds)).await;
    }

    /// When something is due next, if anything is to come.
    pub async fn next_due(&self) -> Option<At> {
        let text = NEXT_DUE.replace("$NOW", &self.app.clock.now().micros().to_string());
        let read = move |conn: &mut Conn| -> Result<NextDue, DbError> {
            Ok(on!(conn, |c| diesel::sql_query(&text).get_result(c))?)
        };
        self.app
            .foundation
            .db
            .read(read)
            .await
            .unwrap()
            .at
            .map(At::from_micros)
    }

    /// How many rows a query counts; it names its column `n`.
    pub async fn count(&self, query: &str) -> i64 {
        let text = query.to_owned();
        let read = move |conn: &mut Conn| -> Result<Counted, DbError> {
            Ok(on!(conn, |c| diesel::sql_query(&text).get_result(c))?)
        };
        self.app.foundation.db.read(read).await.unwrap().n
    }
}

#[derive(diesel::QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    n: i64,
}
