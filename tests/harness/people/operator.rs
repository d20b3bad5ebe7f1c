//! Who works at 911.

use ampara::identity::model::Role;
use ampara::identity::operators::{self, NewOperator};
use ampara::ids::CentreId;
use ampara::language::Language;
use ampara::phone::Phone;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Feed, Town};
use crate::harness::client::{self, Reply};

/// An operator, supervisor, administrator or auditor in front of a console.
pub struct Operator911<'t> {
    town: &'t Town,
    cookie: String,
    csrf: String,
    /// The operator's id.
    pub id: String,
}

impl<'t> Operator911<'t> {
    /// An operator or supervisor of the municipality's first centre, signed in. The badge is the name in capitals.
    pub async fn sits_down(town: &'t Town, name: &str, role: Role) -> Self {
        Self::sits_down_at(town, town.centres[0], name, role, None).await
    }

    /// At this centre, with a phone of her own for alarms.
    pub async fn sits_down_at(
        town: &'t Town,
        centre: CentreId,
        name: &str,
        role: Role,
        phone: Option<&str>,
    ) -> Self {
        Self::added(town, centre, (name, role, phone), false).await
    }

    /// A supervisor of the first centre who stands on no list.
    pub async fn sits_down_unlisted(town: &'t Town, name: &str) -> Self {
        Self::added(town, town.centres[0], (name, Role::Supervisor, None), true).await
    }

    async fn added(
        town: &'t Town,
        centre: CentreId,
        (name, role, phone): (&str, Role, Option<&str>),
        unlisted: bool,
    ) -> Self {
        let works_records = matches!(role, Role::Operator | Role::Supervisor);
        let new = NewOperator {
            sign_in_name: name.to_owned(),
            name: format!("Oficial {name}"),
            role,
            municipality: town.id,
            centre: works_records.then_some(centre),
            corporation: Some("DSPM".to_owned()),
            badge: Some(name.to_uppercase()),
            unlisted,
            phone: phone.map(|p| Phone::parse(p, "614").unwrap().phone),
            language: Language::Es,
            password: None,
        };
        let account = operators::add(&town.app.foundation, new).await.unwrap();
        let totp = operators::totp_now(&town.app.foundation, account.operator)
            .await
            .unwrap();
        let body = json!({ "name": name, "password": account.password.unwrap(), "totp": totp });
        let reply = town.app.anyone().post("/v1/operators/sign-in", &body).await;
        let cookie = reply.headers["set-cookie"]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let csrf = reply.expect(200)["csrf_token"].as_str().unwrap().to_owned();
        Self {
            town,
            cookie,
            csrf,
            id: account.operator.to_string(),
        }
    }

    /// Where this operator works.
    pub const fn town(&self) -> &'t Town {
        self.town
    }

    /// The session's cookie, for a browser.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// A request from this console, to add to and send by hand.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.town.app.anyone().request(method, path);
        request
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.csrf)
    }

    async fn sent(&self, request: RequestBuilder) -> Reply {
        let reply = client::sent(request).await;
        self.town.app.settle().await;
        reply
    }

    /// GET.
    pub async fn gets(&self, path: &str) -> Reply {
        self.sent(self.request(Method::GET, path)).await
    }

    /// POST of JSON; what it sets off has happened when this returns.
    pub async fn posts(&self, path: &str, body: &Value) -> Reply {
        self.sent(self.request(Method::POST, path).json(body)).await
    }

    /// PUT of JSON.
    pub async fn puts(&self, path: &str, body: &Value) -> Reply {
        self.sent(self.request(Method::PUT, path).json(body)).await
    }

    /// The queue, as the console shows it before a claim.
    pub async fn sees_queue(&self) -> Vec<Value> {
        self.gets("/v1/escalations").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// The only record in the queue.
    pub async fn sees_one(&self) -> Value {
        let queue = self.sees_queue().await;
        assert_eq!(queue.len(), 1, "{queue:?}");
        queue[0].clone()
    }

    /// What one record shows to this operator.
    pub async fn reads(&self, record: &Value) -> Reply {
        self.gets(&path_of(record, "")).await
    }

    /// Claims it, whatever comes of it.
    pub async fn claims(&self, record: &Value) -> Reply {
        self.posts(&path_of(record, "/claim"), &Value::Null).await
    }

    /// Takes it over, whatever comes of it.
    pub async fn takes_over(&self, record: &Value) -> Reply {
        self.posts(&path_of(record, "/take-over"), &Value::Null)
            .await
    }

    /// Sends a unit.
    pub async fn dispatches(&self, record: &Value, unit: &str) {
        self.posts(&path_of(record, "/dispatch"), &json!({ "note": unit }))
            .await
            .expect(200);
    }

    /// The unit is there.
    pub async fn on_scene(&self, record: &Value) {
        self.posts(&path_of(record, "/on-scene"), &json!({}))
            .await
            .expect(200);
    }

    /// Writes something down.
    pub async fn notes(&self, record: &Value, words: &str) {
        self.posts(&path_of(record, "/note"), &json!({ "note": words }))
            .await
            .expect(200);
    }

    /// Closes it, whatever comes of it.
    pub async fn closes(&self, record: &Value, disposition: &str) -> Reply {
        self.posts(
            &path_of(record, "/close"),
            &json!({ "disposition": disposition }),
        )
        .await
    }

    /// Opens the live queue; from here on the operator counts as connected.
    pub async fn watches(&self) -> Feed {
        Feed::open(self.request(Method::GET, "/v1/escalations/stream")).await
    }

    /// Opens it again after `last_event_id`.
    pub async fn resumes(&self, last_event_id: &str) -> Feed {
        let request = self.request(Method::GET, "/v1/escalations/stream");
        Feed::open(request.header("last-event-id", last_event_id)).await
    }
}

/// The path of a record as the queue shows it.
pub fn path_of(record: &Value, verb: &str) -> String {
    format!("/v1/escalations/{}{verb}", record["id"].as_str().unwrap())
}
