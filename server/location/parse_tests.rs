use proptest::prelude::*;
use serde_json::json;

use super::*;

fn moment(text: &str) -> At {
    At::parse(text).unwrap()
}

fn raised() -> At {
    moment("2026-11-24T21:00:00Z")
}

fn received() -> At {
    moment("2026-11-24T21:10:00Z")
}

fn read(body: &Value) -> Batch {
    parse_batch(body, raised(), received()).unwrap()
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
    let absurd =
        read(&json!({"fixes": [{"seq": 1, "lat": 28.6, "lon": -106.1, "accuracy_m": 1e12}]}));
    assert_eq!(absurd.fixes[0].accuracy_m, None);
    assert_eq!(codes(&absurd), [("fixes[0].accuracy_m", "out-of-range")]);
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
fn a_time_that_cannot_be_gives_way_to_the_arrival() {
    for (at, believed) in [
        (json!("2026-11-24T21:11:59Z"), true),
        (json!("2026-11-24T21:12:01Z"), false),
        (json!("2026-11-23T21:00:01Z"), true),
        (json!("2026-11-23T20:59:59Z"), false),
        (json!("1970-01-01T00:00:00Z"), false),
        (json!("soon"), false),
        (json!(1_795_554_000), true),
        (json!(1_795_554_000_000_i64), true),
        (json!(1e300), false),
        (json!({"when": 1}), false),
    ] {
        let batch = read(&json!({"fixes": [{"seq": 1, "lat": 28.6, "lon": -106.1, "at": at}]}));
        let fix = &batch.fixes[0];
        assert_eq!(fix.plausible, believed, "{at}");
        assert_eq!(fix.effective_at == received(), !believed, "{at}");
        assert_eq!(batch.warnings.is_empty(), believed, "{at}");
    }
}

#[test]
fn the_latest_place_is_the_greatest_time_and_then_the_greatest_number() {
    let mut fixes = read(&json!({"fixes": [
        {"seq": 9, "lat": 1, "lon": 1, "at": "2026-11-24T21:05:00Z"},
        {"seq": 3, "lat": 2, "lon": 2, "at": "2026-11-24T21:06:00Z"},
        {"seq": 4, "lat": 3, "lon": 3, "at": "2026-11-24T21:06:00Z"},
    ]}))
    .fixes;
    fixes.sort_by(|a, b| {
        if a.is_later_than(b) {
            std::cmp::Ordering::Greater
        } else {
            std::cmp::Ordering::Less
        }
    });
    assert_eq!(fixes.last().unwrap().seq, 4);
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
    let refused = |body: Value| parse_batch(&body, raised(), received()).unwrap_err();
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
    assert!(
        matches!(parse_fix(&Value::Null, "location", raised(), received()), (None, w) if w.is_empty())
    );
    let (fix, warnings) = parse_fix(
        &json!({"lat": true, "lon": 1}),
        "location",
        raised(),
        received(),
    );
    assert!(fix.is_none());
    assert_eq!(warnings, [Warning::new("location.lat", "not-a-number")]);
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
        if let Ok(batch) = parse_batch(&body, raised(), received()) {
            for fix in &batch.fixes {
                prop_assert!(fix.lat.abs() <= 90.0 && fix.lon.abs() <= 180.0);
                prop_assert!(fix.effective_at <= received().plus(std::time::Duration::from_secs(120)));
                prop_assert!(fix.battery.is_none_or(|b| (0.0..=1.0).contains(&b)));
            }
        }
    }
}
