//! `ampara rehearse`: a drilled evening over the real providers, of which one phone alone hears.

use ampara::clock::Clock;

use super::stage::{Installation, Ran};
use crate::both_engines;
use crate::harness::databases::{TestDatabase, TestEngine};
use crate::harness::fcm::Fcm;
use crate::harness::scratch;
use crate::harness::server::{RealServer, ampara};
use crate::harness::settings::{APP, PUBLIC_URL, TestSettings};
use crate::harness::smtp::Smtp;
use crate::harness::twilio::{Answer, Twilio};
use crate::harness::webhook::WebhookFake;

const SENDER: &str = "+526140000000";
const CALLER: &str = "+526140000001";
/// The phone that takes part, and another supervisor's, which must hear nothing.
const PHONE: &str = "+526145550199";
const ANOTHER: &str = "+526145550198";

/// A town with providers for everything, each of which fails the test over a message that it did
/// not expect.
struct Office {
    twilio: Twilio,
    here: Installation,
    settings: std::path::PathBuf,
    _others: (Fcm, Smtp, WebhookFake),
}

impl Office {
    fn opens(database: &TestDatabase, more: impl FnOnce(&mut TestSettings)) -> Self {
        let clock = Clock::system();
        let (fcm, twilio) = (Fcm::start(clock.clone()), Twilio::start());
        let (smtp, webhook) = (Smtp::start(), WebhookFake::start(clock.clone()));
        let mut settings = TestSettings::new(database, &fcm, &twilio, clock.now());
        smtp.serves(&mut settings);
        let secret = database.folder.path().join("ops-secret");
        std::fs::write(&secret, "un secreto de la guardia").unwrap();
        settings
            .set("webhook.allow", vec!["127.0.0.1/32"])
            .set("ops.webhook_url", webhook.url("/ops"))
            .set("ops.webhook_secret_file", secret.to_str().unwrap())
            .set("plan.unclaimed_louder_s", 1)
            .set("plan.unclaimed_supervisors_s", 1);
        more(&mut settings);
        let settings = settings.file();
        let here = Installation::of(database.folder.path(), settings.clone());
        here.run(&["migrate"]).ok();
        let town = ["municipality", "chihuahua", "--sms-sender", SENDER];
        here.run(&[&town[..], &["--voice-sender", CALLER, "--app", APP]].concat())
            .ok();
        let saul = ["operator", "add", "saul", "--name", "Saúl"];
        let role = ["--role", "supervisor", "--centre", "CUU"];
        let ways = ["--phone", ANOTHER, "--email", "saul@c911.test"];
        here.run(&[&saul[..], &role, &ways].concat()).ok();
        Self {
            twilio,
            here,
            settings,
            _others: (fcm, smtp, webhook),
        }
    }

    fn rehearses(&self, locale: &str, more: &[&str]) -> Ran {
        let folder = scratch::folder();
        let mut command = ampara();
        command
            .env("LC_ALL", locale)
            .env("TMPDIR", folder.path())
            .arg("--config")
            .arg(&self.settings)
            .args(["rehearse", "614 555 0199", "--pause", "0"])
            .args(more);
        let done = command.output().unwrap();
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 0, "the scratch server is deleted");
        Ran {
            code: done.status.code().unwrap(),
            out: String::from_utf8(done.stdout).unwrap(),
            err: String::from_utf8(done.stderr).unwrap(),
        }
    }
}

/// Where each of these is in the text, in that order.
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let found = rest.split_once(part);
        rest = found
            .unwrap_or_else(|| panic!("{part:?} is missing or out of order in {text}"))
            .1;
    }
}

both_engines! {
    async fn one_phone_is_told_of_the_drill_alarmed_twice_and_told_of_its_end(database) {
        let office = Office::opens(&database, |_| {});
        let twilio = &office.twilio;
        let mut server = RealServer::new(database.folder.path(), &office.settings);
        server.start().await;
        twilio.serves(PUBLIC_URL, &server.base_url());

        let asked = office.rehearses("C", &[]);
        assert!(asked.err.contains("4 texts and 2 calls to +526145550199"), "{asked:?}");
        asked.fails(2, "Nothing was sent");
        assert_eq!(twilio.take_all().len() + twilio.take_calls().len(), 0);

        let ran = office.rehearses("C", &["--yes"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        in_order(&ran.out, &[
            "text to your phone  [ENSAYO de Ampara",
            "taken by the provider",
            "a made-up woman presses; no operator is on shift",
            "the phone should ring",
            "in 1 s supervisors are alarmed again",
            "sin tomar",
            "she closes her alert",
            "text to your phone  [Fin del ENSAYO",
            "Alarms by text: 2 of 2",
            "Alarms by call: 2 of 2",
            "All was taken",
        ]);
        assert!(ran.out.contains("her contact, made up: shown here, not sent"), "{}", ran.out);
        let texts: Vec<_> = twilio.take_all();
        let calls = twilio.take_calls();
        assert!(texts.iter().all(|sms| sms.to == PHONE && sms.from == SENDER), "{texts:?}");
        assert!(calls.iter().all(|call| call.to == PHONE && call.from == CALLER), "{calls:?}");
        assert_eq!((texts.len(), calls.len()), (4, 2), "{texts:?}");
        // Each says that it is a drill.
        assert!(texts.iter().all(|sms| sms.body.contains("ENSAYO")), "{texts:?}");
        assert!(calls.iter().all(|call| call.said.iter().all(|said| said.contains("ENSAYO"))), "{calls:?}");

        // What the gateway reports of it comes to the real server, which knows none of it.
        assert_eq!(twilio.reports(&texts[1], "delivered").await, 204);
        let thanks = twilio.presses(&calls[0], "1").await;
        assert!(format!("{thanks:?}").contains("Gracias"), "{thanks:?}");
        assert_eq!(twilio.ends(&calls[0], "completed").await, 204);
        assert!(server.stop().await, "{}", server.log());
    }
}

#[tokio::test]
async fn it_speaks_spanish_and_says_where_no_call_can_be_made() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let office = Office::opens(&database, |settings| {
        settings.table.remove("voice");
    });
    let ran = office.rehearses("es_MX.UTF-8", &["--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    in_order(
        &ran.out,
        &[
            "SMS a su teléfono",
            "el proveedor lo aceptó",
            "una mujer inventada oprime el botón",
            "ella cierra su aviso",
            "el proveedor aceptó 2 de 2",
            "No se hizo ninguna llamada",
            "Todo se aceptó",
        ],
    );
    assert!(ran.err.contains("4 SMS y hace 0 llamadas"), "{}", ran.err);
    let texts = office.twilio.take_all();
    assert_eq!(texts.iter().filter(|sms| sms.to == PHONE).count(), 4);
}

#[tokio::test]
async fn what_a_provider_refuses_is_named_with_its_remedy() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let office = Office::opens(&database, |_| {});
    let twilio = &office.twilio;
    // Not even the first text: then no alarm follows it.
    twilio.answers_all(Answer::Refused(21_408));
    let ran = office.rehearses("C", &["--yes"]);
    assert!(
        ran.out.contains("REFUSED") && ran.out.contains("21408"),
        "{ran:?}"
    );
    assert!(!ran.out.contains("a made-up woman presses"), "{ran:?}");
    ran.fails_out(1, "Not all was taken");
    assert_eq!(twilio.take_all().len(), 1);

    // The calls alone.
    twilio.answers_all(Answer::Queued);
    twilio.answers_all_calls(Answer::Refused(21_215));
    let ran = office.rehearses("C", &["--yes"]);
    assert!(ran.out.contains("Alarms by text: 2 of 2"), "{ran:?}");
    assert!(ran.out.contains("Alarms by call: 0 of 2"), "{ran:?}");
    assert!(
        ran.out.contains("see `ampara doctor` for [voice]"),
        "{ran:?}"
    );
    ran.fails_out(1, "would not have been alarmed in every way");
    assert!(twilio.take_all().iter().all(|sms| sms.to == PHONE));
    assert!(twilio.take_calls().iter().all(|call| call.to == PHONE));
}

#[tokio::test]
async fn a_phone_that_said_stop_and_a_number_that_is_none_are_refused() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let office = Office::opens(&database, |_| {});
    let mut server = RealServer::new(database.folder.path(), &office.settings);
    server.start().await;
    office.twilio.serves(PUBLIC_URL, &server.base_url());
    let path = "/v1/callbacks/sms/inbound";
    assert_eq!(
        office.twilio.inbound(path, PHONE, SENDER, "ALTO").await,
        200
    );
    office.rehearses("C", &["--yes"]).fails(1, "has said STOP");
    let here = &office.here;
    here.run(&["rehearse", "911", "--yes"])
        .fails(1, "911 is no telephone number");
    here.run(&["rehearse", PHONE, "--municipality", "parral"])
        .fails(1, "there is no municipality parral");
    here.run(&["rehearse", PHONE, "--pause", "601"])
        .fails(2, "601");
    assert_eq!(office.twilio.take_all().len(), 0);
    assert!(server.stop().await, "{}", server.log());
}
