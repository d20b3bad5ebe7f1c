//! Who can act on a record now: the plan, her readiness, the heartbeat and the feeds agree.

use ampara::identity::model::Role;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town, path_of};

const BOSS_PHONE: &str = "+526144100090";
const FAR_BOSS_PHONE: &str = "+526144100091";

/// The first centre, whose backup is the second.
const BACKED: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "PON", "name": "Poniente", "rank": 1, "default": true, "backup": "ORI"},
  "geometry": {"type": "Polygon", "coordinates": [[[-107, 28], [-106, 28], [-106, 29], [-107, 29], [-107, 28]]]}},
 {"type": "Feature", "properties": {"code": "ORI", "name": "Oriente", "rank": 2},
  "geometry": {"type": "Polygon", "coordinates": [[[-106, 28], [-105, 28], [-105, 29], [-106, 29], [-106, 28]]]}}]}"#;

async fn backed(database: TestDatabase) -> Town {
    Town::found_with(database, BACKED, |_| {}).await
}

async fn supervisor<'t>(town: &'t Town, centre: usize, name: &str, phone: &str) -> Operator911<'t> {
    let centre = town.centres[centre];
    Operator911::sits_down_at(town, centre, name, Role::Supervisor, Some(phone)).await
}

/// Which numbers were texted since the last look, and how often.
fn texted(town: &Town) -> Vec<String> {
    let mut to: Vec<String> = town
        .app
        .twilio
        .take_all()
        .into_iter()
        .map(|sms| sms.to)
        .collect();
    to.sort();
    to
}

/// The seconds after `from` at which a text came, looked at every five minutes.
async fn texts(town: &Town, from: ampara::clock::At, seconds: u64) -> Vec<u64> {
    let mut came = Vec::new();
    for _ in 0..seconds / 300 {
        town.after(300).await;
        let at = town.app.clock.now().since(from).as_secs();
        came.extend(town.app.twilio.take_all().iter().map(|_| at));
    }
    came
}

async fn closed_by(operator: &Operator911<'_>, record: &Value) {
    operator.claims(record).await.expect(200);
    operator.town().after(61).await;
    operator.closes(record, "attended").await.expect(200);
}

both_engines! {
    async fn the_officer_she_named_is_no_shift_and_both_centres_supervisors_hear_at_once(database) {
        let town = backed(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let named = Operator911::sits_down(&town, "ds-4471", Role::Operator).await;
        let _feed = named.watches().await;
        let _boss = supervisor(&town, 0, "boss", BOSS_PHONE).await;
        let _far = supervisor(&town, 1, "far", FAR_BOSS_PHONE).await;
        she.names_officer("DS-4471").await;
        she.presses_with(json!({})).await;
        assert_eq!(texted(&town), [BOSS_PHONE, FAR_BOSS_PHONE]);
    }

    async fn a_supervisor_from_whom_it_is_hidden_for_now_hears_nothing_of_it(database) {
        let town = backed(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let _named = Operator911::sits_down(&town, "ds-4471", Role::Operator).await;
        let unlisted = Operator911::sits_down_unlisted(&town, "reserved").await;
        let _feed = unlisted.watches().await;
        let _boss = supervisor(&town, 0, "boss", BOSS_PHONE).await;
        let _far = supervisor(&town, 1, "far", FAR_BOSS_PHONE).await;
        she.names_officer("DS-4471").await;
        she.presses_with(json!({})).await;
        assert_eq!(unlisted.sees_queue().await.len(), 1);
        assert_eq!(texted(&town), [FAR_BOSS_PHONE]);
    }

    async fn a_named_supervisor_is_never_alarmed_at_either_centre(database) {
        let town = backed(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let _named = supervisor(&town, 1, "ds-4471", FAR_BOSS_PHONE).await;
        let _boss = supervisor(&town, 0, "boss", BOSS_PHONE).await;
        she.names_officer("DS-4471").await;
        she.presses_with(json!({})).await;
        town.after(400).await;
        let texted = texted(&town);
        assert!(texted.contains(&BOSS_PHONE.to_owned()) && !texted.contains(&FAR_BOSS_PHONE.to_owned()), "{texted:?}");
    }

    async fn the_backups_supervisors_hear_the_moment_it_is_widened(database) {
        let town = backed(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let _marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _far = supervisor(&town, 1, "far", FAR_BOSS_PHONE).await;
        she.presses_with(json!({})).await;
        town.after(119).await;
        assert_eq!(texted(&town), Vec::<String>::new());
        town.after(1).await;
        let texted = texted(&town);
        assert!(!texted.is_empty() && texted.iter().all(|to| to == FAR_BOSS_PHONE), "{texted:?}");
    }

    async fn whom_she_named_makes_her_no_more_ready(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let named = Operator911::sits_down(&town, "ds-4471", Role::Operator).await;
        let _feed = named.watches().await;
        let on_shift = async || she.client().get("/v1/me/readiness").await.expect(200)["own"]["nine11_on_shift"].clone();
        assert_eq!(on_shift().await, true);
        she.names_officer("DS-4471").await;
        assert_eq!(on_shift().await, false);
        let unlisted = Operator911::sits_down_unlisted(&town, "reserved").await;
        let _other = unlisted.watches().await;
        assert_eq!(on_shift().await, true);
    }

    async fn asking_for_911_queues_a_closed_record_again_each_time(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let pressed = she.presses().await;
        for _ in 0..2 {
            let record = marta.sees_one().await;
            closed_by(&marta, &record).await;
            assert!(marta.sees_queue().await.is_empty());
            town.after(5).await;
            she.escalates(&pressed).await;
            let again = marta.sees_one().await;
            assert_eq!((&again["id"], &again["state"]), (&record["id"], &json!("queued")));
            assert!(again["flags"].as_array().unwrap().contains(&json!("reopened")), "{again}");
        }
        let version = marta.sees_one().await["version"].clone();
        she.escalates(&pressed).await;
        assert_eq!(marta.sees_one().await["version"], version, "it is in the queue already");
    }

    async fn a_record_that_comes_back_to_an_empty_shift_alarms_supervisors_at_once(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _boss = supervisor(&town, 0, "boss", BOSS_PHONE).await;
        let pressed = she.presses().await;
        closed_by(&marta, &marta.sees_one().await).await;
        texted(&town);
        town.after(5).await;
        she.escalates(&pressed).await;
        assert_eq!(texted(&town), [BOSS_PHONE]);
    }

    async fn supervisors_hear_every_five_minutes_for_an_hour_then_seldom_and_never_after_its_end(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let _boss = supervisor(&town, 0, "boss", BOSS_PHONE).await;
        let pressed = town.app.clock.now();
        she.presses_with(json!({})).await;
        town.after(60).await;
        assert_eq!(texted(&town), [BOSS_PHONE, BOSS_PHONE], "to an empty shift, and unclaimed for a minute");
        let came = texts(&town, pressed, 6 * 3_600).await;
        let soon = (1..=12).map(|n| 60 + n * 300);
        let later = (1..=4).map(|n| 3_660 + n * 1_800);
        let last = (1..=3).map(|n| 10_860 + n * 3_600);
        assert_eq!(came, soon.chain(later).chain(last).collect::<Vec<_>>());
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        closed_by(&marta, &marta.sees_one().await).await;
        texted(&town);
        assert_eq!(texts(&town, pressed, 3 * 3_600).await, [0_u64; 0]);
    }

    async fn a_drill_in_which_she_walked_is_a_record_with_a_place_once_it_is_real(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let east = Operator911::sits_down_at(&town, town.centres[1], "east", Role::Operator, None).await;
        let drill = she.presses_with(json!({ "drill": true })).await;
        she.walks(&drill, &[(1, 28.5, -105.5)]).await;
        town.after(3).await;
        // Under the drill's own id, and without a place.
        she.presses_as(&drill.client_id, &json!({})).await.expect(200);
        town.app.settle().await;
        let record = east.sees_one().await;
        assert_eq!(record["cell"], "28.50,-105.50", "{record}");
        east.gets(&path_of(&record, "")).await.expect(200);
    }

    async fn a_real_press_under_the_drills_id_brings_its_own_place(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let east = Operator911::sits_down_at(&town, town.centres[1], "east", Role::Operator, None).await;
        let drill = she.presses_with(json!({ "drill": true })).await;
        let place = json!({ "location": { "lat": 28.5, "lon": -105.5, "accuracy": 12.0, "seq": 2 } });
        she.presses_as(&drill.client_id, &place).await.expect(200);
        assert_eq!(east.sees_one().await["cell"], "28.50,-105.50");
        assert_eq!(town.count("select count(*) as n from fixes").await, 1, "it is on the trail too");
    }
}
