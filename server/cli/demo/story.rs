//! The story: she presses, her people know, 911 sees it; with the milliseconds since the press.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::api::{Api, expect_ok, text};
use super::feed::Feed;
use super::phones::{Arrived, Phones};
use super::stage::{Cast, Desk};
use crate::cli::say::say;
use crate::cli::terminal::{language, told};
use crate::foundation::Foundation;
use crate::identity::operators;

/// A few blocks through the old town: degrees north and east.
const WALK: [(f64, f64); 5] = [
    (28.635_30, -106.077_60),
    (28.635_95, -106.077_05),
    (28.636_60, -106.076_50),
    (28.637_20, -106.075_90),
    (28.637_80, -106.075_30),
];
/// Between two blocks; a real phone sends every 10 s.
const BLOCK: Duration = Duration::from_millis(700);
/// A TOTP code counts once in its 30 s.
const TOTP_STEP: Duration = Duration::from_secs(30);

/// The people of the story, each with a way to the server.
struct Players<'a> {
    cast: &'a Cast,
    phones: &'a Phones,
    api: Api,
    she: Api,
    olga: Api,
    saul: Api,
    alert: String,
    press: Instant,
}

/// Tells it from the press to the closed record. Gives back the operator's feed, which stays open.
pub async fn tell(
    foundation: &Foundation,
    base: &str,
    cast: &Cast,
    phones: &Phones,
) -> anyhow::Result<Feed> {
    let api = Api::new(base)?;
    let [olga, saul, ..] = cast.desks.as_slice() else {
        anyhow::bail!("the cast lacks operators")
    };
    let (olga, saul) = (
        operator(foundation, &api, olga).await?,
        operator(foundation, &api, saul).await?,
    );
    let mut feed = Feed::open(&olga).await?;
    let mut players = Players {
        she: api.bearing(&cast.ana.alert_token),
        alert: format!("/v1/alerts/{}", uuid::Uuid::new_v4()),
        press: Instant::now(),
        api,
        cast,
        phones,
        olga,
        saul,
    };
    say!("\n{}\n", told("demo-presses", &[("name", &cast.ana.name)]));
    players.press = Instant::now();
    players.press_button().await?;
    players.contacts_know().await?;
    let record = queued(&mut feed).await?;
    players.line(&told("demo-queue-before", &[]), &summary(&record));
    let record = text(&record, "id")?.to_owned();
    players.walk().await?;
    players.olga_works(&record).await?;
    players.over(&record).await?;
    Ok(feed)
}

impl Players<'_> {
    /// The text `key` on the left, and what `{key}-now` says of these on the right.
    fn say(&self, key: &str, now: &[(&'static str, &str)]) {
        self.line(&told(key, &[]), &told(&format!("{key}-now"), now));
    }

    fn line(&self, what: &str, detail: &str) {
        say!(
            "  {:>6} ms  {what:<30} {detail}",
            self.press.elapsed().as_millis()
        );
    }

    async fn press_button(&self) -> anyhow::Result<()> {
        let body = json!({ "location": fix(0), "battery": 0.64 });
        let raised = self.she.put(&self.alert, body).await?;
        self.say("demo-has-it", &[("total", &shown(&raised, "/total"))]);
        Ok(())
    }

    /// Lock screens as they light up, and what the phones say back.
    async fn contacts_know(&self) -> anyhow::Result<()> {
        for phone in &self.cast.with_app {
            let push = self.phones.next(&phone.push).await?;
            self.show(&phone.name, "app", &push);
            let receipt = format!("/v1/notifications/{}/receipt", push.shown.notification);
            self.api
                .bearing(&phone.access)
                .post(&receipt, json!({}))
                .await?;
        }
        let (name, number) = &self.cast.phone_alone;
        let sms = self.phones.next(number).await?;
        self.show(name, "SMS", &sms);
        let seen = self.she.get(&self.alert).await?;
        let (reached, total) = (shown(&seen, "/reached"), shown(&seen, "/total"));
        self.say("demo-she-sees", &[("reached", &reached), ("total", &total)]);
        Ok(())
    }

    fn show(&self, name: &str, over: &str, arrived: &Arrived) {
        let ms = arrived.at.duration_since(self.press).as_millis();
        say!(
            "  {ms:>6} ms  {:<30} [{}]",
            by(name, over),
            arrived.shown.words
        );
    }

    async fn walk(&self) -> anyhow::Result<()> {
        for block in 1..WALK.len() {
            sleep(BLOCK).await;
            let batch = json!({ "fixes": [fix(block)] });
            let taken = self
                .she
                .post(&format!("{}/locations", self.alert), batch)
                .await?;
            let seconds = shown(&taken, "/next_interval_s");
            self.say("demo-walks", &[("seconds", &seconds)]);
        }
        Ok(())
    }

    /// Claim, what only the claimer reads, the answer of a contact, dispatch, arrival.
    async fn olga_works(&self, record: &str) -> anyhow::Result<()> {
        let path = format!("/v1/escalations/{record}");
        let opened = self.olga.post(&format!("{path}/claim"), json!({})).await?;
        let her = ["/her/name", "/her/phone"].map(|at| shown(&opened, at));
        self.line(&told("demo-claims", &[]), &her.join(", "));
        let [lat, lon, metres] =
            ["/place/lat", "/place/lon", "/place/accuracy_m"].map(|at| shown(&opened, at));
        let place = [("lat", &*lat), ("lon", &*lon), ("metres", &*metres)];
        self.line("", &told("demo-claims-place", &place));
        for contact in opened
            .get("contacts")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let reach = format!("{}: {}", shown(contact, "/name"), shown(contact, "/reach"));
            self.line("", &reach);
        }
        let beatriz = self
            .cast
            .with_app
            .first()
            .context("no contact has the app")?;
        let hers = self.api.bearing(&beatriz.access);
        let watching = hers.get("/v1/watching").await?;
        let id = text(watching.pointer("/items/0").unwrap_or(&Value::Null), "id")?.to_owned();
        let answer = json!({ "answer": "on_my_way" });
        let path_of_answer = format!("/v1/watching/{id}/answer");
        hers.post(&path_of_answer, answer).await?;
        self.say("demo-answers", &[]);
        self.olga
            .post(&format!("{path}/dispatch"), json!({ "note": "Unidad 12" }))
            .await?;
        let seen = self.she.get(&self.alert).await?;
        self.say("demo-unit", &[("state", &shown(&seen, "/nine11"))]);
        self.olga
            .post(&format!("{path}/on-scene"), json!({}))
            .await?;
        self.line(&told("demo-on-scene", &[]), "");
        Ok(())
    }

    /// She closes her alert; the record, claimed less than a minute ago, takes two people to close.
    async fn over(&self, record: &str) -> anyhow::Result<()> {
        let closed = self
            .she
            .post(&format!("{}/close", self.alert), json!({}))
            .await?;
        let end = format!("{} ({})", shown(&closed, "/state"), shown(&closed, "/kind"));
        self.line(&told("demo-closes", &[]), &end);
        let path = format!("/v1/escalations/{record}/close");
        let done = json!({ "disposition": "attended" });
        self.olga.post(&path, done.clone()).await?;
        self.say("demo-proposes", &[]);
        self.saul.post(&path, done).await?;
        self.say("demo-confirms", &[]);
        Ok(())
    }
}

/// Signs an operator in and gives back a way to the server with the session's cookie.
async fn operator(foundation: &Foundation, api: &Api, desk: &Desk) -> anyhow::Result<Api> {
    let mut ago = TOTP_STEP;
    let response = loop {
        let moment = foundation.clock.now().minus(ago);
        let totp = operators::totp_at(foundation, desk.operator, moment).await?;
        let given = json!({ "name": desk.sign_in_name, "password": desk.password, "totp": totp });
        let response = api
            .request(Method::POST, "/v1/operators/sign-in")
            .json(&given)
            .send()
            .await?;
        if response.status() != reqwest::StatusCode::UNAUTHORIZED {
            break response;
        }
        if !ago.is_zero() {
            ago = Duration::ZERO;
            continue;
        }
        say!("{}", told("demo-code-used", &[("name", &desk.name)]));
        sleep(TOTP_STEP).await;
    };
    let response = expect_ok(response, "an operator's sign-in").await?;
    let cookie = response
        .headers()
        .get("set-cookie")
        .and_then(|c| c.to_str().ok())
        .and_then(|c| c.split(';').next())
        .context("the sign-in set no cookie")?
        .to_owned();
    let signed_in: Value = response.json().await?;
    Ok(api.operating(&cookie, text(&signed_in, "csrf_token")?))
}

/// The next queued record on the feed.
async fn queued(feed: &mut Feed) -> anyhow::Result<Value> {
    let reading = async {
        while let Some(record) = feed.next().await? {
            if shown(&record, "/state") == "queued" {
                return Ok(record);
            }
        }
        anyhow::bail!("the feed ended")
    };
    tokio::time::timeout(Duration::from_secs(10), reading)
        .await
        .context("nothing came on the feed")?
}

/// To whom, and over what: `app`, `SMS` or `call`.
pub fn by(name: &str, over: &str) -> String {
    let over = told(&format!("demo-over-{}", over.to_lowercase()), &[]);
    told("demo-by", &[("name", name), ("over", &over)])
}

/// A record as the queue shows it before a claim.
pub fn summary(record: &Value) -> String {
    let place = record.get("cell").and_then(Value::as_str);
    let place = place.map_or_else(
        || told("demo-no-place", &[]),
        |cell| told("demo-about", &[("cell", cell)]),
    );
    let kind = format!("/kind/{}", language().tag());
    let [folio, priority, kind] =
        ["/folio", "/priority", kind.as_str()].map(|at| shown(record, at));
    told(
        "demo-summary",
        &[
            ("folio", &*folio),
            ("priority", &*priority),
            ("kind", &*kind),
            ("place", &*place),
        ],
    )
}

fn fix(block: usize) -> Value {
    let (lat, lon) = WALK.get(block).copied().unwrap_or_default();
    json!({ "seq": block, "lat": lat, "lon": lon, "accuracy_m": 8.0, "speed": 1.3, "battery": 0.64 })
}

/// What stands at a JSON pointer, as a person reads it.
pub fn shown(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "–".to_owned(),
    }
}
