//! What all pages share: headers, the style sheet, and a page that only says something.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::middleware::Next;
use askama::Template;

use super::words::Words;
use crate::http::{Limited, LinkTry};
use crate::language::Language;

const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The style sheet.
pub(super) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header(("Cache-Control", "public, max-age=3600"))
        .body(include_str!("static/page.css"))
}

/// Renders a page. A template that fails is a bug; the reader still learns where to call.
pub(super) fn render(status: StatusCode, page: &impl Template) -> HttpResponse {
    let html = page
        .render()
        .unwrap_or_else(|_| "<!doctype html><p>911".to_owned());
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header(("Content-Security-Policy", POLICY))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .body(html)
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message {
    words: Words,
    heading: &'static str,
    text: &'static str,
}

/// A page that says one thing.
pub(super) fn message(
    status: StatusCode,
    language: Language,
    heading: &'static str,
    text: &'static str,
) -> HttpResponse {
    render(
        status,
        &Message {
            words: Words::of(language),
            heading,
            text,
        },
    )
}

/// The one page for a link that is none.
pub(super) fn no_such_link(language: Language) -> HttpResponse {
    let words = Words::of(language);
    message(
        StatusCode::NOT_FOUND,
        language,
        words.no_link,
        words.no_link_text,
    )
}

/// The one page for an invitation that was answered, withdrawn, or has run out.
pub(super) fn gone(language: Language) -> HttpResponse {
    let words = Words::of(language);
    message(StatusCode::GONE, language, words.gone, words.gone_text)
}

/// A layer around the pages behind links: links that are none are counted by address, and where
/// there were too many the page says what to do. A link that is good is never limited.
pub(super) async fn few_misses(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let tried = LinkTry::of(request.request());
    let language = Language::accepted(&request);
    let response = next.call(request).await?;
    if response.status() == StatusCode::NOT_FOUND
        && let Err(limited) = tried.missed()
    {
        return Ok(response.into_response(too_many(language, limited)));
    }
    Ok(response)
}

fn too_many(language: Language, limited: Limited) -> HttpResponse {
    let words = Words::of(language);
    let mut page = message(
        StatusCode::TOO_MANY_REQUESTS,
        language,
        words.too_many,
        words.too_many_text,
    );
    let seconds = limited.retry_after.as_secs().max(1);
    page.headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    page
}

/// The one page for a failure of ours.
pub(super) fn failed(language: Language) -> HttpResponse {
    let words = Words::of(language);
    message(
        StatusCode::SERVICE_UNAVAILABLE,
        language,
        words.failed,
        words.failed_text,
    )
}
