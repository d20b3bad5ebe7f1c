//! After the story: whoever presses again sees here what the phones and the operator's queue show.

use serde_json::Value;

use super::feed::Feed;
use super::phones::{Arrived, Phones};
use super::stage::Cast;
use super::story::{shown, summary};

/// Shows what comes, until the server stops.
pub async fn show(cast: &Cast, phones: &Phones, mut feed: Feed) {
    let mut open = true;
    loop {
        tokio::select! {
            arrived = phones.any() => show_phone(cast, &arrived),
            record = feed.next(), if open => match record {
                Ok(Some(record)) => show_record(&record),
                // The operator's session has ended: the phones go on.
                Ok(None) | Err(_) => open = false,
            },
        }
    }
}

fn show_phone(cast: &Cast, arrived: &Arrived) {
    let shown = &arrived.shown;
    let with_app = cast.with_app.iter().chain([&cast.ana]).find(|phone| phone.push == shown.to);
    let (name, over) = match with_app {
        Some(phone) => (phone.name.as_str(), "app"),
        None if cast.phone_alone.1 == shown.to => (cast.phone_alone.0.as_str(), "SMS"),
        None => (shown.to.as_str(), "SMS"),
    };
    let words = if shown.words.is_empty() { "nothing to be seen; the app is told" } else { &shown.words };
    line(&format!("{name}, by {over}"), &format!("[{words}]"));
}

fn show_record(record: &Value) {
    line(
        &format!("911's queue: {}", shown(record, "/state")),
        &format!("level {} · {}", shown(record, "/level"), summary(record)),
    );
}

fn line(what: &str, detail: &str) {
    println!("  {:>9}  {what:<30} {detail}", "");
}
