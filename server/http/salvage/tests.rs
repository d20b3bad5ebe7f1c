use proptest::prelude::*;
use serde_json::{Value, json};

use super::reader::MOST_FLAWS;
use super::*;

fn read(text: &str) -> Salvaged {
    salvage(text.as_bytes(), 32)
}

fn flaws(read: &Salvaged) -> Vec<(&str, &str)> {
    read.flaws
        .iter()
        .map(|flaw| (flaw.path.as_str(), flaw.code))
        .collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_broken_part_costs_itself_alone() {
    let lat = json!({ "a": 1, "lat": 28.5, "b": [2] });
    for (text, value, named) in [
        (r#"{"a":1,"lat":28.5,"b":[2]}"#, lat.clone(), vec![]),
        (
            "\u{feff}{\"a\":1,\"lat\":28.5,\"b\":[2]}",
            lat.clone(),
            vec![("", "encoding")],
        ),
        (
            r#"{'a':1,lat:28.5,"b":[2,],}"#,
            lat.clone(),
            vec![("", "syntax")],
        ),
        (
            "{\"a\":1 /* one */ \"lat\":28.5 // north\n ,, b = [2]}",
            lat.clone(),
            vec![("", "syntax")],
        ),
        (
            r#")]}', {"a":1,"lat":28.5,"b":[2]}"#,
            lat.clone(),
            vec![("", "syntax")],
        ),
        (
            r#"{"a":1,"lat":28.5,"b":[2]}{"a":2}"#,
            lat.clone(),
            vec![("", "trailing-data")],
        ),
        (
            r#"{"a":1,"lat":28.5,"b":[2]"#,
            lat.clone(),
            vec![("", "cut-off")],
        ),
        (
            r#"{"a":1,"lat":28.5,"b":[2}"#,
            lat.clone(),
            vec![("", "syntax")],
        ),
        (
            r#"{"a":1,"a":7,"lat":null,"lat":28.5,"b":[2]}"#,
            lat,
            vec![("a", "duplicate-key"), ("lat", "duplicate-key")],
        ),
        (
            r#"{"a":NaN,"b":-Infinity,"c":0482,"d":True,"e":None}"#,
            json!({ "a": "NaN", "b": "-Infinity", "c": "0482", "d": true, "e": null }),
            vec![("", "syntax")],
        ),
        (
            r#"{"a":,"b":}"#,
            json!({}),
            vec![("a", "unreadable"), ("b", "unreadable")],
        ),
        (
            r#"[{"lat":1},NaN,{"lat":28.6"#,
            json!([{ "lat": 1 }, "NaN", {}]),
            vec![("[2].lat", "cut-off"), ("", "syntax")],
        ),
        (
            r#"{"fixes":[{"lat":1},{"lat":2,"at":"2026-11-24T2"#,
            json!({ "fixes": [{ "lat": 1 }, { "lat": 2 }] }),
            vec![("fixes[1].at", "cut-off")],
        ),
        ("garbage", Value::Null, vec![("", "bad-json")]),
        ("7", json!(7), vec![]),
        ("", Value::Null, vec![("", "bad-json")]),
    ] {
        let read = read(text);
        assert_eq!((&read.value, flaws(&read)), (&value, named), "{text}");
    }
}

#[test]
fn utf_16_and_utf_32_are_read_in_either_order_of_bytes() {
    let text = r#"{"note":"está aquí 🆘","lat":28.5}"#;
    let value: Value = serde_json::from_str(text).unwrap();
    let units = || text.encode_utf16();
    let wide = || text.chars().filter(|c| *c as u32 <= 0xFFFF);
    let bodies: Vec<Vec<u8>> = vec![
        units().flat_map(u16::to_le_bytes).collect(),
        units().flat_map(u16::to_be_bytes).collect(),
        std::iter::once(0xFEFF)
            .chain(units())
            .flat_map(u16::to_le_bytes)
            .collect(),
        std::iter::once(0xFEFF)
            .chain(units())
            .flat_map(u16::to_be_bytes)
            .collect(),
    ];
    for body in bodies {
        let read = salvage(&body, 32);
        assert_eq!(
            (&read.value, flaws(&read)),
            (&value, vec![("", "encoding")])
        );
    }
    let wide: Vec<u8> = wide().flat_map(|c| (c as u32).to_le_bytes()).collect();
    assert_eq!(salvage(&wide, 32).value["lat"], 28.5);
    let latin = salvage(b"{\"note\":\"est\xe1 aqu\xed\",\"lat\":28.5}", 32);
    assert_eq!(
        (&latin.value["lat"], flaws(&latin)),
        (&json!(28.5), vec![("", "encoding")])
    );
}

#[test]
fn a_tower_costs_the_member_that_holds_it() {
    let text = format!(r#"{{"x":{},"lat":28.5}}"#, "[".repeat(40) + &"]".repeat(40));
    let read = read(&text);
    assert_eq!(read.value["lat"], 28.5);
    assert!(
        read.flaws.iter().all(|flaw| flaw.code == "too-deep"),
        "{:?}",
        read.flaws
    );
    assert!(salvage("[".repeat(100_000).as_bytes(), 32).is_cut(""));
    let many = format!("[{}]", ",:".repeat(60_000));
    assert!(salvage(many.as_bytes(), 32).flaws.len() <= MOST_FLAWS + 1);
}

#[test]
fn words_that_were_cut_off_are_kept_aside_and_a_number_is_not() {
    let cut = read(r#"{"pin":"48"#);
    assert_eq!((&cut.value, cut.is_cut("pin")), (&json!({}), true));
    let cut = read(r#"{"location":{"lat":1,"lon":2},"note":"Me sigue un co"#);
    assert_eq!(cut.cut_text, Some(("note".into(), "Me sigue un co".into())));
    assert_eq!(cut.value, json!({ "location": { "lat": 1, "lon": 2 } }));
    assert!(cut.is_cut("note") && !cut.is_cut("location"));
}

#[test]
fn no_flaw_tells_what_was_sent() {
    let read = read(r#"{"6144100789":{"x":1,"x":2},"ok":{"Ana lives at 12":,"pin":}}"#);
    assert_eq!(
        flaws(&read),
        [
            ("", "duplicate-key"),
            ("ok", "unreadable"),
            ("ok.pin", "unreadable")
        ]
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_without_a_fault_is_read_as_serde_reads_it(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let read = read(&text);
        prop_assert_eq!(&read.value, &serde_json::from_str::<Value>(&text).unwrap(), "{}", text);
        prop_assert!(read.flaws.is_empty(), "{:?} of {}", read.flaws, text);
    }

    #[test]
    fn any_bytes_come_to_an_end(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"{}[]\"',:\\/*-0eE.n".to_vec())], 0..200)) {
        let read = salvage(&bytes, 5);
        prop_assert!(read.flaws.len() <= MOST_FLAWS + 1);
    }

    #[test]
    fn a_body_cut_anywhere_keeps_each_fix_that_came_whole(fixes in proptest::collection::vec((any::<u16>(), -90.0..90.0_f64), 1..6), cut in any::<prop::sample::Index>()) {
        let fixes: Vec<Value> = fixes.into_iter().map(|(seq, lat)| json!({ "seq": seq, "lat": lat, "lon": -106.0 })).collect();
        let text = json!({ "fixes": fixes }).to_string();
        let at = cut.index(text.len());
        let read = read(&text[..at]);
        let whole = text[..at].matches('}').count().min(fixes.len());
        let kept = read.value["fixes"].as_array().cloned().unwrap_or_default();
        prop_assert_eq!(&kept[..whole], &fixes[..whole]);
        for (n, fix) in kept.iter().enumerate().skip(whole) {
            prop_assert!(read.is_cut(&format!("fixes[{n}]")), "{fix} is none of hers");
            for (name, value) in fix.as_object().unwrap() {
                prop_assert_eq!(value, &fixes[n][name], "half a number");
            }
        }
    }
}
