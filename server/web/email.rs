//! `/m/{token}`: the owner of a mailbox says that emails may go there. Mailboxes open links by
//! themselves, so the GET only asks.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use askama::Template;
use serde::Deserialize;

use super::page;
use super::words::Words;
use crate::foundation::Foundation;
use crate::ids::Secret;
use crate::language::Language;
use crate::network::{self, NetworkError};

#[derive(Template)]
#[template(path = "confirm_mail.html")]
struct ConfirmPage<'a> {
    words: Words,
    token: &'a str,
}

/// Asks.
pub(super) async fn show(
    foundation: Data<Foundation>,
    token: Path<String>,
    accepted: Language,
) -> HttpResponse {
    let Some(link) = Secret::parse(&token) else {
        return page::no_such_link(accepted);
    };
    match network::to_confirm(&foundation, &link).await {
        Ok(language) => page::render(
            StatusCode::OK,
            &ConfirmPage {
                words: Words::of(language),
                token: &token,
            },
        ),
        Err(fault) => refused(&fault, accepted),
    }
}

/// In which language the button was read.
#[derive(Deserialize)]
pub(super) struct Confirming {
    #[serde(default)]
    language: String,
}

/// Takes the yes.
pub(super) async fn confirm(
    foundation: Data<Foundation>,
    token: Path<String>,
    form: Form<Confirming>,
) -> HttpResponse {
    let language = Language::of_tag(&form.language);
    let Some(link) = Secret::parse(&token) else {
        return page::no_such_link(language);
    };
    let words = Words::of(language);
    match network::confirm_email(&foundation, &link).await {
        Ok(()) => page::message(
            StatusCode::OK,
            language,
            words.mail_confirmed,
            words.mail_confirmed_text,
        ),
        Err(fault) => refused(&fault, language),
    }
}

fn refused(fault: &NetworkError, language: Language) -> HttpResponse {
    match fault {
        NetworkError::NotFound => page::no_such_link(language),
        _ => page::failed(language),
    }
}
