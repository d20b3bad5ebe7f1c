//! The demo's phones: what would be sent is shown here, with the moment at which it came.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::sync::Notify;

use crate::delivery::channels::terminal::client::{Printer, Shown};

/// How long the story waits for a message before it says that none came.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the tray is looked at without news.
const LOOK: Duration = Duration::from_millis(50);

/// A message on a phone.
#[derive(Clone)]
pub struct Arrived {
    /// What came.
    pub shown: Shown,
    /// When.
    pub at: Instant,
}

#[derive(Default)]
struct Tray {
    arrived: Mutex<Vec<Arrived>>,
    news: Notify,
}

/// All phones of the demo.
#[derive(Clone)]
pub struct Phones(Arc<Tray>);

/// The printer for the demo's channels, and the phones on which it shows.
pub fn open() -> (Printer, Phones) {
    let phones = Phones(Arc::default());
    let tray = Arc::clone(&phones.0);
    let printer: Printer = Arc::new(move |shown| {
        let arrived = Arrived {
            shown,
            at: Instant::now(),
        };
        tray.arrived
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(arrived);
        tray.news.notify_waiters();
    });
    (printer, phones)
}

impl Phones {
    /// The next message to that token or number, taken off the tray.
    pub async fn next(&self, to: &str) -> anyhow::Result<Arrived> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let news = self.0.news.notified();
            if let Some(found) = self.take(to) {
                return Ok(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("no message came within {} s", PATIENCE.as_secs());
            }
            // A message between the look and the wait is seen at the next look, a moment later.
            let _ = tokio::time::timeout(left.min(LOOK), news).await;
        }
    }

    /// The next message to whichever phone, taken off the tray.
    pub async fn any(&self) -> Arrived {
        loop {
            let news = self.0.news.notified();
            {
                let mut tray = self
                    .0
                    .arrived
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                if !tray.is_empty() {
                    return tray.remove(0);
                }
            }
            let _ = tokio::time::timeout(LOOK, news).await;
        }
    }

    fn take(&self, to: &str) -> Option<Arrived> {
        let mut tray = self
            .0
            .arrived
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let found = tray.iter().position(|a| a.shown.to == to)?;
        Some(tray.remove(found))
    }
}

/// The six digits in a text.
pub fn code_in(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_digit())
        .find(|run| run.len() == 6)
        .map(str::to_owned)
}

/// What follows `/i/` or `/w/` in a text.
pub fn link_in(text: &str, page: &str) -> Option<String> {
    let (_, rest) = text.split_once(page)?;
    rest.split_whitespace().next().map(str::to_owned)
}
