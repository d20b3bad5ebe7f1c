use ampara::db::WritePriority;
use ampara::escalation::centres::{self, CentreCache, ImportError};
use ampara::escalation::geojson_import::drafts;
use ampara::escalation::{PlacedBy, Spot};
use ampara::municipality::chihuahua;

use super::ten_o_clock;
use crate::both_engines;

const TWO: &str = r#"{"type":"FeatureCollection","features":[
  {"type":"Feature","properties":{"code":"CUU","name":"Uno","rank":2,"default":true,"backup":"JRZ"},
   "geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}},
  {"type":"Feature","properties":{"code":"JRZ","name":"Dos","rank":1},
   "geometry":{"type":"Polygon","coordinates":[[[1,0],[2,0],[2,1],[1,1],[1,0]]]}}]}"#;

both_engines! {
    async fn an_imported_file_places_her_at_once(database) {
        let db = database.open();
        let now = ten_o_clock();
        let cache = CentreCache::default();
        assert!(cache.latest().is_none());
        let (town, placed) = db
            .write(WritePriority::Background, move |conn| -> Result<_, ImportError> {
                let town = chihuahua::seed(conn, None, now).expect("seed");
                centres::import(conn, town, &drafts(chihuahua::CENTRES_GEOJSON).expect("our own file"), now)?;
                let centres = CentreCache::default().get(conn)?;
                let plaza = Spot { lat: 28.6353, lon: -106.0889, accuracy_m: Some(12.0) };
                Ok((town, centres.jurisdictions.decide(town, None, Some(plaza))))
            })
            .await
            .unwrap();
        let centres = db.read({ let cache = cache.clone(); move |conn| cache.get(conn) }).await.unwrap();
        let cuu = centres.get(placed.centre.unwrap()).unwrap();
        assert_eq!((cuu.code.as_str(), placed.by, placed.other_centre), ("CUU", PlacedBy::Fix, None));
        assert_eq!(centres.home_of(town), placed.centre);
    }

    async fn an_import_alters_by_code_and_reaches_every_cache(database) {
        let db = database.open();
        let now = ten_o_clock();
        let cache = CentreCache::default();
        let town = db.write(WritePriority::Background, move |conn| chihuahua::seed(conn, None, now)).await.unwrap();
        let load = |cache: CentreCache| db.read(move |conn| cache.get(conn));
        let import = |file: &'static str| {
            db.write(WritePriority::Background, move |conn| centres::import(conn, town, &drafts(file).expect("a good file"), now))
        };
        import(chihuahua::CENTRES_GEOJSON).await.unwrap();
        let before = load(cache.clone()).await.unwrap();
        let cuu = before.home_of(town).unwrap();
        assert!(std::sync::Arc::ptr_eq(&before, &load(cache.clone()).await.unwrap()), "nothing changed: nothing is read");

        assert_eq!(import(TWO).await.unwrap(), 2);
        let after = load(cache.clone()).await.unwrap();
        let changed = after.get(cuu).unwrap();
        assert_eq!((changed.name.as_str(), changed.rank), ("Uno", 2));
        let jrz = after.of(town).find(|c| c.code == "JRZ").unwrap();
        assert_eq!(changed.backup, Some(jrz.id));
        assert_eq!(after.jurisdictions.locate(0.5, 1.0), [jrz.id, cuu], "on the border: the lowest rank first");
        let listed = db.read(move |conn| centres::list(conn, town)).await.unwrap();
        assert_eq!(listed.iter().map(|c| c.code.as_str()).collect::<Vec<_>>(), ["JRZ", "CUU"]);
    }

    async fn a_backup_that_nobody_knows_is_refused_and_nothing_is_written(database) {
        let db = database.open();
        let now = ten_o_clock();
        let town = db.write(WritePriority::Background, move |conn| chihuahua::seed(conn, None, now)).await.unwrap();
        let file = TWO.replace(r#""backup":"JRZ""#, r#""backup":"XXX""#);
        let refused = db
            .write(WritePriority::Background, move |conn| centres::import(conn, town, &drafts(&file).expect("a good file"), now))
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("CUU names XXX"));
        assert!(db.read(move |conn| centres::list(conn, town)).await.unwrap().is_empty());
    }

    async fn a_write_uses_the_old_outlines_until_the_new_index_is_there(database) {
        let db = database.open();
        let now = ten_o_clock();
        let cache = CentreCache::default();
        let town = db.write(WritePriority::Background, move |conn| chihuahua::seed(conn, None, now)).await.unwrap();
        let import = |file: String| {
            db.write(WritePriority::Background, move |conn| centres::import(conn, town, &drafts(&file).expect("a good file"), now))
        };
        let in_write = |cache: CentreCache| {
            db.write(WritePriority::Alert, move |conn| {
                let version = ampara::db::change_marks::mark(conn, centres::TOPIC)?;
                cache.in_write(conn, town, Some(version))
            })
        };
        let read = |cache: CentreCache| db.read(move |conn| cache.get(conn));
        import(TWO.to_owned()).await.unwrap();
        read(cache.clone()).await.unwrap();
        assert_eq!(cache.builds(), 1);

        // The outline of the first centre moves north, and its name changes.
        let moved = TWO
            .replace("[[[0,0],[1,0],[1,1],[0,1],[0,0]]]", "[[[0,5],[1,5],[1,6],[0,6],[0,5]]]")
            .replace("Uno", "Otro");
        import(moved).await.unwrap();
        let seen = in_write(cache.clone()).await.unwrap();
        let home = seen.home_of(town).unwrap();
        assert_eq!(cache.builds(), 1, "a write builds no index");
        assert_eq!(seen.get(home).unwrap().name, "Otro", "names and times are those of the database");
        assert_eq!(seen.jurisdictions.locate(0.5, 0.5), [home], "the old outline decides");

        read(cache.clone()).await.unwrap();
        let seen = in_write(cache.clone()).await.unwrap();
        assert_eq!(cache.builds(), 2);
        assert_eq!(seen.jurisdictions.locate(5.5, 0.5), [home], "the new outline decides");
        assert!(seen.jurisdictions.locate(0.5, 0.5).is_empty());
    }

    async fn what_a_write_that_fails_has_seen_is_not_kept(database) {
        let db = database.open();
        let now = ten_o_clock();
        let cache = CentreCache::default();
        let town = db.write(WritePriority::Background, move |conn| chihuahua::seed(conn, None, now)).await.unwrap();
        let index = cache.clone();
        let failed = db.write(WritePriority::Alert, move |conn| -> Result<(), ImportError> {
            centres::import(conn, town, &drafts(TWO).expect("a good file"), now)?;
            let version = ampara::db::change_marks::mark(conn, centres::TOPIC)?;
            assert!(index.in_write(conn, town, Some(version))?.home_of(town).is_some());
            Err(ampara::db::DbError::NotFound.into())
        });
        failed.await.unwrap_err();
        assert!(cache.latest().is_none());
        let centres = db.read(move |conn| cache.get(conn)).await.unwrap();
        assert_eq!(centres.home_of(town), None);
    }
}
