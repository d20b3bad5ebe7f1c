//! What Prometheus reads, and what the log tells of an alert; and that neither identifies a person.

use std::time::{Duration, Instant};

use ampara::clock::Clock;
use ampara::foundation::Foundation;
use ampara::identity::model::Role;
use ampara::municipality::chihuahua::CENTRES_GEOJSON;
use serde_json::json;
use uuid::Uuid;

use crate::both_engines;
use crate::harness::client;
use crate::harness::fcm::{Answer, Fcm};
use crate::harness::ledger::PATIENCE;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};
use crate::harness::seed;
use crate::harness::server::{RealServer, free_port};
use crate::harness::settings::{APP, TestSettings};
use crate::harness::twilio::Twilio;

/// The listener of metrics.
struct Reader {
    url: String,
}

impl Reader {
    fn at(port: u16) -> Self {
        Self {
            url: format!("http://127.0.0.1:{port}/metrics"),
        }
    }

    async fn asks(&self, token: Option<&str>) -> (u16, String) {
        let mut request = client::bare().get(&self.url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let reply = request.send().await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    }

    async fn scrapes(&self) -> Scrape {
        let (status, text) = self.asks(None).await;
        assert_eq!(status, 200, "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
        Scrape(text)
    }
}

struct Scrape(String);

impl Scrape {
    /// The value of a series by its name and labels, in whatever order they come.
    fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let wanted: Vec<String> = labels
            .iter()
            .map(|(key, value)| format!("{key}=\"{value}\""))
            .collect();
        let lines = self.0.lines().filter(|line| !line.starts_with('#'));
        let found = lines
            .filter_map(|line| line.rsplit_once(' '))
            .find(|(series, _)| {
                let (of, rest) = series.split_once('{').unwrap_or((series, ""));
                let given = rest
                    .trim_end_matches('}')
                    .split(',')
                    .filter(|label| !label.is_empty())
                    .count();
                of == name
                    && given == wanted.len()
                    && wanted.iter().all(|label| rest.contains(label.as_str()))
            });
        found.map(|(_, value)| value.parse().unwrap())
    }

    #[track_caller]
    fn is(&self, name: &str, labels: &[(&str, &str)], value: f64) {
        assert_eq!(
            self.value(name, labels),
            Some(value),
            "{name} {labels:?}\n{}",
            self.0
        );
    }
}

both_engines! {
    async fn a_story_is_counted_and_nobody_is_in_the_numbers(database) {
        let port = free_port();
        let town = Town::found_with(database, CENTRES_GEOJSON, |s| {
            // No operator leaves because the clock is moved.
            s.set("metrics.bind", format!("127.0.0.1:{port}")).set("escalation.presence_s", 120);
        }).await;
        let reader = Reader::at(port);
        let before = reader.scrapes().await;
        before.is("ampara_health", &[("state", "ok")], 1.0);
        before.is("ampara_health", &[("state", "failing")], 0.0);
        before.is("ampara_attempts_total", &[("channel", "fcm"), ("outcome", "failed")], 0.0);
        let centre = town.centres[0].to_string();
        before.is("ampara_on_shift", &[("centre", &centre), ("role", "operator")], 0.0);

        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Canaria Zxq").await;
        let prima = she.trusts_with_app("Prima Qzx", "+526144100002", "token-canario").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let feed = marta.watches().await;
        let pressed = she.presses_with(json!({ "note": "nota-canaria", "location": { "lat": 28.612_345_6, "lon": -106.098_765_4, "accuracy": 9.0 } })).await;
        prima.gets_alarm().await;
        town.app.clock.advance(Duration::from_secs(12));
        prima.answers(pressed.id(), "cannot_help").await;
        prima.answers(pressed.id(), "on_my_way").await;
        town.app.clock.advance(Duration::from_secs(9));
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        marta.claims(&record).await.expect(200);

        let after = reader.scrapes().await;
        after.is("ampara_press_answer_seconds_count", &[], 1.0);
        after.is("ampara_press_first_push_seconds_count", &[], 1.0);
        after.is("ampara_first_answer_seconds_count", &[], 1.0);
        after.is("ampara_first_answer_seconds_sum", &[], 12.0);
        after.is("ampara_claim_seconds_count", &[], 1.0);
        after.is("ampara_claim_seconds_sum", &[], 21.0);
        after.is("ampara_attempts_total", &[("channel", "fcm"), ("outcome", "sent")], 1.0);
        after.is("ampara_feeds", &[], 1.0);
        after.is("ampara_on_shift", &[("centre", &centre), ("role", "operator")], 1.0);
        after.is("ampara_dead_letters", &[], 0.0);
        after.is("ampara_breaker_open", &[("provider", "fcm/mx.example.mia")], 0.0);
        assert!(after.value("ampara_database_commits_total", &[]) > before.value("ampara_database_commits_total", &[]));
        assert_eq!(after.value("ampara_commit_seconds_count", &[]), after.value("ampara_commit_closures_count", &[]));
        for canary in ["Canaria", "Prima", "canario", "nota-canaria", "614410", "28.61", "106.09", &she.alert_token, &she.access] {
            assert!(!after.0.contains(canary), "{canary}: {}", after.0);
        }
        for id in [pressed.id(), &pressed.client_id, record["id"].as_str().unwrap(), record["folio"].as_str().unwrap(), &marta.id, &prima.contact] {
            assert!(!after.0.contains(id), "{id}: {}", after.0);
        }

        drop(feed);
        town.app.fcm.answers_all(Answer::Unavailable(None));
        for _ in 0..2 {
            town.app.clock.advance(Duration::from_secs(60));
            town.app.beats().await;
        }
        let worse = reader.scrapes().await;
        worse.is("ampara_breaker_open", &[("provider", "fcm/mx.example.mia")], 1.0);
        worse.is("ampara_health", &[("state", "ok")], 0.0);
        assert!(worse.value("ampara_oldest_overdue_plan_seconds", &[]) > Some(60.0), "{}", worse.0);
    }

    async fn with_a_token_only_its_bearer_reads(database) {
        let port = free_port();
        let file = database.folder.path().join("metrics-token");
        std::fs::write(&file, "only-for-prometheus\n").unwrap();
        let _town = Town::found_with(database, CENTRES_GEOJSON, |s| {
            s.set("metrics.bind", format!("127.0.0.1:{port}")).set("metrics.token_file", file.to_str().unwrap());
        }).await;
        let reader = Reader::at(port);
        for wrong in [None, Some(""), Some("only-for-prometheus!"), Some("only-for-prometheu")] {
            let (status, text) = reader.asks(wrong).await;
            assert_eq!((status, text.as_str()), (401, ""), "{wrong:?}");
        }
        assert_eq!(reader.asks(Some("only-for-prometheus")).await.0, 200);
    }

    async fn the_real_binary_counts_what_it_sends(database) {
        let clock = Clock::system();
        let (fcm, twilio) = (Fcm::start(clock.clone()), Twilio::start());
        let port = free_port();
        let mut settings = TestSettings::new(&database, &fcm, &twilio, clock.now());
        settings.set("metrics.bind", format!("127.0.0.1:{port}")).set("telemetry.level", "info,ampara=debug");
        settings.set("plan.no_receipt_s", 300).set("plan.unanswered_s", 600);
        let mut server = RealServer::new(database.folder.path(), &settings.file());
        server.start().await;
        let beside = Foundation::open_beside(settings.config(), clock).unwrap();
        let town = seed::town(&beside, APP).await;
        let contacts = seed::contacts(&beside, town, APP, seed::CHOSEN).await;
        let she = seed::people(&beside, town, 0, 1, &contacts).await.remove(0);
        let path = format!("/v1/alerts/{}", Uuid::new_v4());
        let raised = server.client().with_bearer(&she.alert_token).put(&path, &json!({})).await.expect(201);
        for token in &she.chosen {
            fcm.expects_push(token).await;
        }
        // Outcomes are written a moment after the pushes arrived.
        let (reader, until) = (Reader::at(port), Instant::now() + PATIENCE);
        let scrape = loop {
            let scrape = reader.scrapes().await;
            let sent = scrape.value("ampara_attempts_total", &[("channel", "fcm"), ("outcome", "sent")]);
            if sent == Some(seed::CHOSEN as f64) {
                break scrape;
            }
            assert!(Instant::now() < until, "{}", scrape.0);
        };
        scrape.is("ampara_press_first_push_seconds_count", &[], 1.0);
        scrape.is("ampara_messages", &[("state", "sending")], 0.0);
        assert!(server.stop().await, "{}", server.log());
        assert!(client::bare().get(&reader.url).send().await.is_err(), "it listens after the stop");

        let (log, alert) = (server.log(), raised["id"].as_str().unwrap());
        let told = |message: &str| log.lines().filter(|line| line.contains(message) && line.contains(alert)).count();
        assert_eq!((told("\"pressed\""), told("\"a message\"")), (1, seed::CHOSEN), "{log}");
        for canary in she.chosen.iter().chain([&she.alert_token]).map(String::as_str).chain(["Beatriz", "Tu vecina"]) {
            assert!(!scrape.0.contains(canary) && !log.contains(canary), "{canary}: {} {log}", scrape.0);
        }
    }

    async fn a_port_that_is_taken_keeps_no_server_from_taking_presses(database) {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let town = Town::found_with(database, CENTRES_GEOJSON, |s| { s.set("metrics.bind", address); }).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.presses().await;
    }
}
