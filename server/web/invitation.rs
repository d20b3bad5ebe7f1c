//! `/i/{code}`: what an invited contact reads, and the yes or no; after a yes, the way out
//! again.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Form, Path, Query};
use askama::Template;
use serde::Deserialize;

use super::page;
use super::words::Words;
use crate::alerts::{self, AlertError, Alerts};
use crate::foundation::Foundation;
use crate::ids::Secret;
use crate::language::Language;
use crate::municipality::{self, Municipality};
use crate::network::model::ContactState;
use crate::network::{self, Invitee, NetworkError, Response, invitee, respond};

/// How the forms say yes to drills; anything else is a no.
const YES: &str = "yes";

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage<'a> {
    words: Words,
    code: &'a str,
    from: String,
    municipality: String,
    notice: String,
    notice_version: String,
    alias_wrong: bool,
    email_wrong: bool,
    mail_offered: bool,
}

#[derive(Template)]
#[template(path = "leave.html")]
struct LeavePage<'a> {
    words: Words,
    code: &'a str,
    drills: bool,
}

/// In which language to read the page: a link on it switches.
#[derive(Deserialize)]
pub(super) struct Reading {
    lang: Option<String>,
    /// Whether the alias was refused just now.
    #[serde(default)]
    alias_wrong: bool,
    /// Whether the email address was.
    #[serde(default)]
    email_wrong: bool,
}

/// Shows the invitation. Nothing changes.
pub(super) async fn show(
    foundation: Data<Foundation>,
    code: Path<String>,
    reading: Query<Reading>,
    accepted: Language,
) -> HttpResponse {
    let asked = reading.lang.as_deref().map(Language::of_tag);
    let Some(link) = Secret::parse(&code) else {
        return page::no_such_link(asked.unwrap_or(accepted));
    };
    match invitee(&foundation, &link).await {
        Ok(who) => {
            let language = asked.unwrap_or(who.language);
            show_to(&foundation, &code, who, language, &reading).await
        }
        // Without her name: the message that the link came in has it, and this page stays for as
        // long as the link.
        Err(NetworkError::Gone) => match network::accepted(&foundation, &link).await {
            Ok(chosen) => {
                let words = Words::of(asked.unwrap_or(chosen.language));
                page::render(
                    StatusCode::OK,
                    &LeavePage {
                        words,
                        code: &code,
                        drills: chosen.drills,
                    },
                )
            }
            Err(fault) => refused(&fault, asked.unwrap_or(accepted)),
        },
        Err(fault) => refused(&fault, asked.unwrap_or(accepted)),
    }
}

async fn show_to(
    foundation: &Foundation,
    code: &str,
    who: Invitee,
    language: Language,
    reading: &Reading,
) -> HttpResponse {
    let read = foundation.db.read(move |conn| {
        let municipality: Municipality =
            municipality::by_id(conn, who.municipality)?.ok_or(NetworkError::NotFound)?;
        let notice = municipality::notice(
            conn,
            municipality.id,
            &municipality.notice_version,
            language,
        )?;
        Ok::<_, NetworkError>((municipality, notice))
    });
    let Ok((municipality, notice)) = read.await else {
        return page::failed(language);
    };
    let words = Words::of(language);
    let shown = InvitationPage {
        words,
        code,
        from: who.her_name.unwrap_or_else(|| words.somebody.to_owned()),
        municipality: municipality.name,
        notice: notice.unwrap_or_default(),
        notice_version: municipality.notice_version,
        alias_wrong: reading.alias_wrong,
        email_wrong: reading.email_wrong,
        mail_offered: foundation.config.email.is_configured(),
    };
    page::render(StatusCode::OK, &shown)
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Answered {
    answer: String,
    #[serde(default)]
    alias: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    drills: String,
}

/// Takes the yes or no.
pub(super) async fn answer(
    foundation: Data<Foundation>,
    code: Path<String>,
    form: Form<Answered>,
) -> HttpResponse {
    let language = Language::of_tag(&form.language);
    let accept = match form.answer.as_str() {
        "accept" => true,
        "decline" => false,
        _ => return page::no_such_link(language),
    };
    let Some(link) = Secret::parse(&code) else {
        return page::no_such_link(language);
    };
    let said = Response {
        accept,
        alias: Some(form.alias.clone()),
        language: Some(language),
        email: Some(form.email.clone()).filter(|_| accept),
        drills: form.drills == YES,
    };
    let words = Words::of(language);
    match respond(&foundation, &link, said).await {
        Ok(ContactState::Active) => page::message(
            StatusCode::OK,
            language,
            words.accepted,
            words.accepted_text,
        ),
        Ok(_) => page::message(
            StatusCode::OK,
            language,
            words.declined,
            words.declined_text,
        ),
        // To a page that may be fetched again: going back to it later must not warn of sending the
        // form once more.
        Err(NetworkError::Alias) => asked_again(&code, language, "alias_wrong"),
        Err(NetworkError::Mail) => asked_again(&code, language, "email_wrong"),
        // Pressed twice: the yes still holds.
        Err(NetworkError::Gone)
            if accept && network::accepted(&foundation, &link).await.is_ok() =>
        {
            page::message(
                StatusCode::OK,
                language,
                words.accepted,
                words.accepted_text,
            )
        }
        Err(fault) => refused(&fault, language),
    }
}

fn asked_again(code: &str, language: Language, what: &str) -> HttpResponse {
    let there = format!("/i/{code}?lang={}&{what}=true#answer", language.tag());
    HttpResponse::SeeOther()
        .insert_header((LOCATION, there))
        .finish()
}

/// What the form about drills sends.
#[derive(Deserialize)]
pub(super) struct Drills {
    drills: String,
    #[serde(default)]
    language: String,
}

/// Takes a contact's choice about drills and shows it.
pub(super) async fn drills(
    foundation: Data<Foundation>,
    code: Path<String>,
    form: Form<Drills>,
) -> HttpResponse {
    let language = Language::of_tag(&form.language);
    let Some(link) = Secret::parse(&code) else {
        return page::no_such_link(language);
    };
    match network::choose_by_link(&foundation, &link, form.drills == YES).await {
        Ok(()) => HttpResponse::SeeOther()
            .insert_header((LOCATION, format!("/i/{code}?lang={}", language.tag())))
            .finish(),
        Err(fault) => refused(&fault, language),
    }
}

/// In which language the button to leave was read.
#[derive(Deserialize)]
pub(super) struct Leaving {
    #[serde(default)]
    language: String,
}

/// Takes a contact's word that he or she no longer wants to be one.
pub(super) async fn leave(
    alerts: Data<Alerts>,
    code: Path<String>,
    form: Form<Leaving>,
) -> HttpResponse {
    let language = Language::of_tag(&form.language);
    let Some(link) = Secret::parse(&code) else {
        return page::no_such_link(language);
    };
    let words = Words::of(language);
    match alerts::leave_by_link(&alerts, &link).await {
        Ok(()) => page::message(StatusCode::OK, language, words.left, words.left_text),
        Err(AlertError::Network(fault)) => refused(&fault, language),
        Err(_) => page::failed(language),
    }
}

fn refused(fault: &NetworkError, language: Language) -> HttpResponse {
    match fault {
        NetworkError::NotFound => page::no_such_link(language),
        NetworkError::Gone => page::gone(language),
        _ => page::failed(language),
    }
}
