//! The log of the test's own thread: reads its alarms, and lets the code panic at a line of it.
//!
//! A loop has no seam at which a test could make it fail. But it writes lines, and what a listener
//! to them does happens inside the loop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

#[derive(Default)]
struct Heard {
    alarms: Mutex<Vec<String>>,
    panicked: AtomicBool,
}

/// What this thread logs, for as long as it is held.
pub struct Log {
    heard: Arc<Heard>,
    _listening: DefaultGuard,
}

struct Listener {
    heard: Arc<Heard>,
    panics_on: Option<&'static str>,
}

#[derive(Default)]
struct Line {
    message: String,
    worker: Option<String>,
    alarm: bool,
}

impl Visit for Line {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.alarm |= field.name() == "alarm" && value;
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "worker" {
            self.worker = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }
}

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        if line.alarm {
            let words = match line.worker {
                Some(worker) => format!("{worker}: {}", line.message),
                None => line.message.clone(),
            };
            let alarms = &self.heard.alarms;
            alarms
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(words);
        }
        if self.panics_on == Some(line.message.as_str())
            && !self.heard.panicked.swap(true, Ordering::SeqCst)
        {
            panic!("the code fails where it says {:?}", line.message);
        }
    }
}

impl Log {
    /// Only listens.
    pub fn heard() -> Self {
        Self::of(None)
    }

    /// The first time that this thread logs these words, it panics.
    pub fn that_panics_on(words: &'static str) -> Self {
        Self::of(Some(words))
    }

    fn of(panics_on: Option<&'static str>) -> Self {
        let heard = Arc::<Heard>::default();
        let listener = Listener {
            heard: Arc::clone(&heard),
            panics_on,
        };
        let listening =
            tracing::subscriber::set_default(tracing_subscriber::registry().with(listener));
        Self {
            heard,
            _listening: listening,
        }
    }

    /// Waits until it has panicked.
    pub async fn has_panicked(&self) {
        let panics = async {
            while !self.heard.panicked.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), panics)
            .await
            .expect("the line was never logged");
    }

    /// The alarms so far, as `worker: words` where they name a loop.
    pub fn alarms(&self) -> Vec<String> {
        self.heard
            .alarms
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
