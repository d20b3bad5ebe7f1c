//! The room's routes: a list, in the order of the specification.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{operators, people, sessions};

/// Adds this room's routes. They need `web::Data<Identity>` and `web::Data<Limits>`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    sessions::routes::configure(cfg);
    people::routes::configure(cfg);
    operators::routes::configure(cfg);
}
