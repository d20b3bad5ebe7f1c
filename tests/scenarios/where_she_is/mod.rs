//! Which place is shown, how old it is, and what broken bodies cost: to contacts, to operators, on
//! the record and on paper.

mod watchers;

use std::time::Duration;

use ampara::clock::At;
use ampara::identity::model::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use self::watchers::{Shown, Watchers};
use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Pressed, Town};

const DAY: i64 = 24 * 3_600;
const WEEKS_LOST: i64 = 1_024 * 7 * DAY;
/// A phone that was never told the time: it says 1971.
const NEVER_SET: i64 = -1_764_000_000;

/// What her phone sends: so many seconds later, with `sent_at` by a clock that differs from ours by
/// so many seconds, its places by number, latitude and what the phone's clock says of each against
/// ours now.
type Sent = (u64, Option<i64>, &'static [(i64, f64, Option<i64>)]);

const NIGHTS: &[(&str, &[Sent], Shown)] = &[
    (
        "a place of the day before yesterday has its age",
        &[(0, None, &[(1, 28.61, Some(-2 * DAY - 3_700))])],
        (28.61, Some(176_500)),
    ),
    (
        "and does not beat a fresh one",
        &[
            (0, None, &[(1, 28.61, Some(-10))]),
            (5, None, &[(2, 28.62, Some(-26 * 3_600))]),
        ],
        (28.61, Some(15)),
    ),
    (
        "a place without a time is of unknown hour",
        &[(0, None, &[(1, 28.61, None), (2, 28.62, None)])],
        (28.62, None),
    ),
    (
        "and so is one of the time to come",
        &[(0, None, &[(1, 28.61, Some(121))])],
        (28.61, None),
    ),
    (
        "neither beats a place that has its hour",
        &[
            (0, None, &[(1, 28.61, Some(-300))]),
            (
                5,
                None,
                &[
                    (2, 28.62, None),
                    (3, 28.63, Some(600)),
                    (4, 28.64, Some(NEVER_SET)),
                ],
            ),
        ],
        (28.61, Some(305)),
    ),
    (
        "weeks that a receiver lost are found again",
        &[
            (0, None, &[(1, 28.61, Some(-30))]),
            (5, None, &[(2, 28.62, Some(-WEEKS_LOST - 1))]),
        ],
        (28.62, Some(1)),
    ),
    (
        "a clock that is a little ahead holds back no later place",
        &[
            (0, None, &[(1, 28.61, Some(90))]),
            (10, None, &[(2, 28.62, Some(-1))]),
        ],
        (28.62, Some(1)),
    ),
    (
        "a queue that a fast clock empties has its hours by sent_at",
        &[(
            0,
            Some(3_600),
            &[(1, 28.61, Some(2_400)), (2, 28.62, Some(3_540))],
        )],
        (28.62, Some(60)),
    ),
    (
        "a clock that went back leads to the place where she is",
        &[
            (0, Some(0), &[(1, 28.61, Some(-5))]),
            (30, Some(-3_600), &[(2, 28.62, Some(-3_602))]),
        ],
        (28.62, Some(2)),
    ),
    (
        "a clock that was never set too",
        &[(0, Some(NEVER_SET), &[(1, 28.61, Some(NEVER_SET - 7))])],
        (28.61, Some(7)),
    ),
    (
        "a queue of old places that comes in late moves nothing back",
        &[
            (0, None, &[(50, 28.69, Some(-2))]),
            (
                10,
                None,
                &[
                    (47, 28.66, Some(-1_200)),
                    (48, 28.67, Some(-600)),
                    (49, 28.68, Some(-60)),
                ],
            ),
        ],
        (28.69, Some(12)),
    ),
    (
        "nor does one without hours",
        &[
            (0, None, &[(50, 28.69, None)]),
            (10, None, &[(48, 28.67, None), (49, 28.68, None)]),
        ],
        (28.69, None),
    ),
];

fn body(now: At, (_, sent_at, fixes): &Sent) -> Value {
    let phone = |offset: i64| At::from_micros(now.micros() + offset * 1_000_000);
    let fix = |(seq, lat, at): &(i64, f64, Option<i64>)| json!({ "seq": seq, "lat": lat, "lon": -106.07672, "accuracy_m": 9.0, "at": at.map(phone) });
    json!({ "sent_at": sent_at.map(phone), "fixes": fixes.iter().map(fix).collect::<Vec<_>>() })
}

fn codes(told: &Value) -> Vec<String> {
    let warnings = told["warnings"].as_array().unwrap().iter();
    warnings
        .map(|w| {
            format!(
                "{} {}",
                w["path"].as_str().unwrap(),
                w["code"].as_str().unwrap()
            )
        })
        .collect()
}

async fn fixes(town: &Town) -> i64 {
    town.count("select count(*) as n from fixes").await
}

fn fix(seq: i64, lat: f64, at: At) -> Value {
    json!({ "seq": seq, "lat": lat, "lon": -106.07672, "accuracy_m": 9.0, "at": at })
}

/// Raises an alert with these bytes.
async fn presses_raw(she: &Her<'_>, body: impl Into<Vec<u8>>) -> Pressed {
    let client_id = Uuid::new_v4().to_string();
    let path = format!("/v1/alerts/{client_id}");
    let reply = she
        .alarm()
        .raw(Method::PUT, &path, "application/json", body.into())
        .await;
    Pressed {
        client_id,
        told: reply.expect(201),
    }
}

both_engines! {
    async fn on_any_night_all_see_one_place_with_its_true_age_or_none(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let mut watchers = Watchers::of(&town, &she).await;
        for (night, sent, shown) in NIGHTS {
            let pressed = she.presses_with(json!({})).await;
            watchers.are_told().await;
            for batch in *sent {
                town.after(batch.0).await;
                let told = she.sends(&pressed, body(town.app.clock.now(), batch).to_string()).await.expect(200);
                assert_eq!(told["accepted"], batch.2.len(), "{night}: {told}");
            }
            watchers.all_see(*shown, night).await;
            she.cancels(&pressed, "").await.expect(200);
            town.after(61).await;
            watchers.marta.closes(&watchers.record, "attended").await.expect(200);
            town.app.fcm.take_all();
            town.app.twilio.take_all();
        }
    }

    async fn what_is_no_place_takes_the_good_one_from_nobody(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let mut watchers = Watchers::of(&town, &she).await;
        let at = town.app.clock.now();
        let pressed = she.presses_with(json!({ "location": fix(1, 28.61, at) })).await;
        watchers.are_told().await;
        let bad = |seq: i64, lat: f64, lon: f64, radius: f64| json!({ "seq": seq, "lat": lat, "lon": lon, "accuracy_m": radius, "at": at });
        let body = json!({ "fixes": [bad(2, 0.0, 0.0, 5.0), bad(3, 0.0002, -0.0001, 30.0), bad(4, 28.7, -106.0, -1.0), bad(5, 28.7, -106.0, 2e7)] });
        town.after(5).await;
        let told = she.sends(&pressed, body.to_string()).await.expect(200);
        assert_eq!(codes(&told), ["fixes[0] not-a-place", "fixes[1] not-a-place", "fixes[2].accuracy_m not-a-place", "fixes[3].accuracy_m not-a-place"]);
        watchers.all_see((28.61, Some(5)), "no place").await;
        she.cancels(&pressed, "").await.expect(200);
        let pressed = she.presses_with(json!({ "location": bad(1, 0.0, 0.0, 5.0) })).await;
        assert_eq!(codes(&pressed.told), ["location not-a-place"]);
        assert!(watchers.prima.watching().await[0]["place"].is_null(), "no map opens at sea");
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn a_late_queue_moves_neither_the_record_nor_its_centre_and_the_age_moves_on(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let now = town.app.clock.now();
        let pressed = she.presses_with(json!({ "location": fix(9, 28.61, now) })).await;
        let before = marta.sees_one().await;
        town.after(10).await;
        let east = |seq: i64, age: u64| json!({ "seq": seq, "lat": 28.5, "lon": -105.5, "accuracy_m": 9, "at": now.minus(Duration::from_secs(age)) });
        she.sends(&pressed, json!([east(1, 900), east(2, 600), east(3, 2)]).to_string()).await.expect(200);
        assert_eq!(marta.sees_one().await, before, "she was there before");
        town.after(61).await;
        let later = town.app.clock.now();
        she.sends(&pressed, json!([fix(10, 28.612, later)]).to_string()).await.expect(200);
        let after = marta.sees_one().await;
        let seen = ("28.61,-106.07", json!(later));
        assert_eq!((after["cell"].as_str().unwrap(), after["fix_at"].clone()), seen, "she stays there, and the age is no older");
        she.sends(&pressed, json!([{ "seq": 11, "lat": 28.5, "lon": -105.5, "accuracy_m": 9, "at": later }]).to_string()).await.expect(200);
        let east = marta.sees_one().await;
        assert!(before["other_centre"].is_null() && !east["other_centre"].is_null(), "now she is there");
    }

    async fn a_number_used_twice_is_named_and_a_press_keeps_its_place_all_the_same(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let start = town.app.clock.now();
        let pressed = she.presses_with(json!({ "location": fix(0, 28.61, start) })).await;
        let told = she.sends(&pressed, json!([fix(0, 28.61, start), fix(1, 28.62, start)]).to_string()).await.expect(200);
        assert_eq!((told["accepted"].clone(), codes(&told).len()), (json!(2), 0), "what is sent again is no fault");
        town.after(20).await;
        let later = town.app.clock.now();
        let told = she.sends(&pressed, json!([fix(0, 28.63, later), fix(2, 28.64, later), fix(1, 28.65, later)]).to_string()).await.expect(200);
        assert_eq!((told["accepted"].clone(), codes(&told)), (json!(1), vec!["[0].seq seq-used".to_owned(), "[2].seq seq-used".to_owned()]));
        assert_eq!((prima.watching().await[0]["place"]["lat"].clone(), fixes(&town).await), (json!(28.64), 3));
        town.after(20).await;
        let last = town.app.clock.now();
        let again = json!({ "location": fix(0, 28.66, last) });
        she.presses_as(&Uuid::new_v4().to_string(), &again).await.expect(200);
        assert_eq!(prima.watching().await[0]["place"]["lat"], 28.66, "a press is not sent again under another number");
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        assert_eq!(marta.sees_one().await["cell"], "28.66,-106.07", "the record knows it too");
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn a_press_that_came_without_its_place_gets_it_by_the_retry(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.sets_pin("4821").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let at = town.app.clock.now();
        let whole = json!({ "note": "Me sigue un coche", "location": fix(1, 28.61, at) });
        let pressed = presses_raw(&she, &whole.to_string().as_bytes()[..25]).await;
        assert!(marta.sees_one().await["cell"].is_null());
        she.presses_as(&pressed.client_id, &whole).await.expect(200);
        she.presses_as(&pressed.client_id, &whole).await.expect(200);
        assert_eq!((marta.sees_one().await["cell"].clone(), fixes(&town).await), (json!("28.61,-106.07"), 1));
        she.cancels(&pressed, "4821").await.expect(200);
        she.presses_as(&pressed.client_id, &json!({ "location": fix(2, 28.7, at) })).await.expect(200);
        assert_eq!(fixes(&town).await, 1, "nothing is kept after the end");
        let drill = she.presses_with(json!({ "drill": true })).await;
        she.walks(&drill, &[(1, 28.64, -106.07672)]).await;
        she.presses_as(&drill.client_id, &json!({})).await.expect(200);
        assert_eq!(marta.sees_one().await["cell"], "28.64,-106.07", "a drill that becomes real has its place");
    }

    async fn a_broken_body_costs_a_press_no_more_than_what_is_broken(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let at = town.app.clock.now();
        let place = format!(r#""location":{{"seq":1,"at":"{at}","lat":28.61,"lon":-106.07672,"accuracy_m":9}}"#);
        let utf_16: Vec<u8> = format!("\u{feff}{{{place}}}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (body, named) in [
            (format!(r#"{{{place},"battery":NaN}}"#).into_bytes(), vec![" syntax", "battery out-of-range"]),
            (format!(r#"{{"x":-Infinity,{place}}}"#).into_bytes(), vec![" syntax"]),
            (format!("\u{feff}{{{place}}}").into_bytes(), vec![" encoding"]),
            (utf_16, vec![" encoding"]),
            (format!(r#"{{{place},"note":"Me sigue un co"#).into_bytes(), vec!["note cut-off"]),
            (format!(r#"{{{place},"poli"#).into_bytes(), vec![" cut-off"]),
            (format!(r#"{{{place},{place}}}"#).into_bytes(), vec!["location duplicate-key"]),
            (format!("{{{place},}}").into_bytes(), vec![" syntax"]),
            (format!("{{{place}}}").replace('"', "'").into_bytes(), vec![" syntax"]),
            (format!("{{{place}}} trailing").into_bytes(), vec![" trailing-data"]),
            (format!(r#"{{"deep":{}{},{place}}}"#, "[".repeat(60), "]".repeat(60)).into_bytes(), vec![" too-deep"]),
            ([b"{\"note\":\"aqu\xed\",", place.as_bytes(), b"}"].concat(), vec![" encoding"]),
            (format!(r#"{{"drill":true,"drill":false,{place}}}"#).into_bytes(), vec!["drill duplicate-key"]),
        ] {
            let text = String::from_utf8_lossy(&body).into_owned();
            let before = fixes(&town).await;
            let pressed = presses_raw(&she, body).await;
            assert_eq!((pressed.told["drill"].clone(), fixes(&town).await), (json!(false), before + 1), "{text}");
            assert_eq!(codes(&pressed.told), named, "{text}");
            she.cancels(&pressed, "").await.expect(200);
        }
    }

    async fn one_broken_fix_costs_itself_and_no_batch_is_sent_for_ever(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let pressed = she.presses_with(json!({})).await;
        let at = town.app.clock.now();
        let one = |seq: i64| fix(seq, 28.6 + seq as f64 / 100.0, at).to_string();
        let mut kept = 0;
        for (body, taken, named) in [
            (format!(r#"{{"fixes":[{},{{"seq":2,"lat":NaN,"lon":-106.1}},{}]}}"#, one(1), one(3)), 2, vec!["fixes[1].lat not-a-number", " syntax"]),
            (format!("\u{feff}[{}]", one(4)), 1, vec![" encoding"]),
            (format!(r#"{{"fixes":[{},{}"#, one(5), &one(6)[..30]), 1, vec!["fixes[1] cut-off"]),
            (format!("[{},", one(7)), 1, vec!["[1] cut-off"]),
            (format!("{{'fixes':[{},],}}", one(8)), 1, vec![" syntax"]),
            ("[null,null]".to_owned(), 0, vec!["[0] not-an-object", "[1] not-an-object"]),
            (r#"{"fixes":[NaN,"here",7]}"#.to_owned(), 0, vec!["fixes[0] not-an-object", "fixes[1] not-an-object", "fixes[2] not-an-object", " syntax"]),
            (r#"{"fixes":["#.to_owned(), 0, vec!["fixes[0] cut-off"]),
        ] {
            let told = she.sends(&pressed, body.clone()).await.expect(200);
            kept += taken;
            assert_eq!((told["accepted"].clone(), codes(&told)), (json!(taken), named.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()), "{body}");
            assert_eq!(fixes(&town).await, kept, "{body}");
        }
        for silent_before in ["", "[]", r#"{"fixes":[]}"#, "{}", "7", "garbage"] {
            let refused = she.sends(&pressed, silent_before).await;
            assert_eq!(refused.status.as_u16(), 422, "{silent_before}: {}", refused.text);
        }
    }

    async fn her_pin_and_an_answer_are_read_in_a_broken_body_too(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        she.sets_pin("0482").await;
        for (n, pin) in ["\u{feff}{\"pin\":\"0482\"}", "{'pin':'0482',}", r#"{"x":NaN,"pin":"0482"}"#, r#"{"pin":0482}"#, r#"{"pin":"0482","pin":"0""#].iter().enumerate() {
            let pressed = she.presses_with(json!({})).await;
            let push = prima.gets_alarm().await;
            let (answer, receipt) = (format!("/v1/watching/{}/answer", pressed.id()), format!("/v1/notifications/{}/receipt", push.notification()));
            prima.client().raw(Method::POST, &receipt, "application/json", "{'seen': true, x: NaN}").await.expect(204);
            assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "seen");
            prima.client().raw(Method::POST, &answer, "application/json", "\u{feff}{\"x\":NaN,\"answer\":\"on_my_way\",").await.expect(204);
            assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "answered");
            let verb = pressed.path(if n % 2 == 0 { "/cancel" } else { "/close" });
            she.alarm().raw(Method::POST, &verb, "application/json", r#"{"pin":"04"#).await.expect_problem(422, "pin-wrong");
            let closed = she.alarm().raw(Method::POST, &verb, "application/json", *pin).await;
            assert_eq!(closed.status.as_u16(), 200, "{pin}: {}", closed.text);
            town.app.settle().await;
            town.app.fcm.take_all();
        }
    }
}
