//! One walk through the whole API: every operation answers as it is described.

use ampara::identity::model::Role;
use ampara::municipality::chihuahua;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::client;
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::description::{Description, seen};
use crate::harness::people::{
    ContactPerson, HER_PHONE, Her, Operator911, PhoneOnly, Town, path_of,
};

/// What an example sends.
fn body_of(fixture: &str) -> Value {
    let path = format!(
        "{}/mobile-api-spec/examples/{fixture}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let fixture: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    fixture["request"]["body"].clone()
}

async fn anybody_asks(town: &Town) {
    let anyone = town.app.anyone();
    town.app.beats().await;
    for path in [
        "/healthz",
        "/readyz",
        "/.well-known/jwks.json",
        "/v1/heartbeat",
        "/health/alerting",
        "/v1/municipalities",
        "/v1/municipalities/chihuahua",
    ] {
        anyone.get(path).await.expect(200);
    }
    anyone
        .get(&format!("/v1/help-lines?municipality={}", chihuahua::CODE))
        .await
        .expect(200);
}

async fn she_settles_in<'t>(town: &'t Town) -> Her<'t> {
    let mut she = Her::signs_in(town, HER_PHONE).await;
    she.refreshes().await;
    she.is_called("Ana Prueba").await;
    she.sets_pin("4821").await;
    she.client()
        .post("/v1/sessions/step-up", &json!({ "pin": "4821" }))
        .await
        .expect(200);
    she.names_officer("NOBODY").await;
    for path in [
        "/v1/me",
        "/v1/me/conflicts",
        "/v1/sessions",
        "/v1/contacts",
        "/v1/named-by",
    ] {
        she.client().get(path).await.expect(200);
    }
    // A second code so soon would not be sent.
    town.after(31).await;
    let other = Her::signs_in(town, HER_PHONE).await;
    she.client()
        .post(
            &format!("/v1/sessions/{}/confirm", other.session),
            &Value::Null,
        )
        .await
        .expect(204);
    she.client()
        .delete(&format!("/v1/sessions/{}", other.session))
        .await
        .expect(204);
    she
}

async fn she_chooses_her_people<'t>(she: &Her<'t>) -> (ContactPerson<'t>, PhoneOnly<'t>) {
    let prima = she
        .trusts_with_app("Prima", "+526144100002", "token-prima")
        .await;
    let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
    let (removed, link) = she.invites("Otra", "+526144100005").await;
    let code = link.strip_prefix("/i/").unwrap();
    she.town
        .app
        .anyone()
        .get(&format!("/v1/invitations/{code}"))
        .await
        .expect(200);
    she.client().get("/v1/contacts").await.expect(200);
    she.client().get("/v1/me/readiness").await.expect(200);
    she.removes(&removed).await;
    let leaves = she
        .trusts_with_app("Amiga", "+526144100003", "token-amiga")
        .await;
    leaves.client().get("/v1/named-by").await.expect(200);
    let choice = body_of("patch-named-by");
    leaves
        .client()
        .patch(&format!("/v1/named-by/{}", leaves.contact), &choice)
        .await
        .expect(204);
    leaves
        .client()
        .delete(&format!("/v1/named-by/{}?block=true", leaves.contact))
        .await
        .expect(204);
    (prima, vecina)
}

/// She presses, and her people see it.
async fn she_calls(
    she: &Her<'_>,
    prima: &ContactPerson<'_>,
    vecina: &PhoneOnly<'_>,
) -> crate::harness::people::Pressed {
    let pressed = she.presses_with(body_of("put-alert")).await;
    she.presses_as(&Uuid::new_v4().to_string(), &json!({}))
        .await
        .expect(200);
    she.walks(&pressed, &[(2, 28.6361, -106.0772)]).await;
    she.escalates(&pressed).await;
    she.sees(&pressed).await;
    let push = prima.gets_alarm().await;
    prima.looks_at(&push).await;
    assert_eq!(prima.watching().await.len(), 1);
    prima
        .client()
        .get(&format!("/v1/watching/{}", pressed.id()))
        .await
        .expect(200);
    prima.answers(pressed.id(), "on_my_way").await;
    let sms = vecina.expects_sms().await;
    let twilio = &she.town.app.twilio;
    assert!(
        twilio
            .reports_failure(&sms, "undelivered", 30_003)
            .await
            .is_success()
    );
    she.town.app.settle().await;
    let call = twilio.expects_call(&vecina.phone).await;
    twilio.presses(&call, "2").await;
    assert!(twilio.ends(&call, "completed").await.is_success());
    let inbound = twilio
        .inbound("/v1/callbacks/sms/inbound", &vecina.phone, &sms.from, "Voy")
        .await;
    assert!(inbound.is_success());
    pressed
}

/// Two operators and a supervisor work her record, by every verb.
async fn nine11_works_it(town: &Town, she: &Her<'_>, marta: &Operator911<'_>) {
    let lupe = Operator911::sits_down(town, "lupe", Role::Operator).await;
    let boss = Operator911::sits_down(town, "boss", Role::Supervisor).await;
    let record = marta.sees_one().await;
    marta.reads(&record).await.expect(200);
    let asked = lupe
        .posts(
            &path_of(&record, "/break-glass"),
            &body_of("post-break-glass"),
        )
        .await
        .expect(202);
    boss.gets("/v1/break-glass").await.expect(200);
    let grant = format!("/break-glass/{}/grant", asked["request"].as_str().unwrap());
    boss.posts(&path_of(&record, &grant), &Value::Null)
        .await
        .expect(204);
    boss.posts(&path_of(&record, "/open"), &body_of("post-escalation-open"))
        .await
        .expect(200);
    marta.claims(&record).await.expect(200);
    marta
        .posts(&path_of(&record, "/release"), &Value::Null)
        .await
        .expect(200);
    lupe.claims(&record).await.expect(200);
    town.after(91).await;
    marta.takes_over(&record).await.expect(200);
    marta.reads(&record).await.expect(200);
    marta.gets(&path_of(&record, "/trail")).await.expect(200);
    let before = path_of(&record, &format!("/story?cursor={}", uuid::Uuid::max()));
    marta.gets(&before).await.expect(200);
    assert_eq!(marta.gets(&path_of(&record, "/print")).await.status, 200);
    boss.gets("/v1/shift").await.expect(200);
    marta.dispatches(&record, "U-204").await;
    marta.on_scene(&record).await;
    marta.notes(&record, "Está con nosotros").await;
    marta.closes(&record, "false_alarm").await.expect(202);
    lupe.closes(&record, "false_alarm").await.expect(200);
    boss.posts(&path_of(&record, "/acknowledge"), &Value::Null)
        .await
        .expect(200);
    marta.gets("/v1/escalations?over=true").await.expect(200);
    she.client().get("/v1/me/accesses").await.expect(200);
    boss.posts(
        "/v1/escalations/training",
        &body_of("post-escalations-training"),
    )
    .await
    .expect(201);
}

async fn administrators_and_auditors_do_theirs(town: &Town) {
    let admin = Operator911::sits_down(town, "admin", Role::Administrator).await;
    let mut new = body_of("post-operators");
    new["centre"] = json!(town.centres[0]);
    new["sign_in_name"] = json!("nueva");
    let added = admin.posts("/v1/operators", &new).await.expect(201);
    let path = format!("/v1/operators/{}", added["operator"].as_str().unwrap());
    admin.gets("/v1/operators").await.expect(200);
    admin.gets("/v1/restore").await.expect(200);
    admin
        .posts("/v1/restore/release", &Value::Null)
        .await
        .expect(204);
    admin
        .posts(&format!("{path}/reset"), &Value::Null)
        .await
        .expect(200);
    admin
        .posts(&format!("{path}/disable"), &Value::Null)
        .await
        .expect(204);
    let lines = admin
        .request(Method::PUT, "/v1/help-lines")
        .json(&body_of("put-help-lines"));
    client::sent(lines).await.expect(204);
    let policies = format!("/v1/centres/{}/policies", town.centres[0]);
    let mut body = body_of("put-centre-policies");
    body["backup"] = json!(town.centres[1]);
    admin.puts(&policies, &body).await.expect(200);
    admin.gets(&policies).await.expect(200);
    let ima = Operator911::sits_down(town, "ima", Role::Auditor).await;
    ima.gets(&format!("/v1/audit?centre={}", town.centres[0]))
        .await
        .expect(200);
}

#[test]
fn every_operation_answers_as_it_is_described() {
    tell(async {
        let town = Town::found_at_a_border(TestDatabase::fresh(TestEngine::Sqlite)).await;
        town.calls_people().await;
        anybody_asks(&town).await;
        let she = she_settles_in(&town).await;
        let (prima, vecina) = she_chooses_her_people(&she).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        marta.gets("/v1/operators/session").await.expect(200);
        let _feed = marta.watches().await;
        let pressed = she_calls(&she, &prima, &vecina).await;
        nine11_works_it(&town, &she, &marta).await;
        she.closes(&pressed, "4821").await.expect(200);
        let mistake = she.presses().await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        let hand_on = json!({ "centre": town.centres[1], "reason": "Está en Aldama." });
        marta
            .posts(&path_of(&record, "/transfer"), &hand_on)
            .await
            .expect(200);
        she.cancels(&mistake, "4821").await.expect(200);
        administrators_and_auditors_do_theirs(&town).await;
        marta
            .posts("/v1/operators/sign-out", &Value::Null)
            .await
            .expect(204);
        town.app.settle().await;
        town.app.fcm.take_all();
        town.app.twilio.take_all();
        town.app.twilio.take_calls();
    });
    let well: Vec<String> = seen()
        .into_iter()
        .filter(|(_, status)| *status < 300)
        .map(|(name, _)| name)
        .collect();
    let names = Description::get().operations().map(|(name, _)| name);
    // Streams have tests of their own.
    let missed: Vec<String> = names
        .filter(|name| !name.ends_with("/stream") && !well.contains(name))
        .collect();
    assert!(missed.is_empty(), "the walk doesn't come by {missed:#?}");
}
