//! What ends by itself on her list: invitations without an answer, and the names of those who
//! are contacts no more.

use ampara::network::retention;
use serde_json::json;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, PhoneOnly, Town};

const DAY: u64 = 24 * 60 * 60;

/// Days later, as the daily pass has left it; her session is fresh.
async fn pass(town: &Town, she: &mut Her<'_>, days: u64) -> usize {
    town.after(days * DAY).await;
    let forgotten = retention::pass(&town.app.foundation).await.unwrap();
    she.refreshes().await;
    she.client()
        .post("/v1/sessions/step-up", &json!({ "pin": "4821" }))
        .await
        .expect(200);
    forgotten
}

both_engines! {
    async fn an_invitation_that_ran_out_is_shown_as_such_and_may_be_sent_again(database) {
        let town = Town::found(database).await;
        let mut she = Her::signs_in(&town, HER_PHONE).await;
        she.sets_pin("4821").await;
        let (first, link) = she.invites("Prima", "+526144100002").await;
        pass(&town, &mut she, 6).await;
        assert_eq!(she.lists().await[0]["state"], "invited");
        pass(&town, &mut she, 1).await;
        let listed = she.lists().await;
        assert_eq!((&listed[0]["state"], listed.len()), (&json!("expired"), 1));
        let told = she.client().get("/v1/me/readiness").await.expect(200);
        assert_eq!((&told["contacts"][0]["state"], &told["contacts"][0]["do"]), (&json!("expired"), &json!(["invite_again"])));
        assert_eq!(town.app.anyone().get(&link).await.status.as_u16(), 410);
        let (second, link) = she.invites("Prima", "+526144100002").await;
        assert_ne!(first, second);
        let listed = she.lists().await;
        assert_eq!((&listed[0]["id"], &listed[0]["state"], listed.len()), (&json!(second), &json!("invited"), 1));
        let prima = PhoneOnly::new(&town, second, "+526144100002");
        prima.accepts_on_the_page(&link, "Tu prima").await;
        assert_eq!(she.lists().await[0]["state"], "active");
        pass(&town, &mut she, 8).await;
        assert_eq!(she.lists().await[0]["state"], "active", "an invitation that was accepted does not run out");
    }

    async fn one_that_ran_out_holds_no_place_and_may_be_taken_off_the_list(database) {
        let town = Town::found_with(database, ampara::municipality::chihuahua::CENTRES_GEOJSON, |s| {
            s.set("network.max_contacts", 1);
        }).await;
        let mut she = Her::signs_in(&town, HER_PHONE).await;
        she.sets_pin("4821").await;
        let (prima, _) = she.invites("Prima", "+526144100002").await;
        let another = json!({ "name": "Vecina", "phone": "+526144100004" });
        she.client().post("/v1/contacts", &another).await.expect_problem(409, "contact-limit");
        pass(&town, &mut she, 7).await;
        she.invites("Vecina", "+526144100004").await;
        assert_eq!(she.lists().await.len(), 2);
        she.removes(&prima).await;
        assert_eq!(she.lists().await.len(), 1);
    }

    async fn names_and_numbers_of_contacts_who_are_none_any_more_are_forgotten(database) {
        let town = Town::found(database).await;
        let mut she = Her::signs_in(&town, HER_PHONE).await;
        she.sets_pin("4821").await;
        let (contact, link) = she.invites("Vecina", "+526144100004").await;
        let vecina = PhoneOnly::new(&town, contact, "+526144100004");
        vecina.accepts_on_the_page(&link, "").await;
        let _stays = she.trusts_by_phone("Prima", "+526144100002").await;
        vecina.leaves(&link).await;
        let (_, declined) = she.invites("Otra", "+526144100005").await;
        town.app.anyone().form(&declined, &[("answer", "decline"), ("language", "es")]).await;
        assert_eq!(pass(&town, &mut she, 90).await, 0);
        assert_eq!(town.count("select count(*) as n from contacts").await, 3);
        assert_eq!(pass(&town, &mut she, 1).await, 2);
        assert_eq!(town.count("select count(*) as n from contacts").await, 1);
        assert_eq!(town.count("select count(*) as n from invitations").await, 1);
        assert_eq!(she.lists().await[0]["name"], "Prima");
        assert_eq!(town.app.anyone().get(&declined).await.status.as_u16(), 404);
    }
}
