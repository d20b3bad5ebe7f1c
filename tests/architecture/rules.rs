//! The rules, each a function from a file to what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::Imports;
use super::source;

/// The longest file, in lines.
pub const LONGEST: usize = 400;
/// Files that are longer still, and how long they may be. Strike off those that no longer are.
pub const STILL_LONG: [(&str, usize); 0] = [];
/// The longest that the median file may be; about 100 is wished for.
pub const LONGEST_MEDIAN: usize = 160;

/// Files that may still import one another in a circle. Strike off those that no longer do.
pub const STILL_IN_CIRCLES: [&str; 0] = [];

/// Files that spawn a task or thread without `watched`, and why that is right there.
pub const SPAWNS: [(&str, &str); 12] = [
    (
        "server/app/metrics/mod.rs",
        "actix's own server; its end is logged",
    ),
    ("server/cli/demo/mod.rs", "the demo, which waits for both"),
    ("server/cli/rehearse/evening.rs", "a server, waited for"),
    (
        "server/console/feed_stream.rs",
        "one write when a feed ends",
    ),
    (
        "server/db/open.rs",
        "threads; each closure is run under catch_unwind",
    ),
    (
        "server/delivery/channels/email/client.rs",
        "one farewell to a relay",
    ),
    (
        "server/delivery/channels/fcm/oauth.rs",
        "one request for a token",
    ),
    (
        "server/delivery/outbox/run.rs",
        "one send, or one write, each",
    ),
    (
        "server/console/looks.rs",
        "reads until none asks; feeds that it leaves unanswered look again",
    ),
    ("server/escalation/folio.rs", "one write"),
    ("server/http/to_its_end.rs", "one request"),
    (
        "server/location/intake.rs",
        "writes until its queue is empty",
    ),
];

const ABOVE_ALL: [&str; 4] = ["main", "lib", "app", "cli"];
const SAYS_NOTHING: [&str; 12] = [
    "util", "utils", "helper", "helpers", "manager", "managers", "data", "process", "common",
    "misc", "service", "core",
];

/// A file: its path from the package's root, with slashes, and its text.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The path below server/, cut at the slashes, without `.rs`.
    fn parts(&self) -> Vec<&str> {
        let inside = self.path.strip_prefix("server/").unwrap_or(&self.path);
        inside
            .strip_suffix(".rs")
            .unwrap_or(inside)
            .split('/')
            .collect()
    }

    fn room(&self) -> &str {
        self.parts()[0]
    }

    /// How many modules deep it lies: server/clock.rs and server/db/mod.rs 1, server/db/read.rs 2.
    fn depth(&self) -> usize {
        self.parts().iter().filter(|part| **part != "mod").count()
    }

    fn paths(&self) -> Vec<Vec<String>> {
        source::paths(&self.text, self.depth())
    }

    /// Whether it is compiled for unit tests alone.
    fn is_tests(&self) -> bool {
        let parts = self.parts();
        parts
            .iter()
            .any(|part| *part == "tests" || part.ends_with("_tests"))
    }

    fn is_store(&self) -> bool {
        self.parts().contains(&"store")
    }
}

/// Which room stands on which line of the map, counted from the top.
pub struct Bands {
    line_of: BTreeMap<String, usize>,
    lowest: usize,
}

impl Bands {
    /// Reads the first `text` block of lib.rs: each line begins with the names of the rooms beside
    /// one another.
    pub fn of_map(lib: &str, rooms: &BTreeSet<String>) -> Self {
        let block = lib
            .split("```text")
            .nth(1)
            .and_then(|rest| rest.split("```").next())
            .unwrap_or("");
        let mut line_of = BTreeMap::new();
        for (at, line) in block.lines().enumerate() {
            let words = line.trim_start_matches("//!").split_whitespace();
            for room in words.take_while(|word| rooms.contains(*word)) {
                line_of.insert(room.to_owned(), at);
            }
        }
        let lowest = line_of.values().copied().max().unwrap_or(0);
        Self { line_of, lowest }
    }
}

/// Rooms that lib.rs declares and the map doesn't show.
pub fn unmapped_rooms(lib: &str, bands: &Bands) -> Vec<String> {
    let code = source::bare(lib);
    let declared = code
        .lines()
        .filter_map(|line| line.split_once("mod "))
        .filter_map(|(_, rest)| rest.split(';').next());
    let missing = declared
        .map(str::trim)
        .filter(|room| !ABOVE_ALL.contains(room) && !bands.line_of.contains_key(*room));
    missing
        .map(|room| format!("server/lib.rs: {room} isn't on the map"))
        .collect()
}

/// Uses of a room that isn't below.
pub fn breaches_of_bands(file: &File, bands: &Bands) -> Vec<String> {
    let room = file.room();
    if ABOVE_ALL.contains(&room) {
        return Vec::new();
    }
    let Some(own) = bands.line_of.get(room) else {
        return Vec::new();
    };
    let mut wrong = BTreeSet::new();
    for path in file.paths() {
        let Some(used) = path.first().filter(|used| *used != room) else {
            continue;
        };
        let above = ABOVE_ALL.contains(&used.as_str());
        match bands.line_of.get(used) {
            Some(line) if line > own => {}
            Some(line) if line == own => {
                wrong.insert(format!(
                    "{}: {room} uses {used}, which stands beside it",
                    file.path
                ));
            }
            None if !above => {}
            _ => {
                wrong.insert(format!(
                    "{}: {room} uses {used}, which stands above it",
                    file.path
                ));
            }
        }
    }
    wrong.into_iter().collect()
}

/// What the plan takes from other rooms besides their models. The lowest line (moments, ids,
/// settings) has none.
pub fn plan_beyond_models(file: &File, bands: &Bands) -> Vec<String> {
    if file.room() != "plan" {
        return Vec::new();
    }
    let foreign = file
        .paths()
        .into_iter()
        .filter(|path| path.first().is_some_and(|room| room != "plan"));
    let beyond = foreign.filter(|path| {
        let ground = bands.line_of.get(&path[0]) == Some(&bands.lowest);
        !ground && path.get(1).is_none_or(|part| part != "model")
    });
    beyond
        .map(|path| format!("{}: the plan uses {}", file.path, path.join("::")))
        .collect()
}

/// Tables named outside a store, and stores that others could reach.
pub fn schema_outside_a_store(file: &File) -> Vec<String> {
    if file.room() == "db" {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    let names_tables = file.paths().iter().any(|path| {
        path.first().is_some_and(|p| p == "db") && path.get(1).is_some_and(|p| p == "schema")
    });
    if names_tables && !file.is_store() {
        wrong.push(format!("{}: names db::schema and is no store", file.path));
    }
    let code = source::bare(&file.text);
    if ["pub mod store;", "pub(crate) mod store;"]
        .iter()
        .any(|open| code.contains(open))
    {
        wrong.push(format!("{}: its store isn't private", file.path));
    }
    wrong
}

/// A folder's mod.rs that doesn't begin by saying what it is; a room's must also say what always
/// holds, and what happens on failure.
pub fn folder_without_a_word(file: &File) -> Vec<String> {
    let parts = file.parts();
    if parts.last() != Some(&"mod") {
        return Vec::new();
    }
    let essay: Vec<&str> = file
        .text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    let said = |word: &str| essay.iter().any(|line| line.contains(word));
    if essay.is_empty() {
        return vec![format!("{}: doesn't open with what it is", file.path)];
    }
    let room = parts.len() == 2;
    let missing = ["Invariant", "On failure"]
        .into_iter()
        .filter(|word| room && !said(word));
    missing
        .map(|word| format!("{}: its essay has no \"{word}\"", file.path))
        .collect()
}

/// Names that would fit anything.
pub fn name_that_says_nothing(file: &File) -> Vec<String> {
    let parts = file.parts();
    let bad = parts.iter().filter(|part| SAYS_NOTHING.contains(part));
    bad.map(|part| format!("{}: {part} says nothing", file.path))
        .collect()
}

/// Lints that are allowed instead of expected.
pub fn allowed_lints(file: &File) -> Vec<String> {
    let code: String = source::bare(&file.text).split_whitespace().collect();
    let allows = ["#[allow(", "#![allow("]
        .iter()
        .any(|attribute| code.contains(attribute));
    if allows {
        vec![format!("{}: allows a lint", file.path)]
    } else {
        Vec::new()
    }
}

/// Files over the budget, and files that are excused and no longer need to be.
pub fn too_long(files: &[File], excused: &[(&str, usize)]) -> Vec<String> {
    let judge = |file: &File| {
        let lines = file.text.lines().count();
        let excuse = excused.iter().find(|(path, _)| *path == file.path);
        match excuse {
            None if lines > LONGEST => {
                Some(format!("{}: {lines} lines, more than {LONGEST}", file.path))
            }
            Some((_, most)) if lines > *most => {
                Some(format!("{}: {lines} lines, more than {most}", file.path))
            }
            Some(_) if lines <= LONGEST => Some(format!(
                "{}: {lines} lines: strike it off the list",
                file.path
            )),
            _ => None,
        }
    };
    files.iter().filter_map(judge).collect()
}

/// Whether the median file is over the budget.
pub fn median_too_long(files: &[File]) -> Vec<String> {
    let mut lengths: Vec<usize> = files.iter().map(|file| file.text.lines().count()).collect();
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    let wrong = median > LONGEST_MEDIAN;
    if wrong {
        vec![format!(
            "the median file has {median} lines, more than {LONGEST_MEDIAN}"
        )]
    } else {
        Vec::new()
    }
}

/// Steps that one engine has and the other hasn't, and steps with a stamp that another has: the
/// database takes them for one, and leaves out the second.
pub fn migrations_out_of_step(sqlite: &[String], postgres: &[String]) -> Vec<String> {
    let missing = |has: &[String], lacks: &[String], engine: &str| -> Vec<String> {
        let only = has.iter().filter(|step| !lacks.contains(step));
        only.map(|step| format!("migrations/{engine}: {step} is missing"))
            .collect()
    };
    let mut wrong = missing(sqlite, postgres, "postgres");
    wrong.extend(missing(postgres, sqlite, "sqlite"));
    let mut stamps: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for step in sqlite.iter().chain(postgres) {
        let folder = step.split('/').next().unwrap_or(step);
        let stamp = folder.split('_').next().unwrap_or(folder);
        stamps.entry(stamp).or_default().insert(folder);
    }
    let several = stamps.into_values().filter(|folders| folders.len() > 1);
    wrong.extend(several.map(|folders| format!("migrations of one stamp: {folders:?}")));
    wrong
}

/// Circles of imports between files of one room, and files on the list of those still in circles
/// that are in none.
pub fn circles(imports: &Imports<'_>, still: &[&str]) -> Vec<String> {
    let circles = imports.circles();
    let known = |file: &String| still.contains(&file.as_str());
    let mut wrong = Vec::new();
    for circle in circles.iter().filter(|circle| !circle.iter().all(known)) {
        let arrows = imports.arrows(circle).join("\n    ");
        wrong.push(format!(
            "{} import one another in a circle:\n    {arrows}",
            circle.join(", ")
        ));
    }
    let free = still
        .iter()
        .filter(|file| !circles.iter().flatten().any(|tied| tied == *file));
    wrong.extend(free.map(|file| format!("{file} is in no circle: strike it off the list")));
    wrong
}

/// Tasks and threads that are spawned without `watched`, which starts a loop again and raises an
/// alarm should it panic or end.
pub fn unwatched(file: &File, excused: &[(&str, &str)]) -> Vec<String> {
    if file.is_tests() {
        return Vec::new();
    }
    let code = source::bare(&file.text);
    let tokens = source::tokens(&code);
    let spawns = source::places_of(&tokens, &["spawn", "spawn_local"])
        .into_iter()
        .filter(|at| {
            let before = at.checked_sub(1).map_or("", |before| tokens[before]);
            let called = matches!(before, "." | "::") && tokens.get(at + 1) == Some(&"(");
            called && tokens.get(at + 2) != Some(&"watched")
        })
        .count();
    let is_excused = excused.iter().any(|(path, _)| *path == file.path);
    match (spawns, is_excused) {
        (0, true) => vec![format!("{}: spawns nothing: strike it off", file.path)],
        (0, false) | (_, true) => Vec::new(),
        (_, false) => vec![format!("{}: spawns without `watched`", file.path)],
    }
}

/// Forks between the two engines outside `db`.
pub fn forks_outside_db(file: &File) -> Vec<String> {
    if file.room() == "db" || file.is_tests() {
        return Vec::new();
    }
    let code = source::bare(&file.text);
    let tokens = source::tokens(&code);
    let forks = source::places_of(&tokens, &["Postgres", "Sqlite"])
        .into_iter()
        .filter(|at| {
            at.checked_sub(2)
                .is_some_and(|of| matches!(tokens[of], "Conn" | "Engine"))
        })
        .count();
    (forks > 0)
        .then(|| format!("{}: decides by the engine {forks} times", file.path))
        .into_iter()
        .collect()
}
