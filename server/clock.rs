//! The only place that asks what time it is.
//!
//! What: [`At`], a moment in UTC microseconds, and [`Clock`], which hands moments out. Invariant:
//! no other file calls `Utc::now`, `SystemTime::now` or lets a database fill in a time, so that a
//! test can move the whole server through 24 hours in a millisecond and get the same answer each
//! time. On failure: a moment outside chrono's range is refused when it is read, never wrapped.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::BigInt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment: microseconds since 1970-01-01T00:00:00Z. A `bigint` in both databases, RFC 3339 in
/// JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = BigInt)]
pub struct At(i64);

impl At {
    /// The moment that many microseconds after 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This moment and `after` more; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, after: Duration) -> Self {
        Self(self.0.saturating_add(span(after)))
    }

    /// This moment less `before`.
    #[must_use]
    pub fn minus(self, before: Duration) -> Self {
        Self(self.0.saturating_sub(span(before)))
    }

    /// How long ago `earlier` was, or zero if it is still to come.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The same moment as chrono has it; the epoch's start if it is out of chrono's range.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// Reads RFC 3339 with any offset.
    ///
    /// # Errors
    /// Says what chrono says about text that is no RFC 3339 moment.
    pub fn parse(text: &str) -> Result<Self, chrono::ParseError> {
        DateTime::parse_from_rfc3339(text).map(|t| Self(t.timestamp_micros()))
    }
}

impl From<DateTime<Utc>> for At {
    fn from(t: DateTime<Utc>) -> Self {
        Self(t.timestamp_micros())
    }
}

fn span(d: Duration) -> i64 {
    i64::try_from(d.as_micros()).unwrap_or(i64::MAX)
}

/// A span in whole minutes, hours and days, as `3 d 4 h`, `2 h 5 min`, `0 min`: the same in Spanish
/// and English.
#[must_use]
pub fn in_hours(span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, m) => format!("{m} min"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for At
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(raw).map(Self)
    }
}

impl ToSql<BigInt, diesel::pg::Pg> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::pg::Pg>) -> serialize::Result {
        <i64 as ToSql<BigInt, diesel::pg::Pg>>::to_sql(&self.0, out)
    }
}

impl ToSql<BigInt, diesel::sqlite::Sqlite> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::sqlite::Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

impl utoipa::PartialSchema for At {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(
                utoipa::openapi::KnownFormat::DateTime,
            )))
            .into()
    }
}

impl utoipa::ToSchema for At {}

/// Where moments come from: the machine's clock, or a hand that a test moves.
#[derive(Clone, Debug)]
pub struct Clock(Hand);

#[derive(Clone, Debug)]
enum Hand {
    System,
    /// Microseconds since 1970.
    Manual(Arc<AtomicI64>),
    /// Microseconds that it is ahead of the machine's clock.
    Ahead(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's own clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Hand::System)
    }

    /// A clock that runs with the machine's, and ahead of it once [`Clock::advance`] was called:
    /// the demo's. Clones move together.
    #[must_use]
    pub fn ahead() -> Self {
        Self(Hand::Ahead(Arc::default()))
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it. Clones move together.
    #[must_use]
    pub fn manual(start: At) -> Self {
        Self(Hand::Manual(Arc::new(AtomicI64::new(start.0))))
    }

    /// Now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that may ask the machine"
    )]
    pub fn now(&self) -> At {
        let machine = || Utc::now().timestamp_micros();
        match &self.0 {
            Hand::System => At(machine()),
            Hand::Manual(hand) => At(hand.load(Ordering::SeqCst)),
            Hand::Ahead(by) => At(machine().saturating_add(by.load(Ordering::SeqCst))),
        }
    }

    /// Moves a manual clock, or the demo's, on. The machine's clock takes no orders: there it does
    /// nothing.
    pub fn advance(&self, by: Duration) {
        if let Hand::Manual(hand) | Hand::Ahead(hand) = &self.0 {
            hand.fetch_add(span(by), Ordering::SeqCst);
        }
    }

    /// Puts a manual clock to a moment, back in time too, as a machine's clock may be put.
    pub fn put_to(&self, at: At) {
        if let Hand::Manual(hand) = &self.0 {
            hand.store(at.0, Ordering::SeqCst);
        }
    }

    /// Whether a test moves this clock; loops then wait to be stepped instead of sleeping.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        matches!(self.0, Hand::Manual(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_and_read_back_as_rfc_3339() {
        let at = At::parse("2026-11-24T21:40:07.250-06:00").unwrap();
        assert_eq!(at.to_string(), "2026-11-25T03:40:07.250Z");
        assert_eq!(
            serde_json::from_str::<At>(&serde_json::to_string(&at).unwrap()).unwrap(),
            at
        );
    }

    #[test]
    fn a_span_is_told_in_days_hours_and_minutes() {
        let spans = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 10_000_000];
        let told = spans.map(|seconds| in_hours(Duration::from_secs(seconds)));
        assert_eq!(
            told.join(", "),
            "0 min, 0 min, 1 min, 59 min, 1 h 0 min, 23 h 59 min, 1 d 0 h, 115 d 17 h"
        );
    }

    #[test]
    fn the_demo_s_clock_runs_and_can_be_put_ahead() {
        let (clock, machine) = (Clock::ahead(), Clock::system());
        assert!(!clock.is_manual());
        let before = machine.now();
        assert!(clock.now().since(before) < Duration::from_secs(60));
        clock.clone().advance(Duration::from_secs(3_600));
        assert!(clock.now().since(before) >= Duration::from_secs(3_600));
    }

    #[test]
    fn a_manual_clock_moves_only_when_told_and_with_all_its_clones() {
        let clock = Clock::manual(At::from_micros(0));
        let other = clock.clone();
        clock.advance(Duration::from_secs(60));
        assert_eq!(other.now(), At::from_micros(60_000_000));
        assert_eq!(
            other.now().since(clock.now().plus(Duration::from_secs(1))),
            Duration::ZERO
        );
    }
}
