//! A stream of server-sent events, as a console reads it.

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde_json::Value;

use crate::harness::description::Description;
use crate::harness::ledger::PATIENCE;
use crate::harness::schemas::faults;

/// One event.
#[derive(Debug, Clone)]
pub struct FeedEvent {
    /// What to resume from.
    pub id: String,
    /// `standing`, `record`, `gone`, …
    pub event: String,
    /// Its body.
    pub data: Value,
}

/// An open stream; dropping it cuts the connection.
pub struct Feed {
    response: Response,
    read: String,
    last_id: String,
    /// The stream's operation and its events, with the schema of each.
    described: (String, Value),
}

impl Feed {
    /// Opens it.
    pub async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let path = response.url().path();
        let (name, operation) = Description::get().find("GET", path).unwrap();
        Self {
            described: (name, operation["x-events"].clone()),
            response,
            read: String::new(),
            last_id: String::new(),
        }
    }

    fn whole_event(&mut self) -> Option<FeedEvent> {
        loop {
            let end = self.read.find("\n\n")?;
            let block: String = self.read.drain(..end + 2).collect();
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(str::trim_start)
            };
            // A comment alone is the heartbeat.
            if let Some(event) = field("event:") {
                let data = field("data:").unwrap_or("null");
                let id = field("id:").unwrap_or_default().to_owned();
                if !id.is_empty() {
                    self.last_id.clone_from(&id);
                }
                let event = FeedEvent {
                    id,
                    event: event.to_owned(),
                    data: serde_json::from_str(data).unwrap(),
                };
                self.hold(&event);
                return Some(event);
            }
        }
    }

    /// Holds an event to the API's description.
    fn hold(&self, event: &FeedEvent) {
        let (name, events) = &self.described;
        let schema = &events[&event.event];
        assert!(
            schema.is_object(),
            "{name} is not said to send {}",
            event.event
        );
        let wrong = faults(schema, &event.data, &format!("{name} {} ", event.event));
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// The next event within `patience` of real time; `None` when none came or the stream ended.
    pub async fn next_within(&mut self, patience: Duration) -> Option<FeedEvent> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            if let Some(event) = self.whole_event() {
                return Some(event);
            }
            let chunk = tokio::time::timeout_at(deadline, self.response.chunk())
                .await
                .ok()?;
            self.read
                .push_str(std::str::from_utf8(&chunk.ok()??).unwrap());
        }
    }

    /// Reads until the server ends it.
    ///
    /// # Panics
    /// When it goes on for a minute.
    pub async fn ends(&mut self) {
        let to_its_end = async { while let Ok(Some(_)) = self.response.chunk().await {} };
        tokio::time::timeout(PATIENCE, to_its_end)
            .await
            .expect("the stream goes on");
    }

    /// The next event.
    ///
    /// # Panics
    /// When none comes within a minute.
    pub async fn next(&mut self) -> FeedEvent {
        self.next_within(PATIENCE)
            .await
            .unwrap_or_else(|| panic!("no event came"))
    }

    /// Goes on until a record satisfies `wanted`.
    pub async fn expects_record(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.next().await;
            if event.event == "record" && wanted(&event.data) {
                return event.data;
            }
        }
    }

    /// Goes on until an event of this type comes.
    pub async fn expects(&mut self, event: &str) -> Value {
        loop {
            let next = self.next().await;
            if next.event == event {
                return next.data;
            }
        }
    }

    /// What a browser would send back when it resumes.
    pub fn last_id(&self) -> &str {
        &self.last_id
    }
}
