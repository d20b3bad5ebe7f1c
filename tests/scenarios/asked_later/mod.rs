//! A press asks the plan before it writes; a tick asks it of what is written. Both leave the same.
//!
//! Two women who have the same contacts, choices and shift press at the same moment. The first
//! press asks the plan. The second writes the alert and leaves the plan to the engine, as a press
//! does whose plan fails; then the engine is asked once. What the two changed in all tables must be
//! equal, and so must what their phones are told. Ids are named in the order in which they appear,
//! sealed columns are opened. Left out are what a press draws ahead (folio numbers) and the lease
//! of a message, which only a press with a running sender has.

mod case;
mod cast;
mod people;
mod rows;

use ampara::alerts::engine::run;
use ampara::alerts::press::raise::{raise, raise_deferred};
use ampara::http::HungUp;
use ampara::ids::ClientId;

use self::case::{Case, Dice};
use self::cast::World;
use self::rows::Tables;
use crate::both_engines;
use crate::harness::tier;

/// One value of one row that a press has just written, changed behind its back.
const SPOILT: [&str; 7] = [
    "update alerts set plan_due_at = plan_due_at + 1 where id = (select id from alerts order by id desc limit 1)",
    "update people set open_alerts = 2 where id = (select person from alerts order by id desc limit 1)",
    "update records set level = 1 where id = (select id from records order by id desc limit 1)",
    "update notifications set deadline = deadline + 1 where id = (select id from notifications order by id desc limit 1)",
    "update timeline set actor_kind = 'her' where id = (select id from timeline order by id desc limit 1)",
    "update watch_links set created_at = created_at + 1 where alert = (select id from alerts order by id desc limit 1)",
    "update fixes set plausible = not plausible where alert = (select id from alerts order by id desc limit 1)",
];

/// What a press changed in the whole database, and what her phone is told of it.
async fn pressed(
    world: &World,
    case: &Case,
    deferred: bool,
    spoilt: Option<&'static str>,
) -> Vec<String> {
    let caller = world.woman(case).await;
    let (client_id, press) = (ClientId::new(), world.press(case));
    let before = world.tables().await;
    let view = if deferred {
        raise_deferred(&world.alerts, &caller, client_id, press)
            .await
            .unwrap();
        assert_eq!(
            run::tick(&world.alerts).await.unwrap(),
            1,
            "one plan is due"
        );
        world.alerts.view(&caller, client_id).await.unwrap()
    } else {
        let raised = raise(&world.alerts, &caller, client_id, press, HungUp::default());
        raised.await.unwrap().unwrap().view
    };
    if let Some(sql) = spoilt {
        world.spoils(sql).await;
    }
    let changed = Tables::changed(world.tables().await, &before);
    let mut told = changed.in_plain(&world.foundation.keys);
    told.push(("told".to_owned(), serde_json::to_value(view).unwrap()));
    if let Some(place) = world.place(&changed).await {
        told.push(("place".to_owned(), place));
    }
    rows::named(told)
}

async fn presses_are_equal(world: &World, seed: u64) {
    let case = Case::of(&mut Dice::new(seed));
    let connected = world.takes_shift(&case).await;
    world.has_senders(&case).await;
    let (asked_now, asked_later) = (
        pressed(world, &case, false, None).await,
        pressed(world, &case, true, None).await,
    );
    world.goes_home(connected).await;
    let only = |these: &[String], others: &[String]| -> Vec<String> {
        these
            .iter()
            .filter(|row| !others.contains(row))
            .cloned()
            .collect()
    };
    assert!(
        asked_now == asked_later,
        "seed {seed}: {case:#?}\nasked in the press:\n{:#?}\nasked by the engine:\n{:#?}",
        only(&asked_now, &asked_later),
        only(&asked_later, &asked_now),
    );
    assert!(asked_now.len() > 2, "{asked_now:?}");
}

both_engines! {
    async fn a_press_whose_plan_is_asked_later_leaves_the_same_rows(database) {
        let world = World::set(database).await;
        for seed in 0..u64::try_from(tier::count(30, 300)).unwrap() {
            presses_are_equal(&world, seed).await;
        }
    }

    async fn one_value_that_differs_is_noticed(database) {
        let world = World::set(database).await;
        let case = Case::plain();
        let asked_now = pressed(&world, &case, false, None).await;
        for spoilt in SPOILT {
            let other = pressed(&world, &case, true, Some(spoilt)).await;
            let differs = asked_now.iter().filter(|row| !other.contains(row)).count();
            assert_eq!((asked_now.len(), differs), (other.len(), 1), "{spoilt}");
        }
    }
}
