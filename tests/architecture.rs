//! Checks the house against its plan: which room may use which, where the database's tables are named, how large
//! a file may be.
//!
//! What: `source` reads a Rust file into the paths it uses; `imports` finds circles among the files
//! of a room; `rules` judges one file, or the whole tree, and returns what is wrong in sentences. Invariant: the bands are read from the map in
//! server/lib.rs, so the map that people read is the one that is held. On failure: a test lists
//! every breach at once. `made_up` shows each rule broken by a made-up source, so that a checker
//! that has gone blind is noticed.

mod imports;
mod made_up;
mod rules;
mod source;

use std::path::{Path, PathBuf};

use self::imports::Imports;
use self::rules::{Bands, File};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// All files under `folder` with this extension, named relative to the package, in order.
fn files(folder: &str, extension: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(ROOT).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
        .iter()
        .map(|path| File::new(&relative(path), &std::fs::read_to_string(path).unwrap()))
        .collect()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(ROOT)
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

fn bands() -> Bands {
    let rooms = std::fs::read_dir(Path::new(ROOT).join("server")).unwrap();
    let rooms = rooms.map(|entry| PathBuf::from(entry.unwrap().file_name()).with_extension(""));
    let rooms = rooms
        .map(|room| room.to_str().unwrap().to_owned())
        .collect();
    Bands::of_map(
        &std::fs::read_to_string(Path::new(ROOT).join("server/lib.rs")).unwrap(),
        &rooms,
    )
}

fn each_file(judge: impl Fn(&File) -> Vec<String>) -> Vec<String> {
    files("server", "rs").iter().flat_map(judge).collect()
}

#[track_caller]
fn nothing_wrong(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} breaches:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_room_has_its_place_on_the_map() {
    let lib = std::fs::read_to_string(Path::new(ROOT).join("server/lib.rs")).unwrap();
    nothing_wrong(&rules::unmapped_rooms(&lib, &bands()));
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let bands = bands();
    nothing_wrong(&each_file(|file| rules::breaches_of_bands(file, &bands)));
}

#[test]
fn the_plan_knows_only_models() {
    let bands = bands();
    nothing_wrong(&each_file(|file| rules::plan_beyond_models(file, &bands)));
}

#[test]
fn tables_are_named_in_stores_alone_and_stores_are_private() {
    nothing_wrong(&each_file(rules::schema_outside_a_store));
}

#[test]
fn every_folder_opens_with_what_it_is() {
    nothing_wrong(&each_file(rules::folder_without_a_word));
}

#[test]
fn no_file_is_named_after_nothing_in_particular() {
    nothing_wrong(&each_file(rules::name_that_says_nothing));
}

#[test]
fn a_lint_is_expected_with_a_reason_and_never_allowed() {
    let all = files("server", "rs")
        .into_iter()
        .chain(files("tests", "rs"));
    nothing_wrong(
        &all.flat_map(|file| rules::allowed_lints(&file))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn files_stay_small() {
    let server = files("server", "rs");
    let mut wrong = rules::too_long(&server, &rules::STILL_LONG);
    wrong.extend(rules::too_long(&files("tests", "rs"), &rules::STILL_LONG));
    wrong.extend(rules::median_too_long(&server));
    nothing_wrong(&wrong);
}

#[test]
fn both_engines_have_the_same_migrations() {
    let steps = |engine: &str| -> Vec<String> {
        let under = format!("migrations/{engine}/");
        files(&under, "sql")
            .iter()
            .map(|f| f.path.trim_start_matches(&under).to_owned())
            .collect()
    };
    nothing_wrong(&rules::migrations_out_of_step(
        &steps("sqlite"),
        &steps("postgres"),
    ));
}

#[test]
fn no_files_import_one_another_in_a_circle() {
    let server = files("server", "rs");
    nothing_wrong(&rules::circles(
        &Imports::of(&server),
        &rules::STILL_IN_CIRCLES,
    ));
}

#[test]
fn loops_are_watched() {
    nothing_wrong(&each_file(|file| rules::unwatched(file, &rules::SPAWNS)));
}

#[test]
fn engines_differ_in_db_alone() {
    nothing_wrong(&each_file(rules::forks_outside_db));
}
