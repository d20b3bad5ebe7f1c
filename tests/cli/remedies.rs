//! Settings, files and arguments that are wrong: each is refused with the sentence that says what
//! to do, and with the exit code that tells systemd whether to try again.

use std::path::Path;
use std::process::{Command, Stdio};

use ampara::db::{Conn, DbError, WritePriority};
use ampara::on;
use diesel::RunQueryDsl as _;

use super::stage::{Installation, Ran};
use crate::both_engines;
use crate::harness::databases::{TestDatabase, TestEngine};
use crate::harness::postgres::Cluster;
use crate::harness::server::ampara;

/// Settings beside the database and the keys, the arguments, the exit code, and words of the
/// sentence.
type Case<'x> = (&'x str, &'x [&'x str], i32, &'x [&'x str]);

const SERVE: &[&str] = &["serve"];

/// What `serve` refuses before it opens anything.
const SETTINGS: &[Case<'_>] = &[
    (
        "[http]\nbnid = '127.0.0.1:1'",
        SERVE,
        78,
        &["http", "unknown field `bnid`", "`bind`"],
    ),
    (
        "[htpp]\nbind = '127.0.0.1:1'",
        SERVE,
        78,
        &["unknown field `htpp`", "`http`"],
    ),
    (
        "http.bind = 'nowhere'",
        SERVE,
        78,
        &["http.bind", "such as 127.0.0.1:8080"],
    ),
    ("http.bind = 8080", SERVE, 78, &["http.bind"]),
    (
        "http.bind = '0.0.0.0:8080'",
        SERVE,
        78,
        &[
            "http.bind is public",
            "Set one of them, or bind to 127.0.0.1",
        ],
    ),
    (
        "http.bind = '192.0.2.1:8080'\nhttp.trusted_proxies = ['127.0.0.1']",
        SERVE,
        78,
        &["http.bind", "no interface of this machine"],
    ),
    (
        "http.public_url = 'http://ampara.example'",
        SERVE,
        78,
        &["http.public_url must begin with https://"],
    ),
    (
        "http.public_url = 'ampara.example'",
        SERVE,
        78,
        &["http.public_url must begin with https://"],
    ),
    (
        "http.public_url = 'http://127.0.0.1@evil.example'",
        SERVE,
        78,
        &["http.public_url must begin with https://"],
    ),
    (
        "http.trusted_proxies = ['nginx']",
        SERVE,
        78,
        &["http.trusted_proxies", "IP addresses"],
    ),
    (
        "http.tls.cert_file = 'cert.pem'",
        SERVE,
        78,
        &["http.tls needs both cert_file and key_file"],
    ),
    (
        "http.tls.cert_file = 'none.pem'\nhttp.tls.key_file = 'none.pem'",
        SERVE,
        78,
        &["http.tls", "none.pem", "the certificate with its chain"],
    ),
    (
        "http.tls.cert_file = 'words'\nhttp.tls.key_file = 'words'",
        SERVE,
        78,
        &["http.tls", "words", "PEM"],
    ),
    ("http.body_bytes = 1", SERVE, 78, &["http.body_bytes"]),
    ("plan.no_receipt_s = -1", SERVE, 78, &["plan.no_receipt_s"]),
    ("plan.expires_s = 60", SERVE, 78, &["plan.expires_s"]),
    (
        "plan.unclaimed_backup_s = 30\nplan.unclaimed_supervisors_s = 60\nplan.unclaimed_louder_s = 30",
        SERVE,
        78,
        &["plan.unclaimed_backup_s", "plan.unclaimed_supervisors_s"],
    ),
    ("health.too_late_s = 1", SERVE, 78, &["health.too_late_s"]),
    (
        "delivery.lease_margin_s = 1\ndelivery.total_timeout_ms = 10000",
        SERVE,
        78,
        &["delivery.lease_margin_s"],
    ),
    (
        "database.readers = 0",
        SERVE,
        78,
        &["database.readers", "1 to 64"],
    ),
    (
        "database.url = 'mysql://x'",
        SERVE,
        78,
        &["neither `sqlite:` nor `postgres://`"],
    ),
    (
        "database.url = 'sqlite:'",
        SERVE,
        78,
        &["has no path of a file"],
    ),
    (
        "database.url = 'postgres://db.example/x'",
        SERVE,
        78,
        &["names db.example", "database.plaintext_ok"],
    ),
    (
        "database.url_file = 'words'",
        SERVE,
        78,
        &["database.url and database.url_file are both set: keep one"],
    ),
    (
        "sms.account_sid = 'AC1'",
        SERVE,
        78,
        &["sms needs both account_sid and auth_token_file"],
    ),
    (
        "sms.account_sid = 'AC1'\nsms.auth_token_file = 'none'",
        SERVE,
        78,
        &["sms.auth_token_file: none cannot be read", "mode 0600"],
    ),
    (
        "sms.account_sid = 'AC1'\nsms.auth_token_file = 'empty'",
        SERVE,
        78,
        &["sms.auth_token_file: empty is empty", "mode 0600"],
    ),
    (
        "sms.base_url = 'http://sms.example'",
        SERVE,
        78,
        &["sms.base_url must begin with https://"],
    ),
    (
        "voice.account_sid = 'AC1'\nvoice.auth_token_file = 'none'",
        SERVE,
        78,
        &["voice.auth_token_file: none cannot be read"],
    ),
    (
        "sms.second.account_sid = 'AC1'\nsms.second.auth_token_file = 'words'",
        SERVE,
        78,
        &["a single provider belongs in [sms]"],
    ),
    (
        "[[fcm.apps]]\napp_id = 'a'\nservice_account_file = 'none'",
        SERVE,
        78,
        &["fcm.apps.service_account_file: none cannot be read"],
    ),
    (
        "[[fcm.apps]]\napp_id = 'a'\nservice_account_file = 'words'",
        SERVE,
        78,
        &[
            "the service account of a",
            "download its key file (JSON) anew",
        ],
    ),
    (
        "[[fcm.apps]]\napp_id = ''\nservice_account_file = 'words'",
        SERVE,
        78,
        &["fcm.apps names an app_id twice, or an empty one"],
    ),
    (
        "email.host = 'mail.example'\nemail.from = 'nobody'",
        SERVE,
        78,
        &["email.from is no address"],
    ),
    (
        "email.user = 'x'",
        SERVE,
        78,
        &["email needs both user and password_file"],
    ),
    (
        "email.host = 'mail.example'\nemail.from = 'a@b.example'\nemail.ca_file = 'none'",
        SERVE,
        78,
        &["email.ca_file cannot be read"],
    ),
    (
        "ops.webhook_url = 'https://ops.example'",
        SERVE,
        78,
        &["ops needs both webhook_url and webhook_secret_file"],
    ),
    (
        "ops.webhook_url = 'https://ops.example'\nops.webhook_secret_file = 'words'",
        SERVE,
        78,
        &["ops.webhook_secret_file", "characters or more"],
    ),
    (
        "webhook.allow = ['10.0.0.0/99']",
        SERVE,
        78,
        &["webhook.allow", "no range such as 10.1.2.0/24"],
    ),
    (
        "metrics.bind = '0.0.0.0:9464'",
        SERVE,
        78,
        &["metrics.bind is public", "Set it, or bind to 127.0.0.1"],
    ),
    (
        "http.bind = '127.0.0.1:0'\nmetrics.token_file = 'words'",
        SERVE,
        78,
        &["metrics.token_file", "letters or more"],
    ),
    (
        "telemetry.format = 'xml'",
        SERVE,
        78,
        &["telemetry.format may be \"json\" or \"text\""],
    ),
    (
        "telemetry.level = 'a=b=c'",
        SERVE,
        78,
        &["telemetry.level is no filter, such as"],
    ),
    (
        "seal.key_dir = 'no-keys'",
        SERVE,
        78,
        &["no-keys", "`ampara keys make`"],
    ),
    (
        "seal.key_dir = 'open-keys'",
        SERVE,
        78,
        &["open-keys can be read by others", "chmod 700"],
    ),
    ("seal.key_dir = 'words'", SERVE, 78, &["words"]),
];

/// What the commands refuse, on an installation that is ready.
const ARGUMENTS: &[Case<'_>] = &[
    (
        "",
        &[
            "centre",
            "import",
            "none.geojson",
            "--municipality",
            "chihuahua",
        ],
        1,
        &["none.geojson"],
    ),
    (
        "",
        &["centre", "import", "words", "--municipality", "chihuahua"],
        1,
        &["words"],
    ),
    (
        "",
        &["centre", "import", "words", "--municipality", "atlantis"],
        1,
        &["words"],
    ),
    (
        "",
        &["centre", "retire", "XYZ", "--municipality", "chihuahua"],
        1,
        &["there is no centre XYZ", "`ampara centre list`"],
    ),
    (
        "",
        &["centre", "list", "--municipality", "atlantis"],
        1,
        &[
            "there is no municipality atlantis",
            "`ampara municipality list`",
        ],
    ),
    (
        "",
        &["municipality", "add", "--file", "none.toml"],
        1,
        &["none.toml"],
    ),
    (
        "",
        &["operator", "reset", "nobody"],
        1,
        &["there is no operator nobody", "`ampara operator list`"],
    ),
    (
        "",
        &["operator", "change", "nobody", "--name", "X"],
        1,
        &["there is no operator nobody", "`ampara operator list`"],
    ),
    (
        "",
        &["operator", "change", "nobody"],
        2,
        &["--name", "--role", "--centre", "--phone"],
    ),
    (
        "",
        &["operator", "add", "ana", "--name", "Ana", "--role", "boss"],
        2,
        &["one of operator, supervisor, administrator, auditor"],
    ),
    (
        "",
        &[
            "operator", "add", "ana", "--name", "Ana", "--role", "operator",
        ],
        1,
        &[
            "centre is missing or cannot be used",
            "`ampara operator add --help`",
        ],
    ),
    (
        "",
        &[
            "operator", "add", "ana", "--name", "Ana", "--role", "operator", "--centre", "XYZ",
        ],
        1,
        &["there is no centre XYZ", "`ampara centre import`"],
    ),
    (
        "",
        &[
            "operator", "add", "ana", "--name", "Ana", "--role", "auditor", "--phone", "911",
        ],
        1,
        &["--phone cannot be dialled", "+526141234567"],
    ),
    (
        "",
        &[
            "operator",
            "add",
            "ana",
            "--name",
            "Ana",
            "--role",
            "auditor",
            "--municipality",
            "atlantis",
        ],
        1,
        &["there is no municipality atlantis", "--municipality"],
    ),
    (
        "",
        &["keys", "make", "--weeks", "521"],
        2,
        &["521", "0..=520"],
    ),
    ("", &["keys", "mkae"], 2, &["mkae", "make"]),
    ("", &["sevre"], 2, &["sevre", "serve"]),
    (
        "",
        &["backup", "cli.toml"],
        1,
        &["cli.toml is already there; nothing is overwritten"],
    ),
    ("", &["backup", "no/folder/x.db"], 1, &["no/folder"]),
    (
        "",
        &["restore", "none.db"],
        1,
        &["can't read the backup", "none.db"],
    ),
    ("", &["restore", "words"], 1, &["the backup can't be used"]),
    ("", &["trace", "no-id"], 1, &["no-id"]),
    ("", &["outbox", "dismiss", "x"], 2, &["x"]),
];

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
fn settings(base: &str, own: &str) -> String {
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
        here.write("cli.toml", &settings(base, own));
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
    here.write("cli.toml", &settings(&base, &bind));
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
        &settings(
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
