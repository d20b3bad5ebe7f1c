//! Names, numbers, places and tokens of a whole story, looked for where they must not be.

use std::io::Write;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use ampara::delivery::channels::email::errors::Stage;
use ampara::identity::model::Role;
use ampara::municipality::chihuahua;
use serde_json::json;
use uuid::Uuid;

use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::people::{Her, Operator911, Town};
use crate::harness::postgres::{Cluster, programs};
use crate::harness::smtp::{Reply, Smtp};
use crate::harness::twilio;

/// What is listened for in every log line of this process, the lines that had it, and how many
/// lines there were.
static HEARD: Mutex<Heard> = Mutex::new(Heard {
    canaries: Vec::new(),
    leaks: Vec::new(),
    lines: 0,
});

struct Heard {
    canaries: Vec<String>,
    leaks: Vec<String>,
    lines: usize,
}

fn heard() -> std::sync::MutexGuard<'static, Heard> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Listener;

impl Write for Listener {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut heard = heard();
        heard.lines += 1;
        let line = String::from_utf8_lossy(bytes);
        if heard
            .canaries
            .iter()
            .any(|canary| line.contains(canary.as_str()))
        {
            heard.leaks.push(line.into_owned());
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Listens to all that the process logs from now on, at its most talkative.
fn listens() {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("trace,hyper=info,h2=info,mio=info")
        .with_ansi(false)
        .with_writer(|| Listener)
        .finish();
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// All that the database keeps on disk, and a backup of it.
fn on_disk(database: &TestDatabase) -> Vec<u8> {
    let mut all = Vec::new();
    if let Some(name) = &database.name {
        let dump = Command::new(programs().join("pg_dump"))
            .args(["--dbname", &Cluster::shared().url(name)])
            .output();
        return dump.unwrap().stdout;
    }
    let copy = database.folder.path().join("canaries.db");
    ampara::db::backup_sqlite(&database.config, &copy).unwrap();
    for file in std::fs::read_dir(database.folder.path()).unwrap().flatten() {
        if file.file_name().to_string_lossy().contains(".db") {
            all.extend(std::fs::read(file.path()).unwrap());
        }
    }
    all
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    let hex: String = needle.iter().map(|b| format!("{b:02x}")).collect();
    hay.windows(needle.len()).any(|w| w == needle)
        || hay.windows(hex.len()).any(|w| w == hex.as_bytes())
}

fn from_now_on_not_a_word_of(canary: &str) -> String {
    heard().canaries.push(canary.to_owned());
    canary.to_owned()
}

/// Says yes on the page with an email address, and confirms it; the path of the link that
/// did.
async fn accepts_with_mail(town: &Town, smtp: &Smtp, link: &str) -> String {
    let alias = ("alias", "tu canario amarillo");
    let yes = [
        ("answer", "accept"),
        alias,
        ("language", "es"),
        ("email", "canario-zq@correo.test"),
    ];
    assert!(town.app.anyone().form(link, &yes).await.status.is_success());
    town.app.settle().await;
    let email = smtp.expects("canario-zq@correo.test").await;
    let confirming = town.app.path_of(email.link()).to_owned();
    assert!(
        town.app
            .anyone()
            .form(&confirming, &[])
            .await
            .status
            .is_success()
    );
    confirming
}

both_engines! {
    async fn no_name_number_place_or_token_is_in_a_log_the_database_or_a_backup(database) {
        listens();
        let n = Uuid::new_v4().as_u128() % 10_000;
        let (hers, primas, vecinas) = (format!("+526145{n:04}1", n = 10_000 + n), format!("+526145{n:04}2", n = 10_000 + n), format!("+526145{n:04}3", n = 10_000 + n));
        let (lat, lon): (f64, f64) = (28.612_345_6, -106.098_765_4);
        let mut secrets: Vec<String> = [&hers, &primas, &vecinas].iter().map(|p| from_now_on_not_a_word_of(&p[3..])).collect();
        for words in ["Canaria Zxq", "Prima Qzx", "Vecina Xqz", "tu canario amarillo", "nota-canaria", "token-canario-prima", "MARTA-4471Z", "canario-zq@correo.test", "28.6123456", "106.0987654", "484827"] {
            secrets.push(from_now_on_not_a_word_of(words));
        }
        let smtp = Smtp::start();
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| smtp.serves(settings)).await;
        let she = Her::signs_in(&town, &hers).await;
        she.is_called("Canaria Zxq").await;
        she.sets_pin("484827").await;
        she.names_officer("MARTA-4471Z").await;
        let prima = she.trusts_with_app("Prima Qzx", &primas, "token-canario-prima").await;
        let (contact, link) = she.invites("Vecina Xqz", &vecinas).await;
        let vecina = crate::harness::people::PhoneOnly::new(&town, contact, &vecinas);
        let confirming = accepts_with_mail(&town, &smtp, &link).await;
        secrets.push(from_now_on_not_a_word_of(confirming.strip_prefix("/m/").unwrap()));
        secrets.push(from_now_on_not_a_word_of(link.strip_prefix("/i/").unwrap()));
        for token in [&she.access, &she.refresh, &she.alert_token, &prima.access, &prima.alert_token] {
            secrets.push(from_now_on_not_a_word_of(token));
        }
        let marta = Operator911::sits_down(&town, "lupe", Role::Operator).await;
        // An SMS that fails for good sends the email after it, and a relay's words repeat the
        // address.
        smtp.answers([(Stage::Rcpt, Reply::Says("550 5.7.1 <canario-zq@correo.test> is not for you"))]);
        town.app.twilio.answers(&vecinas, [twilio::Answer::Refused(twilio::answer::NOT_MOBILE)]);
        let pressed = she.presses_with(json!({ "note": "nota-canaria", "location": { "lat": lat, "lon": lon, "accuracy": 9.5 } })).await;
        prima.gets_alarm().await;
        let watch = vecina.expects_link().await;
        secrets.push(from_now_on_not_a_word_of(watch.strip_prefix("/w/").unwrap()));
        vecina.answers(&watch, "on_my_way").await;
        prima.answers(pressed.id(), "on_my_way").await;
        let record = marta.sees_one().await;
        assert_eq!(marta.claims(&record).await.expect(200)["alert"]["note"], "nota-canaria");
        marta.notes(&record, "nota-canaria").await;
        she.closes(&pressed, "000000").await.expect_problem(422, "pin-wrong");
        // What goes wrong must not tell either.
        town.app.anyone().get(&format!("{watch}x")).await;
        she.client().post("/v1/contacts", &json!({ "name": "Prima Qzx", "phone": primas, "note": "nota-canaria" })).await;
        she.closes(&pressed, "484827").await.expect(200);
        town.app.fcm.take_all();
        town.app.twilio.take_all();
        assert_eq!(smtp.take_all().len(), 1, "of the end");

        let disk = on_disk(&town.app.database);
        assert!(contains(&disk, b"CUU-26-000001"), "the control: what is no secret is found");
        for secret in &secrets {
            assert!(!contains(&disk, secret.as_bytes()), "{secret} is in the database or a backup");
        }
        for degrees in [lat, lon] {
            let plain = degrees.to_be_bytes();
            assert!(!contains(&disk, &plain) && !contains(&disk, &degrees.to_le_bytes()), "{degrees} is in the database");
        }
        let heard = heard();
        assert!(heard.lines > 100, "the control: {} lines were heard", heard.lines);
        let leaks: Vec<&String> = heard.leaks.iter().filter(|line| secrets.iter().any(|s| line.contains(s.as_str()))).collect();
        assert!(leaks.is_empty(), "{leaks:#?}");
    }
}
