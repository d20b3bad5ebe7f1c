//! What a refusal looks like on the wire: RFC 9457 `application/problem+json`.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;

use super::codes::Code;
use super::numbers::Numbers;
use crate::language::Language;

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A refusal: a code, and where known the fields at fault and how long to wait. It holds nothing
/// that was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem(Box<Parts>);

/// Boxed, so that a `Result` with a problem in it stays small.
#[derive(Clone, PartialEq, Eq)]
struct Parts {
    code: Code,
    fields: Vec<FieldFault>,
    retry_after: Option<Duration>,
    allow: Option<HeaderValue>,
    notice_in_force: Option<String>,
}

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldFault {
    /// Where it stands in the body, as `fixes[3].lat`; empty for the body itself.
    #[schema(example = "phone")]
    pub path: String,
    /// What is wrong with it: one of the stable codes.
    #[schema(example = "bad-phone")]
    pub code: &'static str,
}

/// The body of a problem, as sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// Where the code is explained, relative to this server.
    #[serde(rename = "type")]
    #[schema(example = "/docs/errors#bad-phone")]
    kind: String,
    /// What happened, in the language asked for.
    title: &'a str,
    /// The HTTP status again.
    #[schema(example = 422)]
    status: u16,
    /// The stable code that programs compare.
    #[schema(example = "bad-phone")]
    code: &'a str,
    /// What to fix, in the language asked for. Never what was sent.
    detail: &'a str,
    /// The fields at fault, where they are known.
    #[serde(skip_serializing_if = "<[FieldFault]>::is_empty")]
    #[schema(required = false)]
    fields: &'a [FieldFault],
    /// How many seconds to wait before trying again; also in `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
    /// With `privacy-notice-outdated`: the version in force, whose text is at
    /// `GET /v1/municipalities/{code}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    privacy_notice_version: Option<&'a str>,
    /// What to name to support; also in `X-Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl Problem {
    /// The problem with that code.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self(Box::new(Parts {
            code,
            fields: Vec::new(),
            retry_after: None,
            allow: None,
            notice_in_force: None,
        }))
    }

    /// Names a field at fault. `path` is written by us (`"fixes[3].lat"`), never copied from what
    /// was sent.
    #[must_use]
    pub fn field(mut self, path: impl Into<String>, code: Code) -> Self {
        self.0.fields.push(FieldFault {
            path: path.into(),
            code: code.code,
        });
        self
    }

    /// Says when to try again; rounded up to whole seconds, at least one.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Says which methods the address takes (`GET, PUT`), as RFC 9110 asks of a 405.
    #[must_use]
    pub fn allow(mut self, methods: HeaderValue) -> Self {
        self.0.allow = Some(methods);
        self
    }

    /// Names the version of the privacy notice that is in force.
    #[must_use]
    pub fn notice_in_force(mut self, version: String) -> Self {
        self.0.notice_in_force = Some(version);
        self
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The fields at fault.
    #[must_use]
    pub fn fields(&self) -> &[FieldFault] {
        &self.0.fields
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The general problem for a status that something below us answered without words.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        Self::of(match status.as_u16() {
            401 => Code::UNAUTHORIZED,
            403 => Code::FORBIDDEN,
            404 => Code::NOT_FOUND,
            405 => Code::METHOD_NOT_ALLOWED,
            406 => Code::NOT_ACCEPTABLE,
            408 => Code::TOO_SLOW,
            409 => Code::CONFLICT,
            413 => Code::TOO_LARGE,
            415 => Code::WRONG_CONTENT_TYPE,
            429 => Code::RATE_LIMITED,
            400..500 => Code::BAD_REQUEST,
            503 => Code::UNAVAILABLE,
            _ => Code::INTERNAL,
        })
    }

    /// The answer itself, in that language. The middleware re-renders it with the caller's language
    /// and request id, so handlers return a [`super::Failure`] and seldom need this.
    #[must_use]
    pub fn render(
        &self,
        language: Language,
        request_id: Option<&str>,
        numbers: Option<&Numbers>,
    ) -> HttpResponse {
        let words = |text: &'static str| match numbers {
            Some(numbers) => numbers.fill(text),
            None => Numbers::fill_preset(text),
        };
        let retry_after_s = self.0.retry_after.map(whole_seconds);
        let body = ProblemBody {
            kind: format!("/docs/errors#{}", self.0.code.code),
            title: language.pick(self.0.code.title_es, self.0.code.title_en),
            status: self.0.code.status,
            code: self.0.code.code,
            detail: &words(language.pick(self.0.code.detail_es, self.0.code.detail_en)),
            fields: &self.0.fields,
            retry_after_s,
            privacy_notice_version: self.0.notice_in_force.as_deref(),
            request_id,
        };
        let mut answer = HttpResponseBuilder::new(self.status());
        answer.insert_header((CONTENT_LANGUAGE, language.tag()));
        if let Some(wait) = retry_after_s {
            answer.insert_header((RETRY_AFTER, wait));
        }
        if let Some(methods) = &self.0.allow {
            answer.insert_header((ALLOW, methods.clone()));
        }
        if self.0.code.status == 401 {
            answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        answer.insert_header((CONTENT_TYPE, PROBLEM_JSON));
        let mut answer = answer.body(serde_json::to_string(&body).unwrap_or_default());
        answer.extensions_mut().insert(self.clone());
        answer
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.code)
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({})", self.0.code.code)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;

    async fn body(answer: HttpResponse) -> Value {
        serde_json::from_slice(&to_bytes(answer.into_body()).await.unwrap()).unwrap()
    }

    #[actix_web::test]
    async fn a_problem_says_what_to_fix_in_the_language_asked_for() {
        let problem = Problem::of(Code::BAD_VALUE).field("phone", Code::BAD_PHONE);
        let answer = problem.render(Language::En, Some("r1"), None);
        assert_eq!(answer.status(), 422);
        assert_eq!(answer.headers().get(CONTENT_TYPE).unwrap(), PROBLEM_JSON);
        assert_eq!(
            body(answer).await,
            json!({
                "type": "/docs/errors#bad-value", "title": "A value is not valid", "status": 422, "code": "bad-value",
                "detail": "Correct the fields named in \"fields\" as the API documentation says.",
                "fields": [{"path": "phone", "code": "bad-phone"}], "request_id": "r1",
            })
        );
        assert_eq!(
            body(problem.render(Language::Es, None, None)).await["title"],
            "Un valor no es válido"
        );
    }

    #[test]
    fn a_wait_is_rounded_up_so_that_nobody_comes_back_too_early() {
        let answer = Problem::of(Code::RATE_LIMITED)
            .retry_after(Duration::from_millis(1_200))
            .render(Language::Es, None, None);
        assert_eq!(answer.headers().get(RETRY_AFTER).unwrap(), "2");
        assert_eq!(whole_seconds(Duration::ZERO), 1);
    }
}
