//! Each way in which a provider can fail × each channel: every message ends in a state that she can
//! see, the next channel is tried within fifteen seconds of a failure, and within thirty where all
//! that fails is a receipt.

use ampara::delivery::NotificationFact;

use super::stage::{Alert, first};
use super::ways::{CALL, FAULTS, Fault, MAIL, PUSH, TEXT, Way, World};
use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::tier;

/// No contact confirms anything: each medium is tried in its turn.
async fn fails(database: TestDatabase, way: &Way, fault: Fault) {
    let count = tier::count(3, 200);
    let world = World::set(database, count, way, fault).await;
    let stage = &world.stage;
    let mut alerts = Vec::with_capacity(count);
    for she in &stage.people {
        alerts.push(stage.presses(she).await);
    }
    stage.lets_all_end().await;
    let mut over_it = Vec::new();
    for alert in &alerts {
        over_it.extend(all_was_tried(&world, alert, way, fault).await);
        she_sees_how_it_ended(alert, fault).await;
    }
    let tries = stage.tries(&over_it).await;
    assert!(
        tries.contains(&world.shown),
        "{fault:?} does not show itself: {tries:?}"
    );
    world.take_all();
}

/// The messages that went this way.
async fn all_was_tried(
    world: &World,
    alert: &Alert,
    way: &Way,
    fault: Fault,
) -> Vec<NotificationFact> {
    let told = world.stage.told(alert).await;
    for facts in told.values() {
        let at = first(facts, way.medium)
            .unwrap_or_else(|| panic!("{fault:?}: {:?} was not tried: {facts:?}", way.medium));
        if let Some(next) = (way.next)(fault) {
            let next = first(facts, next)
                .unwrap_or_else(|| panic!("{fault:?}: no {next:?} followed: {facts:?}"));
            let after = next.since(at).as_secs();
            assert!(
                after <= fault.leads_on_within(),
                "{fault:?}: the next channel {after} s later: {facts:?}"
            );
        }
        let open: Vec<_> = facts.iter().filter(|f| !f.state.settled()).collect();
        assert!(open.is_empty(), "{fault:?}: these have not ended: {open:?}");
    }
    told.into_values()
        .flatten()
        .filter(|f| f.channel.medium() == way.medium)
        .collect()
}

async fn she_sees_how_it_ended(alert: &Alert, fault: Fault) {
    let shown = alert.shown().await;
    for contact in shown["contacts"].as_array().unwrap() {
        let (reach, reason) = (contact["reach"].as_str().unwrap(), &contact["reason"]);
        let ended = reach == "expired" || (reach == "failed" && reason.is_string());
        assert!(ended, "{fault:?}: {contact}");
    }
}

async fn fails_in_each_way(database: TestDatabase, way: &Way) {
    let begun = std::time::Instant::now();
    for fault in FAULTS {
        fails(TestDatabase::fresh(database.engine), way, fault).await;
        println!("{fault:?}: {:?}", begun.elapsed());
    }
}

both_engines! {
    async fn pushes_fail_in_each_way(database) {
        fails_in_each_way(database, &PUSH).await;
    }

    async fn texts_fail_in_each_way(database) {
        fails_in_each_way(database, &TEXT).await;
    }

    async fn calls_fail_in_each_way(database) {
        fails_in_each_way(database, &CALL).await;
    }

    async fn letters_fail_in_each_way(database) {
        fails_in_each_way(database, &MAIL).await;
    }
}
