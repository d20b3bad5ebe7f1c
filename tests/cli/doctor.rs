//! `doctor` says what would not work tonight.

use ampara::clock::Clock;
use ampara::db::Db;
use ampara::ids::BootId;
use ampara::on;
use diesel::RunQueryDsl;
use serde_json::Value;

use super::stage::{Installation, Ran};
use crate::both_engines;
use crate::harness::databases::{TestDatabase, TestEngine};
use crate::harness::fcm::Fcm;
use crate::harness::server::{RealServer, free_port};
use crate::harness::settings::{APP, TestSettings};
use crate::harness::twilio::Twilio;

const SUPERVISOR: [&str; 9] = [
    "operator",
    "add",
    "saul",
    "--name",
    "Saúl Terrazas",
    "--role",
    "supervisor",
    "--centre",
    "CUU",
];

/// The findings of a check, worst first.
fn of<'a>(report: &'a Value, check: &str) -> Vec<(&'a str, &'a str)> {
    let text = |finding: &'a Value, key: &str| finding[key].as_str().unwrap();
    let findings = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["check"] == check);
    let mut found: Vec<_> = findings
        .map(|f| (text(f, "level"), text(f, "found")))
        .collect();
    found.sort_by_key(|(level, _)| ["fail", "warn", "ok"].iter().position(|l| l == level));
    found
}

#[track_caller]
fn is(report: &Value, check: &str, level: &str, words: &str) {
    let found = of(report, check);
    assert!(
        found.iter().any(|(l, f)| *l == level && f.contains(words)),
        "{check}: no {level} {words:?} in {found:?}"
    );
}

fn asked(here: &Installation) -> (Ran, Value) {
    let ran = here.run(&["doctor", "--json"]);
    let report = ran.json();
    (ran, report)
}

#[test]
fn doctor_speaks_the_terminal_s_language_to_people_and_english_to_programs() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let here = Installation::bare(&database);
    let [es, en] = ["es_MX.UTF-8", "C"].map(|locale| here.run_in(locale, &["doctor"], ""));
    assert!(en.out.contains("What would not work tonight:"), "{en:?}");
    assert!(es.out.contains("Qué no funcionaría esta noche:"), "{es:?}");
    assert!(
        es.out.contains("no se puede recibir ningún aviso") && !es.out.contains("{ $"),
        "{es:?}"
    );
    assert_eq!((es.code, en.code), (1, 1));
    let checks = |out: &str| -> Vec<String> {
        let findings = out.lines().take_while(|line| !line.is_empty());
        let check = |line: &str| {
            line.split_whitespace()
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        };
        findings.map(check).collect()
    };
    assert_eq!(checks(&es.out), checks(&en.out));
    let json = here.run_in("es_MX.UTF-8", &["doctor", "--json"], "").json();
    is(&json, "ops", "warn", "alarms are in the log alone");
}

/// A server is ready for presses a moment before its senders give their first sign of life.
fn asked_once_it_sends(here: &Installation) -> (Ran, Value) {
    let until = std::time::Instant::now() + crate::harness::ledger::PATIENCE;
    loop {
        let (ran, report) = asked(here);
        if of(&report, "server")[0].0 == "ok" || std::time::Instant::now() > until {
            return (ran, report);
        }
    }
}

/// Says that an operator's feed is alive, as a server would, for as long as it may (`presence_s`).
async fn comes_to_work(db: &Db) {
    let until = Clock::system()
        .now()
        .plus(std::time::Duration::from_secs(60))
        .micros();
    let connection = BootId::new()
        .bytes()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect::<String>();
    let write = move |conn: &mut ampara::db::Conn| -> Result<(), ampara::db::DbError> {
        let boot = match conn {
            ampara::db::Conn::Postgres(_) => format!("'\\x{connection}'::bytea"),
            ampara::db::Conn::Sqlite(_) => format!("x'{connection}'"),
        };
        let text = format!(
            "insert into presence (operator, boot, centre, role, until) \
             select operators.id, {boot}, operators.centre, 'supervisor', {until} from operators where sign_in_name = 'saul'"
        );
        on!(conn, |c| diesel::sql_query(&text).execute(c))?;
        Ok(())
    };
    db.write(ampara::db::WritePriority::Background, write)
        .await
        .unwrap();
}

both_engines! {
    async fn a_server_with_all_it_needs_passes_and_what_is_taken_away_is_named(database) {
        let (fcm, twilio) = (Fcm::start(Clock::system()), Twilio::start());
        let mut settings = TestSettings::new(&database, &fcm, &twilio, Clock::system().now());
        settings.set("metrics.bind", format!("127.0.0.1:{}", free_port()));
        settings.set("escalation.presence_s", 60);
        let here = Installation::of(database.folder.path(), settings.file());
        here.run(&["migrate"]).ok();
        here.run(&["municipality", "chihuahua", "--sms-sender", "+526140000000", "--app", APP]).ok();
        here.run(&[&SUPERVISOR[..], &["--phone", "6144101234"]].concat()).ok();
        here.run(&["operator", "add", "lupe", "--name", "Lupe", "--role", "administrator"]).ok();
        let mut server = RealServer::new(database.folder.path(), &settings.file());
        server.start().await;

        let (ran, report) = asked_once_it_sends(&here);
        assert_eq!((ran.code, &report["works"]), (1, &false.into()), "an empty shift: {report:#}");
        is(&report, "shift", "fail", "no operator is connected");
        let failing: Vec<_> = report["findings"].as_array().unwrap().iter().filter(|f| f["level"] == "fail").collect();
        assert_eq!(failing.len(), 1, "nothing else fails: {failing:?}");
        assert!(failing[0]["tonight"].as_str().unwrap().contains("1 by SMS"), "{failing:?}");

        comes_to_work(&Db::open_beside(&database.config).unwrap()).await;
        let (ran, report) = asked(&here);
        assert_eq!((ran.code, &report["works"]), (0, &true.into()), "{report:#}");
        let fine = [
            "public_url", "clock", "keys", "database", "server", "plans", "fcm", "sms", "voice", "metrics", "dead_letters",
            "shift",
        ];
        for check in fine {
            assert_eq!(of(&report, check)[0].0, "ok", "{check}: {report:#}");
        }
        is(&report, "voice_sender", "warn", "chihuahua has voice and lacks voice_sender");
        let words = here.run(&["doctor"]).ok();
        assert!(words.contains("ok    database") && words.contains("Nothing that can be seen from here"), "{words}");
        for personal in ["6144101234", "Saúl", "Lupe"] {
            assert!(!words.contains(personal) && !ran.out.contains(personal), "{personal}");
        }
        assert!(server.stop().await, "{}", server.log());
        is(&asked(&here).1, "metrics", "warn", "no answer");
    }

    async fn an_account_that_is_refused_is_told_from_one_that_is_taken(database) {
        let (fcm, twilio) = (Fcm::start(Clock::system()), Twilio::start());
        let mut settings = TestSettings::new(&database, &fcm, &twilio, Clock::system().now());
        let token = database.folder.path().join("wrong-token");
        std::fs::write(&token, "not the token").unwrap();
        std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        settings.set("sms.auth_token_file", token.to_str().unwrap());
        let here = Installation::of(database.folder.path(), settings.file());
        here.run(&["migrate"]).ok();
        let (ran, report) = asked(&here);
        assert_eq!(ran.code, 1);
        is(&report, "sms", "fail", "401");
        is(&report, "fcm", "ok", APP);
        is(&report, "municipality", "fail", "there is none");
        is(&report, "apps", "warn", APP);
        is(&report, "server", "fail", "no server gives a sign of life");
        let second = Twilio::start_second();
        let (_, report) = asked(&Installation::of(database.folder.path(), settings.gateway("sms.second", &second).file()));
        is(&report, "sms", "warn", "401: SMS hang on the other provider");
        is(&report, "sms_second", "ok", "taken");
    }

    async fn it_really_sends_the_one_message_that_it_is_asked_for(database) {
        let (fcm, twilio) = (Fcm::start(Clock::system()), Twilio::start());
        let settings = TestSettings::new(&database, &fcm, &twilio, Clock::system().now());
        let here = Installation::of(database.folder.path(), settings.file());
        here.run(&["migrate"]).ok();
        here.run(&["doctor", "--send-sms", "614 410 0009"]).fails_out(1, "there is no municipality chihuahua");
        let chihuahua = ["municipality", "chihuahua", "--sms-sender", "+526140000000", "--app", APP];
        here.run(&[&chihuahua[..], &["--voice-sender", "+526140000001"]].concat()).ok();
        let said = here.run(&["doctor", "--send-sms", "614 410 0009"]).ok();
        assert!(said.contains("the provider took the message") && !said.contains("614 410 0009"), "{said}");
        let sms = twilio.expects_sms("+526144100009").await;
        assert!(sms.body.starts_with("Prueba de Ampara") && sms.from == "+526140000000", "{sms:?}");
        here.run(&["doctor", "--call", "+526144100009"]).ok();
        assert_eq!(twilio.expects_call("+526144100009").await.from, "+526140000001");
        here.run(&["doctor", "--push", "a-token"]).ok();
        assert_eq!(fcm.expects_push("a-token").await.data["kind"], "trial");
        here.run(&["doctor", "--push", "a-token", "--app", "another.app"]).fails_out(1, "app unknown");
        here.run(&["doctor", "--send-sms", "911"]).fails_out(1, "cannot be dialled");
        twilio.expects_nothing_for("911");
    }

    async fn a_backup_by_postgresql_s_own_tools_is_noted_by_hand(database) {
        let here = Installation::ready(&database);
        if database.is_sqlite() {
            here.run(&["backup", "--noted"]).fails(1, "`ampara backup FILE`");
            return;
        }
        is(&asked(&here).1, "backup", "warn", "none is known of");
        here.run(&["backup", "--noted"]).ok();
        is(&asked(&here).1, "backup", "ok", "the last known is of");
    }

    async fn supervisors_whom_no_alarm_reaches_are_named_by_their_account(database) {
        let here = Installation::ready(&database);
        here.run(&SUPERVISOR).ok();
        let (ran, report) = asked(&here);
        assert_eq!(ran.code, 1);
        is(&report, "supervisors", "warn", "saul of chihuahua/CUU has no phone");
        is(&report, "supervisors", "warn", "no supervisor who could be called");
        is(&report, "public_url", "fail", "this machine alone");
        is(&report, "fcm", "fail", "no app");
        is(&report, "sms", "fail", "no account");
        is(&report, "voice", "warn", "no calls are made");
        is(&report, "operators", "warn", "no administrator");
        let tonight = here.run(&["doctor"]).out;
        assert!(tonight.contains("What would not work tonight:\n- "), "{tonight}");
    }
}

#[test]
fn the_age_of_the_last_backup_and_missing_parts_are_told() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let here = Installation::bare(&database);
    let (_, report) = asked(&here);
    is(&report, "keys", "fail", "`ampara keys make`");
    is(&report, "database", "fail", "`ampara migrate`");
    let here = Installation::ready(&database);
    is(&asked(&here).1, "backup", "warn", "none is known of");
    is(
        &asked(&here).1,
        "key_dir",
        "warn",
        "a copy of the folder holds both",
    );
    here.run(&["backup", "copy.db"]).ok();
    is(&asked(&here).1, "backup", "ok", "the last known is of");
    here.write("ampara.db.backed-up", "2026-01-01T00:00:00Z\n");
    is(&asked(&here).1, "backup", "warn", "hours old");
    here.write("cli.toml", "[nonsense]\n");
    let (ran, report) = asked(&here);
    assert_eq!(ran.code, 1);
    is(&report, "settings", "fail", "nonsense");
}
