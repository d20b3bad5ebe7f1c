//! `GET` and `PUT /v1/centres/{id}/policies`: what an administrator decides for a centre of the own
//! municipality.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::alerts::Alerts;
use crate::clock::At;
use crate::config::PlanConfig;
use crate::db::WritePriority;
use crate::escalation::CentreTimes;
use crate::escalation::centres::{Policies, PolicyChange, policies, set_policies};
use crate::http::{Failure, ProblemBody, StrictJson};
use crate::identity::Administrator;
use crate::ids::{CentreId, OperatorId};

/// A change, and what held from then on.
#[derive(Serialize, ToSchema)]
struct PolicyChangeView {
    /// When.
    at: At,
    /// Who; null for the server's command line.
    operator: Option<OperatorId>,
    /// The backup from then on.
    backup: Option<CentreId>,
    /// The centre's own times from then on.
    times: CentreTimes,
}

/// The policies of a centre.
#[derive(Serialize, ToSchema)]
struct PoliciesView {
    /// The centre.
    centre: CentreId,
    /// The centre that also gets records without a claim; null for none.
    backup: Option<CentreId>,
    /// Where it differs from the server's settings.
    times: CentreTimes,
    /// All times as they hold for its records.
    in_force: CentreTimes,
    /// Who changed them, the latest first; 20 at most.
    changes: Vec<PolicyChangeView>,
}

impl PoliciesView {
    fn of(policies: Policies, plan: &PlanConfig) -> Self {
        let Policies { centre, changes } = policies;
        let view = |change: PolicyChange| PolicyChangeView {
            at: change.at,
            operator: change.operator,
            backup: change.backup,
            times: change.times,
        };
        Self {
            centre: centre.id,
            backup: centre.backup,
            times: centre.times,
            in_force: CentreTimes::of(&centre.times.over(plan)),
            changes: changes.into_iter().map(view).collect(),
        }
    }
}

/// Shows the policies of a centre. Administrators of its municipality only.
#[utoipa::path(tag = "administration", params(("id" = String, Path, description = "The centre")), security(("operator" = [])),
    responses((status = 200, description = "What holds there", body = PoliciesView),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/centres/{id}/policies")]
pub(crate) async fn show_policies(
    alerts: Data<Alerts>,
    Administrator(operator): Administrator,
    id: Path<CentreId>,
) -> Result<HttpResponse, Failure> {
    let (municipality, id) = (operator.municipality, id.into_inner());
    let found = alerts
        .foundation
        .db
        .read(move |conn| policies(conn, municipality, id))
        .await?;
    Ok(HttpResponse::Ok().json(PoliciesView::of(found, &alerts.foundation.config.plan)))
}

/// The policies of a centre, whole: what is left out of `times` is as in the server's settings.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PoliciesBody {
    /// Another centre of the municipality; null for none. It has to be said: left out it would be
    /// lost unawares.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    backup: Option<CentreId>,
    /// Where the centre differs from the settings.
    times: CentreTimes,
}

/// Replaces the policies of a centre. Administrators of its municipality only; the change is kept
/// with who made it.
#[utoipa::path(tag = "administration", params(("id" = String, Path, description = "The centre")), request_body = PoliciesBody,
    security(("operator" = [])),
    responses((status = 200, description = "What holds from now on", body = PoliciesView),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[put("/v1/centres/{id}/policies")]
pub(crate) async fn put_policies(
    alerts: Data<Alerts>,
    Administrator(operator): Administrator,
    id: Path<CentreId>,
    body: StrictJson<PoliciesBody>,
) -> Result<HttpResponse, Failure> {
    let (who, municipality, id, now) = (
        operator.id,
        operator.municipality,
        id.into_inner(),
        alerts.now(),
    );
    let (new, config) = (
        (body.0.backup, body.0.times),
        alerts.foundation.config.clone(),
    );
    let set = move |conn: &mut _| set_policies(conn, who, municipality, id, new, &config.plan, now);
    let set = alerts
        .foundation
        .db
        .write(WritePriority::Background, set)
        .await?;
    Ok(HttpResponse::Ok().json(PoliciesView::of(set, &alerts.foundation.config.plan)))
}
