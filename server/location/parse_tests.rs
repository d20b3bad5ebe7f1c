use proptest::prelude::*;
use serde_json::json;

use super::super::latest::latest;
use super::*;
use crate::http::salvage::salvage;

fn moment(text: &str) -> At {
    At::parse(text).unwrap()
}

fn received() -> At {
    moment("2026-11-24T21:10:00Z")
}

fn whole(body: &Value) -> Salvaged {
    Salvaged {
        value: body.clone(),
        ..Salvaged::default()
    }
}

fn read(body: &Value) -> Batch {
    parse_batch(&whole(body), received()).unwrap()
}

fn read_text(text: &str) -> Batch {
    parse_batch(&salvage(text.as_bytes(), 32), received()).unwrap()
}

fn codes(batch: &Batch) -> Vec<(&str, &str)> {
    batch
        .warnings
        .iter()
        .map(|w| (w.path.as_str(), w.code.as_str()))
        .collect()
}

#[test]
fn a_whole_fix_is_read_without_a_warning() {
    let batch = read(&json!({"fixes": [{
        "seq": 7, "at": "2026-11-24T21:09:58Z", "lat": 28.6353, "lon": -106.0889, "accuracy_m": 12.5,
        "altitude_m": 1415, "speed_mps": 1.4, "heading_deg": 270, "battery": 0.62, "mock": false, "provider": "fused"
    }]}));
    assert!(batch.warnings.is_empty());
    let fix = &batch.fixes[0];
    assert_eq!(
        (fix.seq, fix.lat, fix.lon, fix.accuracy_m),
        (7, 28.6353, -106.0889, Some(12.5))
    );
    assert_eq!(
        (fix.effective_at, fix.plausible),
        (moment("2026-11-24T21:09:58Z"), true)
    );
    assert_eq!(
        (fix.speed_mps, fix.heading_deg, batch.battery),
        (Some(1.4), Some(270.0), Some(0.62))
    );
}

#[test]
fn the_latest_fix_has_the_battery_that_its_phone_is_told_an_interval_by() {
    let fix = |seq: i64, battery: Value| json!({ "seq": seq, "lat": 28.6, "lon": -106.1, "battery": battery });
    let batch =
        read(&json!({ "fixes": [fix(3, json!(null)), fix(1, json!(0.9)), fix(2, json!(0.2))] }));
    let kept: Vec<Option<f64>> = batch.fixes.iter().map(|f| f.battery).collect();
    assert_eq!(
        (batch.battery, kept),
        (Some(0.2), vec![Some(0.2), Some(0.9), Some(0.2)])
    );
}

#[test]
fn what_phones_do_not_know_is_unknown_and_no_fault() {
    let batch = read(
        &json!([{"seq": 1, "at": "2026-11-24T21:09:58Z", "lat": 28.6, "lon": -106.1,
        "accuracy": null, "speed": -1, "heading": -1.0, "battery": -1, "altitude": -3.5}]),
    );
    assert!(batch.warnings.is_empty(), "{:?}", batch.warnings);
    let fix = &batch.fixes[0];
    assert_eq!(
        (fix.accuracy_m, fix.speed_mps, fix.heading_deg, fix.battery),
        (None, None, None, None)
    );
    assert_eq!(fix.altitude_m, Some(-3.5));
}

#[test]
fn a_radius_of_kilometres_is_kept() {
    for radius in [1_000.0, 1_000.1, 4_200.0, 65_000.0] {
        let batch =
            read(&json!({"fixes": [{"seq": 1, "lat": 28.6, "lon": -106.1, "accuracy_m": radius}]}));
        assert_eq!(batch.fixes[0].accuracy_m, Some(radius));
    }
}

#[test]
fn what_no_phone_can_have_measured_is_no_place() {
    let fix = |lat: f64, lon: f64, radius: Value| json!({"fixes": [{"seq": 1, "lat": lat, "lon": lon, "accuracy_m": radius}]});
    for (body, path) in [
        (fix(0.0, 0.0, json!(12)), "fixes[0]"),
        (fix(-0.0, 0.0004, json!(null)), "fixes[0]"),
        (fix(0.7, -0.7, json!(null)), "fixes[0]"),
        (fix(28.6, -106.1, json!(1e12)), "fixes[0].accuracy_m"),
        (fix(28.6, -106.1, json!(100_001)), "fixes[0].accuracy_m"),
        (fix(28.6, -106.1, json!(-1)), "fixes[0].accuracy_m"),
        (fix(28.6, -106.1, json!("-65.0")), "fixes[0].accuracy_m"),
    ] {
        let batch = read(&body);
        assert_eq!(
            (batch.fixes.len(), codes(&batch)),
            (0, vec![(path, "not-a-place")]),
            "{body}"
        );
    }
    for (lat, lon, radius) in [
        (0.0, -106.1, json!(0)),
        (28.6, 0.0, json!(null)),
        (1.0, 1.0, json!("NaN")),
    ] {
        assert_eq!(read(&fix(lat, lon, radius)).fixes[0].accuracy_m, None);
    }
}

#[test]
fn a_bad_fix_costs_itself_and_not_its_neighbours() {
    let batch = read(&json!({"fixes": [
        {"seq": 1, "lat": 91, "lon": 0}, {"seq": 2, "lat": "NaN", "lon": "inf"}, "no fix", {"seq": 3, "lat": 28.6},
        {"seq": 4, "lat": "28.6", "lon": "-106.1"}, {"seq": 5, "lat": 1e300, "lon": -180.0001}, null
    ]}));
    assert_eq!(batch.fixes.iter().map(|f| f.seq).collect::<Vec<_>>(), [4]);
    assert_eq!(
        codes(&batch),
        [
            ("fixes[0].lat", "out-of-range"),
            ("fixes[1].lat", "not-a-number"),
            ("fixes[1].lon", "not-a-number"),
            ("fixes[2]", "not-an-object"),
            ("fixes[3].lon", "missing"),
            ("fixes[5].lat", "out-of-range"),
            ("fixes[5].lon", "out-of-range"),
            ("fixes[6]", "not-an-object"),
        ]
    );
}

#[test]
fn a_time_that_cannot_be_is_unknown_and_a_past_one_is_an_age() {
    for (at, believed) in [
        (json!("2026-11-24T21:11:59Z"), Some("2026-11-24T21:10:00Z")),
        (json!("2026-11-24T21:12:01Z"), None),
        (json!("2026-11-23T20:59:59Z"), Some("2026-11-23T20:59:59Z")),
        (
            json!("2024-02-29T12:00:00-06:00"),
            Some("2024-02-29T18:00:00Z"),
        ),
        (json!("2007-04-10T21:09:58Z"), Some("2026-11-24T21:09:58Z")),
        (json!("2007-04-07T21:09:58Z"), None),
        (json!("1970-01-01T00:00:00Z"), None),
        (json!("soon"), None),
        (json!(1_795_554_000), Some("2026-11-24T21:00:00Z")),
        (json!(1_795_554_000_000_i64), Some("2026-11-24T21:00:00Z")),
        (json!("1795554000,5"), Some("2026-11-24T21:00:00.5Z")),
        (json!(1e300), None),
        (json!({"when": 1}), None),
    ] {
        let batch = read(&json!({"fixes": [{"seq": 1, "lat": 28.6, "lon": -106.1, "at": at}]}));
        let fix = &batch.fixes[0];
        assert_eq!(fix.plausible, believed.is_some(), "{at}");
        assert_eq!(
            fix.effective_at,
            believed.map_or(received(), moment),
            "{at}"
        );
        assert_eq!(fix.stamp().hour(received()), believed.map(moment), "{at}");
        assert_eq!(batch.warnings.is_empty(), believed.is_some(), "{at}");
    }
}

#[test]
fn sent_at_sets_the_times_of_its_batch_right() {
    let body = |sent_at: Value| {
        json!({"sent_at": sent_at, "fixes": [
            {"seq": 1, "lat": 28.6, "lon": -106.1, "at": "2026-11-24T23:09:00Z"},
            {"seq": 2, "lat": 28.7, "lon": -106.1}
        ]})
    };
    let batch = read(&body(json!("2026-11-24T23:10:00Z")));
    assert_eq!(batch.fixes[0].effective_at, moment("2026-11-24T21:09:00Z"));
    assert_eq!(
        batch.fixes[0].phone_at,
        Some(moment("2026-11-24T23:09:00Z"))
    );
    assert!(batch.warnings.is_empty() && !batch.fixes[1].plausible);
    let batch = read(&body(json!("later")));
    assert_eq!(
        codes(&batch),
        [("sent_at", "not-a-time"), ("fixes[0].at", "implausible")]
    );
}

#[test]
fn the_latest_place_is_the_greatest_believed_time_and_then_the_greatest_number() {
    let fixes = read(&json!({"fixes": [
        {"seq": 9, "lat": 1, "lon": 1, "at": "2026-11-24T21:05:00Z"},
        {"seq": 3, "lat": 2, "lon": 2, "at": "2026-11-24T21:06:00Z"},
        {"seq": 4, "lat": 3, "lon": 3, "at": "2026-11-24T21:06:00Z"},
        {"seq": 10, "lat": 4, "lon": 4}, {"seq": 11, "lat": 5, "lon": 5, "at": "2026-11-24T22:06:00Z"},
    ]}))
    .fixes;
    let now = received().plus(std::time::Duration::from_secs(60));
    let shown = latest(fixes.clone(), now).unwrap();
    assert_eq!(
        (shown.fix().seq, shown.hour()),
        (4, Some(moment("2026-11-24T21:06:00Z")))
    );
    let unknown = latest(fixes.into_iter().filter(|fix| fix.seq > 9), now).unwrap();
    assert_eq!((unknown.fix().seq, unknown.hour()), (11, None));
}

#[test]
fn a_number_that_stands_for_another_place_is_named() {
    let fix = |seq: i64, lat: f64| json!({"seq": seq, "lat": lat, "lon": -106.1, "at": "2026-11-24T21:09:00Z"});
    let mut batch = read(&json!([
        fix(1, 28.6),
        fix(2, 28.7),
        fix(1, 28.6),
        fix(2, 28.8)
    ]));
    assert_eq!(
        (batch.fixes.len(), codes(&batch)),
        (3, vec![("[3].seq", "seq-used")])
    );
    assert_eq!(batch.own_seqs(), [1, 2, 1]);
    let stored = read(&json!([fix(1, 28.6), fix(2, 1.0)])).fixes;
    batch.drop_used(&stored);
    assert_eq!(
        codes(&batch),
        [("[3].seq", "seq-used"), ("[1].seq", "seq-used")]
    );
    assert_eq!(batch.own_seqs(), [1, 1]);
}

#[test]
fn a_broken_body_keeps_each_fix_that_came_whole() {
    let batch = read_text(
        r#"{"fixes":[{"seq":1,"lat":28.6,"lon":-106.1},{"seq":2,"lat":28.7,"lon":-106.1,"at":"2026"#,
    );
    assert_eq!(
        (batch.fixes.len(), codes(&batch)),
        (1, vec![("fixes[1]", "cut-off")])
    );
    let batch = read_text(r#"[{"seq":1,"lat":28.6,"lon":-106.1},"#);
    assert_eq!(
        (batch.fixes.len(), codes(&batch)),
        (1, vec![("[1]", "cut-off")])
    );
    let batch = read_text(
        r#"{"fixes":[{"seq":1,"lat":NaN,"lon":-106.1},{"seq":2,"lat":28.7,"lon":-106.1}]}"#,
    );
    assert_eq!(batch.own_seqs(), [2]);
    assert_eq!(
        codes(&batch),
        [("fixes[0].lat", "not-a-number"), ("", "syntax")]
    );
    let batch = read_text("{'fixes':[{lat:28.6,lon:-106.1,seq:1,},null,],}");
    assert_eq!(
        codes(&batch),
        [("fixes[1]", "not-an-object"), ("", "syntax")]
    );
    assert_eq!(
        (batch.own_seqs(), codes(&read_text("[null,null]")).len()),
        (vec![1], 2)
    );
    let batch = read_text(r#"{"seq":1,"lat":28.6,"lon":-106.1,"acc"#);
    assert_eq!(
        (batch.fixes.len(), codes(&batch)),
        (0, vec![("[0]", "cut-off")])
    );
    let batch = read_text(r#"{"locations":[{"seq":1,"lat":28.6,"lon":-106.1}],"fixes":null,"x":"#);
    assert_eq!(
        (batch.own_seqs(), codes(&batch)),
        (vec![1], vec![("x", "cut-off")])
    );
}

#[test]
fn fixes_without_a_number_do_not_push_each_other_out() {
    let batch =
        read(&json!([{"lat": 1, "lon": 1}, {"lat": 1, "lon": 1}, {"lat": 1, "lon": 1, "seq": -4}]));
    let (a, b, c) = (batch.fixes[0].seq, batch.fixes[1].seq, batch.fixes[2].seq);
    assert!(a < b && b < c && c < 0);
}

#[test]
fn only_a_list_that_is_none_is_refused_whole() {
    let refused = |body: Value| parse_batch(&whole(&body), received()).unwrap_err();
    assert_eq!(refused(json!({})), BatchFault::NotAList);
    assert_eq!(refused(json!({"fixes": "many"})), BatchFault::NotAList);
    assert_eq!(refused(json!(null)), BatchFault::NotAList);
    assert_eq!(refused(json!({"fixes": []})), BatchFault::Empty);
    let fix = json!({"seq": 1, "lat": 1, "lon": 1});
    assert_eq!(
        refused(json!({"fixes": vec![fix.clone(); 101]})),
        BatchFault::TooMany
    );
    assert_eq!(
        read(&json!({"fixes": vec![fix.clone(); 100]})).fixes.len(),
        100
    );
    assert_eq!(read(&fix).fixes.len(), 1);
}

#[test]
fn a_press_may_carry_a_fix_or_none() {
    let read = |text: &str| parse_fix(&salvage(text.as_bytes(), 32), "location", received());
    for none in ["{}", r#"{"location":null}"#, "[]", "7"] {
        assert!(
            matches!(read(none), (None, _, warnings) if warnings.is_empty()),
            "{none}"
        );
    }
    let (fix, _, warnings) = read(r#"{"location":{"lat":true,"lon":1}}"#);
    assert!(fix.is_none());
    assert_eq!(warnings, [Warning::new("location.lat", "not-a-number")]);
    let (fix, ..) = read(r#"{"location":{"seq":3,"lat":28.6,"lon":-106.1,"at":"2026-11"#);
    let fix = fix.unwrap();
    assert!(
        fix.seq < 0 && fix.lat == 28.6,
        "the whole one may still come as 3"
    );
}

#[test]
fn a_cell_is_about_a_kilometre_and_no_closer() {
    let mut fix = read(&json!({"lat": 28.63539, "lon": -106.08891}))
        .fixes
        .remove(0);
    assert_eq!(fix.cell(), "28.63,-106.08");
    (fix.lat, fix.lon) = (-0.004, 0.0);
    assert_eq!(fix.cell(), "0.00,0.00");
    assert!(!format!("{fix:?}").contains("lat"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[0-9.eE+-]{0,12}|NaN|inf|.{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 32, 6, |inner| {
        let key = "fixes|locations|seq|at|lat|lon|accuracy_m|speed|battery|mock|provider|.{0,4}";
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::hash_map(key, inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_sent_every_fix_kept_is_on_earth(body in any_json()) {
        if let Ok(batch) = parse_batch(&whole(&body), received()) {
            for fix in &batch.fixes {
                prop_assert!(fix.lat.abs() <= 90.0 && fix.lon.abs() <= 180.0);
                prop_assert!(fix.effective_at <= received());
                prop_assert!(fix.battery.is_none_or(|b| (0.0..=1.0).contains(&b)));
            }
        }
    }
}
