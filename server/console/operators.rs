//! `POST /v1/operators`: an administrator adds an operator to a centre of the own municipality.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::ConsoleError;
use crate::db::Conn;
use crate::escalation::{EscalationError, centres};
use crate::foundation::Foundation;
use crate::http::{Code, Failure, ProblemBody, StrictJson};
use crate::identity::model::Role;
use crate::identity::operators::{self, Credentials, NewOperator};
use crate::identity::{Administrator, IdentityError};
use crate::ids::CentreId;
use crate::language::Language;
use crate::municipality;
use crate::phone::Phone;

/// An operator to add. Password and authenticator secret are drawn by the server and shown once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToAdd {
    /// 3 to 40 of a–z, 0–9, `.`, `-`, `_`.
    #[schema(example = "marta")]
    sign_in_name: String,
    /// Full name.
    #[schema(example = "Marta Ruiz Soto")]
    name: String,
    /// Role.
    role: Role,
    /// Centre; operators and supervisors need one.
    #[serde(default)]
    centre: Option<CentreId>,
    /// Corporation.
    #[serde(default)]
    #[schema(example = "DSPM")]
    corporation: Option<String>,
    /// Badge or employee number.
    #[serde(default)]
    badge: Option<String>,
    /// Gets the records of people who named an officer.
    #[serde(default)]
    unlisted: bool,
    /// Own phone for alarms.
    #[serde(default)]
    #[schema(example = "+526145550101")]
    phone: Option<String>,
    /// Language; the municipality's where it is left out.
    #[serde(default)]
    language: Option<Language>,
}

/// Adds an operator of the own municipality. Administrators only.
#[utoipa::path(tag = "administration", request_body = ToAdd, security(("operator" = [])),
    responses((status = 201, description = "Added; shown once", body = Credentials),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/operators")]
pub(crate) async fn add(
    foundation: Data<Foundation>,
    Administrator(operator): Administrator,
    body: StrictJson<ToAdd>,
) -> Result<HttpResponse, Failure> {
    let (of, given) = (operator.municipality, body.0);
    let at = given.centre;
    let read = move |conn: &mut Conn| {
        // No centre is ever removed: what is there now is there when the operator is added.
        if let Some(id) = at
            && centres::by_id(conn, id)?.is_none_or(|centre| centre.municipality != of)
        {
            return Err(ConsoleError::from(EscalationError::NoSuchCentre));
        }
        Ok(municipality::by_id(conn, of)?)
    };
    let found = foundation.db.read(read).await?;
    let area_code = found.as_ref().map_or("", |m| m.area_code.as_str());
    let read = |text: &str| {
        Phone::parse(text, area_code).map_err(|_| IdentityError::Field("phone", Code::BAD_PHONE))
    };
    let phone = given
        .phone
        .as_deref()
        .map(read)
        .transpose()?
        .map(|parsed| parsed.phone);
    let new = NewOperator {
        sign_in_name: given.sign_in_name,
        name: given.name,
        role: given.role,
        municipality: of,
        centre: given.centre,
        corporation: given.corporation,
        badge: given.badge,
        unlisted: given.unlisted,
        phone,
        language: given
            .language
            .or(found.map(|m| m.language))
            .unwrap_or_default(),
        password: None,
    };
    Ok(HttpResponse::Created().json(operators::add(&foundation, new).await?))
}
