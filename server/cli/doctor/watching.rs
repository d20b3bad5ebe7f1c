//! Whether ops would notice: metrics, and dead letters.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::finding::Finding;
use crate::cli::outbox;
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
        return findings.push(Finding::warn(
            "metrics",
            "metrics.bind is empty: none can be read",
            "Set it, and alarm on them",
        ));
    }
    match read(config).await {
        Ok(text) => {
            findings.push(Finding::ok(
                "metrics",
                format!("http://{bind}/metrics answers"),
            ));
            findings.extend(forwarded(&text));
        }
        Err(problem) => findings.push(Finding::warn(
            "metrics",
            format!("http://{bind}/metrics: {problem}"),
            "See whether the server runs, whether another has the port, and metrics.token_file",
        )),
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
        format!(
            "{n} requests since the start had an X-Forwarded-For from an address that is not trusted"
        ),
        "If that address is your proxy's, name it in http.trusted_proxies; else callers pretend to be one, and are ignored",
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
    let answer = request.send().await.map_err(|_| "no answer".to_owned())?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    match (status.is_success(), text.contains("ampara_health")) {
        (true, true) => Ok(text),
        (true, false) => Err("something else answers there".to_owned()),
        (false, _) => Err(format!("answers {}", status.as_u16())),
    }
}

/// Names messages that were set aside.
pub(super) async fn dead_letters(db: &Db, findings: &mut Vec<Finding>) {
    let letters = match db.read(dead_letters::dead_letters).await {
        Ok(letters) => letters,
        Err(error) => {
            return findings.push(Finding::warn(
                "dead_letters",
                error.to_string(),
                "See the database",
            ));
        }
    };
    for letter in letters.iter().take(NAMED) {
        let remedy = "Report it with this line, then `ampara outbox dismiss ID`";
        findings.push(Finding::warn(
            "dead_letters",
            outbox::in_words(letter),
            remedy,
        ));
    }
    match letters.len() {
        0 => findings.push(Finding::ok("dead_letters", "none")),
        n if n > NAMED => {
            let more = format!("{} more", n - NAMED);
            findings.push(Finding::warn("dead_letters", more, "`ampara outbox list`"));
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
}
