//! Which centre's record it is: two made-up centres that share a border.

use ampara::identity::model::Role;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

fn at(lon: f64, accuracy: f64) -> Value {
    json!({ "location": { "lat": 28.5, "lon": lon, "accuracy": accuracy } })
}

both_engines! {
    async fn a_point_on_each_side_of_the_border_and_on_it_comes_to_who_is_to_work_it(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let west = Operator911::sits_down_at(&town, town.centres[0], "west", Role::Operator, None).await;
        let east = Operator911::sits_down_at(&town, town.centres[1], "east", Role::Operator, None).await;
        // Her home is the west: a fix in the east adds the east, and the home keeps its claim.
        for (lon, accuracy, placed_by, both) in [
            (-106.000_01, 12.0, "home", false),
            (-105.999_99, 12.0, "fix", true),
            (-106.0, 12.0, "border", true),
            (-105.5, 1_500.0, "home", false),
        ] {
            let pressed = she.presses_with(at(lon, accuracy)).await;
            let record = west.sees_one().await;
            assert_eq!(record["placed_by"], placed_by, "{lon}: {record}");
            assert_eq!(!record["other_centre"].is_null(), both, "{lon}: {record}");
            assert_eq!(east.sees_queue().await.len(), usize::from(both), "{lon}");
            she.cancels(&pressed, "").await.expect(200);
            town.after(11).await;
            // No PIN proved that it was she: the record stays for a call-back until an operator closes
            // it.
            for record in west.sees_queue().await {
                west.claims(&record).await.expect(200);
                town.after(61).await;
                west.closes(&record, "no_contact").await.expect(200);
            }
        }
    }

    async fn without_a_fix_it_is_her_home_centres(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let west = Operator911::sits_down_at(&town, town.centres[0], "west", Role::Operator, None).await;
        she.presses_with(json!({})).await;
        let record = west.sees_one().await;
        assert_eq!((&record["placed_by"], &record["cell"]), (&json!("home"), &Value::Null));
    }

    async fn she_walks_across_the_border_and_the_other_centre_sees_it_too(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let west = Operator911::sits_down_at(&town, town.centres[0], "west", Role::Operator, None).await;
        let east = Operator911::sits_down_at(&town, town.centres[1], "east", Role::Operator, None).await;
        let pressed = she.presses_with(at(-106.01, 12.0)).await;
        assert!(east.sees_queue().await.is_empty());
        she.walks(&pressed, &[(9, 28.5, -105.98)]).await;
        assert_eq!(east.sees_one().await["cell"], "28.50,-105.98");
        assert_eq!(west.sees_one().await["id"], east.sees_one().await["id"]);
    }
}
