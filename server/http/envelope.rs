//! What every answer gets on its way out: the request id, the security headers, and, if it is a
//! refusal, its words in the caller's language.

use std::collections::BTreeMap;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::{Data, PathConfig, QueryConfig};
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use tracing_actix_web::RequestId;

use super::codes::Code;
use super::error::Failure;
use super::head::takes_head;
use super::json;
use super::numbers::Numbers;
use super::problem::Problem;
use super::request_id::X_REQUEST_ID;
use crate::language::Language;

/// Nothing may be loaded, framed or sent from an API answer, should a browser ever show one.
const API_POLICY: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// The API's pages bring their own scripts and styles along and reach nothing outside.
const DOCS_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// Whether answers ask browsers to come back over TLS only; set where the public URL is https.
#[derive(Debug, Clone, Copy)]
pub struct StrictTransport(pub bool);

/// The middleware. A handler that set one of the headers itself keeps its own.
///
/// # Errors
/// What an inner middleware failed with, its answer dressed like any other.
pub async fn envelope<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let outside = Outside::of(&req);
    match next.call(req).await {
        Ok(response) => {
            let (req, answer) = response.into_parts();
            Ok(ServiceResponse::new(
                req,
                outside.dress(answer.map_into_boxed_body()),
            ))
        }
        Err(error) => {
            let answer = outside.dress(error.error_response());
            Err(InternalError::from_response("refused by a middleware", answer).into())
        }
    }
}

/// What is known of a request before it is answered.
struct Outside {
    language: Language,
    id: Option<String>,
    docs: bool,
    strict_transport: bool,
    numbers: Option<Data<Numbers>>,
}

impl Outside {
    fn of(req: &ServiceRequest) -> Self {
        Self {
            language: Language::accepted(req),
            id: req.extensions().get::<RequestId>().map(ToString::to_string),
            docs: req.path().starts_with("/docs"),
            strict_transport: req.app_data::<Data<StrictTransport>>().is_some_and(|s| s.0),
            numbers: req.app_data::<Data<Numbers>>().cloned(),
        }
    }

    fn numbers(&self) -> Option<&Numbers> {
        self.numbers.as_ref().map(Data::get_ref)
    }

    fn dress(&self, answer: HttpResponse) -> HttpResponse {
        let mut answer = self.put_into_words(answer);
        let policy = if self.docs { DOCS_POLICY } else { API_POLICY };
        let headers = answer.headers_mut();
        for (name, value) in [
            (CACHE_CONTROL, "no-store"),
            (CONTENT_SECURITY_POLICY, policy),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
        ] {
            set_unless_there(headers, name, value);
        }
        if self.strict_transport {
            set_unless_there(headers, STRICT_TRANSPORT_SECURITY, "max-age=63072000");
        }
        if let Some(id) = self
            .id
            .as_deref()
            .and_then(|id| HeaderValue::from_str(id).ok())
        {
            headers.insert(HeaderName::from_static(X_REQUEST_ID), id);
        }
        answer
    }

    /// Renders a problem anew with language and id; turns a bare refusal from below us into a
    /// problem. Pages keep their own words.
    fn put_into_words(&self, answer: HttpResponse) -> HttpResponse {
        let told = answer.extensions().get::<Problem>().cloned();
        let status = answer.status();
        let bare = answer
            .headers()
            .get(CONTENT_TYPE)
            .is_none_or(|v| v.as_bytes().starts_with(b"text/plain"));
        match told {
            Some(problem) => problem.render(self.language, self.id.as_deref(), self.numbers()),
            None if bare && (status.is_client_error() || status.is_server_error()) => {
                Problem::of_status(status).render(self.language, self.id.as_deref(), self.numbers())
            }
            None => answer,
        }
    }
}

fn set_unless_there(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Which methods each path pattern takes, from the API's own description.
#[derive(Debug, Clone, Default)]
pub struct Methods(BTreeMap<String, HeaderValue>);

impl Methods {
    /// Reads them off the OpenAPI document.
    #[must_use]
    pub fn of(api: &utoipa::openapi::OpenApi) -> Self {
        let allowed = api.paths.paths.iter().filter_map(|(path, item)| {
            let all = [
                ("GET", item.get.is_some()),
                ("HEAD", takes_head(path)),
                ("PUT", item.put.is_some()),
                ("POST", item.post.is_some()),
                ("PATCH", item.patch.is_some()),
                ("DELETE", item.delete.is_some()),
            ];
            let names: Vec<&str> = all
                .into_iter()
                .filter(|(_, there)| *there)
                .map(|(name, _)| name)
                .collect();
            Some((path.clone(), HeaderValue::from_str(&names.join(", ")).ok()?))
        });
        Self(allowed.collect())
    }
}

/// Answers what no route takes: 405 where the path is known, 404 elsewhere.
///
/// # Errors
/// Always: there is nothing else to say.
pub async fn nothing_here(req: HttpRequest) -> Result<HttpResponse, Failure> {
    let methods = req.app_data::<Data<Methods>>();
    let allowed = req
        .match_pattern()
        .and_then(|pattern| methods?.0.get(&pattern).cloned());
    Err(match allowed {
        Some(allowed) => Problem::of(Code::METHOD_NOT_ALLOWED).allow(allowed).into(),
        None => Problem::of(Code::NOT_FOUND).into(),
    })
}

/// A path parameter that cannot be read is a problem like any other.
#[must_use]
pub fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|_, _| Failure::from(Problem::of(Code::BAD_PATH)).into())
}

/// A query that cannot be read is a problem like any other, with the parameter named where it is
/// known.
#[must_use]
pub fn query_config() -> QueryConfig {
    QueryConfig::default().error_handler(|error, _| {
        let problem = Problem::of(Code::BAD_QUERY);
        let said = match &error {
            actix_web::error::QueryPayloadError::Deserialize(said) => said.to_string(),
            _ => String::new(),
        };
        Failure::from(match json::what_serde_means(&said) {
            (code, Some(name)) => problem.field(json::safe_path(name), code),
            _ => problem,
        })
        .into()
    })
}
