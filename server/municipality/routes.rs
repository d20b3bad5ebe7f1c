//! What an app needs before its user has signed in: which municipalities there are, the privacy
//! notice to show, and the help lines. Open to every caller.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, VARY};
use actix_web::{HttpResponse, get, web};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::error::MunicipalityError;
use super::lines::{HelpLineView, views};
use super::model::Municipality;
use super::tenants::{apps, find, list, notice_in};
use crate::db::{Conn, DbError};
use crate::foundation::Foundation;
use crate::http::{Failure, ProblemBody};
use crate::language::Language;

/// Adds this room's routes.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(municipalities)
        .service(municipality_by_code)
        .service(help_lines);
}

/// A municipality, as an app shows it before sign-in.
#[derive(Serialize, ToSchema)]
struct MunicipalityView {
    /// What `municipality` is in sign-in and in help lines: lower-case letters, digits and hyphens.
    #[schema(example = "chihuahua")]
    code: String,
    /// Its name for people.
    #[schema(example = "Chihuahua")]
    name: String,
    /// Its time zone, by its IANA name.
    #[schema(example = "America/Chihuahua")]
    time_zone: &'static str,
    /// Languages in which its privacy notice can be read, its own first.
    #[schema(example = json!(["es", "en"]))]
    languages: Vec<Language>,
    /// `app_id`s of its apps: an app can tell by them which municipality is its own.
    #[schema(example = json!(["mx.example.ampara"]))]
    apps: Vec<String>,
    /// Version of the privacy notice in force: what `privacy_notice` is at sign-in.
    #[schema(example = "2026-11")]
    privacy_notice_version: String,
    /// The words of that version. The list leaves them out.
    #[serde(skip_serializing_if = "Option::is_none")]
    privacy_notice: Option<NoticeTexts>,
}

/// Those that this server serves.
#[derive(Serialize, ToSchema)]
struct Municipalities {
    /// By code.
    items: Vec<MunicipalityView>,
}

/// The words of one version of a privacy notice, as plain text.
#[derive(Default, Serialize, ToSchema)]
struct NoticeTexts {
    /// In Spanish; left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    es: Option<String>,
    /// In English; left out where there is none: show the Spanish text.
    #[serde(skip_serializing_if = "Option::is_none")]
    en: Option<String>,
}

/// Whose help lines.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The municipality's code.
    #[param(example = "chihuahua")]
    municipality: String,
}

/// Numbers that help.
#[derive(Serialize, ToSchema)]
struct HelpLines {
    /// 911 first, then the municipality's own in its order.
    items: Vec<HelpLineView>,
}

/// Lists the municipalities that this server serves.
///
/// For the first screen of an app, before its user has signed in. May be kept for a minute.
#[utoipa::path(tag = "sign-in",
    responses((status = 200, description = "All of them, by code", body = Municipalities)))]
#[get("/v1/municipalities")]
pub(crate) async fn municipalities(
    foundation: web::Data<Foundation>,
) -> Result<HttpResponse, Failure> {
    let items = foundation
        .db
        .read(|conn| {
            let all = list(conn)?;
            all.into_iter()
                .map(|one| {
                    let with_notice = with_notice(conn, one)?;
                    Ok(MunicipalityView {
                        privacy_notice: None,
                        ..with_notice
                    })
                })
                .collect::<Result<_, DbError>>()
        })
        .await?;
    Ok(kept_for_a_minute().json(Municipalities { items }))
}

/// Returns a municipality with the privacy notice to show before sign-in.
///
/// The text comes in every language there is, since the user may change the language on the same
/// screen. Show it, and send `privacy_notice_version` with the sign-in. May be kept for a minute.
#[utoipa::path(tag = "sign-in",
    params(("code" = String, Path, description = "The municipality's code", example = "chihuahua")),
    responses(
        (status = 200, description = "The municipality and its notice", body = MunicipalityView),
        (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/municipalities/{code}")]
pub(crate) async fn municipality_by_code(
    foundation: web::Data<Foundation>,
    code: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let found = foundation
        .db
        .read(move |conn| {
            let municipality = find(conn, &code)?.ok_or(MunicipalityError::Unknown)?;
            Ok::<_, MunicipalityError>(with_notice(conn, municipality)?)
        })
        .await?;
    Ok(kept_for_a_minute().json(found))
}

/// A new version of the notice is asked for within a minute of its publication.
fn kept_for_a_minute() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "public, max-age=60"));
    response
}

fn with_notice(conn: &mut Conn, one: Municipality) -> Result<MunicipalityView, DbError> {
    let mut texts = NoticeTexts::default();
    let mut languages = Vec::new();
    for language in [Language::Es, Language::En] {
        let Some(text) = notice_in(conn, one.id, &one.notice_version, language)? else {
            continue;
        };
        languages.push(language);
        match language {
            Language::Es => texts.es = Some(text),
            Language::En => texts.en = Some(text),
        }
    }
    languages.sort_by_key(|language| *language != one.language);
    let its_apps = apps(conn)?
        .into_iter()
        .filter_map(|(app, owner)| (owner == one.id).then_some(app));
    Ok(MunicipalityView {
        apps: its_apps.collect(),
        code: one.code,
        name: one.name,
        time_zone: Tz::name(one.zone),
        languages,
        privacy_notice_version: one.notice_version,
        privacy_notice: Some(texts),
    })
}

/// Lists the help lines of a municipality, 911 first.
///
/// Says of each whether it is answered now and, if not, when it opens next. Names come in the
/// language of `Accept-Language`. May be kept for a minute; an app keeps the last list for when
/// there is no coverage.
#[utoipa::path(tag = "help-lines", params(Asked),
    responses(
        (status = 200, description = "The lines as they are now", body = HelpLines, example = json!({"items": [
            {"phone": "911", "name": "Emergencias", "open_now": true, "opens_at": null, "always": true},
            {"phone": "6144102305", "name": "Atención en situación de violencia", "open_now": false,
             "opens_at": "2026-11-25T15:00:00.000Z", "always": false}]})),
        (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/help-lines")]
pub(crate) async fn help_lines(
    foundation: web::Data<Foundation>,
    asked: web::Query<Asked>,
    language: Language,
) -> Result<HttpResponse, Failure> {
    let (now, code) = (foundation.clock.now(), asked.into_inner().municipality);
    let items = foundation
        .db
        .read(move |conn| {
            let municipality = find(conn, &code)?.ok_or(MunicipalityError::Unknown)?;
            Ok::<_, MunicipalityError>(views(conn, &municipality, now, language)?)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .insert_header((VARY, "Accept-Language"))
        .insert_header((CONTENT_LANGUAGE, language.tag()))
        .json(HelpLines { items }))
}
