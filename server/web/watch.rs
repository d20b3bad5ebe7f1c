//! `/w/{token}`: the page of a contact with a phone alone.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use askama::Template;
use serde::Deserialize;

use super::page;
use super::words::Words;
use crate::alerts::watch::{Ended, Watch};
use crate::alerts::{self, AlertError, Alerts};
use crate::http::Language;
use crate::ids::Secret;
use crate::location::model::Fix;
use crate::network::model::Answer;

#[derive(Template)]
#[template(path = "watch_closed_door.html")]
struct Door<'a> {
    words: Words,
    token: &'a str,
}

struct PlaceShown {
    lat: String,
    lon: String,
    age: String,
    accuracy: Option<String>,
}

#[derive(Template)]
#[template(path = "watch.html")]
struct WatchPage<'a> {
    words: Words,
    token: &'a str,
    who: String,
    headline: &'static str,
    since: String,
    drill: bool,
    open: bool,
    call_911: bool,
    place: Option<PlaceShown>,
    answered: Option<&'static str>,
}

/// The closed door: the same for every link that could be one, so that a preview learns nothing.
pub(super) async fn door(token: Path<String>, language: Language) -> HttpResponse {
    match Secret::parse(&token) {
        Some(_) => page::render(StatusCode::OK, &Door { words: Words::of(language), token: &token }),
        None => page::no_such_link(language),
    }
}

/// Opens the door: from here on it counts as seen.
pub(super) async fn see(alerts: Data<Alerts>, token: Path<String>, language: Language) -> HttpResponse {
    let Some(link) = Secret::parse(&token) else { return page::no_such_link(language) };
    match alerts::watch::reveal(&alerts, &link).await {
        Ok(watch) => show(&alerts, &token, watch),
        Err(AlertError::NotFound) => page::no_such_link(language),
        Err(_) => page::failed(language),
    }
}

/// What the answer buttons send.
#[derive(Deserialize)]
pub(super) struct Said {
    answer: String,
}

/// Takes an answer and shows the page again.
pub(super) async fn answer(
    alerts: Data<Alerts>,
    token: Path<String>,
    form: Form<Said>,
    language: Language,
) -> HttpResponse {
    let (Some(link), Some(answer)) = (Secret::parse(&token), Answer::parse(&form.answer)) else {
        return page::no_such_link(language);
    };
    let said = alerts::watch::answer_by_link(&alerts, &link, answer).await;
    match said {
        Ok(watch) => show(&alerts, &token, watch),
        Err(AlertError::NotFound) => page::no_such_link(language),
        Err(_) => page::failed(language),
    }
}

fn show(alerts: &Alerts, token: &str, watch: Watch) -> HttpResponse {
    let words = Words::of(watch.language);
    let now = alerts.now();
    let headline = match watch.ended {
        None => words.needs_you,
        Some(Ended::Closed) => words.is_over,
        Some(Ended::NoNews) => words.no_news,
    };
    let shown = WatchPage {
        words,
        token,
        who: watch.who.unwrap_or_else(|| words.who_else.to_owned()),
        headline,
        since: ago(words, now.since(watch.raised_at), words.since_now, words.since),
        drill: watch.drill,
        open: watch.ended.is_none(),
        call_911: watch.call_911,
        place: watch.place.as_ref().map(|fix| place(words, fix, now.since(fix.effective_at))),
        answered: watch.answer.map(|answer| match answer {
            Answer::OnMyWay => words.answered_on_my_way,
            Answer::WithHer => words.answered_with_her,
            Answer::CannotHelp => words.answered_cannot_help,
        }),
    };
    page::render(StatusCode::OK, &shown)
}

fn place(words: Words, fix: &Fix, age: Duration) -> PlaceShown {
    let accuracy = fix.accuracy_m.map(|m| {
        if m < 1_000.0 {
            format!("{} {m:.0} {}", words.within, words.metres)
        } else {
            format!("{} {:.1} {}", words.within, m / 1_000.0, words.kilometres)
        }
    });
    PlaceShown {
        lat: format!("{:.5}", fix.lat),
        lon: format!("{:.5}", fix.lon),
        age: ago(words, age, words.place_now, words.place_ago),
        accuracy,
    }
}

/// "a moment ago", or how many minutes or hours.
fn ago(words: Words, age: Duration, now: &str, before: &str) -> String {
    match age.as_secs() / 60 {
        0 => now.to_owned(),
        minutes @ 1..60 => format!("{before} {minutes} {}", words.minutes),
        minutes => format!("{before} {} {}", minutes / 60, words.hours),
    }
}
