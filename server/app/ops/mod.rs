//! Tells ops what needs their eyes, by a signed webhook.
//!
//! What: alarms come out of the log ([`alarms`]) and from a look at how alerting stands, every ten
//! seconds; the [`book`] says what is told when. Invariant: nothing personal, since an alarm is
//! words of ours and a few codes. The same alarm goes out at most once in `ops.again_s`, with how
//! often it came. It passes no database: a database that is down is what it may have to tell. Path:
//! log → `telemetry::alarms` → book → `delivery::webhook`. On failure: an alarm waits in the book
//! and is tried again ever more slowly; the book holds so many and counts the rest. What goes wrong
//! here is logged without `alarm`, or one failure would feed the next.

pub(crate) mod book;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::sync::watch;

use self::book::Book;
use crate::alerts::Alerts;
use crate::clock::Clock;
use crate::config::{Config, secret_file};
use crate::delivery::channels::verdict::{Answer, Verdict};
use crate::delivery::channels::webhook::client::Client;
use crate::delivery::channels::webhook::target::Target;
use crate::delivery::{Channels, Delivery, DeliveryError};
use crate::ids::NotificationId;
use crate::readiness::alerting::{self, Alerting};
use crate::telemetry::alarms::{self, Alarm};

/// How often alarms are looked for.
const PERIOD: Duration = Duration::from_secs(1);
/// How often it is asked how alerting stands.
const LOOK: Duration = Duration::from_secs(10);
/// A secret shorter than that can be guessed.
const SHORTEST_SECRET: usize = 16;

/// The webhook of ops.
#[derive(Clone)]
pub struct Desk {
    client: Client,
    target: Target,
    server: String,
}

impl Desk {
    /// As the settings name it; `None` where they name none.
    ///
    /// # Errors
    /// A secret that cannot be read or is too short.
    pub fn of(config: &Config, channels: &Channels) -> Result<Option<Self>, DeliveryError> {
        let (Some(file), Some(client)) = (&config.ops.webhook_secret_file, &channels.webhook)
        else {
            return Ok(None);
        };
        let setting = "ops.webhook_secret_file";
        let unusable = |what| DeliveryError::Setting { setting, what };
        let secret = secret_file(setting, file)?;
        if secret.expose_secret().len() < SHORTEST_SECRET {
            return Err(unusable(format!(
                "needs {SHORTEST_SECRET} characters or more in its file"
            )));
        }
        let target = Target {
            secret,
            url: config.ops.webhook_url.clone(),
        };
        Ok(Some(Self {
            client: client.clone(),
            target,
            server: config.http.public_url.clone(),
        }))
    }

    /// Whether it takes a request; what it says if not. For `doctor`.
    pub async fn unreachable(&self, clock: &Clock) -> Option<String> {
        let body = json!({ "at": clock.now(), "server": self.server });
        let answer = self
            .client
            .post(
                &self.target,
                &NotificationId::new().to_string(),
                "ping",
                body,
            )
            .await;
        (answer.verdict != Verdict::Sent).then_some(answer.cause)
    }

    async fn tell(&self, report: &book::Report, clock: &Clock) -> Answer {
        let body = json!({
            "at": clock.now(),
            "server": self.server,
            "code": report.code(),
            "what": report.alarm.what,
            "about": report.alarm.about,
            "since": report.since,
            "count": report.count,
            "dropped": report.dropped,
        });
        self.client
            .post(&self.target, &report.id.to_string(), "alarm", body)
            .await
    }
}

/// Everything that the telling needs. Clones share the book.
#[derive(Clone)]
pub struct Ops {
    desk: Option<Desk>,
    book: Arc<Mutex<Book>>,
    alerts: Alerts,
    delivery: Delivery,
}

impl Ops {
    /// Nothing is told yet.
    ///
    /// # Errors
    /// As [`Desk::of`].
    pub fn new(alerts: Alerts, delivery: Delivery) -> Result<Self, DeliveryError> {
        let config = &alerts.foundation.config;
        let desk = Desk::of(config, delivery.channels())?;
        let book = Arc::new(Mutex::new(Book::new(Duration::from_secs(
            config.ops.again_s,
        ))));
        Ok(Self {
            desk,
            book,
            alerts,
            delivery,
        })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an alarm down.
    pub fn note(&self, alarm: Alarm) {
        let now = self.alerts.now();
        self.book().note(alarm, now);
    }

    /// Looks how alerting stands, and puts down what is not as it should be.
    pub async fn look(&self) {
        let what = match alerting::standing(&self.alerts, &self.delivery).await {
            Alerting::Ok => return,
            Alerting::Degraded => "alerting is degraded: see /health/alerting",
            Alerting::Failing => "alerting is failing: see /health/alerting",
        };
        self.note(Alarm::new(what));
    }

    /// Takes what the log holds, and tells what is due. How many were told.
    pub async fn pass(&self) -> usize {
        let (caught, dropped) = alarms::take();
        let Some(desk) = &self.desk else { return 0 };
        let clock = &self.alerts.foundation.clock;
        let due = {
            let (mut book, now) = (self.book(), clock.now());
            caught.into_iter().for_each(|alarm| book.note(alarm, now));
            book.drop_count(dropped);
            book.due(now)
        };
        let mut told = 0;
        for report in due {
            let answer = desk.tell(&report, clock).await;
            let done = answer.verdict == Verdict::Sent;
            self.book().ended(&report, done, clock.now());
            if !done {
                // The others wait for the next pass: a receiver that hangs takes its time with
                // each.
                tracing::warn!(cause = answer.cause, "an alarm did not reach ops");
                break;
            }
            told += 1;
        }
        told
    }
}

/// Tells until `stop` is set, and once more then. On a manual clock tests call it.
pub async fn run(ops: Ops, mut stop: watch::Receiver<bool>) {
    if ops.desk.is_none() || ops.alerts.foundation.clock.is_manual() {
        let _ = stop.wait_for(|stop| *stop).await;
        return;
    }
    while !*stop.borrow() {
        ops.pass().await;
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            _ = stop.changed() => {}
        }
    }
    ops.pass().await;
}

/// Looks until `stop` is set: apart from the telling, since a database that hangs holds this up.
pub async fn keep_looking(ops: Ops, mut stop: watch::Receiver<bool>) {
    if ops.desk.is_none() || ops.alerts.foundation.clock.is_manual() {
        let _ = stop.wait_for(|stop| *stop).await;
        return;
    }
    let looks = async {
        loop {
            tokio::time::sleep(LOOK).await;
            ops.look().await;
        }
    };
    tokio::select! {
        () = looks => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}
