//! The routes of this room.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    audit, break_glass, help_lines, operators, policies, printed, queue, restored, shift, steps,
    story, trail,
};

/// Adds them. `stream` and `training` stand before `{id}`, which would take their names for ids.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(queue::stream_records)
        .service(steps::begin_training)
        .service(queue::list_records)
        .service(queue::show_record)
        .service(queue::open_without_claim)
        .service(queue::stream_place)
        .service(trail::list_trail)
        .service(story::list_story)
        .service(printed::print_record)
        .service(shift::list_shift)
        .service(steps::claim_record)
        .service(steps::take_over_record)
        .service(steps::release_record)
        .service(steps::transfer_record)
        .service(steps::dispatch_unit)
        .service(steps::unit_on_scene)
        .service(steps::note_on_record)
        .service(steps::close_record)
        .service(steps::acknowledge_close)
        .service(break_glass::ask_break_glass)
        .service(break_glass::grant_break_glass)
        .service(break_glass::list_break_glass)
        .service(audit::list_reads)
        .service(help_lines::put_help_lines)
        .service(operators::add)
        .service(restored::show_restore)
        .service(restored::release_restore)
        .service(policies::show_policies)
        .service(policies::put_policies);
}
