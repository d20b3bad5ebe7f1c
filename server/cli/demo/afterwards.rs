//! After the scripted alert: a developer who presses again sees here what the phones and the
//! operator's queue show.

use serde_json::Value;

use super::feed::Feed;
use super::phones::{Arrived, Phones};
use super::stage::Cast;
use super::story::{by, shown, summary};
use crate::cli::say::say;
use crate::cli::terminal::told;
use crate::delivery::channels::verdict::Verdict;
use crate::delivery::model::Channel;

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
    let (name, over) = who(cast, &shown.to, shown.channel);
    let yours = told("demo-your-phone", &[]);
    // A token that no made-up phone has is a real one, and is not for the screen.
    let (name, over) = match shown.channel {
        Channel::Fcm if over != "app" => (yours.as_str(), "app"),
        _ => (name, over),
    };
    let words = if shown.words.is_empty() {
        told("demo-nothing-seen", &[])
    } else {
        shown.words.clone()
    };
    let refused = shown
        .answered
        .as_ref()
        .filter(|answer| answer.verdict != Verdict::Sent);
    let refused = refused.map(|answer| told("demo-refused", &[("cause", &answer.cause)]));
    line(
        &by(name, over),
        &format!("[{words}] {}", refused.unwrap_or_default()),
    );
}

/// Whose address that is, and over what it is told. Who has the app has a number too.
fn who<'a>(cast: &'a Cast, to: &'a str, channel: Channel) -> (&'a str, &'static str) {
    let (alone, its_number) = &cast.phone_alone;
    let with_app = cast.with_app.iter().chain([&cast.ana]);
    if let Some(phone) = with_app.clone().find(|phone| phone.push == to) {
        return (&phone.name, "app");
    }
    let mut numbers = with_app
        .map(|phone| (&phone.number, &phone.name))
        .chain([(its_number, alone)]);
    (
        numbers
            .find(|(number, _)| *number == to)
            .map_or(to, |(_, name)| name),
        if channel == Channel::Voice {
            "call"
        } else {
            "SMS"
        },
    )
}

fn show_record(record: &Value) {
    let (state, level) = (shown(record, "/state"), shown(record, "/level"));
    line(
        &told("demo-queue", &[("state", &state)]),
        &told(
            "demo-queue-now",
            &[("level", &level), ("summary", &summary(record))],
        ),
    );
}

fn line(what: &str, detail: &str) {
    say!("  {:>9}  {what:<30} {detail}", "");
}

#[cfg(test)]
mod tests {
    use super::super::stage::Phone;
    use super::*;

    fn phone(name: &str, number: &str, push: &str) -> Phone {
        let [name, number, push] = [name, number, push].map(str::to_owned);
        let none = String::new;
        Phone {
            name,
            number,
            push,
            access: none(),
            refresh: none(),
            alert_token: none(),
            device: none(),
        }
    }

    #[test]
    fn an_sms_to_somebody_with_the_app_is_shown_under_the_name() {
        let cast = Cast {
            ana: phone("Ana", "+526145550101", "push-ana"),
            with_app: vec![phone("Carmen", "+526145550103", "push-carmen")],
            phone_alone: ("Delia".to_owned(), "+526145550104".to_owned()),
            desks: Vec::new(),
        };
        assert_eq!(who(&cast, "push-carmen", Channel::Sms), ("Carmen", "app"));
        assert_eq!(who(&cast, "+526145550103", Channel::Sms), ("Carmen", "SMS"));
        assert_eq!(who(&cast, "+526145550104", Channel::Sms), ("Delia", "SMS"));
        assert_eq!(
            who(&cast, "+526145550104", Channel::Voice),
            ("Delia", "call")
        );
        assert_eq!(
            who(&cast, "+526145550109", Channel::Sms),
            ("+526145550109", "SMS")
        );
    }
}
