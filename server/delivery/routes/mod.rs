//! Where the gateways report: receipts, replies and keys, believed only with their signature.
//!
//! Invariant: a report that was taken before, comes late or comes out of order changes nothing that
//! came later. Path: signature → the report is read → [`receipts`](super::receipts) or
//! [`inbound`](super::inbound), one transaction → an empty answer. On failure: a bad signature is
//! refused; a database error is a 5xx, after which the gateway reports again.

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
