//! A strict fake of a machine that takes webhooks: a supervisor's pager, or the desk of those who
//! run a server.
//!
//! What: [`WebhookFake`] takes `POST` to any path that shares a secret with it; what it takes is a
//! [`Call`] on its ledger. Invariant: a path without a secret, a signature that does not fit, a
//! moment more than five minutes off, a body with a key too many or too few fails the test. On
//! failure: answers are programmable per path, in sequence; see [`Answer`].

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use ampara::clock::Clock;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use super::description::Description;
use super::ledger::{Entry, Ledger};
use super::listener::Listener;
use super::schemas::faults;

/// The replay window that receivers are told to keep.
const WINDOW: Duration = Duration::from_secs(300);

/// A request that was taken, whatever was answered.
#[derive(Debug, Clone)]
pub struct Call {
    /// Where it went.
    pub path: String,
    /// Its id, by header and body.
    pub id: String,
    /// The body.
    pub body: Value,
}

impl Entry for Call {
    fn recipient(&self) -> &str {
        &self.path
    }

    fn describe(&self) -> String {
        format!("{} to {}", self.body, self.path)
    }
}

/// What the fake answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This status, without a body.
    Status(u16),
    /// 429 and `Retry-After` in seconds.
    TooMany(u64),
    /// 307 to there.
    Redirect(String),
    /// 200 and a body that does not end.
    Endless,
    /// Takes it and never answers.
    Hang,
    /// 204 after so long.
    Slow(Duration),
    /// Takes it and cuts the connection.
    Reset,
}

struct Desk {
    ledger: Ledger<Call>,
    secrets: Mutex<HashMap<String, String>>,
    planned: Mutex<HashMap<String, VecDeque<Answer>>>,
    otherwise: Mutex<Answer>,
    clock: Clock,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The machine. Dropping it stops it and fails the test over anything unclaimed or wrong.
pub struct WebhookFake {
    desk: Arc<Desk>,
    listener: Listener,
}

impl WebhookFake {
    /// Starts it; it tells the time by `clock`.
    pub fn start(clock: Clock) -> Self {
        let desk = Arc::new(Desk {
            ledger: Ledger::new(),
            secrets: Mutex::default(),
            planned: Mutex::default(),
            otherwise: Mutex::new(Answer::Status(204)),
            clock,
        });
        let shared = web::Data::from(Arc::clone(&desk));
        let listener = Listener::start(move |cfg| {
            cfg.app_data(shared.clone()).default_service(web::to(take));
        });
        Self { desk, listener }
    }

    /// Where `path` is.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.listener.base_url())
    }

    /// Takes what is signed with this secret at that path.
    pub fn shares(&self, path: &str, secret: &str) {
        held(&self.desk.secrets).insert(path.to_owned(), secret.to_owned());
    }

    /// What every request is answered that no sequence speaks of; 204 at first.
    pub fn answers_all(&self, answer: Answer) {
        *held(&self.desk.otherwise) = answer;
    }

    /// What requests to `path` are answered, one after the other.
    pub fn answers(&self, path: &str, answers: impl IntoIterator<Item = Answer>) {
        held(&self.desk.planned)
            .entry(path.to_owned())
            .or_default()
            .extend(answers);
    }

    /// Claims the oldest request to `path`, waiting up to a minute of real time for it.
    pub async fn expects(&self, path: &str) -> Call {
        self.desk.ledger.expect(path, "request").await
    }

    /// Claims all there is, oldest first.
    pub fn take_all(&self) -> Vec<Call> {
        self.desk.ledger.take_all()
    }

    /// Claims the oldest request to `path` if there is one.
    pub fn claim(&self, path: &str) -> Option<Call> {
        self.desk.ledger.claim(path)
    }

    /// How many requests it has taken, claimed ones included.
    pub fn total(&self) -> usize {
        self.desk.ledger.total()
    }
}

impl Drop for WebhookFake {
    fn drop(&mut self) {
        self.desk.ledger.settle("the webhook's receiver");
    }
}

async fn take(request: HttpRequest, body: web::Bytes, desk: web::Data<Desk>) -> HttpResponse {
    match read(&request, &body, &desk) {
        Err(fault) => {
            desk.ledger.fault(fault);
            HttpResponse::Unauthorized().finish()
        }
        Ok(call) => {
            let path = call.path.clone();
            desk.ledger.record(call);
            let planned = held(&desk.planned)
                .get_mut(&path)
                .and_then(VecDeque::pop_front);
            let answer = planned.unwrap_or_else(|| held(&desk.otherwise).clone());
            respond(answer).await
        }
    }
}

async fn respond(answer: Answer) -> HttpResponse {
    match answer {
        Answer::Status(status) => {
            HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish()
        }
        Answer::TooMany(seconds) => HttpResponse::TooManyRequests()
            .insert_header(("Retry-After", seconds.to_string()))
            .finish(),
        Answer::Redirect(to) => HttpResponse::TemporaryRedirect()
            .insert_header(("Location", to))
            .finish(),
        Answer::Endless => {
            let zeros = std::iter::repeat_with(|| {
                Ok::<_, actix_web::Error>(web::Bytes::from_static(&[0; 4096]))
            });
            HttpResponse::Ok().streaming(futures_util::stream::iter(zeros))
        }
        Answer::Hang => std::future::pending().await,
        Answer::Slow(long) => {
            actix_web::rt::time::sleep(long).await;
            HttpResponse::NoContent().finish()
        }
        Answer::Reset => {
            let cut = [Err::<web::Bytes, _>(std::io::Error::from(
                std::io::ErrorKind::ConnectionReset,
            ))];
            HttpResponse::Ok().streaming(futures_util::stream::iter(cut))
        }
    }
}

/// Believes what is signed as the guide for receivers says, and nothing else.
fn read(request: &HttpRequest, body: &[u8], desk: &Desk) -> Result<Call, String> {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
    };
    let (path, body) = (request.path().to_owned(), String::from_utf8_lossy(body));
    let secrets = held(&desk.secrets).clone();
    let secret = secrets
        .get(&path)
        .ok_or(format!("{} {path}: nobody asked for it", request.method()))?;
    if request.method() != "POST" || header("content-type") != "application/json" {
        return Err(format!(
            "{} with {:?}",
            request.method(),
            header("content-type")
        ));
    }
    let (id, moment) = (header("ampara-id"), header("ampara-timestamp"));
    let seconds: i64 = moment
        .parse()
        .map_err(|_| format!("the moment {moment:?}"))?;
    let off = (desk.clock.now().micros() / 1_000_000).abs_diff(seconds);
    if off > WINDOW.as_secs() {
        return Err(format!("{off} s off"));
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(id.as_bytes());
    mac.update(b".");
    mac.update(moment.as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    let wanted: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if header("ampara-signature") != format!("v1={wanted}") {
        return Err("a signature that does not fit".to_owned());
    }
    let body: Value = serde_json::from_str(&body).map_err(|e| format!("no JSON: {e}"))?;
    if body["id"] != id {
        return Err(format!("{} under the id {id}", body["id"]));
    }
    schema(&body)?;
    Ok(Call {
        path,
        id: id.to_owned(),
        body,
    })
}

/// Holds a body to the API's description: it is what exactly one of the webhooks is said to send.
fn schema(body: &Value) -> Result<(), String> {
    let api = &Description::get().whole["webhooks"];
    let hooks = api.as_object().unwrap().iter();
    let all: Vec<Vec<String>> = hooks
        .filter(|(name, _)| *name != "push")
        .map(|(name, hook)| {
            let content = &hook["post"]["requestBody"]["content"]["application/json"];
            faults(&content["schema"], body, name)
        })
        .collect();
    match all.iter().filter(|faults| faults.is_empty()).count() {
        1 => Ok(()),
        fitting => Err(format!("fits {fitting} of the webhooks: {all:?}")),
    }
}
