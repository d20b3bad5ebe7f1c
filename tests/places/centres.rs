use ampara::db::Lane;
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
            .write(Lane::Background, move |conn| -> Result<_, ImportError> {
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
        let town = db.write(Lane::Background, move |conn| chihuahua::seed(conn, None, now)).await.unwrap();
        let load = |cache: CentreCache| db.read(move |conn| cache.get(conn));
        let import = |file: &'static str| {
            db.write(Lane::Background, move |conn| centres::import(conn, town, &drafts(file).expect("a good file"), now))
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
        let town = db.write(Lane::Background, move |conn| chihuahua::seed(conn, None, now)).await.unwrap();
        let file = TWO.replace(r#""backup":"JRZ""#, r#""backup":"XXX""#);
        let refused = db
            .write(Lane::Background, move |conn| centres::import(conn, town, &drafts(&file).expect("a good file"), now))
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("CUU names XXX"));
        assert!(db.read(move |conn| centres::list(conn, town)).await.unwrap().is_empty());
    }
}
