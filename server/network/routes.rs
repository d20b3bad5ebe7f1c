//! `/v1/contacts`, `/v1/invitations`, `/v1/named-by`: thin.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Invitation, NetworkError, Response, chosen, drills, invite, invitee, model::ContactState,
    respond,
};
use crate::delivery::model::{FailReason, NotificationState};
use crate::foundation::Foundation;
use crate::http::{Failure, StrictJson};
use crate::identity::SteppedUpCaller;
use crate::ids::{ContactId, Secret};
use crate::language::Language;
use crate::municipality;

/// The routes of this room.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list)
        .service(add)
        .service(show_invitation)
        .service(answer_invitation)
        .service(named_by)
        .service(change_named_by);
}

/// One of her contacts, as her own list shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = Contact)]
struct ContactView {
    id: ContactId,
    name: String,
    phone: String,
    state: ContactState,
    /// The area code was filled in: the app asks her to check the number.
    phone_inferred: bool,
    language: Language,
    knows_duress: bool,
    /// The contact takes part in drills: by the contact's own choice, not hers.
    drills: bool,
    /// The number said STOP: no SMS goes there, neither an invitation nor an alarm. The app tells
    /// her to choose another contact, unless the contact has the app.
    sms_stopped: bool,
    /// What became of the invitation's text while the contact has not answered.
    invitation: Option<InvitationFate>,
}

/// What became of an invitation's text.
#[derive(Serialize, ToSchema)]
#[schema(as = InvitationFate)]
struct InvitationFate {
    /// `sent`: the carrier has it. `delivered`: the phone has it. `failed`: it will not arrive, and
    /// `reason` says why. `expired`: it was not sent in time. `queued`: it is on its way.
    state: &'static str,
    /// Why it failed, as a notification's reason; `bad_address`: the number is none, or takes no
    /// texts.
    reason: Option<FailReason>,
}

impl InvitationFate {
    fn of(state: NotificationState) -> Self {
        Self {
            state: match state {
                NotificationState::Queued | NotificationState::Sending => "queued",
                NotificationState::Seen => "delivered",
                told => told.as_str(),
            },
            reason: state.reason(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct ContactList {
    items: Vec<ContactView>,
    next: Option<String>,
}

/// Her contacts. A glance at her phone must not show them: the session has to be stepped up.
#[utoipa::path(tag = "she", security(("bearer" = [])),
    responses((status = 200, description = "Her contacts", body = ContactList)))]
#[get("/v1/contacts")]
pub(crate) async fn list(
    foundation: Data<Foundation>,
    SteppedUpCaller(caller): SteppedUpCaller,
) -> Result<HttpResponse, Failure> {
    let (keys, now) = (foundation.keys.clone(), foundation.clock.now());
    let contacts = foundation
        .db
        .read(move |conn| {
            let hers = municipality::by_id(conn, caller.municipality)?;
            let senders = hers.map(|m| m.senders().texts).unwrap_or_default();
            chosen::list(conn, &keys, caller.person, &senders, now)
        })
        .await?;
    let items = contacts
        .into_iter()
        .map(|(c, sms_stopped, invitation)| ContactView {
            id: c.id,
            name: c.name,
            phone: c.phone,
            state: c.state,
            phone_inferred: c.phone_inferred,
            language: c.language,
            knows_duress: c.knows_duress,
            drills: c.drills,
            sms_stopped,
            invitation: invitation.map(InvitationFate::of),
        })
        .collect();
    Ok(HttpResponse::Ok().json(ContactList { items, next: None }))
}

/// The person that she asks to be a contact.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewContact {
    /// What she calls the contact, 1 to 60 letters.
    name: String,
    /// Ten digits, or + and the country's code; seven digits take the municipality's area code.
    phone: String,
    language: Option<Language>,
    /// Tell this contact of duress (preset: no).
    #[serde(default)]
    knows_duress: bool,
}

#[derive(Serialize, ToSchema)]
struct ContactAdded {
    id: ContactId,
    state: ContactState,
    phone_inferred: bool,
}

/// Invites a contact by SMS, or sends the link once more to one who has not answered.
#[utoipa::path(tag = "she", security(("bearer" = [])), request_body = NewContact,
    responses((status = 201, description = "Invited", body = ContactAdded)))]
#[post("/v1/contacts")]
pub(crate) async fn add(
    foundation: Data<Foundation>,
    SteppedUpCaller(caller): SteppedUpCaller,
    body: StrictJson<NewContact>,
) -> Result<HttpResponse, Failure> {
    let new = body.0;
    let asked = Invitation {
        name: new.name,
        phone: new.phone,
        language: new.language,
        knows_duress: new.knows_duress,
    };
    let invited = invite(&foundation, &caller, asked).await?;
    let state = if invited.active_already {
        ContactState::Active
    } else {
        ContactState::Invited
    };
    Ok(HttpResponse::Created().json(ContactAdded {
        id: invited.contact,
        state,
        phone_inferred: invited.phone_inferred,
    }))
}

/// What the invited one reads before deciding.
#[derive(Serialize, ToSchema)]
struct InvitationView {
    /// Who asks, if she gave a name.
    from: Option<String>,
    municipality: String,
    /// The privacy notice in force, in the reader's language.
    privacy_notice: Option<String>,
    privacy_notice_version: String,
    language: Language,
    /// Whether the contact may give an email address too.
    mail_offered: bool,
}

/// Shows an invitation. Reading it changes nothing.
#[utoipa::path(tag = "contact", params(("code" = String, Path)),
    responses((status = 200, description = "Who asks, and the notice", body = InvitationView)))]
#[get(
    "/v1/invitations/{code}",
    wrap = "actix_web::middleware::from_fn(crate::http::few_misses)"
)]
pub(crate) async fn show_invitation(
    foundation: Data<Foundation>,
    code: Path<String>,
) -> Result<HttpResponse, Failure> {
    let link = Secret::parse(&code).ok_or(NetworkError::NotFound)?;
    let who = invitee(&foundation, &link).await?;
    let mail_offered = foundation.config.email.is_configured();
    let view = foundation
        .db
        .read(move |conn| {
            let municipality =
                municipality::by_id(conn, who.municipality)?.ok_or(NetworkError::NotFound)?;
            Ok::<_, NetworkError>(InvitationView {
                from: who.her_name,
                privacy_notice: municipality::notice(
                    conn,
                    municipality.id,
                    &municipality.notice_version,
                    who.language,
                )?,
                municipality: municipality.name,
                privacy_notice_version: municipality.notice_version,
                language: who.language,
                mail_offered,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// The contact's yes or no.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitationAnswer {
    accept: bool,
    /// What the contact's lock screen shall call her, up to 30 letters; never her name unless the
    /// contact writes it.
    alias: Option<String>,
    language: Option<Language>,
    /// An email address, where email is offered: besides the phone, and last. It gets one email,
    /// with a link to confirm it; unless that is done, nothing else goes there.
    email: Option<String>,
    /// Whether drills may reach the contact (preset: no). Ask; it is the contact's own choice.
    #[serde(default)]
    drills: bool,
}

#[derive(Serialize, ToSchema)]
struct InvitationAnswered {
    state: ContactState,
}

/// Accepts or declines. The link is spent.
#[utoipa::path(tag = "contact", params(("code" = String, Path)),
    request_body = InvitationAnswer, responses((status = 200, description = "The answer counts", body = InvitationAnswered)))]
#[post(
    "/v1/invitations/{code}",
    wrap = "actix_web::middleware::from_fn(crate::http::few_misses)"
)]
pub(crate) async fn answer_invitation(
    foundation: Data<Foundation>,
    code: Path<String>,
    body: StrictJson<InvitationAnswer>,
) -> Result<HttpResponse, Failure> {
    let link = Secret::parse(&code).ok_or(NetworkError::NotFound)?;
    let InvitationAnswer {
        accept,
        alias,
        language,
        email,
        drills,
    } = body.0;
    let said = Response {
        accept,
        alias,
        language,
        email,
        drills,
    };
    let state = respond(&foundation, &link, said).await?;
    Ok(HttpResponse::Ok().json(InvitationAnswered { state }))
}

/// A person who has the caller as a contact.
#[derive(Serialize, ToSchema)]
struct NamedByView {
    /// The contact's id: what `DELETE /v1/named-by/{id}` takes.
    id: ContactId,
    /// Her name, if she gave one.
    name: Option<String>,
    alias: Option<String>,
    active: bool,
    /// Her drills reach the caller.
    drills: bool,
}

#[derive(Serialize, ToSchema)]
struct NamedByList {
    items: Vec<NamedByView>,
    next: Option<String>,
}

/// Who names the caller as a contact.
///
/// A thief of the caller's number must not read which women it watches over: the device has to be
/// trusted and the session stepped up.
#[utoipa::path(tag = "contact", security(("bearer" = [])),
    responses((status = 200, description = "Those who name the caller", body = NamedByList)))]
#[get("/v1/named-by")]
pub(crate) async fn named_by(
    foundation: Data<Foundation>,
    SteppedUpCaller(caller): SteppedUpCaller,
) -> Result<HttpResponse, Failure> {
    let (keys, person) = (foundation.keys.clone(), caller.person);
    let items = foundation
        .db
        .read(move |conn| {
            let mut items = Vec::new();
            for watched in chosen::watched_by(conn, person)? {
                let known = chosen::called_by(conn, &keys, watched.contact)?;
                items.push(NamedByView {
                    id: watched.contact,
                    name: known.her_name,
                    alias: known.alias,
                    active: known.active,
                    drills: known.drills,
                });
            }
            Ok::<_, NetworkError>(items)
        })
        .await?;
    Ok(HttpResponse::Ok().json(NamedByList { items, next: None }))
}

/// What the caller chooses as a contact.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NamedByChange {
    /// Whether her drills reach the caller. Alarms always do.
    drills: bool,
}

/// Chooses whether her drills reach the caller.
///
/// Takes a trusted device and a stepped-up session, as the list does.
#[utoipa::path(tag = "contact", security(("bearer" = [])), params(("id" = String, Path)), request_body = NamedByChange,
    responses((status = 204, description = "Chosen")))]
#[patch("/v1/named-by/{id}")]
pub(crate) async fn change_named_by(
    foundation: Data<Foundation>,
    SteppedUpCaller(caller): SteppedUpCaller,
    path: Path<ContactId>,
    body: StrictJson<NamedByChange>,
) -> Result<HttpResponse, Failure> {
    drills::choose(&foundation, caller.person, *path, body.0.drills).await?;
    Ok(HttpResponse::NoContent().finish())
}
