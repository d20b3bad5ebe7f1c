//! Pages that people see without an app.
//!
//! What: `/i/{code}`, where an invited contact says yes or no, and after a yes may leave again
//! or choose about drills; `/m/{token}`, where the owner of a mailbox says that emails may go
//! there; and `/w/{token}`, where a contact without the app sees who needs help and how to help.
//! Rendered here, without script, in Spanish and English. Invariant: a GET changes nothing and marks nothing
//! seen. On `/w` it carries neither a name of hers nor a place, since link previews are robots;
//! only the POST behind *Ver* shows, and for a quarter of an hour the page that it sends this one
//! browser to. Nothing is loaded from elsewhere. Path: thin handlers over `network` and `alerts`;
//! templates in `templates/`, checked when they are compiled. On failure: a link that is none is
//! one page that says so (another, with what to do, once an address has tried too many), an invitation that was answered, withdrawn or has run out another; both
//! say that 911 is 911.

mod email;
mod invitation;
mod page;
mod watch;
mod words;

use actix_web::middleware::from_fn;
use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

/// Every phrase of the pages: its name, in Spanish, in English. For docs/wording.md.
#[must_use]
pub const fn phrases() -> &'static [(&'static str, &'static str, &'static str)] {
    words::ALL
}

/// The pages' routes.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.route("/static/page.css", web::get().to(page::style));
    let links = [
        ("/i/{code}", web::get().to(invitation::show)),
        ("/i/{code}", web::post().to(invitation::answer)),
        ("/i/{code}/leave", web::post().to(invitation::leave)),
        ("/i/{code}/drills", web::post().to(invitation::drills)),
        ("/m/{token}", web::get().to(email::show)),
        ("/m/{token}", web::post().to(email::confirm)),
        ("/w/{token}", web::get().to(watch::door)),
        ("/w/{token}", web::post().to(watch::see)),
        ("/w/{token}/answer", web::post().to(watch::answer)),
    ];
    for (path, route) in links {
        cfg.route(path, route.wrap(from_fn(page::few_misses)));
    }
}
