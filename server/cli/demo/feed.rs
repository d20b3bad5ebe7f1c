//! The operator's feed as a console reads it.

use reqwest::{Method, Response};
use serde_json::Value;

use super::api::{Api, expect_ok};

/// An open feed.
pub struct Feed {
    response: Response,
    unread: String,
}

impl Feed {
    /// Opens the feed of an operator; while it is open she or he is on shift.
    pub async fn open(operator: &Api) -> anyhow::Result<Self> {
        let response = operator
            .request(Method::GET, "/v1/escalations/stream")
            .send()
            .await?;
        Ok(Self {
            response: expect_ok(response, "the operator's feed").await?,
            unread: String::new(),
        })
    }

    /// The next record that is new or has changed; `None` when the feed has ended.
    pub async fn next(&mut self) -> anyhow::Result<Option<Value>> {
        loop {
            while let Some((event, rest)) = self.unread.split_once("\n\n") {
                let record = record_in(event);
                self.unread = rest.to_owned();
                if record.is_some() {
                    return Ok(record);
                }
            }
            let Some(chunk) = self.response.chunk().await? else {
                return Ok(None);
            };
            self.unread.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
}

fn record_in(event: &str) -> Option<Value> {
    event.lines().find(|line| line.trim() == "event: record")?;
    let data = event.lines().find_map(|line| line.strip_prefix("data:"))?;
    serde_json::from_str(data.trim()).ok()
}
