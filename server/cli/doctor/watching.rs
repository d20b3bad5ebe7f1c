//! Whether ops would notice: metrics, and dead letters.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::finding::Finding;
use crate::cli::outbox;
use crate::cli::terminal::told;
use crate::config::{Config, secret_file};
use crate::db::Db;
use crate::delivery::outbox::dead_letters;

/// The listener is on this machine or beside it.
const PATIENCE: Duration = Duration::from_secs(3);
/// Dead letters that are named.
const NAMED: usize = 5;

/// Reads the metrics as their reader does.
pub(super) async fn metrics(config: &Config, findings: &mut Vec<Finding>) {
    let bind = &config.metrics.bind;
    if bind.is_empty() {
        return findings.push(Finding::warn("metrics", "doctor-metrics-off", &[]));
    }
    match read(config).await {
        Ok(text) => {
            findings.push(Finding::ok("metrics", "doctor-metrics", &[("bind", bind)]));
            findings.extend(forwarded(&text));
            findings.extend(alerting(&text));
        }
        Err(problem) => {
            let places = [("bind", bind.as_str()), ("problem", &*problem)];
            findings.push(Finding::warn("metrics", "doctor-metrics-wrong", &places));
        }
    }
}

/// How the server that runs says that alerting stands, as `/health/alerting` and the heartbeat have
/// it.
fn alerting(metrics: &str) -> Option<Finding> {
    let is = |state: &str| {
        let line = format!("ampara_health{{state=\"{state}\"}} 1");
        metrics.lines().any(|said| said == line)
    };
    match (is("failing"), is("degraded")) {
        (true, _) => Some(Finding::fail("alerting", "doctor-alerting-failing", &[])),
        (_, true) => Some(Finding::warn("alerting", "doctor-alerting-degraded", &[])),
        _ => None,
    }
}

/// Whether the server has ignored what some proxy said about its callers.
fn forwarded(metrics: &str) -> Option<Finding> {
    let counted = metrics
        .lines()
        .find_map(|line| line.strip_prefix("ampara_forwarded_ignored_total "))?;
    let n = counted.trim().parse::<u64>().ok().filter(|n| *n > 0)?;
    Some(Finding::warn(
        "proxy",
        "doctor-proxy-forwarded",
        &[("n", &n.to_string())],
    ))
}

async fn read(config: &Config) -> Result<String, String> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .map_err(|e| e.to_string())?;
    let mut request = http.get(format!("http://{}/metrics", config.metrics.bind));
    if let Some(file) = &config.metrics.token_file {
        let token = secret_file("metrics.token_file", file).map_err(|e| e.to_string())?;
        request = request.bearer_auth(token.expose_secret());
    }
    let answer = request
        .send()
        .await
        .map_err(|_| told("doctor-metrics-silent", &[]))?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    match (status.is_success(), text.contains("ampara_health")) {
        (true, true) => Ok(text),
        (true, false) => Err(told("doctor-metrics-other", &[])),
        (false, _) => Err(told(
            "doctor-metrics-status",
            &[("status", status.as_str())],
        )),
    }
}

/// Names messages that were set aside.
pub(super) async fn dead_letters(db: &Db, findings: &mut Vec<Finding>) {
    let letters = match db.read(dead_letters::dead_letters).await {
        Ok(letters) => letters,
        Err(error) => {
            return findings.push(Finding::warn(
                "dead_letters",
                "doctor-database-unread",
                &[("error", &error.to_string())],
            ));
        }
    };
    for letter in letters.iter().take(NAMED) {
        let letter = outbox::in_words(letter);
        findings.push(Finding::warn(
            "dead_letters",
            "doctor-dead-letter",
            &[("letter", &letter)],
        ));
    }
    match letters.len() {
        0 => findings.push(Finding::ok("dead_letters", "doctor-dead-letters", &[])),
        n if n > NAMED => {
            let more = (n - NAMED).to_string();
            findings.push(Finding::warn(
                "dead_letters",
                "doctor-dead-letters-more",
                &[("n", &more)],
            ));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_proxy_that_is_not_named_is_noticed_by_what_it_sends() {
        let of = |n: &str| {
            forwarded(&format!(
                "# TYPE x counter\nampara_forwarded_ignored_total {n}\n"
            ))
        };
        assert!(of("0").is_none());
        assert_eq!(of("17").unwrap().level, Level::Warn);
        assert!(forwarded("").is_none());
    }

    #[test]
    fn how_alerting_stands_is_a_finding() {
        let level = |state: &str| {
            let said = ["ok", "degraded", "failing"]
                .map(|s| format!("ampara_health{{state=\"{s}\"}} {}\n", i32::from(s == state)));
            alerting(&said.concat()).map(|finding| finding.level)
        };
        assert_eq!(level("failing"), Some(Level::Fail));
        assert_eq!(level("degraded"), Some(Level::Warn));
        assert_eq!((level("ok"), level("")), (None, None));
    }
}
