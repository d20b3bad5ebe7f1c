//! `operator email`, `operator webhook`, and the desk of those who run the server, with the real
//! binary.

use std::time::Instant;

use ampara::clock::Clock;
use serde_json::json;

use super::stage::Installation;
use crate::both_engines;
use crate::harness::databases::{TestDatabase, TestEngine};
use crate::harness::fcm::Fcm;
use crate::harness::ledger::PATIENCE;
use crate::harness::server::RealServer;
use crate::harness::settings::{APP, TestSettings};
use crate::harness::smtp::{Face, Smtp};
use crate::harness::twilio::{self, Twilio};
use crate::harness::webhook::{Answer, WebhookFake};

const OPS: &str = "/ops";
const SECRET: &str = "un secreto de la guardia";

#[test]
fn an_operators_mailbox_and_pager_are_put_down_changed_and_removed() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let here = Installation::ready(&database);
    let add = [
        "operator",
        "add",
        "saul",
        "--name",
        "Saúl",
        "--role",
        "supervisor",
        "--centre",
        "CUU",
        "--email",
    ];
    here.run(&[&add[..], &["saul@"]].concat())
        .fails(1, "no email can go");
    here.run(&[&add[..], &["saul@c911.test"]].concat()).ok();
    here.run(&["operator", "email", "saul", "saul@otro.test"])
        .ok();
    here.run(&["operator", "email", "saul", "--remove"]).ok();
    here.run(&["operator", "email", "saul", "--remove"])
        .fails(1, "no mailbox to remove");
    here.run(&["operator", "email", "saul"]).fails(2, "ADDRESS");
    for (url, why) in [
        ("http://9.9.9.9:8080/", "is not https"),
        ("https://127.0.0.1/", "leads inside a network"),
        ("https://169.254.169.254/latest", "leads inside a network"),
        ("https://[::ffff:10.0.0.1]/", "leads inside a network"),
        ("https://localhost/", "leads inside a network"),
        ("https://ana:x@9.9.9.9/", "a name or password"),
        ("https://9.9.9.9:22/", "has a port"),
        ("pager", "is no URL"),
    ] {
        here.run(&["operator", "webhook", "saul", url])
            .fails(1, why);
    }
    let shown = here
        .run(&["operator", "webhook", "saul", "https://9.9.9.9/in"])
        .ok();
    let secret = shown
        .trim()
        .strip_prefix("secret")
        .unwrap()
        .trim()
        .to_owned();
    assert_eq!(secret.len(), 43, "{shown}");
    assert_ne!(
        here.run(&["operator", "webhook", "saul", "https://9.9.9.9/in"])
            .ok(),
        shown,
        "a new one each time"
    );
    here.run(&["operator", "webhook", "saul", "--remove"]).ok();
    here.run(&["operator", "webhook", "saul", "--remove"])
        .fails(1, "no webhook to remove");
}

/// Settings with a relay and a desk.
fn settings(
    database: &TestDatabase,
    fcm: &Fcm,
    twilio: &Twilio,
    smtp: &Smtp,
    webhook: &WebhookFake,
) -> TestSettings {
    let mut settings = TestSettings::new(database, fcm, twilio, Clock::system().now());
    smtp.serves(&mut settings);
    let file = database.folder.path().join("ops-secret");
    std::fs::write(&file, SECRET).unwrap();
    webhook.shares(OPS, SECRET);
    settings
        .set("webhook.allow", vec!["127.0.0.1/32"])
        .set("ops.webhook_url", webhook.url(OPS))
        .set("ops.webhook_secret_file", file.to_str().unwrap())
        .set("ops.again_s", 1);
    settings
}

both_engines! {
    async fn doctor_tries_the_relay_and_the_desk(database) {
        let (fcm, twilio) = (Fcm::start(Clock::system()), Twilio::start());
        let webhook = WebhookFake::start(Clock::system());
        for (face, level) in [(Face::Good, "ok"), (Face::AnotherAuthority, "fail")] {
            let smtp = Smtp::with_face(face);
            let here = Installation::of(database.folder.path(), settings(&database, &fcm, &twilio, &smtp, &webhook).file());
            if level == "fail" {
                webhook.answers(OPS, [Answer::Status(404)]);
            }
            let report = here.run(&["doctor", "--json"]).json();
            let found = |check: &str| report["findings"].as_array().unwrap().iter().find(|f| f["check"] == check).unwrap();
            for check in ["email", "ops"] {
                assert_eq!(found(check)["level"], level, "{check}: {report:#}");
            }
            assert_eq!(webhook.expects(OPS).await.body["type"], "ping");
        }
    }

    async fn what_a_provider_refuses_reaches_those_who_run_the_server(database) {
        let (fcm, twilio, smtp) = (Fcm::start(Clock::system()), Twilio::start(), Smtp::start());
        let webhook = WebhookFake::start(Clock::system());
        let settings = settings(&database, &fcm, &twilio, &smtp, &webhook);
        let here = Installation::of(database.folder.path(), settings.file());
        here.run(&["migrate"]).ok();
        here.run(&["municipality", "chihuahua", "--sms-sender", "+526140000000", "--app", APP]).ok();
        let mut server = RealServer::new(database.folder.path(), &settings.file());
        // The country is not permitted: ops must change that.
        twilio.answers_all(twilio::Answer::Refused(21_408));
        server.start().await;
        for n in 0..3 {
            let phone = json!({ "phone": format!("+52614410003{n}") });
            server.client().post("/v1/sign-in", &phone).await.expect(202);
        }
        let (mut count, until) = (0, Instant::now() + PATIENCE);
        while count < 3 {
            assert!(Instant::now() < until, "{count} of 3: {}", server.log());
            let call = webhook.expects(OPS).await;
            if call.body["code"] == "a-provider-refuses" {
                count += call.body["count"].as_u64().unwrap();
                assert_eq!(call.body["about"], json!({ "channel": "sms", "reason": "not_authorised" }));
                assert!(!call.body.to_string().contains("61441"), "{}", call.body);
            }
        }
        assert!(server.stop().await, "{}", server.log());
        twilio.take_all();
        while webhook.claim(OPS).is_some() {}
    }
}
