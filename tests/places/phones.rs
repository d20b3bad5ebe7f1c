//! Random phones against a slow oracle: clocks that are fast, slow, jump, lost 1,024 weeks or are
//! never told; queues that come late, twice and in any order; two devices.

use std::collections::BTreeMap;
use std::time::Duration;

use ampara::clock::At;
use ampara::db::WritePriority;
use ampara::http::Salvaged;
use ampara::ids::{AlertId, DeviceId};
use ampara::location::{self, Fix, Latest, parse_batch};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::ten_o_clock;
use super::track::new_key;
use crate::both_engines;
use crate::harness::tier;

const SECOND: i64 = 1_000_000;
const TWO_MINUTES: i64 = 120 * SECOND;
const DAY: i64 = 86_400 * SECOND;
const WEEKS: i64 = 1_024 * 7 * DAY;

#[derive(Clone, Debug)]
enum Act {
    /// So many seconds pass.
    Waits(i64),
    /// The receiver gives a place; without a time, or with one that lost weeks.
    Measures { timed: bool, lost: bool },
    /// The phone's clock is from now on so many seconds ahead of the truth.
    Jumps(i64),
    /// What was measured is sent, the newest first or last, and stays to be sent again.
    Sends {
        sent_at: bool,
        newest_first: bool,
        stays: bool,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let off = prop_oneof![
        Just(0),
        -90..90_i64,
        -7_200..7_200_i64,
        Just(-1_764_000_000_i64),
        Just(400_000_000_i64)
    ];
    prop_oneof![
        3 => prop_oneof![0..30_i64, 0..4_000_i64, Just(100_000_i64)].prop_map(Act::Waits),
        5 => (prop::bool::weighted(0.85), prop::bool::weighted(0.15)).prop_map(|(timed, lost)| Act::Measures { timed, lost }),
        1 => off.prop_map(Act::Jumps),
        3 => (any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(sent_at, newest_first, stays)| Act::Sends { sent_at, newest_first, stays }),
    ]
}

fn story() -> impl Strategy<Value = Vec<(usize, Act)>> {
    proptest::collection::vec((0..2_usize, act()), 1..40)
}

/// A place as it was, and as the phone tells it.
#[derive(Clone, Debug)]
struct Measured {
    seq: i64,
    truly_at: i64,
    claimed: Option<i64>,
    lost: bool,
    jumps: usize,
}

/// A place that reached the server first under its number.
#[derive(Clone, Debug)]
struct Row {
    it: Measured,
    sent_at: Option<i64>,
    arrived: i64,
    jumps: usize,
    fix: Fix,
}

#[derive(Clone, Debug, Default)]
struct Phone {
    ahead: i64,
    jumps: usize,
    was_ahead: bool,
    next: i64,
    queue: Vec<Measured>,
    rows: BTreeMap<i64, Row>,
}

fn at(micros: i64) -> At {
    At::from_micros(micros)
}

impl Phone {
    /// Does it; the fixes that the server read of a batch.
    fn does(&mut self, act: &Act, now: i64) -> Vec<Fix> {
        match act {
            Act::Waits(_) => {}
            Act::Jumps(seconds) => {
                (self.ahead, self.jumps) = (seconds * SECOND, self.jumps + 1);
                self.was_ahead |= self.ahead > 0;
            }
            Act::Measures { timed, lost } => {
                let clock = now + self.ahead - if *lost { WEEKS } else { 0 };
                let (lost, claimed) = (*lost, timed.then_some(clock));
                let (seq, jumps) = (self.next, self.jumps);
                self.queue.push(Measured {
                    seq,
                    truly_at: now,
                    claimed,
                    lost,
                    jumps,
                });
                self.next += 1;
            }
            Act::Sends {
                sent_at,
                newest_first,
                stays,
            } => {
                return self.sends(now, *sent_at, *newest_first, *stays);
            }
        }
        Vec::new()
    }

    fn sends(&mut self, now: i64, sent_at: bool, newest_first: bool, stays: bool) -> Vec<Fix> {
        let mut batch = self.queue.clone();
        if newest_first {
            batch.reverse();
        }
        if !stays {
            self.queue.clear();
        }
        let sent_at = sent_at.then_some(now + self.ahead);
        let fix = |it: &Measured| json!({ "seq": it.seq, "lat": 28.0 + it.seq as f64 / 1e3, "lon": -106.0, "at": it.claimed.map(at) });
        let value = json!({ "sent_at": sent_at.map(at), "fixes": batch.iter().map(fix).collect::<Vec<_>>() });
        let body = Salvaged {
            value,
            ..Salvaged::default()
        };
        let Ok(read) = parse_batch(&body, at(now)) else {
            return Vec::new();
        };
        for (it, fix) in batch.into_iter().zip(&read.fixes) {
            let (jumps, fix) = (self.jumps, fix.clone());
            self.rows.entry(it.seq).or_insert(Row {
                it,
                sent_at,
                arrived: now,
                jumps,
                fix,
            });
        }
        read.fixes
    }
}

/// The rule, in the words of the design and as slow as it can be.
fn believed(row: &Row) -> Option<i64> {
    let claim = row.it.claimed? + row.sent_at.map_or(0, |sent| row.arrived - sent);
    if claim > row.arrived + TWO_MINUTES {
        return None;
    }
    if claim >= row.arrived - 3_650 * DAY {
        return Some(claim.min(row.arrived));
    }
    for turns in [1, 2] {
        let found = claim + turns * WEEKS;
        if found <= row.arrived + TWO_MINUTES && found >= row.arrived - DAY {
            return Some(found.min(row.arrived));
        }
    }
    None
}

fn oracle(phone: &Phone) -> Option<(i64, Option<i64>)> {
    let mut best: Option<(i64, Option<i64>)> = None;
    for row in phone.rows.values() {
        let (seq, hour) = (row.it.seq, believed(row));
        best = Some(match best {
            None => (seq, hour),
            Some((of, known)) => match (known, hour) {
                (Some(_), None) => (of, known),
                (None, Some(_)) => (seq, hour),
                (Some(old), Some(new)) if new < old => (of, known),
                // Rows come by their numbers: this one's is the greater.
                _ => (seq, hour),
            },
        });
    }
    best
}

fn seen(latest: Option<&Latest>) -> Option<(i64, Option<i64>)> {
    latest.map(|latest| (latest.fix().seq, latest.hour().map(At::micros)))
}

/// What must be true of the place that is shown, whatever the rule.
fn holds(phone: &Phone, now: i64) -> Result<(), TestCaseError> {
    let fixes: Vec<Fix> = phone.rows.values().map(|row| row.fix.clone()).collect();
    let shown = location::latest(fixes.clone(), at(now));
    prop_assert_eq!(seen(shown.as_ref()), oracle(phone));
    let mut other_way: Vec<Fix> = fixes;
    other_way.reverse();
    prop_assert_eq!(
        seen(location::latest(other_way, at(now)).as_ref()),
        oracle(phone),
        "order is nothing"
    );
    let Some(shown) = shown else { return Ok(()) };
    let row = &phone.rows[&shown.fix().seq];
    let hour = shown.hour().map(At::micros);
    prop_assert!(hour.is_none_or(|hour| hour <= now), "a moment to come");
    let trusted = |row: &Row| {
        row.it.jumps == row.jumps
            && row.sent_at.is_some()
            && row.it.claimed.is_some()
            && !row.it.lost
    };
    if trusted(row) && row.arrived - row.it.truly_at < 3_000 * DAY {
        prop_assert_eq!(hour, Some(row.it.truly_at), "sent_at tells the age");
    }
    if phone.rows.values().all(trusted) {
        let last = phone.rows.values().map(|row| row.it.truly_at).max();
        prop_assert_eq!(hour, last, "the last place that she was at");
    }
    if !phone.was_ahead && row.sent_at.is_none() {
        prop_assert!(
            hour.is_none_or(|hour| hour <= row.it.truly_at),
            "no place is shown as younger than it is"
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn of_any_phone_the_place_that_is_shown_is_the_oracle_s(story in story()) {
        let (mut phones, mut now) = ([Phone::default(), Phone::default()], ten_o_clock().micros());
        for (who, act) in &story {
            if let Act::Waits(seconds) = act {
                now += seconds * SECOND;
            }
            phones[*who].does(act, now);
            holds(&phones[*who], now)?;
        }
    }
}

both_engines! {
    async fn what_is_read_back_of_any_two_phones_is_the_oracle_s_too(database) {
        let db = database.open();
        let mut runner = TestRunner::deterministic();
        for _ in 0..tier::count(12, 300) {
            let story = story().new_tree(&mut runner).unwrap().current();
            let alert = AlertId::new();
            let (key, devices) = (new_key(alert), [DeviceId::new(), DeviceId::new()]);
            let (mut phones, mut now) = ([Phone::default(), Phone::default()], ten_o_clock().micros());
            for (who, act) in &story {
                if let Act::Waits(seconds) = act {
                    now += seconds * SECOND;
                }
                let fixes = phones[*who].does(act, now);
                if fixes.is_empty() {
                    continue;
                }
                let rows = location::seal_fixes(&key, alert, devices[*who], &fixes);
                db.write(WritePriority::Background, move |conn| location::append(conn, &rows)).await.unwrap();
            }
            let within = key.clone();
            let places = db.read(move |conn| location::places(conn, &within, alert, at(now))).await.unwrap();
            let each = [0, 1].map(|who| oracle(&phones[who]));
            assert_eq!([0, 1].map(|who| seen(places.by_device().get(&devices[who]))), each, "{story:?}");
            let believed_first = each.into_iter().flatten().max_by_key(|(seq, hour)| (*hour, *seq));
            assert_eq!(seen(places.shown(at(now)).as_ref()).map(|(seq, hour)| (hour, seq)), believed_first.map(|(seq, hour)| (hour, seq)), "{story:?}");
        }
    }

    async fn our_own_clock_put_back_does_not_hold_her_at_an_old_place(database) {
        let db = database.open();
        let alert = AlertId::new();
        let (key, device, now) = (new_key(alert), DeviceId::new(), ten_o_clock());
        let fix = |seq: i64, lat: f64, at: At| {
            let value = json!([{ "seq": seq, "lat": lat, "lon": -106.0, "at": at }]);
            parse_batch(&Salvaged { value, ..Salvaged::default() }, at).unwrap().fixes.remove(0)
        };
        let back = now.minus(Duration::from_secs(3_600));
        let rows = location::seal_fixes(&key, alert, device, &[fix(1, 28.61, now), fix(2, 28.62, back)]);
        db.write(WritePriority::Background, move |conn| location::append(conn, &rows)).await.unwrap();
        for (when, shown) in [(now, (1, Some(now))), (back, (2, Some(back)))] {
            let key = key.clone();
            let latest = db.read(move |conn| location::shown(conn, &key, alert, when)).await.unwrap();
            assert_eq!(seen(latest.as_ref()), Some((shown.0, shown.1.map(At::micros))));
        }
    }
}
