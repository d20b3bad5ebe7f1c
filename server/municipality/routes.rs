//! `GET /v1/help-lines`: open to all, signed in or not.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, VARY};
use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::error::MunicipalityError;
use super::lines::{HelpLineView, views};
use super::tenants::find;
use crate::foundation::Foundation;
use crate::http::{Failure, ProblemBody};
use crate::language::Language;

/// Adds this room's routes.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(help_lines);
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
