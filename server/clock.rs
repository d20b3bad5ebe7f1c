//! The only place that asks what time it is.
//!
//! What: [`At`], a moment in UTC microseconds, and [`Clock`], which hands moments out. Invariant:
//! no other file calls `Utc::now`, `SystemTime::now` or lets a database fill in a time, so that a
//! test can move the whole server through 24 hours in a millisecond and get the same answer each
//! time. Time never jumps while a process lives: it reads the machine's clock when it begins, and
//! counts from there by the monotonic clock (ADR 0015). Path: at the start [`Clock::begin_at`], then
//! [`Clock::now`], and every ten seconds [`Clock::follow`]. On failure: a machine's clock that jumps
//! changes nothing but what health says; a moment outside chrono's range is refused when it is read,
//! never wrapped.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

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

    /// How far the two are from each other, whichever is the later.
    #[must_use]
    pub fn apart(self, other: Self) -> Duration {
        self.since(other).max(other.since(self))
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

/// The machine's clock has jumped when it is further than that from the time that was counted.
pub const JUMP: Duration = Duration::from_secs(2);

/// Where moments come from: the machine's clock as it was when the process began, and the time that
/// has been counted since; or a hand that a test moves. Clones are one clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    source: Source,
    /// Now, less what has been counted.
    offset: AtomicI64,
    /// How much had been counted when the reference was last followed.
    followed: AtomicI64,
}

#[derive(Debug)]
enum Source {
    Machine {
        began: Instant,
        /// Microseconds that the demo's clock is ahead.
        ahead: Option<AtomicI64>,
    },
    Hand {
        wall: AtomicI64,
        counted: AtomicI64,
    },
}

fn moved(ahead: &Option<AtomicI64>) -> i64 {
    let ahead = ahead.as_ref();
    ahead.map_or(0, |ahead| ahead.load(Ordering::SeqCst))
}

/// The part of the time counted by which a clock may move towards its reference: a difference of an
/// hour is gone after four days.
const FOLLOWS: i64 = 100;

impl Clock {
    /// Counts on from what the machine's clock says at this moment.
    #[must_use]
    pub fn system() -> Self {
        let (began, ahead) = (Instant::now(), None);
        let clock = Self::of(Source::Machine { began, ahead });
        clock.begin_at(clock.wall());
        clock
    }

    /// A clock that runs with the machine's, and ahead of it once [`Clock::advance`] was called:
    /// the demo's.
    #[must_use]
    pub fn ahead() -> Self {
        let (began, ahead) = (Instant::now(), Some(AtomicI64::new(0)));
        let clock = Self::of(Source::Machine { began, ahead });
        clock.begin_at(clock.wall());
        clock
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it. Clones move together.
    #[must_use]
    pub fn manual(start: At) -> Self {
        Self::of(Source::Hand {
            wall: AtomicI64::new(start.0),
            counted: AtomicI64::new(start.0),
        })
    }

    fn of(source: Source) -> Self {
        Self(Arc::new(Parts {
            source,
            offset: AtomicI64::new(0),
            followed: AtomicI64::new(0),
        }))
    }

    /// Now. It never goes back, and jumps with no other clock.
    #[must_use]
    pub fn now(&self) -> At {
        let offset = self.0.offset.load(Ordering::SeqCst);
        At(self.counted().saturating_add(offset))
    }

    /// What the machine's clock says, which may have jumped: for what another machine judges by a
    /// clock of its own, and to notice the jump.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that may ask the machine"
    )]
    pub fn wall(&self) -> At {
        match &self.0.source {
            Source::Machine { ahead, .. } => {
                At(Utc::now().timestamp_micros().saturating_add(moved(ahead)))
            }
            Source::Hand { wall, .. } => At(wall.load(Ordering::SeqCst)),
        }
    }

    /// What another machine may take for now: by this clock, and by the machine's where that is more
    /// than [`JUMP`] away. Which of the two is right cannot be known here.
    #[must_use]
    pub fn readings(&self) -> Vec<At> {
        let (now, wall) = (self.now(), self.wall());
        if now.apart(wall) > JUMP {
            vec![now, wall]
        } else {
            vec![now]
        }
    }

    fn counted(&self) -> i64 {
        match &self.0.source {
            Source::Machine { began, ahead } => span(began.elapsed()).saturating_add(moved(ahead)),
            Source::Hand { counted, .. } => counted.load(Ordering::SeqCst),
        }
    }

    /// Has the clock count on from there. For a process that starts: later it only follows.
    pub fn begin_at(&self, at: At) {
        let offset = at.0.saturating_sub(self.counted());
        self.0.offset.store(offset, Ordering::SeqCst);
    }

    /// Moves towards `reference`, by 1 % of the time since it last moved so at most: what is measured
    /// with this clock is off by no more than that, however far the reference is away.
    pub fn follow(&self, reference: At) {
        let counted = self.counted();
        let since = counted.saturating_sub(self.0.followed.swap(counted, Ordering::SeqCst));
        let most = since.max(0) / FOLLOWS;
        let wanted = reference.0.saturating_sub(self.now().0);
        self.0
            .offset
            .fetch_add(wanted.clamp(-most, most), Ordering::SeqCst);
    }

    /// Moves a manual clock, or the demo's, on. The machine's clock takes no orders: there it does
    /// nothing.
    pub fn advance(&self, by: Duration) {
        self.turn(span(by));
    }

    /// Moves a manual clock, and what it counts, to that moment, back too: for a node whose clock is
    /// not as another's.
    pub fn advance_to(&self, at: At) {
        self.turn(at.0.saturating_sub(self.now().0));
    }

    fn turn(&self, by: i64) {
        match &self.0.source {
            Source::Machine { ahead, .. } => {
                ahead.iter().for_each(|ahead| {
                    ahead.fetch_add(by, Ordering::SeqCst);
                });
            }
            Source::Hand { wall, counted } => {
                wall.fetch_add(by, Ordering::SeqCst);
                counted.fetch_add(by, Ordering::SeqCst);
            }
        }
    }

    /// Puts the wall clock of a manual clock to a moment, as a machine's clock may be put under a
    /// running process: what it counts goes on.
    pub fn put_to(&self, at: At) {
        if let Source::Hand { wall, .. } = &self.0.source {
            wall.store(at.0, Ordering::SeqCst);
        }
    }

    /// Whether a test moves this clock; loops then wait to be stepped instead of sleeping.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        matches!(self.0.source, Source::Hand { .. })
    }
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
