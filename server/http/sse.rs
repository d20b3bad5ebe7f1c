//! Server-sent events (HTML living standard §9.2): a stream that says it is alive, and ends when it
//! should.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// How often a silent stream says that it lives: 3 s, so that a client can call it dead after 10.
pub const HEARTBEAT: Duration = Duration::from_secs(3);

/// Whether the server is going down. Clones see the same.
#[derive(Debug, Clone)]
pub struct Stopping(watch::Receiver<bool>);

/// The hand that says so; when the last clone is dropped, the server is going down too.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// A hand, and what watches it.
    #[must_use]
    pub fn new() -> (Self, Stopping) {
        let (hand, watched) = watch::channel(false);
        (Self(hand), Stopping(watched))
    }

    /// Says that the server is going down.
    pub fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Stopping {
    /// Waits until the server goes down.
    pub async fn wait(&self) {
        let mut watched = self.0.clone();
        // An error means that the hand is gone, which means the same.
        let _ = watched.wait_for(|stopping| *stopping).await;
    }

    /// For loops that watch the flag themselves.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.0.clone()
    }
}

/// One event.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// What the client sends back as `Last-Event-ID` when it resumes.
    pub id: Option<String>,
    /// Its type.
    pub event: &'static str,
    /// Its body; JSON on every stream of ours.
    pub data: String,
}

impl Event {
    /// An event with a JSON body.
    ///
    /// # Errors
    /// What serde says of a value that is no JSON.
    pub fn json<T: Serialize>(event: &'static str, value: &T) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: None,
            event,
            data: serde_json::to_string(value)?,
        })
    }

    /// With that id; line ends and NUL, which would break the stream's form, are dropped.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        let id: String = id.into();
        self.id = Some(
            id.chars()
                .filter(|c| !matches!(c, '\n' | '\r' | '\0'))
                .collect(),
        );
        self
    }

    fn write(&self) -> Bytes {
        let mut text = String::with_capacity(self.data.len() + 64);
        if let Some(id) = &self.id {
            text.push_str("id: ");
            text.push_str(id);
            text.push('\n');
        }
        text.push_str("event: ");
        text.push_str(self.event);
        text.push('\n');
        for line in self.data.split(['\n', '\r']) {
            text.push_str("data: ");
            text.push_str(line);
            text.push('\n');
        }
        text.push('\n');
        Bytes::from(text)
    }
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Event({}, …)", self.event)
    }
}

/// A stream of events on its way to a client.
pub struct Sse {
    events: Pin<Box<dyn Stream<Item = Event>>>,
    cut: Pin<Box<dyn Future<Output = ()>>>,
    heartbeat: Duration,
}

impl Sse {
    /// These events, until they end or the server goes down.
    #[must_use]
    pub fn new(events: impl Stream<Item = Event> + 'static, stopping: &Stopping) -> Self {
        let stopping = stopping.clone();
        Self {
            events: Box::pin(events),
            cut: Box::pin(async move { stopping.wait().await }),
            heartbeat: HEARTBEAT,
        }
    }

    /// How often a silent stream says that it lives.
    #[must_use]
    pub fn heartbeat(mut self, every: Duration) -> Self {
        self.heartbeat = every;
        self
    }

    /// The answer. Proxies are told not to hold it back.
    #[must_use]
    pub fn respond(self) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/event-stream"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header(("x-accel-buffering", "no"))
            .streaming(self.bytes().map(Ok::<_, std::convert::Infallible>))
    }

    fn bytes(self) -> impl Stream<Item = Bytes> {
        // The first bytes go out at once, so that a client knows it is connected before anything
        // happens.
        let hello = stream::once(async { Bytes::from_static(b"retry: 1000\n: here\n\n") });
        let mut beat = interval_at(Instant::now() + self.heartbeat, self.heartbeat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        hello.chain(stream::unfold(
            (self, beat),
            |(mut sse, mut beat)| async move {
                let bytes = sse.next(&mut beat).await?;
                Some((bytes, (sse, beat)))
            },
        ))
    }

    async fn next(&mut self, beat: &mut Interval) -> Option<Bytes> {
        tokio::select! {
            biased;
            () = &mut self.cut => None,
            event = self.events.next() => {
                beat.reset();
                event.map(|event| event.write())
            }
            _ = beat.tick() => Some(Bytes::from_static(b": alive\n\n")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_keeps_its_form_whatever_is_in_it() {
        let event = Event {
            id: None,
            event: "record",
            data: "a\nb".into(),
        }
        .id("7\nevent: forged");
        assert_eq!(
            event.write(),
            "id: 7event: forged\nevent: record\ndata: a\ndata: b\n\n"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_stream_says_that_it_lives_and_ends_when_the_server_does() {
        let (stop, stopping) = Stop::new();
        let mut bytes = Box::pin(Sse::new(stream::pending(), &stopping).bytes());
        assert!(bytes.next().await.unwrap().starts_with(b"retry:"));
        let began = Instant::now();
        assert_eq!(bytes.next().await.unwrap(), ": alive\n\n");
        assert_eq!(began.elapsed(), HEARTBEAT);
        stop.now();
        assert!(bytes.next().await.is_none());
    }
}
