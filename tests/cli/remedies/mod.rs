//! Settings, files and arguments that are wrong: each is refused with the sentence that says what
//! to do, and with the exit code that tells systemd whether to try again.

mod arguments;
mod settings;

use std::path::Path;
use std::process::{Command, Stdio};

use ampara::db::{Conn, DbError, WritePriority};
use ampara::on;
use diesel::RunQueryDsl as _;

use self::arguments::ARGUMENTS;
use self::settings::{Case, SERVE, SETTINGS};
use super::stage::{Installation, Ran};
use crate::both_engines;
use crate::harness::databases::{TestDatabase, TestEngine};
use crate::harness::postgres::Cluster;
use crate::harness::server::ampara;

fn prepared(here: &Installation) -> String {
    here.write("words", "some words");
    here.write("empty", "\n");
    std::fs::create_dir_all(here.path("open-keys")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(here.path("open-keys"), open).unwrap();
    }
    std::fs::read_to_string(here.path("cli.toml")).unwrap()
}

/// Dotted keys before the sections that they would otherwise fall into; a key that is given again
/// takes the place of the installation's own.
fn settings_of(base: &str, own: &str) -> String {
    let named = |line: &str| {
        own.lines()
            .any(|given| given.split(" =").next() == Some(line))
    };
    let mut base = base.to_owned();
    if named("database.url") {
        base = base
            .lines()
            .filter(|line| !line.starts_with("url ="))
            .collect::<Vec<_>>()
            .join("\n");
    }
    if named("seal.key_dir") {
        base = base
            .lines()
            .filter(|line| !line.starts_with("key_dir ="))
            .collect::<Vec<_>>()
            .join("\n");
    }
    let flat: Vec<String> = base.lines().map(str::to_owned).collect();
    let mut section = String::new();
    let mut dotted = Vec::new();
    for line in flat {
        match line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            Some(name) => section = name.to_owned(),
            None if !line.is_empty() => dotted.push(format!("{section}.{line}")),
            None => {}
        }
    }
    format!("{}\n{own}\n", dotted.join("\n"))
}

/// Runs it for 20 s at most: what is taken although it is wrong would serve for ever.
fn ends(here: &Installation, args: &[&str]) -> Ran {
    let done = Command::new("timeout")
        .arg("20")
        .arg(env!("CARGO_BIN_EXE_ampara"))
        .arg("--config")
        .arg(here.path("cli.toml"))
        .args(args)
        .current_dir(here.path(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        code: done.status.code().unwrap(),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

fn each_is_refused(here: &Installation, base: &str, cases: &[Case<'_>]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (own, args, code, words) in cases {
        here.write("cli.toml", &settings_of(base, own));
        let ran = ends(here, args);
        let missing: Vec<_> = words.iter().filter(|w| !ran.err.contains(**w)).collect();
        if ran.code != *code || !missing.is_empty() || ran.err.contains("panicked") {
            wrong.push(format!(
                "{own:?} {args:?}: {code} and {missing:?} wanted, got {ran:?}"
            ));
        }
    }
    wrong
}

#[test]
fn each_wrong_setting_is_refused_with_its_remedy_and_no_restart_is_asked_for() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let here = Installation::bare(&database);
    here.run(&["keys", "make"]).ok();
    let base = prepared(&here);
    let wrong = each_is_refused(&here, &base, SETTINGS);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_wrong_argument_is_refused_with_its_remedy() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let here = Installation::ready(&database);
    let base = prepared(&here);
    let wrong = each_is_refused(&here, &base, ARGUMENTS);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_unknown_variable_and_a_missing_file_of_settings_are_named() {
    let run = |config: &str, variable: Option<(&str, &str)>| -> Ran {
        let mut command = ampara();
        command
            .args(["--config", config, "print-config"])
            .envs(variable);
        let done = command.output().unwrap();
        Ran {
            code: done.status.code().unwrap(),
            out: String::from_utf8(done.stdout).unwrap(),
            err: String::from_utf8(done.stderr).unwrap(),
        }
    };
    run("/nowhere/ampara.toml", None).fails(
        78,
        "/nowhere/ampara.toml: there is no such file: name it by --config",
    );
    run("/dev/null", Some(("AMPARA_HTTP__BNID", "x"))).fails(78, "bnid");
    run("/dev/null", Some(("AMPARA_HTTP__WORKERS", "many"))).fails(78, "http.workers");
}

#[test]
fn a_port_that_is_taken_may_be_free_at_the_next_start() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let here = Installation::bare(&database);
    here.run(&["keys", "make"]).ok();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = std::fs::read_to_string(here.path("cli.toml")).unwrap();
    let bind = format!("http.bind = '{}'", taken.local_addr().unwrap());
    here.write("cli.toml", &settings_of(&base, &bind));
    ends(&here, SERVE).fails(
        1,
        "another program listens there: stop it, or choose another port",
    );
}

both_engines! {
    async fn a_newer_schema_needs_the_newer_release(database) {
        let here = Installation::ready(&database);
        let newer = |conn: &mut Conn| {
            let text = "update schema_info set min_binary = '99.0.0'";
            Ok::<_, DbError>(on!(conn, |c| diesel::sql_query(text).execute(c))?)
        };
        database.open().write(WritePriority::Background, newer).await.unwrap();
        ends(&here, SERVE).fails(78, "needs 99.0.0 or later");
        here.run(&["municipality", "list"]).fails(1, "install that release");
    }
}

/// A URL of that test database with other words for its parts.
fn postgres_says(url: &str, code: i32, words: &str) {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let here = Installation::bare(&database);
    here.run(&["keys", "make"]).ok();
    let base = std::fs::read_to_string(here.path("cli.toml")).unwrap();
    here.write(
        "cli.toml",
        &settings_of(
            &base,
            &format!("database.url = '{url}'\ndatabase.acquire_timeout_ms = 100"),
        ),
    );
    let ran = ends(&here, SERVE);
    assert!(!ran.err.contains("s3cret"), "{ran:?}");
    ran.fails(code, words);
}

#[test]
fn postgresql_s_reason_is_told_in_words() {
    let url = Cluster::shared().url("no_such_database");
    postgres_says(
        &url,
        78,
        "PostgreSQL has no database of the name in database.url",
    );
    let of_no_role = url.replace("user=ampara", "user=no_such_role");
    postgres_says(
        &of_no_role,
        78,
        "PostgreSQL has no role of the name in database.url",
    );
    postgres_says(
        "postgres://a:s3cret@127.0.0.1:1/x",
        1,
        "PostgreSQL does not answer where database.url points: start it",
    );
    postgres_says(
        "postgres://a:s3cret@no-such-host.invalid/x?sslmode=disable",
        78,
        "names no-such-host.invalid",
    );
}

#[test]
fn an_unmigrated_postgresql_is_not_tried_again() {
    postgres_says(
        &Cluster::shared().url("postgres"),
        78,
        "run `ampara migrate` once, then start again",
    );
}

/// Runs it and closes the reading end of its output at once, or after its first line.
fn read_a_little(config: &Path, args: &[&str], lines: usize) -> (Option<i32>, String) {
    use std::io::{BufRead as _, BufReader, Read as _};
    let mut child = ampara()
        .arg("--config")
        .arg(config)
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::with_capacity(64, child.stdout.take().unwrap());
    for _ in 0..lines {
        out.read_line(&mut String::new()).unwrap();
    }
    drop(out);
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    (child.wait().unwrap().code(), err)
}

#[test]
fn a_reader_that_closes_early_ends_the_command_without_a_word() {
    let config = Path::new("/dev/null");
    for args in [
        &["openapi"][..],
        &["print-config", "--defaults"],
        &["--help"],
    ] {
        let (code, err) = read_a_little(config, args, 1);
        assert!(
            !err.contains("panicked") && !err.contains("rust"),
            "{args:?}: {err}"
        );
        assert!(matches!(code, Some(0 | 141)), "{args:?}: {code:?}");
    }
    assert_eq!(
        read_a_little(config, &["openapi"], 0).0,
        Some(141),
        "it is no success"
    );
}
