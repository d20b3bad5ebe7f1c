//! She asks who read her data.

use std::time::Duration;

use ampara::identity::model::Role;
use serde_json::json;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

both_engines! {
    async fn she_lists_who_read_her_data_and_is_told_no_name(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        she.presses().await;
        assert_eq!(she.client().get("/v1/me/accesses").await.expect(200)["items"], json!([]), "nobody yet");
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        town.app.clock.advance(Duration::from_secs(1));
        marta.reads(&record).await.expect(200);

        let first = she.client().get("/v1/me/accesses?limit=1").await;
        assert!(!first.text.contains("marta") && !first.text.contains(&marta.id), "{}", first.text);
        let first = first.expect(200);
        let newest = &first["items"][0];
        assert_eq!((&newest["role"], &newest["centre"]), (&json!("operator"), &json!("Centro 911 Chihuahua")));
        let next = first["next"].as_str().unwrap();
        let second = she.client().get(&format!("/v1/me/accesses?limit=1&cursor={next}")).await.expect(200);
        assert_eq!(second["items"][0]["action"], "claimed");
        she.client().get("/v1/me/accesses?limit=0").await.expect_problem(400, "bad-query");
        she.client().get("/v1/me/accesses?cursor=no").await.expect_problem(400, "bad-query");

        let other = Her::signs_in(&town, "+526144100009").await;
        assert_eq!(other.client().get("/v1/me/accesses").await.expect(200)["items"], json!([]), "hers alone");
        town.app.clock.advance(Duration::from_secs(11 * 60));
        she.client().get("/v1/me/accesses").await.expect_problem(403, "step-up-needed");
        town.app.anyone().get("/v1/me/accesses").await.expect_problem(401, "unauthorized");
    }
}
