//! `/w/{token}`: the page of a contact with a phone alone.
//!
//! A browser that takes the door's cookie is sent from each button to a page it may fetch: going
//! back, or coming back from the map to a page that the phone has dropped, then presses no button
//! again and shows no warning. A browser without cookies, and a robot, gets the closed door by GET
//! and the answer to a POST at once.

use std::time::Duration;

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, USER_AGENT};
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::page;
use super::words::Words;
use crate::alerts::views::contacts::{Ended, Watch};
use crate::alerts::{self, AlertError, Alerts};
use crate::clock::{At, in_hours};
use crate::ids::Secret;
use crate::language::Language;
use crate::location::Latest;
use crate::network::model::Answer;

/// Whether this browser has passed the door of that link. It holds no secret: without the link it
/// opens nothing.
const COOKIE: &str = "ampara_door";
const SHUT: &str = "shut";
const OPEN: &str = "open";
/// How long a browser may fetch the page without *Ver*: to a map and back, not until another person
/// has the phone.
const STAYS_OPEN: CookieAge = CookieAge::minutes(15);

#[derive(Template)]
#[template(path = "watch_closed_door.html")]
struct Door<'a> {
    words: Words,
    token: &'a str,
}

struct PlaceShown {
    lat: String,
    lon: String,
    map: String,
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
    was_drill: bool,
    open: bool,
    call_911: bool,
    place: Option<PlaceShown>,
    answered: Option<&'static str>,
}

/// The closed door: the same for every link that could be one, so that a preview learns nothing. A
/// browser that has just opened it sees on.
pub(super) async fn door(
    request: HttpRequest,
    alerts: Data<Alerts>,
    token: Path<String>,
    language: Language,
) -> HttpResponse {
    let Some(link) = Secret::parse(&token) else {
        return page::no_such_link(language);
    };
    if request
        .cookie(COOKIE)
        .is_some_and(|cookie| cookie.value() == OPEN)
    {
        return show(
            &request,
            &alerts,
            &token,
            language,
            alerts::views::contacts::look(&alerts, &link).await,
            false,
        );
    }
    let shut = page::render(
        StatusCode::OK,
        &Door {
            words: Words::of(language),
            token: &token,
        },
    );
    with_cookie(shut, &alerts, &token, SHUT)
}

/// Opens the door: from here on it counts as seen.
pub(super) async fn see(
    request: HttpRequest,
    alerts: Data<Alerts>,
    token: Path<String>,
    language: Language,
) -> HttpResponse {
    let Some(link) = Secret::parse(&token) else {
        return page::no_such_link(language);
    };
    let seen = alerts::views::contacts::reveal(&alerts, &link).await;
    go_on(&request, &alerts, &token, language, seen)
}

/// What the answer buttons send.
#[derive(Deserialize)]
pub(super) struct AnswerForm {
    answer: String,
    /// `true` where the page was that of a drill; anything else is none.
    drill: Option<String>,
}

/// Takes an answer and shows the page again.
pub(super) async fn answer(
    request: HttpRequest,
    alerts: Data<Alerts>,
    token: Path<String>,
    form: Form<AnswerForm>,
    language: Language,
) -> HttpResponse {
    let (Some(link), Some(answer)) = (Secret::parse(&token), Answer::parse(&form.answer)) else {
        return page::no_such_link(language);
    };
    let said = alerts::answer::GivenAnswer {
        answer,
        to_drill: form.drill.as_deref() == Some("true"),
    };
    let said = match alerts::views::contacts::answer_by_link(&alerts, &link, said).await {
        Err(AlertError::BecameReal) => {
            let watch = alerts::views::contacts::look(&alerts, &link).await;
            return show(&request, &alerts, &token, language, watch, true);
        }
        said => said,
    };
    go_on(&request, &alerts, &token, language, said)
}

fn with_cookie(
    mut page: HttpResponse,
    alerts: &Alerts,
    token: &str,
    value: &'static str,
) -> HttpResponse {
    let cookie = Cookie::build(COOKIE, value)
        .path(format!("/w/{token}"))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(
            alerts
                .foundation
                .config
                .http
                .public_url
                .starts_with("https://"),
        )
        .max_age(STAYS_OPEN)
        .finish();
    // Without the cookie the page still works.
    let _ = page.add_cookie(&cookie);
    page
}

/// After a button: where the door's cookie came back, the page to fetch; else the page itself.
fn go_on(
    request: &HttpRequest,
    alerts: &Alerts,
    token: &str,
    language: Language,
    watch: Result<Watch, AlertError>,
) -> HttpResponse {
    if watch.is_err() || request.cookie(COOKIE).is_none() {
        return show(request, alerts, token, language, watch, false);
    }
    let there = HttpResponse::SeeOther()
        .insert_header((LOCATION, format!("/w/{token}")))
        .finish();
    with_cookie(there, alerts, token, OPEN)
}

/// The page. `was_drill`: this browser has just answered a drill that is none any more.
fn show(
    request: &HttpRequest,
    alerts: &Alerts,
    token: &str,
    language: Language,
    watch: Result<Watch, AlertError>,
    was_drill: bool,
) -> HttpResponse {
    let watch = match watch {
        Ok(watch) => watch,
        Err(AlertError::NotFound) => return page::no_such_link(language),
        Err(_) => return page::failed(language),
    };
    let words = Words::of(watch.language);
    let now = alerts.now();
    let headline = match (watch.drill, watch.ended) {
        (true, None) => words.rehearses,
        (true, Some(_)) => words.has_rehearsed,
        (false, None) => words.needs_you,
        (false, Some(Ended::Closed)) => words.is_over,
        (false, Some(Ended::NoNews)) => words.no_news,
    };
    let (at_once, before) = if watch.drill {
        (words.since_now_drill, words.since_drill)
    } else {
        (words.since_now, words.since)
    };
    let shown = WatchPage {
        words,
        token,
        who: watch.who.unwrap_or_else(|| words.who_else.to_owned()),
        headline,
        since: ago(now.since(watch.raised_at), at_once, before),
        drill: watch.drill,
        was_drill,
        open: watch.ended.is_none(),
        call_911: watch.call_911,
        place: watch
            .place
            .as_ref()
            .map(|latest| place(words, latest, now, knows_geo(request))),
        answered: watch.answer.map(|answer| match answer {
            _ if watch.drill => words.answered_drill,
            Answer::OnMyWay => words.answered_on_my_way,
            Answer::WithHer => words.answered_with_her,
            Answer::CannotHelp => words.answered_cannot_help,
        }),
    };
    page::render(StatusCode::OK, &shown)
}

/// Apple's systems know no `geo:`; their maps open by a link of Apple's, and only when it is
/// tapped.
fn knows_geo(request: &HttpRequest) -> bool {
    let browser = request
        .headers()
        .get(USER_AGENT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    !["iPhone", "iPad", "Macintosh"]
        .iter()
        .any(|apple| browser.contains(apple))
}

fn place(words: Words, latest: &Latest, now: At, knows_geo: bool) -> PlaceShown {
    let fix = latest.fix();
    let accuracy = fix.accuracy_m.map(|m| {
        if m < 1_000.0 {
            format!("{} {m:.0} {}", words.within, words.metres)
        } else {
            format!("{} {:.1} {}", words.within, m / 1_000.0, words.kilometres)
        }
    });
    let (lat, lon) = (format!("{:.5}", fix.lat), format!("{:.5}", fix.lon));
    let map = if knows_geo {
        format!("geo:{lat},{lon}?q={lat},{lon}")
    } else {
        format!("https://maps.apple.com/?ll={lat},{lon}&q={lat},{lon}")
    };
    PlaceShown {
        lat,
        lon,
        map,
        age: match latest.hour() {
            Some(at) => ago(now.since(at), words.place_now, words.place_ago),
            None => words.hour_unknown.to_owned(),
        },
        accuracy,
    }
}

/// "a moment ago", or how many days, hours and minutes, as `before` has it.
fn ago(age: Duration, now: &str, before: &str) -> String {
    match age.as_secs() {
        0..60 => now.to_owned(),
        _ => before.replace("{}", &in_hours(age)),
    }
}
