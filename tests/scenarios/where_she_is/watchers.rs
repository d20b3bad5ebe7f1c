//! All who look at one alert: contacts with the app and by a link, the queue, the record and paper.

use std::time::Duration;

use ampara::clock::{At, in_hours};
use ampara::identity::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::client;
use crate::harness::people::{ContactPerson, Feed, Her, Operator911, PhoneOnly, Town, path_of};

/// A latitude, and how many seconds ago she was there; `None`: the hour is unknown.
pub type Shown = (f64, Option<u64>);

/// All who look at one alert.
pub struct Watchers<'t> {
    town: &'t Town,
    pub prima: ContactPerson<'t>,
    vecina: PhoneOnly<'t>,
    link: String,
    pub marta: Operator911<'t>,
    pub record: Value,
}

impl<'t> Watchers<'t> {
    pub async fn of(town: &'t Town, she: &Her<'t>) -> Self {
        Self {
            town,
            prima: she
                .trusts_with_app("Prima", "+526144100002", "token-prima")
                .await,
            vecina: she.trusts_by_phone("Vecina", "+526144100004").await,
            link: String::new(),
            marta: Operator911::sits_down(town, "marta", Role::Operator).await,
            record: Value::Null,
        }
    }

    pub async fn are_told(&mut self) {
        self.link = self.vecina.expects_link().await;
        self.record = self.marta.sees_one().await;
        self.marta.claims(&self.record).await.expect(200);
    }

    /// Each way to look shows that place and that age.
    pub async fn all_see(&self, (lat, age): Shown, night: &str) {
        let now = self.town.app.clock.now();
        let hour = age.map(|age| json!(now.minus(Duration::from_secs(age))));
        let shows = |place: &Value, who: &str| {
            assert_eq!(place["lat"], lat, "{who}: {night}");
            assert_eq!(
                place["at"],
                hour.clone().unwrap_or(Value::Null),
                "{who}: {night}"
            );
            let came = At::parse(place["received_at"].as_str().unwrap()).unwrap();
            assert!(came <= now, "{who}: {night}");
        };
        shows(
            &self.prima.watching().await[0]["place"],
            "the contact's app",
        );
        let live = self
            .marta
            .request(Method::GET, &path_of(&self.record, "/stream"));
        shows(
            &Feed::open(live).await.expects("place").await,
            "the operator's live place",
        );
        let detail = self.marta.reads(&self.record).await.expect(200);
        shows(&detail["place"], "the operator's page");
        let cell = format!("{lat:.2},-106.07");
        let fix_at = hour.clone().unwrap_or(Value::Null);
        for (record, who) in [
            (&detail["record"], "the page's record"),
            (&self.marta.sees_one().await, "the queue"),
        ] {
            assert_eq!(
                (&record["cell"], &record["fix_at"]),
                (&json!(cell), &fix_at),
                "{who}: {night}"
            );
        }
        self.page_and_paper_show((lat, age), night).await;
    }

    async fn page_and_paper_show(&self, (lat, age): Shown, night: &str) {
        let page = self.vecina.taps_see(&self.link).await.text;
        let words = match age {
            None => "<p>hora desconocida".to_owned(),
            Some(0..60) => "<p>de hace un momento".to_owned(),
            Some(age) => format!("<p>de hace {}", in_hours(Duration::from_secs(age))),
        };
        assert!(
            page.contains(&words) && page.contains(&format!("{lat:.5}")),
            "{night}: no {words} in {page}"
        );
        let print = self
            .marta
            .request(Method::GET, &path_of(&self.record, "/print"))
            .header("accept-language", "es");
        let paper = client::sent(print).await.text;
        let words = match age {
            None => "hora desconocida, llegó".to_owned(),
            Some(age) => format!("(hace {})", in_hours(Duration::from_secs(age))),
        };
        assert!(
            paper.contains(&words) && paper.contains(&format!("{lat:.6}, -106.07")),
            "{night}: no {words} in {paper}"
        );
    }
}
