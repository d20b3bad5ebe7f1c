//! Commands that look at settings alone, and `migrate`.

use super::stage::Installation;
use crate::both_engines;
use crate::harness::databases::{TestDatabase, TestEngine};

fn somewhere() -> (TestDatabase, Installation) {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let installation = Installation::bare(&database);
    (database, installation)
}

#[test]
fn print_config_shows_what_is_in_force_and_the_manual() {
    let (_database, here) = somewhere();
    let shown = here.run(&["print-config"]).ok();
    let keys = here.path("keys").display().to_string();
    assert!(
        shown.contains(&keys) && shown.contains("retention_weeks = 13"),
        "{shown}"
    );
    let manual = here.run(&["print-config", "--defaults"]).ok();
    assert!(
        manual.contains("# Places and notes of an alert are destroyed"),
        "{manual}"
    );
}

#[test]
fn settings_with_a_key_that_is_none_are_refused_with_78() {
    let (_database, here) = somewhere();
    here.write("cli.toml", "[http]\nbnid = \"127.0.0.1:1\"\n");
    here.run(&["print-config"]).fails(78, "bnid");
    here.run(&["serve"]).fails(78, "bnid");
}

#[test]
fn openapi_is_a_description_with_every_room_in_it() {
    let (_database, here) = somewhere();
    let yaml = here.run(&["openapi"]).ok();
    assert!(yaml.starts_with("openapi: 3.1.0"));
    for path in [
        "/v1/alerts/{client_id}:",
        "/v1/escalations:",
        "/v1/me/accesses:",
        "/v1/help-lines:",
    ] {
        assert!(yaml.contains(path), "{path}");
    }
}

#[test]
fn migrate_makes_the_tables_once() {
    let (_database, here) = somewhere();
    here.run(&["municipality", "list"])
        .fails(1, "`ampara migrate` makes it");
    assert!(here.run(&["migrate"]).ok().contains("ran 20261124000001"));
    assert_eq!(here.run(&["migrate"]).ok(), "up to date\n");
}

both_engines! {
    async fn migrating_what_is_up_to_date_changes_nothing(database) {
        let here = Installation::ready(&database);
        assert_eq!(here.run(&["migrate"]).ok(), "up to date\n");
        assert!(here.run(&["municipality", "list"]).ok().starts_with("chihuahua\t"));
    }
}

#[test]
fn serve_without_keys_says_how_to_make_them() {
    let (_database, here) = somewhere();
    here.run(&["serve"]).fails(78, "`ampara keys make`");
}

#[test]
fn wrong_arguments_end_with_2() {
    let (_database, here) = somewhere();
    here.run(&["keys", "make", "--weeks", "521"])
        .fails(2, "521");
    here.run(&["centre", "import", "x.geojson"])
        .fails(2, "--municipality");
}
