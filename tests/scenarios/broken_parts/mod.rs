//! One part that is missing (a week's key, a seal key, a centre, a sender) costs what it holds and
//! nothing else: every view of an alert and every verb of it goes on, and another woman's alert
//! stands whole beside it.

mod night;
mod parts;

use std::collections::BTreeMap;

use ampara::seal::{self, SealError};
use serde_json::{Value, json};
use uuid::Uuid;

use self::night::{Desk, Neighbour, Night};
use self::parts::{PARTS, SHARED};
use super::broken_rows::behind_its_back;
use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::log::Log;
use crate::harness::people::{Account, Her, Town};

/// Whether `after` shows what `before` did, but for parts that are now null or empty. What is the
/// neighbour's is the same.
fn fits(before: &Value, after: &Value, neighbour: &Neighbour) -> bool {
    let is_hers = |part: &Value| {
        part.as_str()
            .is_some_and(|id| neighbour.ids.iter().any(|n| n == id))
    };
    match (before, after) {
        (Value::Object(parts), Value::Object(_)) if parts.values().any(is_hers) => before == after,
        // Places are sealed whole, and the one before stands in.
        (Value::Object(parts), _) if parts.contains_key("lat") => {
            after.is_null() || after["lat"].is_number()
        }
        (Value::Object(parts), Value::Object(now)) => parts
            .iter()
            .all(|(name, part)| fits(part, now.get(name).unwrap_or(&Value::Null), neighbour)),
        (Value::Array(items), Value::Array(now)) => items.iter().all(|item| {
            item["lat"].is_number() || now.iter().any(|now| fits(item, now, neighbour))
        }),
        _ => before == after || after.is_null() || after == "",
    }
}

/// What is wrong with what is shown after a part was taken away, from which those routes follow.
fn wrong(
    before: &BTreeMap<String, (u16, Value)>,
    after: &BTreeMap<String, (u16, Value)>,
    neighbour: &Neighbour,
    follows: &[&str],
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (who, (status, body)) in before {
        let (now, shown) = &after[who];
        let follows = follows.iter().any(|path| who.starts_with(path));
        let stands = match follows {
            true => *now < 500,
            false => now == status && fits(body, shown, neighbour),
        };
        if !stands {
            wrong.push(format!("{who}: {status} {body}\n   became {now} {shown}"));
        }
    }
    wrong
}

async fn town_of(database: TestDatabase) -> Town {
    let town = Town::found_at_a_border(database).await;
    town.calls_people().await;
    town
}

#[test]
fn what_does_not_open_is_told_once() {
    let log = Log::heard();
    let (row, other) = (Uuid::new_v4(), Uuid::new_v4());
    let missing = || Err::<(), _>(SealError::NoKey(format!("seal-{row}")));
    for _ in 0..3 {
        for row in [row, other] {
            assert!(seal::or_none("a name", row, missing()).is_none());
            assert!(seal::or_none("a note", row, Err::<(), _>(SealError::Tampered)).is_none());
            let destroyed = SealError::EpochDestroyed("2026-W48".to_owned());
            assert!(seal::or_none("a place", row, Err::<(), _>(destroyed)).is_none());
        }
    }
    let told = log.alarms();
    let of = |what: &str| told.iter().filter(|words| words.contains(what)).count();
    assert_eq!(
        (of("a name"), of("a note"), of("a place")),
        (1, 2, 0),
        "a key once, a changed row each: {told:?}"
    );
}

both_engines! {
    async fn what_one_woman_lost_costs_its_own_field_on_every_route(database) {
        let town = town_of(database).await;
        let desk = Desk::of(&town).await;
        let mut prima = Account::signs_in(&town, "+526144100002").await;
        prima.takes_pushes_at("token-prima").await;
        let neighbour = Neighbour::of(&town, &desk, &prima).await;
        town.app.fcm.take_all();
        let mut faults = Vec::new();
        for (nth, (part, sql)) in PARTS.iter().enumerate() {
            prima.refreshes().await;
            let night = Night::falls(&town, &desk, &prima, nth).await;
            let before = night.seen(&desk).await;
            assert!(before.len() > 40, "{before:?}");
            night.breaks(sql).await;
            let after = night.seen(&desk).await;
            let mut found = wrong(&before, &after, &neighbour, &["/v1/audit"]);
            found.extend(night.goes_on(&desk).await);
            if !found.is_empty() {
                faults.push(format!("without {part}:\n {}", found.join("\n ")));
            }
        }
        town.app.twilio.take_calls();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    async fn what_a_town_lost_costs_its_own_field_on_every_route(database) {
        let mut faults = Vec::new();
        for (part, all, follows) in SHARED {
            let town = town_of(TestDatabase::fresh(database.engine)).await;
            let desk = Desk::of(&town).await;
            let prima = Account::signs_in(&town, "+526144100002").await;
            prima.takes_pushes_at("token-prima").await;
            let neighbour = Neighbour::of(&town, &desk, &prima).await;
            let night = Night::falls(&town, &desk, &prima, 0).await;
            let before = night.seen(&desk).await;
            for sql in all {
                behind_its_back(&town, sql, &town.centres[0].to_string()).await;
            }
            let after = night.seen(&desk).await;
            let mut found = wrong(&before, &after, &neighbour, follows);
            found.extend(night.goes_on(&desk).await);
            if !found.is_empty() {
                faults.push(format!("without {part}:\n {}", found.join("\n ")));
            }
            town.app.twilio.take_calls();
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    async fn a_place_that_does_not_open_leaves_the_one_before_it(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, "+526144100001").await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let place = json!({ "lat": 28.63, "lon": -106.07, "seq": 1, "at": town.app.clock.now() });
        let pressed = she.presses_with(json!({ "location": place })).await;
        prima.gets_alarm().await;
        town.after(20).await;
        she.walks(&pressed, &[(2, 28.64, -106.08), (3, 28.65, -106.09)]).await;
        let lost = "update fixes set sealed = {junk} where alert = {id} and seq > 1";
        assert_eq!(behind_its_back(&town, lost, pressed.id()).await, 2);
        let shown = prima.watching().await[0]["place"].clone();
        assert_eq!((&shown["lat"], &shown["at"]), (&json!(28.63), &place["at"]));
    }
}
