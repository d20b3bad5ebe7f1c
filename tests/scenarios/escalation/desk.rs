use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use ampara::alerts::{self, Alerts};
use ampara::delivery::Outbox;
use ampara::escalation::CentreCache;
use ampara::http::{Limits, Stop};
use ampara::identity::model::Role;
use ampara::identity::operators::{self, NewOperator};
use ampara::identity::sessions::{self, NewDevice, Opened};
use ampara::identity::{self, Identity};
use ampara::language::Language;
use ampara::{console, ids};
use serde_json::{Value, json};
use utoipa_actix_web::AppExt;

use super::scene::Scene;
use crate::both_engines;

/// The server's routes over a scene.
struct Desks {
    scene: Scene,
    identity: Identity,
    alerts: Alerts,
    limits: web::Data<Limits>,
    _stop: Stop,
    stopping: web::Data<ampara::http::Stopping>,
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    body: Value,
    text: String,
    cookie: Option<String>,
}

impl Answer {
    #[track_caller]
    fn ok(self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.body
    }

    #[track_caller]
    fn is(self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), self.body["code"].as_str()),
            (status, Some(code)),
            "{self:?}"
        );
    }
}

/// A signed-in operator's window.
#[derive(Clone)]
struct Window {
    cookie: String,
    csrf: String,
}

impl Desks {
    async fn set(scene: Scene) -> Self {
        let f = scene.foundation.clone();
        let outbox = Outbox::new(&f.config.delivery);
        let identity = Identity::open(f.clone(), outbox.clone()).await.unwrap();
        let alerts = Alerts::new(f.clone(), outbox, CentreCache::default());
        let (stop, stopping) = Stop::new();
        let limits = web::Data::new(Limits::new(f.clock.clone(), 2_000));
        Self {
            scene,
            identity,
            alerts,
            limits,
            _stop: stop,
            stopping: web::Data::new(stopping),
        }
    }

    async fn sends(&self, request: TestRequest) -> Answer {
        let app = App::new()
            .app_data(web::Data::new(self.identity.clone()))
            .app_data(web::Data::new(self.alerts.clone()))
            .app_data(self.limits.clone())
            .app_data(self.stopping.clone())
            .into_utoipa_app()
            .configure(identity::routes::configure)
            .configure(alerts::routes::configure)
            .configure(console::routes::configure)
            .into_app();
        let service = init_service(app).await;
        let response = call_service(
            &service,
            request
                .peer_addr("127.0.0.1:9".parse().unwrap())
                .to_request(),
        )
        .await;
        let status = response.status();
        let cookie = response
            .response()
            .cookies()
            .next()
            .map(|c| c.value().to_owned());
        let text = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
            cookie,
        }
    }

    async fn sits_down(&self, name: &str, role: Role) -> Window {
        let works = matches!(role, Role::Operator | Role::Supervisor);
        let new = NewOperator {
            sign_in_name: name.to_owned(),
            name: format!("Persona {name}"),
            role,
            municipality: self.scene.town,
            centre: works.then_some(self.scene.here),
            corporation: None,
            badge: None,
            unlisted: false,
            phone: None,
            language: Language::Es,
            password: Some("twelve letters or more".to_owned()),
        };
        let added = operators::add(&self.scene.foundation, new).await.unwrap();
        let totp = operators::totp_now(&self.scene.foundation, added.operator)
            .await
            .unwrap();
        let body = json!({ "name": name, "password": "twelve letters or more", "totp": totp });
        let answer = self
            .sends(
                TestRequest::post()
                    .uri("/v1/operators/sign-in")
                    .set_json(body),
            )
            .await;
        let cookie = answer.cookie.clone().unwrap();
        Window {
            cookie,
            csrf: answer.ok()["csrf_token"].as_str().unwrap().to_owned(),
        }
    }

    async fn gets(&self, window: &Window, path: &str) -> Answer {
        self.sends(
            TestRequest::get()
                .uri(path)
                .cookie(Cookie::new("ampara_operator", window.cookie.clone())),
        )
        .await
    }

    async fn does(&self, window: &Window, path: &str, body: Value) -> Answer {
        let request = TestRequest::post()
            .uri(path)
            .cookie(Cookie::new("ampara_operator", window.cookie.clone()))
            .insert_header(("X-CSRF-Token", window.csrf.clone()))
            .set_json(body);
        self.sends(request).await
    }

    /// She presses on the plaza with a phone of hers.
    async fn she_presses(&self) {
        let she = self.scene.she("6144100001", &[]).await;
        let (drawn, config) = (Opened::new(), Arc::clone(&self.scene.foundation.config));
        let token = drawn.alert_token.expose().to_owned();
        self.scene
            .does(move |conn, f, now| {
                let device = NewDevice {
                    platform: sessions::Platform::Android,
                    label: None,
                    alert_token: None,
                };
                sessions::open(conn, &f.keys, she, &device, &drawn, &config, now)?;
                Ok(())
            })
            .await
            .unwrap();
        let place = json!({ "location": { "lat": 28.6353, "lon": -106.0889, "accuracy": 12.0 } });
        let request = TestRequest::put()
            .uri(&format!("/v1/alerts/{}", ids::ClientId::new()))
            .insert_header(("Authorization", format!("Bearer {token}")))
            .set_json(place);
        self.sends(request).await.ok();
    }
}

both_engines! {
    async fn an_operator_works_a_record_from_the_queue_to_its_end(database) {
        let desks = Desks::set(Scene::set(database).await).await;
        let (marta, lupe) = (desks.sits_down("marta", Role::Operator).await, desks.sits_down("lupe", Role::Operator).await);
        desks.she_presses().await;

        let queue = desks.gets(&marta, "/v1/escalations").await;
        assert!(!queue.text.contains("614410") && !queue.text.contains("28.6353"), "{}", queue.text);
        let record = queue.ok()["items"][0].clone();
        assert_eq!((&record["folio"], &record["cell"]), (&json!("CUU-26-000001"), &json!("28.63,-106.08")));
        let path = format!("/v1/escalations/{}", record["id"].as_str().unwrap());
        assert!(!desks.gets(&marta, &path).await.text.contains("614410"), "not before the claim");
        desks.does(&marta, &format!("{path}/dispatch"), json!({})).await.is(403, "not-claimer");
        let unsigned = Window { csrf: "no".into(), ..marta.clone() };
        desks.does(&unsigned, &format!("{path}/claim"), Value::Null).await.is(403, "csrf");

        let opened = desks.does(&marta, &format!("{path}/claim"), Value::Null).await.ok();
        assert_eq!(opened["her"]["phone"], "+526144100001");
        assert_eq!(opened["place"]["lat"], 28.6353);
        assert_eq!(opened["alert"]["state"], "open");
        desks.does(&lupe, &format!("{path}/claim"), Value::Null).await.is(409, "already-claimed");
        assert!(!desks.gets(&lupe, &path).await.text.contains("614410"), "hers to work, not another's to read");

        desks.does(&marta, &format!("{path}/on-scene"), json!({})).await.is(409, "conflict");
        desks.does(&marta, &format!("{path}/dispatch"), json!({ "note": "U-204" })).await.ok();
        desks.does(&marta, &format!("{path}/note"), json!({ "kind": "30502" })).await.ok();
        desks.does(&marta, &format!("{path}/note"), json!({ "note": "" })).await.is(422, "bad-value");
        desks.does(&marta, &format!("{path}/on-scene"), json!({})).await.ok();
        let opened = desks.gets(&marta, &path).await.ok();
        assert_eq!(opened["record"]["kind"]["code"], "30502");
        assert!(opened["story"].as_array().unwrap().iter().any(|entry| entry["note"] == "U-204"));

        let close = json!({ "disposition": "false_alarm" });
        let first = desks.does(&marta, &format!("{path}/close"), close.clone()).await;
        assert_eq!((first.status, &first.body["closed"]), (StatusCode::ACCEPTED, &json!(false)));
        desks.does(&marta, &format!("{path}/close"), close.clone()).await.is(409, "second-person-needed");
        assert_eq!(desks.does(&lupe, &format!("{path}/close"), close).await.ok()["closed"], true);
        desks.does(&marta, &format!("{path}/claim"), Value::Null).await.is(409, "closed");
        assert_eq!(desks.gets(&marta, "/v1/escalations").await.ok()["items"], json!([]));
        assert_eq!(desks.gets(&marta, "/v1/escalations?over=true").await.ok()["items"][0]["state"], "closed");
    }

    async fn each_role_reads_what_is_its_own(database) {
        let desks = Desks::set(Scene::set(database).await).await;
        let (marta, boss) = (desks.sits_down("marta", Role::Operator).await, desks.sits_down("boss", Role::Supervisor).await);
        let (admin, ima) = (desks.sits_down("admin", Role::Administrator).await, desks.sits_down("ima", Role::Auditor).await);
        desks.she_presses().await;
        for window in [&admin, &ima] {
            desks.gets(window, "/v1/escalations").await.is(403, "forbidden");
        }
        let id = desks.gets(&boss, "/v1/escalations").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
        let open = format!("/v1/escalations/{id}/open");
        desks.does(&boss, &open, json!({ "reason": " " })).await.is(422, "reason-needed");
        desks.does(&marta, &open, json!({ "reason": "curious" })).await.is(403, "forbidden");
        let opened = desks.does(&boss, &open, json!({ "reason": "Complaint 12" })).await.ok();
        assert_eq!(opened["her"]["phone"], "+526144100001");
        let page = desks.gets(&boss, "/v1/audit").await.ok();
        assert_eq!((&page["items"][0]["action"], &page["items"][0]["reason"]), (&json!("supervised"), &json!("Complaint 12")));
        desks.gets(&marta, "/v1/audit").await.is(403, "forbidden");
        let audit = desks.gets(&ima, &format!("/v1/audit?centre={}", desks.scene.here)).await;
        assert!(!audit.text.contains("614410"));
        assert_eq!(audit.ok()["items"].as_array().unwrap().len(), 1);
        desks.gets(&ima, &format!("/v1/audit?centre={}", ids::CentreId::new())).await.is(404, "not-found");
    }

    async fn training_has_a_queue_of_its_own(database) {
        let desks = Desks::set(Scene::set(database).await).await;
        let (marta, boss) = (desks.sits_down("marta", Role::Operator).await, desks.sits_down("boss", Role::Supervisor).await);
        desks.does(&marta, "/v1/escalations/training", json!({})).await.is(403, "forbidden");
        let begun = desks.does(&boss, "/v1/escalations/training", json!({ "cell": "28.63,-106.08" })).await.ok();
        assert_eq!(desks.gets(&marta, "/v1/escalations").await.ok()["items"], json!([]));
        let queue = desks.gets(&marta, "/v1/escalations?training=true").await.ok();
        assert_eq!((&queue["items"][0]["id"], &queue["items"][0]["kind"]["code"]), (&begun["record"], &json!("60210")));
        let path = format!("/v1/escalations/{}", begun["record"].as_str().unwrap());
        let opened = desks.does(&marta, &format!("{path}/claim"), Value::Null).await.ok();
        assert_eq!(opened["alert"], Value::Null);
        desks.does(&marta, &format!("{path}/dispatch"), json!({})).await.ok();
    }
}
