//! Made-up sources that break each rule.

use std::collections::BTreeSet;

use super::rules::{self, Bands, File};
use super::source;

const MAP: &str = "//! ```text\n//! alerts     raise\n//! plan       pure\n//! escalation network the record · her people\n//! \
                   delivery   addresses\n//! db  bus    engines\n//! clock  ids\n//! ```\npub mod alerts;\npub mod attic;\n";

fn bands() -> Bands {
    let rooms = [
        "alerts",
        "plan",
        "escalation",
        "network",
        "delivery",
        "db",
        "bus",
        "clock",
        "ids",
        "attic",
    ];
    Bands::of_map(
        MAP,
        &rooms
            .iter()
            .map(|room| (*room).to_owned())
            .collect::<BTreeSet<_>>(),
    )
}

fn breaches(path: &str, text: &str) -> Vec<String> {
    rules::breaches_of_bands(&File::new(path, text), &bands())
}

#[test]
fn a_room_that_is_not_on_the_map_is_noticed() {
    assert_eq!(
        rules::unmapped_rooms(MAP, &bands()),
        ["server/lib.rs: attic isn't on the map"]
    );
}

#[test]
fn a_room_may_use_what_is_below_it_and_itself() {
    assert!(
        breaches(
            "server/alerts/raise.rs",
            "use crate::{delivery::enqueue, alerts::model, plan};"
        )
        .is_empty()
    );
    assert!(breaches("server/app.rs", "use crate::alerts;").is_empty());
}

#[test]
fn a_use_upward_or_sideways_is_a_breach_however_it_is_written() {
    for text in [
        "use crate::alerts::raise;",
        "use crate::{db::Db, alerts::{self, raise as r}};",
        "fn f() { crate::alerts::raise::now() }",
        "macro_rules! m { () => { $crate::alerts::x() } }",
        "use super::super::alerts::raise;",
        "use crate :: alerts;",
    ] {
        let wrong = breaches("server/delivery/send.rs", text);
        assert_eq!(
            wrong,
            ["server/delivery/send.rs: delivery uses alerts, which stands above it"],
            "{text}"
        );
    }
    assert_eq!(breaches("server/bus/mod.rs", "use crate::db::Db;").len(), 1);
    assert_eq!(
        breaches("server/clock.rs", "use super::ids::AlertId;").len(),
        1
    );
    assert_eq!(
        breaches("server/delivery/send.rs", "use crate::app::App;").len(),
        1
    );
}

#[test]
fn comments_and_texts_are_no_uses() {
    let text = "//! See crate::alerts.\n/* crate::alerts */ fn f<'a>(c: &'a str) -> bool { c == \"crate::alerts\" || c == r#\"\"crate::alerts\"# || c.contains('\"') }";
    assert!(breaches("server/delivery/send.rs", text).is_empty());
    assert_eq!(
        breaches(
            "server/delivery/send.rs",
            &format!("{text}\nuse crate::alerts;")
        )
        .len(),
        1
    );
}

#[test]
fn groups_are_written_out() {
    let found: Vec<String> =
        source::paths("use crate::{a::{self, b::c as d}, e::*}; crate::f(x);", 1)
            .iter()
            .map(|path| path.join("::"))
            .collect();
    assert_eq!(found, ["a::self", "a::b::c", "e::*", "f"]);
}

#[test]
fn the_plan_may_take_models_and_moments_alone() {
    let wrong =
        |text: &str| rules::plan_beyond_models(&File::new("server/plan/next.rs", text), &bands());
    assert!(
        wrong(
            "use crate::delivery::model::Channel; use crate::clock::At; use crate::plan::model::X;"
        )
        .is_empty()
    );
    assert_eq!(
        wrong("use crate::delivery::{model::Channel, enqueue};").len(),
        1
    );
    assert_eq!(wrong("use crate::db::Conn;").len(), 1);
}

#[test]
fn tables_outside_a_store_and_open_stores_are_noticed() {
    let wrong =
        |path: &str, text: &str| rules::schema_outside_a_store(&File::new(path, text)).len();
    let tables = "use crate::db::{Conn, schema::alerts};";
    assert_eq!(wrong("server/alerts/raise.rs", tables), 1);
    assert_eq!(wrong("server/alerts/mod.rs", "pub mod store;"), 1);
    assert_eq!(
        wrong("server/alerts/store.rs", tables) + wrong("server/alerts/store/rows.rs", tables),
        0
    );
    assert_eq!(
        wrong("server/alerts/mod.rs", "mod store;") + wrong("server/db/read.rs", tables),
        0
    );
}

#[test]
fn a_folder_must_say_what_it_is() {
    let wrong = |path: &str, text: &str| rules::folder_without_a_word(&File::new(path, text)).len();
    assert_eq!(wrong("server/alerts/mod.rs", "mod raise;"), 1);
    assert_eq!(wrong("server/alerts/mod.rs", "//! Alerts.\nmod raise;"), 2);
    assert_eq!(
        wrong(
            "server/alerts/mod.rs",
            "//! Alerts.\n//! Invariant: x.\n//! On failure: y.\n"
        ),
        0
    );
    assert_eq!(
        wrong("server/alerts/store/mod.rs", "//! Rows.\n") + wrong("server/alerts/raise.rs", ""),
        0
    );
}

#[test]
fn names_lints_and_lengths_are_noticed() {
    assert_eq!(
        rules::name_that_says_nothing(&File::new("server/alerts/utils.rs", "")).len(),
        1
    );
    assert_eq!(
        rules::name_that_says_nothing(&File::new("server/helpers/mod.rs", "")).len(),
        1
    );
    assert_eq!(
        rules::name_that_says_nothing(&File::new("server/alerts/raise.rs", "")).len(),
        0
    );
    assert_eq!(
        rules::allowed_lints(&File::new(
            "server/x.rs",
            "#[ allow(dead_code) ]\nfn f() {}"
        ))
        .len(),
        1
    );
    assert_eq!(
        rules::allowed_lints(&File::new(
            "server/x.rs",
            "// #[allow(x)]\n#[expect(x, reason = \"y\")]"
        ))
        .len(),
        0
    );
    let of = |lines: usize| File::new("server/x.rs", &"x\n".repeat(lines));
    assert_eq!(
        rules::too_long(&[of(rules::LONGEST), of(rules::LONGEST + 1)]).len(),
        1
    );
    assert_eq!(rules::median_too_long(&[of(10), of(161), of(300)]).len(), 1);
    assert_eq!(rules::median_too_long(&[of(10), of(160), of(300)]).len(), 0);
}

#[test]
fn migrations_of_one_engine_alone_are_noticed() {
    let steps =
        |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let wrong = rules::migrations_out_of_step(
        &steps(&["1/up.sql", "2/up.sql"]),
        &steps(&["1/up.sql", "3/up.sql"]),
    );
    assert_eq!(
        wrong,
        [
            "migrations/postgres: 2/up.sql is missing",
            "migrations/sqlite: 3/up.sql is missing"
        ]
    );
}
