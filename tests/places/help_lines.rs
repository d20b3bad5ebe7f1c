use ampara::clock::At;
use ampara::db::WritePriority;
use ampara::language::Language;
use ampara::municipality::{self, HelpLineDraft, chihuahua};

use super::ten_o_clock;
use crate::both_engines;

both_engines! {
    async fn chihuahua_s_lines_are_open_on_a_tuesday_and_911_always(database) {
        let db = database.open();
        let now = ten_o_clock();
        db.write(WritePriority::Background, move |conn| chihuahua::seed(conn, Some("+526140000000"), now)).await.unwrap();
        let lines = |at: At, language| {
            db.read(move |conn| {
                let town = municipality::find(conn, "chihuahua")?.expect("seeded");
                municipality::views(conn, &town, at, language)
            })
        };
        let open = lines(now, Language::Es).await.unwrap();
        assert_eq!(open.iter().map(|l| l.phone.as_str()).collect::<Vec<_>>(), ["911", "6144900789", "6144102305"]);
        assert!(open.iter().all(|l| l.open_now && l.opens_at.is_none()));
        assert_eq!(open[1].name, "Jurídico gratuito");
        let night = lines(At::parse("2026-12-24T20:00:00-06:00").unwrap(), Language::En).await.unwrap();
        assert_eq!(night.iter().map(|l| l.open_now).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(night[1].opens_at, Some(At::parse("2026-12-28T09:00:00-06:00").unwrap()), "after Christmas");
        assert_eq!(night[1].name, "Free legal advice");
    }

    async fn seeding_again_leaves_what_an_administrator_changed(database) {
        let db = database.open();
        let now = ten_o_clock();
        let id = db.write(WritePriority::Background, move |conn| chihuahua::seed(conn, None, now)).await.unwrap();
        let draft: HelpLineDraft =
            serde_json::from_str(r#"{"phone":"075","name_es":"Línea","name_en":"Line","always":true}"#).unwrap();
        let put = |drafts: Vec<HelpLineDraft>| {
            db.write(WritePriority::Background, move |conn| municipality::replace_help_lines(conn, id, &drafts, now))
        };
        put(vec![draft.clone()]).await.unwrap();
        assert!(put(vec![draft.clone(), HelpLineDraft { phone: "?".into(), ..draft }]).await.is_err());
        let again = db.write(WritePriority::Background, move |conn| chihuahua::seed(conn, None, now)).await.unwrap();
        assert_eq!(again, id);
        let lines = db.read(move |conn| municipality::help_lines(conn, id)).await.unwrap();
        assert_eq!(lines.iter().map(|l| l.phone.as_str()).collect::<Vec<_>>(), ["075"], "a refused list changes nothing");
    }

    async fn a_notice_that_was_published_is_never_altered(database) {
        let db = database.open();
        let now = ten_o_clock();
        let id = db.write(WritePriority::Background, move |conn| chihuahua::seed(conn, None, now)).await.unwrap();
        let version = chihuahua::NOTICE_VERSION;
        let read = |version: &'static str, language| db.read(move |conn| municipality::notice(conn, id, version, language));
        let first = read(version, Language::En).await.unwrap().unwrap();
        db.write(WritePriority::Background, move |conn| {
            municipality::publish_notice(conn, id, version, Language::En, "other words", now)?;
            municipality::publish_notice(conn, id, "2027-01", Language::Es, "palabras nuevas", now)?;
            municipality::set_notice_version(conn, id, "2027-01")
        })
        .await
        .unwrap();
        assert_eq!(read(version, Language::En).await.unwrap().unwrap(), first);
        assert_eq!(read("2027-01", Language::En).await.unwrap().unwrap(), "palabras nuevas", "Spanish where English lacks");
        assert_eq!(read("2030-01", Language::Es).await.unwrap(), None);
        let town = db.read(move |conn| municipality::by_id(conn, id)).await.unwrap().unwrap();
        assert_eq!((town.notice_version.as_str(), town.area_code.as_str()), ("2027-01", "614"));
    }

    async fn an_app_belongs_to_one_municipality(database) {
        let db = database.open();
        let now = ten_o_clock();
        let id = db.write(WritePriority::Background, move |conn| chihuahua::seed(conn, None, now)).await.unwrap();
        db.write(WritePriority::Background, move |conn| municipality::add_app(conn, "mx.gob.mia", id)).await.unwrap();
        let owner = |app: &'static str| db.read(move |conn| municipality::app_municipality(conn, app));
        assert_eq!(owner("mx.gob.mia").await.unwrap(), Some(id));
        assert_eq!(owner("another").await.unwrap(), None);
    }
}
