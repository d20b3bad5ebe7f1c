//! Clients that are generated from the API's description, as an app's author gets them by
//! `make clients`.
//!
//! What: the TypeScript and the Python client each drive a whole alert against the real binary
//! (`typescript/drive.ts`, `python/drive.py`), and read what a server of tomorrow might send;
//! Kotlin's and Swift's sources are looked through for traps. Invariant: the clients are generated
//! anew, by pinned generators, from the committed description. Path: a driver speaks to the server
//! alone; for a text message or a push it asks the test, which stands in for the phones. On
//! failure: the panic is what the generator, the compiler or the driver said.

mod sources;

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Once;

use ampara::clock::Clock;
use ampara::db::{Conn, DbError, WritePriority};
use ampara::escalation::centres;
use ampara::foundation::Foundation;
use ampara::identity::model::Role;
use ampara::identity::operators::{self, NewOperator};
use ampara::language::Language;
use ampara::municipality::chihuahua;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::description::Description;
use crate::harness::fcm::Fcm;
use crate::harness::ledger::PATIENCE;
use crate::harness::people::SENDER;
use crate::harness::seed;
use crate::harness::server::RealServer;
use crate::harness::settings::{APP, TestSettings};
use crate::harness::twilio::Twilio;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// No word that a server of today sends.
const TOMORROW: &str = "a_word_of_tomorrow";

fn folder(client: &str) -> PathBuf {
    PathBuf::from(ROOT).join("target/clients").join(client)
}

/// Runs it to its end; what it printed.
fn runs(command: &mut Command) -> String {
    let ended = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = [ended.stdout, ended.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(ended.status.success(), "{command:?}: {said}");
    said
}

fn generates(clients: &[&str]) {
    runs(
        Command::new("bash")
            .arg(".ci/clients")
            .args(clients)
            .current_dir(ROOT),
    );
}

/// Generates the clients of `make test`, once.
fn generated() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        generates(&["typescript", "python", "bruno"]);
    });
}

/// Compiles the TypeScript client with its driver, once.
fn compiled() {
    static ONCE: Once = Once::new();
    generated();
    ONCE.call_once(|| {
        std::fs::write(folder("typescript/tomorrow.ts"), typed(&tomorrow())).unwrap();
        let compiler = folder("typescript/node_modules/typescript/bin/tsc");
        runs(
            Command::new("node")
                .arg(compiler)
                .current_dir(folder("typescript")),
        );
    });
}

fn python() -> Command {
    let mut python = Command::new(PathBuf::from(ROOT).join("target/tools/python/bin/python"));
    python
        .env("PYTHONPATH", folder("python"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

/// A driver, and what it has asked for.
struct Driver {
    child: Child,
    to: ChildStdin,
    lines: UnboundedReceiver<String>,
}

impl Driver {
    fn start(mut command: Command) -> Self {
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = piped.spawn().unwrap();
        let (out, lines) = unbounded_channel();
        let written = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            written
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| out.send(line))
        });
        let to = child.stdin.take().unwrap();
        Self { child, to, lines }
    }

    fn tells(&mut self, text: &str) {
        writeln!(self.to, "{}", text.replace('\n', " ")).unwrap();
    }

    async fn asks(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.lines.recv()).await;
        let line = line
            .expect("the driver says nothing")
            .expect("the driver ended early");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{line}: {e}"))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An operator of the first centre, as the driver signs in.
async fn operator(beside: &Foundation, town: ampara::ids::MunicipalityId, name: &str) -> Value {
    let centre = beside
        .db
        .read(move |conn| centres::list(conn, town))
        .await
        .unwrap();
    let new = NewOperator {
        sign_in_name: name.to_owned(),
        name: format!("Oficial {name}"),
        role: Role::Operator,
        municipality: town,
        centre: Some(centre[0].id),
        corporation: None,
        badge: None,
        unlisted: false,
        phone: None,
        language: Language::Es,
        password: None,
    };
    let account = operators::add(beside, new).await.unwrap();
    json!({ "name": name, "password": account.password, "otpauth": account.otpauth })
}

/// Lets a driver play a whole alert against the real binary.
async fn plays(command: Command) {
    let (database, clock) = (TestDatabase::fresh(TestEngine::Sqlite), Clock::system());
    let (fcm, twilio) = (Fcm::start(clock.clone()), Twilio::start());
    let mut settings = TestSettings::new(&database, &fcm, &twilio, clock.now());
    // A slow machine is no reason to send anything twice.
    settings
        .set("plan.no_receipt_s", 300)
        .set("plan.unanswered_s", 600);
    let config = settings.config();
    let folder = database.folder.path();
    let mut server = RealServer::new(folder, &folder.join("ampara.toml"));
    runs(&mut server.command(&["migrate"]));
    let beside = Foundation::open_beside(config, clock).unwrap();
    // With a number to send from, unlike the town of the kill tests.
    let now = beside.clock.now();
    let seed = move |conn: &mut Conn| {
        chihuahua::seed(conn, Some(SENDER), now).map_err(|e| DbError::Other(e.to_string()))
    };
    let seeded = beside.db.write(WritePriority::Background, seed).await;
    seeded.unwrap();
    let town = seed::town(&beside, APP).await;
    let operators = [
        operator(&beside, town, "marta").await,
        operator(&beside, town, "saul").await,
    ];
    server.start().await;

    let mut driver = Driver::start(command);
    let setting = json!({
        "base": server.base_url(),
        "municipality": chihuahua::CODE,
        "notice": chihuahua::NOTICE_VERSION,
        "app": APP,
        "operators": operators,
    });
    driver.tells(&setting.to_string());
    loop {
        let asked = driver.asks().await;
        let to = asked["to"].as_str().unwrap_or_default();
        match asked["ask"].as_str() {
            Some("sms") => driver.tells(&twilio.expects_sms(to).await.body),
            Some("push") => driver.tells(&json!(fcm.expects_push(to).await.data).to_string()),
            _ => break assert_eq!(asked, json!({ "done": true })),
        }
    }
    // That it is over is told to the contact, sooner or later.
    server.sigkill();
    drop((fcm.take_all(), twilio.take_all()));
}

#[test]
fn a_whole_alert_by_the_typescript_client() {
    compiled();
    let mut node = Command::new("node");
    node.arg(folder("typescript/built/drive.js"));
    tell(plays(node));
}

#[test]
fn a_whole_alert_by_the_python_client() {
    generated();
    let mut driver = python();
    driver.arg(PathBuf::from(ROOT).join("tests/clients/python/drive.py"));
    tell(plays(driver));
}

/// Each good answer of the examples as a server of tomorrow might send it: by the name of its
/// schema, with a word and a member that no client of today has met.
fn tomorrow() -> Vec<(String, Value)> {
    let api = Description::get();
    let mut all = Vec::new();
    for (_, operation) in api.operations() {
        if operation["x-internal"] == true {
            continue;
        }
        for (_, response) in operation["responses"].as_object().unwrap() {
            let content = &response["content"]["application/json"];
            let Some(name) = content["schema"]["$ref"].as_str() else {
                continue;
            };
            for example in content["examples"].as_object().into_iter().flatten() {
                let mut value = example.1["value"].clone();
                grown(&content["schema"], &mut value);
                all.push((name.rsplit('/').next().unwrap().to_owned(), value));
            }
        }
    }
    assert!(all.len() > 40, "only {} answers", all.len());
    assert!(json!(all).to_string().matches(TOMORROW).count() > 100);
    all
}

/// Replaces each word that may grow, and adds a member to each object.
fn grown(schema: &Value, value: &mut Value) {
    let api = &Description::get().whole;
    if let Some(name) = schema["$ref"].as_str() {
        return grown(api.pointer(name.trim_start_matches('#')).unwrap(), value);
    }
    for choice in schema["oneOf"].as_array().into_iter().flatten() {
        if choice["type"] != "null" && !value.is_null() {
            grown(choice, value);
        }
    }
    if schema["x-extensible-enum"].is_array() {
        *value = json!(TOMORROW);
    }
    match value {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| grown(&schema["items"], item)),
        Value::Object(parts) if schema["properties"].is_object() => {
            for (key, part) in parts.iter_mut() {
                grown(&schema["properties"][key], part);
            }
            parts.insert(TOMORROW.to_owned(), json!({ "deep": [TOMORROW] }));
        }
        _ => {}
    }
}

/// A program that the compiler accepts only where the types admit those answers.
fn typed(answers: &[(String, Value)]) -> String {
    let mut text = String::from("import type { Schemas } from \"./client.js\";\n");
    for (n, (name, value)) in answers.iter().enumerate() {
        text.push_str(&format!(
            "const sent{n} = {value};\nexport const read{n}: Schemas[\"{name}\"] = sent{n};\n"
        ));
    }
    text
}

#[test]
fn the_typescript_client_admits_words_and_members_of_tomorrow() {
    // It was compiled with them.
    compiled();
    assert!(folder("typescript/built/tomorrow.js").exists());
}

#[test]
fn the_python_client_reads_words_and_members_of_tomorrow() {
    generated();
    let file = folder("tomorrow.json");
    let answers = tomorrow();
    std::fs::write(&file, json!(answers).to_string()).unwrap();
    let program = PathBuf::from(ROOT).join("tests/clients/python/tomorrow.py");
    let said = runs(python().arg(program).arg(file));
    assert_eq!(said.trim(), json!({ "done": answers.len() }).to_string());
}

#[test]
fn each_example_of_a_request_is_in_the_collection() {
    generated();
    let program = PathBuf::from(ROOT).join("tests/clients/bruno_read.mjs");
    let read = runs(Command::new("node").arg(program).arg(folder("bruno")));
    // A credential of an example is no credential of a server: it must be a variable.
    assert!(!read.contains("QVtr9u0m5"));
    let read: Value = serde_json::from_str(&read).unwrap();
    let mut found: HashMap<&str, &Value> = HashMap::new();
    for request in read["requests"].as_array().unwrap() {
        found.insert(request["meta"]["name"].as_str().unwrap(), request);
    }
    let examples = PathBuf::from(ROOT).join("mobile-api-spec/examples");
    for file in std::fs::read_dir(examples).unwrap() {
        let file = file.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        let example: Value = serde_json::from_str(&text).unwrap();
        let wanted = &example["request"];
        if !wanted.is_object() {
            continue;
        }
        let name = file.file_stem().unwrap().to_str().unwrap();
        let request = found.remove(name).unwrap_or_else(|| panic!("{name}"));
        let method = wanted["method"].as_str().unwrap().to_lowercase();
        let url = format!("{{{{base_url}}}}{}", wanted["path"].as_str().unwrap());
        assert_eq!(request["http"]["method"], method, "{name}");
        assert_eq!(request["http"]["url"], url, "{name}");
        if let Some(json) = request["body"]["json"].as_str() {
            let sent: Value = serde_json::from_str(json).unwrap();
            let mut wanted = wanted["body"].clone();
            if wanted["receipt"].is_string() {
                wanted["receipt"] = json!("{{receipt}}");
            }
            assert_eq!(sent, wanted, "{name}");
        } else if request["http"]["body"] == "none" {
            assert!(wanted["body"].is_null(), "{name}");
        }
        // Each variable that it uses is in the environment.
        for used in request.to_string().split("{{").skip(1) {
            let used = used.split("}}").next().unwrap();
            let mut known = read["variables"].as_array().unwrap().iter();
            assert!(known.any(|variable| variable == used), "{name}: {used}");
        }
    }
    assert!(found.is_empty(), "{:?}", found.keys());
}
