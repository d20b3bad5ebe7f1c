//! Who is there tonight, for those who lead a shift.

use ampara::identity::model::Role;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::client;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

async fn looks(who: &Operator911<'_>) -> Value {
    let list = who.gets("/v1/shift").await.expect(200);
    assert!(list["next"].is_null());
    list["items"].clone()
}

fn names(shift: &Value) -> Vec<&str> {
    shift["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect()
}

both_engines! {
    async fn a_supervisor_sees_who_is_there_since_when_and_how_much_each_works(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        Operator911::sits_down(&town, "away", Role::Operator).await;
        let begun = town.app.clock.now();
        let _window = marta.watches().await;
        town.app.clock.advance(std::time::Duration::from_secs(4));
        let _other_window = marta.watches().await;
        let _hers = boss.watches().await;
        she.presses().await;
        marta.claims(&marta.sees_one().await).await.expect(200);

        let shifts = looks(&boss).await;
        assert_eq!(shifts.as_array().unwrap().len(), 1);
        let here = &shifts[0];
        assert_eq!((&here["operators"], &here["supervisors"], &here["nobody"]), (&json!(1), &json!(1), &Value::Null));
        assert_eq!(names(here), ["Oficial marta", "Oficial boss"], "once each, the longest first");
        let first = &here["people"][0];
        assert_eq!((&first["since"], &first["records"], &first["role"]), (&json!(begun), &json!(1), &json!("operator")));
        assert_eq!(here["people"][1]["records"], 0);
    }

    async fn administrators_see_numbers_alone_and_the_others_nothing(database) {
        let town = Town::found_at_a_border(database).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let admin = Operator911::sits_down(&town, "admin", Role::Administrator).await;
        let ima = Operator911::sits_down(&town, "ima", Role::Auditor).await;
        let _feed = marta.watches().await;
        let reply = admin.gets("/v1/shift").await;
        for personal in ["marta", &marta.id] {
            assert!(!reply.text.contains(personal), "{personal}: {}", reply.text);
        }
        let shifts = reply.expect(200)["items"].clone();
        let numbers: Vec<_> = shifts.as_array().unwrap().iter().map(|s| (&s["name"], &s["operators"], s["nobody"].is_null())).collect();
        assert_eq!(numbers, [(&json!("Poniente"), &json!(1), true), (&json!("Oriente"), &json!(0), false)]);
        assert!(shifts.as_array().unwrap().iter().all(|s| s["people"].is_null()));
        for who in [&marta, &ima] {
            who.gets("/v1/shift").await.expect_problem(403, "forbidden");
        }
        town.app.anyone().get("/v1/shift").await.expect_problem(401, "unauthorized");
    }

    async fn an_empty_shift_says_what_happens_then(database) {
        let town = Town::found(database).await;
        let centre = town.centres[0];
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let nobody = looks(&boss).await[0]["nobody"].clone();
        assert_eq!((&nobody["supervisors_called"], &nobody["call_911_after_s"], &nobody["backup"]), (&json!(false), &json!(60), &Value::Null));
        assert!(nobody["text"].as_str().unwrap().contains("No hay teléfono de supervisión"), "{nobody}");
        Operator911::sits_down_at(&town, centre, "chief", Role::Supervisor, Some("6144101234")).await;
        let english = boss.request(reqwest::Method::GET, "/v1/shift").header("accept-language", "en");
        let nobody = client::sent(english).await.expect(200)["items"][0]["nobody"].clone();
        assert_eq!(nobody["supervisors_called"], true);
        assert!(nobody["text"].as_str().unwrap().contains("called at once"), "{nobody}");
    }

    async fn who_stands_on_no_list_stands_on_this_one_for_the_unlisted_alone(database) {
        let town = Town::found(database).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let reserved = Operator911::sits_down_unlisted(&town, "reserved").await;
        let _feed = reserved.watches().await;
        let seen = looks(&boss).await[0].clone();
        assert_eq!((names(&seen).len(), &seen["supervisors"], seen["nobody"].is_object()), (0, &json!(0), true));
        let seen = looks(&reserved).await[0].clone();
        assert_eq!((names(&seen), &seen["supervisors"]), (vec!["Oficial reserved"], &json!(1)));
    }

    async fn a_count_does_not_tell_an_officer_of_a_record_in_which_he_is_named(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        she.names_officer("BOSS").await;
        let _feed = marta.watches().await;
        she.presses().await;
        // No unlisted supervisor is there: after a while the others see it, but never he.
        town.after(31).await;
        let mut feed = marta.watches().await;
        let record = feed.expects_record(|_| true).await;
        marta.claims(&record).await.expect(200);
        let here = looks(&boss).await[0].clone();
        assert_eq!((names(&here), &here["people"][0]["records"]), (vec!["Oficial marta"], &json!(0)));
    }
}
