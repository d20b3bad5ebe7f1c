//! Identity alone, over HTTP: a database, a manual clock, and a terminal that takes the text
//! messages.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use ampara::bus::Bus;
use ampara::clock::{At, Clock};
use ampara::config::Config;
use ampara::db::{Batch, Conn, WritePriority};
use ampara::delivery::channels::terminal::client::Shown;
use ampara::delivery::{Channels, Delivery, NoOutcomeHook, Outbox};
use ampara::foundation::Foundation;
use ampara::http::Limits;
use ampara::identity::{self, AlertCaller, Caller, Identity, IdentityError};
use ampara::ids::{MunicipalityId, PersonId};
use ampara::municipality::{self, chihuahua};
use ampara::seal::Keyring;
use serde_json::{Value, json};
use utoipa_actix_web::AppExt;

use crate::harness::databases::TestDatabase;

pub const HER_PHONE: &str = "+526141234567";
pub const APP: &str = "mx.example.mia";

pub struct Stage {
    pub clock: Clock,
    pub identity: Identity,
    pub municipality: MunicipalityId,
    limits: web::Data<Limits>,
    delivery: Delivery,
    shown: Arc<Mutex<Vec<Shown>>>,
}

/// What came back: status, body, and the cookie if one was set.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    pub cookie: Option<String>,
    pub set_cookie: String,
}

impl Answer {
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.body
    }

    #[track_caller]
    pub fn is(self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), self.body["code"].as_str()),
            (status, Some(code)),
            "{self:?}"
        );
    }
}

/// A phone that has signed in.
#[derive(Clone, Debug)]
pub struct Phone {
    pub access: String,
    pub refresh: String,
    pub alert_token: String,
    pub session: String,
    pub device: String,
    pub person: String,
}

async fn who_calls(caller: Caller) -> String {
    caller.device.to_string()
}

async fn who_presses(caller: AlertCaller) -> web::Json<Value> {
    web::Json(json!({ "device": caller.device, "only_open_alert": caller.only_open_alert }))
}

impl Stage {
    pub async fn set(database: &TestDatabase) -> Self {
        let clock = Clock::manual(At::parse("2026-11-24T21:40:00-06:00").unwrap());
        let key_dir = database.folder.path().join("keys");
        Keyring::make(&key_dir, clock.now(), 4).unwrap();
        let foundation = Foundation {
            db: database.open(),
            bus: Bus::default(),
            keys: Arc::new(Keyring::open_dir(&key_dir).unwrap()),
            clock: clock.clone(),
            config: Arc::new(Config::embedded().unwrap()),
            meters: std::sync::Arc::default(),
        };
        let now = clock.now();
        let municipality = foundation
            .db
            .write(WritePriority::Background, move |conn| {
                let id = chihuahua::seed(conn, Some("+526140000000"), now)?;
                municipality::add_app(conn, APP, id)?;
                Ok::<_, municipality::MunicipalityError>(id)
            })
            .await
            .unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let printer = Arc::clone(&shown);
        let outbox = Outbox::new(&foundation.config.delivery);
        let channels = Channels::demo(Arc::new(move |message| {
            printer.lock().unwrap().push(message);
        }));
        let delivery = Delivery::new(
            foundation.clone(),
            outbox.clone(),
            channels,
            Arc::new(NoOutcomeHook),
        );
        delivery.step().await.unwrap();
        let identity = Identity::open(foundation, outbox).await.unwrap();
        let limits = web::Data::new(Limits::new(clock.clone(), 200));
        Self {
            clock,
            identity,
            municipality,
            limits,
            delivery,
            shown,
        }
    }

    pub fn fast_forward(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub async fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Conn) -> Result<T, IdentityError> + Send + 'static,
    ) -> Result<T, IdentityError> {
        self.identity
            .foundation()
            .db
            .write(WritePriority::Background, f)
            .await
    }

    pub async fn send(&self, request: TestRequest) -> Answer {
        let app = App::new()
            .app_data(web::Data::new(self.identity.clone()))
            .app_data(self.limits.clone())
            .into_utoipa_app()
            .configure(identity::routes::configure)
            .into_app()
            .route("/who", web::get().to(who_calls))
            .route("/alert", web::get().to(who_presses));
        let service = init_service(app).await;
        let response = call_service(
            &service,
            request
                .peer_addr("127.0.0.1:9".parse().unwrap())
                .to_request(),
        )
        .await;
        let status = response.status();
        let set_cookie = response
            .headers()
            .get("set-cookie")
            .map(|v| v.to_str().unwrap().to_owned())
            .unwrap_or_default();
        let cookie = response
            .response()
            .cookies()
            .next()
            .map(|c| c.value().to_owned());
        let bytes = read_body(response).await;
        let body = serde_json::from_slice(&bytes)
            .unwrap_or(Value::String(String::from_utf8_lossy(&bytes).into()));
        Answer {
            status,
            body,
            cookie,
            set_cookie,
        }
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(TestRequest::post().uri(path).set_json(body))
            .await
    }

    pub async fn get_as(&self, token: &str, path: &str) -> Answer {
        self.send(
            TestRequest::get()
                .uri(path)
                .insert_header(("authorization", format!("Bearer {token}"))),
        )
        .await
    }

    pub async fn as_her(&self, phone: &Phone, request: TestRequest) -> Answer {
        self.send(request.insert_header(("authorization", format!("Bearer {}", phone.access))))
            .await
    }

    /// The newest code sent to that number, and how many were sent in all.
    pub async fn codes(&self, number: &str) -> Vec<String> {
        self.delivery.step().await.unwrap();
        let shown = self.shown.lock().unwrap();
        let digits = |words: &str| {
            words
                .chars()
                .filter(char::is_ascii_digit)
                .take(6)
                .collect::<String>()
        };
        shown
            .iter()
            .filter(|m| m.to == number)
            .map(|m| digits(&m.words))
            .collect()
    }

    pub async fn asks_for_code(&self, number: &str) -> String {
        self.fast_forward(31);
        let before = self.codes(number).await.len();
        let answer = self.post("/v1/sign-in", json!({ "phone": number })).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let codes = self.codes(number).await;
        assert_eq!(codes.len(), before + 1, "one message more");
        codes.last().unwrap().clone()
    }

    pub async fn notice(&self) -> String {
        let id = self.municipality;
        let found = self
            .identity
            .foundation()
            .db
            .read(move |conn| municipality::by_id(conn, id))
            .await
            .unwrap();
        found.unwrap().notice_version
    }

    pub async fn verifies(&self, number: &str, code: &str, alert_token: Option<&str>) -> Answer {
        let notice = self.notice().await;
        let device = json!({ "platform": "android", "label": "Moto", "alert_token": alert_token });
        let body = json!({
            "phone": number, "code": code, "device": device, "municipality": chihuahua::CODE, "privacy_notice": notice,
        });
        self.post("/v1/sign-in/verify", body).await
    }

    pub async fn signs_in(&self, number: &str) -> Phone {
        let code = self.asks_for_code(number).await;
        phone(&self.verifies(number, &code, None).await.ok())
    }

    pub async fn refreshes(&self, token: &str) -> Answer {
        self.post("/v1/sessions/refresh", json!({ "refresh": token }))
            .await
    }
}

pub fn phone(tokens: &Value) -> Phone {
    let text = |key: &str| tokens[key].as_str().unwrap().to_owned();
    Phone {
        access: text("access"),
        refresh: text("refresh"),
        alert_token: text("alert_token"),
        session: text("session"),
        device: text("device"),
        person: text("person"),
    }
}

/// One more alert of hers is open, as a press leaves it.
pub fn an_alert_opens(conn: &mut Conn, person: PersonId) -> Result<(), IdentityError> {
    let mut batch = Batch::on(conn);
    identity::alert_opened(&mut batch, person)?;
    Ok(batch.send()?)
}
