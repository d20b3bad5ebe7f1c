//! What a file of centres must be.

use geo::Intersects;
use proptest::prelude::*;

use super::*;

fn file(properties: &str, geometry: &str) -> String {
    format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{properties},"geometry":{geometry}}}]}}"#
    )
}

const GOOD: &str = r#"{"code":"CUU","name":"Centro","rank":1,"default":true}"#;
const SQUARE: &str = r#"{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]}"#;

#[test]
fn a_good_file_becomes_centres_and_survives_being_stored() {
    let drafts = drafts(&file(GOOD, SQUARE)).unwrap();
    assert_eq!(
        (
            drafts[0].code.as_str(),
            drafts[0].rank,
            drafts[0].is_default
        ),
        ("CUU", 1, true)
    );
    let polygon = drafts[0].polygon.clone().unwrap();
    assert!(polygon.intersects(&geo::Point::new(1.0, 1.0)));
    assert_eq!(from_text(&to_text(&polygon)), Some(polygon));
    assert!(
        super::drafts(&file(GOOD, "null")).unwrap()[0]
            .polygon
            .is_none()
    );
}

#[test]
fn a_file_may_name_a_backup_or_nobody_or_say_nothing() {
    for (said, means) in [
        ("", NamedBackup::Unsaid),
        (r#","backup":null"#, NamedBackup::None),
        (r#","backup":"JRZ""#, NamedBackup::Code("JRZ".into())),
    ] {
        let properties = format!(r#"{{"code":"CUU","name":"Centro"{said}}}"#);
        assert_eq!(drafts(&file(&properties, "null")).unwrap()[0].backup, means);
    }
}

#[test]
fn a_bad_outline_says_what_to_correct() {
    for (geometry, says) in [
        (r#"{"type":"Point","coordinates":[0,0]}"#, "not Polygon"),
        (r#"{"type":"Polygon","coordinates":[]}"#, "no ring"),
        (r#"{"type":"MultiPolygon","coordinates":[]}"#, "empty"),
        (
            r#"{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}"#,
            "at least 4",
        ),
        (
            r#"{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2]]]}"#,
            "not closed",
        ),
        (
            r#"{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,91],[0,2],[0,0]]]}"#,
            "longitude, latitude",
        ),
        (
            r#"{"type":"Polygon","coordinates":[[[0,0],[2,2],[2,0],[0,2],[0,0]]]}"#,
            "self-intersection",
        ),
        (
            r#"{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]],[[5,5],[6,5],[6,6],[5,6],[5,5]]]}"#,
            "not contained",
        ),
    ] {
        let fault = drafts(&file(GOOD, geometry)).unwrap_err().to_string();
        assert!(
            fault.contains(says) && fault.contains("feature 1 (CUU)"),
            "{geometry}: {fault}"
        );
    }
}

fn box_of(corners: [(f64, f64); 4], change: impl Fn((f64, f64)) -> (f64, f64)) -> String {
    let all = corners.into_iter().chain(corners.first().copied());
    let ring: Vec<[f64; 2]> = all.map(change).map(|(x, y)| [x, y]).collect();
    serde_json::json!({ "type": "Polygon", "coordinates": [ring] }).to_string()
}

#[test]
fn an_outline_that_cannot_be_right_is_refused_with_the_reason_and_the_coordinate() {
    const CHIHUAHUA: [(f64, f64); 4] = [(-107., 28.), (-106., 28.), (-106., 29.), (-107., 29.)];
    // Swapped, both numbers are degrees as good as any.
    const MERIDA: [(f64, f64); 4] = [(-89.8, 20.8), (-89.5, 20.8), (-89.5, 21.), (-89.8, 21.)];
    let same = |at| at;
    assert!(drafts(&file(GOOD, &box_of(CHIHUAHUA, same))).is_ok());
    assert!(drafts(&file(GOOD, &box_of(MERIDA, same))).is_ok());
    let utm = [
        (391_000., 3_160_000.),
        (400_000., 3_160_000.),
        (400_000., 3_170_000.),
        (391_000., 3_170_000.),
    ];
    let bow_tie = [(-107., 28.), (-106., 29.), (-106., 28.), (-107., 29.)];
    for (geometry, says, at) in [
        (box_of(CHIHUAHUA, |(x, y)| (y, x)), "swapped", "[28, -107]"),
        (box_of(MERIDA, |(x, y)| (y, x)), "swapped", "[20.8, -89.8]"),
        (box_of(CHIHUAHUA, |(x, y)| (-x, y)), "lost its minus", "[107, 28]"),
        (box_of(CHIHUAHUA, |(x, y)| (y, -x)), "swapped, and", "[28, 107]"),
        (box_of(MERIDA, |(x, y)| (y, -x)), "swapped, and", "[20.8, 89.8]"),
        (
            box_of(CHIHUAHUA, |(x, y)| if x == -107. && y == 29. { (-x, y) } else { (x, y) }),
            "lost its minus",
            "position 4 is [107, 29]",
        ),
        (box_of(utm, same), "metres", "position 1 is [391000, 3160000]"),
        (box_of(bow_tie, same), "self-intersection", "at [-106.5, 28.5]"),
        (
            r#"{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]],[[5,5],[6,5],[6,6],[5,6],[5,5]]]}"#.to_owned(),
            "not contained",
            "[5, 5]",
        ),
    ] {
        let fault = drafts(&file(GOOD, &geometry)).unwrap_err().to_string();
        assert!(fault.contains(says) && fault.contains(at), "{geometry}: {fault}");
    }
}

#[test]
fn a_byte_order_mark_is_no_fault_and_another_system_of_coordinates_is() {
    assert!(drafts(&format!("\u{feff}{}", file(GOOD, SQUARE))).is_ok());
    for (name, taken) in [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", true),
        ("urn:ogc:def:crs:EPSG::4326", true),
        ("urn:ogc:def:crs:EPSG::32613", false),
    ] {
        let crs = format!(r#"{{"crs":{{"type":"name","properties":{{"name":"{name}"}}}},"#);
        let read = drafts(&file(GOOD, SQUARE).replacen('{', &crs, 1));
        assert_eq!(read.is_ok(), taken, "{read:?}");
    }
}

#[test]
fn bad_properties_and_bad_files_say_what_to_correct() {
    for (properties, says) in [
        ("null", "no properties"),
        (r#"{"name":"x"}"#, "code"),
        (r#"{"code":"CUU"}"#, "name"),
        (r#"{"code":"c u","name":"x"}"#, "capitals"),
        (r#"{"code":"CUU","name":" "}"#, "name"),
        (
            r#"{"code":"CUU","name":"x","rank":"first"}"#,
            "invalid type",
        ),
        (r#"{"code":"CUU","name":"x","backup":"CUU"}"#, "own backup"),
    ] {
        let fault = drafts(&file(properties, SQUARE)).unwrap_err().to_string();
        assert!(fault.contains(says), "{properties}: {fault}");
    }
    assert_eq!(
        drafts(r#"{"type":"FeatureCollection","features":[]}"#),
        Err(ImportFault::Empty)
    );
    for text in [
        "",
        "{",
        "[]",
        r#"{"type":"FeatureCollection"}"#,
        r#"{"type":"Feature"}"#,
    ] {
        assert!(
            matches!(drafts(text), Err(ImportFault::NotGeoJson(_))),
            "{text}"
        );
    }
    let nan = file(
        GOOD,
        r#"{"type":"Polygon","coordinates":[[[0,0],[NaN,0],[2,2],[0,0]]]}"#,
    );
    assert!(matches!(drafts(&nan), Err(ImportFault::NotGeoJson(_))));
}

#[test]
fn two_defaults_or_one_code_twice_are_refused() {
    let feature = |p: &str| format!(r#"{{"type":"Feature","properties":{p},"geometry":null}}"#);
    let file = |a: &str, b: &str| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{},{}]}}"#,
            feature(a),
            feature(b)
        )
    };
    let twice = drafts(&file(GOOD, GOOD)).unwrap_err().to_string();
    assert!(twice.contains("CUU stands twice"));
    let other = r#"{"code":"JRZ","name":"y","default":true}"#;
    assert!(
        drafts(&file(GOOD, other))
            .unwrap_err()
            .to_string()
            .contains("default")
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), x in any::<f64>(), y in any::<f64>()) {
        let _ = drafts(&text);
        let corner = format!("[{x:?},{y:?}]");
        let _ = drafts(&file(GOOD, &format!(r#"{{"type":"Polygon","coordinates":[[{corner},[0,0],[1,0],{corner}]]}}"#)));
    }
}
