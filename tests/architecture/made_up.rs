//! Made-up sources that break each rule.

use std::collections::BTreeSet;

use super::imports::Imports;
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
        rules::too_long(&[of(rules::LONGEST), of(rules::LONGEST + 1)], &[]).len(),
        1
    );
    let excused = [("server/x.rs", rules::LONGEST + 10)];
    for (lines, wrong) in [(1, 0), (10, 0), (11, 1), (0, 1)] {
        assert_eq!(
            rules::too_long(&[of(rules::LONGEST + lines)], &excused).len(),
            wrong,
            "{lines}"
        );
    }
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

#[test]
fn migrations_of_one_stamp_are_noticed() {
    let steps = ["1_a/up.sql", "1_b/up.sql", "2_a/up.sql"].map(str::to_owned);
    assert_eq!(
        rules::migrations_out_of_step(&steps, &steps),
        ["migrations of one stamp: {\"1_a\", \"1_b\"}"]
    );
}

/// The circles among made-up files of one room.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<File> = files
        .iter()
        .map(|(name, text)| File::new(&format!("server/delivery/{name}"), text))
        .collect();
    let imports = Imports::of(&files);
    imports
        .circles()
        .iter()
        .map(|circle| circle.join(" ").replace("server/delivery/", ""))
        .collect()
}

#[test]
fn files_that_import_one_another_are_a_circle_however_it_is_written() {
    for back in [
        "use crate::delivery::send::Sent;",
        "use super::send::Sent;",
        "use super::super::delivery::send::Sent;",
        "use crate::delivery::{model::Channel, send::{self, Sent as S}};",
        "fn f() { super::send::now() }",
        "use super::send; fn f() { send::now() }",
        "mod inner { use super::super::send::Sent; }",
        // Through the re-export of the room.
        "use crate::delivery::Sent;",
        "use super::Sent as S;",
        "use crate::delivery; fn f() { delivery::Sent::new() }",
    ] {
        let files = [
            ("mod.rs", "mod claim; mod send; pub use send::Sent;"),
            ("claim.rs", back),
            ("send.rs", "use super::claim::claim; pub struct Sent;"),
        ];
        assert_eq!(circles_of(&files), ["claim.rs send.rs"], "{back}");
    }
}

#[test]
fn a_circle_of_three_is_named_once_with_what_is_tied_into_it() {
    let files = [
        ("a.rs", "use super::b::B;"),
        ("b.rs", "use super::c::C;"),
        ("c.rs", "use super::a::A; use super::b::B;"),
        ("d.rs", "use super::a::A;"),
    ];
    assert_eq!(circles_of(&files), ["a.rs b.rs c.rs"]);
}

#[test]
fn a_table_of_contents_is_no_circle_and_a_parent_that_calls_its_children_is_one() {
    let child = ("routes/sms.rs", "use super::Form; fn status() {}");
    let contents = (
        "routes/mod.rs",
        "mod form; mod sms; pub use form::Form; pub(crate) use sms::status; fn configure() { sms::status() }",
    );
    let form = ("routes/form.rs", "pub struct Form;");
    assert!(circles_of(&[contents, child, form]).is_empty());
    let parent = (
        "routes/mod.rs",
        "mod sms; struct Form; fn configure() { sms::status() }",
    );
    assert_eq!(
        circles_of(&[parent, child]),
        ["routes/mod.rs routes/sms.rs"]
    );
}

#[test]
fn what_unit_tests_comments_and_visibility_name_is_no_import() {
    let files = [
        ("a.rs", "use super::b::B;"),
        (
            "b.rs",
            "//! See super::a.\npub(in crate::delivery::a) struct B; #[cfg(test)] mod tests { use crate::delivery::a::A; }",
        ),
    ];
    assert!(circles_of(&files).is_empty());
}

#[test]
fn a_circle_is_excused_only_while_it_is_there() {
    let tied = [
        File::new("server/alerts/a.rs", "use super::b::B;"),
        File::new("server/alerts/b.rs", "use super::a::A;"),
    ];
    let imports = Imports::of(&tied);
    let both = ["server/alerts/a.rs", "server/alerts/b.rs"];
    assert!(rules::circles(&imports, &both).is_empty());
    assert_eq!(rules::circles(&imports, &both[..1]).len(), 1);
    let free = [File::new("server/alerts/a.rs", "")];
    assert_eq!(rules::circles(&Imports::of(&free), &both).len(), 2);
}

#[test]
fn a_task_without_a_watch_is_noticed() {
    let wrong = |text: &str, excused: &[(&str, &str)]| {
        rules::unwatched(&File::new("server/bus/mod.rs", text), excused).len()
    };
    for text in [
        "fn f() { tokio::spawn(async {}); }",
        "fn f() { workers.spawn(run(stop)); }",
        "fn f() { tokio::task::spawn_local(async {}); }",
    ] {
        assert_eq!(wrong(text, &[]), 1, "{text}");
        assert_eq!(wrong(text, &[("server/bus/mod.rs", "ends")]), 0, "{text}");
    }
    for text in [
        "fn f() { workers.spawn(watched(\"bus\", stop, begin)); }",
        "fn f() { tokio::task::spawn_blocking(hash); }",
        "#[cfg(test)] mod tests { fn f() { tokio::spawn(async {}); } }",
        "// tokio::spawn(x)",
    ] {
        assert_eq!(wrong(text, &[]), 0, "{text}");
    }
    assert_eq!(wrong("", &[("server/bus/mod.rs", "ends")]), 1);
}

#[test]
fn a_fork_between_engines_outside_db_is_noticed() {
    let wrong = |path: &str, text: &str| rules::forks_outside_db(&File::new(path, text)).len();
    let fork = "fn f() { match conn { Conn::Postgres(c) => {} Conn::Sqlite(c) => {} } }";
    assert_eq!(wrong("server/delivery/store/rows.rs", fork), 1);
    assert_eq!(wrong("server/db/dialect.rs", fork), 0);
    assert_eq!(
        wrong(
            "server/escalation/folio.rs",
            "fn f() { db.engine() == Engine::Postgres }"
        ),
        1
    );
    assert_eq!(
        wrong("server/delivery/store/rows.rs", "on!(conn, |c| q.load(c))"),
        0
    );
}
