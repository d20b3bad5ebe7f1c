//! One worker's service: state, middlewares, routes, pages.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, Error};
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;

use super::{Rooms, docs, rooms};
use crate::http::envelope::{Methods, envelope, nothing_here, path_config, query_config};
use crate::http::head::head_as_get;
use crate::http::request_id::tracing_logger;
use crate::http::to_its_end::to_its_end;

/// The last middleware wrapped is the first to see a request: the span is outermost, so that all is
/// logged within it.
pub(super) fn app(
    state: &Rooms,
    api: &OpenApi,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    App::new()
        .app_data(path_config())
        .app_data(query_config())
        .app_data(Data::new(Methods::of(api)))
        .configure(|cfg| state.hand_out(cfg))
        .wrap(from_fn(to_its_end))
        .wrap(from_fn(head_as_get))
        .wrap(from_fn(envelope))
        .wrap(tracing_logger())
        .into_utoipa_app()
        .configure(rooms::routes)
        .into_app()
        .configure(|cfg| docs::configure(cfg, api))
        .default_service(web::to(nothing_here))
}
