//! Where the gateways report: receipts, replies and keys, believed only with their signature.

mod form;
mod sms;
mod voice;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds this room's routes. They need a [`Delivery`](super::Delivery) as app data.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(sms::sms_status)
        .service(sms::sms_inbound)
        .service(voice::voice_status)
        .service(voice::voice_keys);
}
