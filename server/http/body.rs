//! Reading bodies: strictly everywhere, leniently where an alert is at stake.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpRequest, dev};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::codes::Code;
use super::error::Failure;
use super::json;
use super::problem::Problem;
use super::salvage::{Flaw, Salvaged, salvage};

/// How much of a body is taken, and for how long it is awaited.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// At most that many bytes.
    pub bytes: usize,
    /// At most that many levels of objects and lists.
    pub depth: usize,
    /// How long a strict route waits for the whole body.
    pub strict_wait: Duration,
    /// How long a lenient route waits before it goes on with what has come.
    pub lenient_wait: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024,
            depth: 32,
            strict_wait: Duration::from_secs(10),
            lenient_wait: Duration::from_secs(2),
        }
    }
}

impl From<&crate::config::Http> for BodyLimits {
    fn from(settings: &crate::config::Http) -> Self {
        Self {
            bytes: settings.body_bytes,
            strict_wait: Duration::from_secs(settings.read_timeout_s),
            lenient_wait: Duration::from_secs(settings.press_wait_s),
            ..Self::default()
        }
    }
}

impl BodyLimits {
    fn of(req: &HttpRequest) -> Self {
        req.app_data::<Data<Self>>()
            .map(|limits| *limits.as_ref())
            .unwrap_or_default()
    }
}

/// A JSON body that must be right: its content type, size, depth, fields and values. Unknown fields
/// are refused where `T` says `#[serde(deny_unknown_fields)]`.
#[derive(Debug)]
pub struct StrictJson<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for StrictJson<T> {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let limits = BodyLimits::of(req);
        let refused = check_headers(req.headers(), limits).err();
        let payload = payload.take();
        Box::pin(async move {
            if let Some(problem) = refused {
                return Err(problem.into());
            }
            let (bytes, arrived) = collect(payload, limits.bytes, limits.strict_wait).await;
            match arrived {
                Arrived::Whole => Ok(Self(json::read(&bytes, limits.depth)?)),
                Arrived::TooLarge => Err(Problem::of(Code::TOO_LARGE).into()),
                Arrived::TooSlow => Err(Problem::of(Code::TOO_SLOW).into()),
                Arrived::Broken => Err(Problem::of(Code::BROKEN_BODY).into()),
            }
        })
    }
}

/// Whatever has come of a body within the limits. It never refuses: a press counts by its path and
/// token.
#[derive(Debug)]
pub struct LenientBody {
    /// What came, at most [`BodyLimits::bytes`].
    pub bytes: Bytes,
    /// Whether that is all of it.
    pub arrived: Arrived,
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// All of it came.
    Whole,
    /// There is more than we take.
    TooLarge,
    /// It was still on its way when we went on.
    TooSlow,
    /// The connection or its encoding broke.
    Broken,
}

impl LenientBody {
    /// What can be read of what came; numbers, texts and fields are for the caller to judge one by
    /// one. That more was to come is a flaw of the body itself: `too-large`, `too-slow`,
    /// `broken-body`. An empty body is `null` without a flaw.
    #[must_use]
    pub fn salvage(&self) -> Salvaged {
        let mut read = match self.bytes.is_empty() {
            true => Salvaged::default(),
            false => salvage(&self.bytes, BodyLimits::default().depth),
        };
        let code = match self.arrived {
            Arrived::Whole => return read,
            Arrived::TooLarge => "too-large",
            Arrived::TooSlow => "too-slow",
            Arrived::Broken => "broken-body",
        };
        let path = String::new();
        read.flaws.insert(0, Flaw { path, code });
        read
    }
}

impl FromRequest for LenientBody {
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let limits = BodyLimits::of(req);
        let payload = payload.take();
        Box::pin(async move {
            let (bytes, arrived) = collect(payload, limits.bytes, limits.lenient_wait).await;
            Ok(Self { bytes, arrived })
        })
    }
}

/// Takes up to `most` bytes for up to `wait`. The rest is the server's to drain: it lingers after
/// an early answer.
async fn collect(mut payload: dev::Payload, most: usize, wait: Duration) -> (Bytes, Arrived) {
    let mut bytes = BytesMut::new();
    let reading = async {
        while let Some(chunk) = payload.next().await {
            let Ok(chunk) = chunk else {
                return Arrived::Broken;
            };
            let room = most.saturating_sub(bytes.len());
            bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if chunk.len() > room {
                return Arrived::TooLarge;
            }
        }
        Arrived::Whole
    };
    let arrived = tokio::time::timeout(wait, reading)
        .await
        .unwrap_or(Arrived::TooSlow);
    (bytes.freeze(), arrived)
}

fn check_headers(headers: &HeaderMap, limits: BodyLimits) -> Result<(), Problem> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .map(str::trim)
    };
    let media = text(CONTENT_TYPE)
        .and_then(|v| v.split(';').next())
        .unwrap_or_default()
        .trim();
    let encoded = text(CONTENT_ENCODING).is_some_and(|e| !e.eq_ignore_ascii_case("identity"));
    if !media.eq_ignore_ascii_case("application/json") || encoded {
        return Err(Problem::of(Code::WRONG_CONTENT_TYPE));
    }
    let announced = text(CONTENT_LENGTH)
        .and_then(|v| v.parse::<usize>().ok())
        .unwrap_or(0);
    if announced > limits.bytes {
        Err(Problem::of(Code::TOO_LARGE))
    } else {
        Ok(())
    }
}
