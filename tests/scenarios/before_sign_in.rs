//! What an app asks before its user has signed in.

use ampara::db::WritePriority;
use ampara::language::Language;
use ampara::municipality::{self, MunicipalityError, chihuahua};
use serde_json::json;

use crate::both_engines;
use crate::harness::people::Town;

both_engines! {
    async fn an_app_finds_its_municipality_and_the_notice_to_show(database) {
        let town = Town::found(database).await;
        let anyone = town.app.anyone();
        let listed = anyone.get("/v1/municipalities").await;
        assert_eq!(listed.headers["cache-control"], "public, max-age=60");
        let listed = listed.expect(200);
        assert_eq!(listed["items"][0]["code"], chihuahua::CODE);
        assert_eq!(listed["items"][0]["time_zone"], "America/Chihuahua");
        assert!(listed["items"][0]["privacy_notice"].is_null(), "texts are asked for one by one");
        let path = format!("/v1/municipalities/{}", chihuahua::CODE);
        let mut one = anyone.get(&path).await.expect(200);
        let notice = one.as_object_mut().unwrap().remove("privacy_notice").unwrap();
        assert_eq!(one, listed["items"][0], "the same members in both");
        assert_eq!(one["privacy_notice_version"], chihuahua::NOTICE_VERSION);
        assert_eq!(one["languages"], json!(["es", "en"]));
        assert!(notice["es"].as_str().unwrap().contains("Qué guardamos"));
        assert!(notice["en"].as_str().unwrap().contains("What we keep"));
    }

    async fn a_notice_without_english_words_says_so(database) {
        let town = Town::found(database).await;
        let (id, now) = (town.id, town.app.clock.now());
        town.app.foundation.db.write(WritePriority::Background, move |conn| {
            municipality::publish_notice(conn, id, "2027-01", Language::Es, "Palabras nuevas.", now)?;
            municipality::add_app(conn, "mx.example.otra", id)?;
            municipality::set_notice_version(conn, id, "2027-01")?;
            Ok::<_, MunicipalityError>(())
        }).await.unwrap();
        let path = format!("/v1/municipalities/{}", chihuahua::CODE);
        let one = town.app.anyone().get(&path).await.expect(200);
        assert_eq!(one["privacy_notice_version"], "2027-01");
        assert_eq!(one["languages"], json!(["es"]));
        assert_eq!(one["privacy_notice"], json!({ "es": "Palabras nuevas." }));
        assert!(one["apps"].as_array().unwrap().contains(&json!("mx.example.otra")));
    }

    async fn a_municipality_that_is_not_served_is_not_found(database) {
        let town = Town::found(database).await;
        for code in ["atlantis", "CHIHUAHUA", "%00", "a%2Fb"] {
            let path = format!("/v1/municipalities/{code}");
            town.app.anyone().get(&path).await.expect_problem(404, "not-found");
        }
    }
}
