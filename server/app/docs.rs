//! The API's own pages, offline: `/docs/` (the description, to try out), `/docs/openapi.json`,
//! `/docs/errors`.

use std::fmt::Write as _;

use actix_web::http::header::CONTENT_LANGUAGE;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse};
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::fixtures::FIXTURES;
use super::{contract, events, examples, open_words, ranges, refusals, rooms};
use crate::http::numbers::Numbers;
use crate::http::{Code, openapi as frame};
use crate::language::Language;

/// The API's description, with every room's paths.
#[must_use]
pub fn openapi() -> OpenApi {
    let api = App::new()
        .into_utoipa_app()
        .openapi(frame::frame())
        .configure(rooms::routes)
        .split_for_parts()
        .1;
    complete(api)
}

/// Adds what the handlers' types cannot say: an example for every operation and error, and what all
/// operations share.
fn complete(mut api: OpenApi) -> OpenApi {
    let fixtures: Vec<(&str, Value)> = FIXTURES
        .iter()
        .filter_map(|(name, text)| Some((*name, serde_json::from_str(text).ok()?)))
        .collect();
    let own = refusals::own();
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in contract::operations(item) {
            let called = format!("{} {path}", method.to_uppercase());
            for (name, fixture) in &fixtures {
                if fixture.get("operation").and_then(Value::as_str) == Some(&called) {
                    examples::show(operation, name, fixture);
                }
            }
            let codes = own.get(&called);
            if path.starts_with("/v1/") || codes.is_some() {
                refusals::show(method, path, operation, codes.map_or(&[], Vec::as_slice));
            }
        }
    }
    contract::complete(&mut api);
    events::describe(&mut api);
    ranges::add(&mut api);
    open_words::open(&mut api);
    api
}

/// Adds the pages.
pub(super) fn configure(cfg: &mut ServiceConfig, api: &OpenApi) {
    // The validator is another party's server, which a self-hosted page must not ask.
    let settings = Config::new(["/docs/openapi.json"])
        .validator_url("none")
        .display_request_duration(true);
    cfg.route(
        "/docs",
        web::get().to(|| async {
            HttpResponse::Found()
                .insert_header(("location", "/docs/"))
                .finish()
        }),
    )
    .route("/docs/errors", web::get().to(errors))
    .service(
        SwaggerUi::new("/docs/{_:.*}")
            .url("/docs/openapi.json", api.clone())
            .config(settings),
    );
}

/// Where the `type` of every problem points.
async fn errors(language: Language, numbers: web::Data<Numbers>) -> HttpResponse {
    let title = language.pick("Códigos de error de Ampara", "Ampara's error codes");
    let mut page = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><h1>{title}</h1>",
        language.tag()
    );
    for code in Code::ALL {
        // The words are ours and hold no markup; a test holds them to it.
        let _ = write!(
            page,
            "<h2 id=\"{0}\"><code>{0}</code> ({1})</h2><p><strong>{2}.</strong> {3}</p>",
            code.code,
            code.status,
            language.pick(code.title_es, code.title_en),
            numbers.fill(language.pick(code.detail_es, code.detail_en)),
        );
    }
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_LANGUAGE, language.tag()))
        .body(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_names_every_room_that_is_wired_and_can_be_written_as_yaml() {
        let api = openapi();
        assert!(api.paths.paths.contains_key("/readyz"));
        let yaml = frame::yaml(&api).unwrap();
        assert!(
            yaml.starts_with("openapi: 3.1.0"),
            "{}",
            yaml.lines().next().unwrap_or_default()
        );
    }

    #[test]
    fn the_words_of_the_codes_hold_no_markup() {
        for code in Code::ALL {
            for words in [code.title_es, code.title_en, code.detail_es, code.detail_en] {
                assert!(!words.contains(['<', '>', '&']), "{}", code.code);
            }
        }
    }
}
