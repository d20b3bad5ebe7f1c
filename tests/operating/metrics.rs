//! Prometheus's rules and Grafana's dashboard name metrics, labels and words that a scrape has.

use std::collections::{BTreeMap, BTreeSet};

use ampara::municipality::chihuahua::CENTRES_GEOJSON;
use serde_json::Value;

use super::read;
use crate::harness::client;
use crate::harness::databases::{TestDatabase, TestEngine};
use crate::harness::people::Town;
use crate::harness::server::free_port;

/// The series that a scrape may give: each name with the labels that its lines have.
struct Exposition(BTreeMap<String, BTreeSet<String>>);

impl Exposition {
    fn of(text: &str) -> Self {
        let mut series: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        for (name, kind) in types.filter_map(|line| line.split_once(' ')) {
            let endings: &[&str] = match kind {
                "counter" => &["_total"],
                "histogram" => &["_bucket", "_sum", "_count"],
                _ => &[""],
            };
            for ending in endings {
                series.insert(format!("{name}{ending}"), BTreeSet::new());
            }
        }
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, rest)) = line.split_once('{') else {
                continue;
            };
            let labels = rest.split('}').next().unwrap().split("\",");
            let labels = labels.filter_map(|label| label.split('=').next());
            if let Some(known) = series.get_mut(name) {
                known.extend(labels.map(str::to_owned));
            }
        }
        Self(series)
    }

    /// What an expression names and this has not.
    fn lacks(&self, expression: &str) -> Vec<String> {
        let mut lacking = Vec::new();
        let mut labels = BTreeSet::from(["le", "instance", "job"].map(str::to_owned));
        for name in names(expression) {
            match self.0.get(&name) {
                Some(of) => labels.extend(of.iter().cloned()),
                None => lacking.push(name),
            }
        }
        lacking.extend(grouped(expression).filter(|label| !labels.contains(label)));
        lacking.extend(selected(expression).filter(|label| !labels.contains(label)));
        lacking
    }
}

/// Words of an expression that begin as our metrics do.
fn names(expression: &str) -> impl Iterator<Item = String> {
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let words = expression.split(word).map(str::to_owned);
    words.filter(|word| word.starts_with("ampara_"))
}

/// The labels of `by (…)`.
fn grouped(expression: &str) -> impl Iterator<Item = String> {
    let lists = expression.split("by (").skip(1);
    lists
        .filter_map(|rest| rest.split(')').next())
        .flat_map(|list| list.split(','))
        .map(|label| label.trim().to_owned())
}

/// The labels of `{…}`.
fn selected(expression: &str) -> impl Iterator<Item = String> {
    let lists = expression.split('{').skip(1);
    lists
        .filter_map(|rest| rest.split('}').next())
        .flat_map(|list| list.split(','))
        .filter_map(|pair| pair.split(['=', '!']).next())
        .map(|label| label.trim().to_owned())
}

/// The expressions of the rules: one line each, or the indented lines below `expr: >`.
fn of_rules() -> Vec<String> {
    let text = read("docs/operating/prometheus-rules.yml");
    let mut found: Vec<String> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(expression) = line.trim().strip_prefix("expr: ") else {
            continue;
        };
        let indented = |line: &str| line.starts_with("          ");
        let mut whole = expression.trim_start_matches('>').to_owned();
        while let Some(more) = lines.next_if(|line| indented(line)) {
            whole.push_str(more);
        }
        found.push(whole);
    }
    found
}

fn of_dashboard() -> Vec<String> {
    let board: Value =
        serde_json::from_str(&read("docs/operating/grafana-dashboard.json")).unwrap();
    let panels = board["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{panel}");
        targets
    });
    targets
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect()
}

async fn scraped() -> Exposition {
    let database = TestDatabase::fresh(TestEngine::Sqlite);
    let port = free_port();
    let town = Town::found_with(database, CENTRES_GEOJSON, |s| {
        s.set("metrics.bind", format!("127.0.0.1:{port}"));
    })
    .await;
    // Providers are known once they were asked.
    town.app.beats().await;
    let url = format!("http://127.0.0.1:{port}/metrics");
    let text = client::bare().get(url).send().await.unwrap();
    Exposition::of(&text.text().await.unwrap())
}

#[actix_web::test]
async fn rules_and_dashboard_name_only_what_a_scrape_has() {
    let exposition = scraped().await;
    for (file, expressions, at_least) in [
        ("prometheus-rules.yml", of_rules(), 12),
        ("grafana-dashboard.json", of_dashboard(), 20),
    ] {
        assert!(expressions.len() >= at_least, "{file}: {expressions:?}");
        for expression in expressions {
            let lacking = exposition.lacks(&expression);
            assert!(lacking.is_empty(), "{file}: {expression}: {lacking:?}");
        }
    }
}

#[test]
fn a_name_or_label_that_no_scrape_has_is_noticed() {
    let exposition = Exposition::of(
        "# TYPE ampara_a counter\nampara_a_total{channel=\"x\",outcome=\"y\"} 1\n# TYPE ampara_b_seconds histogram\n",
    );
    for fine in [
        "sum by (channel) (rate(ampara_a_total{outcome=\"y\"}[5m]))",
        "sum by (le) (ampara_b_seconds_bucket)",
    ] {
        assert!(exposition.lacks(fine).is_empty(), "{fine}");
    }
    for (wrong, lacking) in [
        ("ampara_a", "ampara_a"),
        ("ampara_b_seconds", "ampara_b_seconds"),
        ("sum by (centre) (ampara_a_total)", "centre"),
        ("ampara_a_total{kind!=\"y\"}", "kind"),
    ] {
        assert_eq!(exposition.lacks(wrong), [lacking], "{wrong}");
    }
}
