//! `ampara demo` as a developer sees it who has just cloned the repository.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use ampara::clock::Clock;
use ampara::municipality::chihuahua;
use serde_json::json;

use super::stage::Installation;
use crate::harness::client::{self, Client, Reply};
use crate::harness::databases::{TestDatabase, TestEngine};
use crate::harness::fcm::Fcm;
use crate::harness::server::{RealServer, ampara, free_port};
use crate::harness::settings::{APP, PROJECT, TestSettings};
use crate::harness::twilio::Twilio;

const PATIENCE: Duration = Duration::from_secs(60);

/// The demo, and what it has written so far.
struct Demo {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        Self::start_with(&[], &[])
    }

    fn start_with(more: &[&str], environment: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = ampara();
        command
            .args([
                "demo",
                "--bind",
                &format!("127.0.0.1:{}", free_port()),
                "--data",
            ])
            .arg(folder.path())
            .args(more)
            .envs(environment.iter().map(|(name, value)| (name, value)));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let (out, lines) = channel();
        let written = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            written
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| out.send(line))
        });
        Self {
            child,
            lines,
            seen: Vec::new(),
            _folder: folder,
        }
    }

    /// Waits for a line with these words.
    fn shows(&mut self, words: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no {words:?} in {:#?}", self.seen)
            };
            self.seen.push(line.clone());
            if line.contains(words) {
                return line;
            }
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines are used as they were printed.
async fn what_it_says_to_try_works(sign_in: &str, token: &str) {
    let url = sign_in
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .unwrap();
    let body = sign_in.split("-d '").nth(1).unwrap().trim_end_matches('\'');
    let asks = client::bare()
        .post(url)
        .header("Content-Type", "application/json")
        .body(body.to_owned());
    let signed_in = asks.send().await.unwrap();
    assert_eq!(signed_in.status(), 200, "{sign_in}");

    let words: Vec<&str> = token.split_whitespace().collect();
    let ran = Command::new(words[0])
        .env("LC_ALL", "C")
        .args(&words[1..])
        .output()
        .unwrap();
    let shown = String::from_utf8(ran.stdout).unwrap();
    let access = shown
        .lines()
        .find_map(|line| line.strip_prefix("access  "))
        .unwrap_or_else(|| panic!("{shown}{}", String::from_utf8_lossy(&ran.stderr)));
    let base = url.strip_suffix("/v1/operators/sign-in").unwrap();
    let me = client::bare()
        .get(format!("{base}/v1/me"))
        .bearer_auth(access);
    assert_eq!(me.send().await.unwrap().status(), 200);
    let nobody = Command::new(words[0])
        .env("LC_ALL", "C")
        .args(&words[1..words.len() - 1])
        .arg("nobody")
        .output()
        .unwrap();
    let said = String::from_utf8(nobody.stderr).unwrap();
    assert!(
        said.contains("ana, beatriz, carmen, olga and saul"),
        "{said}"
    );
}

/// In the language of its terminal.
fn demo_in(locale: &str, folder: &Path, more: &[&str]) -> Output {
    let mut command = ampara();
    command.env("LC_ALL", locale).arg("demo").args(more);
    command.arg("--data").arg(folder).output().unwrap()
}

#[test]
fn a_port_that_is_taken_is_told_with_the_way_to_choose_another() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    for (locale, what) in [
        ("C.UTF-8", "another program listens"),
        ("es_MX.UTF-8", "otro programa escucha"),
    ] {
        let ran = demo_in(locale, folder.path(), &["--bind", &address]);
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(
            said.contains(what) && said.contains("--bind 127.0.0.1:8090"),
            "{said}"
        );
    }
}

#[test]
fn the_story_is_told_in_spanish_where_the_terminal_speaks_it() {
    let folder = tempfile::tempdir().unwrap();
    let bind = format!("127.0.0.1:{}", free_port());
    let ran = demo_in("es_MX.UTF-8", folder.path(), &["--once", "--bind", &bind]);
    let story = String::from_utf8(ran.stdout).unwrap();
    for line in [
        "Ana Lozano oprime el botón.",
        "el servidor lo tiene",
        "Beatriz Nava, por app",
        "ni nombre ni número",
        "Saúl confirma: cerrado",
        "Qué probar ahora:",
    ] {
        assert!(story.contains(line), "{line:?} is not in {story}");
    }
    for english in ["the ", " and ", "demo-", " by "] {
        let mut lines = story.lines();
        let found = lines.find(|line| line.contains(english) && !line.contains("curl"));
        assert_eq!(found, None, "{english:?}");
    }
}

#[tokio::test]
async fn the_demo_tells_the_main_job_and_whoever_presses_again_sees_it_again() {
    let mut demo = Demo::start();
    demo.shows("the server has it");
    let lock_screen = demo.shows("Beatriz Nava, by app");
    assert!(
        lock_screen.contains("[Tu hermana te necesita. Abre la app.]"),
        "{lock_screen}"
    );
    let before_the_claim = demo.shows("911's queue, before a claim");
    assert!(
        !before_the_claim.contains("Ana") && before_the_claim.contains("-000001 "),
        "{before_the_claim}"
    );
    demo.shows("Saúl confirms: closed");

    let curl = demo.shows("curl -X PUT");
    let url = curl
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .unwrap();
    let (alerts, _) = url.split_once("$(").unwrap();
    let header = demo.shows("Authorization");
    let bearer = header
        .split('\'')
        .nth(1)
        .unwrap()
        .strip_prefix("Authorization: ")
        .unwrap();
    let sign_in = demo.shows("/v1/operators/sign-in");
    let token = demo.shows("token ana");
    demo.shows("Stop with Ctrl-C.");
    what_it_says_to_try_works(&sign_in, &token).await;
    let step = token.replace("token ana", "step 60s");
    let words: Vec<&str> = step.split_whitespace().collect();
    let ran = Command::new(words[0])
        .env("LC_ALL", "C")
        .args(&words[1..])
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    demo.shows("the clock goes on by");
    let press = client::bare()
        .put(format!("{alerts}{}", uuid::Uuid::new_v4()))
        .header("Authorization", bearer);
    assert_eq!(press.send().await.unwrap().status(), 201);
    let mut again = vec![demo.shows("by "), demo.shows("by "), demo.shows("by ")];
    again.sort();
    for (line, name) in again.iter().zip([
        "Beatriz Nava, by app",
        "Carmen Ochoa, by app",
        "Doña Delia, by SMS",
    ]) {
        assert!(line.contains(name), "{again:#?}");
    }
    assert!(
        demo.seen.iter().any(|line| line.contains("-000002 "))
            || !demo.shows("-000002 ").is_empty()
    );
}

/// A phone asks for a code, and tries the one that is good for the demo's numbers.
async fn signs_in(anyone: &Client, phone: &str) -> Reply {
    let asked = json!({ "phone": phone, "municipality": chihuahua::CODE });
    anyone.post("/v1/sign-in", &asked).await.expect(202);
    let given = json!({
        "phone": phone,
        "code": "000000",
        "device": { "platform": "android", "label": "Moto" },
        "municipality": chihuahua::CODE,
        "privacy_notice": chihuahua::NOTICE_VERSION,
    });
    anyone.post("/v1/sign-in/verify", &given).await
}

#[tokio::test]
async fn a_phone_signs_in_by_000000_and_gets_a_real_push() {
    let fcm = Fcm::start(Clock::system());
    let account = fcm.service_account_file(PROJECT).display().to_string();
    let mut demo = Demo::start_with(
        &["--fcm", &account, "--app-id", APP],
        &[("AMPARA_FCM__BASE_URL", fcm.base_url())],
    );
    demo.shows(APP);
    let curl = demo.shows("curl -X PUT");
    let header = demo.shows("Authorization: Bearer ");
    let alert_token = header.split("Bearer ").nth(1).unwrap();
    let alert_token = alert_token.trim_end_matches('\'');
    demo.shows("Stop with Ctrl-C.");
    assert_eq!(fcm.total(), 0, "the made-up phones get nothing from FCM");
    let start = curl.find("http://").unwrap();
    let end = curl.find("/v1/alerts/").unwrap();
    let anyone = Client::anyone(&curl[start..end]);

    // A number that has never signed in, and one of a person of the story.
    signs_in(&anyone, "+526145550177").await.expect(200);
    let beatriz = signs_in(&anyone, "+526145550102").await.expect(200);
    for real in ["+526144100031", "+525512345678"] {
        signs_in(&anyone, real)
            .await
            .expect_problem(422, "code-wrong");
    }
    let push = json!({ "platform": "android", "app_id": APP, "provider": "fcm", "token": "token-of-a-real-phone" });
    let path = format!("/v1/devices/{}/push", beatriz["device"].as_str().unwrap());
    let hers = anyone.with_bearer(beatriz["access"].as_str().unwrap());
    hers.put(&path, &push).await.expect(204);
    let alert = format!("/v1/alerts/{}", uuid::Uuid::new_v4());
    let button = anyone.with_bearer(alert_token);
    button.put(&alert, &json!({})).await.expect(201);
    let came = fcm.expects_push("token-of-a-real-phone").await;
    assert_eq!(came.data["kind"], "alarm");
    let shown = demo.shows("your phone, by app");
    assert!(!shown.contains("token-of"), "{shown}");
}

#[tokio::test]
async fn a_server_that_sends_takes_no_known_code_for_a_number_of_the_demo() {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let (fcm, twilio) = (Fcm::start(Clock::system()), Twilio::start());
    let settings = TestSettings::new(&database, &fcm, &twilio, Clock::system().now()).file();
    let here = Installation::of(database.folder.path(), settings.clone());
    here.run(&["migrate"]).ok();
    here.run(&["municipality", "chihuahua", "--sms-sender", "+526140000000"])
        .ok();
    let mut server = RealServer::new(database.folder.path(), &settings);
    server.start().await;
    let refused = signs_in(&server.client(), "+526145550101").await;
    refused.expect_problem(422, "code-wrong");
    let sms = twilio.expects_sms("+526145550101").await;
    assert_ne!(sms.code().unwrap(), "000000");
}
