//! What needs the eyes of ops, caught on its way into the log: every error event with `alarm =
//! true`.
//!
//! A few fields that name no person go along, by a list; whatever else an event carries stays in
//! the log.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Alarms that wait to be told, at most.
const MOST: usize = 256;
/// Fields that go along: codes and words of ours.
const TOLD: [&str; 4] = ["channel", "reason", "app_id", "worker"];

/// One alarm, as it was raised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alarm {
    /// The words of the log, which hold nothing that changes.
    pub what: String,
    /// Which channel, reason, app or loop.
    pub about: BTreeMap<&'static str, String>,
}

impl Alarm {
    /// One that no log line raised.
    #[must_use]
    pub fn new(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            about: BTreeMap::new(),
        }
    }
}

#[derive(Debug, Default)]
struct Caught {
    waiting: VecDeque<Alarm>,
    dropped: u64,
}

/// The log is the process's, and so is what was caught of it.
static CAUGHT: Mutex<Caught> = Mutex::new(Caught {
    waiting: VecDeque::new(),
    dropped: 0,
});

/// Takes what was caught since the last time, and how many there was no room for.
pub fn take() -> (Vec<Alarm>, u64) {
    let mut caught = CAUGHT.lock().unwrap_or_else(PoisonError::into_inner);
    (
        caught.waiting.drain(..).collect(),
        std::mem::take(&mut caught.dropped),
    )
}

fn keep(alarm: Alarm) {
    let mut caught = CAUGHT.lock().unwrap_or_else(PoisonError::into_inner);
    if caught.waiting.len() < MOST {
        caught.waiting.push_back(alarm);
    } else {
        caught.dropped += 1;
    }
}

/// Catches them.
pub(super) struct Catch;

impl<S: Subscriber> Layer<S> for Catch {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if let Some(alarm) = read(event) {
            keep(alarm);
        }
    }
}

fn read(event: &Event<'_>) -> Option<Alarm> {
    // Most errors are none: their fields are not put into words.
    event.metadata().fields().field("alarm")?;
    let mut reading = Reading {
        alarm: Alarm::new(""),
        is_one: false,
    };
    event.record(&mut reading);
    reading.is_one.then_some(reading.alarm)
}

struct Reading {
    alarm: Alarm,
    is_one: bool,
}

impl Visit for Reading {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.is_one |= field.name() == "alarm" && value;
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.alarm.what = format!("{value:?}");
        } else if let Some(name) = TOLD.into_iter().find(|name| *name == field.name()) {
            self.alarm.about.insert(name, format!("{value:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// What was read of events in this thread alone.
    struct Here(std::sync::Arc<Mutex<Vec<Alarm>>>);

    impl<S: Subscriber> Layer<S> for Here {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().unwrap().extend(read(event));
        }
    }

    #[test]
    fn only_what_is_marked_is_caught_and_only_what_is_listed_goes_along() {
        let caught = std::sync::Arc::<Mutex<Vec<Alarm>>>::default();
        let subscriber = tracing_subscriber::registry().with(Here(caught.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!("not marked");
            tracing::error!(alarm = false, "marked as none");
            tracing::error!(alarm = true, reason = %"quota", phone = "+526140000000", app_id = "mx.mia", "refused");
        });
        let about = BTreeMap::from([
            ("app_id", "mx.mia".to_owned()),
            ("reason", "quota".to_owned()),
        ]);
        assert_eq!(
            *caught.lock().unwrap(),
            [Alarm {
                what: "refused".to_owned(),
                about
            }]
        );
    }
}
